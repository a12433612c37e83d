# Written by .ci/stubs.py from the compiled module; CI checks that it is current.
"""
pydl's C++ core: arrays and the kernels on them.
"""

from __future__ import annotations
import builtins
import pydl
import collections.abc
import typing
import typing_extensions

__all__: list[str] = [
    "Array",
    "DTypeError",
    "DeviceError",
    "DiscardFields",
    "Error",
    "IndexError",
    "NodeFields",
    "OutOfMemoryError",
    "ShapeError",
    "StateError",
    "TensorFields",
    "ValueError",
    "abs",
    "abs_",
    "absolute_error_backward",
    "absolute_error_sum",
    "acos",
    "acos_",
    "acosh",
    "acosh_",
    "adaptive_max_pool",
    "add",
    "add_",
    "add_difference",
    "add_product",
    "add_ratio",
    "alike",
    "all",
    "any",
    "any_nonzero",
    "arange_float",
    "arange_int",
    "arg_reduce",
    "as_strided",
    "asin",
    "asin_",
    "asinh",
    "asinh_",
    "atan",
    "atan2",
    "atan2_",
    "atan_",
    "atanh",
    "atanh_",
    "attention",
    "attention_backward",
    "avg_pool",
    "avg_pool_backward",
    "basic_index",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_stats",
    "bernoulli_into",
    "bincount",
    "bind_tape",
    "bind_tensor",
    "bitwise_and",
    "bitwise_and_",
    "bitwise_left_shift",
    "bitwise_left_shift_",
    "bitwise_or",
    "bitwise_or_",
    "bitwise_right_shift",
    "bitwise_right_shift_",
    "bitwise_xor",
    "bitwise_xor_",
    "broadcast_shapes",
    "can_view",
    "cast",
    "cdist",
    "cdist_backward",
    "ceil",
    "ceil_",
    "cgroup_cores",
    "checked_classes",
    "checked_index",
    "checked_tokens",
    "clamp",
    "clamp_",
    "clone",
    "concat",
    "connect",
    "contiguous",
    "conv_forward",
    "conv_input_grad",
    "conv_weight_grad",
    "copy_into",
    "copysign",
    "copysign_",
    "cos",
    "cos_",
    "cosh",
    "cosh_",
    "count_nonzero",
    "cross_entropy",
    "cross_entropy_backward",
    "ctc_loss",
    "ctc_loss_backward",
    "cube",
    "cube_",
    "cumprod",
    "cumsum",
    "digamma",
    "digamma_",
    "div",
    "div_",
    "dropout",
    "dropout_backward",
    "elu",
    "elu_backward",
    "embedding_backward",
    "embedding_bag",
    "embedding_bag_backward",
    "embedding_bag_max",
    "embedding_bag_scale_grad",
    "empty",
    "empty_cache",
    "eq",
    "erf",
    "erf_",
    "erfc",
    "erfc_",
    "erfinv",
    "erfinv_",
    "exp",
    "exp2",
    "exp2_",
    "exp_",
    "expand",
    "expm1",
    "expm1_",
    "floor",
    "floor_",
    "floor_divide",
    "floor_divide_",
    "fma_peak",
    "fmax",
    "fmax_",
    "fmin",
    "fmin_",
    "fmod",
    "fmod_",
    "from_buffer",
    "from_dlpack",
    "full",
    "gather",
    "ge",
    "gelu",
    "gelu_",
    "gelu_backward",
    "gelu_tanh",
    "gelu_tanh_",
    "gelu_tanh_backward",
    "grad_enabled",
    "grid_sample",
    "grid_sample_backward",
    "group_norm",
    "group_norm_backward",
    "gt",
    "hardshrink",
    "hardsigmoid",
    "hardsigmoid_",
    "hardsigmoid_backward",
    "hardswish",
    "hardswish_",
    "hardswish_backward",
    "hardtanh",
    "hardtanh_backward",
    "huber",
    "huber_error_backward",
    "huber_error_sum",
    "hypot",
    "hypot_",
    "index_get",
    "index_put_into",
    "interpolate",
    "interpolate_backward",
    "ints",
    "isa",
    "isa_reason",
    "item",
    "kernel_isa",
    "kthvalue",
    "layer_norm",
    "layer_norm_backward",
    "le",
    "leaky_relu",
    "leaky_relu_backward",
    "lgamma",
    "lgamma_",
    "linear_index",
    "log",
    "log10",
    "log10_",
    "log1p",
    "log1p_",
    "log2",
    "log2_",
    "log_",
    "logcumsumexp",
    "logistic_error_backward",
    "logistic_error_sum",
    "logsigmoid",
    "logsigmoid_",
    "logsigmoid_backward",
    "lt",
    "mask_positions",
    "match",
    "matmul",
    "max_pool",
    "maximum",
    "maximum_",
    "mean",
    "median",
    "memory_stats",
    "minimum",
    "minimum_",
    "mish",
    "mish_",
    "mish_backward",
    "moments",
    "mul",
    "mul_",
    "nanmedian",
    "ne",
    "needs_node",
    "neg",
    "neg_",
    "next_id",
    "nonzero",
    "normal_into",
    "num_threads",
    "number_beside",
    "optimizer_step",
    "parse_cfs_quota",
    "parse_cpu_max",
    "permutation",
    "permute",
    "plane_gather",
    "plane_scatter",
    "pow",
    "pow_",
    "promote_types",
    "randint_into",
    "reciprocal",
    "reciprocal_",
    "record",
    "record_view",
    "recurrent_backward",
    "recurrent_forward",
    "reduce_max",
    "reduce_max_abs",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "reduce_sum_abs",
    "reduce_sum_square",
    "relu",
    "relu_",
    "relu_backward",
    "remainder",
    "remainder_",
    "reshape",
    "result_type",
    "rms_norm",
    "rms_norm_backward",
    "roi_align",
    "roi_align_backward",
    "round",
    "round_",
    "rsqrt",
    "rsqrt_",
    "running_extreme",
    "same_shape",
    "saved_output",
    "scalar",
    "scatter_into",
    "searchsorted",
    "select",
    "selu",
    "selu_",
    "selu_backward",
    "set_grad_enabled",
    "set_num_threads",
    "set_winograd_allowed",
    "shrink_backward",
    "sigmoid",
    "sigmoid_",
    "sigmoid_backward",
    "sign",
    "sign_",
    "silu",
    "silu_",
    "silu_backward",
    "sin",
    "sin_",
    "sinh",
    "sinh_",
    "slice",
    "softmax",
    "softmax_backward",
    "softplus",
    "softplus_backward",
    "softshrink",
    "sort",
    "spread",
    "sqrt",
    "sqrt_",
    "square",
    "square_",
    "squared_error_backward",
    "squared_error_sum",
    "sub",
    "sub_",
    "tan",
    "tan_",
    "tanh",
    "tanh_",
    "tanh_backward",
    "threads_reason",
    "threshold",
    "threshold_backward",
    "to_dlpack",
    "topk",
    "total_weight",
    "transpose",
    "triangle",
    "trunc",
    "trunc_",
    "uniform_into",
    "unsqueeze",
    "untracked",
    "view",
    "where",
    "winograd_allowed",
    "wrap",
    "written",
    "zeros",
]

def abs(arg0: Array) -> Array: ...
def abs_(arg0: Array) -> None: ...
def absolute_error_backward(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
    arg5: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def absolute_error_sum(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def acos(arg0: Array) -> Array: ...
def acos_(arg0: Array) -> None: ...
def acosh(arg0: Array) -> Array: ...
def acosh_(arg0: Array) -> None: ...
def adaptive_max_pool(arg0: Array, arg1: collections.abc.Sequence[int]) -> tuple[Array, Array]: ...
def add(arg0: Array, arg1: Array) -> Array: ...
def add_(arg0: Array, arg1: Array) -> None: ...
def add_difference(
    arg0: Array, arg1: Array, arg2: Array, arg3: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def add_product(arg0: Array, arg1: Array, arg2: Array, arg3: typing.SupportsFloat | typing.SupportsIndex) -> Array: ...
def add_ratio(arg0: Array, arg1: Array, arg2: Array, arg3: typing.SupportsFloat | typing.SupportsIndex) -> Array: ...
def all(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def any(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def any_nonzero(arg0: Array) -> bool: ...
def arange_float(
    arg0: typing.SupportsFloat | typing.SupportsIndex,
    arg1: typing.SupportsFloat | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: int,
) -> Array: ...
def arange_int(
    arg0: typing.SupportsInt | typing.SupportsIndex,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: int,
) -> Array: ...
def arg_reduce(arg0: bool, arg1: Array, arg2: typing.SupportsInt | typing.SupportsIndex, arg3: bool) -> Array: ...
def as_strided(
    arg0: Array,
    arg1: collections.abc.Sequence[int],
    arg2: collections.abc.Sequence[int],
    arg3: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def asin(arg0: Array) -> Array: ...
def asin_(arg0: Array) -> None: ...
def asinh(arg0: Array) -> Array: ...
def asinh_(arg0: Array) -> None: ...
def atan(arg0: Array) -> Array: ...
def atan2(arg0: Array, arg1: Array) -> Array: ...
def atan2_(arg0: Array, arg1: Array) -> None: ...
def atan_(arg0: Array) -> None: ...
def atanh(arg0: Array) -> Array: ...
def atanh_(arg0: Array) -> None: ...
def attention(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: Array | None,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
    arg5: bool,
) -> tuple[Array, Array]: ...
def attention_backward(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: Array,
    arg4: Array | None,
    arg5: Array,
    arg6: Array,
    arg7: typing.SupportsFloat | typing.SupportsIndex,
    arg8: bool,
    arg9: bool,
    arg10: bool,
    arg11: bool,
) -> tuple[Array | None, Array | None, Array | None]: ...
def avg_pool(
    arg0: Array,
    arg1: collections.abc.Sequence[int],
    arg2: collections.abc.Sequence[int],
    arg3: collections.abc.Sequence[int],
    arg4: bool,
    arg5: bool,
    arg6: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def avg_pool_backward(
    arg0: Array,
    arg1: collections.abc.Sequence[int],
    arg2: collections.abc.Sequence[int],
    arg3: collections.abc.Sequence[int],
    arg4: collections.abc.Sequence[int],
    arg5: bool,
    arg6: bool,
    arg7: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def basic_index(arg0: Array, arg1: typing.Any) -> typing.Any: ...
def batch_norm(arg0: Array, arg1: Array, arg2: Array, arg3: Array | None, arg4: Array | None) -> Array: ...
def batch_norm_backward(
    arg0: Array, arg1: Array, arg2: Array, arg3: Array, arg4: Array | None
) -> tuple[Array, Array, Array]: ...
def batch_norm_stats(arg0: Array) -> tuple[Array, Array]: ...
def bernoulli_into(
    arg0: Array,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: Array,
) -> None: ...
def bincount(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def bitwise_and(arg0: Array, arg1: Array) -> Array: ...
def bitwise_and_(arg0: Array, arg1: Array) -> None: ...
def bitwise_left_shift(arg0: Array, arg1: Array) -> Array: ...
def bitwise_left_shift_(arg0: Array, arg1: Array) -> None: ...
def bitwise_or(arg0: Array, arg1: Array) -> Array: ...
def bitwise_or_(arg0: Array, arg1: Array) -> None: ...
def bitwise_right_shift(arg0: Array, arg1: Array) -> Array: ...
def bitwise_right_shift_(arg0: Array, arg1: Array) -> None: ...
def bitwise_xor(arg0: Array, arg1: Array) -> Array: ...
def bitwise_xor_(arg0: Array, arg1: Array) -> None: ...
def broadcast_shapes(
    arg0: str, arg1: collections.abc.Sequence[int], arg2: collections.abc.Sequence[int]
) -> collections.abc.Sequence[int]: ...
def can_view(arg0: Array, arg1: collections.abc.Sequence[int]) -> bool: ...
def cast(arg0: Array, arg1: int) -> Array: ...
def cdist(arg0: Array, arg1: Array, arg2: typing.SupportsFloat | typing.SupportsIndex) -> Array: ...
def cdist_backward(
    arg0: Array, arg1: Array, arg2: Array, arg3: Array, arg4: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def ceil(arg0: Array) -> Array: ...
def ceil_(arg0: Array) -> None: ...
def cgroup_cores(arg0: str) -> float:
    """
    Cores that the control groups below a folder of recorded files grant; 0: no limit.
    """

def checked_classes(
    arg0: str,
    arg1: Array,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def checked_index(arg0: str, arg1: Array, arg2: typing.SupportsInt | typing.SupportsIndex, arg3: bool) -> Array: ...
def checked_tokens(arg0: str, arg1: Array, arg2: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def clamp(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def clamp_(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> None: ...
def clone(arg0: Array) -> Array: ...
def concat(arg0: collections.abc.Sequence[Array], arg1: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def contiguous(arg0: Array) -> Array: ...
def conv_forward(
    arg0: Array,
    arg1: Array,
    arg2: Array | None,
    arg3: collections.abc.Sequence[int],
    arg4: collections.abc.Sequence[int],
    arg5: collections.abc.Sequence[int],
    arg6: typing.SupportsInt | typing.SupportsIndex,
    arg7: int,
) -> Array: ...
def conv_input_grad(
    arg0: Array,
    arg1: Array,
    arg2: collections.abc.Sequence[int],
    arg3: collections.abc.Sequence[int],
    arg4: collections.abc.Sequence[int],
    arg5: collections.abc.Sequence[int],
    arg6: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def conv_weight_grad(
    arg0: Array,
    arg1: Array,
    arg2: collections.abc.Sequence[int],
    arg3: collections.abc.Sequence[int],
    arg4: collections.abc.Sequence[int],
    arg5: collections.abc.Sequence[int],
    arg6: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def copy_into(arg0: Array, arg1: Array) -> None: ...
def copysign(arg0: Array, arg1: Array) -> Array: ...
def copysign_(arg0: Array, arg1: Array) -> None: ...
def cos(arg0: Array) -> Array: ...
def cos_(arg0: Array) -> None: ...
def cosh(arg0: Array) -> Array: ...
def cosh_(arg0: Array) -> None: ...
def count_nonzero(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def cross_entropy(
    arg0: Array,
    arg1: Array,
    arg2: Array | None,
    arg3: typing.SupportsInt | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[Array, Array]: ...
def cross_entropy_backward(
    arg0: Array,
    arg1: typing.SupportsFloat | typing.SupportsIndex,
    arg2: Array,
    arg3: Array,
    arg4: Array,
    arg5: Array | None,
    arg6: typing.SupportsInt | typing.SupportsIndex,
    arg7: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def ctc_loss(
    arg0: Array, arg1: Array, arg2: Array, arg3: Array, arg4: Array, arg5: typing.SupportsInt | typing.SupportsIndex
) -> tuple[Array, Array]: ...
def ctc_loss_backward(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: Array,
    arg4: Array,
    arg5: Array,
    arg6: typing.SupportsInt | typing.SupportsIndex,
    arg7: bool,
    arg8: Array,
    arg9: Array,
) -> Array: ...
def cube(arg0: Array) -> Array: ...
def cube_(arg0: Array) -> None: ...
def cumprod(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def cumsum(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def digamma(arg0: Array) -> Array: ...
def digamma_(arg0: Array) -> None: ...
def div(arg0: Array, arg1: Array) -> Array: ...
def div_(arg0: Array, arg1: Array) -> None: ...
def dropout(
    arg0: Array,
    arg1: typing.SupportsFloat | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[Array, Array]: ...
def dropout_backward(arg0: Array, arg1: Array, arg2: typing.SupportsFloat | typing.SupportsIndex) -> Array: ...
def elu(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def elu_backward(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def embedding_backward(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def embedding_bag(arg0: Array, arg1: Array, arg2: Array, arg3: Array | None) -> Array: ...
def embedding_bag_backward(
    arg0: Array, arg1: Array, arg2: Array, arg3: Array | None, arg4: typing.SupportsInt | typing.SupportsIndex
) -> Array: ...
def embedding_bag_max(arg0: Array, arg1: Array, arg2: Array) -> tuple[Array, Array]: ...
def embedding_bag_scale_grad(arg0: Array, arg1: Array, arg2: Array, arg3: Array) -> Array: ...
def empty(arg0: collections.abc.Sequence[int], arg1: int) -> Array: ...
def empty_cache() -> None: ...
def eq(arg0: Array, arg1: Array) -> Array: ...
def erf(arg0: Array) -> Array: ...
def erf_(arg0: Array) -> None: ...
def erfc(arg0: Array) -> Array: ...
def erfc_(arg0: Array) -> None: ...
def erfinv(arg0: Array) -> Array: ...
def erfinv_(arg0: Array) -> None: ...
def exp(arg0: Array) -> Array: ...
def exp2(arg0: Array) -> Array: ...
def exp2_(arg0: Array) -> None: ...
def exp_(arg0: Array) -> None: ...
def expand(arg0: Array, arg1: collections.abc.Sequence[int]) -> Array: ...
def expm1(arg0: Array) -> Array: ...
def expm1_(arg0: Array) -> None: ...
def floor(arg0: Array) -> Array: ...
def floor_(arg0: Array) -> None: ...
def floor_divide(arg0: Array, arg1: Array) -> Array: ...
def floor_divide_(arg0: Array, arg1: Array) -> None: ...
def fma_peak(arg0: int, arg1: typing.SupportsFloat | typing.SupportsIndex) -> float: ...
def fmax(arg0: Array, arg1: Array) -> Array: ...
def fmax_(arg0: Array, arg1: Array) -> None: ...
def fmin(arg0: Array, arg1: Array) -> Array: ...
def fmin_(arg0: Array, arg1: Array) -> None: ...
def fmod(arg0: Array, arg1: Array) -> Array: ...
def fmod_(arg0: Array, arg1: Array) -> None: ...
def from_buffer(arg0: typing.Any) -> Array: ...
def from_dlpack(arg0: typing_extensions.CapsuleType) -> Array: ...
def full(arg0: collections.abc.Sequence[int], arg1: Array) -> Array: ...
def gather(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex, arg2: Array) -> Array: ...
def ge(arg0: Array, arg1: Array) -> Array: ...
def gelu(arg0: Array) -> Array: ...
def gelu_(arg0: Array) -> None: ...
def gelu_backward(arg0: Array, arg1: Array) -> Array: ...
def gelu_tanh(arg0: Array) -> Array: ...
def gelu_tanh_(arg0: Array) -> None: ...
def gelu_tanh_backward(arg0: Array, arg1: Array) -> Array: ...
def grid_sample(arg0: Array, arg1: Array, arg2: int, arg3: int, arg4: bool) -> Array: ...
def grid_sample_backward(
    arg0: Array, arg1: Array, arg2: Array, arg3: int, arg4: int, arg5: bool
) -> tuple[Array, Array]: ...
def group_norm(
    arg0: Array,
    arg1: Array | None,
    arg2: Array | None,
    arg3: typing.SupportsInt | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[Array, Array, Array, Array]: ...
def group_norm_backward(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: Array,
    arg4: Array | None,
    arg5: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[Array, Array, Array]: ...
def gt(arg0: Array, arg1: Array) -> Array: ...
def hardshrink(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def hardsigmoid(arg0: Array) -> Array: ...
def hardsigmoid_(arg0: Array) -> None: ...
def hardsigmoid_backward(arg0: Array, arg1: Array) -> Array: ...
def hardswish(arg0: Array) -> Array: ...
def hardswish_(arg0: Array) -> None: ...
def hardswish_backward(arg0: Array, arg1: Array) -> Array: ...
def hardtanh(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def hardtanh_backward(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def huber(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def huber_error_backward(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
    arg5: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def huber_error_sum(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def hypot(arg0: Array, arg1: Array) -> Array: ...
def hypot_(arg0: Array, arg1: Array) -> None: ...
def index_get(
    arg0: Array,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: Array,
) -> Array: ...
def index_put_into(
    arg0: Array,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: Array,
    arg4: Array,
    arg5: bool,
) -> None: ...
def interpolate(
    arg0: Array,
    arg1: collections.abc.Sequence[int],
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: bool,
    arg4: bool,
    arg5: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> Array: ...
def interpolate_backward(
    arg0: Array,
    arg1: collections.abc.Sequence[int],
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: bool,
    arg4: bool,
    arg5: collections.abc.Sequence[typing.SupportsFloat | typing.SupportsIndex],
) -> Array: ...
def isa_reason() -> str: ...
def item(arg0: Array) -> typing.Any: ...
def kernel_isa() -> str: ...
def kthvalue(
    arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex, arg2: typing.SupportsInt | typing.SupportsIndex
) -> Array: ...
def layer_norm(
    arg0: Array,
    arg1: Array | None,
    arg2: Array | None,
    arg3: typing.SupportsInt | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[Array, Array, Array]: ...
def layer_norm_backward(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: Array,
    arg4: Array | None,
    arg5: typing.SupportsInt | typing.SupportsIndex,
) -> tuple[Array, Array, Array]: ...
def le(arg0: Array, arg1: Array) -> Array: ...
def leaky_relu(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def leaky_relu_backward(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def lgamma(arg0: Array) -> Array: ...
def lgamma_(arg0: Array) -> None: ...
def linear_index(arg0: Array, arg1: collections.abc.Sequence[int], arg2: collections.abc.Sequence[Array]) -> Array: ...
def log(arg0: Array) -> Array: ...
def log10(arg0: Array) -> Array: ...
def log10_(arg0: Array) -> None: ...
def log1p(arg0: Array) -> Array: ...
def log1p_(arg0: Array) -> None: ...
def log2(arg0: Array) -> Array: ...
def log2_(arg0: Array) -> None: ...
def log_(arg0: Array) -> None: ...
def logcumsumexp(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def logistic_error_backward(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
    arg5: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def logistic_error_sum(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def logsigmoid(arg0: Array) -> Array: ...
def logsigmoid_(arg0: Array) -> None: ...
def logsigmoid_backward(arg0: Array, arg1: Array) -> Array: ...
def lt(arg0: Array, arg1: Array) -> Array: ...
def mask_positions(arg0: Array) -> Array: ...
def matmul(arg0: Array, arg1: Array, arg2: Array | None, arg3: int) -> Array: ...
def max_pool(
    arg0: Array,
    arg1: collections.abc.Sequence[int],
    arg2: collections.abc.Sequence[int],
    arg3: collections.abc.Sequence[int],
    arg4: collections.abc.Sequence[int],
    arg5: bool,
) -> tuple[Array, Array]: ...
def maximum(arg0: Array, arg1: Array) -> Array: ...
def maximum_(arg0: Array, arg1: Array) -> None: ...
def mean(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def median(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def memory_stats() -> dict[str, int]: ...
def minimum(arg0: Array, arg1: Array) -> Array: ...
def minimum_(arg0: Array, arg1: Array) -> None: ...
def mish(arg0: Array) -> Array: ...
def mish_(arg0: Array) -> None: ...
def mish_backward(arg0: Array, arg1: Array) -> Array: ...
def moments(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> tuple[Array, Array]: ...
def mul(arg0: Array, arg1: Array) -> Array: ...
def mul_(arg0: Array, arg1: Array) -> None: ...
def nanmedian(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def ne(arg0: Array, arg1: Array) -> Array: ...
def neg(arg0: Array) -> Array: ...
def neg_(arg0: Array) -> None: ...
def nonzero(arg0: Array) -> Array: ...
def normal_into(
    arg0: Array,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> None: ...
def num_threads() -> int: ...
def optimizer_step(
    kind: int,
    lr: typing.SupportsFloat | typing.SupportsIndex,
    weight_decay: typing.SupportsFloat | typing.SupportsIndex,
    beta1: typing.SupportsFloat | typing.SupportsIndex,
    beta2: typing.SupportsFloat | typing.SupportsIndex,
    eps: typing.SupportsFloat | typing.SupportsIndex,
    momentum: typing.SupportsFloat | typing.SupportsIndex,
    dampening: typing.SupportsFloat | typing.SupportsIndex,
    lr_decay: typing.SupportsFloat | typing.SupportsIndex,
    nesterov: bool,
    centered: bool,
    amsgrad: bool,
    maximize: bool,
    parameters: list[Array],
    grads: list[Array],
    steps: list[Array],
    step: typing.SupportsInt | typing.SupportsIndex,
    state0: list[Array],
    state1: list[Array],
    state2: list[Array],
    scalars0: list[Array],
    scalars1: list[Array],
) -> None:
    """
    One step of all parameters of a group, in place. `steps` count the steps before; empty: all are at `step`. `scalars` are a float32 each, state too.
    """

def parse_cfs_quota(arg0: str, arg1: str) -> float: ...
def parse_cpu_max(arg0: str) -> float: ...
def permutation(
    arg0: typing.SupportsInt | typing.SupportsIndex,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def permute(arg0: Array, arg1: collections.abc.Sequence[int]) -> Array: ...
def plane_gather(arg0: Array, arg1: Array) -> Array: ...
def plane_scatter(arg0: Array, arg1: Array, arg2: collections.abc.Sequence[int]) -> Array: ...
def pow(arg0: Array, arg1: Array) -> Array: ...
def pow_(arg0: Array, arg1: Array) -> None: ...
def promote_types(
    arg0: typing.SupportsInt | typing.SupportsIndex, arg1: typing.SupportsInt | typing.SupportsIndex
) -> int: ...
def randint_into(
    arg0: Array,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsInt | typing.SupportsIndex,
    arg4: typing.SupportsInt | typing.SupportsIndex,
) -> None: ...
def reciprocal(arg0: Array) -> Array: ...
def reciprocal_(arg0: Array) -> None: ...
def recurrent_backward(
    arg0: int,
    arg1: Array,
    arg2: Array,
    arg3: Array | None,
    arg4: Array,
    arg5: Array | None,
    arg6: Array,
    arg7: bool,
    arg8: Array | None,
    arg9: Array | None,
    arg10: Array | None,
    arg11: Array | None,
    arg12: Array | None,
) -> tuple[Array, Array, Array | None, Array | None]: ...
def recurrent_forward(
    arg0: int,
    arg1: Array,
    arg2: Array,
    arg3: Array | None,
    arg4: Array | None,
    arg5: Array,
    arg6: bool,
    arg7: Array | None,
    arg8: Array | None,
    arg9: Array | None,
) -> tuple[Array, Array | None]: ...
def reduce_max(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def reduce_max_abs(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def reduce_min(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def reduce_prod(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def reduce_sum(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def reduce_sum_abs(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def reduce_sum_square(arg0: Array, arg1: collections.abc.Sequence[int], arg2: bool) -> Array: ...
def relu(arg0: Array) -> Array: ...
def relu_(arg0: Array) -> None: ...
def relu_backward(arg0: Array, arg1: Array) -> Array: ...
def remainder(arg0: Array, arg1: Array) -> Array: ...
def remainder_(arg0: Array, arg1: Array) -> None: ...
def reshape(arg0: Array, arg1: collections.abc.Sequence[int]) -> Array: ...
def result_type(arg0: Array, arg1: Array) -> int: ...
def rms_norm(
    arg0: Array,
    arg1: Array | None,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
) -> tuple[Array, Array]: ...
def rms_norm_backward(
    arg0: Array, arg1: Array, arg2: Array, arg3: Array | None, arg4: typing.SupportsInt | typing.SupportsIndex
) -> tuple[Array, Array]: ...
def roi_align(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsInt | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
    arg5: typing.SupportsInt | typing.SupportsIndex,
    arg6: bool,
) -> Array: ...
def roi_align_backward(
    arg0: Array,
    arg1: Array,
    arg2: collections.abc.Sequence[int],
    arg3: typing.SupportsInt | typing.SupportsIndex,
    arg4: typing.SupportsInt | typing.SupportsIndex,
    arg5: typing.SupportsFloat | typing.SupportsIndex,
    arg6: typing.SupportsInt | typing.SupportsIndex,
    arg7: bool,
) -> Array: ...
def round(arg0: Array) -> Array: ...
def round_(arg0: Array) -> None: ...
def rsqrt(arg0: Array) -> Array: ...
def rsqrt_(arg0: Array) -> None: ...
def running_extreme(
    arg0: bool, arg1: Array, arg2: typing.SupportsInt | typing.SupportsIndex
) -> tuple[Array, Array]: ...
def same_shape(arg0: Array, arg1: Array) -> bool: ...
def scalar(arg0: typing.Any, arg1: int) -> Array: ...
def scatter_into(
    arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex, arg2: Array, arg3: Array, arg4: bool
) -> None: ...
def searchsorted(arg0: Array, arg1: Array, arg2: bool) -> Array: ...
def select(
    arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex, arg2: typing.SupportsInt | typing.SupportsIndex
) -> Array: ...
def selu(arg0: Array) -> Array: ...
def selu_(arg0: Array) -> None: ...
def selu_backward(arg0: Array, arg1: Array) -> Array: ...
def set_num_threads(arg0: typing.SupportsInt | typing.SupportsIndex) -> None: ...
def set_winograd_allowed(arg0: bool) -> None: ...
def shrink_backward(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def sigmoid(arg0: Array) -> Array: ...
def sigmoid_(arg0: Array) -> None: ...
def sigmoid_backward(arg0: Array, arg1: Array) -> Array: ...
def sign(arg0: Array) -> Array: ...
def sign_(arg0: Array) -> None: ...
def silu(arg0: Array) -> Array: ...
def silu_(arg0: Array) -> None: ...
def silu_backward(arg0: Array, arg1: Array) -> Array: ...
def sin(arg0: Array) -> Array: ...
def sin_(arg0: Array) -> None: ...
def sinh(arg0: Array) -> Array: ...
def sinh_(arg0: Array) -> None: ...
def slice(
    arg0: Array,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsInt | typing.SupportsIndex,
    arg4: typing.SupportsInt | typing.SupportsIndex,
) -> Array: ...
def softmax(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex, arg2: bool) -> Array: ...
def softmax_backward(
    arg0: Array, arg1: Array, arg2: typing.SupportsInt | typing.SupportsIndex, arg3: bool
) -> Array: ...
def softplus(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def softplus_backward(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def softshrink(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def sort(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex, arg2: bool) -> Array: ...
def spread(
    arg0: Array, arg1: collections.abc.Sequence[int], arg2: collections.abc.Sequence[int], arg3: bool
) -> Array: ...
def sqrt(arg0: Array) -> Array: ...
def sqrt_(arg0: Array) -> None: ...
def square(arg0: Array) -> Array: ...
def square_(arg0: Array) -> None: ...
def squared_error_backward(
    arg0: Array,
    arg1: Array,
    arg2: Array,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
    arg5: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def squared_error_sum(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def sub(arg0: Array, arg1: Array) -> Array: ...
def sub_(arg0: Array, arg1: Array) -> None: ...
def tan(arg0: Array) -> Array: ...
def tan_(arg0: Array) -> None: ...
def tanh(arg0: Array) -> Array: ...
def tanh_(arg0: Array) -> None: ...
def tanh_backward(arg0: Array, arg1: Array) -> Array: ...
def threads_reason() -> str: ...
def threshold(
    arg0: Array, arg1: typing.SupportsFloat | typing.SupportsIndex, arg2: typing.SupportsFloat | typing.SupportsIndex
) -> Array: ...
def threshold_backward(
    arg0: Array,
    arg1: Array,
    arg2: typing.SupportsFloat | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
) -> Array: ...
def to_dlpack(arg0: Array) -> typing_extensions.CapsuleType: ...
def topk(
    arg0: Array,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: bool,
) -> Array: ...
def total_weight(arg0: Array, arg1: Array | None, arg2: typing.SupportsInt | typing.SupportsIndex) -> float: ...
def transpose(
    arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex, arg2: typing.SupportsInt | typing.SupportsIndex
) -> Array: ...
def triangle(arg0: bool, arg1: Array, arg2: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def trunc(arg0: Array) -> Array: ...
def trunc_(arg0: Array) -> None: ...
def uniform_into(
    arg0: Array,
    arg1: typing.SupportsInt | typing.SupportsIndex,
    arg2: typing.SupportsInt | typing.SupportsIndex,
    arg3: typing.SupportsFloat | typing.SupportsIndex,
    arg4: typing.SupportsFloat | typing.SupportsIndex,
) -> None: ...
def unsqueeze(arg0: Array, arg1: typing.SupportsInt | typing.SupportsIndex) -> Array: ...
def untracked(arg0: Array) -> Array:
    """
    The same memory; writes through it are not counted.
    """

def view(arg0: Array, arg1: collections.abc.Sequence[int]) -> Array: ...
def where(arg0: Array, arg1: Array, arg2: Array) -> Array: ...
def winograd_allowed() -> bool: ...
def written(arg0: Array) -> None:
    """
    Counts an in-place write.
    """

def zeros(arg0: collections.abc.Sequence[int], arg1: int) -> Array: ...

isa: str

class Error(RuntimeError): ...
class ShapeError(Error, builtins.ValueError): ...
class DTypeError(Error, TypeError): ...
class IndexError(Error, builtins.IndexError): ...
class ValueError(Error, builtins.ValueError): ...
class DeviceError(Error, builtins.ValueError): ...
class StateError(Error): ...
class OutOfMemoryError(Error, MemoryError): ...

class Array:
    def __add__(self, other: Array) -> Array: ...
    def __sub__(self, other: Array) -> Array: ...
    def __mul__(self, other: Array) -> Array: ...
    def __truediv__(self, other: Array) -> Array: ...
    def __neg__(self) -> Array: ...
    def __buffer__(self, flags: int) -> memoryview: ...
    @property
    def contiguous(self) -> bool: ...
    @property
    def data_ptr(self) -> int: ...
    @property
    def device(self) -> int: ...
    @property
    def dtype(self) -> int: ...
    @property
    def ndim(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def references(self) -> int: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def size(self) -> int: ...
    @property
    def storage_bytes(self) -> int: ...
    @property
    def storage_id(self) -> int: ...
    @property
    def strides(self) -> tuple[int, ...]: ...
    @property
    def version(self) -> int: ...

class TensorFields:
    array: Array
    node: typing.Any
    grad: typing.Any
    base: typing.Any
    base_node: typing.Any
    hooks: typing.Any
    _requires_grad: bool

class NodeFields:
    id: int
    edges: typing.Any
    outputs: int
    hooks: typing.Any
    saved: typing.Any
    versions: tuple[int, ...]
    output: Array | None
    output_version: int
    def save(self, *tensors: pydl.Tensor | None) -> None: ...
    def save_factors(self, x: pydl.Tensor, y: pydl.Tensor, /) -> None: ...
    def keep(self, array: Array, /) -> Array: ...
    @property
    def saved_tensors(self) -> tuple[typing.Any, ...]: ...
    def __lt__(self, other: typing.Any) -> bool: ...

class DiscardFields(NodeFields): ...

def saved_output(node: NodeFields, /) -> pydl.Tensor: ...
def connect(node: NodeFields, arguments: tuple[typing.Any, ...], /) -> bool: ...
def record(node: NodeFields, array: Array, /, *arguments: typing.Any) -> pydl.Tensor: ...
def record_view(node: NodeFields, array: Array, x: pydl.Tensor, /) -> pydl.Tensor: ...
def number_beside(value: typing.Any, x: typing.Any, /) -> pydl.Tensor | None: ...
def ints(items: tuple[typing.Any, ...], /) -> tuple[int, ...] | None: ...
def needs_node(*arguments: typing.Any) -> bool: ...
def next_id() -> int: ...
def bind_tape(refresh: typing.Any, on_record: typing.Any, /) -> None: ...
def alike(x: typing.Any, y: typing.Any, /) -> typing.TypeGuard[pydl.Tensor]: ...
def wrap(array: Array, /) -> pydl.Tensor: ...
def bind_tensor(type: builtins.type, /) -> None: ...
def grad_enabled() -> bool: ...
def set_grad_enabled(enabled: bool, /) -> bool: ...
def match(x: Array, y: Array, /) -> int: ...

"""Every operation. `__all__` is the list of them; each has a row in the tests' op table."""

import pydl.ops.operands  # noqa: F401  (first: modules that need each other import the rest at their end)
from pydl.ops.activation import (
    elu,
    gelu,
    leaky_relu,
    logsigmoid,
    relu,
    relu_,
    sigmoid,
    sigmoid_,
    silu,
    softplus,
    tanh,
    tanh_,
)
from pydl.ops.batch_norm import batch_norm, instance_norm
from pydl.ops.binary import add, add_, div, div_, mul, mul_, rdiv, rsub, sub, sub_
from pydl.ops.blend import addcdiv, addcdiv_, addcmul, addcmul_, lerp, lerp_
from pydl.ops.clamp import clamp, clamp_, clamp_max, clamp_max_, clamp_min, clamp_min_
from pydl.ops.compare import allclose, eq, equal, ge, gt, isclose, le, lt, ne
from pydl.ops.composed_activation import (
    celu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    mish,
    prelu,
    relu6,
    selu,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
)
from pydl.ops.concat import (
    cat,
    chunk,
    concat,
    concatenate,
    hstack,
    repeat,
    repeat_interleave,
    split,
    stack,
    tensor_split,
    tile,
    unbind,
    vstack,
)
from pydl.ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from pydl.ops.copy import cast, clone, contiguous
from pydl.ops.create import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from pydl.ops.cross_entropy import cross_entropy, nll_loss
from pydl.ops.diagonal import diag, diagonal, trace, tril, tril_indices, triu, triu_indices
from pydl.ops.dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d
from pydl.ops.embedding import embedding
from pydl.ops.exponential import (
    exp,
    exp2,
    exp2_,
    exp_,
    expm1,
    expm1_,
    log,
    log10,
    log10_,
    log1p,
    log1p_,
    log2,
    log2_,
    log_,
)
from pydl.ops.extremes import amax, amin, argmax, argmin, fmax, fmin, max, maximum, min, minimum
from pydl.ops.gather import gather, scatter, scatter_, scatter_add, scatter_add_, take_along_dim
from pydl.ops.index import (
    flip,
    fliplr,
    flipud,
    index_add,
    index_add_,
    index_copy,
    index_copy_,
    index_fill,
    index_fill_,
    index_put,
    index_put_,
    index_select,
    masked_select,
    nonzero,
    roll,
    take,
)
from pydl.ops.indexing import getitem, setitem
from pydl.ops.layer_norm import group_norm, layer_norm, rms_norm
from pydl.ops.logical import (
    bitwise_and,
    bitwise_and_,
    bitwise_left_shift,
    bitwise_not,
    bitwise_not_,
    bitwise_or,
    bitwise_or_,
    bitwise_right_shift,
    bitwise_xor,
    bitwise_xor_,
    logical_and,
    logical_and_,
    logical_not,
    logical_not_,
    logical_or,
    logical_or_,
    logical_xor,
    logical_xor_,
    rlshift,
    rrshift,
)
from pydl.ops.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from pydl.ops.matmul import linear, matmul
from pydl.ops.moments import std, std_mean, var, var_mean
from pydl.ops.norm import norm
from pydl.ops.pool import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from pydl.ops.pow import hypot, pow, pow_, rpow, xlogy
from pydl.ops.products import addmm, addmv, baddbmm, bmm, dot, einsum, mm, mv, outer
from pydl.ops.random import (
    bernoulli,
    bernoulli_,
    exponential_,
    multinomial,
    normal,
    normal_,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    random_,
    randperm,
    uniform_,
)
from pydl.ops.reduce import (
    all,
    any,
    count_nonzero,
    cumsum,
    logsumexp,
    mean,
    nanmean,
    nansum,
    prod,
    sum,
)
from pydl.ops.rounding import floor_divide, fmod, remainder
from pydl.ops.softmax import log_softmax, softmax, softmin
from pydl.ops.sort import argsort, meshgrid, one_hot, sort, topk, unique
from pydl.ops.fill import copy_, fill_, zero_
from pydl.ops.special import (
    digamma,
    digamma_,
    erf,
    erf_,
    erfc,
    erfc_,
    erfinv,
    erfinv_,
    lgamma,
    lgamma_,
)
from pydl.ops.trigonometry import (
    acos,
    acos_,
    acosh,
    acosh_,
    asin,
    asin_,
    asinh,
    asinh_,
    atan,
    atan2,
    atan_,
    atanh,
    atanh_,
    cos,
    cos_,
    cosh,
    cosh_,
    sin,
    sin_,
    sinh,
    sinh_,
    tan,
    tan_,
)
from pydl.ops.unary import (
    abs,
    abs_,
    ceil,
    ceil_,
    copysign,
    floor,
    floor_,
    isfinite,
    isinf,
    isnan,
    neg,
    neg_,
    positive,
    reciprocal,
    reciprocal_,
    round,
    round_,
    rsqrt,
    rsqrt_,
    sign,
    sign_,
    sqrt,
    sqrt_,
    square,
    square_,
    trunc,
    trunc_,
)
from pydl.ops.view import expand, flatten, narrow, permute, reshape, select, squeeze, t, transpose, unsqueeze, view
from pydl.ops.where import masked_fill, masked_fill_, nan_to_num, where

# What is imported above: functions, not the modules they come from.
__all__ = sorted(name for name, value in list(globals().items()) if callable(value))

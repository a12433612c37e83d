"""Tensor: an array with a place in the graph. Its methods are the functions of `pydl.ops`."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Sequence
from typing import Any, SupportsIndex, overload

import numpy as np

from pydl import _C, dtypes, not_now, ops
from pydl.autograd import engine
from pydl.autograd.function import TensorBase, bind_tensor, wrap
from pydl.ops.operands import expect_tensor
from pydl.printing import tensor_repr
from pydl.tensor_methods import TensorMethods

_COMPARABLE: tuple[type[Any], ...] = (TensorBase, int, float, np.generic, np.ndarray)


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple of ints that knows its number of elements."""

    __slots__ = ()

    def numel(self) -> int:
        """The product of the sizes."""
        n = 1
        for size in self:
            n *= size
        return n

    @overload
    def __getitem__(self, index: SupportsIndex) -> builtins.int: ...

    @overload
    def __getitem__(self, index: slice) -> Size: ...

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if type(found) is tuple else found

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Size:
        return Size(tuple.__add__(other, self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Size:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"pydl.Size([{', '.join(map(str, self))}])"


class Tensor(TensorMethods):
    """An n-dimensional array of one dtype that can take part in automatic differentiation.

    Made by `pydl.tensor`, `pydl.zeros`, `pydl.randn`, … or, as in PyTorch, ``Tensor([1, 2])`` and
    ``Tensor(2, 3)`` with the default dtype.
    """

    __slots__ = ()

    def __init__(self, *data: Any) -> None:
        if not data:
            made = ops.empty(0)
        elif len(data) == 1 and not isinstance(data[0], int):
            made = ops.tensor(data[0], dtype=dtypes.get_default_dtype())
        else:
            made = ops.empty(*data)
        self.array = made.array
        self.node = self.grad = self.base = self.base_node = self.hooks = None
        self._requires_grad = False

    # What it is.

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return Size(self.array.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        """The element type."""
        return dtypes.DTYPES[self.array.dtype]

    @property
    def device(self) -> dtypes.device:
        """Where the memory is."""
        return dtypes.DEVICES[self.array.device]

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.array.size * self.dtype.itemsize

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded for backward."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value and not self.dtype.is_floating_point:
            raise _C.DTypeError(f"requires_grad: expected a floating dtype, got {self.dtype.name}")
        if not value and self.node is not None:
            raise _C.StateError("requires_grad: only a leaf can stop requiring a gradient; use detach()")
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad`` and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        return self.node is None

    @property
    def grad_fn(self) -> Any:
        """The node that made this tensor; None for a leaf."""
        edge = engine.edge_of(self)
        return engine.node_of(edge)

    @property
    def _version(self) -> int:
        return self.array.version

    @property
    def data(self) -> Tensor:
        """The same memory without history; writes through it are not noticed by backward."""
        return wrap(_C.untracked(self.array))

    @data.setter
    def data(self, value: Tensor) -> None:
        self.array = value.array

    @property
    def T(self) -> Tensor:
        """A view with all dimensions reversed."""
        return ops.permute(self, tuple(range(self.array.ndim))[::-1])

    @property
    def H(self) -> Tensor:
        """A matrix with rows and columns exchanged."""
        if self.array.ndim not in (0, 2):
            raise _C.ShapeError(f"H: expected a matrix, got shape {self.array.shape}; see mH for stacks of them")
        return ops.t(self)

    @property
    def mH(self) -> Tensor:
        """A view with the last two dimensions exchanged."""
        return ops.adjoint(self)

    @property
    def mT(self) -> Tensor:
        """A view with the last two dimensions exchanged."""
        return ops.transpose(self, -2, -1)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the size of one dimension."""
        return self.shape if dim is None else self.array.shape[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self.array.size

    nelement = numel

    def stride(self, dim: int | None = None) -> Any:
        """The steps between elements along each dimension (or one), in elements."""
        return self.array.strides if dim is None else self.array.strides[dim]

    def storage_offset(self) -> int:
        """Elements of the memory before the first one."""
        return self.array.offset

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    def is_contiguous(self, memory_format: dtypes.memory_format = dtypes.contiguous_format) -> bool:
        """Whether rows lie one after the other in memory; of images, whether their pixels do, for `channels_last`."""
        if memory_format in (dtypes.channels_last, dtypes.channels_last_3d):
            n = 4 if memory_format is dtypes.channels_last else 5
            return self.array.ndim == n and _C.permute(self.array, (0, *range(2, n), 1)).contiguous
        return self.array.contiguous

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self.array.data_ptr

    is_floating_point, is_signed, is_complex = ops.is_floating_point, ops.is_signed, ops.is_complex
    is_conj, is_neg, is_inference = ops.is_complex, ops.is_complex, ops.is_complex
    is_nonzero, is_same_size, get_device = ops.is_nonzero, ops.is_same_size, ops.get_device

    # Out of pydl.

    def item(self) -> Any:
        """The one element as a Python number.

        Raises:
            ValueError: there are more, or none.
        """
        return _C.item(self.array)

    def tolist(self) -> Any:
        """Nested lists of Python numbers; a number for a scalar."""
        array = self.array
        if array.dtype in (2, 3):
            array = _C.cast(array, dtypes.float32.code)
        return np.asarray(array).tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray[Any, Any]:
        """A numpy array over the same memory; with `force` also of a tensor that requires a gradient.

        Raises:
            StateError: it requires a gradient; detach() first, or `force`.
            DTypeError: bfloat16.
        """
        if self._requires_grad and not force:
            raise _C.StateError("numpy: the tensor requires a gradient; use .detach().numpy()")
        if self.array.dtype == 2:  # numpy would make an array of objects of it
            raise _C.DTypeError("numpy: bfloat16 has no numpy dtype; convert with .float()")
        return np.asarray(self.array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        values = self.numpy()
        if dtype is not None and values.dtype != dtype:
            if copy is False:
                raise _C.ValueError(f"__array__: no view of dtype {dtype} on {self.dtype.name} without a copy")
            return values.astype(dtype)
        return values.copy() if copy else values

    def __array_wrap__(self, array: np.ndarray[Any, Any], context: Any = None, return_scalar: bool = False) -> Any:
        # np.sqrt(x) is a tensor, as in PyTorch; of bools a bool one, which PyTorch's predates.
        try:
            return ops.from_numpy(array)
        except _C.DTypeError:  # a dtype of numpy alone
            return array

    def __dlpack__(self, *, stream: Any = None, **_: Any) -> Any:
        if self._requires_grad:
            raise _C.StateError("__dlpack__: the tensor requires a gradient; use .detach()")
        return _C.to_dlpack(self.array)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)

    # The graph.

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Sequence[Tensor] | None = None,
    ) -> None:
        """Add the gradient of this tensor to the ``.grad`` of every leaf that it depends on.

        Args:
            gradient: that of the final result by this tensor; may be left out for a single element.
            retain_graph: keep what the graph saved, for another backward.
            create_graph: record the backward itself, for derivatives of higher order.
            inputs: the leaves to fill; all by default.

        Raises:
            StateError: no graph leads here, the graph was freed, or a saved value was overwritten.
        """
        from pydl import autograd

        autograd.backward(self, gradient, retain_graph, create_graph, inputs)

    detach, detach_ = ops.detach, ops.detach_

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Any:
        """Call ``hook(grad)`` whenever a gradient of this tensor is computed; what it returns replaces it."""
        from pydl.autograd.hooks import register

        return register(self, hook)

    def retain_grad(self) -> None:
        """Fill ``.grad`` of this tensor in backward, though it is no leaf."""
        from pydl.autograd.hooks import retain_grad

        retain_grad(self)

    # Conversion.

    def to(
        self,
        *args: Any,
        dtype: dtypes.dtype | None = None,
        device: str | dtypes.device | builtins.int | None = None,
        other: Tensor | None = None,
        non_blocking: builtins.bool = False,
        copy: builtins.bool = False,
        memory_format: dtypes.memory_format | None = None,
    ) -> Tensor:
        """Convert to a dtype, a device, or those of another tensor; itself where nothing changes.

        Args:
            args: these, in any order; then ``non_blocking`` and ``copy``.
            dtype, device, other: the same, by name.
            non_blocking: without effect.
            copy: give a copy where nothing changes.
            memory_format: without effect.

        Raises:
            DTypeError: an argument is none of these.
            DeviceError: this build has no such device.
        """
        if args and isinstance(args[0], builtins.bool):
            raise _C.DTypeError(f"to: expected a dtype, a device or a tensor first, got {args[0]}")
        flags: list[builtins.bool] = []
        for value in (*args, dtype, device, other):
            if value is None:
                continue
            if isinstance(value, dtypes.dtype):
                dtype = value
            elif isinstance(value, type) and value in dtypes.PYTHON_TYPES:
                dtype = dtypes.PYTHON_TYPES[value]
            elif isinstance(value, TensorBase):
                dtype = dtypes.DTYPES[value.array.dtype]
            elif isinstance(value, builtins.bool):
                flags.append(value)
            elif isinstance(value, str | dtypes.device | builtins.int):
                dtypes.check_device(f"cuda:{value}" if isinstance(value, builtins.int) else value)
            else:
                raise _C.DTypeError(f"to: expected a dtype, a device or a tensor, got {value!r}")
        out = self if dtype is None else ops.cast(self, dtype)
        return ops.clone(out) if (copy or flags[1:] == [True]) and out is self else out

    def type_as(self, other: Tensor) -> Tensor:
        """Convert to the dtype of another tensor."""
        return self.to(other.dtype)

    def float(self) -> Tensor:
        """Convert to float32."""
        return ops.cast(self, dtypes.float32)

    def double(self) -> Tensor:
        """Convert to float64."""
        return ops.cast(self, dtypes.float64)

    def half(self) -> Tensor:
        """Convert to float16."""
        return ops.cast(self, dtypes.float16)

    def bfloat16(self) -> Tensor:
        """Convert to bfloat16."""
        return ops.cast(self, dtypes.bfloat16)

    def long(self) -> Tensor:
        """Convert to int64."""
        return ops.cast(self, dtypes.int64)

    def int(self) -> Tensor:
        """Convert to int32."""
        return ops.cast(self, dtypes.int32)

    def bool(self) -> Tensor:
        """Convert to bool."""
        return ops.cast(self, dtypes.bool_)

    def cpu(self) -> Tensor:
        """The tensor in the CPU's memory: itself."""
        return self

    @property
    def is_cuda(self) -> builtins.bool:
        """Whether the memory is a GPU's."""
        return self.device.type == "cuda"

    def pin_memory(self, device: Any = None) -> Tensor:
        """The tensor itself: without a GPU there is nothing that pages are locked for."""
        return self

    def cuda(self, device: Any = None) -> Tensor:
        """The tensor in a GPU's memory.

        Raises:
            DeviceError: this build has no cuda backend.
        """
        return self.to(dtypes.device("cuda"))

    # Operators.

    add, add_, sub, sub_ = ops.add, ops.add_, ops.sub, ops.sub_
    mul, mul_, div, div_ = ops.mul, ops.mul_, ops.div, ops.div_
    subtract, subtract_, multiply, multiply_ = ops.sub, ops.sub_, ops.mul, ops.mul_
    divide, divide_, true_divide, true_divide_ = ops.div, ops.div_, ops.div, ops.div_
    __add__ = __radd__ = ops.add
    __sub__, __rsub__ = ops.sub, ops.rsub
    __mul__ = __rmul__ = ops.mul
    __truediv__, __rtruediv__ = ops.div, ops.rdiv
    __iadd__, __isub__, __imul__, __itruediv__ = ops.add_, ops.sub_, ops.mul_, ops.div_
    floor_divide = __floordiv__ = ops.floor_divide
    remainder = __mod__ = ops.remainder
    __rfloordiv__, __rmod__ = ops.rfloor_divide, ops.rremainder
    floor_divide_ = __ifloordiv__ = ops.floor_divide_
    remainder_ = __imod__ = ops.remainder_
    fmod, fmod_ = ops.fmod, ops.fmod_
    neg = negative = __neg__ = ops.neg
    neg_ = negative_ = ops.neg_
    positive = __pos__ = ops.positive
    abs = absolute = __abs__ = ops.abs
    abs_ = absolute_ = ops.abs_
    pow = __pow__ = ops.pow
    pow_ = __ipow__ = ops.pow_
    __rpow__ = ops.rpow
    matmul = __matmul__ = ops.matmul
    __rmatmul__ = ops.rmatmul

    # Bits and truth.

    bitwise_and, bitwise_or, bitwise_xor = ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor
    bitwise_and_, bitwise_or_, bitwise_xor_ = ops.bitwise_and_, ops.bitwise_or_, ops.bitwise_xor_
    bitwise_left_shift, bitwise_right_shift = ops.bitwise_left_shift, ops.bitwise_right_shift
    bitwise_left_shift_ = __ilshift__ = ops.bitwise_left_shift_
    bitwise_right_shift_ = __irshift__ = ops.bitwise_right_shift_
    bitwise_not, bitwise_not_ = ops.bitwise_not, ops.bitwise_not_
    __and__ = __rand__ = ops.bitwise_and
    __or__ = __ror__ = ops.bitwise_or
    __xor__ = __rxor__ = ops.bitwise_xor
    __iand__, __ior__, __ixor__ = ops.bitwise_and_, ops.bitwise_or_, ops.bitwise_xor_
    __lshift__, __rlshift__ = ops.bitwise_left_shift, ops.rlshift
    __rshift__, __rrshift__ = ops.bitwise_right_shift, ops.rrshift
    __invert__ = ops.bitwise_not
    logical_and, logical_or, logical_xor = ops.logical_and, ops.logical_or, ops.logical_xor
    logical_and_, logical_or_, logical_xor_ = ops.logical_and_, ops.logical_or_, ops.logical_xor_
    logical_not, logical_not_ = ops.logical_not, ops.logical_not_

    # Comparisons. What is no number and no tensor is equal to none, as Python has it.

    eq, ne, lt, le, gt, ge = ops.eq, ops.ne, ops.lt, ops.le, ops.gt, ops.ge
    __lt__, __le__, __gt__, __ge__ = ops.lt, ops.le, ops.gt, ops.ge
    eq_, ne_, lt_, le_, gt_, ge_ = ops.eq_, ops.ne_, ops.lt_, ops.le_, ops.gt_, ops.ge_
    not_equal, not_equal_, less, less_ = ops.ne, ops.ne_, ops.lt, ops.lt_
    less_equal, less_equal_ = ops.le, ops.le_
    greater, greater_, greater_equal, greater_equal_ = ops.gt, ops.gt_, ops.ge, ops.ge_
    isclose, allclose, equal = ops.isclose, ops.allclose, ops.equal
    isnan, isinf, isfinite = ops.isnan, ops.isinf, ops.isfinite
    isposinf, isneginf, isreal, signbit = ops.isposinf, ops.isneginf, ops.isreal, ops.signbit

    def __eq__(self, other: object) -> Any:
        return ops.eq(self, other) if isinstance(other, _COMPARABLE) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return ops.ne(self, other) if isinstance(other, _COMPARABLE) else NotImplemented

    # Functions of each element.

    sign, sign_, square, square_ = ops.sign, ops.sign_, ops.square, ops.square_
    sqrt, sqrt_, rsqrt, rsqrt_ = ops.sqrt, ops.sqrt_, ops.rsqrt, ops.rsqrt_
    reciprocal, reciprocal_ = ops.reciprocal, ops.reciprocal_
    floor, floor_, ceil, ceil_ = ops.floor, ops.floor_, ops.ceil, ops.ceil_
    round, round_, trunc, trunc_ = ops.round, ops.round_, ops.trunc, ops.trunc_
    fix, fix_, sgn, sgn_ = ops.trunc, ops.trunc_, ops.sign, ops.sign_
    frac, frac_, frexp, heaviside, heaviside_ = ops.frac, ops.frac_, ops.frexp, ops.heaviside, ops.heaviside_
    gcd, gcd_, lcm, lcm_, nextafter, nextafter_ = ops.gcd, ops.gcd_, ops.lcm, ops.lcm_, ops.nextafter, ops.nextafter_
    angle, conj, conj_physical = ops.angle, ops.real, ops.real
    resolve_conj, resolve_neg, conj_physical_ = ops.real, ops.real, ops.real
    real, imag = property(ops.real), property(ops.imag)
    exp, exp_, exp2, exp2_, expm1, expm1_ = ops.exp, ops.exp_, ops.exp2, ops.exp2_, ops.expm1, ops.expm1_
    log, log_, log2, log2_ = ops.log, ops.log_, ops.log2, ops.log2_
    log10, log10_, log1p, log1p_ = ops.log10, ops.log10_, ops.log1p, ops.log1p_
    sin, sin_, cos, cos_, tan, tan_ = ops.sin, ops.sin_, ops.cos, ops.cos_, ops.tan, ops.tan_
    asin, asin_, acos, acos_, atan, atan_ = ops.asin, ops.asin_, ops.acos, ops.acos_, ops.atan, ops.atan_
    sinh, sinh_, cosh, cosh_ = ops.sinh, ops.sinh_, ops.cosh, ops.cosh_
    asinh, asinh_, acosh, acosh_ = ops.asinh, ops.asinh_, ops.acosh, ops.acosh_
    atanh, atanh_, tanh, tanh_ = ops.atanh, ops.atanh_, ops.tanh, ops.tanh_
    arcsin, arcsin_, arccos, arccos_ = ops.asin, ops.asin_, ops.acos, ops.acos_
    arctan, arctan_, arctan2, arctan2_ = ops.atan, ops.atan_, ops.atan2, ops.atan2_
    arcsinh, arcsinh_, arccosh, arccosh_ = ops.asinh, ops.asinh_, ops.acosh, ops.acosh_
    arctanh, arctanh_, sinc, sinc_ = ops.atanh, ops.atanh_, ops.sinc, ops.sinc_
    deg2rad, deg2rad_, rad2deg, rad2deg_ = ops.deg2rad, ops.deg2rad_, ops.rad2deg, ops.rad2deg_
    erf, erf_, erfc, erfc_, erfinv, erfinv_ = ops.erf, ops.erf_, ops.erfc, ops.erfc_, ops.erfinv, ops.erfinv_
    lgamma, lgamma_, digamma, digamma_ = ops.lgamma, ops.lgamma_, ops.digamma, ops.digamma_
    polygamma_, mvlgamma, mvlgamma_, i0, i0_ = ops.polygamma_, ops.mvlgamma, ops.mvlgamma_, ops.i0, ops.i0_
    logit, logit_, logaddexp, logaddexp2 = ops.logit, ops.logit_, ops.logaddexp, ops.logaddexp2
    sigmoid, sigmoid_, relu, relu_ = ops.sigmoid, ops.sigmoid_, ops.relu, ops.relu_
    prelu, hardshrink = ops.prelu, ops.hardshrink
    softmax, log_softmax = ops.softmax, ops.log_softmax
    clamp = clip = ops.clamp
    clamp_ = clip_ = ops.clamp_
    clamp_min, clamp_min_, clamp_max, clamp_max_ = ops.clamp_min, ops.clamp_min_, ops.clamp_max, ops.clamp_max_
    masked_fill, masked_fill_ = ops.masked_fill, ops.masked_fill_
    nan_to_num, nan_to_num_ = ops.nan_to_num, ops.nan_to_num_
    lerp, lerp_ = ops.lerp, ops.lerp_
    addcmul, addcmul_, addcdiv, addcdiv_ = ops.addcmul, ops.addcmul_, ops.addcdiv, ops.addcdiv_
    maximum, minimum, fmax, fmin = ops.maximum, ops.minimum, ops.fmax, ops.fmin
    atan2, hypot, copysign, xlogy = ops.atan2, ops.hypot, ops.copysign, ops.xlogy
    atan2_, hypot_, copysign_, xlogy_ = ops.atan2_, ops.hypot_, ops.copysign_, ops.xlogy_
    float_power, float_power_, ldexp, ldexp_ = ops.float_power, ops.float_power_, ops.ldexp, ops.ldexp_

    def polygamma(self, n: builtins.int) -> Tensor:
        """The derivative of order ``n`` of `digamma`."""
        return ops.polygamma(n, self)

    def where(self, condition: Tensor, other: Any) -> Tensor:
        """This tensor where ``condition``, ``other`` elsewhere."""
        return ops.where(condition, self, other)

    # Views and copies.

    clone = ops.clone
    copy_, fill_, zero_ = ops.copy_, ops.fill_, ops.zero_
    contiguous = ops.contiguous
    expand = ops.expand
    view = ops.view
    reshape = ops.reshape
    permute = ops.permute
    transpose = ops.transpose
    t = ops.t
    select = ops.select
    narrow = ops.narrow
    unsqueeze = ops.unsqueeze
    squeeze = ops.squeeze
    flatten = ops.flatten
    squeeze_, unsqueeze_, t_, transpose_ = ops.squeeze_, ops.unsqueeze_, ops.t_, ops.transpose_
    swapaxes, swapaxes_, swapdims, swapdims_ = ops.transpose, ops.transpose_, ops.transpose, ops.transpose_
    movedim, moveaxis, ravel, unflatten = ops.movedim, ops.movedim, ops.ravel, ops.unflatten
    view_as, reshape_as, expand_as, sum_to_size = ops.view_as, ops.reshape_as, ops.expand_as, ops.sum_to_size
    broadcast_to, narrow_copy, adjoint = ops.broadcast_to, ops.narrow_copy, ops.adjoint
    as_strided, as_strided_, unfold = ops.as_strided, ops.as_strided_, ops.unfold_dim
    resize_, resize_as_ = ops.resize_, ops.resize_as_
    select_scatter, slice_scatter = ops.select_scatter, ops.slice_scatter
    diagonal_scatter = ops.diagonal_scatter

    # Indexing, joining, splitting.

    __getitem__, __setitem__ = ops.getitem, ops.setitem
    index_select, take, masked_select, nonzero = ops.index_select, ops.take, ops.masked_select, ops.nonzero
    argwhere, put, put_ = ops.argwhere, ops.put, ops.put_
    masked_scatter, masked_scatter_ = ops.masked_scatter, ops.masked_scatter_
    index_add, index_add_ = ops.index_add, ops.index_add_
    index_copy, index_copy_ = ops.index_copy, ops.index_copy_
    index_fill, index_fill_ = ops.index_fill, ops.index_fill_
    index_put, index_put_ = ops.index_put, ops.index_put_
    gather, take_along_dim = ops.gather, ops.take_along_dim
    scatter, scatter_, scatter_add, scatter_add_ = ops.scatter, ops.scatter_, ops.scatter_add, ops.scatter_add_
    scatter_reduce, scatter_reduce_ = ops.scatter_reduce, ops.scatter_reduce_
    index_reduce, index_reduce_ = ops.index_reduce, ops.index_reduce_
    flip, fliplr, flipud, roll, rot90 = ops.flip, ops.fliplr, ops.flipud, ops.roll, ops.rot90
    split, chunk, tensor_split, unbind = ops.split, ops.chunk, ops.tensor_split, ops.unbind
    repeat, tile, repeat_interleave = ops.repeat, ops.tile, ops.repeat_interleave
    hsplit, vsplit, dsplit, split_with_sizes = ops.hsplit, ops.vsplit, ops.dsplit, ops.split_with_sizes

    # Order, diagonals, products.

    sort, argsort, msort, topk = ops.sort, ops.argsort, ops.msort, ops.topk
    unique, unique_consecutive, bincount, histc = ops.unique, ops.unique_consecutive, ops.bincount, ops.histc
    median, nanmedian, mode, kthvalue = ops.median, ops.nanmedian, ops.mode, ops.kthvalue
    quantile, nanquantile = ops.quantile, ops.nanquantile
    dist, renorm, renorm_ = ops.dist, ops.renorm, ops.renorm_
    diag, diagonal, trace, tril, triu = ops.diag, ops.diagonal, ops.trace, ops.tril, ops.triu
    diag_embed, diagflat, fill_diagonal_ = ops.diag_embed, ops.diagflat, ops.fill_diagonal_
    tril_, triu_ = ops.tril_, ops.triu_
    mm, bmm, mv, dot, outer = ops.mm, ops.bmm, ops.mv, ops.dot, ops.outer
    inner, vdot, kron, cross = ops.inner, ops.vdot, ops.kron, ops.cross
    addmm, addmv, baddbmm = ops.addmm, ops.addmv, ops.baddbmm
    addmm_, addmv_, baddbmm_ = ops.addmm_, ops.addmv_, ops.baddbmm_
    addr, addr_, addbmm, addbmm_, ger = ops.addr, ops.addr_, ops.addbmm, ops.addbmm_, ops.outer

    # Linear algebra.

    det, slogdet, logdet, inverse, pinverse = ops.det, ops.slogdet, ops.logdet, ops.inverse, ops.pinverse
    cholesky, cholesky_solve, cholesky_inverse = ops.cholesky, ops.cholesky_solve, ops.cholesky_inverse
    qr, svd, triangular_solve = ops.qr, ops.svd, ops.triangular_solve
    matrix_power, matrix_exp = ops.matrix_power, ops.matrix_exp

    # What is not part of pydl: errors that say so.

    to_sparse, to_sparse_coo, to_sparse_csr = not_now.to_sparse, not_now.to_sparse, not_now.to_sparse
    to_sparse_csc, to_sparse_bsr, to_sparse_bsc = not_now.to_sparse, not_now.to_sparse, not_now.to_sparse
    dequantize, share_memory_ = not_now.dequantize, not_now.share_memory_
    align_to, refine_names, rename = not_now.align_to, not_now.refine_names, not_now.rename

    # Random numbers.

    bernoulli, bernoulli_, exponential_ = ops.bernoulli, ops.bernoulli_, ops.exponential_
    cauchy_, geometric_, log_normal_ = ops.cauchy_, ops.geometric_, ops.log_normal_
    normal_, random_, uniform_, multinomial = ops.normal_, ops.random_, ops.uniform_, ops.multinomial

    # Reductions.

    sum, mean, prod, nansum, nanmean = ops.sum, ops.mean, ops.prod, ops.nansum, ops.nanmean
    max, min, amax, amin, aminmax = ops.max, ops.min, ops.amax, ops.amin, ops.aminmax
    argmax, argmin, all, any = ops.argmax, ops.argmin, ops.all, ops.any
    var, std, norm = ops.var, ops.std, ops.norm
    count_nonzero, logsumexp, logcumsumexp = ops.count_nonzero, ops.logsumexp, ops.logcumsumexp
    cumsum, cumsum_, cumprod, cumprod_ = ops.cumsum, ops.cumsum_, ops.cumprod, ops.cumprod_
    cummax, cummin, diff, cov, corrcoef = ops.cummax, ops.cummin, ops.diff, ops.cov, ops.corrcoef

    # Python.

    def __len__(self) -> builtins.int:
        if not self.array.ndim:
            raise _C.DTypeError("len: a scalar tensor has no length")
        return self.array.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.array.ndim:
            raise _C.DTypeError("iter: a scalar tensor cannot be iterated over")
        return iter([ops.select(self, 0, i) for i in range(self.array.shape[0])])

    def __reversed__(self) -> Tensor:
        return ops.flip(self, 0) if self.array.ndim else self

    def __bool__(self) -> Any:
        if self.array.size != 1:
            raise _C.ValueError(f"bool: the truth of {self.array.size} elements is ambiguous; use .any() or .all()")
        return bool(_C.item(self.array))

    def __float__(self) -> Any:
        return float(_C.item(self.array))

    def __int__(self) -> Any:
        return int(_C.item(self.array))

    def __index__(self) -> Any:
        if self.array.dtype <= 3:
            raise _C.DTypeError(f"index: expected an integer tensor, got {self.dtype.name}")
        return int(_C.item(self.array))

    def __hash__(self) -> Any:
        return id(self)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Tensor:
        from pydl.serialization import deepcopy

        return deepcopy(self, memo)

    def __reduce__(self) -> Any:
        from pydl.serialization import reduce

        return reduce(self)

    def __repr__(self) -> str:
        return tensor_repr(self)

    def __format__(self, spec: str) -> str:
        if self.array.ndim == 0 and (spec or type(self) is Tensor):
            return format(self.item(), spec)
        return object.__format__(self, spec)  # text, and an error where there is a format

    __array_priority__ = 1000  # numpy leaves mixed operators to us


bind_tensor(Tensor)


def numel(input: Tensor) -> int:
    """The number of elements.

    >>> pydl.numel(pydl.zeros(2, 3))
    6
    """
    expect_tensor("numel", input)
    return input.array.size

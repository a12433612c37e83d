"""Sums, means and products over any dimensions, and their kin."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes
from pydl.autograd.function import Function, apply, saved_output, wrap
from pydl.dtypes import as_dtype
from pydl.dtypes import dtype as DType
from pydl.ops.copy import to_code
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Ints = tuple[int, ...]
Dims = int | Sequence[int] | None


def dims_of(name: str, dim: Any) -> Ints:
    """The dimensions to reduce; none stands for all.

    Raises:
        DTypeError: they are no ints.
    """
    if isinstance(dim, int):
        return (dim,)
    if dim is None:
        return ()
    try:
        return (index(dim),)  # numpy's ints
    except TypeError:
        pass
    try:
        return tuple([index(d) for d in dim])
    except TypeError:
        raise _C.DTypeError(f"{name}: expected dim to be an int or a tuple of ints, got {dim!r}") from None


def checked_dims(name: str, input: Any, dim: Any) -> Ints:
    """The dimensions of input to reduce, counted from the front; none stands for all.

    Raises:
        IndexError: there is no such dimension.
        ValueError: one comes twice.
    """
    expect_tensor(name, input)
    if type(dim) is tuple and not dim:
        return ()
    dims = tuple([wrap_dim(name, d, input.array.ndim) for d in dims_of(name, dim)])
    if len(set(dims)) != len(dims):
        raise _C.ValueError(f"{name}: a dimension comes twice in {dim}")
    return dims


def dim_of(name: str, dim: Any, what: str = "dim") -> int:
    """A single dimension, or another int.

    Raises:
        DTypeError: it is no int.
    """
    try:
        return index(dim)
    except TypeError:
        raise _C.DTypeError(f"{name}: expected {what} to be an int, got {dim!r}") from None


class Spread(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, shape: Ints, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.args = dims, keepdim
        return _C.spread(x.array, shape, dims, keepdim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, summed again
        return apply(Sum, g, *ctx.args)


def restore(g: Tensor, shape: Ints, dims: Ints, keepdim: bool) -> Tensor:
    """What a reduction over dims gave, repeated to the shape from before it."""
    return apply(Spread, g, shape, dims, keepdim)


class Sum(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.args = x.array.shape, dims, keepdim
        return _C.reduce_sum(x.array, dims, keepdim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, repeated
        return apply(Spread, g, *ctx.args)


class Mean(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.args, ctx.size = (x.array.shape, dims, keepdim), x.array.size
        return _C.mean(x.array, dims, keepdim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / count, repeated
        return apply(Spread, div(g, float(ctx.size // g.array.size) if g.array.size else 1.0), *ctx.args)


class Prod(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.save(x)
        ctx.args = x.array.shape, dims, keepdim
        return ctx.keep(_C.reduce_prod(x.array, dims, keepdim))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * the product of all others
        (x,) = ctx.saved_tensors
        a = x.array
        if not _C.any_nonzero(_C.eq(a, _C.scalar(0.0, a.dtype))):
            return div(mul(restore(g, *ctx.args), restore(saved_output(ctx), *ctx.args)), x)
        if not ctx.args[1]:
            flat = product_of_others(reshape(x, -1), 0)
            return mul(restore(g, *ctx.args), reshape(flat, ctx.args[0]))
        return mul(restore(g, *ctx.args), product_of_others(x, ctx.args[1][0]))


def product_of_others(x: Tensor, dim: int) -> Tensor:
    """For each element the product of the others along a dimension, by running products from both ends.

    Without a division, so that zeros are right, in derivatives of any order too.
    """
    n = x.array.shape[dim] if x.array.ndim else 1
    if n == 1:
        return ones_like(x)
    before = running_product(slice_dim(x, dim, 0, 1, n - 1), dim)
    after = flip(running_product(slice_dim(x, dim, n - 1, -1, n - 1), dim), (dim,))
    one = ones_like(slice_dim(x, dim, 0, 1, 1))
    return mul(cat([one, before], dim), cat([after, one], dim))


def running_product(x: Tensor, dim: int) -> Tensor:
    """The product of the elements up to each, by doubling."""
    n = x.array.shape[dim]
    step = 1
    while step < n:
        grown = mul(slice_dim(x, dim, step, 1, n - step), slice_dim(x, dim, 0, 1, n - step))
        x = cat([slice_dim(x, dim, 0, 1, step), grown], dim)
        step *= 2
    return x


class LogSumExp(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.save(x)
        a = x.array
        ctx.args = a.shape, dims, keepdim
        if not a.size:
            return ctx.keep(_C.log(_C.reduce_sum(a, dims, keepdim)))
        top = _C.reduce_max(a, dims, keepdim)
        finite = _C.lt(_C.abs(top), _C.scalar(float("inf"), top.dtype))
        base = _C.where(finite, top, _C.scalar(0.0, top.dtype))
        total = _C.reduce_sum(_C.exp(_C.sub(a, _C.spread(base, *ctx.args))), dims, keepdim)
        return ctx.keep(_C.add(_C.log(total), base))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * exp(x - y); 0 where all of x is -inf
        (x,) = ctx.saved_tensors
        y = restore(saved_output(ctx), *ctx.args)
        nothing = _C.eq(x.array, _C.scalar(float("-inf"), x.array.dtype))
        share = select_where(nothing, wrap(_C.scalar(0.0, x.array.dtype)), exp(sub(x, y)))
        return mul(restore(g, *ctx.args), share)


def reduce_sum(x: Tensor, dims: Ints, keepdim: bool) -> Tensor:
    """The sum over dims (all where there are none)."""
    return apply(Sum, x, dims, keepdim)


def converted(name: str, input: Tensor, dtype: DType | None) -> Tensor:
    """input, converted first where a dtype is asked for."""
    expect_tensor(name, input)
    return input if dtype is None else to_code(input, as_dtype(dtype).code)


@numpy_names
def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType | None = None) -> Tensor:
    """The sum over ``dim``, or over everything. Integers and bool add up as int64.

    >>> pydl.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(dim=1)
    tensor([3., 7.])
    """
    if dtype is not None:
        code = as_dtype(dtype).code
        input = to_code(input, code)
        if code > 4:
            return wrap(_C.cast(_C.reduce_sum(input.array, dims_of("sum", dim), keepdim), code))
    return apply(Sum, input, () if dim is None else dims_of("sum", dim), keepdim)


@numpy_names
def mean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType | None = None) -> Tensor:
    """The mean over ``dim``, or over everything; NaN over nothing.

    Raises:
        DTypeError: ``input`` holds integers or bool and no ``dtype`` is given.

    >>> pydl.tensor([[1.0, 2.0], [3.0, 4.0]]).mean(dim=0)
    tensor([2., 3.])
    """
    if dtype is not None:
        input = to_code(input, as_dtype(dtype).code)
    return apply(Mean, input, () if dim is None else dims_of("mean", dim), keepdim)


@numpy_names
def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: DType | None = None) -> Tensor:
    """The product over ``dim``, or over everything. Integers and bool multiply as int64.

    >>> pydl.tensor([1, 2, 3, 4]).prod()
    tensor(24)
    """
    input = converted("prod", input, dtype)
    dims = () if dim is None else (dim_of("prod", dim),)
    if dtype is not None and as_dtype(dtype).code > 4:
        return wrap(_C.cast(_C.reduce_prod(input.array, dims, keepdim), as_dtype(dtype).code))
    return apply(Prod, input, dims, keepdim)


@numpy_names
def nansum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType | None = None) -> Tensor:
    """`sum` with NaN counted as 0.

    >>> pydl.tensor([1.0, float("nan")]).nansum()
    tensor(1.)
    """
    dims = checked_dims("nansum", input, dim)
    numbers = input if input.array.dtype > 3 else masked_fill(input, isnan(input), 0.0)
    return sum(numbers, dims, keepdim, dtype=dtype)


@numpy_names
def nanmean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType | None = None) -> Tensor:
    """The mean of what is not NaN.

    Raises:
        DTypeError: ``input`` holds integers or bool and no ``dtype`` is given.
    """
    input = converted("nanmean", input, dtype)
    if input.array.dtype > 3:
        raise _C.DTypeError(f"nanmean: expected a floating dtype, got {input.dtype.name}")
    dims = checked_dims("nanmean", input, dim)
    numbers = wrap(_C.eq(input.array, input.array))
    count = to_code(sum(numbers, dims, keepdim), input.array.dtype)
    return div(nansum(input, dims, keepdim), count)


@numpy_names
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """``log(sum(exp(input)))`` over ``dim``, without overflow.

    >>> pydl.tensor([0.0, 0.0]).logsumexp(0)
    tensor(0.6931)
    """
    dims = checked_dims("logsumexp", input, dim)
    if input.array.dtype > 3:
        input = to_code(input, dtypes.get_default_dtype().code)
    if input.array.dtype > 1:  # a sum of many half numbers needs more room
        return to_code(apply(LogSumExp, to_code(input, 0), dims, keepdim), input.array.dtype)
    return apply(LogSumExp, input, dims, keepdim)


@numpy_names
def count_nonzero(input: Tensor, dim: Dims = None) -> Tensor:
    """How many elements are not 0, over ``dim`` or everything; NaN is not 0."""
    expect_tensor("count_nonzero", input)
    return wrap(_C.count_nonzero(input.array, dims_of("count_nonzero", dim), False))


@numpy_names
def any(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether there is an element that is not 0, over ``dim`` or everything.

    The result is bool; of uint8, as in PyTorch, uint8.

    >>> pydl.tensor([False, True]).any()
    tensor(True)
    """
    dims = checked_dims("any", input, dim)
    return truth(input, _C.any(input.array, dims, keepdim), dim)


@numpy_names
def all(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether no element is 0, over ``dim`` or everything; True of nothing.

    The result is bool; of uint8, as in PyTorch, uint8.
    """
    dims = checked_dims("all", input, dim)
    return truth(input, _C.all(input.array, dims, keepdim), dim)


def truth(input: Tensor, found: _C.Array, dim: Dims) -> Tensor:
    """What any and all give: of no dimensions, unlike the other reductions, the truth of each element."""
    if isinstance(dim, tuple | list) and not dim:
        found = ne(input, 0).array
    return wrap(_C.cast(found, 8) if input.array.dtype == 8 else found)


from pydl.ops.binary import div, mul, sub  # noqa: E402
from pydl.ops.compare import ne  # noqa: E402
from pydl.ops.concat import cat  # noqa: E402
from pydl.ops.create import ones_like  # noqa: E402
from pydl.ops.exponential import exp  # noqa: E402
from pydl.ops.index import flip  # noqa: E402
from pydl.ops.unary import isnan  # noqa: E402
from pydl.ops.view import reshape, slice_dim, wrap_dim  # noqa: E402
from pydl.ops.where import masked_fill, select_where  # noqa: E402

"""Along a dimension what came before each element: running sums, products, extremes, and differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, return_types
from pydl.autograd.function import Function, apply, saved_output, wrap
from pydl.autograd.inplace import assign, result_for, snapshot
from pydl.dtypes import as_dtype
from pydl.dtypes import dtype as DType
from pydl.ops.create import from_array
from pydl.ops.gather import GatherBackward
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import expect_tensor
from pydl.ops.reduce import converted, dim_of
from pydl.ops.view import reshape, slice_dim, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Cumsum(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int) -> _C.Array:
        ctx.dim = dim
        return _C.cumsum(x.array, dim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # the running sum from the end
        if not g.array.ndim:
            return g
        return flip(apply(Cumsum, flip(g, (ctx.dim,)), ctx.dim), (ctx.dim,))


class Cumprod(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dim: int) -> _C.Array:
        ctx.save(x)
        ctx.dim = dim
        return ctx.keep(_C.cumprod(x.array, dim))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # dx_i = sum over k >= i of g_k * the product of all up to k but x_i
        (x,) = ctx.saved_tensors
        a, d = x.array, ctx.dim
        y = saved_output(ctx)
        if not _C.any_nonzero(_C.eq(a, _C.scalar(0.0, a.dtype))):
            total = flip(apply(Cumsum, flip(mul(g, y), (d,)), d), (d,))
            return div(total, x)
        before = cat([ones_like(slice_dim(x, d, 0, 1, 1)), slice_dim(y, d, 0, 1, a.shape[d] - 1)], d)
        return mul(before, recurrence_from_end(x, g, d))


class LogCumsumExp(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dim: int) -> _C.Array:
        ctx.save(x)
        ctx.dim = dim
        return ctx.keep(_C.logcumsumexp(x.array, dim))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # dx_i = sum over k >= i of g_k * exp(x_i - y_k); 0 where x is -inf
        (x,) = ctx.saved_tensors
        y, d = saved_output(ctx), ctx.dim
        n = x.array.shape[d]
        if not n:
            return g
        # exp(y_i - y_k) step by step, each at most 1: nothing overflows.
        steps = exp(gap(slice_dim(y, d, 0, 1, n - 1), slice_dim(y, d, 1, 1, n - 1)))
        shares = recurrence_from_end(cat([zeros_like(slice_dim(x, d, 0, 1, 1)), steps], d), g, d)
        nothing = _C.eq(x.array, _C.scalar(float("-inf"), x.array.dtype))
        zero = wrap(_C.scalar(0.0, x.array.dtype))
        return mul(select_where(nothing, zero, exp(gap(x, y))), shares)


class RunningExtreme(Function):
    """The elements at an index along a dimension, which are known."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, index: Tensor, values: _C.Array) -> _C.Array:
        ctx.save(index)
        ctx.dim, ctx.shape = dim, x.array.shape
        return values

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g added at the index
        (index,) = ctx.saved_tensors
        return apply(GatherBackward, g, ctx.shape, ctx.dim, index)


def gap(x: Tensor, y: Tensor) -> Tensor:
    """x - y; 0 where y is -inf, as then x is."""
    nothing = _C.eq(y.array, _C.scalar(float("-inf"), y.array.dtype))
    return select_where(nothing, wrap(_C.scalar(0.0, y.array.dtype)), sub(x, y))


class Recurrence(Function):
    """y_i = a_i * y_(i-1) + b_i along a dimension; a_0 plays no part."""

    @staticmethod
    def forward(ctx: Function, a: Tensor, b: Tensor, dim: int) -> _C.Array:
        ctx.save(a)
        ctx.dim = dim
        factor, y = (np.moveaxis(np.array(_C.cast(x.array, 1)), dim, 0) for x in (a, b))
        step = 1
        with np.errstate(all="ignore"):
            while step < len(y):  # y_i holds the terms of the last `step` places, factor_i the product of theirs
                y[step:] += factor[step:] * y[:-step]
                factor[step:] = factor[step:] * factor[:-step]
                step *= 2
        return ctx.keep(stored(np.moveaxis(y, 0, dim), b.array.dtype))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # db_i = g_i + a_(i+1) db_(i+1); da_i = db_i * y_(i-1)
        (a,) = ctx.saved_tensors
        d = ctx.dim
        db = recurrence_from_end(a, g, d)
        y = saved_output(ctx)
        before = cat([zeros_like(slice_dim(y, d, 0, 1, 1)), slice_dim(y, d, 0, 1, y.array.shape[d] - 1)], d)
        return mul(db, before), db


def recurrence_from_end(a: Tensor, b: Tensor, dim: int) -> Tensor:
    """y_i = b_i + a_(i+1) * y_(i+1)"""
    turned = apply(Recurrence, roll(flip(a, (dim,)), 1, dim), flip(b, (dim,)), dim)
    return flip(turned, (dim,))


def stored(x: np.ndarray[Any, Any], code: int) -> _C.Array:
    """numpy's result in a dtype."""
    return _C.cast(from_array(np.ascontiguousarray(x)), code)


def line(name: str, input: Tensor, dim: int) -> tuple[Tensor, int]:
    """input, a scalar as one element, and the dimension counted from the front."""
    expect_tensor(name, input)
    d = wrap_dim(name, dim_of(name, dim), input.array.ndim)
    return (input if input.array.ndim else reshape(input, (1,))), d


def running(name: str, cls: type[Function], input: Tensor, dim: int, dtype: DType | None) -> Tensor:
    """A running sum or product. Integers and bool give int64, or the integer dtype that is asked for."""
    x, d = line(name, converted(name, input, dtype), dim)
    out = apply(cls, x, d)
    if dtype is not None and as_dtype(dtype).code > 4:
        out = wrap(_C.cast(out.array, as_dtype(dtype).code))
    return out if input.array.ndim else reshape(out, ())


def write_running(name: str, cls: type[Function], input: Tensor, dim: int, dtype: DType | None) -> Tensor:
    """`running` into input itself, whose dtype it keeps."""
    expect_tensor(name, input)
    if dtype is not None and as_dtype(dtype).code != input.array.dtype:
        other = as_dtype(dtype).name
        raise _C.DTypeError(f"{name}: expected the dtype {input.dtype.name} of the tensor written to, got {other}")
    return assign(name, input, result_for(name, input, running(name, cls, snapshot(input), dim, None)))


@numpy_names
def cumsum(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """The sum of the elements up to each along ``dim``. Integers and bool add up as int64.

    >>> pydl.tensor([1, 2, 3]).cumsum(0)
    tensor([1, 3, 6])
    """
    return running("cumsum", Cumsum, input, dim, dtype)


@numpy_names
def cumsum_(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """In-place `cumsum`."""
    return write_running("cumsum_", Cumsum, input, dim, dtype)


@numpy_names
def cumprod(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """The product of the elements up to each along ``dim``. Integers and bool multiply as int64.

    >>> pydl.tensor([1, 2, 3, 4]).cumprod(0)
    tensor([ 1,  2,  6, 24])
    """
    return running("cumprod", Cumprod, input, dim, dtype)


@numpy_names
def cumprod_(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """In-place `cumprod`."""
    return write_running("cumprod_", Cumprod, input, dim, dtype)


@numpy_names
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """``log(cumsum(exp(input)))`` along ``dim``, without overflow.

    The gradient for an element of -inf is 0, also where nothing but -inf came before, which in PyTorch makes it NaN.

    Raises:
        DTypeError: ``input`` is no floating tensor.

    >>> pydl.tensor([0.0, 0.0]).logcumsumexp(0)
    tensor([0.0000, 0.6931])
    """
    x, d = line("logcumsumexp", input, dim)
    if x.array.dtype > 3:
        raise _C.DTypeError(f"logcumsumexp: expected a floating dtype, got {x.dtype.name}")
    out = apply(LogCumsumExp, x, d)
    return out if input.array.ndim else reshape(out, ())


def running_extreme(name: str, maximum: bool, input: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The extreme of the elements up to each, and its place: the last of equal ones; NaN wins."""
    x, d = line(name, input, dim)
    values, places = _C.running_extreme(maximum, x.array, d)
    index = wrap(places)
    picked = apply(RunningExtreme, x, d, index, values)
    return (picked, index) if input.array.ndim else (reshape(picked, ()), reshape(index, ()))


@numpy_names
def cummax(input: Tensor, dim: int) -> return_types.cummax:
    """The largest of the elements up to each along ``dim``, and its index: of equal ones the last. NaN wins.

    >>> values, indices = pydl.tensor([1, 3, 2]).cummax(0)
    >>> values, indices
    (tensor([1, 3, 3]), tensor([0, 1, 1]))
    """
    return return_types.cummax(*running_extreme("cummax", True, input, dim))


@numpy_names
def cummin(input: Tensor, dim: int) -> return_types.cummin:
    """The smallest of the elements up to each along ``dim``, and its index: of equal ones the last. NaN wins."""
    return return_types.cummin(*running_extreme("cummin", False, input, dim))


@numpy_names
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """The differences of neighbours along ``dim``, ``n`` times; of bool, whether they differ.

    ``prepend`` and ``append`` are joined to ``input`` first.

    Raises:
        ShapeError: ``input`` is a scalar.
        ValueError: ``n`` is negative.

    >>> pydl.tensor([1, 4, 9, 16]).diff()
    tensor([3, 5, 7])
    """
    expect_tensor("diff", input)
    if not input.array.ndim:
        raise _C.ShapeError("diff: expected at least one dimension, got a scalar")
    n = dim_of("diff", n, "n")
    if n < 0:
        raise _C.ValueError(f"diff: expected n of 0 or more, got {n}")
    d = wrap_dim("diff", dim, input.array.ndim)
    if n == 0:
        return clone(input)  # without prepend and append, as in PyTorch
    ends = [x for x in (prepend, input, append) if x is not None]
    for x in ends:
        expect_tensor("diff", x)
        if x.array.ndim != input.array.ndim:
            raise _C.ShapeError(
                f"diff: expected prepend and append of {input.array.ndim} dimensions, got {x.array.shape}"
            )
    x = cat(ends, d) if len(ends) > 1 else clone(input)
    for _ in range(min(n, x.array.shape[d])):
        rest = max(x.array.shape[d] - 1, 0)
        after, before = slice_dim(x, d, 1, 1, rest), slice_dim(x, d, 0, 1, rest)
        x = ne(after, before) if x.array.dtype == 9 else sub(after, before)
    return x


from pydl.ops.binary import div, mul, sub  # noqa: E402
from pydl.ops.compare import ne  # noqa: E402
from pydl.ops.concat import cat  # noqa: E402
from pydl.ops.copy import clone  # noqa: E402
from pydl.ops.create import ones_like, zeros_like  # noqa: E402
from pydl.ops.exponential import exp  # noqa: E402
from pydl.ops.index import flip, roll  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

"""Elements combined with those that are there, each at an index of its own: sums, products, means, extremes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes
from pydl.autograd.function import Function, apply, saved_output, wrap
from pydl.autograd.inplace import in_place
from pydl.ops.create import from_array
from pydl.ops.gather import Gather, Scatter, ScatterAdd, source_for
from pydl.ops.index import index_array, own
from pydl.ops.indexing import IndexGet, IndexPut
from pydl.ops.operands import expect_tensor
from pydl.ops.sort import values_of
from pydl.ops.view import reshape, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor

SCATTERED = ("sum", "prod", "mean", "amax", "amin")
INDEXED = ("prod", "mean", "amax", "amin")


def flat_places(shape: tuple[int, ...], dim: int, index: _C.Array) -> np.ndarray[Any, Any]:
    """Where in an array of that shape, seen as one row, each element of a checked index points."""
    at = np.asarray(index)
    if not shape:
        return at.reshape(-1)
    grid: list[Any] = list(np.indices(at.shape, sparse=True))
    grid[dim] = at
    return np.asarray(np.ravel_multi_index(tuple(np.broadcast_arrays(*grid)), shape)).reshape(-1)


def combined(ufunc: np.ufunc, x: _C.Array, dim: int, index: _C.Array, source: _C.Array) -> _C.Array:
    """A copy of x with each element of source combined with the one at its index; floats in float64."""
    out = np.array(values_of(x), np.float64 if x.dtype <= 3 else None, order="C")
    if index.size:
        with np.errstate(all="ignore"):
            ufunc.at(out.reshape(-1), flat_places(x.shape, dim, index), values_of(source).reshape(-1))
    return _C.cast(from_array(out), x.dtype)


class ScatterProd(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dim: int, index: Tensor, source: Tensor) -> _C.Array:
        ctx.save(x, index, source)
        ctx.dim = dim
        return ctx.keep(combined(np.multiply, x.array, dim, index.array, source.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * the product of all others at the place
        x, index, source = ctx.saved_tensors
        zero = wrap(_C.scalar(0.0, g.array.dtype))
        holes, gaps = (_C.eq(a.array, zero.array) for a in (x, source))
        if _C.any_nonzero(holes) or _C.any_nonzero(gaps):
            return with_zeros(ctx, g, x, index, source)
        whole = mul(g, saved_output(ctx))
        return div(whole, x), None, None, div(apply(Gather, whole, ctx.dim, index), source)


def with_zeros(ctx: Any, g: Tensor, x: Tensor, index: Tensor, source: Tensor) -> Any:
    """ScatterProd's backward where a factor is 0: the factors of a place as a column, with ones to fill it."""
    at = flat_places(x.array.shape, ctx.dim, index.array)
    touched, column = np.unique(at, return_inverse=True)
    order = np.argsort(column, kind="stable")
    starts = np.searchsorted(column[order], np.arange(len(touched)))
    row = np.empty(len(at), np.int64)
    row[order] = 1 + np.arange(len(at)) - starts[column[order]]
    first = from_array(touched)
    cells = from_array(np.ascontiguousarray(row * len(touched) + column))
    ones = wrap(_C.full((int(row.max()), len(touched)), _C.scalar(1.0, g.array.dtype)))
    heads = apply(IndexGet, reshape(x, (-1,)), 0, 1, first)
    table = cat([reshape(heads, (1, -1)), ones], 0)
    table = apply(IndexPut, table, reshape(source, (-1,)), 0, 2, cells, False)
    grown = mul(product_of_others(table, 0), apply(IndexGet, reshape(g, (-1,)), 0, 1, first))
    dx = apply(IndexPut, reshape(g, (-1,)), select(grown, 0, 0), 0, 1, first, False)
    dsource = apply(IndexGet, grown, 0, 2, cells)
    return reshape(dx, x.array.shape), None, None, reshape(dsource, source.array.shape)


class ScatterAmax(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dim: int, index: Tensor, source: Tensor) -> _C.Array:
        ctx.save(x, index, source)
        ctx.dim = dim
        return ctx.keep(combined(np.maximum, x.array, dim, index.array, source.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, shared by the elements that equal y
        return shared(ctx, g)


class ScatterAmin(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dim: int, index: Tensor, source: Tensor) -> _C.Array:
        ctx.save(x, index, source)
        ctx.dim = dim
        return ctx.keep(combined(np.minimum, x.array, dim, index.array, source.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, shared by the elements that equal y
        return shared(ctx, g)


def shared(ctx: Any, g: Tensor) -> Any:
    """An extreme's gradient, in equal parts to all that have its value (NaN among NaN)."""
    x, index, source = ctx.saved_tensors
    y, d, code = saved_output(ctx).array, ctx.dim, g.array.dtype
    here, there = alike(x.array, y), alike(source.array, _C.gather(y, d, index.array))
    count = _C.cast(here, code)
    _C.scatter_into(count, d, index.array, _C.cast(there, code), True)
    parts = div(g, wrap(_C.maximum(count, _C.scalar(1.0, code))))
    zero = wrap(_C.scalar(0.0, code))
    return select_where(here, parts, zero), None, None, select_where(there, apply(Gather, parts, d, index), zero)


def alike(x: _C.Array, y: _C.Array) -> _C.Array:
    """Where two arrays are equal or both NaN."""
    return _C.bitwise_or(_C.eq(x, y), _C.bitwise_and(_C.ne(x, x), _C.ne(y, y)))


# The values that change nothing.
_NEUTRAL = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "amax": -math.inf, "amin": math.inf}
_KERNELS = {"prod": ScatterProd, "amax": ScatterAmax, "amin": ScatterAmin}


def neutral(reduce: str, code: int) -> Tensor:
    """What a reduction starts from, in a dtype."""
    value = _NEUTRAL[reduce]
    if code <= 3:
        return wrap(_C.scalar(value, code))
    if math.isfinite(value):
        return wrap(_C.scalar(int(value), code))
    kind = dtypes.DTYPES[code]
    low, high = dtypes.LIMITS.get(kind, (0, 1))
    return wrap(_C.scalar(high if value > 0 else low if kind.is_signed else 0, code))


def checked(name: str, x: Tensor, dim: int, index: Tensor, source: Tensor) -> tuple[int, Tensor, Tensor]:
    """The dimension counted from the front, a copy of the index, and as much of the source as it has places for."""
    d = wrap_dim(name, dim_of(name, dim), x.array.ndim)
    expect_tensor(name, index)
    expect_tensor(name, source)
    source = source_for(name, x, d, index, source)
    have, at = x.array.shape, index.array.shape
    if len(at) != len(have) or any(n > m for i, (n, m) in enumerate(zip(at, have, strict=True)) if i != d):
        raise _C.ShapeError(f"{name}: expected an index that fits into {have} but for dimension {d}, got shape {at}")
    if source.array.shape != at:
        raise _C.ShapeError(f"{name}: expected a source at least as large as the index {at}, got {source.array.shape}")
    places = _C.cast(index.array, 4) if index.array.dtype == 5 else index.array
    places = own(_C.checked_index(name, places, have[d] if have else 1, False), index.array)
    return d, wrap(places), source


def combine(name: str, input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, include: bool) -> Tensor:
    """Both reductions, under the name that the caller used."""
    expect_tensor(name, input)
    d, at, source = checked(name, input, dim, index, source)
    x = input if include else apply(Scatter, input, d, at, neutral(reduce, input.array.dtype))
    if reduce in _KERNELS:
        return apply(_KERNELS[reduce], x, d, at, source)
    if reduce == "mean" and x.array.dtype == 9:
        raise _C.DTypeError(f"{name}: expected numbers for a mean, got bool")
    total = apply(ScatterAdd, x, d, at, source)
    if reduce == "sum":
        return total
    count = _C.full(input.array.shape, _C.scalar(1, 4))
    if not include:
        _C.scatter_into(count, d, at.array, _C.scalar(0, 4), False)
    _C.scatter_into(count, d, at.array, _C.full(at.array.shape, _C.scalar(1, 4)), True)
    _C.copy_into(count, _C.maximum(count, _C.scalar(1, 4)))
    if total.array.dtype > 3:
        return to_code(floor_divide(total, wrap(count)), total.array.dtype)
    return div(total, wrap(_C.cast(count, total.array.dtype)))


def check_reduce(name: str, reduce: str, known: tuple[str, ...]) -> None:
    """Refuse a reduction that is not one of those known."""
    if reduce not in known:
        raise _C.ValueError(f"{name}: expected reduce to be one of {known}, got {reduce!r}")


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """``input`` with each ``src[i][j][k]`` combined into ``out[i][index[i][j][k]][k]``, for ``dim`` 1.

    ``reduce`` is "sum", "prod", "mean", "amax" or "amin". Without ``include_self``, what ``input`` has at those places
    does not count. Means of integers are rounded down. Equal extremes share the gradient, among which in PyTorch, but
    not here, stands what does not count.

    Raises:
        IndexError: an index lies outside of the dimension.
        ShapeError: ``index`` does not fit ``input`` or ``src``.
        DTypeError: ``src`` is of another dtype than ``input``.

    >>> pydl.ones(2).scatter_reduce(0, pydl.tensor([0, 0, 1]), pydl.tensor([2.0, 3.0, 4.0]), "prod")
    tensor([6., 4.])
    """
    check_reduce("scatter_reduce", reduce, SCATTERED)
    return combine("scatter_reduce", input, dim, index, src, reduce, include_self)


def scatter_reduce_(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """In-place `scatter_reduce`."""
    check_reduce("scatter_reduce_", reduce, SCATTERED)
    return in_place(
        "scatter_reduce_", lambda x: combine("scatter_reduce_", x, dim, index, src, reduce, include_self), input
    )


def by_slices(
    name: str, input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, include_self: bool
) -> Tensor:
    """index_reduce under the name that the caller used."""
    check_reduce(name, reduce, INDEXED)
    expect_tensor(name, input)
    expect_tensor(name, source)
    d = wrap_dim(name, dim_of(name, dim), input.array.ndim)
    shape = input.array.shape
    places = index_array(name, index, shape[d] if shape else 1)
    wanted = (*shape[:d], places.size, *shape[d + 1 :]) if shape else ()
    if source.array.shape != wanted:
        raise _C.ShapeError(f"{name}: expected a source of shape {wanted}, got {source.array.shape}")
    row = _C.reshape(places, (-1,) + (1,) * (len(shape) - 1 - d)) if shape else _C.reshape(places, ())
    return combine(name, input, d, wrap(_C.expand(row, wanted)), source, reduce, include_self)


def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """``input`` with the slices of ``source`` combined into the places along ``dim`` that ``index`` (count,) names.

    ``reduce`` is "prod", "mean", "amax" or "amin"; the rest as in `scatter_reduce`.

    >>> pydl.ones(2).index_reduce(0, pydl.tensor([0, 0]), pydl.tensor([2.0, 6.0]), "mean", include_self=False)
    tensor([4., 1.])
    """
    return by_slices("index_reduce", input, dim, index, source, reduce, include_self)


def index_reduce_(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """In-place `index_reduce`."""
    return in_place(
        "index_reduce_", lambda x: by_slices("index_reduce_", x, dim, index, source, reduce, include_self), input
    )


from pydl.ops.binary import div, mul  # noqa: E402
from pydl.ops.concat import cat  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.reduce import dim_of, product_of_others  # noqa: E402
from pydl.ops.rounding import floor_divide  # noqa: E402
from pydl.ops.view import select  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

"""What stands where in the order: medians, the k-th smallest, the most frequent, quantiles. NaN is the largest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, return_types
from pydl.autograd.function import Function, TensorBase, apply, saved_output, wrap
from pydl.ops.create import from_array
from pydl.ops.extremes import share, taken
from pydl.ops.gather import Gather
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import expect_tensor
from pydl.ops.reduce import dim_of
from pydl.ops.sort import values_of
from pydl.ops.view import expand, permute, reshape, select, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


class Median(Function):
    """The lower median of all elements; of all but NaN where ``skip``."""

    @staticmethod
    def forward(ctx: Function, x: Tensor, skip: bool) -> _C.Array:
        ctx.save(x)
        flat = _C.reshape(x.array, (x.array.size,))
        place = _C.nanmedian(flat, 0) if skip else _C.median(flat, 0)
        return ctx.keep(_C.reshape(_C.gather(flat, 0, place), ()))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, shared by the elements that equal y
        (x,) = ctx.saved_tensors
        return share(g, x.array, saved_output(ctx).array, x.array.shape, (), False)


def middle(name: str, input: Tensor, dim: int, keepdim: bool, skip: bool) -> tuple[Tensor, Tensor]:
    """The lower median along a dimension, and its place."""
    x, d = along(name, input, dim)
    return at_places(input, d, _C.nanmedian(x, d) if skip else _C.median(x, d), keepdim)


def along(name: str, input: Tensor, dim: int) -> tuple[_C.Array, int]:
    """input, a scalar as one element, and the dimension; refused where that is empty."""
    expect_tensor(name, input)
    x = input.array
    d = wrap_dim(name, dim_of(name, dim), x.ndim)
    if x.ndim and not x.shape[d]:
        raise _C.IndexError(f"{name}: expected at least one element in dimension {d}, got shape {x.shape}")
    return (x if x.ndim else _C.reshape(x, (1,))), d


def at_places(input: Tensor, dim: int, places: _C.Array, keepdim: bool) -> tuple[Tensor, Tensor]:
    """The elements of input at one place along a dimension, and the places."""
    return taken(input, dim, places if input.array.ndim else _C.reshape(places, ()), keepdim)


@numpy_names
def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The median of all elements, or along ``dim`` and with its index; of an even number the lower one of the middle.

    NaN where there is one. Without ``dim``, equal ones share the gradient.

    Raises:
        IndexError: the dimension is empty.

    >>> pydl.tensor([3.0, 1.0, 2.0, 4.0]).median()
    tensor(2.)
    """
    if dim is not None:
        return return_types.median(*middle("median", input, dim, keepdim, False))
    return whole("median", input, False)


@numpy_names
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """`median` of what is not NaN; NaN where nothing else is there.

    >>> pydl.tensor([3.0, float("nan"), 2.0]).nanmedian()
    tensor(2.)
    """
    if dim is not None:
        return return_types.nanmedian(*middle("nanmedian", input, dim, keepdim, True))
    return whole("nanmedian", input, True)


def whole(name: str, input: Tensor, skip: bool) -> Tensor:
    """The median of all elements; NaN of none."""
    expect_tensor(name, input)
    if not input.array.size:
        if input.array.dtype > 3:
            raise _C.ValueError(f"{name}: expected at least one element, got shape {input.array.shape}")
        return wrap(_C.scalar(float("nan"), input.array.dtype))
    return apply(Median, input, skip)


@numpy_names
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> return_types.kthvalue:
    """The ``k``-th smallest element along ``dim``, the smallest for 1, and its index.

    Raises:
        ValueError: there are fewer elements.

    >>> pydl.tensor([30, 10, 20]).kthvalue(2).values
    tensor(20)
    """
    x, d = along("kthvalue", input, dim)
    k = dim_of("kthvalue", k, "k")
    if not 1 <= k <= x.shape[d]:
        raise _C.ValueError(f"kthvalue: expected k from 1 to {x.shape[d]}, got {k} (shape {input.array.shape})")
    return return_types.kthvalue(*at_places(input, d, _C.kthvalue(x, k, d), keepdim))


@numpy_names
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> return_types.mode:
    """The most frequent element along ``dim``, of equally frequent ones the smallest, and its last index.

    Each NaN is a value of its own, larger than any number; in PyTorch it depends on the order which is given.

    Raises:
        IndexError: the dimension is empty.

    >>> pydl.tensor([3, 1, 1, 3, 2]).mode()
    pydl.return_types.mode(
    values=tensor(1),
    indices=tensor(2))
    """
    array, d = along("mode", input, dim)
    index = _C.sort(array, d, False)
    ordered = np.moveaxis(values_of(_C.gather(array, d, index)), d, -1)
    places = np.moveaxis(np.asarray(index), d, -1)
    count = np.arange(array.shape[d])
    starts = np.ones(ordered.shape, bool)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    length = count - np.maximum.accumulate(np.where(starts, count, 0), -1)
    last = np.argmax(length, -1, keepdims=True)  # the first of the longest runs, where it ends
    at = np.ascontiguousarray(np.moveaxis(np.take_along_axis(places, last, -1), -1, d))
    return return_types.mode(*at_places(input, d, from_array(at), keepdim))


@numpy_names
def quantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The value below which the part ``q`` (0 to 1) of the elements lies, of all of them or along ``dim``.

    ``q`` is a number or a tensor (count,), which gives a first dimension of that size. Between two elements
    ``interpolation`` decides: "linear", "lower", "higher", "midpoint" or "nearest". NaN where there is one.

    Raises:
        ValueError: ``q`` is not within 0 and 1, or there are no elements.
        DTypeError: ``input`` is no floating tensor, or ``q`` of another dtype.

    >>> pydl.tensor([0.0, 1.0, 2.0, 3.0]).quantile(0.5)
    tensor(1.5000)
    """
    return ranked("quantile", input, q, dim, keepdim, interpolation, False)


@numpy_names
def nanquantile(
    input: Tensor,
    q: float | Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """`quantile` of what is not NaN; NaN where nothing else is there.

    >>> pydl.tensor([0.0, float("nan"), 2.0]).nanquantile(0.5)
    tensor(1.)
    """
    return ranked("nanquantile", input, q, dim, keepdim, interpolation, True)


def ranked(
    name: str, input: Tensor, q: float | Tensor, dim: int | None, keepdim: bool, interpolation: str, skip: bool
) -> Tensor:
    """Both forms of quantile."""
    expect_tensor(name, input)
    code = input.array.dtype
    if code in (2, 3):  # PyTorch takes no half types
        wide: Any = q
        if isinstance(q, TensorBase) and q.array.dtype == code:
            wide = to_code(q, 0)
        return to_code(ranked(name, to_code(input, 0), wide, dim, keepdim, interpolation, skip), code)
    parts = parts_of(name, input, q)
    if interpolation not in INTERPOLATIONS:
        raise _C.ValueError(f"{name}: expected interpolation to be one of {INTERPOLATIONS}, got {interpolation!r}")
    if not input.array.size:
        raise _C.ValueError(f"{name}: expected at least one element, got shape {input.array.shape}")
    shape = input.array.shape
    d = 0 if dim is None else wrap_dim(name, dim_of(name, dim), len(shape))
    if dim is None or not shape:
        lines, rest, kept = reshape(input, (-1,)), shape[:0], (1,) * len(shape)
    else:
        rest, kept = (*shape[:d], *shape[d + 1 :]), (*shape[:d], 1, *shape[d + 1 :])
        lines = permute(input, (*range(d), *range(d + 1, len(shape)), d))
    last = lines.array.ndim - 1
    lines = apply(Gather, lines, last, wrap(_C.sort(lines.array, last, False)))
    out = interpolated(lines, reshape(parts, (-1,)), interpolation, skip)
    out = reshape(out, (*(kept if keepdim else rest), out.array.shape[-1]))
    n = out.array.ndim
    return permute(out, (n - 1, *range(n - 1))) if parts.array.ndim else select(out, n - 1, 0)


def parts_of(name: str, input: Tensor, q: Any) -> Any:
    """q as a tensor, checked."""
    code = input.array.dtype
    if code > 1:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {input.dtype.name}")
    if not isinstance(q, TensorBase):
        q = wrap(number_array(name, q, code))
    elif q.array.dtype != code:
        raise _C.DTypeError(f"{name}: expected q of dtype {input.dtype.name}, got {q.dtype.name}")  # type: ignore[attr-defined]
    if q.array.ndim > 1:
        raise _C.ShapeError(f"{name}: expected q to be a number or one row, got shape {q.array.shape}")
    values = np.asarray(q.array)
    if not np.all((values >= 0) & (values <= 1)):
        raise _C.ValueError(f"{name}: expected q from 0 to 1, got {values.tolist()}")
    return q


def interpolated(lines: Tensor, parts: Tensor, interpolation: str, skip: bool) -> Tensor:
    """Of lines (..., n) in order the elements at the ranks that belong to parts (count,): (..., count)."""
    code, n = lines.array.dtype, lines.array.shape[-1]
    values = np.asarray(lines.array)
    numbers = np.sum(values == values, -1, dtype=np.int64, keepdims=True)
    if skip:
        last = wrap(_C.cast(from_array(np.maximum(numbers - 1, 0)), code))
        ranks = mul(last, parts)
    else:
        missing = from_array(np.asarray(numbers < n))
        ranks = select_where(missing, wrap(_C.scalar(n - 1.0, code)), mul(parts, n - 1.0))
    ranks = expand(ranks, (*lines.array.shape[:-1], parts.array.size))
    if interpolation == "nearest":
        return at_ranks(lines, round(ranks))
    below = floor(ranks)
    if interpolation == "lower":
        return at_ranks(lines, below)
    above = at_ranks(lines, ceil(ranks))
    if interpolation == "higher":
        return above
    return lerp(at_ranks(lines, below), above, 0.5 if interpolation == "midpoint" else sub(ranks, below))


def at_ranks(lines: Tensor, ranks: Tensor) -> Tensor:
    """The elements of lines at whole ranks."""
    return apply(Gather, lines, lines.array.ndim - 1, wrap(_C.cast(ranks.array, 4)))


from pydl.ops.binary import mul, sub  # noqa: E402
from pydl.ops.blend import lerp  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.operands import number_array  # noqa: E402
from pydl.ops.unary import ceil, floor, round  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

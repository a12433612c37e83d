"""Integrals of sampled functions by the trapezoidal rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C
from pydl.ops.binary import add, div, mul, sub
from pydl.ops.copy import to_code
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import Number, as_float, expect_tensor
from pydl.ops.reduce import dim_of, sum
from pydl.ops.scan import cumsum
from pydl.ops.view import reshape, slice_dim, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def doubled(name: str, y: Tensor, x: Tensor | None, dx: Number | None, dim: int) -> tuple[Tensor, int, int]:
    """Twice the area between neighbouring samples, the dimension they are neighbours in, the dtype of the integral."""
    expect_tensor(name, y)
    if y.array.dtype == 9:
        raise _C.DTypeError(f"{name}: expected numbers, got bool")
    if not y.array.ndim:
        raise _C.IndexError(f"{name}: expected at least one dimension, got a scalar")
    d = wrap_dim(name, dim_of(name, dim), y.array.ndim)
    code = as_float(y).array.dtype
    if x is not None:
        expect_tensor(name, x)
        code = _C.promote_types(code, x.array.dtype)
    if y.array.dtype in (2, 3):  # half numbers are rounded once, at the end
        y = to_code(y, 0)
    elif y.array.dtype > 4:  # the sum of two bytes is none
        y = to_code(y, 4)
    sums = add(*neighbours(y, d))
    if x is None:
        return (sums if dx is None else mul(sums, dx)), d, code
    if dx is not None:
        raise _C.ValueError(f"{name}: expected x or dx, got both")
    if x.array.dtype == 9:
        raise _C.DTypeError(f"{name}: expected numbers, got bool for x")
    x = to_code(x, 0) if x.array.dtype in (2, 3) else x
    ndim, size = y.array.ndim, y.array.shape[d]
    if x.array.ndim == 1:
        x = reshape(x, (-1,) + (1,) * (ndim - 1 - d)) if x.array.size else reshape(x, (0,) + (1,) * (ndim - 1 - d))
    if x.array.ndim > ndim:
        raise _C.ShapeError(
            f"{name}: expected x of at most {ndim} dimensions for y {y.array.shape}, got {x.array.shape}"
        )
    at = d - (ndim - x.array.ndim)
    if at < 0 or x.array.shape[at] != size:
        raise _C.ShapeError(f"{name}: expected an x for each of the {size} samples, got shape {x.array.shape}")
    after, before = neighbours(x, at)
    return mul(sub(after, before), sums), d, code


def neighbours(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The elements after and before each gap of a dimension."""
    gaps = max(x.array.shape[dim] - 1, 0)
    return slice_dim(x, dim, 1, 1, gaps), slice_dim(x, dim, 0, 1, gaps)


@numpy_names
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Number | None = None, dim: int = -1) -> Tensor:
    """The integral of samples ``y`` along ``dim``, at the places ``x`` or ``dx`` (1) apart, by the trapezoidal rule.

    ``x`` has one value for each sample, or broadcasts with ``y``.

    Raises:
        ShapeError: ``x`` does not fit ``y``.

    >>> pydl.trapezoid(pydl.tensor([1.0, 2.0, 4.0]))
    tensor(4.5000)
    """
    areas, d, code = doubled("trapezoid", y, x, dx, dim)
    total = div(sum(areas, d), 2)
    # Of no samples, 0, in PyTorch of their dtype.
    return to_code(total, code if y.array.shape[d] else y.array.dtype)


@numpy_names
def trapz(y: Tensor, x: Tensor | None = None, *, dx: Number | None = None, dim: int = -1) -> Tensor:
    """`trapezoid` under its older name."""
    return trapezoid(y, x, dx=dx, dim=dim)


@numpy_names
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Number | None = None, dim: int = -1) -> Tensor:
    """`trapezoid` up to each sample but the first.

    >>> pydl.cumulative_trapezoid(pydl.tensor([1.0, 2.0, 4.0]))
    tensor([1.5000, 4.5000])
    """
    areas, d, code = doubled("cumulative_trapezoid", y, x, dx, dim)
    return to_code(div(cumsum(areas, d), 2), code)

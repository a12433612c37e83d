"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, apply, apply_view
from pydl.autograd.function import wrap as wrap_array
from pydl.autograd.inplace import in_place
from pydl.dtypes import bool_
from pydl.ops.copy import clone
from pydl.ops.create import from_array
from pydl.ops.operands import Number, expect_tensor
from pydl.ops.reduce import reduce_sum
from pydl.ops.view import Ints, ints, reshape, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def along(x: _C.Array, offset: int, dim1: int, dim2: int) -> _C.Array:
    """A view of a diagonal, as the last dimension."""
    rows, columns = x.shape[dim1], x.shape[dim2]
    size = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    step1, step2 = x.strides[dim1], x.strides[dim2]
    start = x.offset + (offset * step2 if offset >= 0 else -offset * step1 if size else 0)
    keep = [d for d in range(x.ndim) if d not in (dim1, dim2)]
    shape = (*[x.shape[d] for d in keep], size)
    strides = (*[x.strides[d] for d in keep], step1 + step2)
    return _C.as_strided(x, shape, strides, start if size else x.offset)


class Diagonal(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, offset: int, dim1: int, dim2: int) -> _C.Array:
        ctx.place, ctx.shape = (offset, dim1, dim2), x.array.shape
        return along(x.array, offset, dim1, dim2)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g on the diagonal
        return apply(DiagonalBackward, g, ctx.shape, *ctx.place)


class DiagonalBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, shape: Ints, offset: int, dim1: int, dim2: int) -> _C.Array:
        ctx.place = offset, dim1, dim2
        out = _C.zeros(shape, g.array.dtype)
        _C.copy_into(along(out, offset, dim1, dim2), g.array)
        return out

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the diagonal of gg
        return apply_view(Diagonal, gg, *ctx.place)


class Triangle(Function):
    """The lower or the upper triangle of each matrix, the rest 0."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, lower: bool, diagonal: int) -> _C.Array:
        ctx.args = lower, diagonal
        return _C.triangle(lower, x.array, diagonal)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g's triangle
        return apply(Triangle, g, *ctx.args)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A view of the diagonal of two dimensions, as the last one; ``offset`` above 0 lies right of the main one.

    >>> pydl.diagonal(pydl.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    expect_tensor("diagonal", input)
    n = input.array.ndim
    a, b = wrap_dim("diagonal", dim1, n), wrap_dim("diagonal", dim2, n)
    if a == b:
        raise _C.ValueError(f"diagonal: expected two different dimensions, got {dim1} and {dim2}")
    return apply_view(Diagonal, input, offset, a, b)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A copy of a matrix's diagonal, or the square matrix that has a vector on its diagonal.

    Raises:
        ShapeError: ``input`` is neither.

    >>> pydl.diag(pydl.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    expect_tensor("diag", input)
    shape = input.array.shape
    if len(shape) == 1:
        size = shape[0] + abs(diagonal)
        return apply(DiagonalBackward, input, (size, size), diagonal, 0, 1)
    if len(shape) != 2:
        raise _C.ShapeError(f"diag: expected a vector or a matrix, got shape {shape}")
    return clone(apply_view(Diagonal, input, diagonal, 0, 1))


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Zeros with the last dimension of ``input`` on the diagonal of two new dimensions, which stand at ``dim1`` and
    ``dim2`` of the result.

    Raises:
        ValueError: the two dimensions are one.

    >>> pydl.diag_embed(pydl.tensor([[1, 2], [3, 4]])).shape
    pydl.Size([2, 2, 2])
    """
    expect_tensor("diag_embed", input)
    shape = input.array.shape
    if not shape:
        raise _C.ShapeError("diag_embed: expected a tensor with dimensions, got a scalar")
    n = len(shape) + 1
    a, b = wrap_dim("diag_embed", dim1, n), wrap_dim("diag_embed", dim2, n)
    if a == b:
        raise _C.ValueError(f"diag_embed: expected two different dimensions, got {dim1} and {dim2}")
    (offset,) = ints("diag_embed", (offset,))
    size = shape[-1] + abs(offset)
    others = iter(shape[:-1])
    sizes = tuple([size if d in (a, b) else next(others) for d in range(n)])
    return apply(DiagonalBackward, input, sizes, offset, a, b)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The square matrix that has all elements of ``input`` on a diagonal.

    >>> pydl.diagflat(pydl.tensor([[1, 2]]))
    tensor([[1, 0],
            [0, 2]])
    """
    expect_tensor("diagflat", input)
    return diag(reshape(input, -1), offset)


def fill_diagonal_(input: Tensor, fill_value: Number, wrap: bool = False) -> Tensor:
    """Write one value on the main diagonal; with ``wrap`` it begins anew below, one row apart, in a tall matrix.

    Raises:
        ShapeError: ``input`` has fewer than two dimensions, or more and of unequal sizes.

    >>> pydl.zeros(2, 2).fill_diagonal_(5)
    tensor([[5., 0.],
            [0., 5.]])
    """
    expect_tensor("fill_diagonal_", input)
    shape = input.array.shape
    if len(shape) < 2 or (len(shape) > 2 and len(set(shape)) > 1):
        raise _C.ShapeError(f"fill_diagonal_: expected a matrix, or dimensions of one size, got shape {shape}")
    mask = np.zeros(shape, bool)
    if len(shape) == 2 and wrap:
        mask.reshape(-1)[:: shape[1] + 1] = True
    else:
        places = np.arange(min(shape))
        mask[(places,) * len(shape)] = True
    return in_place("fill_diagonal_", masked_fill, input, wrap_array(from_array(mask)), fill_value)


def tril_(input: Tensor, diagonal: int = 0) -> Tensor:
    """In-place `tril`."""
    return in_place("tril_", tril, input, diagonal)


def triu_(input: Tensor, diagonal: int = 0) -> Tensor:
    """In-place `triu`."""
    return in_place("triu_", triu, input, diagonal)


def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal.

    >>> pydl.trace(pydl.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    expect_tensor("trace", input)
    if input.array.ndim != 2:
        raise _C.ShapeError(f"trace: expected a matrix, got shape {input.array.shape}")
    return reduce_sum(apply_view(Diagonal, input, 0, 0, 1), (), False)


def triangle_mask(name: str, rows: int, columns: int, diagonal: int, lower: bool) -> np.ndarray[Any, Any]:
    """Where a (rows, columns) matrix has its lower or upper triangle."""
    rows, columns, diagonal = ints(name, (rows, columns, diagonal))
    mask = np.asarray(_C.empty((rows, columns), bool_.code))
    # Beyond the corners nothing changes, and numpy's numbers are as small as the sizes ask for.
    last = min(max(diagonal if lower else diagonal - 1, -rows), columns)
    if mask.size:
        np.greater_equal.outer(np.arange(last, last + rows), np.arange(columns), out=mask)
    return mask if lower else ~mask


def triangle(name: str, input: Tensor, diagonal: int, lower: bool) -> Tensor:
    """tril and triu."""
    expect_tensor(name, input)
    if input.array.ndim < 2:
        raise _C.ShapeError(f"{name}: expected a matrix or a stack of them, got shape {input.array.shape}")
    (diagonal,) = ints(name, (diagonal,))
    rows, columns = input.array.shape[-2:]
    return apply(Triangle, input, lower, min(max(diagonal, -rows), columns))


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of each matrix, the rest 0; ``diagonal`` above 0 keeps so many more diagonals.

    >>> pydl.tril(pydl.ones(2, 2))
    tensor([[1., 0.],
            [1., 1.]])
    """
    return triangle("tril", input, diagonal, True)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of each matrix, the rest 0; ``diagonal`` above 0 drops so many diagonals.

    >>> pydl.triu(pydl.ones(2, 2))
    tensor([[1., 1.],
            [0., 1.]])
    """
    return triangle("triu", input, diagonal, False)


def tril_indices(row: int, col: int, offset: int = 0) -> Tensor:
    """Rows and columns of the elements of the lower triangle: (2, count), int64."""
    return wrap_array(from_array(np.stack(np.nonzero(triangle_mask("tril_indices", row, col, offset, True)))))


def triu_indices(row: int, col: int, offset: int = 0) -> Tensor:
    """Rows and columns of the elements of the upper triangle: (2, count), int64."""
    return wrap_array(from_array(np.stack(np.nonzero(triangle_mask("triu_indices", row, col, offset, False)))))


from pydl.ops.where import masked_fill  # noqa: E402

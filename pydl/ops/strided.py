"""Views by strides: any geometry over the same memory, sliding windows; and copies with a view overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, apply_view, wrap
from pydl.ops.create import from_array
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import expect_tensor
from pydl.ops.view import Ints, ints, permute, reshape, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def positions(x: _C.Array, shape: Ints, strides: Ints, offset: int) -> Tensor:
    """Where in x's memory each element of a geometry lies: (count,), int64."""
    out = np.full(shape, offset, np.int64)
    for d, (n, step) in enumerate(zip(shape, strides, strict=True)):
        out += (np.arange(n) * step).reshape((n,) + (1,) * (len(shape) - d - 1))
    return wrap(from_array(out.reshape(-1)))


class AsStrided(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, shape: Ints, strides: Ints, offset: int) -> _C.Array:
        ctx.array, ctx.geometry = x.array, (shape, strides, offset)
        return _C.as_strided(x.array, shape, strides, offset)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        # g added up where it lies in memory, read where x lies; what x shows several times shares it
        x = ctx.array
        own = positions(x, x.shape, x.strides, x.offset)
        size = x.storage_bytes // max(1, x.storage_bytes and itemsize(x))
        memory = wrap(_C.zeros((size,), g.array.dtype))
        memory = index_add(memory, 0, positions(x, *ctx.geometry), reshape(g, -1))
        dx = index_select(memory, 0, own)
        counts = np.bincount(np.asarray(own.array), minlength=1)[np.asarray(own.array)]
        if (counts > 1).any():
            dx = div(dx, to_code(wrap(from_array(counts)), g.array.dtype))
        return reshape(dx, x.shape)


def itemsize(x: _C.Array) -> int:
    """Bytes of one element."""
    from pydl.dtypes import DTYPES

    return DTYPES[x.dtype].itemsize


class Windows(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, size: int, step: int) -> _C.Array:
        a = x.array
        ctx.args = a.shape, dim, size, step
        if not a.ndim:
            return _C.as_strided(a, (size,), (1,), a.offset)
        count = (a.shape[dim] - size) // step + 1
        shape = (*a.shape[:dim], count, *a.shape[dim + 1 :], size)
        strides = (*a.strides[:dim], step * a.strides[dim], *a.strides[dim + 1 :], a.strides[dim])
        return _C.as_strided(a, shape, strides, a.offset)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # each element gets the sum of g over the windows that show it
        shape, dim, size, step = ctx.args
        if not shape:
            return reduce_sum(g, (), False)
        zero = wrap(_C.zeros(shape, g.array.dtype))
        count = g.array.shape[dim]
        order = [*range(dim + 1), g.array.ndim - 1, *range(dim + 1, g.array.ndim - 1)]
        parts = reshape(permute(g, order), (*shape[:dim], count * size, *shape[dim + 1 :]))
        places = (np.arange(count)[:, None] * step + np.arange(size)).reshape(-1)
        return index_add(zero, dim, wrap(from_array(np.asarray(places, np.int64))), parts)


def as_strided(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """A view of ``input``'s memory with any sizes and strides, counted in elements from the memory's beginning.

    Strides may be negative, which PyTorch's may not.

    Raises:
        ShapeError: it would reach outside of the memory.

    >>> pydl.as_strided(pydl.arange(5), (3, 2), (1, 1))
    tensor([[0, 1],
            [1, 2],
            [2, 3]])
    """
    expect_tensor("as_strided", input)
    offset = input.array.offset if storage_offset is None else ints("as_strided", (storage_offset,))[0]
    # Of the whole memory, whose elements beside a view get their gradients too (PyTorch drops those).
    whole = input if input.base is None else input.base
    return apply_view(AsStrided, whole, ints("as_strided", (size,)), ints("as_strided", (stride,)), offset)


def unfold_dim(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """A view of all windows of ``size`` elements along a dimension, ``step`` apart; the window is the last dimension.

    It is PyTorch's ``Tensor.unfold``; the ``unfold`` of ``nn.functional`` cuts images into patches.

    Raises:
        ValueError: the step is less than 1, or the window is larger than the dimension.

    >>> pydl.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    expect_tensor("unfold", input)
    shape = input.array.shape
    d = wrap_dim("unfold", dimension, len(shape))
    size, step = ints("unfold", (size, step))
    most = shape[d] if shape else 1
    if not 0 <= size <= most or step < 1:
        raise _C.ValueError(f"unfold: expected a size from 0 to {most} and a step above 0, got {size} and {step}")
    return apply_view(Windows, input, d, size, step)


def written(name: str, out: Tensor, part: Tensor, src: Any) -> Tensor:
    """out, a copy, with src written where part, a view of it, shows.

    Raises:
        ShapeError: src has another shape than the view.
    """
    expect_tensor(name, src)
    if src.array.shape != part.array.shape:
        raise _C.ShapeError(f"{name}: expected src of shape {part.array.shape}, got {src.array.shape}")
    copy_(part, src)
    return out


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy of ``input`` with ``src`` at one index of a dimension.

    >>> pydl.select_scatter(pydl.zeros(2, 2), pydl.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    expect_tensor("select_scatter", input)
    out = clone(input)
    return written("select_scatter", out, select(out, dim, index), src)


@numpy_names
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """A copy of ``input`` with ``src`` written into a slice of a dimension.

    >>> pydl.slice_scatter(pydl.zeros(4), pydl.ones(2), 0, 0, 4, 2)
    tensor([1., 0., 1., 0.])
    """
    expect_tensor("slice_scatter", input)
    d = wrap_dim("slice_scatter", dim, input.array.ndim)
    (step,) = ints("slice_scatter", (step,))
    if not input.array.ndim or step < 1:
        raise _C.ValueError(f"slice_scatter: expected dimensions and a step above 0, got {input.array.shape}, {step}")
    first, last, step = slice(start, end, step).indices(input.array.shape[d])
    out = clone(input)
    return written("slice_scatter", out, slice_dim(out, d, first, step, len(range(first, last, step))), src)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A copy of ``input`` with ``src`` on a diagonal.

    >>> pydl.diagonal_scatter(pydl.zeros(2, 2), pydl.ones(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    expect_tensor("diagonal_scatter", input)
    out = clone(input)
    return written("diagonal_scatter", out, diagonal(out, offset, dim1, dim2), src)


from pydl.ops.binary import div  # noqa: E402
from pydl.ops.copy import clone, to_code  # noqa: E402
from pydl.ops.diagonal import diagonal  # noqa: E402
from pydl.ops.fill import copy_  # noqa: E402
from pydl.ops.index import index_add, index_select  # noqa: E402
from pydl.ops.reduce import reduce_sum  # noqa: E402
from pydl.ops.view import select, slice_dim  # noqa: E402

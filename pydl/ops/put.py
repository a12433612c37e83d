"""Elements put into a tensor seen as one row, or where a mask is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.function import apply
from pydl.autograd.inplace import in_place
from pydl.ops.index import own
from pydl.ops.indexing import BOOL, INT64, IndexPut
from pydl.ops.operands import expect_tensor
from pydl.ops.view import expand, reshape, slice_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def check_source(name: str, input: Tensor, source: Tensor) -> None:
    """Refuse a source of another dtype."""
    expect_tensor(name, input)
    expect_tensor(name, source)
    if source.array.dtype != input.array.dtype:
        raise _C.DTypeError(f"{name}: expected a source of dtype {input.dtype.name}, got {source.dtype.name}")


def placed(name: str, input: Tensor, index: Tensor, source: Tensor, accumulate: bool) -> Tensor:
    """put under the name that the caller used."""
    check_source(name, input, source)
    expect_tensor(name, index)
    if index.array.dtype != INT64:
        raise _C.DTypeError(f"{name}: expected an index of dtype int64, got {index.dtype.name}")
    if source.array.size != index.array.size:
        raise _C.ShapeError(
            f"{name}: expected as many elements as indices, got {source.array.shape} for {index.array.shape}"
        )
    flat = input if input.array.ndim else reshape(input, (1,))
    places = own(_C.checked_index(name, index.array, flat.array.size, True), index.array)
    values = reshape(source, index.array.shape)
    return reshape(apply(IndexPut, flat, values, 0, flat.array.ndim, places, bool(accumulate)), input.array.shape)


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """``input`` with the elements of ``source`` put (or, with ``accumulate``, added) at ``index``, counted as one row.

    Repeated indices add up with ``accumulate``; without, the last one stays.

    Raises:
        IndexError: an index lies outside.
        ShapeError: ``source`` has not as many elements as ``index``.

    >>> pydl.zeros(2, 2).put(pydl.tensor([0, -1]), pydl.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    return placed("put", input, index, source, accumulate)


def put_(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """In-place `put`."""
    return in_place("put_", lambda x: placed("put_", x, index, source, accumulate), input)


def filled(name: str, input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """masked_scatter under the name that the caller used."""
    check_source(name, input, source)
    expect_tensor(name, mask)
    if mask.array.dtype != BOOL:
        raise _C.DTypeError(f"{name}: expected a mask of dtype bool, got {mask.dtype.name}")
    shape = _C.broadcast_shapes(name, input.array.shape, mask.array.shape)
    places = _C.mask_positions(_C.expand(mask.array, shape))
    if source.array.size < places.size:
        raise _C.ShapeError(f"{name}: expected a source of at least {places.size} elements, got {source.array.shape}")
    x = expand(input, shape)
    flat = x if shape else reshape(x, (1,))
    values = slice_dim(reshape(source, (-1,)), 0, 0, 1, places.size)
    return reshape(apply(IndexPut, flat, values, 0, flat.array.ndim, places, False), shape)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """``input`` with the elements of ``source``, one after another, where ``mask`` is true; the two broadcast.

    Raises:
        ShapeError: ``source`` has fewer elements than ``mask`` is true.
        DTypeError: ``mask`` is not bool, or ``source`` of another dtype than ``input``.

    >>> pydl.zeros(3).masked_scatter(pydl.tensor([True, False, True]), pydl.tensor([5.0, 6.0, 7.0]))
    tensor([5., 0., 6.])
    """
    return filled("masked_scatter", input, mask, source)


def masked_scatter_(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """In-place `masked_scatter`."""
    return in_place("masked_scatter_", lambda x: filled("masked_scatter_", x, mask, source), input)

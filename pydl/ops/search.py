"""Places in ordered sequences, by bisection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.function import TensorBase, wrap
from pydl.ops.operands import Number, expect_tensor, operand

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | Number,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where each value would be put into an ordered row so that it stays in order.

    ``sorted_sequence`` is one row, or has the shape of ``input`` but for the last dimension. Before equal elements, or
    after them with ``right`` (or ``side="right"``). With ``sorter`` the rows are ``sorted_sequence`` in that order.
    The result has the shape of ``input`` and dtype int64 (int32 with ``out_int32``).

    Raises:
        ShapeError: ``input`` does not fit ``sorted_sequence``.
        IndexError: an index of ``sorter`` is out of range.

    >>> pydl.searchsorted(pydl.tensor([1, 3, 5]), pydl.tensor([3, 6]))
    tensor([1, 3])
    """
    expect_tensor("searchsorted", sorted_sequence)
    if side not in (None, "left", "right"):
        raise _C.ValueError(f"searchsorted: expected side 'left' or 'right', got {side!r}")
    if side == "left" and right:
        raise _C.ValueError("searchsorted: expected side and right to agree, got side='left' and right=True")
    if sorter is not None:
        sorted_sequence = in_order(sorted_sequence, sorter)
    return places("searchsorted", sorted_sequence, input, out_int32, right or side == "right")


def in_order(sequence: Tensor, sorter: Tensor) -> Tensor:
    """The rows of a sequence in the order of a sorter."""
    expect_tensor("searchsorted", sorter)
    if sorter.array.dtype != 4:
        raise _C.DTypeError(f"searchsorted: expected a sorter of dtype int64, got {sorter.dtype.name}")
    if sorter.array.shape != sequence.array.shape:
        raise _C.ShapeError(
            f"searchsorted: expected a sorter of shape {sequence.array.shape}, got {sorter.array.shape}"
        )
    last = max(sorter.array.ndim - 1, 0)
    size = sequence.array.shape[last] if sequence.array.ndim else 1
    order = _C.checked_index("searchsorted", sorter.array, size, False)
    return wrap(_C.gather(sequence.array, last, order))


def places(name: str, sequence: Tensor, input: Tensor | Number, out_int32: bool, right: bool) -> Tensor:
    """searchsorted of rows that are in order."""
    values = operand(name, input, sequence)
    code = _C.result_type(sequence.array, values.array)
    found = _C.searchsorted(_C.cast(sequence.array, code), _C.cast(values.array, code), right)
    return wrap(_C.cast(found, 5) if out_int32 else found)


def bucketize(input: Tensor | Number, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the interval between ``boundaries`` (one ordered row) that each value lies in.

    Interval i ends with boundary i, which belongs to it, or with ``right`` to the next one.

    Raises:
        ShapeError: ``boundaries`` is not one row.

    >>> pydl.bucketize(pydl.tensor([0.5, 1.0, 9.0]), pydl.tensor([1.0, 2.0]))
    tensor([0, 0, 2])
    """
    expect_tensor("bucketize", boundaries)
    if boundaries.array.ndim != 1:
        raise _C.ShapeError(f"bucketize: expected boundaries of one dimension, got shape {boundaries.array.shape}")
    if not isinstance(input, TensorBase):
        input = operand("bucketize", input, boundaries)
    return places("bucketize", boundaries, input, out_int32, right)

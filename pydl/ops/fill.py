"""Writing values into a tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.blame import remember_write
from pydl.autograd.function import TensorBase, needs_node, wrap
from pydl.autograd.inplace import assign
from pydl.ops.copy import to_code
from pydl.ops.operands import Number, expect_tensor, number_array
from pydl.ops.view import expand

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def copy_(input: Tensor, src: Tensor, non_blocking: bool = False) -> Tensor:
    """Write ``src`` into ``input``, converted to its dtype and broadcast to its shape.

    Raises:
        ShapeError: ``src`` does not broadcast to ``input``.

    >>> pydl.zeros(2).copy_(pydl.tensor(3))
    tensor([3., 3.])
    """
    expect_tensor("copy_", src)
    if needs_node(input, src):
        return assign("copy_", input, expand(to_code(src, input.array.dtype), input.array.shape))
    _C.copy_into(input.array, src.array)
    remember_write(input)
    return input


def fill_(input: Tensor, value: Number | Tensor) -> Tensor:
    """Write one value into every element.

    Raises:
        ShapeError: the value is a tensor with dimensions.
    """
    if isinstance(value, TensorBase):
        if value.array.ndim:
            raise _C.ShapeError(f"fill_: expected a number or a scalar tensor, got shape {value.array.shape}")
        return copy_(input, value)
    found = _C.number_beside(value, input)
    return copy_(input, wrap(number_array("fill_", value, input.array.dtype)) if found is None else found)


def zero_(input: Tensor) -> Tensor:
    """Write zeros into every element."""
    return fill_(input, 0)

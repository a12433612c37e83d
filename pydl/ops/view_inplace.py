"""The tensor itself in another shape: the in-place forms of views. Its memory stays, unless `resize_` needs more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.inplace import check_writable
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import expect_tensor
from pydl.ops.strided import as_strided
from pydl.ops.view import ints, squeeze, t, transpose, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def become(name: str, op: Callable[..., Tensor], input: Any, *args: Any) -> Tensor:
    """input with the shape and the history of a view of it.

    Raises:
        StateError: it is a leaf whose gradient is wanted.
    """
    expect_tensor(name, input)
    check_writable(name, input)
    # Under no_grad too: a history in the old shape would not fit any more.
    before = _C.set_grad_enabled(True)
    try:
        shown = op(input, *args)
    finally:
        _C.set_grad_enabled(before)
    input.array = shown.array
    if input.node is not None:
        input.node = shown.node
        if input.base is not None:
            input.base_node = shown.base_node
    return input  # type: ignore[no-any-return]


@numpy_names
def squeeze_(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """In-place `squeeze`.

    >>> pydl.zeros(1, 3).squeeze_().shape
    pydl.Size([3])
    """
    return become("squeeze_", squeeze, input, dim)


@numpy_names
def unsqueeze_(input: Tensor, dim: int) -> Tensor:
    """In-place `unsqueeze`."""
    return become("unsqueeze_", unsqueeze, input, dim)


def t_(input: Tensor) -> Tensor:
    """In-place `t`."""
    return become("t_", t, input)


def transpose_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """In-place `transpose`."""
    return become("transpose_", transpose, input, dim0, dim1)


def as_strided_(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """In-place `as_strided`."""
    return become("as_strided_", as_strided, input, size, stride, storage_offset)


def resize_(input: Tensor, *sizes: Any) -> Tensor:
    """Give the tensor another shape, over the same memory where there is enough of it, else over a larger one whose
    new elements are whatever it held.

    Raises:
        StateError: the tensor requires a gradient.
        ShapeError: a size is negative.

    >>> pydl.arange(6).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    expect_tensor("resize_", input)
    if input._requires_grad:
        raise _C.StateError("resize_: a tensor that requires a gradient cannot change its size")
    shape = ints("resize_", sizes)
    if any(n < 0 for n in shape):
        raise _C.ShapeError(f"resize_: expected sizes of 0 or more, got {shape}")
    strides: list[int] = []
    count = 1
    for n in reversed(shape):
        strides.insert(0, count)
        count *= n
    x = input.array
    fits = (x.offset + count) * input.itemsize <= x.storage_bytes
    if not fits:
        grown = _C.empty((x.offset + count,), x.dtype)
        kept = x.storage_bytes // input.itemsize
        _C.copy_into(_C.slice(grown, 0, 0, 1, kept), _C.as_strided(x, (kept,), (1,), 0))
        x = grown
    input.array = _C.as_strided(x, shape, tuple(strides), input.array.offset)
    return input


def resize_as_(input: Tensor, the_template: Tensor) -> Tensor:
    """`resize_` to the shape of another tensor."""
    expect_tensor("resize_as_", the_template)
    return resize_(input, the_template.array.shape)


# PyTorch's second names.
swapaxes_, swapdims_ = transpose_, transpose_

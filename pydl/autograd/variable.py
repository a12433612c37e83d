"""`Variable`, what tensors with gradients were called in old programs for PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import TensorBase

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class VariableMeta(type):
    """Every tensor is a `Variable`."""

    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, TensorBase)


class Variable(metaclass=VariableMeta):
    """``Variable(x, requires_grad)``: the tensor's values, in its memory, as a leaf. A tensor needs this no more.

    Raises:
        DTypeError: x is no tensor.

    >>> pydl.autograd.Variable(pydl.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """

    def __new__(cls, data: Tensor, requires_grad: bool = False, volatile: bool = False) -> Tensor:  # type: ignore[misc]
        """The leaf."""
        if not isinstance(data, TensorBase):
            raise _C.DTypeError(f"Variable: expected a tensor, got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)

"""Functions of one operand, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply1

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Neg(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return _C.neg(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # -g
        return neg(g)


def neg(input: Tensor) -> Tensor:
    """``-input``."""
    return apply1(Neg, input)

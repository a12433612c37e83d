"""Division with rounding: piecewise constant, so the gradients are zero or pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply2
from pydl.autograd.inplace import in_place
from pydl.ops.operands import Number, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class FloorDivide(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        return _C.floor_divide(x.array, y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0, 0
        zero = g * 0.0
        return zero, zero


class Remainder(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return _C.remainder(x.array, y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, -g * floor(x / y)
        x, y = ctx.saved_tensors
        return g, None if ctx.edges[1] is None else -g * floor_divide(x, y)


class Fmod(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return _C.fmod(x.array, y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, -g * trunc(x / y)
        x, y = ctx.saved_tensors
        return g, None if ctx.edges[1] is None else -g * trunc_divide(x, y)


def floor_divide(input: Tensor, other: Tensor | Number) -> Tensor:
    """``input / other`` rounded down, in the operands' own dtype.

    Raises:
        ValueError: integer division by zero.

    >>> pydl.tensor([7, -7]) // 2
    tensor([ 3, -4])
    """
    x, y = pair("floor_divide", input, other)
    return apply2(FloorDivide, x, y)


def trunc_divide(x: Tensor, y: Tensor) -> Tensor:
    """x / y rounded towards zero, in the operands' own dtype."""
    if x.array.dtype <= 3:
        from pydl.ops.unary import trunc

        return trunc(x / y)
    return floor_divide(x - fmod(x, y), y)


def remainder(input: Tensor, other: Tensor | Number) -> Tensor:
    """``input - other * floor(input / other)``: the sign is the divisor's, as Python's ``%``.

    Raises:
        ValueError: integer division by zero.

    >>> pydl.tensor([7, -7]) % 3
    tensor([1, 2])
    """
    x, y = pair("remainder", input, other)
    return apply2(Remainder, x, y)


def rfloor_divide(input: Tensor, other: Tensor | Number) -> Tensor:
    """``other // input``."""
    y, x = pair("floor_divide", other, input)
    return apply2(FloorDivide, y, x)


def rremainder(input: Tensor, other: Tensor | Number) -> Tensor:
    """``other % input``."""
    y, x = pair("remainder", other, input)
    return apply2(Remainder, y, x)


def fmod(input: Tensor, other: Tensor | Number) -> Tensor:
    """The remainder with the sign of ``input``, as C's ``fmod``.

    Raises:
        ValueError: integer division by zero.

    >>> pydl.fmod(pydl.tensor([7, -7]), 3)
    tensor([ 1, -1])
    """
    x, y = pair("fmod", input, other)
    return apply2(Fmod, x, y)


def floor_divide_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `floor_divide`."""
    return in_place("floor_divide_", floor_divide, input, other)


def remainder_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `remainder`."""
    return in_place("remainder_", remainder, input, other)


def fmod_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `fmod`."""
    return in_place("fmod_", fmod, input, other)

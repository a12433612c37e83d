"""Arithmetic on two operands, element by element; they broadcast and are promoted to one dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.blame import remember_write
from pydl.autograd.function import Function, TensorBase, apply2, needs_node
from pydl.autograd.inplace import assign, result_for, snapshot
from pydl.ops.operands import Number, as_float, operand, pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydl.tensor import Tensor


# Whether both are tensors, of one shape and dtype: then there is nothing to align, and `pair` can be left out.
alike = _C.alike


class Add(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        return x.array + y.array

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, g
        return g, g


class Sub(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        return x.array - y.array

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, -g
        return g, None if ctx.edges[1] is None else neg(g)


class Mul(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save_factors(x, y)
        return x.array * y.array

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * y, g * x
        x, y = ctx.saved_tensors
        a, b = ctx.edges
        return None if a is None else apply2(Mul, g, y), None if b is None else apply2(Mul, g, x)


class Div(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x if y._requires_grad or y.base is not None else None, y)
        return x.array / y.array

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / y, -g * x / y^2
        x, y = ctx.saved_tensors
        a, b = ctx.edges
        return None if a is None else apply2(Div, g, y), None if b is None else neg(g) * ((x / y) / y)


def add(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """``input + alpha * other``.

    >>> pydl.add(pydl.tensor([1.0, 2.0]), 10)
    tensor([11., 12.])
    """
    if alpha != 1:
        other = mul(operand("add", other, input), alpha)
    if alike(other, input):
        return apply2(Add, input, other)
    x, y = pair("add", input, other)
    return apply2(Add, x, y)


def sub(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """``input - alpha * other``."""
    if alpha != 1:
        other = mul(operand("sub", other, input), alpha)
    if alike(other, input):
        return apply2(Sub, input, other)
    x, y = pair("sub", input, other)
    return apply2(Sub, x, y)


def mul(input: Tensor, other: Tensor | Number) -> Tensor:
    """``input * other``."""
    if alike(other, input):
        return apply2(Mul, input, other)
    x, y = pair("mul", input, other)
    return apply2(Mul, x, y)


def quotient(input: Any, other: Any) -> tuple[Any, Any]:
    """The operands of a true division; a number is one that the other's integers need not hold."""
    if isinstance(other, int | float) and isinstance(input, TensorBase):
        return as_float(input), other  # type: ignore[arg-type]
    if isinstance(input, int | float) and isinstance(other, TensorBase):
        return input, as_float(other)  # type: ignore[arg-type]
    return input, other


def div(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """``input / other``; ``rounding_mode`` "floor" rounds down, "trunc" towards zero.

    Without rounding, integers are divided as floating numbers.
    """
    if rounding_mode is None:
        if alike(input, other) and input.array.dtype <= 3:
            return apply2(Div, input, other)  # type: ignore[arg-type]
        x, y = pair("div", *quotient(input, other))
        return apply2(Div, as_float(x), as_float(y))
    x, y = pair("div", input, other)
    if rounding_mode == "floor":
        return floor_divide(x, y)
    if rounding_mode == "trunc":
        return trunc_divide(x, y)
    raise _C.ValueError(f"div: expected rounding_mode None, 'floor' or 'trunc', got {rounding_mode!r}")


def write(
    name: str, op: Callable[..., Tensor], kernel: Callable[..., None], input: Tensor, other: Any, **settings: Any
) -> Tensor:
    """The in-place form of a binary op: straight in memory, or with history where a gradient needs it."""
    y = operand(name, other, input)
    if needs_node(input, y) or settings or input.array.dtype != y.array.dtype:
        source = input
        if y._requires_grad and op is not add and op is not sub:
            # y's gradient needs what input was before.
            source = snapshot(input)
            y = source if y is input else y
        return assign(name, input, result_for(name, input, op(source, y, **settings)))
    kernel(input.array, y.array)
    remember_write(input)
    return input


def add_(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """In-place `add`."""
    if alpha != 1:
        return write("add_", add, _C.add_, input, other, alpha=alpha)
    return write("add_", add, _C.add_, input, other)


def sub_(input: Tensor, other: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """In-place `sub`."""
    if alpha != 1:
        return write("sub_", sub, _C.sub_, input, other, alpha=alpha)
    return write("sub_", sub, _C.sub_, input, other)


def mul_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `mul`."""
    return write("mul_", mul, _C.mul_, input, other)


def div_(input: Tensor, other: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """In-place `div`."""
    if rounding_mode is not None or input.array.dtype > 3:
        return assign("div_", input, result_for("div_", input, div(input, other, rounding_mode=rounding_mode)))
    return write("div_", div, _C.div_, input, other)


def rsub(input: Tensor, other: Tensor | Number) -> Tensor:
    """``other - input``."""
    y, x = pair("sub", other, input)
    return apply2(Sub, y, x)


def rdiv(input: Tensor, other: Tensor | Number) -> Tensor:
    """``other / input``."""
    y, x = pair("div", *quotient(other, input))
    return apply2(Div, as_float(y), as_float(x))


# PyTorch's second names.
subtract, subtract_, multiply, multiply_ = sub, sub_, mul, mul_
divide, divide_, true_divide, true_divide_ = div, div_, div, div_

from pydl.ops.rounding import floor_divide, trunc_divide  # noqa: E402
from pydl.ops.unary import neg  # noqa: E402

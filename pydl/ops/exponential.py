"""Exponentials and logarithms, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, saved_output
from pydl.autograd.inplace import overwrite
from pydl.ops.unary import apply_float

if TYPE_CHECKING:
    from pydl.tensor import Tensor

_LN2, _LN10 = math.log(2.0), math.log(10.0)


class Exp(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.exp(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * y
        y = saved_output(ctx)
        return mul(g, y)


class Exp2(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.exp2(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * y * log(2)
        y = saved_output(ctx)
        return mul(mul(g, y), _LN2)


class Expm1(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.expm1(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (y + 1)
        y = saved_output(ctx)
        return mul(g, add(y, 1.0))


class Log(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.log(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / x
        (x,) = ctx.saved_tensors
        return div(g, x)


class Log2(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.log2(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / (x * log(2))
        (x,) = ctx.saved_tensors
        return div(g, mul(x, _LN2))


class Log10(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.log10(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / (x * log(10))
        (x,) = ctx.saved_tensors
        return div(g, mul(x, _LN10))


class Log1p(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.log1p(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / (1 + x)
        (x,) = ctx.saved_tensors
        return div(g, add(x, 1.0))


def exp(input: Tensor) -> Tensor:
    """``e`` to the power of each element.

    >>> pydl.tensor([0.0, 1.0]).exp()
    tensor([1.0000, 2.7183])
    """
    return apply_float(Exp, input)


def exp2(input: Tensor) -> Tensor:
    """2 to the power of each element."""
    return apply_float(Exp2, input)


def expm1(input: Tensor) -> Tensor:
    """``exp(input) - 1``, exact to the last places near 0 too."""
    return apply_float(Expm1, input)


def log(input: Tensor) -> Tensor:
    """The natural logarithm; -inf at 0, NaN below."""
    return apply_float(Log, input)


def log2(input: Tensor) -> Tensor:
    """The logarithm to base 2."""
    return apply_float(Log2, input)


def log10(input: Tensor) -> Tensor:
    """The logarithm to base 10."""
    return apply_float(Log10, input)


def log1p(input: Tensor) -> Tensor:
    """``log(1 + input)``, exact to the last places near 0 too."""
    return apply_float(Log1p, input)


def exp_(input: Tensor) -> Tensor:
    """In-place `exp`."""
    return overwrite("exp_", exp, _C.exp_, input)


def exp2_(input: Tensor) -> Tensor:
    """In-place `exp2`."""
    return overwrite("exp2_", exp2, _C.exp2_, input)


def expm1_(input: Tensor) -> Tensor:
    """In-place `expm1`."""
    return overwrite("expm1_", expm1, _C.expm1_, input)


def log_(input: Tensor) -> Tensor:
    """In-place `log`."""
    return overwrite("log_", log, _C.log_, input)


def log2_(input: Tensor) -> Tensor:
    """In-place `log2`."""
    return overwrite("log2_", log2, _C.log2_, input)


def log10_(input: Tensor) -> Tensor:
    """In-place `log10`."""
    return overwrite("log10_", log10, _C.log10_, input)


def log1p_(input: Tensor) -> Tensor:
    """In-place `log1p`."""
    return overwrite("log1p_", log1p, _C.log1p_, input)


from pydl.ops.binary import add, div, mul  # noqa: E402

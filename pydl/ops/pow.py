"""Powers and what is made of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply, apply2, saved_output, wrap
from pydl.autograd.inplace import assign, in_place, result_for, snapshot
from pydl.ops.operands import Number, as_float, expect_tensor, operand, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Pow(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return ctx.keep(_C.pow(x.array, y.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * y * x^(y - 1), 0 where y is 0; g * z * log(x), 0 where x is 0
        x, y = ctx.saved_tensors
        a, b = x.array, y.array
        zero = wrap(_C.scalar(0.0, a.dtype))
        dx = dy = None
        if ctx.edges[0] is not None:
            constant = _C.eq(b, _C.scalar(0.0, b.dtype))
            dx = select_where(constant, zero, mul(g, mul(y, pow(x, sub(y, 1.0)))))
        if ctx.edges[1] is not None:
            flat = _C.bitwise_and(_C.eq(a, zero.array), _C.ge(b, zero.array))
            dy = select_where(flat, zero, mul(g, mul(saved_output(ctx), log(x))))
        return dx, dy


class PowNumber(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, exponent: float) -> _C.Array:
        ctx.save(x)
        ctx.exponent = exponent
        if exponent == 3:
            return _C.cube(x.array)
        return _C.pow(x.array, _C.scalar(exponent, x.array.dtype))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * p * x^(p - 1); 0 where p is 0
        (x,) = ctx.saved_tensors
        p = ctx.exponent
        return zeros_like(g) if p == 0 else mul(g, mul(pow(x, p - 1.0), p))


class PowOfNumber(Function):
    @staticmethod
    def forward(ctx: Function, y: Tensor, base: float) -> _C.Array:
        ctx.save(y)
        ctx.base = base
        return ctx.keep(_C.pow(_C.scalar(base, y.array.dtype), y.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * z * log(base); of base 0: 0 where y >= 0
        z, base = saved_output(ctx), ctx.base
        if base == 0:
            y = ctx.saved_tensors[0].array
            zero = wrap(_C.scalar(0.0, y.dtype))
            return select_where(_C.ge(y, zero.array), zero, mul(g, mul(z, -math.inf)))
        return mul(g, mul(z, math.log(base) if base > 0 else math.nan))


def pow(input: Tensor | Number, exponent: Tensor | Number) -> Tensor:
    """``input ** exponent``; ``0 ** 0`` is 1, a negative number to a fraction NaN.

    Raises:
        ValueError: an integer tensor to the power of a negative int.

    >>> pydl.tensor([1.0, 2.0, 3.0]) ** 2
    tensor([1., 4., 9.])
    """
    if isinstance(input, TensorBase):
        if isinstance(exponent, TensorBase):
            x, y = pair("pow", input, exponent)
            # Of integers to a negative power the fraction is cut off, as in PyTorch.
            return apply2(Pow, x, y) if x.array.dtype <= 3 else wrap(_C.pow(x.array, y.array))
        return pow_number(input, exponent)
    expect_tensor("pow", exponent)
    base, y = operand("pow", input, exponent), exponent  # type: ignore[arg-type, assignment]
    if base.array.dtype > 3:
        base, y = pair("pow", base, y)
        return wrap(_C.pow(base.array, y.array))
    y = to_code(y, base.array.dtype) if y.array.dtype > 3 else y
    return apply(PowOfNumber, y, float(input))


def pow_number(x: Tensor, p: Any) -> Tensor:
    """A tensor to the power of a number; the common ones have kernels of their own."""
    exponent = operand("pow", p, x)
    if isinstance(p, int | float) and x.array.dtype <= 3:
        if p == 2:
            return square(x)
        if p == 1:
            return clone(x)
        if p == 0.5:
            return sqrt(x)
        if p == -1:
            return reciprocal(x)
        return apply(PowNumber, x, float(p))
    code = exponent.array.dtype
    if code <= 3:
        return pow_number(to_code(x, code), float(_C.item(exponent.array)))
    if p < 0:
        raise _C.ValueError(f"pow: expected an exponent of at least 0 for integers, got {p}; convert with .float()")
    x, exponent = pair("pow", x, exponent)
    return wrap(_C.pow(x.array, exponent.array))


def rpow(input: Tensor, other: Tensor | Number) -> Tensor:
    """``other ** input``."""
    return pow(other, input)


def pow_(input: Tensor, exponent: Tensor | Number) -> Tensor:
    """In-place `pow`."""
    expect_tensor("pow_", input)
    return assign("pow_", input, result_for("pow_", input, pow(snapshot(input), exponent)))


class Hypot(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return ctx.keep(_C.hypot(x.array, y.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * x / z, g * y / z
        x, y = ctx.saved_tensors
        ratio = div(g, saved_output(ctx))
        return None if ctx.edges[0] is None else mul(ratio, x), None if ctx.edges[1] is None else mul(ratio, y)


def hypot(input: Tensor, other: Tensor) -> Tensor:
    """``sqrt(input**2 + other**2)``, without overflow."""
    x, y = pair("hypot", input, other)
    return apply2(Hypot, as_float(x), as_float(y))


class XLogY(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        a, b = x.array, y.array
        ctx.nothing = nothing = _C.bitwise_and(_C.eq(a, _C.scalar(0.0, a.dtype)), _C.eq(b, b))
        return _C.where(nothing, _C.scalar(0.0, a.dtype), _C.mul(a, _C.log(b)))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * log(y), 0 where x is 0 and y <= 0; g * x / y
        x, y = ctx.saved_tensors
        dx = dy = None
        if ctx.edges[0] is not None:
            zero = wrap(_C.scalar(0.0, y.array.dtype))
            below = _C.bitwise_and(ctx.nothing, _C.le(y.array, zero.array))
            dx = select_where(below, zero, mul(g, log(y)))
        if ctx.edges[1] is not None:
            dy = div(mul(g, x), y)
        return dx, dy


def xlogy(input: Tensor | Number, other: Tensor | Number) -> Tensor:
    """``input * log(other)``, 0 where ``input`` is 0 (but NaN where ``other`` is)."""
    x, y = pair("xlogy", input, other)
    return apply2(XLogY, as_float(x), as_float(y))


def float_power(input: Tensor | Number, exponent: Tensor | Number) -> Tensor:
    """``input ** exponent`` computed in float64, whatever the dtypes.

    >>> pydl.float_power(pydl.tensor([2, 3]), -1)
    tensor([0.5000, 0.3333], dtype=pydl.float64)
    """
    if not isinstance(input, TensorBase):
        expect_tensor("float_power", exponent)
    wide = [to_code(v, 1) if isinstance(v, TensorBase) else float(v) for v in (input, exponent)]
    return pow(*wide)


def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """``input * 2 ** other``.

    >>> pydl.ldexp(pydl.tensor([1.0, 3.0]), pydl.tensor([2, -1]))
    tensor([4.0000, 1.5000])
    """
    expect_tensor("ldexp", input)
    expect_tensor("ldexp", other)
    code = as_float(wrap(_C.zeros((0,), _C.result_type(input.array, other.array)))).array.dtype
    wide = 0 if code > 1 else code  # half numbers are rounded once
    return to_code(mul(to_code(input, wide), pow(2.0, to_code(other, wide))), code)


def hypot_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `hypot`."""
    return in_place("hypot_", hypot, input, other)


def xlogy_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `xlogy`."""
    return in_place("xlogy_", xlogy, input, other)


def float_power_(input: Tensor, exponent: Tensor | Number) -> Tensor:
    """In-place `float_power`.

    Raises:
        DTypeError: ``input`` is not float64.
    """
    expect_tensor("float_power_", input)
    if input.array.dtype != 1:
        raise _C.DTypeError(f"float_power_: expected a tensor of dtype float64, got {input.dtype.name}")
    return in_place("float_power_", float_power, input, exponent)


def ldexp_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `ldexp`."""
    return in_place("ldexp_", ldexp, input, other)


from pydl.ops.binary import div, mul, sub  # noqa: E402
from pydl.ops.copy import clone, to_code  # noqa: E402
from pydl.ops.create import zeros_like  # noqa: E402
from pydl.ops.exponential import log  # noqa: E402
from pydl.ops.unary import reciprocal, sqrt, square  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

"""The error function and the logarithm of the gamma function with their kin, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, saved_output, wrap
from pydl.autograd.inplace import overwrite
from pydl.ops.unary import apply_float, neg, reciprocal, square

if TYPE_CHECKING:
    from pydl.tensor import Tensor

_TWO_OVER_ROOT_PI = 2.0 / math.sqrt(math.pi)
# Bernoulli's numbers B_2, B_4, ...
_SERIES = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


class Erf(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.erf(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * 2 / sqrt(pi) * exp(-x^2)
        (x,) = ctx.saved_tensors
        return mul(g, mul(exp(neg(square(x))), _TWO_OVER_ROOT_PI))


class Erfc(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.erfc(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # -g * 2 / sqrt(pi) * exp(-x^2)
        (x,) = ctx.saved_tensors
        return mul(g, mul(exp(neg(square(x))), -_TWO_OVER_ROOT_PI))


class Erfinv(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.erfinv(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * sqrt(pi) / 2 * exp(y^2)
        y = saved_output(ctx)
        return mul(g, mul(exp(square(y)), 1.0 / _TWO_OVER_ROOT_PI))


class Lgamma(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.lgamma(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * digamma(x)
        (x,) = ctx.saved_tensors
        return mul(g, digamma(x))


class Digamma(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.digamma(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * trigamma(x)
        (x,) = ctx.saved_tensors
        return mul(g, trigamma(x))


def erf(input: Tensor) -> Tensor:
    """The error function, ``2 / sqrt(pi)`` times the integral of ``exp(-t^2)`` from 0 on."""
    return apply_float(Erf, input)


def erfc(input: Tensor) -> Tensor:
    """``1 - erf(input)``, exact where that is tiny."""
    return apply_float(Erfc, input)


def erfinv(input: Tensor) -> Tensor:
    """The inverse of `erf`; infinite at -1 and 1, NaN beyond."""
    return apply_float(Erfinv, input)


def lgamma(input: Tensor) -> Tensor:
    """The logarithm of the absolute value of the gamma function."""
    return apply_float(Lgamma, input)


def digamma(input: Tensor) -> Tensor:
    """The derivative of `lgamma`."""
    return apply_float(Digamma, input)


def trigamma(x: Tensor) -> Tensor:
    """The derivative of `digamma`: raised by its recurrence to 8 and more, then its asymptotic series.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 6.4.6, 6.4.7 and 6.4.12. Below 1/2 it is reflected:
    trigamma(x) = pi^2 / sin(pi x)^2 - trigamma(1 - x).
    """
    if x.array.dtype > 1:
        return to_code(trigamma(to_code(x, 0)), x.array.dtype)
    low = wrap(_C.lt(x.array, _C.scalar(0.5, x.array.dtype)))
    z = where(low, rsub(x, 1.0), x)
    steps = wrap(_C.cast(_C.arange_int(0, 1, 8, 4), z.array.dtype))
    total = reduce_sum(square(reciprocal(add(unsqueeze(z, -1), steps))), (-1,), False)
    r = reciprocal(add(z, 8.0))
    s = square(r)
    series = mul(s, _SERIES[-1])
    for c in _SERIES[-2::-1]:
        series = mul(add(series, c), s)
    total = add(total, mul(r, add(add(series, 1.0), mul(r, 0.5))))
    # Where nothing is reflected the sine is that of 1/2: its own zeros must not reach the gradient.
    angle = mul(where(low, x, 0.5), math.pi)
    return where(low, sub(square(rdiv(sin(angle), math.pi)), total), total)


def erf_(input: Tensor) -> Tensor:
    """In-place `erf`."""
    return overwrite("erf_", erf, _C.erf_, input)


def erfc_(input: Tensor) -> Tensor:
    """In-place `erfc`."""
    return overwrite("erfc_", erfc, _C.erfc_, input)


def erfinv_(input: Tensor) -> Tensor:
    """In-place `erfinv`."""
    return overwrite("erfinv_", erfinv, _C.erfinv_, input)


def lgamma_(input: Tensor) -> Tensor:
    """In-place `lgamma`."""
    return overwrite("lgamma_", lgamma, _C.lgamma_, input)


def digamma_(input: Tensor) -> Tensor:
    """In-place `digamma`."""
    return overwrite("digamma_", digamma, _C.digamma_, input)


from pydl.ops.binary import add, mul, rdiv, rsub, sub  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.exponential import exp  # noqa: E402
from pydl.ops.reduce import reduce_sum  # noqa: E402
from pydl.ops.trigonometry import sin  # noqa: E402
from pydl.ops.view import unsqueeze  # noqa: E402
from pydl.ops.where import where  # noqa: E402

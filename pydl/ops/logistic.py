"""Logarithms of odds and of sums of exponentials, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, wrap
from pydl.autograd.inplace import in_place
from pydl.ops.operands import as_float, expect_tensor, pair
from pydl.ops.parts import floating

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Logit(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, low: float, high: float) -> _C.Array:
        ctx.save(x)
        ctx.bounds = low, high
        a = x.array if low < 0 else _C.clamp(x.array, low, high)
        one, half, quarter = (_C.scalar(v, a.dtype) for v in (1.0, 0.5, 0.25))
        left = _C.sub(one, a)
        # Near 1/2 the quotient is near 1, whose logarithm loses digits; there 2 a - 1 is exact.
        middle = _C.log1p(_C.div(_C.sub(_C.add(a, a), one), left))
        return _C.where(_C.lt(_C.abs(_C.sub(a, half)), quarter), middle, _C.log(_C.div(a, left)))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / (x * (1 - x)); outside of the bounds 0, without bounds NaN
        (x,) = ctx.saved_tensors
        low, high = ctx.bounds
        a = x.array
        clamped = low >= 0
        least, most = (_C.scalar(v, a.dtype) for v in ((low, high) if clamped else (0.0, 1.0)))
        inside = _C.bitwise_and(_C.ge(a, least), _C.le(a, most))
        outside = wrap(_C.scalar(0.0 if clamped else math.nan, a.dtype))
        half = wrap(_C.scalar(0.5, a.dtype))
        z = select_where(inside, add(x, 0.0), half)  # no -0
        return select_where(inside, div(g, mul(z, rsub(z, 1.0))), outside)


class LogAddExp(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, y: Tensor, base: float) -> _C.Array:
        ctx.save(x, y)
        ctx.base = base
        a, b = x.array, y.array
        exp, log = (_C.exp, _C.log1p) if base == math.e else (_C.exp2, log2_1p)
        # Two equal infinities have no difference.
        same = _C.eq(a, b)
        apart = _C.where(same, _C.scalar(0.0, a.dtype), _C.abs(_C.sub(a, b)))
        return _C.add(_C.maximum(a, b), log(exp(_C.neg(apart))))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * s(x - y), g * s(y - x), where s(d) = 1 / (1 + base^-d)
        x, y = ctx.saved_tensors
        apart = sub(x, y)
        if ctx.base != math.e:
            apart = mul(apart, math.log(ctx.base))
        dx = None if ctx.edges[0] is None else mul(g, sigmoid(apart))
        return dx, None if ctx.edges[1] is None else mul(g, sigmoid(neg(apart)))


def log2_1p(x: _C.Array) -> _C.Array:
    """log2(1 + x)."""
    return _C.mul(_C.log1p(x), _C.scalar(1.0 / math.log(2.0), x.dtype))


def logit(input: Tensor, eps: float | None = None) -> Tensor:
    """``log(input / (1 - input))``, the inverse of `sigmoid`; NaN outside of [0, 1] unless ``eps`` is given, to which
    ``input`` is then clamped: [eps, 1 - eps].

    >>> pydl.logit(pydl.tensor([0.5, 0.9]))
    tensor([0.0000, 2.1972])
    """
    expect_tensor("logit", input)
    x = as_float(input)
    code = x.array.dtype
    if code > 1:
        return to_code(logit(to_code(x, 0), eps), code)
    low, high = (-1.0, 2.0) if eps is None else (float(eps), 1.0 - eps)
    if eps is not None and not 0 <= low <= high:
        raise _C.ValueError(f"logit: expected eps from 0 to 0.5, got {eps}")
    return apply(Logit, x, low, high)


def logit_(input: Tensor, eps: float | None = None) -> Tensor:
    """In-place `logit`."""
    return in_place("logit_", logit, input, eps)


def log_add(name: str, input: Tensor, other: Tensor, base: float) -> Tensor:
    x, y = pair(name, input, other)
    code = floating(name, x).array.dtype
    if code > 1:
        return to_code(log_add(name, to_code(x, 0), to_code(y, 0), base), code)
    return apply(LogAddExp, x, y, base)


def logaddexp(input: Tensor, other: Tensor) -> Tensor:
    """``log(exp(input) + exp(other))``, without overflow.

    Raises:
        DTypeError: neither is floating.

    >>> pydl.logaddexp(pydl.tensor([100.0]), pydl.tensor([100.0]))
    tensor([100.6931])
    """
    return log_add("logaddexp", input, other, math.e)


def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    """``log2(2**input + 2**other)``, without overflow.

    Raises:
        DTypeError: neither is floating.

    >>> pydl.logaddexp2(pydl.tensor([3.0]), pydl.tensor([3.0]))
    tensor([4.])
    """
    return log_add("logaddexp2", input, other, 2.0)


from pydl.ops.activation import sigmoid  # noqa: E402
from pydl.ops.binary import add, div, mul, rsub, sub  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.unary import neg  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

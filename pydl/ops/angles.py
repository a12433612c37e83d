"""Degrees and radians, and the sinc of signal processing, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply
from pydl.autograd.inplace import in_place
from pydl.ops.operands import as_float, expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def scaled(name: str, input: Tensor, factor: float) -> Tensor:
    """input times a constant, which half types would round."""
    expect_tensor(name, input)
    x = as_float(input)
    code = x.array.dtype
    return mul(x, factor) if code <= 1 else to_code(mul(to_code(x, 0), factor), code)


def deg2rad(input: Tensor) -> Tensor:
    """Degrees as radians: ``input * pi / 180``.

    >>> pydl.deg2rad(pydl.tensor([180.0]))
    tensor([3.1416])
    """
    return scaled("deg2rad", input, math.pi / 180)


def rad2deg(input: Tensor) -> Tensor:
    """Radians as degrees: ``input * 180 / pi``."""
    return scaled("rad2deg", input, 180 / math.pi)


def sinc(input: Tensor) -> Tensor:
    """``sin(pi input) / (pi input)``, 1 at 0.

    >>> pydl.sinc(pydl.tensor([0.0, 0.5]))
    tensor([1.0000, 0.6366])
    """
    expect_tensor("sinc", input)
    x = as_float(input)
    code = x.array.dtype
    if code > 1:
        return to_code(sinc(to_code(x, 0)), code)
    return apply(Sinc, x, 0)


class Sinc(Function):
    """The derivative of order k of sin(pi x) / (pi x)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, k: int) -> _C.Array:
        ctx.save(x)
        ctx.k = k
        code = x.array.dtype
        near = _C.lt(_C.abs(x.array), _C.scalar(0.5, code))
        return _C.where(near, sinc_near_zero(x.array, k), sinc_far(_C.where(near, _C.scalar(1.0, code), x.array), k))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * the next derivative
        (x,) = ctx.saved_tensors
        return mul(g, apply(Sinc, x, ctx.k + 1))


def sinc_near_zero(x: _C.Array, k: int) -> _C.Array:
    """The derivative of order k from the power series, 1 - (pi x)^2 / 3! + (pi x)^4 / 5! - ..., for x within 1/2."""
    first = k + k % 2
    powers = range(first, first + 26, 2)
    series = [(-1) ** (n // 2) * math.pi**n / math.factorial(n + 1) * math.perm(n, k) for n in powers]
    t = _C.square(x)
    y = _C.scalar(series[-1], x.dtype)
    for c in series[-2::-1]:
        y = _C.add(_C.mul(t, y), _C.scalar(c, x.dtype))
    return _C.mul(y, x) if k % 2 else y


def sinc_far(x: _C.Array, k: int) -> _C.Array:
    """The derivative of order k of y = sin(pi x) / (pi x) by x y^(k) + k y^(k-1) = (sin(pi x) / pi)^(k)."""
    # sin(pi x) is (-1)^n sin(pi (x - n)) of the next whole number n, where nothing is rounded; so is the cosine.
    n = _C.round(x)
    angle = _C.mul(_C.sub(x, n), _C.scalar(math.pi, x.dtype))
    odd = _C.ne(_C.floor(_C.mul(n, _C.scalar(0.5, x.dtype))), _C.mul(n, _C.scalar(0.5, x.dtype)))
    y = _C.scalar(0.0, x.dtype)
    for i in range(k + 1):
        wave = _C.mul((_C.cos if i % 2 else _C.sin)(angle), _C.scalar((-1) ** (i // 2) * math.pi ** (i - 1), x.dtype))
        y = _C.div(_C.sub(wave, _C.mul(y, _C.scalar(float(i), x.dtype))), x)
    return _C.where(odd, _C.neg(y), y)


def deg2rad_(input: Tensor) -> Tensor:
    """In-place `deg2rad`."""
    return in_place("deg2rad_", deg2rad, input)


def rad2deg_(input: Tensor) -> Tensor:
    """In-place `rad2deg`."""
    return in_place("rad2deg_", rad2deg, input)


def sinc_(input: Tensor) -> Tensor:
    """In-place `sinc`."""
    return in_place("sinc_", sinc, input)


from pydl.ops.binary import mul  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402

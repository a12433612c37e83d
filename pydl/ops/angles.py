"""Degrees and radians, and the sinc of signal processing, element by element."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.function import wrap
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
    # Near 0 the power series, whose derivatives of every order are right there.
    near = _C.lt(_C.abs(x.array), _C.scalar(0.15, code))
    zero, one = (wrap(_C.scalar(v, code)) for v in (0.0, 1.0))
    t = square(mul(select_where(near, x, zero), math.pi))
    series = mul(t, _SERIES[-1])
    for c in _SERIES[-2::-1]:
        series = mul(t, add(series, c))
    # sin(pi x) is (-1)^n sin(pi (x - n)) of the next whole number n, where nothing is rounded.
    far = select_where(near, one, x)
    n = _C.round(far.array)
    turns = _C.sub(n, _C.mul(_C.floor(_C.mul(n, _C.scalar(0.5, code))), _C.scalar(2.0, code)))
    sign = wrap(_C.sub(one.array, _C.mul(turns, _C.scalar(2.0, code))))
    wave = mul(sin(mul(sub(far, wrap(n)), math.pi)), sign)
    return select_where(near, add(series, 1.0), div(wave, mul(far, math.pi)))


# sin(x) / x = 1 - x^2 / 3! + x^4 / 5! - ..., from its second term on.
_SERIES = [(-1) ** k / math.factorial(2 * k + 1) for k in range(1, 10)]


def deg2rad_(input: Tensor) -> Tensor:
    """In-place `deg2rad`."""
    return in_place("deg2rad_", deg2rad, input)


def rad2deg_(input: Tensor) -> Tensor:
    """In-place `rad2deg`."""
    return in_place("rad2deg_", rad2deg, input)


def sinc_(input: Tensor) -> Tensor:
    """In-place `sinc`."""
    return in_place("sinc_", sinc, input)


from pydl.ops.binary import add, div, mul, sub  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.trigonometry import sin  # noqa: E402
from pydl.ops.unary import square  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

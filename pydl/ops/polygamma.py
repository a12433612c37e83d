"""Derivatives of the gamma function's logarithm, its many-variable form, and Bessel's function I0."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, apply, wrap
from pydl.autograd.inplace import in_place
from pydl.ops.create import from_array
from pydl.ops.operands import as_float, expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor

# Bernoulli's numbers B_2, B_4, ... by the factorials of their places.
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330)
_WEIGHTS = [b / math.factorial(2 * j) for j, b in enumerate(_BERNOULLI, 1)]
_RAISED = 12

Values = np.ndarray[Any, Any]


def inverse_power(x: Values, s: int) -> Values:
    """x^-s: of a small s as products, which round no worse than the power and take a tenth of its time."""
    return 1.0 / math.prod([x] * s) if 0 < s < 5 else x**-s  # type: ignore[return-value]


def zeta_of_positive(s: int, x: Values) -> Values:
    """The sum of (x + k)^-s over k = 0, 1, ..., for x > 0, by the Euler-Maclaurin formula.

    NIST Digital Library of Mathematical Functions, 25.11.5 and 2.10.1.
    """
    total = np.zeros_like(x)
    for k in range(_RAISED):
        total += inverse_power(x + k, s)
    y = x + _RAISED
    term = inverse_power(y, s)
    total += term * (y / (s - 1) + 0.5)
    term, step = s * term / y, 1.0 / (y * y)
    for j, weight in enumerate(_WEIGHTS):
        total += weight * term
        term = term * (step * ((s + 2 * j + 1) * (s + 2 * j + 2)))
    return np.where(x == np.inf, 0.0, total)


def zeta(s: int, x: Values) -> Values:
    """The Hurwitz zeta function of a whole number s > 1; infinite at 0, -1, -2, ...

    Below 0 the sum is split where x + k changes its sign, at the fraction f of x: its negative terms are
    (-1)^s (zeta(s, 1 - f) - zeta(s, 1 - x)).
    """
    with np.errstate(all="ignore"):
        below = x <= 0
        f = np.where(below, x - np.floor(x), x)
        pole = below & (f == 0)
        total = zeta_of_positive(s, np.where(pole, 1.0, f))
        if below.any():
            rest = zeta_of_positive(s, np.where(below, 1.0 - f, 1.0)) - zeta_of_positive(
                s, np.where(below, 1.0 - x, 1.0)
            )
            total = np.where(below, total + (-1) ** s * rest, total)
        return np.where(pole, np.inf, np.where(x == -np.inf, np.nan if s == 2 else np.inf, total))


class Polygamma(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, n: int) -> _C.Array:
        ctx.save(x)
        ctx.n = n
        values = (-1) ** (n + 1) * math.factorial(n) * zeta(n + 1, np.asarray(_C.cast(x.array, 1)))
        return _C.cast(from_array(np.asarray(values)), x.array.dtype)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * polygamma(n + 1, x)
        (x,) = ctx.saved_tensors
        return mul(g, polygamma(ctx.n + 1, x))


class I0(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:  # by e^|x|, so that nothing overflows before the result does
        ctx.save(x)
        size = _C.clamp(_C.abs(_C.cast(x.array, 1)), 0.0, 2000.0)
        angles, weights = cosine_rule(size)
        below = from_array(-2.0 * np.sin(angles / 2) ** 2)  # cos t - 1
        shares = _C.exp(_C.mul(_C.unsqueeze(size, -1), below))
        half = _C.exp(_C.mul(size, _C.scalar(0.5, 1)))
        total = _C.reduce_sum(_C.mul(shares, from_array(weights)), (size.ndim,), False)
        return _C.cast(_C.mul(_C.mul(total, half), half), x.array.dtype)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * I1(x)
        (x,) = ctx.saved_tensors
        return mul(g, bessel_i1(x))


def cosine_rule(x: _C.Array) -> tuple[Values, Values]:
    """Places t in [0, pi] and their weights: the mean of a function of cos t by the trapezoidal rule.

    With n steps it leaves out 2 I_2n(x) of the mean of exp(x cos t), which is below the last place for this n.
    """
    size = _C.item(_C.reduce_max_abs(x, (), False)) if x.size else 0.0
    n = 6 + int(4.5 * math.sqrt(size if size < 720 else 720))
    weights = np.full(n + 1, 1.0 / n)
    weights[[0, n]] /= 2
    return np.linspace(0.0, np.pi, n + 1), weights


def bessel_i1(x: Tensor) -> Tensor:
    """The integral of exp(x cos t) cos t over t in [0, pi], by pi: differentiable to any order.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 9.6.19.
    """
    wide = to_code(x, 1)
    angles, weights = cosine_rule(wide.array)
    cosines = np.cos(angles)
    terms = exp(mul(unsqueeze(wide, -1), wrap(from_array(cosines))))
    return to_code(reduce_sum(mul(terms, wrap(from_array(weights * cosines))), (-1,), False), x.array.dtype)


def polygamma(n: int, input: Tensor) -> Tensor:
    """The derivative of order ``n`` of `digamma`: `digamma` itself for 0.

    Raises:
        ValueError: ``n`` is negative, or larger than 100.

    >>> pydl.polygamma(1, pydl.tensor([1.0]))
    tensor([1.6449])
    """
    expect_tensor("polygamma", input)
    if not isinstance(n, int):
        raise _C.DTypeError(f"polygamma: expected an int n, got {type(n).__name__}")
    if not 0 <= n <= 100:
        raise _C.ValueError(f"polygamma: expected n from 0 to 100, got {n}")
    return digamma(input) if n == 0 else apply(Polygamma, as_float(input), n)


def polygamma_(input: Tensor, n: int) -> Tensor:
    """In-place `polygamma`, the tensor first."""
    return in_place("polygamma_", lambda x: polygamma(n, x), input)


def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the gamma function of ``p`` dimensions.

    Raises:
        ValueError: ``p`` is less than 1.

    >>> pydl.mvlgamma(pydl.tensor([3.0]), 2)
    tensor([1.5502])
    """
    expect_tensor("mvlgamma", input)
    if not isinstance(p, int) or p < 1:
        raise _C.ValueError(f"mvlgamma: expected p, an int of 1 or more, got {p!r}")
    x = as_float(input)
    code = x.array.dtype
    if code > 1:
        return to_code(mvlgamma(to_code(x, 0), p), code)
    steps = wrap(from_array(np.asarray(np.arange(p) * -0.5, np.float64)))
    terms = lgamma(add(unsqueeze(x, -1), to_code(steps, code)))
    return add(reduce_sum(terms, (-1,), False), p * (p - 1) / 4 * math.log(math.pi))


def mvlgamma_(input: Tensor, p: int) -> Tensor:
    """In-place `mvlgamma`."""
    return in_place("mvlgamma_", mvlgamma, input, p)


def i0(input: Tensor) -> Tensor:
    """The modified Bessel function of the first kind of order 0.

    >>> pydl.i0(pydl.tensor([0.0, 1.0]))
    tensor([1.0000, 1.2661])
    """
    expect_tensor("i0", input)
    return apply(I0, as_float(input))


def i0_(input: Tensor) -> Tensor:
    """In-place `i0`."""
    return in_place("i0_", i0, input)


from pydl.ops.binary import add, mul  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.exponential import exp  # noqa: E402
from pydl.ops.reduce import reduce_sum  # noqa: E402
from pydl.ops.special import digamma, lgamma  # noqa: E402
from pydl.ops.view import unsqueeze  # noqa: E402

"""Samples of the gamma distribution and their derivative by its concentration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes, ops
from pydl.autograd.function import Function, apply
from pydl.random import default_generator

if TYPE_CHECKING:
    from pydl.tensor import Tensor

TINY = float(np.finfo(np.float64).tiny)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)


def numpy_generator() -> np.random.Generator:
    """numpy's random numbers, from the place where the default generator is: `manual_seed` repeats them."""
    seed, offset = default_generator.reserve(1)
    return np.random.Generator(np.random.Philox(key=seed | (offset << 64)))


def as_numpy(x: Tensor) -> np.ndarray[Any, Any]:
    """The values in float64."""
    return np.asarray(_C.cast(x.array, dtypes.float64.code))


def from_numpy(values: Any, like: Tensor) -> _C.Array:
    """An array of the dtype of ``like``."""
    return _C.cast(_C.from_buffer(np.array(values, np.float64)), like.array.dtype)


def gamma_derivative(alpha: np.ndarray[Any, Any], z: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """How a sample z of the gamma distribution moves with its concentration while its quantile stays.

    Implicitly (Figurnov, Mohamed and Mnih, arXiv:1805.08498): dz/dalpha = -(dP(alpha, z)/dalpha) / p(z). The
    derivative of the integral P is the integral of p(t) (log t - digamma(alpha)) from 0 to z, or, as it is 0 over all
    t, minus that from z on. Taken on the side where p falls away from z, with t = z exp(+-y), the integrand is smooth
    and its logarithm concave in y: Gauss-Legendre quadrature up to where it is exp(-40).
    """
    z = np.maximum(z, TINY)
    side = np.where(z < alpha, -1.0, 1.0)

    def log_weight(y: Any) -> Any:
        with np.errstate(over="ignore"):
            return side * alpha * y - z * np.expm1(side * y)

    low, high = np.zeros_like(z), np.ones_like(z)
    for _ in range(1100):
        short = log_weight(high) > -40
        if not short.any():
            break
        high = np.where(short, 2 * high, high)
    for _ in range(30):
        middle = (low + high) / 2
        short = log_weight(middle) > -40
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    psi = np.asarray(_C.digamma(_C.from_buffer(np.array(alpha))))
    total = np.zeros_like(z)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        y = high * (node + 1) / 2
        total += weight * (np.log(z) + side * y - psi) * np.exp(log_weight(y))
    return side * z * total * high / 2  # type: ignore[no-any-return]


class StandardGamma(Function):
    """Samples of the gamma distribution of rate 1."""

    @staticmethod
    def forward(ctx: Any, alpha: Tensor) -> _C.Array:
        values = as_numpy(alpha)
        drawn = np.maximum(numpy_generator().standard_gamma(values), TINY)
        ctx.save(alpha)
        ctx.drawn = drawn
        return from_numpy(drawn, alpha)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * dz/dalpha at a fixed quantile
        (alpha,) = ctx.saved_tensors
        return g * apply(GammaDerivative, alpha, ctx.drawn)


class GammaDerivative(Function):
    """`gamma_derivative`, which has no derivative of its own, as in PyTorch."""

    @staticmethod
    def forward(ctx: Any, alpha: Tensor, drawn: Any) -> _C.Array:
        return from_numpy(gamma_derivative(as_numpy(alpha), drawn), alpha)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        raise _C.StateError("rsample: samples of the gamma distribution have a first derivative only")


def standard_gamma(alpha: Tensor, shape: Any) -> Tensor:
    """Samples of a shape that ``alpha`` broadcasts to, differentiable by it."""
    return apply(StandardGamma, ops.expand(alpha, tuple(shape)))

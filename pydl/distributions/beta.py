"""The beta distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import dtypes, ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.gamma_sample import standard_gamma
from pydl.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Beta(Distribution):
    """The beta distribution, of density ``x^(concentration1 - 1) (1 - x)^(concentration0 - 1)`` up to a factor."""

    arg_constraints = {"concentration1": constraints.positive, "concentration0": constraints.positive}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, concentration1: Tensor | float, concentration0: Tensor | float, validate_args: bool | None = None
    ) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        super().__init__(self.concentration1.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        inner = (a - 1) / (a + b - 2)
        nan = float("nan")
        edge = ops.where(a > b, 1.0, ops.where(a < b, 0.0, ops.full_like(a, nan)))
        return ops.where((a > 1) & (b > 1), inner, edge)

    @property
    def variance(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        return a * b / (ops.square(a + b) * (a + b + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape, dtype = self._extended_shape(sample_shape), self.concentration1.dtype
        x = standard_gamma(self.concentration1.double(), shape)
        y = standard_gamma(self.concentration0.double(), shape)
        info = dtypes.finfo(dtype)
        return ops.clamp((x / (x + y)).to(dtype), info.tiny, 1 - info.eps / 2)  # inside, where the density is finite

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        a, b = self.concentration1, self.concentration0
        return ops.xlogy(a - 1, value) + ops.xlogy(b - 1, 1 - value) - log_beta(a, b)

    def entropy(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        both = a + b
        return log_beta(a, b) - (a - 1) * ops.digamma(a) - (b - 1) * ops.digamma(b) + (both - 2) * ops.digamma(both)


def log_beta(a: Tensor, b: Tensor) -> Tensor:
    """The logarithm of the beta function."""
    return ops.lgamma(a) + ops.lgamma(b) - ops.lgamma(a + b)

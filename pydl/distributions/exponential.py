"""The exponential distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Exponential(Distribution):
    """Waiting times at a ``rate``."""

    arg_constraints = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        return ops.reciprocal(self.rate)

    @property
    def mode(self) -> Tensor:
        return ops.zeros_like(self.rate)

    @property
    def stddev(self) -> Tensor:
        return ops.reciprocal(self.rate)

    @property
    def variance(self) -> Tensor:
        return ops.reciprocal(ops.square(self.rate))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        drawn = ops.empty(self._extended_shape(sample_shape), dtype=self.rate.dtype)
        return ops.exponential_(drawn) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return ops.log(self.rate) - self.rate * value

    def cdf(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return -ops.expm1(-self.rate * value)

    def icdf(self, value: Tensor) -> Tensor:
        return -ops.log1p(-value) / self.rate

    def entropy(self) -> Tensor:
        return 1 - ops.log(self.rate)

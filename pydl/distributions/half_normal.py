"""The distribution of the absolute value of a normal variable."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.normal import Normal
from pydl.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class HalfNormal(Distribution):
    """``abs(x)`` for a normal ``x`` of mean 0 and standard deviation ``scale``."""

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale: Tensor | float, validate_args: bool | None = None) -> None:
        (self.scale,) = broadcast_all(scale)
        super().__init__(self.scale.shape, (), validate_args)

    @property
    def base(self) -> Normal:
        """The distribution before the sign is taken off."""
        return Normal(ops.zeros_like(self.scale), self.scale, validate_args=False)

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self) -> Tensor:
        return ops.zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        return ops.square(self.scale) * (1 - 2 / math.pi)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        return ops.abs(self.base.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return ops.where(value >= 0, self.base.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return ops.erf(value / (self.scale * math.sqrt(2)))

    def icdf(self, value: Tensor) -> Tensor:
        return self.scale * math.sqrt(2) * ops.erfinv(value)

    def entropy(self) -> Tensor:
        return self.base.entropy() - math.log(2)

"""The Laplace distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import dtypes, ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Laplace(Distribution):
    """Density ``exp(-abs(x - loc) / scale)`` up to a factor."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return math.sqrt(2) * self.scale

    @property
    def variance(self) -> Tensor:
        return 2 * ops.square(self.scale)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        u = 2 * ops.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype) - 1
        far = ops.clamp(1 - ops.abs(u), min=dtypes.finfo(u.dtype).tiny)
        return self.loc - self.scale * ops.sign(u) * ops.log(far)

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return -ops.log(2 * self.scale) - ops.abs(value - self.loc) / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        x = (value - self.loc) / self.scale
        return 0.5 - 0.5 * ops.sign(x) * ops.expm1(-ops.abs(x))

    def icdf(self, value: Tensor) -> Tensor:
        x = value - 0.5
        return self.loc - self.scale * ops.sign(x) * ops.log1p(-2 * ops.abs(x))

    def entropy(self) -> Tensor:
        return 1 + ops.log(2 * self.scale)

"""Student's t-distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.gamma_sample import standard_gamma
from pydl.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class StudentT(Distribution):
    """Student's t-distribution of ``df`` degrees of freedom, moved by ``loc`` and stretched by ``scale``."""

    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        df: Tensor | float,
        loc: Tensor | float = 0.0,
        scale: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        return ops.where(self.df > 1, self.loc, float("nan"))

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        finite = ops.square(self.scale) * self.df / ops.where(self.df > 2, self.df - 2, 1.0)
        rest = ops.where(self.df > 1, ops.full_like(self.df, math.inf), float("nan"))
        return ops.where(self.df > 2, finite, rest)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        chi2 = 2 * standard_gamma(0.5 * self.df, shape)
        return self.loc + self.scale * ops.randn(shape, dtype=self.df.dtype) * ops.rsqrt(chi2 / self.df)

    def constant(self) -> Tensor:
        """The logarithm of the density's denominator."""
        half = 0.5 * self.df
        root = 0.5 * ops.log(self.df) + 0.5 * math.log(math.pi)
        return ops.log(self.scale) + root + ops.lgamma(half) - ops.lgamma(half + 0.5)

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        y = (value - self.loc) / self.scale
        return -0.5 * (self.df + 1) * ops.log1p(ops.square(y) / self.df) - self.constant()

    def entropy(self) -> Tensor:
        half = 0.5 * (self.df + 1)
        return half * (ops.digamma(half) - ops.digamma(0.5 * self.df)) + self.constant()

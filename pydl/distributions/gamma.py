"""The gamma distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import dtypes, ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.gamma_sample import standard_gamma
from pydl.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Gamma(Distribution):
    """The gamma distribution of shape ``concentration`` and ``rate``.

    >>> pydl.distributions.Gamma(2.0, 4.0).mean
    tensor(0.5000)
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, concentration: Tensor | float, rate: Tensor | float, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ops.clamp((self.concentration - 1) / self.rate, min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / ops.square(self.rate)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        drawn = standard_gamma(self.concentration, self._extended_shape(sample_shape)) / self.rate
        # Never 0, where the density of a small concentration is infinite; the gradient passes.
        return drawn + ops.clamp(dtypes.finfo(drawn.dtype).tiny - drawn, min=0.0).detach()

    def log_prob(self, value: Tensor) -> Tensor:
        value = ops.as_tensor(value, dtype=self.rate.dtype)
        self._validate_sample(value)
        a, b = self.concentration, self.rate
        return ops.xlogy(a, b) + ops.xlogy(a - 1, value) - b * value - ops.lgamma(a)

    def entropy(self) -> Tensor:
        a = self.concentration
        return a - ops.log(self.rate) + ops.lgamma(a) + (1 - a) * ops.digamma(a)


class Chi2(Gamma):
    """The chi-squared distribution of ``df`` degrees of freedom."""

    arg_constraints = {"df": constraints.positive}

    def __init__(self, df: Tensor | float, validate_args: bool | None = None) -> None:
        (df,) = broadcast_all(df)
        self.df = df
        super().__init__(0.5 * df, ops.full_like(df, 0.5), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Chi2:
        return Chi2(ops.expand(self.df, tuple(batch_shape)), validate_args=self._validate_args)

"""The Poisson distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.autograd.function import wrap
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.gamma_sample import as_numpy, from_numpy, numpy_generator
from pydl.distributions.utils import broadcast_all

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Poisson(Distribution):
    """How many events there are where ``rate`` are to be expected."""

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, (), validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return ops.floor(self.rate)

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        rate = ops.expand(self.rate.detach(), self._extended_shape(sample_shape))
        try:
            drawn = numpy_generator().poisson(as_numpy(rate))
        except ValueError as error:
            raise _C.ValueError(f"Poisson: {error}") from None
        return wrap(from_numpy(drawn, rate))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        rate, value = broadcast_all(self.rate, value)
        return ops.xlogy(value, rate) - rate - ops.lgamma(value + 1)

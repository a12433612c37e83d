"""The binomial distribution."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.autograd.function import wrap
from pydl.distributions import constraints
from pydl.distributions.constraints import Constraint
from pydl.distributions.distribution import Distribution
from pydl.distributions.gamma_sample import as_numpy, from_numpy, numpy_generator
from pydl.distributions.utils import broadcast_all, either, logits_to_probs, probs_to_logits

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Binomial(Distribution):
    """How many of ``total_count`` tries succeed, each with probability ``probs`` (or of log odds ``logits``)."""

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self,
        total_count: Tensor | int = 1,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._given = either("Binomial", probs, logits)
        self.total_count, value = broadcast_all(total_count, logits if probs is None else probs)
        self.total_count = self.total_count.to(value.dtype)
        self.__dict__[self._given] = value
        super().__init__(value.shape, (), validate_args)

    @cached_property
    def probs(self) -> Tensor:
        """The probability of a success."""
        return logits_to_probs(self.logits, is_binary=True)

    @cached_property
    def logits(self) -> Tensor:
        """The log odds of a success."""
        return probs_to_logits(self.probs, is_binary=True)

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ops.minimum(ops.floor((self.total_count + 1) * self.probs), self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        count, p = (as_numpy(ops.expand(x.detach(), shape)) for x in (self.total_count, self.probs))
        return wrap(from_numpy(numpy_generator().binomial(count.astype("int64"), p), self.probs))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        n, logits = self.total_count, self.logits
        # value * log p + (n - value) * log(1 - p), by the log odds
        chances = value * logits - n * (ops.clamp(logits, min=0.0) + ops.log1p(ops.exp(-ops.abs(logits))))
        return ops.lgamma(n + 1) - ops.lgamma(value + 1) - ops.lgamma(n - value + 1) + chances

    def entropy(self) -> Tensor:
        log_prob = self.log_prob(self.enumerate_support(False))
        return -ops.sum(ops.exp(log_prob) * log_prob, 0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        most = int(ops.max(self.total_count).item())
        if int(ops.min(self.total_count).item()) != most:
            raise _C.StateError("Binomial: the support of different total_counts cannot be enumerated together")
        values = ops.arange(1 + most, dtype=self.probs.dtype)
        values = ops.reshape(values, (1 + most, *(1 for _ in self._batch_shape)))
        return ops.expand(values, (1 + most, *self._batch_shape)) if expand else values

"""Success or failure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.autograd.grad_mode import no_grad
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.utils import broadcast_all, either, logits_to_probs, probs_to_logits

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Bernoulli(Distribution):
    """1 with probability ``probs`` (or of log odds ``logits``), else 0.

    >>> pydl.distributions.Bernoulli(0.25).variance
    tensor(0.1875)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._given = either("Bernoulli", probs, logits)
        (value,) = broadcast_all(logits if probs is None else probs)
        self.__dict__[self._given] = value
        super().__init__(value.shape, (), validate_args)

    @cached_property
    def probs(self) -> Tensor:
        """The probability of 1."""
        return logits_to_probs(self.logits, is_binary=True)

    @cached_property
    def logits(self) -> Tensor:
        """The log odds of 1."""
        return probs_to_logits(self.probs, is_binary=True)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        nan = ops.where(self.probs == 0.5, float("nan"), 0.0)
        return (self.probs >= 0.5).to(self.probs.dtype) + nan

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return ops.bernoulli(ops.expand(self.probs.detach(), self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -ops.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        return ops.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = ops.reshape(ops.arange(2, dtype=self.probs.dtype), (2, *(1 for _ in self._batch_shape)))
        return ops.expand(values, (2, *self._batch_shape)) if expand else values

"""The geometric distribution."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydl import dtypes, ops
from pydl.autograd.grad_mode import no_grad
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.utils import broadcast_all, either, logits_to_probs, probs_to_logits

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Geometric(Distribution):
    """How many tries fail before the first success, each of probability ``probs`` (or of log odds ``logits``)."""

    arg_constraints = {"probs": constraints.interval(0.0, 1.0), "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._given = either("Geometric", probs, logits)
        (value,) = broadcast_all(logits if probs is None else probs)
        self.__dict__[self._given] = value
        super().__init__(value.shape, (), validate_args)
        if self._validate_args and probs is not None:
            self.check_values(
                constraints.positive, value, f"Expected parameter probs ({{}}) of {self!r} to be positive"
            )

    @cached_property
    def probs(self) -> Tensor:
        """The probability of a success."""
        return logits_to_probs(self.logits, is_binary=True)

    @cached_property
    def logits(self) -> Tensor:
        """The log odds of a success."""
        return probs_to_logits(self.probs, is_binary=True)

    @property
    def mean(self) -> Tensor:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        return ops.zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            u = ops.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype)
            return ops.floor(ops.log(ops.clamp(u, min=dtypes.finfo(u.dtype).tiny)) / ops.log1p(-self.probs))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        return ops.xlogy(value, 1 - probs) + ops.log(probs)

    def entropy(self) -> Tensor:
        return ops.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs

"""Success or failure, made continuous."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.utils import broadcast_all, clamp_probs, either, logits_to_probs, probs_to_logits

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class RelaxedBernoulli(Distribution):
    """`Bernoulli` with samples between 0 and 1 that have gradients, the nearer to them the lower ``temperature``.

    Maddison, Mnih and Teh, "The Concrete Distribution", arXiv:1611.00712.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self,
        temperature: Tensor | float,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self._given = either("RelaxedBernoulli", probs, logits)
        (value,) = broadcast_all(logits if probs is None else probs)
        self.__dict__[self._given] = value
        self.warmth = (temperature,)  # as it was given: it is not expanded
        super().__init__(value.shape, (), validate_args)

    @property
    def temperature(self) -> Any:
        """The setting."""
        return self.warmth[0]

    @cached_property
    def probs(self) -> Tensor:
        """The probability of 1."""
        return logits_to_probs(self.logits, is_binary=True)

    @cached_property
    def logits(self) -> Tensor:
        """The log odds of 1."""
        return probs_to_logits(self.probs, is_binary=True)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        u = clamp_probs(ops.rand(self._extended_shape(sample_shape), dtype=self.logits.dtype))
        noise = ops.log(u) - ops.log1p(-u)
        return clamp_probs(ops.sigmoid((noise + self.logits) / self.temperature))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        odds = probs_to_logits(value, is_binary=True)
        away = self.logits - odds * self.temperature
        density = away - 2 * ops.softplus(away)
        if hasattr(self.temperature, "log"):
            density = density + ops.log(self.temperature)
        else:
            density = density + ops.log(ops.tensor(float(self.temperature), dtype=odds.dtype))
        return density - ops.log(clamp_probs(value)) - ops.log1p(-clamp_probs(value))  # type: ignore[no-any-return]

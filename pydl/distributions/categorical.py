"""One of several categories."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.autograd.function import TensorBase
from pydl.distributions import constraints
from pydl.distributions.constraints import Constraint
from pydl.distributions.distribution import Distribution
from pydl.distributions.utils import either, logits_to_probs, probs_to_logits
from pydl.tensor import Size

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Categorical(Distribution):
    """The numbers 0 to K - 1 with probabilities in proportion to ``probs`` (..., K), or to ``exp(logits)``.

    >>> d = pydl.distributions.Categorical(pydl.tensor([1.0, 3.0]))
    >>> d.probs, d.log_prob(pydl.tensor(1)).exp()
    (tensor([0.2500, 0.7500]), tensor(0.7500))
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        self._given = either("Categorical", probs, logits)
        value = logits if probs is None else probs
        if not isinstance(value, TensorBase) or value.array.ndim < 1:
            raise _C.ValueError(f"`{self._given}` parameter must be at least one-dimensional.")
        if probs is None:
            value = value - ops.logsumexp(value, -1, keepdim=True)
        else:
            value = value / ops.sum(value, -1, keepdim=True)
        self.__dict__[self._given] = value
        super().__init__(value.shape[:-1], (), validate_args)

    @property
    def _num_events(self) -> int:
        return int(self._param.shape[-1])

    @property
    def _param(self) -> Tensor:
        return self.__dict__[self._given]  # type: ignore[index,no-any-return]

    @property
    def param_shape(self) -> Size:
        """The shape of probs and logits."""
        return self._param.shape

    @cached_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits)

    @cached_property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        return ops.full(self._extended_shape(), float("nan"), dtype=self._param.dtype)

    @property
    def mode(self) -> Tensor:
        return ops.argmax(self.probs, -1)

    @property
    def variance(self) -> Tensor:
        return self.mean

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        count = 1
        for n in shape[: len(shape) - len(self._batch_shape)]:
            count *= n
        rows = ops.reshape(self.probs.detach(), (-1, self._num_events))
        if not count * rows.shape[0]:
            return ops.zeros(shape, dtype=INT64)
        return ops.reshape(ops.t(ops.multinomial(rows, count, True)), shape)

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        index = ops.unsqueeze(value.long(), -1)
        logits = self.logits
        whole = ops.broadcast_shapes(index.shape[:-1], logits.shape[:-1])
        logits = ops.expand(logits, (*whole, self._num_events))
        return ops.squeeze(ops.gather(logits, -1, ops.expand(index, (*whole, 1))), -1)

    def entropy(self) -> Tensor:
        lowest = -3.4e38  # 0 * -inf is 0 here
        return -ops.sum(ops.clamp(self.logits, min=lowest) * self.probs, -1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        count = self._num_events
        values = ops.reshape(ops.arange(count), (count, *(1 for _ in self._batch_shape)))
        return ops.expand(values, (count, *self._batch_shape)) if expand else values


INT64 = ops.arange(0).dtype

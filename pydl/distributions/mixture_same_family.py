"""Mixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.autograd.grad_mode import no_grad
from pydl.distributions.categorical import Categorical
from pydl.distributions.constraints import Constraint
from pydl.distributions.distribution import Distribution
from pydl.distributions.utils import size

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class MixtureSameFamily(Distribution):
    """A component of ``component_distribution``, whose last batch dimension numbers them, chosen by a `Categorical`.

    Raises:
        ValueError: their shapes do not belong together.
    """

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise _C.ValueError(" The Mixture distribution needs to be an instance of pydl.distributions.Categorical")
        if not isinstance(component_distribution, Distribution) or not component_distribution.batch_shape:
            raise _C.ValueError("The Component distribution needs a batch of components")
        self._mixture_distribution, self._component_distribution = mixture_distribution, component_distribution
        batch = component_distribution.batch_shape
        if mixture_distribution._num_events != batch[-1]:
            raise _C.ValueError(
                f"`mixture_distribution component` ({mixture_distribution._num_events}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({batch[-1]})"
            )
        ops.broadcast_shapes(mixture_distribution.batch_shape, batch[:-1])
        super().__init__(batch[:-1], component_distribution.event_shape, validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> MixtureSameFamily:
        shape = size(batch_shape)
        components = self._component_distribution.expand((*shape, self._component_distribution.batch_shape[-1]))
        return MixtureSameFamily(self._mixture_distribution.expand(shape), components, self._validate_args)

    @property
    def mixture_distribution(self) -> Categorical:
        """What chooses."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """What is chosen from."""
        return self._component_distribution

    @property
    def support(self) -> Constraint:
        return self._component_distribution.support

    def weights(self) -> Tensor:
        """The components' probabilities, beside events."""
        probs = self._mixture_distribution.probs
        return ops.reshape(probs, (*probs.shape, *(1 for _ in self._event_shape)))

    def over_components(self, x: Tensor) -> Tensor:
        """The mean of something over the components."""
        return ops.sum(self.weights() * x, -1 - len(self._event_shape))

    @property
    def mean(self) -> Tensor:
        return self.over_components(self._component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        apart = self._component_distribution.mean - ops.unsqueeze(self.mean, -1 - len(self._event_shape))
        return self.over_components(self._component_distribution.variance + ops.square(apart))

    def beside(self, x: Tensor) -> Tensor:
        """A value, with a dimension for the components."""
        return ops.unsqueeze(x, -1 - len(self._event_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        each = self._component_distribution.log_prob(self.beside(value))
        return ops.logsumexp(each + ops.log_softmax(self._mixture_distribution.logits, -1), -1)

    def cdf(self, value: Tensor) -> Tensor:
        each = self._component_distribution.cdf(self.beside(value))
        return ops.sum(each * self._mixture_distribution.probs, -1)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            shape, events = size(sample_shape), tuple(self._event_shape)
            each = self._component_distribution.sample(shape)
            chosen = self._mixture_distribution.expand(self._batch_shape).sample(shape)
            index = ops.reshape(chosen, (*chosen.shape, 1, *(1 for _ in events)))
            index = ops.expand(index, (*chosen.shape, 1, *events))
            dim = len(chosen.shape)
            return ops.squeeze(ops.gather(each, dim, index), dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture_distribution},\n  {self._component_distribution})"

"""The distribution of a function of a random variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl.autograd.grad_mode import no_grad
from pydl.distributions.constraints import Constraint, independent
from pydl.distributions.distribution import Distribution
from pydl.distributions.transforms import ComposeTransform, Transform
from pydl.distributions.utils import size, sum_rightmost

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class TransformedDistribution(Distribution):
    """``t(x)`` for an ``x`` of a distribution and a transform t, or several, one after the other.

    >>> D = pydl.distributions
    >>> d = D.TransformedDistribution(D.Normal(0.0, 1.0), D.TanhTransform())
    >>> d.log_prob(pydl.tensor(0.0))
    tensor(-0.9189)
    """

    def __init__(self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        self.base_dist = base_distribution
        self.whole = ComposeTransform(self.transforms)
        # Transforms of whole events make events of what was a batch.
        base = base_distribution
        moved = max(0, max(t.domain.event_dim for t in self.transforms) - len(base.event_shape))
        cut = len(base.batch_shape) - moved
        self.moved = moved
        super().__init__(base.batch_shape[:cut], (*base.batch_shape[cut:], *base.event_shape), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> TransformedDistribution:
        moved = self.base_dist.batch_shape[len(self._batch_shape) :]
        base = self.base_dist.expand((*size(batch_shape), *moved))
        return TransformedDistribution(base, self.transforms, self._validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether samples have gradients."""
        return self.base_dist.has_rsample

    @property
    def support(self) -> Constraint:
        last = self.transforms[-1].codomain
        missing = len(self._event_shape) - last.event_dim
        return independent(last, missing) if missing else last

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return self.whole(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        return self.whole(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        events = len(self._event_shape)
        total: Any = 0.0
        y = value
        for t in reversed(self.transforms):
            x = t._inverse(y)
            total = total - sum_rightmost(t.log_abs_det_jacobian(x, y), events - t.domain.event_dim)
            y = x
        return total + sum_rightmost(self.base_dist.log_prob(y), self.moved)  # type: ignore[no-any-return]

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a sample of at most ``value``, for transforms that keep the order."""
        return self.base_dist.cdf(self.whole._inverse(value))

    def icdf(self, value: Tensor) -> Tensor:
        """The opposite of `cdf`."""
        return self.whole(self.base_dist.icdf(value))

    def __repr__(self) -> str:
        return f"TransformedDistribution({self.base_dist}, {self.transforms})"

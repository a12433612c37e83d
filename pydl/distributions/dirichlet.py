"""The Dirichlet distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.gamma_sample import standard_gamma

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Dirichlet(Distribution):
    """Vectors (..., K) of positive numbers of sum 1, of density ``prod x^(concentration - 1)`` up to a factor."""

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.ndim < 1:
            raise _C.ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / ops.sum(self.concentration, -1, keepdim=True)

    @property
    def mode(self) -> Tensor:
        less = ops.clamp(self.concentration - 1, min=0.0)
        mode = less / ops.sum(less, -1, keepdim=True)
        corner = ops.one_hot(ops.argmax(self.concentration, -1), self.concentration.shape[-1]).to(mode.dtype)
        return ops.where(ops.all(self.concentration < 1, -1, keepdim=True), corner, mode)

    @property
    def variance(self) -> Tensor:
        total = ops.sum(self.concentration, -1, keepdim=True)
        return self.concentration * (total - self.concentration) / (ops.square(total) * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        dtype = self.concentration.dtype
        x = standard_gamma(self.concentration.double(), self._extended_shape(sample_shape))
        return ops.clamp((x / ops.sum(x, -1, keepdim=True)).to(dtype), min=dtypes.finfo(dtype).tiny)

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        a = self.concentration
        return ops.sum(ops.xlogy(a - 1, value), -1) + ops.lgamma(ops.sum(a, -1)) - ops.sum(ops.lgamma(a), -1)

    def entropy(self) -> Tensor:
        a = self.concentration
        total = ops.sum(a, -1)
        return (
            ops.sum(ops.lgamma(a), -1)
            - ops.lgamma(total)
            - (a.shape[-1] - total) * ops.digamma(total)
            - ops.sum((a - 1) * ops.digamma(a), -1)
        )

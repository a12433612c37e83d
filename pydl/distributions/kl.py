"""The Kullback-Leibler divergence of two distributions, by their kinds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.distributions.bernoulli import Bernoulli
from pydl.distributions.beta import Beta, log_beta
from pydl.distributions.binomial import Binomial
from pydl.distributions.categorical import Categorical
from pydl.distributions.cauchy import Cauchy
from pydl.distributions.dirichlet import Dirichlet
from pydl.distributions.distribution import Distribution
from pydl.distributions.exponential import Exponential
from pydl.distributions.gamma import Gamma
from pydl.distributions.geometric import Geometric
from pydl.distributions.half_normal import HalfNormal
from pydl.distributions.independent import Independent
from pydl.distributions.laplace import Laplace
from pydl.distributions.log_normal import LogNormal
from pydl.distributions.multivariate_normal import MultivariateNormal
from pydl.distributions.normal import Normal
from pydl.distributions.one_hot_categorical import OneHotCategorical
from pydl.distributions.poisson import Poisson
from pydl.distributions.triangular import solve_triangular
from pydl.distributions.uniform import Uniform
from pydl.distributions.utils import sum_rightmost

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Divergence = Callable[[Any, Any], Any]
REGISTERED: dict[tuple[type, type], Divergence] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Divergence], Divergence]:
    """A decorator for the function that computes the divergence of two kinds of distributions.

    Raises:
        DTypeError: one is no class of distributions.
    """
    for kind in (type_p, type_q):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise _C.DTypeError(f"register_kl: expected a subclass of Distribution, got {kind!r}")

    def decorate(function: Divergence) -> Divergence:
        REGISTERED[type_p, type_q] = function
        return function

    return decorate


def found(kind_p: type, kind_q: type) -> Divergence | None:
    """The function registered for the nearest kinds."""
    best = None
    for (p, q), function in REGISTERED.items():
        if issubclass(kind_p, p) and issubclass(kind_q, q):
            distance = kind_p.__mro__.index(p) + kind_q.__mro__.index(q)
            if best is None or distance < best[0]:
                best = (distance, function)
    return None if best is None else best[1]


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The Kullback-Leibler divergence, the mean under ``p`` of ``p.log_prob - q.log_prob``.

    Raises:
        NotImplementedError: none is registered for the two kinds.

    >>> N = pydl.distributions.Normal
    >>> pydl.distributions.kl_divergence(N(0.0, 1.0), N(1.0, 1.0))
    tensor(0.5000)
    """
    function = found(type(p), type(q))
    if function is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
        )
    return function(p, q)  # type: ignore[no-any-return]


def times_log(x: Tensor, ratio: Tensor) -> Tensor:
    """``x * log(ratio)``, 0 where x is."""
    return ops.xlogy(x, ratio)


@register_kl(Normal, Normal)
@register_kl(LogNormal, LogNormal)
def normal_normal(p: Normal, q: Normal) -> Tensor:
    ratio = ops.square(p.scale / q.scale)
    return 0.5 * (ratio + ops.square((p.loc - q.loc) / q.scale) - 1 - ops.log(ratio))


@register_kl(HalfNormal, HalfNormal)
def half_normal_half_normal(p: HalfNormal, q: HalfNormal) -> Tensor:
    ratio = ops.square(p.scale / q.scale)
    return 0.5 * (ratio - 1 - ops.log(ratio))


@register_kl(Bernoulli, Bernoulli)
def bernoulli_bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    # softplus is minus the log probability of the other outcome
    with_one = p.probs * (ops.softplus(-q.logits) - ops.softplus(-p.logits))
    with_zero = (1 - p.probs) * (ops.softplus(q.logits) - ops.softplus(p.logits))
    one = ops.where(q.probs == 0, math.inf, with_one)
    zero = ops.where(q.probs == 1, math.inf, with_zero)
    return ops.where(p.probs == 0, 0.0, one) + ops.where(p.probs == 1, 0.0, zero)


@register_kl(Binomial, Binomial)
def binomial_binomial(p: Binomial, q: Binomial) -> Tensor:
    if bool(ops.any(p.total_count > q.total_count)):
        return ops.full_like(p.probs, math.inf)
    if bool(ops.any(p.total_count < q.total_count)):
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    return p.total_count * (p.probs * (p.logits - q.logits) + ops.log1p(-p.probs) - ops.log1p(-q.probs))


@register_kl(Categorical, Categorical)
def categorical_categorical(p: Categorical, q: Categorical) -> Tensor:
    t = p.probs * (p.logits - q.logits)
    t = ops.where(q.probs == 0, math.inf, t)
    return ops.sum(ops.where(p.probs == 0, 0.0, t), -1)


@register_kl(OneHotCategorical, OneHotCategorical)
def one_hot_one_hot(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return categorical_categorical(p._categorical, q._categorical)  # type: ignore[no-any-return]


@register_kl(Uniform, Uniform)
def uniform_uniform(p: Uniform, q: Uniform) -> Tensor:
    inside = ops.log((q.high - q.low) / (p.high - p.low))
    return ops.where((q.low > p.low) | (q.high < p.high), math.inf, inside)


@register_kl(Uniform, Normal)
def uniform_normal(p: Uniform, q: Normal) -> Tensor:
    width = p.high - p.low
    square = ops.square(width) / 12 + ops.square((p.high + p.low) / 2 - q.loc)
    return ops.log(q.scale / width) + 0.5 * math.log(2 * math.pi) + 0.5 * square / ops.square(q.scale)


@register_kl(Beta, Beta)
def beta_beta(p: Beta, q: Beta) -> Tensor:
    a, b, c, d = p.concentration1, p.concentration0, q.concentration1, q.concentration0
    outer = log_beta(c, d) - log_beta(a, b) + (c + d - a - b) * ops.digamma(a + b)
    return outer + (a - c) * ops.digamma(a) + (b - d) * ops.digamma(b)


@register_kl(Dirichlet, Dirichlet)
def dirichlet_dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    a, b = p.concentration, q.concentration
    total = ops.sum(a, -1)
    outer = ops.lgamma(total) - ops.lgamma(ops.sum(b, -1)) + ops.sum(ops.lgamma(b) - ops.lgamma(a), -1)
    return outer + ops.sum((a - b) * (ops.digamma(a) - ops.unsqueeze(ops.digamma(total), -1)), -1)


@register_kl(Gamma, Gamma)
def gamma_gamma(p: Gamma, q: Gamma) -> Tensor:
    a, b = p.concentration, q.concentration
    outer = b * ops.log(p.rate / q.rate) + ops.lgamma(b) - ops.lgamma(a)
    return outer + (a - b) * ops.digamma(a) + (q.rate - p.rate) * (a / p.rate)


@register_kl(Exponential, Exponential)
def exponential_exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - ops.log(ratio) - 1


@register_kl(Exponential, Gamma)
def exponential_gamma(p: Exponential, q: Gamma) -> Tensor:
    return gamma_gamma(Gamma(ops.ones_like(p.rate), p.rate, False), q)  # type: ignore[no-any-return]


@register_kl(Gamma, Exponential)
def gamma_exponential(p: Gamma, q: Exponential) -> Tensor:
    return gamma_gamma(p, Gamma(ops.ones_like(q.rate), q.rate, False))  # type: ignore[no-any-return]


@register_kl(Geometric, Geometric)
def geometric_geometric(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - ops.log1p(-q.probs) / p.probs - q.logits


@register_kl(Poisson, Poisson)
def poisson_poisson(p: Poisson, q: Poisson) -> Tensor:
    return times_log(p.rate, p.rate / q.rate) - (p.rate - q.rate)


@register_kl(Laplace, Laplace)
def laplace_laplace(p: Laplace, q: Laplace) -> Tensor:
    away = ops.abs(p.loc - q.loc)
    ratio = p.scale / q.scale
    return -ops.log(ratio) + away / q.scale + ratio * ops.exp(-away / p.scale) - 1


@register_kl(Cauchy, Cauchy)
def cauchy_cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    above = ops.square(p.scale + q.scale) + ops.square(p.loc - q.loc)
    return ops.log(above) - ops.log(4 * p.scale * q.scale)


@register_kl(MultivariateNormal, MultivariateNormal)
def multivariate_normal_multivariate_normal(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    if p.event_shape != q.event_shape:
        raise _C.ShapeError(
            "KL-divergence between two Multivariate Normals with different event shapes cannot be computed"
        )
    n = p.event_shape[0]
    stretched = solve_triangular(q._factor, p._factor)
    moved = solve_triangular(q._factor, ops.unsqueeze(q.loc - p.loc, -1))
    distance = ops.sum(ops.square(stretched), (-2, -1)) + ops.sum(ops.square(moved), (-2, -1))
    return q.half_log_det() - p.half_log_det() + 0.5 * (distance - n)


@register_kl(Independent, Independent)
def independent_independent(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("KL between Independents of different reinterpreted_batch_ndims is not implemented")
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)

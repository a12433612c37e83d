"""Distributions made of others: transformed ones and mixtures."""

from __future__ import annotations

import numpy as np
import pytest

import pydl
from pydl import distributions as D

try:
    import torch
except ImportError:
    torch = None

RNG = np.random.default_rng(0)
LOC, SCALE = RNG.normal(size=(2, 3)), RNG.uniform(0.3, 2.0, (2, 3))

TRANSFORMS = {
    "exp": lambda lib: lib.distributions.ExpTransform(),
    "sigmoid": lambda lib: lib.distributions.SigmoidTransform(),
    "tanh": lambda lib: lib.distributions.TanhTransform(),
    "affine": lambda lib: lib.distributions.AffineTransform(2.0, -3.0),
    "affine of vectors": lambda lib: lib.distributions.AffineTransform(lib.ones(3), lib.full((3,), 2.0), event_dim=1),
}


def base(lib, grad=False):
    params = [lib.from_numpy(p.copy()).requires_grad_(grad) for p in (LOC, SCALE)]
    return lib.distributions.Normal(*params), params


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms(name):
    t = TRANSFORMS[name](pydl)
    x = pydl.from_numpy(RNG.normal(size=(4, 3))).requires_grad_()
    y = t(x)
    np.testing.assert_allclose(t.inv(y).detach().numpy(), x.detach().numpy(), rtol=1e-9)
    np.testing.assert_allclose(t.inv.inv(x).detach().numpy(), y.detach().numpy())
    slopes = pydl.autograd.grad(y.sum(), x)[0].abs().log()
    stretch = t.log_abs_det_jacobian(x, y).detach().numpy()
    expected = slopes.sum(-1) if t.domain.event_dim else slopes
    np.testing.assert_allclose(stretch, expected.numpy(), rtol=1e-9)
    np.testing.assert_allclose(t.inv.log_abs_det_jacobian(y, x).detach().numpy(), -stretch)
    assert t.codomain.check(y.detach()).all()


@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize(
    "names", [[n] for n in TRANSFORMS] + [["exp", "affine"], ["affine of vectors", "tanh"]], ids=str
)
def test_transformed_against_torch(names):
    results = []
    values = None
    for lib in (pydl, torch):
        normal, params = base(lib, True)
        d = lib.distributions.TransformedDistribution(normal, [TRANSFORMS[n](lib) for n in names])
        if values is None:
            pydl.manual_seed(0)
            values = d.sample((5,)).numpy()
        log_prob = d.log_prob(lib.from_numpy(values))
        log_prob.sum().backward()
        shapes = tuple(d.batch_shape), tuple(d.event_shape), d.has_rsample
        results.append((shapes, log_prob.detach().numpy(), [p.grad.numpy() for p in params]))
    (a, b, c), (d, e, f) = results
    assert a == d
    np.testing.assert_allclose(b, e, rtol=1e-8)
    for x, y in zip(c, f, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-7)


def test_transformed_samples_and_more():
    normal, params = base(pydl, True)
    d = D.TransformedDistribution(normal, D.ExpTransform())
    other = D.LogNormal(*params)
    pydl.manual_seed(0)
    x = d.rsample((4,))
    pydl.manual_seed(0)
    assert (x == other.rsample((4,))).all() and x.requires_grad and not d.sample().requires_grad
    v = x.detach()
    for what, value in (("log_prob", v), ("cdf", v), ("icdf", pydl.full_like(v, 0.3))):
        a, b = getattr(d, what)(value), getattr(other, what)(value)
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9)
    assert d.expand((5, 2, 3)).sample().shape == (5, 2, 3) and "ExpTransform()" in repr(d)
    tanh = D.TransformedDistribution(D.Normal(pydl.zeros(3), 1.0), D.TanhTransform())
    assert D.Independent(tanh, 1).log_prob(tanh.sample((7,)) * 0.999).shape == (7,)
    with pytest.raises(ValueError, match="support"):
        tanh.log_prob(pydl.full((3,), 1.5))
    with pytest.raises(ValueError, match="at least one transform"):
        D.TransformedDistribution(normal, [])


def mixture(lib, vectors=False):
    rng = np.random.default_rng(1)
    logits = lib.from_numpy(rng.normal(size=(2, 4))).requires_grad_()
    loc = lib.from_numpy(rng.normal(size=(2, 4, 3) if vectors else (2, 4)) * 3).requires_grad_()
    D_ = lib.distributions
    parts = D_.Independent(D_.Normal(loc, 0.7), 1) if vectors else D_.Normal(loc, 0.7)
    return D_.MixtureSameFamily(D_.Categorical(logits=logits), parts), [logits, loc]


@pytest.mark.parametrize("vectors", [False, True])
def test_mixture(vectors):
    results = []
    values = RNG.normal(size=(5, 2, 3) if vectors else (5, 2)) * 2
    for lib in (pydl, torch) if torch is not None else (pydl,):
        d, params = mixture(lib, vectors)
        log_prob = d.log_prob(lib.from_numpy(values))
        log_prob.sum().backward()
        found = [log_prob, d.mean, d.variance] + ([] if vectors else [d.cdf(lib.from_numpy(values))])
        results.append([x.detach().numpy() for x in found] + [p.grad.numpy() for p in params])
    for a, b in zip(results[0], results[-1], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)
    d, _ = mixture(pydl, vectors)
    pydl.manual_seed(0)
    x = d.sample((20_000,))
    assert tuple(x.shape) == (20_000, 2, *d.event_shape) and not d.has_rsample
    sigma = d.stddev.detach().numpy()
    assert (np.abs(x.mean(0).numpy() - d.mean.detach().numpy()) < 5 * sigma / np.sqrt(20_000)).all()
    np.testing.assert_allclose(x.std(0).numpy(), sigma, rtol=0.03)
    assert d.expand((6, 2)).sample((3,)).shape == (3, 6, 2, *d.event_shape) and "Categorical" in repr(d)
    for wrong in (
        lambda: D.MixtureSameFamily(D.Bernoulli(0.5), D.Normal(pydl.zeros(2), 1.0)),
        lambda: D.MixtureSameFamily(D.Categorical(pydl.ones(3)), D.Normal(pydl.zeros(2), 1.0)),
        lambda: D.MixtureSameFamily(D.Categorical(pydl.ones(3)), D.Normal(0.0, 1.0)),
    ):
        with pytest.raises(ValueError):
            wrong()

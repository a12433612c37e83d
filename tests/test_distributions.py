"""Distributions beside PyTorch's and scipy's: densities, moments, divergences, gradients; samples by statistics."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import pydl
from pydl import distributions as D
from pydl.distributions.gamma_sample import gamma_derivative
from pydl.distributions.triangular import cholesky, solve_triangular

try:
    import torch
except ImportError:
    torch = None
stats = pytest.importorskip("scipy.stats")
special = pytest.importorskip("scipy.special")

RNG = np.random.default_rng(0)


def spd(*batch):
    m = RNG.normal(size=(*batch, 3, 3))
    return m @ np.swapaxes(m, -1, -2) + 0.5 * np.eye(3)


P, R, POS = RNG.uniform(0.1, 0.9, (2, 3)), RNG.normal(size=(2, 3)), RNG.uniform(0.3, 3.0, (2, 3))
REAL = RNG.normal(size=(4, 2, 3))
UNIT = RNG.uniform(0.05, 0.95, (4, 2, 3))
COUNT = RNG.integers(0, 5, (4, 2, 3)).astype(float)
BITS = RNG.integers(0, 2, (4, 2, 3)).astype(float)
SIMPLEX = RNG.dirichlet([1.0, 2.0, 3.0], (4, 2))

# name, parameters, values to ask for, scipy's distribution of the parameters (or None)
CASES = [
    ("Normal", {"loc": R, "scale": POS}, REAL, lambda loc, scale: stats.norm(loc, scale)),
    ("LogNormal", {"loc": R, "scale": POS}, UNIT * 3, lambda loc, scale: stats.lognorm(scale, scale=np.exp(loc))),
    ("HalfNormal", {"scale": POS}, UNIT * 3, lambda scale: stats.halfnorm(scale=scale)),
    ("Bernoulli", {"probs": P}, BITS, lambda probs: stats.bernoulli(probs)),
    ("Bernoulli", {"logits": R}, BITS, lambda logits: stats.bernoulli(special.expit(logits))),
    ("Categorical", {"probs": POS}, COUNT[:, :, 0] % 3, None),
    ("Categorical", {"logits": R}, COUNT[:, :, 0] % 3, None),
    ("OneHotCategorical", {"probs": POS}, np.eye(3)[(COUNT[:, :, 0] % 3).astype(int)], None),
    ("OneHotCategoricalStraightThrough", {"logits": R}, np.eye(3)[(COUNT[:, :, 0] % 3).astype(int)], None),
    ("Uniform", {"low": R, "high": R + POS}, R + POS * UNIT, lambda low, high: stats.uniform(low, high - low)),
    ("Beta", {"concentration1": POS, "concentration0": POS[::-1] + 0.5}, UNIT,
     lambda concentration1, concentration0: stats.beta(concentration1, concentration0)),
    ("Gamma", {"concentration": POS, "rate": POS[::-1]}, UNIT * 3,
     lambda concentration, rate: stats.gamma(concentration, scale=1 / rate)),
    ("Chi2", {"df": POS}, UNIT * 3, lambda df: stats.chi2(df)),
    ("Dirichlet", {"concentration": POS}, SIMPLEX, None),
    ("Exponential", {"rate": POS}, UNIT * 3, lambda rate: stats.expon(scale=1 / rate)),
    ("Laplace", {"loc": R, "scale": POS}, REAL, lambda loc, scale: stats.laplace(loc, scale)),
    ("Cauchy", {"loc": R, "scale": POS}, REAL, lambda loc, scale: stats.cauchy(loc, scale)),
    ("Gumbel", {"loc": R, "scale": POS}, REAL, lambda loc, scale: stats.gumbel_r(loc, scale)),
    ("StudentT", {"df": POS + 2.5, "loc": R, "scale": POS}, REAL, lambda df, loc, scale: stats.t(df, loc, scale)),
    ("Poisson", {"rate": POS}, COUNT, lambda rate: stats.poisson(rate)),
    ("Geometric", {"probs": P}, COUNT, lambda probs: stats.geom(probs, -1)),
    ("Geometric", {"logits": R}, COUNT, None),
    ("Binomial", {"total_count": 6, "probs": P}, COUNT, lambda total_count, probs: stats.binom(total_count, probs)),
    ("Binomial", {"total_count": 6, "logits": R}, COUNT, None),
    ("MultivariateNormal", {"loc": R, "covariance_matrix": spd(2)}, REAL, None),
    ("MultivariateNormal", {"loc": R, "precision_matrix": spd()}, REAL, None),
    ("MultivariateNormal", {"loc": R[0], "scale_tril": np.linalg.cholesky(spd(2))}, REAL, None),
    ("RelaxedBernoulli", {"temperature": np.array(0.5), "probs": P}, UNIT, None),
    ("RelaxedBernoulli", {"temperature": np.array(0.7), "logits": R}, UNIT, None),
]  # fmt: skip
IDS = [f"{name}-{'-'.join(p)}" for name, p, _, _ in CASES]
PLAIN = [c for c in CASES if c[3] is not None]


def tensors(lib, params, grad=False):
    """Parameters in a library; numbers stay numbers."""
    out = {}
    for name, value in params.items():
        out[name] = value if np.isscalar(value) else lib.from_numpy(np.array(value)).requires_grad_(grad)
    return out


def make(name, params, grad=False, lib=pydl):
    params = tensors(lib, params, grad)
    return getattr(lib.distributions, name)(**params), [v for v in params.values() if not np.isscalar(v)]


def close(a, b, **tolerances):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), **{"rtol": 1e-9, "atol": 1e-10} | tolerances)


def asked(d):
    """What a distribution tells without arguments; nothing where PyTorch has nothing."""
    for what in ("entropy", "perplexity"):
        yield what, lambda what=what: getattr(d, what)()
    for what in ("mean", "variance", "stddev", "mode"):
        yield what, lambda what=what: getattr(d, what)


@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize(("name", "params", "values", "_"), CASES, ids=IDS)
def test_against_torch(name, params, values, _):
    ours, inputs = make(name, params, True)
    theirs, other = make(name, params, True, torch)
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape) and tuple(ours.event_shape) == tuple(theirs.event_shape)
    assert ours.has_rsample == theirs.has_rsample and ours.has_enumerate_support == theirs.has_enumerate_support
    v, w = pydl.from_numpy(values), torch.from_numpy(values)
    calls = [("log_prob", lambda: ours.log_prob(v), lambda: theirs.log_prob(w))]
    if name not in ("RelaxedBernoulli", "Beta", "StudentT", "Gamma", "Chi2"):  # no cdf of ours; other arguments
        for what, arg in (("cdf", values), ("icdf", UNIT)):
            a, b = pydl.from_numpy(arg), torch.from_numpy(arg)
            calls.append(
                (what, lambda what=what, a=a: getattr(ours, what)(a), lambda what=what, b=b: getattr(theirs, what)(b))
            )
    calls += [(what, call, there) for (what, call), (_, there) in zip(asked(ours), asked(theirs), strict=True)]
    compared = 0
    for what, call, there in calls:
        try:
            b = there()
        except NotImplementedError:
            continue
        a = call()
        assert a.dtype.name == str(b.dtype).removeprefix("torch.") and tuple(a.shape) == tuple(b.shape), what
        close(a, b)
        compared += 1
        if not b.requires_grad:
            continue
        weight = RNG.normal(size=tuple(b.shape))
        b.backward(torch.from_numpy(np.asarray(weight)), retain_graph=True)
        a.backward(pydl.from_numpy(np.asarray(weight)), retain_graph=True)
        for x, y in zip(inputs, other, strict=True):
            if y.grad is not None:
                close(x.grad, y.grad, rtol=1e-7, atol=1e-8)
                x.grad = y.grad = None
    assert compared >= 3 or name == "RelaxedBernoulli"


@pytest.mark.parametrize(("name", "params", "values", "scipys"), PLAIN, ids=[i for i, c in zip(IDS, CASES) if c[3]])  # noqa: B905
def test_against_scipy(name, params, values, scipys):
    d, _ = make(name, params)
    s = scipys(**params)
    log = s.logpmf if hasattr(s.dist, "pmf") else s.logpdf
    np.testing.assert_allclose(d.log_prob(pydl.from_numpy(values)).numpy(), log(values), rtol=1e-8, atol=1e-10)
    if type(d).entropy is not D.Distribution.entropy:
        np.testing.assert_allclose(d.entropy().numpy(), s.entropy(), rtol=1e-6, atol=1e-8)
    if name != "Cauchy":
        np.testing.assert_allclose(d.mean.numpy(), s.mean(), rtol=1e-8)
        np.testing.assert_allclose(d.variance.numpy(), s.var(), rtol=1e-8)
    if type(d).cdf is not D.Distribution.cdf:
        np.testing.assert_allclose(d.cdf(pydl.from_numpy(values)).numpy(), s.cdf(values), rtol=1e-7, atol=1e-12)
        np.testing.assert_allclose(d.icdf(pydl.from_numpy(UNIT)).numpy(), s.ppf(UNIT), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("name", "params", "values", "scipys"), CASES, ids=IDS)
def test_samples(name, params, values, scipys):
    """Moments within five standard errors; the same for the same seed; inside of the support."""
    d, _ = make(name, params)
    pydl.manual_seed(0)
    n = 20_000
    x = d.sample((n,))
    assert tuple(x.shape) == (n, *d.batch_shape, *d.event_shape) and not x.requires_grad
    pydl.manual_seed(0)
    assert (d.sample((n,)) == x).all() and not (d.sample((n,)) == x).all()
    assert d.support.check(x).all()
    d.log_prob(x)
    assert d.sample().shape == d.batch_shape + d.event_shape and d.sample((2, 0)).numel() == 0
    values = x.double().numpy()
    if name == "Categorical":
        share = np.stack([(values == k).mean(0) for k in range(3)], -1)
        p = d.probs.numpy()
        assert (np.abs(share - p) < 5 * np.sqrt(p * (1 - p) / n)).all()
    elif name not in ("Cauchy", "RelaxedBernoulli"):
        mean, var = d.mean.numpy(), d.variance.numpy()
        assert (np.abs(values.mean(0) - mean) < 5 * np.sqrt(var / n)).all()
        if name not in ("StudentT", "LogNormal"):  # their fourth moments are too large
            np.testing.assert_allclose(values.var(0), var, rtol=0.15)
    if scipys is not None and not hasattr(scipys(**params).dist, "pmf"):
        for i in range(2):
            one = scipys(**{k: np.asarray(v)[i, 0] for k, v in params.items()})
            assert stats.kstest(values[:, i, 0], one.cdf).pvalue > 1e-4


def test_float32_and_numbers():
    for name, params, _, _ in CASES:
        small = {k: v if np.isscalar(v) else np.float32(v) for k, v in params.items()}
        d, _ = make(name, small)
        x = d.sample((1000,))
        assert x.dtype in (pydl.float32, pydl.int64), name
        assert d.log_prob(x).isfinite().all() and d.log_prob(x).dtype is pydl.float32, name
    assert D.Normal(0, 1).loc.dtype is pydl.float32 and D.Beta(2, 3).sample().shape == ()
    value = pydl.tensor(0.3)
    warm = [D.RelaxedBernoulli(t, 0.4).log_prob(value).item() for t in (0.7, pydl.tensor(0.7))]
    assert warm[0] == pytest.approx(warm[1], rel=1e-6)
    for d in (D.Gamma(0.001, 1.0), D.Beta(0.01, 0.01), D.Dirichlet(pydl.full((3,), 0.01)), D.Gumbel(0.0, 1.0)):
        x = d.sample((2000,))
        assert x.isfinite().all() and d.log_prob(x).isfinite().all()


RSAMPLES = [(i, c) for i, c in zip(IDS, CASES, strict=True) if getattr(D, c[0]).has_rsample]


@pytest.mark.parametrize("case", [c for _, c in RSAMPLES], ids=[i for i, _ in RSAMPLES])
def test_rsample_has_the_gradient_of_its_mean(case):
    """The mean of f(rsample) has the gradient that the distribution's own moments have."""
    name, params, _, _ = case
    d, inputs = make(name, params, True)
    pydl.manual_seed(0)
    n = 4000
    x = d.rsample((n,))
    assert x.requires_grad
    if name in ("Cauchy", "RelaxedBernoulli"):
        x.sum().backward()
        assert all(i.grad.isfinite().all() for i in inputs if i.ndim)
        return
    if name == "StudentT":
        inputs = inputs[1:]  # the gradient by df has a large variance
    found = pydl.autograd.grad((x.mean(0) * pydl.from_numpy(R)).sum(), inputs, retain_graph=True, allow_unused=True)
    whole = (d.mean * pydl.from_numpy(R)).sum()
    exact = (
        pydl.autograd.grad(whole, inputs, allow_unused=True, materialize_grads=True) if whole.requires_grad else None
    )
    for i, g in enumerate(found):
        scale = max(1.0, float(exact[i].abs().max()))
        np.testing.assert_allclose(g.numpy(), exact[i].numpy(), atol=0.15 * scale)


@pytest.mark.parametrize("alpha", [1e-3, 0.05, 0.5, 1.0, 2.5, 30.0, 1e3, 1e6])
def test_the_gamma_derivative_against_the_quantile(alpha):
    """dz/dalpha at a fixed quantile, by differences of scipy's inverse of the incomplete gamma function."""
    q = np.array([1e-6, 0.01, 0.2, 0.5, 0.8, 0.99, 1 - 1e-6])
    z = special.gammaincinv(alpha, q)
    keep = z > 1e-290
    q, z = q[keep], z[keep]
    h = 1e-5 * alpha
    points = [special.gammaincinv(alpha + k * h, q) for k in (-2, -1, 1, 2)]
    exact = (points[0] - 8 * points[1] + 8 * points[2] - points[3]) / (12 * h)
    np.testing.assert_allclose(gamma_derivative(np.full_like(z, alpha), z), exact, rtol=5e-6)


def test_samples_of_gamma_differentiate_once():
    a = pydl.tensor([2.0], requires_grad=True)
    (g,) = pydl.autograd.grad(D.Gamma(a, 1.0).rsample().sum(), a, create_graph=True)
    with pytest.raises(RuntimeError, match="first derivative only"):
        g.sum().backward()


KL = [
    ("Normal", {"loc": R, "scale": POS}, {"loc": R[::-1], "scale": POS[::-1]}),
    ("LogNormal", {"loc": R, "scale": POS}, {"loc": R[::-1], "scale": POS[::-1]}),
    ("HalfNormal", {"scale": POS}, {"scale": POS[::-1]}),
    ("Bernoulli", {"probs": P}, {"probs": P[::-1]}),
    ("Bernoulli", {"logits": R}, {"probs": P}),
    ("Categorical", {"probs": POS}, {"logits": R}),
    ("OneHotCategorical", {"logits": R}, {"logits": R[::-1]}),
    ("Uniform", {"low": R, "high": R + POS}, {"low": R - 1, "high": R + POS + 1}),
    ("Uniform", {"low": R, "high": R + POS}, {"low": R + 0.1, "high": R + POS + 1}),
    ("Beta", {"concentration1": POS, "concentration0": P}, {"concentration1": P, "concentration0": POS}),
    ("Gamma", {"concentration": POS, "rate": P}, {"concentration": P, "rate": POS}),
    ("Dirichlet", {"concentration": POS}, {"concentration": P}),
    ("Exponential", {"rate": POS}, {"rate": P}),
    ("Laplace", {"loc": R, "scale": POS}, {"loc": R[::-1], "scale": POS[::-1]}),
    ("Cauchy", {"loc": R, "scale": POS}, {"loc": R[::-1], "scale": POS[::-1]}),
    ("Poisson", {"rate": POS}, {"rate": P}),
    ("Geometric", {"probs": P}, {"probs": P[::-1]}),
    ("Binomial", {"total_count": 5, "probs": P}, {"total_count": 5, "probs": P[::-1]}),
    ("MultivariateNormal", {"loc": R, "covariance_matrix": spd()}, {"loc": R[::-1], "covariance_matrix": spd(2)}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "one", "two"), KL, ids=[f"{k[0]}-{i}" for i, k in enumerate(KL)])
def test_kl(name, one, two):
    (p, inputs), (q, more) = make(name, one, True), make(name, two, True)
    ours = D.kl_divergence(p, q)
    if torch is not None:
        (a, b), (c, d) = make(name, one, True, torch), make(name, two, True, torch)
        theirs = torch.distributions.kl_divergence(a, c)
        close(ours, theirs)
        if theirs.isfinite().all():
            ours.sum().backward()
            theirs.sum().backward()
            for x, y in zip(inputs + more, b + d, strict=True):
                close(x.grad, y.grad, rtol=1e-7, atol=1e-8)
    pydl.manual_seed(0)
    if ours.isfinite().all() and name != "Cauchy":
        x = p.sample((20_000,))
        with pydl.no_grad():
            difference = p.log_prob(x) - q.log_prob(x)
        error = difference.std(0).numpy() / np.sqrt(20_000)
        assert (np.abs(difference.mean(0).numpy() - ours.detach().numpy()) < 6 * error + 1e-6).all()
    close(D.kl_divergence(p, p), pydl.zeros(p.batch_shape, dtype=pydl.float64), atol=1e-9)


def test_kl_of_different_kinds_and_registration():
    pairs = [
        (D.Uniform(0.0, 2.0), D.Normal(0.5, 2.0)),
        (D.Exponential(2.0), D.Gamma(3.0, 1.5)),
        (D.Gamma(3.0, 1.5), D.Exponential(2.0)),
        (D.Chi2(3.0), D.Gamma(1.0, 2.0)),
        (D.Independent(D.Normal(pydl.zeros(3), 1.0), 1), D.Independent(D.Normal(pydl.ones(3), 2.0), 1)),
    ]
    for p, q in pairs:
        pydl.manual_seed(0)
        x = p.sample((50_000,))
        difference = p.log_prob(x) - q.log_prob(x)
        assert difference.mean().item() == pytest.approx(D.kl_divergence(p, q).item(), abs=0.03)
    with pytest.raises(NotImplementedError, match="Normal and q type Gamma"):
        D.kl_divergence(D.Normal(0.0, 1.0), D.Gamma(1.0, 1.0))

    class Mine(D.Normal):
        pass

    assert D.kl_divergence(Mine(0.0, 1.0), D.Normal(1.0, 1.0)).item() == 0.5

    @D.register_kl(Mine, D.Normal)
    def mine(p, q):
        return 42

    try:
        assert D.kl_divergence(Mine(0.0, 1.0), D.Normal(1.0, 1.0)) == 42
        assert D.kl_divergence(D.Normal(0.0, 1.0), Mine(1.0, 1.0)).item() == 0.5
    finally:
        del D.kl.REGISTERED[Mine, D.Normal]
    with pytest.raises(TypeError, match="subclass of Distribution"):
        D.register_kl(int, D.Normal)
    assert D.kl_divergence(D.Bernoulli(0.0), D.Bernoulli(0.5)).item() == pytest.approx(np.log(2))
    assert D.kl_divergence(D.Bernoulli(0.5), D.Bernoulli(0.0)).item() == np.inf


@pytest.mark.parametrize(("name", "params", "values", "_"), CASES, ids=IDS)
def test_expand(name, params, values, _):
    d, _ = make(name, params)
    d.mean if name not in ("RelaxedBernoulli",) else None  # noqa: B018  # something cached before
    big = d.expand((5, *d.batch_shape))
    assert type(big) is type(d) and big.batch_shape == (5, *d.batch_shape) and big.event_shape == d.event_shape
    v = pydl.from_numpy(values)
    assert big.log_prob(v[0]).shape == big.batch_shape
    np.testing.assert_allclose(big.log_prob(v[0])[3].numpy(), d.log_prob(v[0]).numpy(), rtol=1e-12)
    assert big.sample((2,)).shape == (2, *big.batch_shape, *big.event_shape)
    with pytest.raises(ValueError):
        d.expand((5, 7))


def test_enumerate_support():
    assert D.Bernoulli(pydl.full((2,), 0.5)).enumerate_support().tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert D.Bernoulli(pydl.full((2,), 0.5)).enumerate_support(expand=False).tolist() == [[0.0], [1.0]]
    assert D.Categorical(pydl.ones(2, 3)).enumerate_support().tolist() == [[0, 0], [1, 1], [2, 2]]
    assert D.OneHotCategorical(pydl.ones(2)).enumerate_support().tolist() == [[1.0, 0.0], [0.0, 1.0]]
    d = D.Binomial(3, pydl.tensor([0.25]))
    assert d.enumerate_support().shape == (4, 1) and d.log_prob(
        d.enumerate_support()
    ).exp().sum().item() == pytest.approx(1)
    with pytest.raises(RuntimeError, match="different total_counts"):
        D.Binomial(pydl.tensor([1.0, 2.0]), pydl.tensor([0.5, 0.5])).enumerate_support()


def test_multivariate_normal_matrices():
    matrix = spd()
    loc = pydl.zeros(3, dtype=pydl.float64)
    given = {
        "covariance_matrix": matrix,
        "precision_matrix": np.linalg.inv(matrix),
        "scale_tril": np.linalg.cholesky(matrix),
    }
    for name, value in given.items():
        d = D.MultivariateNormal(loc, **{name: pydl.from_numpy(value)})
        for other, expected in given.items():
            np.testing.assert_allclose(getattr(d, other).numpy(), expected, rtol=1e-8, atol=1e-10)
    pydl.manual_seed(0)
    x = d.sample((50_000,)).numpy()
    np.testing.assert_allclose(np.cov(x.T), matrix, atol=0.05 * matrix.max())
    for wrong in ({}, {"covariance_matrix": pydl.eye(3), "scale_tril": pydl.eye(3)}, {"scale_tril": pydl.eye(2)}):
        with pytest.raises(ValueError):
            D.MultivariateNormal(pydl.zeros(3), **wrong)
    for wrong in (-np.eye(3), np.triu(np.ones((3, 3)))):
        with pytest.raises(ValueError, match="PositiveDefinite"):
            D.MultivariateNormal(pydl.zeros(3), pydl.from_numpy(np.float32(wrong)))


def test_triangular_derivatives():
    a = pydl.from_numpy(spd(2)).requires_grad_()
    b = pydl.from_numpy(RNG.normal(size=(2, 3, 2))).requires_grad_()
    symmetric = lambda a: cholesky((a + a.mT) / 2)  # noqa: E731
    assert pydl.autograd.gradcheck(symmetric, (a,)) and pydl.autograd.gradgradcheck(symmetric, (a,))
    lower = pydl.from_numpy(np.linalg.cholesky(spd())).requires_grad_()
    for upper in (False, True):
        solve = lambda m, b, upper=upper: solve_triangular(m.triu() if upper else m.tril(), b, upper)  # noqa: E731
        m = lower.detach().mT.contiguous().requires_grad_() if upper else lower
        assert pydl.autograd.gradcheck(solve, (m, b)) and pydl.autograd.gradgradcheck(solve, (m, b))
    with pytest.raises(ValueError, match="positive definite"):
        cholesky(-a)


BAD = [
    (lambda: D.Normal(0.0, -1.0), "Expected parameter scale .* to satisfy the constraint GreaterThan"),
    (lambda: D.Normal(pydl.tensor([0.0, float("nan")]), 1.0), "Expected parameter loc"),
    (lambda: D.Bernoulli(1.5), "Interval"),
    (lambda: D.Bernoulli(), "either probs or logits"),
    (lambda: D.Bernoulli(0.5, 0.5), "either probs or logits"),
    (lambda: D.Categorical(pydl.tensor([-1.0, 2.0])), "Simplex"),
    (lambda: D.Categorical(pydl.tensor(0.5)), "at least one-dimensional"),
    (lambda: D.Uniform(1.0, 0.0), "low below high"),
    (lambda: D.Dirichlet(pydl.tensor([1.0, -1.0])), "concentration"),
    (lambda: D.Dirichlet(pydl.tensor(1.0)), "at least one-dimensional"),
    (lambda: D.Geometric(0.0), "positive"),
    (lambda: D.Gamma("a", 1.0), "Number or Tensor"),
    (lambda: D.Independent(D.Normal(0.0, 1.0), 1), "reinterpreted_batch_ndims"),
    (lambda: D.MultivariateNormal(pydl.zeros(2), scale_tril=pydl.ones(2, 2)), "LowerCholesky"),
    (lambda: D.Normal(0.0, 1.0).log_prob(3.0), "must be a Tensor"),
    (lambda: D.Normal(0.0, 1.0).log_prob(pydl.tensor(float("nan"))), r"within the support \(Real\(\)\)"),
    (lambda: D.Normal(pydl.zeros(2), 1.0).log_prob(pydl.zeros(3)), "not broadcastable"),
    (lambda: D.Dirichlet(pydl.ones(2)).log_prob(pydl.ones(3)), "right-most size"),
    (lambda: D.Bernoulli(0.5).log_prob(pydl.tensor(0.5)), "Boolean"),
    (lambda: D.Categorical(pydl.ones(2)).log_prob(pydl.tensor(2)), "IntegerInterval"),
    (lambda: D.OneHotCategorical(pydl.ones(2)).log_prob(pydl.ones(2)), "OneHot"),
    (lambda: D.Poisson(1.0).log_prob(pydl.tensor(-1.0)), "NonnegativeInteger"),
    (lambda: D.Uniform(0.0, 1.0).log_prob(pydl.tensor(2.0)), "Interval"),
    (lambda: D.Exponential(1.0).log_prob(pydl.tensor(-1.0)), "GreaterThanEq"),
    (lambda: D.Distribution.set_default_validate_args(3), "True or False"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "text"), BAD, ids=range(len(BAD)))
def test_what_is_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_checks_can_be_turned_off():
    D.Normal(0.0, -1.0, validate_args=False).log_prob(pydl.tensor(float("nan")))
    D.Distribution.set_default_validate_args(False)
    try:
        D.Normal(0.0, -1.0)
    finally:
        D.Distribution.set_default_validate_args(True)
    with pytest.raises(ValueError):
        D.Normal(0.0, -1.0)


def test_what_is_not_there_says_so():
    with pytest.raises(NotImplementedError, match="no rsample"):
        D.Bernoulli(0.5).rsample()
    for what, arguments in (("cdf", (pydl.ones(1),)), ("icdf", (pydl.ones(1),)), ("enumerate_support", ())):
        with pytest.raises(NotImplementedError, match=what):
            getattr(D.Gamma(1.0, 1.0), what)(*arguments)
    with pytest.raises(NotImplementedError):
        D.RelaxedBernoulli(1.0, 0.5).mean  # noqa: B018


def test_independent():
    base = D.Normal(pydl.zeros(2, 3), pydl.ones(2, 3))
    d = D.Independent(base, 1)
    assert d.batch_shape == (2,) and d.event_shape == (3,) and d.has_rsample and d.support.event_dim == 1
    x = d.rsample((4,))
    np.testing.assert_allclose(d.log_prob(x).numpy(), base.log_prob(x).sum(-1).numpy(), rtol=1e-6)
    np.testing.assert_allclose(d.entropy().numpy(), base.entropy().sum(-1).numpy(), rtol=1e-6)
    assert d.expand((5, 2)).sample().shape == (5, 2, 3) and d.mean is base.mean and d.variance.shape == (2, 3)
    assert d.support.check(x).shape == (4, 2) and d.mode is base.mode
    assert repr(d) == "Independent(Normal(loc: (2, 3), scale: (2, 3)), 1)"
    assert D.Independent(base, 0).log_prob(x).shape == (4, 2, 3)


def test_repr_and_signatures():
    assert repr(D.Normal(0.0, 1.0)) == "Normal(loc: 0.0, scale: 1.0)"
    for name in [n for n, v in vars(D).items() if isinstance(v, type) and issubclass(v, D.Distribution)]:
        if torch is None:
            break
        mine, theirs = (list(inspect.signature(getattr(lib.distributions, name)).parameters) for lib in (pydl, torch))
        assert mine == theirs, name
    params = {"loc": pydl.zeros(2, 3), "scale": pydl.ones(2, 3)}
    assert repr(D.Normal(**params)) == "Normal(loc: (2, 3), scale: (2, 3))"
    assert repr(D.Bernoulli(logits=pydl.zeros(2))) == "Bernoulli(logits: (2,))"

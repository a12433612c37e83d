"""Gradient clipping and parameters as a vector."""

import math

import numpy as np
import pytest

import pydl
from pydl import nn


def test_clip_grad():
    ps = [nn.Parameter(pydl.zeros(2)) for _ in range(3)]
    ps[0].grad, ps[1].grad = pydl.tensor([3.0, 0.0]), pydl.tensor([0.0, -4.0])
    assert nn.utils.clip_grad_norm_(ps, 1.0).item() == 5.0
    np.testing.assert_allclose(ps[1].grad.numpy(), [0, -0.8], rtol=1e-5)
    assert nn.utils.clip_grad_norm_(ps, 9.0, norm_type=math.inf).item() == pytest.approx(0.8, rel=1e-5)
    assert nn.utils.clip_grad_norm_(ps, 9.0, norm_type=1).item() == pytest.approx(1.4, rel=1e-5)
    assert nn.utils.clip_grad_norm_(ps, 9.0, norm_type=3).item() == pytest.approx((0.6**3 + 0.8**3) ** (1 / 3), 1e-5)
    assert nn.utils.clip_grad_norm_([ps[2]], 1.0).item() == 0
    nn.utils.clip_grad_value_(ps, 0.5)
    np.testing.assert_allclose(ps[1].grad.numpy(), [0, -0.5])
    ps[0].grad = pydl.tensor([math.nan, 1.0])
    with pytest.raises(RuntimeError, match="total norm"):
        nn.utils.clip_grad_norm_(ps, 1.0, error_if_nonfinite=True)
    assert math.isnan(nn.utils.clip_grad_norm_(ps, 1.0).item()) and np.isnan(ps[1].grad.numpy()).all()


def test_parameters_as_a_vector():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.shape == (13,) and vector.requires_grad
    nn.utils.vector_to_parameters(pydl.arange(13).float(), net.parameters())
    assert net[0].bias.detach().tolist() == [6, 7, 8] and net[0].weight.shape == (3, 2)
    with pytest.raises(ValueError, match=r"expected a vector of shape \(13,\)"):
        nn.utils.vector_to_parameters(pydl.ones(12), net.parameters())


NORMS = [2.0, 1.0, 3.5, 0.0, math.inf, -math.inf, -1.0, 0.5]


def grads_of(library, dtype="float32", seed=0):
    """Parameters of several shapes with gradients, one without."""
    rng = np.random.default_rng(seed)
    params = [library.nn.Parameter(library.tensor(np.zeros(s, dtype=dtype))) for s in ((3, 4), (5,), (), (2,))]
    for p in params[:3]:
        p.grad = library.tensor(np.asarray(rng.standard_normal(tuple(p.shape)), dtype=dtype))
    return params


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("norm_type", NORMS)
@pytest.mark.parametrize("max_norm", [0.0, 0.5, 1000.0])
def test_clipping_as_torch(norm_type, max_norm, dtype):
    torch = pytest.importorskip("torch")
    ours, theirs = grads_of(pydl, dtype), grads_of(torch, dtype)
    norms = []
    for library, params in ((pydl, ours), (torch, theirs)):
        u = library.nn.utils
        first = u.get_total_norm([p.grad for p in params[:3]], norm_type)
        norms.append([first.item(), u.clip_grad_norm_(params, max_norm, norm_type).item()])
        assert str(first.dtype).endswith(dtype)
    rtol = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(*norms, rtol=rtol)
    for p, q in zip(ours[:3], theirs[:3], strict=True):
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=rtol)
    assert ours[3].grad is None


def test_clipping_in_two_steps():
    a, b = grads_of(pydl), grads_of(pydl)
    total = nn.utils.get_total_norm(p.grad for p in a[:3])
    nn.utils.clip_grads_with_norm_(iter(a), 0.5, total)
    nn.utils.clip_grad_norm_(iter(b), 0.5, foreach=True)
    for p, q in zip(a[:3], b[:3], strict=True):
        assert np.array_equal(p.grad.numpy(), q.grad.numpy())
    nn.utils.clip_grads_with_norm_(a[1], 0.1, nn.utils.get_total_norm(a[1].grad))
    assert nn.utils.get_total_norm(a[1].grad).item() == pytest.approx(0.1, rel=1e-4)
    with pytest.warns(FutureWarning, match="clip_grad_norm_"):
        assert nn.utils.clip_grad_norm(b, 100.0).item() == pytest.approx(0.5, rel=1e-4)
    with pytest.warns(UserWarning, match="empty generator"):
        assert nn.utils.clip_grad_norm_((p for p in ()), 1.0).item() == 0
    assert nn.utils.get_total_norm([]).item() == 0
    assert nn.utils.clip_grad_norm_([], 1.0).item() == 0


def test_norms_that_are_not_finite():
    for value in (math.nan, math.inf):
        params = grads_of(pydl)
        params[1].grad[2] = value
        for p in (2.0, 1.0, math.inf):
            assert not math.isfinite(nn.utils.get_total_norm([q.grad for q in params[:3]], p).item())
            with pytest.raises(RuntimeError, match="non-finite"):
                nn.utils.get_total_norm([q.grad for q in params[:3]], p, error_if_nonfinite=True)
        before = params[0].grad.numpy().copy()
        with pytest.raises(RuntimeError, match="non-finite"):
            nn.utils.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
        assert np.array_equal(params[0].grad.numpy(), before)

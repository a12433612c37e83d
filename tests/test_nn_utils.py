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


def trained(bn, affine=True):
    """Batch normalisation with statistics that show."""
    rng = np.random.default_rng(4)
    tensors = [bn.running_mean, bn.running_var] + ([bn.weight, bn.bias] if affine else [])
    for x in tensors:
        x.detach().copy_(pydl.tensor(rng.uniform(0.5, 2, x.shape).astype("float32")))
    return bn.eval()


FUSED = [
    (nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), (2, 3, 6, 6), False),
    (nn.Conv2d(4, 4, 3, groups=2, bias=False), nn.BatchNorm2d(4), (2, 4, 6, 6), False),
    (nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4, affine=False), (2, 3, 6), False),
    (nn.ConvTranspose2d(3, 4, 3), nn.BatchNorm2d(4), (2, 3, 6, 6), True),
]


@pytest.mark.parametrize(("conv", "bn", "shape", "transpose"), FUSED)
def test_a_fused_convolution_does_both(conv, bn, shape, transpose):
    conv.eval()
    trained(bn, bn.affine)
    conv.weight.requires_grad_(False)
    fused = nn.utils.fuse_conv_bn_eval(conv, bn, transpose)
    x = pydl.randn(*shape)
    np.testing.assert_allclose(fused(x).detach().numpy(), bn(conv(x)).detach().numpy(), rtol=1e-4, atol=1e-5)
    assert not fused.weight.requires_grad and fused.bias.requires_grad == (conv.bias is not None)
    conv.weight.requires_grad_(True)


@pytest.mark.parametrize("features", [5, 1])
def test_a_fused_linear_layer_does_both(features):
    linear, bn = nn.Linear(3, 5).eval(), trained(nn.BatchNorm1d(features))
    fused = nn.utils.fuse_linear_bn_eval(linear, bn)
    x = pydl.randn(4, 3)
    y = linear(x)
    want = bn(y) if features == 5 else bn(y.reshape(-1, 1)).reshape(4, 5)
    np.testing.assert_allclose(fused(x).detach().numpy(), want.detach().numpy(), rtol=1e-4, atol=1e-5)


def test_what_cannot_be_fused():
    linear, bn = nn.Linear(3, 5).eval(), nn.BatchNorm1d(5)
    with pytest.raises(AssertionError, match="only for eval"):
        nn.utils.fuse_linear_bn_eval(linear, bn)
    with pytest.raises(AssertionError, match="must not be None"):
        nn.utils.fuse_conv_bn_eval(nn.Conv2d(1, 1, 1).eval(), nn.BatchNorm2d(1, track_running_stats=False).eval())
    with pytest.raises(AssertionError, match=r"linear.out_features=5 and bn.num_features=4"):
        nn.utils.fuse_linear_bn_eval(linear, nn.BatchNorm1d(4).eval())
    with pytest.raises(ValueError):
        nn.utils.fuse_conv_bn_eval(nn.Conv2d(1, 2, 1).eval(), nn.BatchNorm2d(3).eval())


def test_skip_init_makes_the_module():
    layer = nn.utils.skip_init(nn.Linear, 2, 3, bias=False)
    assert layer.weight.shape == (3, 2) and layer.bias is None


def test_everything_of_torch_is_there():
    torch = pytest.importorskip("torch")
    missing = {n for n in torch.nn.utils.__all__ if not hasattr(nn.utils, n)}
    # pydl's tensors have no memory formats.
    assert missing == {"convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"}

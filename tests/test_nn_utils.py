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

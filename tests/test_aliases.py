"""PyTorch's second names are the ops themselves, as functions and as methods; and what is not a row's kind of thing."""

from __future__ import annotations

import numpy as np
import pytest
from rows.aliases import ALIASES

import pydl


@pytest.mark.parametrize(("second", "first"), ALIASES.items(), ids=list(ALIASES))
def test_second_names(second: str, first: str) -> None:
    op = getattr(pydl.ops, first)
    assert getattr(pydl.ops, second) is op
    assert getattr(pydl, second) is op
    if first in pydl.Tensor.__dict__ and first != "real":
        assert pydl.Tensor.__dict__[second] is op


def test_atan2_at_the_origin() -> None:
    """The angle of the origin has no direction; its gradients are 0 there, as in PyTorch, and so are the next ones."""
    y, x = (pydl.zeros(2, dtype=pydl.float64, requires_grad=True) for _ in range(2))
    dy, dx = pydl.autograd.grad(pydl.atan2(y, x).sum(), (y, x), create_graph=True)
    assert dy.tolist() == [0.0, 0.0] and dx.tolist() == [0.0, 0.0]
    for second in pydl.autograd.grad((dy + dx).sum(), (y, x)):
        assert second.tolist() == [0.0, 0.0]


def test_sinc_at_zero() -> None:
    """sinc''(0) = -pi^2 / 3, though the quotient has no value there."""
    x = pydl.zeros(1, dtype=pydl.float64, requires_grad=True)
    (first,) = pydl.autograd.grad(x.sinc().sum(), x, create_graph=True)
    (second,) = pydl.autograd.grad(first.sum(), x)
    assert first.item() == 0.0
    assert second.item() == pytest.approx(-(3.141592653589793**2) / 3, rel=1e-14)


def test_logit_at_the_ends() -> None:
    x = pydl.tensor([0.0, 1.0, 0.5, -1.5, float("nan")], requires_grad=True)
    (g,) = pydl.autograd.grad(x.logit().sum(), x)
    assert str(g.tolist()) == "[inf, inf, 4.0, nan, nan]"
    (g,) = pydl.autograd.grad(x.logit(0.1).sum(), x)
    assert str(g.tolist()) == "[0.0, 0.0, 4.0, 0.0, 0.0]"


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_the_next_half_number(name: str) -> None:
    torch = pytest.importorskip("torch")
    inf, nan = float("inf"), float("nan")
    values = [0.0, -0.0, 1.0, -1.0, 1e-7, 6e4, -6e4, inf, -inf, nan, 1.5, 2.0]
    ours, theirs = (m.tensor(values, dtype=getattr(m, name)) for m in (pydl, torch))
    mine = pydl.nextafter(ours.reshape(-1, 1), ours).float().numpy()
    np.testing.assert_array_equal(mine, torch.nextafter(theirs.reshape(-1, 1), theirs).float().numpy())


def test_logaddexp_of_infinities() -> None:
    inf = float("inf")
    x, y = pydl.tensor([inf, -inf, inf, -inf]), pydl.tensor([inf, -inf, -inf, 1.0])
    assert pydl.logaddexp(x, y).tolist() == [inf, -inf, inf, 1.0]
    assert pydl.logaddexp2(x, y).tolist() == [inf, -inf, inf, 1.0]
    a, b = pydl.tensor([inf, 200.0], requires_grad=True), pydl.tensor([1.0, -200.0], requires_grad=True)
    da, db = pydl.autograd.grad(pydl.logaddexp(a, b).sum(), (a, b), create_graph=True)
    assert da.tolist() == [1.0, 1.0] and db.tolist() == [0.0, 0.0]
    (second,) = pydl.autograd.grad(da[1], a)
    assert second.tolist() == [0.0, 0.0]


def test_special_functions() -> None:
    """The names of torch.special mean what they mean there."""
    torch = pytest.importorskip("torch")
    x = np.linspace(0.1, 0.9, 5)
    for name in pydl.special.__all__:
        mine, theirs = pydl.from_numpy(x), torch.from_numpy(x)
        calls = {
            "polygamma": lambda f, a: f(1, a),
            "xlogy": lambda f, a: f(a, a),
            "log_softmax": lambda f, a: f(a, 0),
            "softmax": lambda f, a: f(a, 0),
            "logsumexp": lambda f, a: f(a, 0),
            "multigammaln": lambda f, a: f(a + 2, 2),
        }
        call = calls.get(name, lambda f, a: f(a))
        result = call(getattr(pydl.special, name), mine).numpy()
        # PyTorch's trigamma is right to 1e-9.
        np.testing.assert_allclose(result, call(getattr(torch.special, name), theirs).numpy(), rtol=1e-8, err_msg=name)


def test_scalars_count_less() -> None:
    """A scalar beside tensors is a number: of a higher kind it counts, of a wider dtype it does not."""
    one = pydl.tensor(1.0, dtype=pydl.float64)
    assert pydl.block_diag(one, pydl.ones(1, 2)).dtype is pydl.float32
    assert pydl.block_diag(one, pydl.tensor([1])).dtype is pydl.float64
    assert pydl.block_diag(one).dtype is pydl.float64
    assert pydl.inner(pydl.tensor(2), pydl.ones(2)).tolist() == [2.0, 2.0]


def test_polygamma_beyond_the_first() -> None:
    """By the reflection formula and the values at 1: psi_2(1) = -2 zeta(3), psi_3(1) = pi^4 / 15."""
    x = pydl.tensor([1.0, 0.0, -1.0, float("inf")], dtype=pydl.float64)
    two, three = pydl.polygamma(2, x), pydl.polygamma(3, x)
    assert two[0].item() == pytest.approx(-2 * 1.2020569031595943, rel=1e-14)
    assert three[0].item() == pytest.approx(3.141592653589793**4 / 15, rel=1e-14)
    assert two[1:].tolist() == [-float("inf"), -float("inf"), -0.0]
    # psi_2(1 - x) - psi_2(x) = pi d^2/dx^2 cot(pi x) = 2 pi^3 cot(pi x) / sin(pi x)^2
    z = pydl.tensor([-1000.3, -5.25, 0.25], dtype=pydl.float64)
    angle = z * 3.141592653589793
    expected = 2 * 3.141592653589793**3 * angle.cos() / angle.sin() ** 3
    assert pydl.allclose(pydl.polygamma(2, 1 - z) - pydl.polygamma(2, z), expected, rtol=1e-9)

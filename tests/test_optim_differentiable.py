"""Steps that backward goes through."""

import copy

import numpy as np
import pytest
from optimizers import CASES, gradients, run, start

import pydl
from pydl import nn, optim

SHAPES = [(3, 2), (4,)]


def values(seed, dtype="float64"):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.standard_normal(s) + 0.1, dtype=dtype) for s in SHAPES]


def unrolled(library, name, settings, steps, rate=None, by=0.0):
    """The loss after some steps, and its gradients by the first parameters, a factor of the gradients and the rate;
    all of them moved by so much first."""
    first = [library.tensor(x + by).requires_grad_() for x in values(1)]
    factor = library.tensor(1.5 + by, dtype=library.float64).requires_grad_()
    params = [x.clone() for x in first]
    lr = None if rate is None else library.tensor(rate + by, dtype=library.float64).requires_grad_()
    more = {} if lr is None else {"lr": lr}
    optimizer = getattr(library.optim, name)(params, **{**settings, **more}, differentiable=True)
    for step in range(steps):
        for p, g in zip(params, values(10 + step), strict=True):
            p.grad = library.tensor(g) * factor + 0.1 * p.clone()
        optimizer.step()
    loss = sum((p * p * p).sum() for p in params)
    wanted = [*first, factor] + ([] if lr is None else [lr])
    return [loss, *library.autograd.grad(loss, wanted, allow_unused=True)]


# PyTorch forgets the history of the first momentum.
FORGETS = [c for c in CASES if c[0] == "SGD" and "momentum" in c[1]]


@pytest.mark.parametrize(("name", "settings"), [c for c in CASES if c not in FORGETS])
def test_gradients_through_a_step_as_torch(name, settings):
    """One step: PyTorch's own in-place writes break its graph of several."""
    torch = pytest.importorskip("torch")
    ours, theirs = unrolled(pydl, name, settings, 1), unrolled(torch, name, settings, 1)
    for a, b in zip(ours, theirs, strict=True):
        want = 0.0 if b is None else b.detach().numpy()
        # PyTorch takes its powers of the betas in float32 here.
        rtol = 1e-5 if "Ada" in name or "dam" in name else 1e-9
        np.testing.assert_allclose(0.0 if a is None else a.detach().numpy(), want, rtol=rtol, atol=1e-9)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_gradients_through_several_steps(name, settings):
    """Against finite differences, along a direction."""
    loss, *grads = unrolled(pydl, name, settings, 4)
    above, below = (unrolled(pydl, name, settings, 4, by=h)[0].item() for h in (1e-6, -1e-6))
    slope = sum(g.sum().item() for g in grads if g is not None)
    assert slope == pytest.approx((above - below) / 2e-6, rel=2e-5, abs=1e-6)
    assert loss.requires_grad and slope != 0


@pytest.mark.parametrize("name", ["SGD", "Adam", "Adagrad", "RMSprop"])
def test_the_gradient_of_the_rate(name):
    """Against finite differences."""
    loss, *_, slope = unrolled(pydl, name, {}, 3, rate=0.1)
    above, below = (unrolled(pydl, name, {}, 3, rate=r)[0].item() for r in (0.1 + 1e-6, 0.1 - 1e-6))
    assert slope.item() == pytest.approx((above - below) / 2e-6, rel=1e-5, abs=1e-7)
    assert loss.requires_grad


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "settings"), CASES)
def test_recorded_steps_are_those_of_the_kernel(name, settings, dtype):
    params, optimizer = run(name, settings, dtype, steps=20)
    # Its tensors are leaves, which take no recorded write: views of them do.
    others = [pydl.tensor(x).requires_grad_().clone() for x in start(dtype)]
    recorded = getattr(optim, name)(others, **settings, differentiable=True)
    for step, grads in enumerate(gradients(20)):
        for i, (p, g) in enumerate(zip(others, grads, strict=True)):
            p.grad = None if i == 4 and (step < 5 or step % 3 == 0) else pydl.tensor(np.asarray(g, dtype=dtype))
        recorded.step()
    rtol = 1e-10 if dtype == "float64" else 2e-4 if settings.get("centered") else 1e-5
    for p, q in zip(params, others, strict=True):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=rtol, atol=rtol)
        assert q.grad_fn is not None
    mine, want = recorded.state_dict()["state"], optimizer.state_dict()["state"]
    assert {k: set(v) for k, v in mine.items()} == {k: set(v) for k, v in want.items()}


def test_what_is_no_leaf_needs_a_differentiable_step():
    x = pydl.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="non-leaf"):
        optim.SGD([x * 1], lr=0.1)
    p = nn.Parameter(pydl.ones(2))
    p.grad = pydl.ones(2)
    with pytest.raises(RuntimeError, match="leaf"):
        optim.SGD([p], lr=0.1, differentiable=True).step()
    with pydl.no_grad():  # as in PyTorch the option wins
        y = x * 1
    y = (x * 1).clone()
    y.grad = pydl.ones(2)
    optimizer = optim.SGD([y], lr=0.1, differentiable=True)
    with pydl.no_grad():
        optimizer.step()
    assert y.grad_fn is not None
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]
    assert copy.deepcopy(optimizer.param_groups[0]["lr"]) == 0.1

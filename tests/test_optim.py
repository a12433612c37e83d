"""Optimizers: their formulas, groups, errors."""

import math

import numpy as np
import pytest
from optimizers import CASES, gradients, run, start

import pydl
from pydl import nn, optim


def reference(name, settings, x, grads):
    """The published rules in numpy, float64; grads holds None for a step without one."""
    s = {"lr": 1e-2, "weight_decay": 0.0, "maximize": False, **settings}
    p = x.astype(np.float64)
    n, a, b, c = 0, 0.0, 0.0, 0.0
    for g in grads:
        if g is None:
            continue
        n += 1
        g = -g if s["maximize"] else g
        if name != "AdamW":
            g = g + s["weight_decay"] * p
        if name == "SGD":
            momentum = s.get("momentum", 0)
            if momentum:
                a = g if n == 1 else momentum * a + (1 - s.get("dampening", 0)) * g
                g = g + momentum * a if s.get("nesterov") else a
            p = p - s["lr"] * g
        elif name == "Adagrad":
            a = (s.get("initial_accumulator_value", 0) if n == 1 else a) + g * g
            p = p - s["lr"] / (1 + (n - 1) * s.get("lr_decay", 0)) * g / (np.sqrt(a) + s.get("eps", 1e-10))
        elif name == "Adadelta":
            rho, eps = s.get("rho", 0.9), s.get("eps", 1e-6)
            a = rho * a + (1 - rho) * g * g
            d = g * np.sqrt(b + eps) / np.sqrt(a + eps)
            b = rho * b + (1 - rho) * d * d
            p = p - settings.get("lr", 1.0) * d
        elif name == "RMSprop":
            alpha = s.get("alpha", 0.99)
            a = alpha * a + (1 - alpha) * g * g
            c = alpha * c + (1 - alpha) * g
            v = a - c * c if s.get("centered") else a
            d = g / (np.sqrt(v) + s.get("eps", 1e-8))
            b = s.get("momentum", 0) * b + d
            p = p - s["lr"] * b
        elif name == "ASGD":
            lambd, alpha = s.get("lambd", 1e-4), s.get("alpha", 0.75)
            eta = float(np.float32(s["lr"] / (1 + lambd * s["lr"] * (n - 1)) ** alpha))  # as PyTorch keeps it
            p = p - eta * (g + lambd * p)
        elif name == "Rprop":
            (down, up), (low, high) = s.get("etas", (0.5, 1.2)), s.get("step_sizes", (1e-6, 50))
            b = s["lr"] if n == 1 else b
            b = np.clip(b * np.select([g * a > 0, g * a < 0], [up, down], 1.0), low, high)
            g = np.where(g * a < 0, 0.0, g)
            p, a = p - np.sign(g) * b, g
        elif name in ("Adamax", "NAdam", "RAdam"):
            lr, (beta1, beta2) = settings.get("lr", 1e-3 if name == "RAdam" else 2e-3), s.get("betas", (0.9, 0.999))
            eps = s.get("eps", 1e-8)
            if s.get("decoupled_weight_decay"):
                g = g - s["weight_decay"] * p
                p = p * (1 - lr * s["weight_decay"])
            a = beta1 * a + (1 - beta1) * g
            if name == "Adamax":
                b = np.maximum(beta2 * b, abs(g) + eps)
                p = p - lr / (1 - beta1**n) * a / b
                continue
            b = beta2 * b + (1 - beta2) * g * g
            if name == "NAdam":
                now, after = (beta1 * (1 - 0.5 * 0.96 ** (k * s.get("momentum_decay", 4e-3))) for k in (n, n + 1))
                c = float(np.float32(now) * np.float32(1 if n == 1 else c))  # as PyTorch keeps it
                d = np.sqrt(b / (1 - beta2**n)) + eps
                p = p - lr * ((1 - now) / (1 - c) * g + after / (1 - c * after) * a) / d
            else:
                most = 2 / (1 - beta2) - 1
                length = most - 2 * n * beta2**n / (1 - beta2**n)
                d = 1.0
                if length > 5:
                    rect = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
                    d = np.sqrt(rect * (1 - beta2**n)) / (np.sqrt(b) + eps)
                p = p - lr / (1 - beta1**n) * a * d
        else:
            lr, (beta1, beta2) = settings.get("lr", 1e-3), s.get("betas", (0.9, 0.999))
            if name == "AdamW":
                p = p * (1 - lr * settings.get("weight_decay", 1e-2))
            a = beta1 * a + (1 - beta1) * g
            b = beta2 * b + (1 - beta2) * g * g
            c = np.maximum(c, b) if s.get("amsgrad") else b
            p = p - lr / (1 - beta1**n) * a / (np.sqrt(c / (1 - beta2**n)) + s.get("eps", 1e-8))
    return p


@pytest.mark.parametrize(("name", "settings"), CASES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_fifty_steps_follow_the_formula(name, settings, dtype):
    params, _ = run(name, settings, dtype)
    all_grads = gradients(50)
    for i, (p, x) in enumerate(zip(params, start(dtype), strict=True)):
        grads = [
            None if i == 4 and (step < 5 or step % 3 == 0) else np.asarray(g[i], dtype).astype(np.float64)
            for step, g in enumerate(all_grads)
        ]
        want = reference(name, settings, x, grads)
        rtol = 1e-10 if dtype == "float64" else 5e-4 if settings.get("centered") else 2e-5
        np.testing.assert_allclose(p.detach().numpy(), want, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(("name", "settings"), CASES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_fifty_steps_as_torch(name, settings, dtype):
    torch = pytest.importorskip("torch")
    params, optimizer = run(name, settings, dtype)
    others = [torch.nn.Parameter(torch.tensor(x)) for x in start(dtype)]
    theirs = getattr(torch.optim, name)(others, **settings)
    for step, grads in enumerate(gradients(50)):
        for i, (p, g) in enumerate(zip(others, grads, strict=True)):
            p.grad = None if i == 4 and (step < 5 or step % 3 == 0) else torch.tensor(np.asarray(g, dtype=dtype))
        theirs.step()
    rtol = 1e-10 if dtype == "float64" else 2e-6
    # A square taken from a nearly equal one: float32 keeps few digits of the difference.
    rtol = 2e-4 if settings.get("centered") and dtype == "float32" else rtol
    for p, q in zip(params, others, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=rtol, atol=rtol)
    ours, want = optimizer.state_dict(), theirs.state_dict()
    assert ours["param_groups"][0].keys() == want["param_groups"][0].keys()
    assert ours["state"].keys() == want["state"].keys()
    for i, values in want["state"].items():
        assert ours["state"][i].keys() == values.keys()
        for key, value in values.items():
            mine = ours["state"][i][key]
            assert tuple(mine.shape) == tuple(value.shape) and mine.dtype.name == str(value.dtype)[6:]


def test_any_layout_and_dtype():
    base = pydl.tensor(np.arange(12.0).reshape(3, 4))
    plain = nn.Parameter(base.t().contiguous())
    turned = nn.Parameter(base.clone().t())
    narrow = nn.Parameter(base.clone().t().bfloat16())
    assert not turned.is_contiguous()
    for p in (plain, turned, narrow):
        p.grad = (pydl.ones(3, 4) * 0.5).double().t().to(p.dtype)
    for make in (lambda ps: optim.Adam(ps, lr=0.5), lambda ps: optim.SGD(ps, lr=0.5, momentum=0.9)):
        optimizer = make([plain, turned, narrow])
        optimizer.step()
        optimizer.step()
        assert np.array_equal(plain.detach().numpy(), turned.detach().numpy())
        assert narrow.dtype is pydl.bfloat16
        np.testing.assert_allclose(narrow.detach().float().numpy(), plain.detach().numpy(), rtol=0.02, atol=0.02)


def test_groups_and_late_groups():
    a, b, c = (nn.Parameter(pydl.ones(1)) for _ in range(3))
    optimizer = optim.SGD([{"params": a}, {"params": [b], "lr": 1.0}], lr=0.1)
    optimizer.add_param_group({"params": [c], "lr": 10.0})
    for p in (a, b, c):
        p.grad = pydl.ones(1)
    optimizer.step()
    assert np.allclose([p.item() for p in (a, b, c)], [0.9, 0.0, -9.0])
    assert [g["lr"] for g in optimizer.state_dict()["param_groups"]] == [0.1, 1.0, 10.0]
    assert optimizer.state_dict()["param_groups"][2]["params"] == [2]
    optimizer.zero_grad(set_to_none=False)
    assert a.grad.item() == 0
    optimizer.zero_grad()
    assert a.grad is None
    named = optim.SGD([("first", a), ("second", b)], lr=0.1)
    assert named.param_groups[0]["param_names"] == ["first", "second"]


def test_closure_hooks_and_repr():
    p = nn.Parameter(pydl.tensor([3.0]))
    optimizer, calls = optim.SGD([p], lr=0.5), []
    optimizer.register_step_pre_hook(lambda o, a, k: calls.append("pre"))
    handle = optimizer.register_step_post_hook(lambda o, a, k: calls.append("post"))

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with pydl.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 9.0 and p.item() == 0.0 and calls == ["pre", "post"]
    calls.clear()
    handle.remove()
    assert repr(optimizer).startswith("SGD (\nParameter Group 0\n    dampening: 0\n")


def test_a_step_is_noticed_by_backward():
    w = nn.Parameter(pydl.ones(2))
    y = (w * w).sum()
    w.grad = pydl.ones(2)
    optimizer = optim.SGD([w], lr=0.1)
    optimizer.step()
    with pytest.raises(RuntimeError, match=r"modified in place .* written by the optimizer's step at .*test_optim\.py"):
        y.backward()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: optim.SGD([], lr=0.1), "empty parameter list"),
        (lambda p: optim.SGD([p], lr=-1.0), "Invalid learning rate: -1.0"),
        (lambda p: optim.SGD([p], lr=math.nan), "Invalid learning rate"),
        (lambda p: optim.SGD([p], momentum=-1.0), "Invalid momentum value"),
        (lambda p: optim.SGD([p], nesterov=True), "Nesterov momentum requires"),
        (lambda p: optim.SGD([p * 2]), "non-leaf"),
        (lambda p: optim.SGD([{"params": [p]}, {"params": [p]}]), "more than one parameter group"),
        (lambda p: optim.SGD([{"params": [p], "lr": -2.0}]), "Invalid learning rate: -2.0"),
        (lambda p: optim.Adam([p], betas=(1.0, 0.9)), "Invalid beta parameter at index 0: 1.0"),
        (lambda p: optim.Adam([p], eps=-1.0), "Invalid epsilon value"),
        (lambda p: optim.Adadelta([p], rho=1.5), "Invalid rho value"),
        (lambda p: optim.Adagrad([p], lr_decay=-1.0), "Invalid lr_decay value"),
        (lambda p: optim.RMSprop([p], alpha=-1.0), "Invalid alpha value"),
        (lambda p: optim.SGD([("a", p), nn.Parameter(pydl.ones(1))]), "Some param names are missing"),
        (lambda p: optim.SGD([{"params": [("a", p)]}, {"params": [nn.Parameter(pydl.ones(1))]}]), "without names"),
        (lambda p: optim.Adamax([p], betas=(0.9, 1.0)), "Invalid beta parameter at index 1: 1.0"),
        (lambda p: optim.NAdam([p], momentum_decay=-1.0), "Invalid momentum_decay value: -1.0"),
        (lambda p: optim.RAdam([p], weight_decay=-1.0), "Invalid weight_decay value: -1.0"),
        (lambda p: optim.ASGD([p], lr=-1.0), "Invalid learning rate: -1.0"),
        (lambda p: optim.Rprop([p], etas=(0.5, 0.9)), "Invalid eta values: 0.5, 0.9"),
        (lambda p: optim.Adafactor([p], beta2_decay=0.1), "beta2_decay should be <= 0 but is: 0.1"),
        (lambda p: optim.Adafactor([p], d=0.5), "threshold d should be >= 1 but is: 0.5"),
        (lambda p: optim.Adafactor([p], eps=(-1.0, 0.1)), "epsilon1 should be >= 0 but is: -1.0"),
        (lambda p: optim.LBFGS([p], line_search_fn="armijo"), "'strong_wolfe', got 'armijo'"),
        (lambda p: optim.LBFGS([{"params": p}, {"params": []}]), "parameter groups"),
        (lambda p: optim.Muon([p]), "Muon only supports 2D parameters"),
    ],
)
def test_settings_that_make_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make(nn.Parameter(pydl.ones(1)))


def test_arguments_of_the_wrong_kind():
    p = nn.Parameter(pydl.ones(1))
    for wrong in (p, [3.0], [{"params": {p}}]):
        with pytest.raises(TypeError):
            optim.SGD(wrong, lr=0.1)
    with pytest.warns(UserWarning, match="duplicate"):
        optim.SGD([p, p], lr=0.1)


def test_a_gradient_of_another_shape_changes_nothing():
    p, q = nn.Parameter(pydl.ones(2)), nn.Parameter(pydl.ones(2))
    optimizer = optim.Adam([p, q])
    p.grad, q.grad = pydl.ones(2), pydl.ones(2)
    with pytest.raises(ValueError, match=r"grad: expected a gradient of shape \(2,\), got \(3,\)"):
        q.grad = pydl.ones(3)
    q.data = pydl.ones(3)
    with pytest.raises(ValueError, match=r"parameter 1 has shape \(3,\), its gradient \(2,\)"):
        optimizer.step()
    assert p.detach().tolist() == [1, 1]
    q.grad = pydl.ones(3)
    optimizer.step()
    assert optimizer.state[p]["step"].item() == 1


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        ({}, "'param_groups', got \\[\\]"),
        (3, "'param_groups', got int"),
        ({"param_groups": [{"params": [0]}]}, "'state', got"),
        ({"param_groups": [{}], "state": {}}, "'params', got"),
    ],
)
def test_a_state_without_its_parts_is_refused(state, missing):
    optimizer = optim.SGD([nn.Parameter(pydl.ones(2))])
    with pytest.raises(pydl.StateError, match=rf"load_state_dict: expected a .* of an optimizer, with {missing}"):
        optimizer.load_state_dict(state)


def test_state_of_another_optimizer_is_refused():
    p, q = nn.Parameter(pydl.ones(2)), nn.Parameter(pydl.ones(2))
    one, two = optim.SGD([p]), optim.SGD([p, q])
    with pytest.raises(ValueError, match="doesn't match the size"):
        two.load_state_dict(one.state_dict())
    two = optim.SGD([{"params": [p]}, {"params": [q]}])
    with pytest.raises(ValueError, match="different number of parameter groups"):
        two.load_state_dict(one.state_dict())


def test_training_learns():
    pydl.manual_seed(0)
    x = pydl.randn(64, 3)
    y = x @ pydl.tensor([[1.0], [-2.0], [0.5]])
    net = nn.Linear(3, 1)
    optimizer = optim.Adam(net.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        d = net(x) - y
        loss = (d * d).sum()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-2

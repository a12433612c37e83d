"""Optimizers: their formulas, groups, state, errors; schedules; gradient clipping."""

import math
import warnings

import numpy as np
import pytest

import pydl
from pydl import nn, optim

RULES = {
    "SGD": [
        {"lr": 0.1},
        {"lr": 0.1, "weight_decay": 0.01, "maximize": True},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True},
    ],
    "Adagrad": [
        {},
        {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.01, "initial_accumulator_value": 0.1, "eps": 1e-6},
        {"maximize": True},
    ],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.01, "maximize": True}],
    "RMSprop": [
        {},
        {"lr": 0.02, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.01},
        {"centered": True},
        {"centered": True, "momentum": 0.9, "maximize": True, "eps": 1e-5},
    ],
    "Adam": [
        {},
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1},
        {"amsgrad": True},
        {"amsgrad": True, "maximize": True, "weight_decay": 0.01},
    ],
    "AdamW": [{}, {"lr": 0.05, "weight_decay": 0.2, "amsgrad": True}, {"maximize": True}],
}
CASES = [(name, settings) for name, several in RULES.items() for settings in several]
SHAPES = [(3, 5), (17,), (), (2, 0), (64,)]


def gradients(steps, seed=0):
    rng = np.random.default_rng(seed)
    scale = np.array([1.0, 100.0, 0.01, 1.0, 1.0])
    return [[np.asarray(rng.standard_normal(s) * scale[i]) for i, s in enumerate(SHAPES)] for _ in range(steps)]


def start(dtype, seed=1):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.standard_normal(s), dtype=dtype) for s in SHAPES]


def run(name, settings, dtype, steps=50, made=None):
    params = [nn.Parameter(pydl.tensor(x)) for x in start(dtype)]
    optimizer = getattr(optim, name)(params, **settings)
    for step, grads in enumerate(gradients(steps)):
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            # The last parameter gets its first gradient late, and not always.
            p.grad = None if i == 4 and (step < 5 or step % 3 == 0) else pydl.tensor(np.asarray(g, dtype=dtype))
        optimizer.step()
    return params, optimizer


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


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_a_loaded_state_goes_on_to_the_same_bits(name, settings, tmp_path):
    params, optimizer = run(name, settings, "float32", steps=7)
    pydl.save(optimizer.state_dict(), tmp_path / "o")
    copies = [nn.Parameter(p.detach().clone()) for p in params]
    other = getattr(optim, name)(copies, lr=123.0)
    other.load_state_dict(pydl.load(tmp_path / "o"))
    assert other.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
    for grads in gradients(5, seed=3):
        for p, q, g in zip(params, copies, grads, strict=True):
            p.grad, q.grad = pydl.tensor(g).float(), pydl.tensor(g).float()
        optimizer.step()
        other.step()
    for p, q in zip(params, copies, strict=True):
        assert np.array_equal(p.detach().numpy(), q.detach().numpy())


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


SCHEDULES = [
    ("StepLR", {"step_size": 3, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [2, 5, 5], "gamma": 0.5}),
    ("ConstantLR", {"factor": 0.5, "total_iters": 4}),
    ("LinearLR", {"start_factor": 0.25, "total_iters": 6}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 5, "eta_min": 0.01}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + epoch)}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 20}),
    ("OneCycleLR", {"max_lr": 0.5, "epochs": 2, "steps_per_epoch": 10, "three_phase": True}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 20, "anneal_strategy": "linear", "base_momentum": 0.8}),
]


@pytest.mark.parametrize(("name", "settings"), SCHEDULES)
def test_schedules_as_torch(name, settings):
    torch = pytest.importorskip("torch")
    ours = optim.SGD([nn.Parameter(pydl.ones(1))], lr=0.2, momentum=0.9)
    theirs = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.2, momentum=0.9)
    a = getattr(optim.lr_scheduler, name)(ours, **settings)
    b = getattr(torch.optim.lr_scheduler, name)(theirs, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(19):
            np.testing.assert_allclose(a.get_last_lr(), b.get_last_lr(), rtol=1e-12)
            assert ours.param_groups[0]["momentum"] == pytest.approx(theirs.param_groups[0]["momentum"], rel=1e-12)
            theirs.step()
            a.step()
            b.step()


@pytest.mark.parametrize(("name", "settings"), SCHEDULES)
def test_schedules_go_on_from_a_state(name, settings):
    def make():
        optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=0.2, momentum=0.9)
        return optimizer, getattr(optim.lr_scheduler, name)(optimizer, **settings)

    (o, a), (other, b) = make(), make()
    for _ in range(4):
        a.step()
    b.load_state_dict(a.state_dict())
    other.load_state_dict(o.state_dict())
    for _ in range(4):
        a.step()
        b.step()
        assert a.get_last_lr() == b.get_last_lr()


def test_step_and_cosine_values():
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=1.0)
    schedule = optim.lr_scheduler.StepLR(optimizer, 2)
    rates = []
    for _ in range(5):
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    np.testing.assert_allclose(rates, [1, 1, 0.1, 0.1, 0.01])
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=1.0)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    for epoch in range(21):
        assert optimizer.param_groups[0]["lr"] == pytest.approx((1 + math.cos(math.pi * epoch / 10)) / 2, abs=1e-12)
        schedule.step()


def test_reduce_on_plateau():
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=1.0)
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5, min_lr=0.2, cooldown=1)
    rates = []
    for measure in [3, 2, 2, 2, 2, 2, 2, 2, 2, 2, pydl.tensor(1.0)]:
        schedule.step(measure)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2]
    for wrong in ({"factor": 1.0}, {"mode": "up"}, {"threshold_mode": "x"}):
        with pytest.raises(ValueError):
            optim.lr_scheduler.ReduceLROnPlateau(optimizer, **wrong)


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

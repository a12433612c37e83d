"""Optimizers: their state, copies, hooks, and what PyTorch takes."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from optimizers import CASES, RULES, gradients, run, start

import pydl
from pydl import _C, nn, optim


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


class Halving(optim.Optimizer):
    """An optimizer as a user writes one."""

    def __init__(self, params, rate=optim.optimizer.required):
        super().__init__(params, {"rate": rate})

    def step(self, closure=None):
        with pydl.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.mul_(group["rate"])


class Quartering(Halving):
    def step(self, closure=None):
        super().step(closure)
        super().step(closure)


def test_step_hooks_of_any_optimizer():
    p, calls = nn.Parameter(pydl.ones(1)), []
    optimizer = Quartering([p], 0.5)

    def pre(o, args, kwargs):
        assert o is optimizer and args[0] is optimizer
        calls.append(("pre", args[1:], kwargs))
        return args[:1], {"closure": 7}

    handles = [
        optimizer.register_step_pre_hook(pre),
        optimizer.register_step_post_hook(lambda o, a, k: calls.append(("post", a[1:], k))),
        optim.optimizer.register_optimizer_step_pre_hook(lambda o, a, k: calls.append("global pre")),
        optim.optimizer.register_optimizer_step_post_hook(lambda o, a, k: calls.append("global post")),
    ]
    try:
        optimizer.step(None)
    finally:
        for handle in handles:
            handle.remove()
    assert calls == ["global pre", ("pre", (None,), {}), ("post", (), {"closure": 7}), "global post"]
    assert p.item() == 0.25
    optimizer.step()
    assert len(calls) == 4 and p.item() == 0.0625
    optimizer.register_step_pre_hook(lambda o, a, k: 3)
    with pytest.raises(RuntimeError, match="tuple of"):
        optimizer.step()
    with pytest.raises(ValueError, match="required optimization parameter rate"):
        Halving([p])


def test_state_dict_hooks():
    p, calls = nn.Parameter(pydl.ones(1)), []
    o = optim.SGD([p], lr=0.1)
    o.register_state_dict_pre_hook(lambda o: calls.append("pre"))
    o.register_state_dict_pre_hook(lambda o: calls.append("first"), prepend=True)
    o.register_state_dict_post_hook(lambda o, s: {**s, "more": 1})
    o.register_load_state_dict_pre_hook(lambda o, s: {k: v for k, v in s.items() if calls.append(k) is None})
    handle = o.register_load_state_dict_post_hook(lambda o: calls.append("loaded"))
    state = o.state_dict()
    assert state["more"] == 1 and calls == ["first", "pre"]
    o.load_state_dict(state)
    assert calls == ["first", "pre", "state", "param_groups", "more", "loaded"]
    handle.remove()
    o.load_state_dict(state)
    assert calls.count("loaded") == 1


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_copies_and_pickles_go_on_to_the_same_bits(name, settings):
    params, optimizer = run(name, settings, "float32", steps=6)
    optimizer.register_step_pre_hook(lambda *args: None)  # a copy has no hooks, so this is no hindrance
    copies = [copy.deepcopy((params, optimizer)), pickle.loads(pickle.dumps((params, optimizer)))]
    for grads in gradients(4, seed=3):
        for ps, o in ((params, optimizer), *copies):
            for p, g in zip(ps, grads, strict=True):
                p.grad = pydl.tensor(g).float()
            o.step()
    for ps, o in copies:
        assert all(p is q for p, q in zip(ps, o.param_groups[0]["params"], strict=True))
        for p, q in zip(params, ps, strict=True):
            assert p is not q and np.array_equal(p.detach().numpy(), q.detach().numpy())


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_the_state_of_torch_goes_on_here(name, settings):
    """And the other way round: 6 steps there, 6 here, against 12 there."""
    torch = pytest.importorskip("torch")
    theirs = [torch.nn.Parameter(torch.tensor(x)) for x in start("float64")]
    other = getattr(torch.optim, name)(theirs, **settings)

    def step(params, optimizer, grads, make):
        for p, g in zip(params, grads, strict=True):
            p.grad = make(g)
        optimizer.step()

    def values(state, kind, make):
        if isinstance(state, dict):
            return {k: values(v, kind, make) for k, v in state.items()}
        if isinstance(state, list):
            return [values(v, kind, make) for v in state]
        return make(state.detach().numpy()) if isinstance(state, kind) else state

    all_grads = gradients(12)
    for grads in all_grads[:6]:
        step(theirs, other, grads, torch.tensor)
    ours = [nn.Parameter(pydl.tensor(p.detach().numpy().copy())) for p in theirs]
    mine = getattr(optim, name)(ours, lr=9.0)
    mine.load_state_dict(values(other.state_dict(), torch.Tensor, pydl.tensor))
    back = [torch.nn.Parameter(p.detach().clone()) for p in theirs]
    again = getattr(torch.optim, name)(back, lr=9.0)
    again.load_state_dict(values(mine.state_dict(), pydl.Tensor, torch.tensor))
    for grads in all_grads[6:]:
        step(theirs, other, grads, torch.tensor)
        step(ours, mine, grads, pydl.tensor)
        step(back, again, grads, torch.tensor)
    for p, q, r in zip(theirs, ours, back, strict=True):
        np.testing.assert_allclose(q.detach().numpy(), p.detach().numpy(), rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(r.detach().numpy(), p.detach().numpy(), rtol=1e-10, atol=1e-10)


def test_a_loaded_state_is_a_copy():
    p, q = nn.Parameter(pydl.ones(1)), nn.Parameter(pydl.ones(1))
    one, two = optim.Adam([p], lr=pydl.tensor(0.5)), optim.Adam([q])
    p.grad = pydl.ones(1)
    one.step()
    two.load_state_dict(one.state_dict())
    one.param_groups[0]["lr"].fill_(9.0)
    one.state[p]["exp_avg"].fill_(9.0)
    assert two.param_groups[0]["lr"].item() == 0.5 and two.state[q]["exp_avg"].item() != 9.0


def test_the_signatures_are_torchs():
    torch = pytest.importorskip("torch")
    for name in torch.optim.__all__:
        mine = getattr(optim, name, None)
        if isinstance(mine, type) and name not in ("Optimizer", "SparseAdam"):
            ours, theirs = (inspect.signature(c.__init__).parameters for c in (mine, getattr(torch.optim, name)))
            assert [(p.name, p.default, p.kind) for p in ours.values()] == [
                (p.name, p.default, p.kind) for p in theirs.values()
            ], name
    assert {"Adafactor", "LBFGS", "Muon", "SparseAdam", *RULES} < set(dir(optim))


@pytest.mark.parametrize("name", [*RULES, "Adafactor"])
def test_a_rate_that_is_a_tensor(name):
    results = []
    for lr in (0.25, pydl.tensor(0.25)):
        p = nn.Parameter(pydl.ones(3, 2))
        optimizer = getattr(optim, name)([p], lr=lr)
        for _ in range(3):
            p.grad = pydl.arange(6).reshape(3, 2).float()
            optimizer.step()
        results.append(p.detach().numpy())
    assert np.array_equal(*results)


@pytest.mark.parametrize("way", ["foreach", "fused", "capturable"])
@pytest.mark.parametrize("name", [*RULES, "Adafactor"])
def test_ways_of_computing_change_nothing(name, way):
    if way not in inspect.signature(getattr(optim, name)).parameters:
        pytest.skip(f"{name} has no such option, as in PyTorch")
    results = []
    for settings in ({}, {way: True}):
        p = nn.Parameter(pydl.ones(3, 2))
        optimizer = getattr(optim, name)([p], **settings)
        for _ in range(3):
            p.grad = pydl.arange(6).reshape(3, 2).float() - 2
            optimizer.step()
        assert optimizer.param_groups[0][way] == settings.get(way, optimizer.defaults[way])
        results.append(p.detach().numpy())
    assert np.array_equal(*results) and not np.array_equal(results[0], np.ones((3, 2)))


def test_ways_that_exclude_each_other():
    p = nn.Parameter(pydl.ones(1))
    for ways in ({"foreach": True}, {"fused": True}, {"capturable": True}):
        optim.Adam([p], **ways)
    with pytest.raises(RuntimeError, match="`fused` and `foreach` cannot be `True` together"):
        optim.Adam([p], fused=True, foreach=True)
    with pytest.raises(RuntimeError, match="sparse"):
        optim.SparseAdam([p])


@pytest.mark.parametrize("name", [*RULES, "Adafactor", "LBFGS"])
def test_expanded_parameters_are_refused(name):
    p = nn.Parameter(pydl.ones(1).expand(3))
    p.grad = pydl.ones(3)
    optimizer = getattr(optim, name)([p], lr=0.1)
    with pytest.raises(RuntimeError, match="memory of its own"):
        optimizer.step(lambda: 1.0)
    assert p.detach().tolist() == [1, 1, 1]


def test_a_second_scalar_needs_the_first():
    numbers = dict.fromkeys(("lr", "weight_decay", "beta1", "beta2", "eps", "momentum", "dampening", "lr_decay"), 0.1)
    flags = dict.fromkeys(("nesterov", "centered", "amsgrad", "maximize"), False)
    lists = {name: [] for name in ("steps", "state0", "state1", "state2", "scalars0")}
    x = pydl.ones(2)
    arrays = {"parameters": [x.array], "grads": [pydl.ones(2).array], "scalars1": [pydl.ones(1).array]}
    with pytest.raises(pydl.ValueError, match="expected lists of 1 arrays"):
        _C.optimizer_step(kind=0, step=1, **numbers, **flags, **lists, **arrays)
    assert x.tolist() == [1, 1]

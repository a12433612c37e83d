"""The optimizers that are made of operations: Adafactor, LBFGS and Muon, against PyTorch and by what they find."""

import copy
import io
import pickle

import numpy as np
import pytest

import pydl
from pydl import nn, optim

SHAPES = [(3, 5), (17,), (), (2, 3, 4), (4, 1)]
ADAFACTOR = [
    {},
    {"lr": 0.05, "beta2_decay": -0.5, "eps": (1e-8, 1e-2), "d": 2.0, "weight_decay": 0.1},
    {"maximize": True, "foreach": False},
]
MUON = [
    {},
    {"lr": 0.02, "weight_decay": 0.0, "momentum": 0.8, "nesterov": False, "adjust_lr_fn": "match_rms_adamw"},
    {"ns_steps": 3, "ns_coefficients": (3.0, -4.0, 2.0), "adjust_lr_fn": "original", "eps": 1e-5},
]


def arrays(shapes, dtype, seed):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.standard_normal(s), dtype=dtype) for s in shapes]


def steps_of(optimizer, params, make, steps, shapes, dtype, seed=0):
    for step in range(steps):
        for i, (p, g) in enumerate(zip(params, arrays(shapes, dtype, seed + step), strict=True)):
            p.grad = None if i == 1 and step % 3 == 0 else make(g)
        optimizer.step()


@pytest.mark.parametrize("settings", ADAFACTOR)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_fifty_steps_of_adafactor_as_torch(settings, dtype):
    torch = pytest.importorskip("torch")
    mine = [nn.Parameter(pydl.tensor(x)) for x in arrays(SHAPES, dtype, 99)]
    theirs = [torch.nn.Parameter(torch.tensor(x)) for x in arrays(SHAPES, dtype, 99)]
    a, b = optim.Adafactor(mine, **settings), torch.optim.Adafactor(theirs, **settings)
    steps_of(a, mine, pydl.tensor, 50, SHAPES, dtype)
    steps_of(b, theirs, torch.tensor, 50, SHAPES, dtype)
    rtol = 1e-10 if dtype == "float64" else 1e-5
    for p, q in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=rtol, atol=rtol)
    ours, want = a.state_dict(), b.state_dict()
    assert ours["param_groups"][0].keys() == want["param_groups"][0].keys()
    for i, values in want["state"].items():
        assert {k: tuple(v.shape) for k, v in ours["state"][i].items()} == {k: v.shape for k, v in values.items()}


def exact_muon(params, steps, shapes, settings):
    """The steps of `steps_of` in float64."""
    s = {"lr": 1e-3, "weight_decay": 0.1, "momentum": 0.95, "nesterov": True, "ns_steps": 5, **settings}
    a, b, c = s.get("ns_coefficients", (3.4445, -4.775, 2.0315))
    params = [p.astype(np.float64) for p in params]
    buffers = [0.0] * len(params)
    for step in range(steps):
        for i, g in enumerate(arrays(shapes, "float32", step)):
            if i == 1 and step % 3 == 0:
                continue
            m, (rows, cols) = s["momentum"], g.shape
            buffers[i] = m * buffers[i] + (1 - m) * g
            x = (1 - m) * g + m * buffers[i] if s["nesterov"] else buffers[i]
            x = x / max(np.linalg.norm(x), s.get("eps", 1e-7))
            for _ in range(s["ns_steps"]):
                x = a * x + (b * x @ x.T + c * x @ x.T @ x @ x.T) @ x
            scale = 0.2 * max(rows, cols) ** 0.5 if "adamw" in s.get("adjust_lr_fn", "") else max(1, rows / cols) ** 0.5
            params[i] = params[i] * (1 - s["lr"] * s["weight_decay"]) - s["lr"] * scale * x
    return params


@pytest.mark.parametrize("settings", MUON)
def test_fifty_steps_of_muon_as_torch(settings):
    """PyTorch's Newton-Schulz steps are in bfloat16, 8 bits, ours are not: they must be nearer to the exact ones."""
    torch = pytest.importorskip("torch")
    shapes = [(3, 5), (6, 2), (4, 4)]
    mine = [nn.Parameter(pydl.tensor(x)) for x in arrays(shapes, "float32", 99)]
    theirs = [torch.nn.Parameter(torch.tensor(x)) for x in arrays(shapes, "float32", 99)]
    a, b = optim.Muon(mine, **settings), torch.optim.Muon(theirs, **settings)
    exact = exact_muon(arrays(shapes, "float32", 99), 50, shapes, settings)
    steps_of(a, mine, pydl.tensor, 50, shapes, "float32")
    steps_of(b, theirs, torch.tensor, 50, shapes, "float32")
    for p, q, x, start in zip(mine, theirs, exact, arrays(shapes, "float32", 99), strict=True):
        far = np.abs(x - start).max()
        np.testing.assert_allclose(p.detach().numpy(), x, rtol=1e-5, atol=1e-5 * far)
        np.testing.assert_allclose(q.detach().numpy(), x, rtol=0, atol=0.1 * far)
    state, want = a.state_dict(), b.state_dict()
    assert state["param_groups"][0].keys() == want["param_groups"][0].keys()
    np.testing.assert_allclose(
        state["state"][2]["momentum_buffer"].numpy(), want["state"][2]["momentum_buffer"].numpy(), rtol=1e-5, atol=1e-6
    )


def test_muon_makes_a_gradient_orthogonal():
    g = pydl.tensor(arrays([(5, 3)], "float32", 1)[0])
    x = optim.muon.orthogonal(g, (3.4445, -4.775, 2.0315), 5, 1e-7).float().numpy()
    assert np.all(np.abs(np.linalg.svd(x)[1] - 1) < 0.4)
    u, _, v = np.linalg.svd(g.numpy(), full_matrices=False)
    assert np.sum(x * (u @ v)) > 0.9 * np.linalg.norm(x) * np.sqrt(3)


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


LBFGS = [
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 4, "lr": 0.5},
    {"line_search_fn": "strong_wolfe", "max_eval": 3},
    {"lr": 1e-3, "max_iter": 3},
    {"lr": 1e-3, "history_size": 3, "max_eval": 7, "tolerance_grad": 1e-3, "tolerance_change": 1e-7},
]


def minimise(library, optimizer, params, steps):
    """Losses of Rosenbrock's function of all parameters as one vector."""

    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(library.cat([p.reshape(-1) for p in params[:2]]))
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(steps)]


def lbfgs_of(library, settings, dtype=np.float64, first=-1.2):
    start = [np.array([[first, 1.0], [0.7, -0.3]]), np.array([0.5]), np.ones(2)]
    params = [library.nn.Parameter(library.tensor(x.astype(dtype))) for x in start]
    return library.optim.LBFGS(params, **settings), params


@pytest.mark.parametrize("settings", LBFGS)
def test_fifty_steps_of_lbfgs_as_torch(settings):
    torch = pytest.importorskip("torch")
    a, mine = lbfgs_of(pydl, settings)
    b, theirs = lbfgs_of(torch, settings)
    np.testing.assert_allclose(minimise(pydl, a, mine, 50), minimise(torch, b, theirs, 50), rtol=1e-4, atol=1e-12)
    for p, q in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=1e-7)
    ours, want = a.state_dict()["state"][0], b.state_dict()["state"][0]
    assert set(want) - {"al"} == set(ours)  # al is scratch memory
    assert ours["func_evals"] == want["func_evals"] and ours["n_iter"] == want["n_iter"]
    assert len(ours["old_dirs"]) == len(want["old_dirs"])


def test_lbfgs_finds_the_minimum():
    for dtype in (np.float64, np.float32):
        optimizer, params = lbfgs_of(pydl, {"line_search_fn": "strong_wolfe", "tolerance_change": 0}, dtype, first=0.2)
        minimise(pydl, optimizer, params, 10)
        for p in params:
            np.testing.assert_allclose(p.detach().numpy(), 1, atol=1e-6 if dtype == np.float64 else 2e-3)
    assert minimise(pydl, optimizer, params, 1)[0] < 1e-6


@pytest.mark.parametrize("settings", LBFGS)
def test_lbfgs_goes_on_from_a_state_to_the_same_bits(settings):
    optimizer, params = lbfgs_of(pydl, settings, np.float32)
    minimise(pydl, optimizer, params, 2)
    copies = [copy.deepcopy((optimizer, params)), pickle.loads(pickle.dumps((optimizer, params)))]
    file = io.BytesIO()
    pydl.save(optimizer.state_dict(), file)
    other = [nn.Parameter(p.detach().clone()) for p in params]
    loaded = optim.LBFGS(other, lr=77.0)
    loaded.load_state_dict(pydl.load(io.BytesIO(file.getvalue())))
    want = minimise(pydl, optimizer, params, 3)
    for o, ps in (*copies, (loaded, other)):
        assert minimise(pydl, o, ps, 3) == want


@pytest.mark.parametrize(("name", "settings"), [("Adafactor", s) for s in ADAFACTOR] + [("Muon", s) for s in MUON])
def test_a_loaded_state_goes_on_to_the_same_bits(name, settings):
    shapes = [(3, 5), (6, 2)]
    params = [nn.Parameter(pydl.tensor(x)) for x in arrays(shapes, "float32", 9)]
    optimizer = getattr(optim, name)(params, **settings)
    steps_of(optimizer, params, pydl.tensor, 5, shapes, "float32")
    file = io.BytesIO()
    pydl.save(optimizer.state_dict(), file)
    copies = [nn.Parameter(p.detach().clone()) for p in params]
    other = getattr(optim, name)(copies, lr=77.0)
    other.load_state_dict(pydl.load(io.BytesIO(file.getvalue())))
    for o, ps in ((optimizer, params), (other, copies)):
        steps_of(o, ps, pydl.tensor, 5, shapes, "float32", seed=50)
    for p, q in zip(params, copies, strict=True):
        assert np.array_equal(p.detach().numpy(), q.detach().numpy())


def test_closures_and_missing_ones():
    for make in (optim.Adafactor, lambda ps: optim.Muon(ps, lr=0.1)):
        p = nn.Parameter(pydl.ones(2, 2))
        optimizer = make([p])

        def closure(p=p, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (p * p).sum()
            loss.backward()
            return loss

        with pydl.no_grad():
            assert optimizer.step(closure).item() == 4
        assert p.detach().sum().item() < 4
    optimizer, _ = lbfgs_of(pydl, {})
    with pytest.raises(TypeError, match="expected a closure"):
        optimizer.step(None)

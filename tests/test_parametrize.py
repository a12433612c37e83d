"""nn.utils: weight and spectral normalisation in both forms, parametrizations; against PyTorch where there is one."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import pydl
from pydl import nn
from pydl.nn.utils import parametrizations, parametrize

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

needs_torch = pytest.mark.skipif(torch is None, reason="needs torch")
needs_warning = pytest.mark.filterwarnings("ignore:`torch.nn.utils.weight_norm` is deprecated")

LAYERS = {
    "linear": (lambda m: m.nn.Linear(4, 3), (5, 4)),
    "conv": (lambda m: m.nn.Conv2d(2, 3, 3), (2, 2, 5, 5)),
    "transposed": (lambda m: m.nn.ConvTranspose2d(2, 3, 3), (2, 2, 4, 4)),
}
NORMS = {
    "weight": lambda m: m.nn.utils.weight_norm,
    "weight of dim 1": lambda m: lambda layer: m.nn.utils.weight_norm(layer, dim=1),
    "weight of all": lambda m: lambda layer: m.nn.utils.weight_norm(layer, dim=None),
    "spectral": lambda m: m.nn.utils.spectral_norm,
    "spectral of 3 steps": lambda m: lambda layer: m.nn.utils.spectral_norm(layer, n_power_iterations=3, dim=1),
    "new weight": lambda m: m.nn.utils.parametrizations.weight_norm,
    "new weight of all": lambda m: lambda layer: m.nn.utils.parametrizations.weight_norm(layer, dim=None),
    "new spectral": lambda m: m.nn.utils.parametrizations.spectral_norm,
    "new spectral bias": lambda m: lambda layer: m.nn.utils.parametrizations.spectral_norm(layer, "bias", dim=0),
}


def numbers(state: Any) -> dict[str, np.ndarray[Any, Any]]:
    return {k: v.detach().numpy().copy() for k, v in state.items()}


def load(layer: Any, state: dict[str, np.ndarray[Any, Any]], lib: Any) -> Any:
    layer.load_state_dict({k: lib.from_numpy(v.copy()) for k, v in state.items()})
    return layer


@needs_torch
@needs_warning
@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("kind", LAYERS)
def test_against_torch(kind: str, norm: str) -> None:
    """Names and shapes of the state, text, outputs and gradients over two steps of training and one of evaluation."""
    make, shape = LAYERS[kind]
    mine, other = NORMS[norm](pydl)(make(pydl)), NORMS[norm](torch)(make(torch))
    assert repr(mine) == repr(other)
    state = numbers(other.state_dict())
    assert {k: v.shape for k, v in numbers(mine.state_dict()).items()} == {k: v.shape for k, v in state.items()}
    assert list(dict(mine.named_parameters())) == list(dict(other.named_parameters()))
    load(mine, state, pydl)
    rng = np.random.default_rng(0)
    for training in (True, True, False):
        mine.train(training), other.train(training)
        x = rng.standard_normal(shape).astype("float32")
        y, z = mine(pydl.tensor(x)), other(torch.tensor(x))
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-4, atol=1e-5)
        (y * y).sum().backward()
        (z * z).sum().backward()
        for (name, p), q in zip(mine.named_parameters(), other.parameters(), strict=True):
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-3, atol=1e-4, err_msg=name)
    for k, v in numbers(mine.state_dict()).items():
        np.testing.assert_allclose(v, numbers(other.state_dict())[k], rtol=1e-4, atol=1e-6, err_msg=k)


@pytest.mark.parametrize("dim", [0, 1, None])
@pytest.mark.parametrize("new", [False, True])
def test_weight_norm_changes_nothing_at_first(dim: int | None, new: bool) -> None:
    layer = nn.Conv1d(3, 4, 2)
    x = pydl.randn(2, 3, 5)
    before, weight = layer(x).detach().numpy(), layer.weight.detach().numpy().copy()
    (parametrizations if new else nn.utils).weight_norm(layer, dim=dim)
    np.testing.assert_allclose(layer(x).detach().numpy(), before, rtol=1e-5, atol=1e-6)
    g = layer.parametrizations.weight.original0 if new else layer.weight_g
    axes = {0: (1, 2), 1: (0, 2), None: (0, 1, 2)}[dim]
    expected = np.sqrt((weight.astype(np.float64) ** 2).sum(axes, keepdims=dim is not None))
    assert g.shape == expected.shape
    np.testing.assert_allclose(g.detach().numpy(), expected, rtol=1e-6)
    with pydl.no_grad():
        g.mul_(2.0)
    layer(x)
    np.testing.assert_allclose(layer.weight.detach().numpy(), 2 * weight, rtol=1e-5, atol=1e-6)
    if new:
        parametrize.remove_parametrizations(layer, "weight")
    else:
        nn.utils.remove_weight_norm(layer)
    assert isinstance(layer.weight, nn.Parameter) and type(layer) is nn.Conv1d
    assert [n for n, _ in layer.named_parameters()] == ["bias", "weight"]
    np.testing.assert_allclose(layer.weight.detach().numpy(), 2 * weight, rtol=1e-5, atol=1e-6)
    layer(x).sum().backward()
    assert layer.weight.grad is not None


@pytest.mark.parametrize("new", [False, True])
def test_spectral_norm_finds_the_largest_singular_value(new: bool) -> None:
    pydl.manual_seed(0)
    layer = nn.Linear(6, 4)
    largest = np.linalg.svd(layer.weight.detach().numpy())[1][0]
    before = layer.weight.detach().numpy().copy()
    (parametrizations if new else nn.utils).spectral_norm(layer, n_power_iterations=5)
    for _ in range(30):
        layer(pydl.ones(1, 6))
    np.testing.assert_allclose(layer.weight.detach().numpy(), before / largest, rtol=1e-3, atol=1e-5)
    layer.eval()
    state = numbers(layer.state_dict())
    layer(pydl.ones(1, 6))
    assert all((v == state[k]).all() for k, v in numbers(layer.state_dict()).items())
    again = load((parametrizations if new else nn.utils).spectral_norm(nn.Linear(6, 4)), state, pydl).eval()
    assert again(pydl.ones(1, 6)).tolist() == layer(pydl.ones(1, 6)).tolist()
    if new:
        parametrize.remove_parametrizations(layer, "weight")
    else:
        nn.utils.remove_spectral_norm(layer)
    np.testing.assert_allclose(np.linalg.svd(layer.weight.detach().numpy())[1][0], 1.0, rtol=1e-3)
    assert sorted(layer.state_dict()) == ["bias", "weight"]


def test_a_recurrent_layer_with_weight_norm() -> None:
    layer = nn.LSTM(3, 4)
    x = pydl.randn(5, 1, 3)
    before = layer(x)[0].detach().numpy()
    nn.utils.weight_norm(layer, "weight_hh_l0")
    np.testing.assert_allclose(layer(x)[0].detach().numpy(), before, rtol=1e-5, atol=1e-6)
    layer(x)[0].sum().backward()
    assert layer.weight_hh_l0_g.grad is not None
    parametrizations.weight_norm(layer, "weight_ih_l0")
    np.testing.assert_allclose(layer(x)[0].detach().numpy(), before, rtol=1e-5, atol=1e-6)


def test_a_state_of_the_older_weight_norm_fits_the_newer() -> None:
    old, new = nn.utils.weight_norm(nn.Linear(3, 2)), parametrizations.weight_norm(nn.Linear(3, 2))
    new.load_state_dict(old.state_dict())
    assert new(pydl.ones(1, 3)).tolist() == old(pydl.ones(1, 3)).tolist()


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 5)])
@pytest.mark.parametrize("trivial", [True, False])
@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder"])
def test_orthogonal(kind: str, trivial: bool, shape: tuple[int, int]) -> None:
    """Rows or columns stay orthonormal while the weight is trained; what is assigned stays what it was."""
    pydl.manual_seed(0)
    layer = nn.Linear(shape[1], shape[0], dtype=pydl.float64)
    parametrizations.orthogonal(layer, orthogonal_map=kind, use_trivialization=trivial)
    assert repr(layer).count("_Orthogonal()") == 1

    def check() -> np.ndarray[Any, Any]:
        w = layer.weight.detach().numpy()
        product = w.T @ w if shape[0] >= shape[1] else w @ w.T
        np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-9)
        return w

    before = check()
    x = pydl.randn(7, shape[1], dtype=pydl.float64)
    step = pydl.optim.SGD(layer.parameters(), lr=0.05)
    for _ in range(3):
        step.zero_grad()
        ((layer(x) - 1.0) ** 2).mean().backward()
        step.step()
    assert abs(check() - before).max() > 1e-3
    if trivial or kind == "householder":
        given = np.linalg.qr(np.random.default_rng(0).standard_normal((max(shape), min(shape))))[0]
        given = given if shape[0] >= shape[1] else given.T
        layer.weight = pydl.tensor(given)
        np.testing.assert_allclose(check(), given, atol=1e-9)
    else:
        with pytest.raises(NotImplementedError, match="not possible to assign"):
            layer.weight = pydl.ones(*shape, dtype=pydl.float64)


@needs_torch
@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 5)])
@pytest.mark.parametrize("trivial", [True, False])
@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder", None])
def test_orthogonal_against_torch(kind: str | None, trivial: bool, shape: tuple[int, int]) -> None:
    """The state that an orthogonal weight gives, and value and gradient of another state."""
    start = np.linalg.qr(np.random.default_rng(1).standard_normal((max(shape), min(shape))))[0]
    start = start if shape[0] >= shape[1] else start.T
    layers = []
    for lib in (pydl, torch):
        layer = lib.nn.Linear(shape[1], shape[0], dtype=lib.float64)
        with lib.no_grad():
            layer.weight.copy_(lib.tensor(start))
        layers.append(lib.nn.utils.parametrizations.orthogonal(layer, "weight", kind, use_trivialization=trivial))
    mine, other = (numbers(layer.state_dict()) for layer in layers)
    assert {k: v.shape for k, v in mine.items()} == {k: v.shape for k, v in other.items()}
    if not trivial or shape[0] == shape[1]:  # otherwise the base ends with random columns
        for k in other.keys() - {"bias"}:
            if not (kind in ("matrix_exp", "cayley") and not trivial):
                np.testing.assert_allclose(mine[k], other[k], atol=1e-9, err_msg=k)
    rng = np.random.default_rng(2)
    key = "parametrizations.weight.original"
    other[key] = other[key] + np.tril(rng.standard_normal(shape), -1)
    factors = rng.standard_normal(shape)
    found = []
    for lib, layer in zip((pydl, torch), layers, strict=True):
        load(layer, other, lib)
        w = layer.weight
        (w * lib.tensor(factors)).sum().backward()
        found.append((w.detach().numpy(), layer.parametrizations.weight.original.grad.numpy()))
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


class Symmetric(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.triu() + x.triu(1).T

    def right_inverse(self, x: Any) -> Any:
        return x.triu()


class Double(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, x: Any) -> Any:
        self.calls += 1
        return x * 2.0


class Outer(nn.Module):
    def forward(self, x: Any, y: Any) -> Any:
        return x.unsqueeze(-1) @ y.unsqueeze(-2)

    def right_inverse(self, z: Any) -> Any:
        return z[:, 0].clone(), z[0].clone()


def test_parametrizations_in_a_chain() -> None:
    layer = nn.Linear(3, 3)
    original = layer.weight
    assert not parametrize.is_parametrized(layer)
    assert parametrize.register_parametrization(layer, "weight", Symmetric()) is layer
    parametrize.register_parametrization(layer, "weight", Double())
    assert parametrize.is_parametrized(layer, "weight") and not parametrize.is_parametrized(layer, "bias")
    assert type(layer).__name__ == "ParametrizedLinear" and isinstance(layer, nn.Linear)
    assert parametrize.type_before_parametrizations(layer) is nn.Linear
    assert layer.parametrizations.weight.original is original
    assert list(layer.state_dict()) == ["bias", "parametrizations.weight.original"]
    w = layer.weight.detach().numpy()
    assert (w == w.T).all()
    (layer(pydl.ones(1, 3)) ** 2).sum().backward()
    assert original.grad is not None and not np.tril(original.grad.numpy(), -1).any()
    with pytest.raises(pydl.StateError, match="Double does not implement right_inverse"):
        layer.weight = pydl.ones(3, 3)
    parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
    assert layer.weight is original and type(layer) is nn.Linear and len(list(layer.modules())) == 1


def test_assigning_and_several_originals() -> None:
    layer = parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    given = pydl.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 5.0], [3.0, 5.0, 6.0]])
    layer.weight = given
    assert layer.weight.tolist() == given.tolist()
    rank_one = parametrize.register_parametrization(nn.Linear(3, 2, bias=False), "weight", Outer())
    assert [n for n, _ in rank_one.named_parameters()] == [
        "parametrizations.weight.original0",
        "parametrizations.weight.original1",
    ]
    with pytest.raises(pydl.ValueError, match="sequence of tensors"):
        parametrize.remove_parametrizations(rank_one, "weight", leave_parametrized=False)
    value = rank_one.weight.tolist()
    parametrize.remove_parametrizations(rank_one, "weight")
    assert rank_one.weight.tolist() == value and rank_one.weight.requires_grad


def test_cache_copies_and_buffers() -> None:
    layer, double = nn.Linear(2, 2), Double()
    parametrize.register_parametrization(layer, "weight", double)
    double.calls = 0
    with parametrize.cached():
        assert layer.weight is layer.weight
        with parametrize.cached():
            layer(pydl.ones(1, 2))
        assert layer.weight is layer.weight
    assert double.calls == 1
    assert layer.weight is not layer.weight and double.calls == 3
    other = copy.deepcopy(layer)
    parametrize.remove_parametrizations(other, "weight")
    assert parametrize.is_parametrized(layer) and layer.weight.tolist() == other.weight.tolist()
    with pydl.no_grad():
        other.weight.zero_()
    assert layer.weight.detach().numpy().any()
    with pytest.raises(pydl.StateError, match="state_dict"):
        pickle.dumps(layer)
    norm = nn.BatchNorm1d(2)
    parametrize.register_parametrization(norm, "running_mean", Double())
    assert "parametrizations.running_mean.original" in dict(norm.named_buffers())
    parametrize.remove_parametrizations(norm, "running_mean")
    assert "running_mean" in dict(norm.named_buffers())


class Wider(nn.Module):
    def forward(self, x: Any) -> Any:
        return pydl.cat([x, x])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: nn.utils.weight_norm(nn.Linear(2, 2), "w"), "ValueError", "a parameter 'w' in Linear"),
        (lambda: nn.utils.weight_norm(nn.utils.weight_norm(nn.Linear(2, 2))), "StateError", "two weight_norm hooks"),
        (lambda: nn.utils.weight_norm(nn.Linear(2, 2), dim=2), "IndexError", "dim of 2 dimensions, got 2"),
        (lambda: nn.utils.remove_weight_norm(nn.Linear(2, 2)), "ValueError", "not found"),
        (lambda: nn.utils.spectral_norm(nn.Linear(2, 2, bias=False), "bias"), "ValueError", "got none"),
        (lambda: nn.utils.spectral_norm(nn.utils.spectral_norm(nn.Linear(2, 2))), "StateError", "two spectral_norm"),
        (lambda: nn.utils.spectral_norm(nn.Linear(2, 2), n_power_iterations=0), "ValueError", "to be positive"),
        (lambda: nn.utils.remove_spectral_norm(nn.Linear(2, 2)), "ValueError", "not found"),
        (lambda: parametrizations.spectral_norm(nn.Linear(2, 2), "w"), "ValueError", "no parameter or buffer"),
        (lambda: parametrizations.spectral_norm(nn.Linear(2, 2), dim=2), "IndexError", "dim from -2 to 1"),
        (lambda: parametrizations.orthogonal(nn.Linear(2, 2), "w"), "ValueError", "no parameter or buffer"),
        (lambda: parametrizations.orthogonal(nn.Linear(2, 2), "bias"), "ValueError", "a matrix or batch of matrices"),
        (lambda: parametrizations.orthogonal(nn.Linear(2, 2), orthogonal_map="qr"), "ValueError", '"cayley"'),
        (lambda: parametrize.remove_parametrizations(nn.Linear(2, 2), "weight"), "ValueError", "parametrization on"),
        (lambda: parametrize.register_parametrization(nn.Linear(2, 2), "w", Double()), "ValueError", "name 'w'"),
        (lambda: parametrize.register_parametrization(nn.Linear(2, 2), "weight", Wider()), "ValueError", "change"),
        (lambda: parametrize.ParametrizationList([], pydl.ones(1)), "ValueError", "one or more"),
    ],
)
def test_errors(call: Any, kind: str, message: str) -> None:
    with pytest.raises(getattr(pydl, kind), match=message) as caught:
        call()
    assert isinstance(caught.value, RuntimeError)


def test_unsafe_may_change_the_shape() -> None:
    layer = parametrize.register_parametrization(nn.Linear(2, 2, bias=False), "weight", Wider(), unsafe=True)
    assert layer(pydl.ones(1, 2)).shape == (1, 4)

"""Recurrent layers: against numpy and PyTorch in every combination of options, packed sequences, threads, errors."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows.recurrent import np_layers, np_step
from strategies import seeds

import pydl
from pydl import nn
from pydl.nn.utils import rnn

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

needs_torch = pytest.mark.skipif(torch is None, reason="needs torch")
MODES = {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn_tanh"}


@st.composite
def options(draw: Any) -> dict[str, Any]:
    """A layer's class, settings and sizes, and how it is called."""
    kind = draw(st.sampled_from(list(MODES)))
    hidden = draw(st.sampled_from([1, 2, 3, 5, 8, 16, 17, 33]))
    chosen = {
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
    }
    if kind == "LSTM" and hidden > 1 and draw(st.booleans()):
        chosen["proj_size"] = draw(st.integers(1, hidden - 1))
    if kind == "RNN":
        chosen["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    return {
        "kind": kind,
        "sizes": (draw(st.sampled_from([1, 3, 16])), hidden),
        "settings": chosen,
        "steps": draw(st.integers(1, 5)),
        "batch": draw(st.sampled_from([1, 2, 7])),
        "form": draw(st.sampled_from(["batched", "batched", "unbatched", "packed"])),
        "state": draw(st.booleans()),
    }


class Setup:
    """A layer of pydl with the numbers for one call of it."""

    def __init__(self, given: dict[str, Any], seed: int) -> None:
        rng = np.random.default_rng(seed)
        pydl.manual_seed(seed)
        self.kind, self.form = given["kind"], given["form"]
        features, hidden = given["sizes"]
        chosen = given["settings"]
        self.layer = getattr(nn, self.kind)(features, hidden, **chosen, dtype=pydl.float64)
        self.batch_first = chosen["batch_first"]
        self.directions = 1 + chosen["bidirectional"]
        steps, batch = given["steps"], 1 if self.form == "unbatched" else given["batch"]
        runs = chosen["num_layers"] * self.directions
        self.x = rng.standard_normal((steps, batch, features))
        size = chosen.get("proj_size", 0) or hidden
        shapes = [(runs, batch, size)] + [(runs, batch, hidden)] * (self.kind == "LSTM")
        self.states = [rng.standard_normal(s) * given["state"] for s in shapes]
        self.given_state = given["state"]
        self.lengths = None
        if self.form == "packed":
            self.lengths = rng.integers(1, steps + 1, batch)
            self.lengths[rng.integers(batch)] = steps

    def input(self) -> np.ndarray[Any, Any]:
        if self.form == "unbatched":
            return self.x[:, 0]
        return self.x.swapaxes(0, 1) if self.batch_first else self.x

    def run(self, lib: Any, layer: Any, make: Any) -> tuple[list[Any], list[Any]]:
        """Outputs, in numpy's order of axes, and the leaves: input and states."""
        leaves = [make(self.input()), *[make(s[:, 0] if self.form == "unbatched" else s) for s in self.states]]
        x, *states = leaves
        hx = None if not self.given_state else tuple(states) if self.kind == "LSTM" else states[0]
        if self.lengths is not None:
            lengths = lib.tensor(self.lengths.tolist())
            x = lib.nn.utils.rnn.pack_padded_sequence(x, lengths, self.batch_first, enforce_sorted=False)
        y, ends = layer(x, hx)
        if self.lengths is not None:
            y, lengths = lib.nn.utils.rnn.pad_packed_sequence(y, self.batch_first)
            assert lengths.tolist() == self.lengths.tolist()
        return [y, *(ends if self.kind == "LSTM" else [ends])], leaves if self.given_state else leaves[:1]

    def expected(self) -> list[np.ndarray[Any, Any]]:
        """The same by numpy."""
        params = []
        for names in self.layer._all_weights:
            part = {n.rsplit("_l", 1)[0]: getattr(self.layer, n).detach().numpy() for n in names}
            zero = np.zeros(part["weight_ih"].shape[0])
            biases = part.get("bias_ih", zero), part.get("bias_hh", zero)
            params += [part["weight_ih"], part["weight_hh"], *biases]
            params += [part["weight_hr"]] if "weight_hr" in part else []
        mode = MODES[self.kind]
        if self.kind == "RNN" and self.layer.nonlinearity == "relu":
            mode = "rnn_relu"
        c0 = self.states[1] if self.kind == "LSTM" else np.zeros_like(self.states[0])
        y, *ends = np_layers(mode, self.x, self.states[0], c0, params, self.directions, self.lengths)
        if self.form == "unbatched":
            return [y[:, 0], *[e[:, 0] for e in ends]]
        return [y.swapaxes(0, 1) if self.batch_first else y, *ends]


def leaf(values: Any) -> pydl.Tensor:
    return pydl.tensor(np.array(values), requires_grad=True)


@given(options(), seeds)
def test_values(given_options: dict[str, Any], seed: int) -> None:
    """Every combination of options against sequences computed one by one in numpy."""
    setup = Setup(given_options, seed)
    outputs, _ = setup.run(pydl, setup.layer, leaf)
    for y, expected in zip(outputs, setup.expected(), strict=True):
        np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-12, atol=1e-12)


@needs_torch
@given(options(), seeds)
def test_against_torch(given_options: dict[str, Any], seed: int) -> None:
    """Values, and the gradients of input, states and all weights."""
    setup = Setup(given_options, seed)
    features, hidden = given_options["sizes"]
    other = getattr(torch.nn, setup.kind)(features, hidden, **given_options["settings"], dtype=torch.float64)
    other.load_state_dict({k: torch.from_numpy(v.numpy().copy()) for k, v in setup.layer.state_dict().items()})
    mine, my_leaves = setup.run(pydl, setup.layer, leaf)
    theirs, their_leaves = setup.run(torch, other, lambda v: torch.tensor(np.array(v), requires_grad=True))
    rng = np.random.default_rng(seed)
    loss, their_loss = 0, 0
    for y, z in zip(mine, theirs, strict=True):
        assert tuple(y.shape) == tuple(z.shape)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-10, atol=1e-12)
        g = rng.standard_normal(tuple(y.shape))
        loss, their_loss = loss + (y * pydl.tensor(g)).sum(), their_loss + (z * torch.tensor(g)).sum()
    loss.backward()
    their_loss.backward()
    pairs = list(zip(my_leaves, their_leaves, strict=True))
    pairs += [(p, dict(other.named_parameters())[n]) for n, p in setup.layer.named_parameters()]
    for x, y in pairs:
        np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", MODES)
@settings(max_examples=5)
@given(st.integers(1, 3), st.booleans(), seeds)
def test_derivatives_by_differences(kind: str, layers: int, bidirectional: bool, seed: int) -> None:
    """First and second derivatives by input, state and weights, through packed sequences."""
    pydl.manual_seed(seed)
    layer = getattr(nn, kind)(2, 3, layers, bidirectional=bidirectional, dtype=pydl.float64)
    runs = layers * (1 + bidirectional)
    states = [pydl.randn(runs, 3, 3, dtype=pydl.float64) for _ in range(1 + (kind == "LSTM"))]
    sizes = pydl.tensor([3, 2, 1])
    function = getattr(pydl, MODES[kind])

    def call(x: Any, *rest: Any) -> Any:
        hx = rest[:2] if kind == "LSTM" else rest[0]
        weights = list(rest[len(states) :])
        return function(x, sizes, hx, weights, True, layers, 0.0, False, bidirectional)

    inputs = [pydl.randn(6, 2, dtype=pydl.float64), *states, *[w.detach() for w in layer._flat_weights]]
    for x in inputs:
        x.requires_grad = True
    assert pydl.autograd.gradcheck(call, inputs, directions=2)
    assert pydl.autograd.gradgradcheck(call, inputs, directions=2, atol=1e-5, rtol=1e-4)


def test_one_tensor_in_several_places() -> None:
    """Each place that a tensor is given in adds to its gradient, in the second derivative too."""
    w = pydl.randn(4, 4, dtype=pydl.float64, requires_grad=True)
    b = pydl.randn(4, dtype=pydl.float64, requires_grad=True)
    x = pydl.randn(3, 2, 4, dtype=pydl.float64)

    def tied(w: Any, b: Any) -> Any:
        return pydl.rnn_tanh(x, None, [w, w, b, b], True, 1, 0.0, False, False, False)[0]

    assert pydl.autograd.gradcheck(tied, [w, b])
    assert pydl.autograd.gradgradcheck(tied, [w, b], atol=1e-5, rtol=1e-4)


# The graph.


def test_backward_in_both_ways_agrees() -> None:
    """The kernel's gradients and those of the composition that stands in for it with create_graph."""
    layer = nn.LSTM(3, 4, 2, bidirectional=True, dtype=pydl.float64)
    x = pydl.randn(5, 2, 3, dtype=pydl.float64, requires_grad=True)
    weights = [x, *layer.parameters()]
    y, (h, c) = layer(x)
    loss = (y * y).sum() + h.sum() + (c * c).sum()
    plain = pydl.autograd.grad(loss, weights, retain_graph=True)
    again = pydl.autograd.grad(loss, weights, create_graph=True)
    for a, b in zip(plain, again, strict=True):
        np.testing.assert_allclose(a.numpy(), b.detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("create_graph", [False, True])
def test_one_output_alone(part: int, create_graph: bool) -> None:
    """A gradient that comes in by one of the outputs only; weights that this one does not depend on."""
    layer = nn.LSTM(2, 3, proj_size=2, dtype=pydl.float64)
    x = pydl.randn(1, 2, 2, dtype=pydl.float64)
    y, (h, c) = layer(x)
    found = pydl.autograd.grad(
        (y, h, c)[part].sum(), list(layer.parameters()), create_graph=create_graph, allow_unused=True
    )
    for name, g in zip(dict(layer.named_parameters()), found, strict=True):
        if name.startswith("weight_hr") and part == 2:
            assert g is None or not g.detach().numpy().any()
        elif not name.startswith("weight_hh"):  # h0 is 0
            assert g is not None and g.detach().numpy().any(), name


def test_a_frozen_layer_passes_gradients_on() -> None:
    layer = nn.GRU(2, 3).requires_grad_(False)
    x = pydl.randn(4, 1, 2, requires_grad=True)
    layer(x)[0].sum().backward()
    assert x.grad is not None and all(p.grad is None for p in layer.parameters())
    with pydl.no_grad():
        assert not layer(x)[0].requires_grad


@pytest.mark.parametrize("kind", MODES)
def test_a_result_written_over_is_noticed(kind: str) -> None:
    """Backward reads the output. (PyTorch keeps a copy of it in a GRU and an RNN, and raises in an LSTM.)"""
    y, _ = getattr(nn, kind)(2, 3)(pydl.randn(4, 1, 2))
    y.mul_(2.0)
    with pytest.raises(pydl.StateError, match=r"Recurrent: .* modified in place"):
        y.sum().backward()


def test_the_graph_frees_what_the_kernel_kept() -> None:
    layer = nn.LSTM(64, 64)
    x = pydl.randn(128, 16, 64)
    before = pydl._C.memory_stats()["in_use"]
    y, _ = layer(x)
    loss = y.sum()
    held = pydl._C.memory_stats()["in_use"] - before
    # y, gates and c: 6 numbers for each of y's.
    assert held < 6.5 * y.array.size * 4
    loss.backward()
    assert pydl._C.memory_stats()["in_use"] - before < 2.5 * y.array.size * 4


@pytest.mark.parametrize("kind", MODES)
def test_same_bits_on_any_number_of_threads(kind: str) -> None:
    """Sizes at which a step is cut by rows and by units."""
    threads = pydl.get_num_threads()
    found = []
    try:
        for count in (1, 2, 3):
            pydl.set_num_threads(count)
            pydl.manual_seed(0)
            layer = getattr(nn, kind)(100, 150, bidirectional=True)
            x = rnn.pack_padded_sequence(pydl.randn(6, 70, 100), [6] * 40 + [4] * 20 + [1] * 10)
            y, _ = layer(x)
            (y.data * y.data).sum().backward()
            found.append([y.data.detach().numpy().tobytes()] + [p.grad.numpy().tobytes() for p in layer.parameters()])
    finally:
        pydl.set_num_threads(threads)
    assert found[0] == found[1] == found[2]


def test_large_values_saturate() -> None:
    for kind in MODES:
        layer = getattr(nn, kind)(1, 2)
        y, _ = layer(pydl.tensor([[1e30], [-1e30], [3e38]]))
        assert np.isfinite(y.detach().numpy()).all() and abs(y.detach().numpy()).max() <= 1
        y, _ = layer(pydl.tensor([[1.0], [math.nan], [1.0]]))
        there = np.isnan(y.detach().numpy())
        assert not there[0].any() and there[1:].all()


# Dropout.


def test_dropout_between_layers() -> None:
    pydl.manual_seed(0)
    layer = nn.LSTM(3, 8, 2, dropout=0.5)
    x = pydl.randn(4, 5, 3)
    y, z = layer(x)[0], layer(x)[0]
    assert y.tolist() != z.tolist()
    layer.eval()
    y, z = layer(x)[0], layer(x)[0]
    assert y.tolist() == z.tolist()
    with pytest.warns(UserWarning, match="num_layers greater than 1"):
        nn.LSTM(3, 8, dropout=0.5)
    off = nn.LSTM(3, 8, 2, dropout=0.0)
    off.load_state_dict(layer.state_dict())
    assert off(x)[0].tolist() == y.tolist()


def test_dropout_leaves_out_what_it_says() -> None:
    """The second layer hands on what it gets: relu of its first row of weights is the identity."""
    pydl.manual_seed(1)
    layer = nn.RNN(1, 50, 2, nonlinearity="relu", dropout=0.3)
    with pydl.no_grad():
        for p in layer.parameters():
            p.zero_()
        layer.weight_ih_l0.fill_(1.0)
        layer.weight_ih_l1.copy_(pydl.eye(50))
    y = layer(pydl.ones(40, 10, 1))[0].detach().numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.7)}
    # 20000 draws: five standard deviations are 0.016
    assert abs((y == 0).mean() - 0.3) < 0.017
    everything = nn.RNN(1, 3, 2, dropout=1.0, bias=False)
    assert not everything(pydl.ones(2, 1, 1))[0].detach().numpy().any()


# Modules.


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.LSTM(3, 4),
        lambda m: m.LSTM(3, 4, 2, True, True, 0.5, True),
        lambda m: m.LSTM(3, 4, 2, bias=False, proj_size=2, bidirectional=True),
        lambda m: m.GRU(3, 4, 2, batch_first=True),
        lambda m: m.RNN(3, 4, 1, "relu"),
        lambda m: m.RNN(3, 4, 2, "tanh", False, True, 0.25, True),
        lambda m: m.RNNCell(3, 4),
        lambda m: m.RNNCell(3, 4, False, "relu"),
        lambda m: m.LSTMCell(3, 4, bias=False),
        lambda m: m.GRUCell(3, 4),
    ],
)
@needs_torch
def test_modules_look_like_torchs(make: Any) -> None:
    """Text, parameter names, order and shapes; weights move both ways."""
    mine, other = make(nn), make(torch.nn)
    assert repr(mine) == repr(other)
    assert [(n, tuple(p.shape)) for n, p in mine.named_parameters()] == [
        (n, tuple(p.shape)) for n, p in other.named_parameters()
    ]
    assert list(mine.state_dict()) == list(other.state_dict())
    if hasattr(other, "all_weights"):
        assert [[tuple(w.shape) for w in ws] for ws in mine.all_weights] == [
            [tuple(w.shape) for w in ws] for ws in other.all_weights
        ]


def test_names_and_first_values() -> None:
    layer = nn.LSTM(3, 100, 2, bidirectional=True, proj_size=7)
    assert [n for n, _ in layer.named_parameters()] == [
        f"{part}_l{k}{suffix}"
        for k in range(2)
        for suffix in ("", "_reverse")
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
    ]
    assert layer.weight_ih_l1.shape == (400, 14) and layer.weight_hr_l0.shape == (7, 100)
    for p in layer.parameters():
        values = p.detach().numpy()
        assert abs(values).max() <= 0.1 and values.std() == pytest.approx(0.1 / math.sqrt(3), rel=0.15)
    assert all(a is b for a, b in zip(layer._flat_weights, layer.parameters(), strict=True))
    layer.flatten_parameters()


def test_copies_and_other_dtypes() -> None:
    layer = nn.GRU(2, 3, 2)
    x = pydl.randn(4, 1, 2)
    other = copy.deepcopy(layer).double()
    np.testing.assert_allclose(layer(x)[0].detach().numpy(), other(x.double())[0].detach().numpy(), atol=1e-6)
    half = copy.deepcopy(layer).to(pydl.bfloat16)
    y, h = half(x.bfloat16())
    assert y.dtype == h.dtype == pydl.bfloat16
    np.testing.assert_allclose(y.detach().float().numpy(), layer(x)[0].detach().numpy(), atol=0.03)
    layer.weight_ih_l0 = nn.Parameter(pydl.zeros(9, 2))
    assert layer._flat_weights[0] is layer.weight_ih_l0


@pytest.mark.parametrize(
    ("kind", "count"), [("LSTMCell", "lstm"), ("GRUCell", "gru"), ("RNNCell", "rnn_tanh"), ("RNNCell", "rnn_relu")]
)
def test_cells(kind: str, count: str) -> None:
    """With and without batch, state and bias, against numpy."""
    rng = np.random.default_rng(0)
    for bias in (True, False):
        more = {"nonlinearity": "relu"} if count == "rnn_relu" else {}
        cell = getattr(nn, kind)(3, 5, bias=bias, dtype=pydl.float64, **more)
        w = [p.detach().numpy() for p in cell.parameters()] + ([] if bias else [np.zeros(len(cell.weight_ih))] * 2)
        for shape in ((4,), ()):
            x, h, c = (rng.standard_normal((*shape, n)) for n in (3, 5, 5))
            for given_state in (True, False):
                if not given_state:
                    h, c = h * 0, c * 0
                expected = np_step(count, x, h, c, *w)
                states = [pydl.tensor(v) for v in (h, c)]
                hx = None if not given_state else tuple(states) if kind == "LSTMCell" else states[0]
                got = cell(pydl.tensor(x), hx)
                for y, e in zip(got if kind == "LSTMCell" else [got], expected, strict=False):
                    np.testing.assert_allclose(y.detach().numpy(), e, rtol=1e-12, atol=1e-13)


ERRORS = [
    (lambda: nn.LSTM(0, 3), "ValueError", "input_size must be greater than zero"),
    (lambda: nn.LSTM(3, 0), "ValueError", "hidden_size must be greater than zero"),
    (lambda: nn.LSTM(3.0, 2), "DTypeError", "input_size should be of type int"),
    (lambda: nn.LSTM(3, 2, 0), "ValueError", "num_layers must be greater than zero"),
    (lambda: nn.LSTM(3, 2, bias=1), "DTypeError", "bias should be of type bool"),
    (lambda: nn.LSTM(3, 2, dropout=1.5), "ValueError", "dropout should be a number"),
    (lambda: nn.LSTM(3, 2, proj_size=2), "ValueError", "proj_size"),
    (lambda: nn.GRU(3, 2, proj_size=1), "ValueError", "only supported for LSTM"),
    (lambda: nn.RNN(3, 2, nonlinearity="sin"), "ValueError", "Unknown nonlinearity 'sin'"),
    (lambda: nn.RNNBase("ELMAN", 3, 2), "ValueError", "Unrecognized RNN mode"),
    (lambda: nn.LSTM(3, 2)(pydl.ones(3)), "ShapeError", "Expected input to be 2D or 3D, got 1D"),
    (lambda: nn.LSTM(3, 2)(pydl.ones(4, 1, 2)), "ShapeError", r"Expected 3, got 2 .*\(in LSTM\)"),
    (lambda: nn.LSTM(3, 2)(pydl.ones(4, 1, 3).double()), "ValueError", "does not match weight dtype"),
    (lambda: nn.LSTM(3, 2)([1]), "DTypeError", "expected a tensor or a PackedSequence, got list"),
    (lambda: nn.LSTM(3, 2)(pydl.ones(4, 1, 3), pydl.ones(1, 1, 2)), "DTypeError", r"hx as \(h0, c0\)"),
    (
        lambda: nn.LSTM(3, 2)(pydl.ones(4, 1, 3), (pydl.ones(1, 1, 2), pydl.ones(1, 2, 2))),
        "ShapeError",
        r"Expected hidden\[1\] size \(1, 1, 2\), got \[1, 2, 2\]",
    ),
    (lambda: nn.GRU(3, 2)(pydl.ones(4, 1, 3), pydl.ones(1, 2)), "ShapeError", "hx should also be 3-D but got 2-D"),
    (lambda: nn.GRU(3, 2)(pydl.ones(4, 3), pydl.ones(1, 1, 2)), "ShapeError", "hx should also be 2-D but got 3-D"),
    (lambda: nn.GRU(3, 2)(pydl.ones(0, 1, 3)), "ShapeError", "steps 1 or more"),
    (lambda: nn.GRUCell(3, 2)(pydl.ones(1, 1, 3)), "ShapeError", "Expected input to be 1D or 2D, got 3D"),
    (lambda: nn.GRUCell(3, 2)(pydl.ones(1, 4)), "ShapeError", "expected 3 features in the input, got 4"),
    (lambda: nn.GRUCell(3, 2)(pydl.ones(1, 3), pydl.ones(2, 2)), "ShapeError", r"Expected hx of shape \(1, 2\)"),
    (lambda: nn.LSTMCell(3, 2)(pydl.ones(1, 3), pydl.ones(1, 2)), "DTypeError", r"hx as \(h, c\)"),
    (lambda: nn.LSTMCell(3, 2)(pydl.ones(1, 3), (1, 2)), "DTypeError", r"hx\[0\] as a tensor"),
    (lambda: nn.RNNCell(3, 2, nonlinearity="sin")(pydl.ones(1, 3)), "ValueError", "Unknown nonlinearity"),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors(call: Any, kind: str, message: str) -> None:
    with pytest.raises(getattr(pydl, kind), match=message) as caught:
        call()
    assert isinstance(caught.value, RuntimeError)

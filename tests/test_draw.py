"""Drawings of graphs: what is in them, the text, the source that Graphviz gets, and the files."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from dot_language import parse

import pydl
from pydl import nn
from pydl.nn import functional as F
from pydl.utils.draw import Drawing, Node, draw_graph, make_dot


def table(drawing: Drawing) -> list[tuple[str, str, Any, str]]:
    return [(n.name, n.what, n.shape, " ".join(n.inputs)) for n in drawing.nodes]


def check(drawing: Drawing) -> Drawing:
    """What holds for every drawing: names once, inputs first, and a source that says the same."""
    names: list[str] = []
    for node in drawing.nodes:
        assert node.name not in names and set(node.inputs) <= set(names)
        names.append(node.name)
    graph = parse(drawing.source)
    nodes = graph.all_nodes()
    label = {i: attributes["label"].split("\n")[0] for i, attributes in nodes.items()}
    assert sorted(label.values()) == sorted(n.name.split("\n")[0] for n in drawing.nodes)
    edges = [tuple(name.split("\n")[0] for name in edge) for edge in drawing.edges]
    assert [(label[a], label[b]) for a, b in graph.edges] == edges
    for node in drawing.nodes:
        box = graph
        for i in range(len(node.group)):
            box = box.boxes["cluster " + " ".join(node.group[: i + 1])]
            assert box.settings["label"] == node.group[i]
        assert any(a["label"].split("\n")[0] == node.name.split("\n")[0] for a in box.nodes.values())
    return drawing


# --- computations


def test_computation() -> None:
    a = pydl.randn(2, 3, requires_grad=True)
    b = pydl.randn(2, 3, requires_grad=True)
    c = a * b
    loss = (c + c.exp()).log_softmax(1)[:, 0].mean()
    drawing = check(make_dot(loss, params={"a": a, "b": b, "c": c, "nothing": pydl.ones(1)}))
    assert table(drawing) == [
        ("a", "leaf", (2, 3), ""),
        ("b", "leaf", (2, 3), ""),
        ("c", "Mul", (2, 3), "a b"),
        ("exp", "Exp", (2, 3), "c"),
        ("add", "Add", (2, 3), "c exp"),
        ("log_softmax", "LogSoftmax", (2, 3), "add"),
        *[(n.name, n.what, n.shape, " ".join(n.inputs)) for n in drawing.nodes[6:-1]],
        ("mean", "Mean", (), drawing.nodes[-2].name),
    ]
    assert drawing.nodes[-2].shape == (2,)
    assert [n.kind for n in drawing.nodes] == ["leaf", "leaf", *["operation"] * (len(drawing.nodes) - 3), "output"]
    assert drawing["c"].inputs == ["a", "b"] and ("c", "add") in drawing.edges
    with pytest.raises(KeyError):
        drawing["d"]


def test_nothing_is_changed() -> None:
    x = pydl.ones(3, requires_grad=True)
    called: list[Any] = []
    y = x * 2
    x.register_hook(called.append)
    y.register_hook(called.append)
    loss = y.sum()
    make_dot(loss)
    assert x.grad is None and not called
    loss.backward()
    assert x.grad is not None and x.grad.tolist() == [2, 2, 2] and len(called) == 2


def test_several_results_and_leaves_alone() -> None:
    x = pydl.eye(2).requires_grad_()
    q, r = pydl.linalg.qr(x)
    drawing = check(make_dot([q * r, q, x], params={"second": r, "product": q * r}))
    leaf, both, product = drawing.nodes
    assert (leaf.name, leaf.kind) == ("leaf", "leaf")
    assert both.inputs == ["leaf"] and both.shape == (2, 2) and both.name == "second" and both.kind == "output"
    assert product.inputs == ["second", "second"] and (product.name, product.what) == ("mul", "Mul")
    assert [n.name for n in make_dot(x, {"weight": x}).nodes] == ["weight"]


def test_shapes_are_those_of_the_values() -> None:
    """Each named tensor on the way, of operations with one result and with several."""
    pydl.manual_seed(0)
    x = pydl.randn(2, 3, 8, 8)
    named: dict[str, pydl.Tensor] = {}
    convolved = nn.Conv2d(3, 4, 3)(x)
    named["conv"] = convolved
    named["pool"] = F.max_pool2d(F.relu(convolved), 2)
    named["flat"] = named["pool"].flatten(1)
    named["attention"] = F.scaled_dot_product_attention(*[named["pool"].flatten(2)] * 3)
    output, (hidden, _) = nn.LSTM(9, 5, batch_first=True)(named["attention"])
    named["lstm"] = output
    named["top"], _ = named["flat"].topk(2, dim=1)
    named["part"] = named["lstm"][:, 1:, None]
    named["matrix"] = named["part"].squeeze(2) @ output.transpose(1, 2)
    named["sum"] = named["matrix"].sum() + named["top"].prod() + hidden.norm()
    drawing = check(make_dot(named["sum"], named))
    for name, tensor in named.items():
        assert drawing[name].shape == tuple(tensor.shape), name
    assert all(n.shape is not None for n in drawing.nodes)


def test_operations_of_ones_own() -> None:
    class Twice(pydl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor) -> pydl.Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: pydl.Tensor) -> pydl.Tensor:
            return g * 2

    x = pydl.ones(3, requires_grad=True)
    assert table(check(make_dot(Twice.apply(x).sum(), {"x": x})))[1] == ("twice", "Twice", (3,), "x")


def test_after_backward_shapes_are_gone() -> None:
    x = pydl.ones(3, requires_grad=True)
    loss = (x * x).exp().sum()
    loss.backward()
    nodes = check(make_dot(loss, {"x": x})).nodes
    assert [n.name for n in nodes] == ["x", "mul", "exp", "sum"]
    assert nodes[-1].shape == () and nodes[1].shape is None


def test_long_computations() -> None:
    """Deeper than Python's recursion goes."""
    x = y = pydl.ones((), requires_grad=True)
    for _ in range(3000):
        y = y + x
    drawing = make_dot(y, {"x": x})
    assert len(drawing.nodes) == 3001 and drawing.nodes[-1].name == "add_2999"
    assert len(str(drawing).splitlines()) == 3003


def test_model_parameters_name_the_leaves() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.Tanh())
    drawing = check(make_dot(model(pydl.ones(4, 3)).mean(), model))
    assert [n.name for n in drawing.nodes if n.kind == "leaf"] == ["0.weight", "0.bias"]
    assert str(drawing) == str(make_dot(model(pydl.ones(4, 3)).mean(), dict(model.named_parameters())))


# --- models


class Block(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.attention = nn.MultiheadAttention(size, 2, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(size, size), nn.GELU())

    def forward(self, x: pydl.Tensor) -> pydl.Tensor:
        y = self.norm(x)
        x = x + self.attention(y, y, value=y, need_weights=False)[0]
        return x + self.mlp(x)


class Language(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Embedding(10, 4)
        self.place = nn.Parameter(pydl.zeros(5, 4))
        self.blocks = nn.ModuleList([Block(4), Block(4)])
        self.head = nn.Linear(4, 10)

    def forward(self, text: pydl.Tensor) -> dict[str, Any]:
        x = self.token(text[:, :-1]) + self.place
        for block in self.blocks:
            x = block(x)
        return {"logits": self.head(x), "states": [x]}


def test_model() -> None:
    text = pydl.zeros(2, 6, dtype=pydl.int64)
    drawing = check(draw_graph(Language(), text))
    rows = {n.name: n for n in drawing.nodes}
    assert rows["token"].inputs == ["input"] and rows["token"].shape == (2, 5, 4)
    assert rows["place"].kind == "leaf" and rows["place"].shape == (5, 4)
    assert rows["add_1"].inputs == ["add", "blocks.0.attention"] and rows["add_1"].group == ("blocks.0",)
    assert rows["blocks.0.attention"].inputs == ["blocks.0.norm"] and not rows["add"].group
    assert rows["blocks.1.mlp.1"].group == ("blocks.1", "blocks.1.mlp")
    assert rows["head"].inputs == ["add_4"] and rows["output"].inputs == ["head"]
    assert rows["output_1"].inputs == ["add_4"] and rows["output_1"].shape == (2, 5, 4)
    lines = str(drawing).splitlines()
    assert "blocks.0:" in lines and any(line.startswith("    blocks.0.mlp.0  ") for line in lines)
    flat = check(draw_graph(Language(), text, depth=2))
    assert [n.name for n in flat.nodes if n.kind == "module"] == ["token", "blocks.0", "blocks.1", "head"]
    assert flat["blocks.1"].inputs == ["blocks.0"] and flat["blocks.1"].what == "Block"
    # The same with nothing to learn.
    frozen = Language().requires_grad_(False)
    assert table(draw_graph(frozen, text)) == table(drawing)
    assert not any(p.requires_grad for p in frozen.parameters())


def test_one_layer() -> None:
    assert table(check(draw_graph(nn.Linear(3, 2), pydl.ones(4, 3)))) == [
        ("input", "input", (4, 3), ""),
        ("linear", "Linear", (4, 2), "input"),
        ("output", "output", (4, 2), "linear"),
    ]
    outputs = check(draw_graph(nn.GRU(3, 2), (pydl.ones(4, 1, 3), pydl.zeros(1, 1, 2))))
    assert outputs["gru"].inputs == ["input", "input_1"] and outputs["output_1"].shape == (1, 1, 2)


class Odd(nn.Module):
    """Writes into its input, uses a module more than once and one never, keeps statistics, drops, draws numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)
        self.unused = nn.Linear(3, 3)
        self.rest = nn.Sequential(nn.BatchNorm1d(3), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Identity())

    def forward(self, x: pydl.Tensor, scale: pydl.Tensor) -> tuple[pydl.Tensor, pydl.Tensor]:
        x += pydl.rand(3)
        x[:, 0] = 0
        x = F.relu_(self.layer(x))
        with pydl.no_grad():
            constant = self.layer(x)
        y = self.rest(self.layer(x) * scale)
        return y + constant, y.argmax(1)


def test_odd_model_is_left_as_it_was() -> None:
    model = Odd().train()
    model.rest.eval()
    called: list[Any] = []
    model.layer.register_forward_hook(lambda *args: called.append(1))
    state = {k: v.clone() for k, v in model.state_dict().items()}
    x, scale = pydl.ones(2, 3), pydl.ones(1)
    random = pydl.get_rng_state()
    drawing = check(draw_graph(model, (x, scale)))
    assert [n.name for n in drawing.nodes if n.what == "Linear"] == ["layer", "layer_1", "layer_2"]
    assert "unused" not in [n.name for n in drawing.nodes]
    assert drawing["rest.3"].inputs == ["rest.2"] and drawing["mul"].inputs == ["layer_2", "expand"]
    assert drawing["expand"].inputs == ["input_1"]
    # The last sum: of what was computed without a graph only the call is known, and it is drawn.
    assert drawing[drawing["output"].inputs[0]].inputs == ["rest.3", "layer_1"]
    assert drawing["output_1"].inputs == [] and all(n.shape is not None for n in drawing.nodes)
    assert x.tolist() == [[1.0] * 3] * 2 and not x.requires_grad and all(p.grad is None for p in model.parameters())
    assert all(pydl.equal(v, state[k]) for k, v in model.state_dict().items())
    assert model.training and model.layer.training and not model.rest.training and not model.rest[0].training
    assert pydl.equal(pydl.get_rng_state(), random)
    assert len(called) == 3
    model.layer(x)
    assert len(called) == 4 and not model.rest[1]._forward_hooks and not model.rest[1]._forward_pre_hooks


class Again(nn.Module):
    """Keeps little for backward: its body is run again there."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.body = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))

    def forward(self, x: pydl.Tensor) -> pydl.Tensor:
        return pydl.utils.checkpoint.checkpoint(self.body, self.first(x), use_reentrant=False).sin()


def test_parts_that_backward_runs_again() -> None:
    model = Again()
    drawing = check(draw_graph(model, pydl.ones(2, 3)))
    names = [n.name for n in drawing.nodes]
    assert names.count("body.0") == 1 and drawing["body.0"].inputs == ["first"]
    assert drawing["output"].inputs == ["sin"] and drawing["sin"].shape == (2, 3)
    assert model.body[1].num_batches_tracked.item() == 0


def test_model_that_fails_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(5, 2)).requires_grad_(False)
    with pytest.raises(pydl.ShapeError, match="5"):
        draw_graph(model, pydl.ones(2, 3))
    assert model.training and not any(p.requires_grad for p in model.parameters())
    assert not model[0]._forward_hooks and not model[1]._forward_pre_hooks


# --- text, source and files


def test_text() -> None:
    drawing = Drawing(
        [
            Node("x", "input", "input", (2,)),
            Node("inner.layer", "module", "Linear", (2, 3), ["x"], ("inner",)),
            Node("deep", "operation", "Add", None, ["x", "inner.layer"], ("inner", "inner.most")),
            Node("y", "output", "output", (), ["deep"]),
        ]
    )
    assert str(drawing) == repr(drawing)
    assert str(drawing).splitlines() == [
        "name           what    shape   from",
        "---------------------------------------------",
        "x              input   (2,)",
        "inner:",
        "  inner.layer  Linear  (2, 3)  x",
        "  inner.most:",
        "    deep       Add             x, inner.layer",
        "y              output  ()      deep",
    ]
    check(drawing)


@pytest.mark.parametrize("name", ['say "x"', "back\\slash", "a\nb", "ends with \\", "Größe 값 -> {x} [y]; // #", "n0"])
def test_any_name_is_quoted(name: str) -> None:
    drawing = Drawing([Node(name, "leaf", name, (1,)), Node("y", "output", 'Ü"ber', None, [name], (name,))])
    check(drawing)
    nodes = parse(drawing.source).all_nodes()
    assert nodes["n0"]["label"] == f"{name}\n(1,)" and nodes["n1"]["label"] == 'y\nÜ"ber'


def test_the_reader_reads() -> None:
    """The parser of the tests refuses what dot would."""
    for wrong in ("digraph { a -> }", "digraph { a [label=] }", 'digraph { a [label="x] }', "graph { }", "digraph {"):
        with pytest.raises((AssertionError, IndexError)):
            parse(wrong)


drawn = Drawing([Node("x", "leaf", "leaf", (2,)), Node("y", "output", "Exp", (2,), ["x"])])


def test_files_without_graphviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert drawn.render(tmp_path / "graph.txt").read_text() == f"{drawn}\n"
    assert drawn.render(tmp_path / "graph.dot").read_text() == drawn.source
    assert drawn.render(str(tmp_path / "graph"), format="gv") == tmp_path / "graph.gv"
    with pytest.raises(pydl.StateError, match=r"'dot' is not installed.*print"):
        drawn.render(tmp_path / "graph.png")
    with pytest.raises(pydl.ValueError, match=r"got 'graph'"):
        drawn.render(tmp_path / "graph")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["graph.dot", "graph.gv", "graph.txt"]
    assert drawn._repr_mimebundle_() == {"text/plain": str(drawn)}


def test_files_with_a_program_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Called as Graphviz's is: the format as an argument, the source on standard input; its complaint is told."""
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\n[ "$1" = -Twrong ] && echo "no such format" >&2 && exit 1\necho "$@"; cat\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert drawn.render(tmp_path / "graph.svg").read_text() == f"-Tsvg\n{drawn.source}"
    assert drawn._repr_mimebundle_()["image/svg+xml"] == f"-Tsvg\n{drawn.source}"
    with pytest.raises(pydl.StateError, match="dot failed: no such format"):
        drawn.render(tmp_path / "graph.wrong")
    assert not (tmp_path / "graph.wrong").exists()


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it(tmp_path: Path) -> None:
    drawing = draw_graph(Language(), pydl.zeros(2, 6, dtype=pydl.int64))
    picture = drawing.render(tmp_path / "model.svg").read_text()
    assert "<svg" in picture and picture.count('class="node"') == len(drawing.nodes)
    assert picture.count('class="edge"') == len(drawing.edges)


x = pydl.ones(2, requires_grad=True)


@pytest.mark.parametrize(
    ("kind", "message", "call"),
    [
        (pydl.StateError, "requires no gradient", lambda: make_dot(pydl.ones(2))),
        (pydl.DTypeError, "got int", lambda: make_dot([x.sum(), 3])),
        (pydl.DTypeError, "'a': int", lambda: make_dot(x.sum(), {"a": 3})),
        (pydl.DTypeError, "a tensor or a tuple of tensors, got int", lambda: draw_graph(nn.ReLU(), 3)),
        (pydl.ValueError, "depth of 1 or more, got 0", lambda: draw_graph(nn.ReLU(), x, depth=0)),
    ],
)
def test_errors(kind: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(kind, match=message):
        call()

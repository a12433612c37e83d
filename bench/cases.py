"""What is timed. Each case is written once and run with pydl or with PyTorch as ``lib``: the names are the same."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from between import BETWEEN
from case import Case, Library, known, values
from convolutions import CONVOLUTIONS
from networks import NETWORKS
from products import PRODUCTS
from sequences import SEQUENCES


def mlp(lib: Library, sizes: tuple[int, ...]) -> Any:
    layers: list[Any] = []
    for a, b in pairwise(sizes):
        layers += [lib.nn.Linear(a, b), lib.nn.ReLU()]
    return lib.nn.Sequential(*layers[:-1])


def mlp_step(sizes: tuple[int, ...], batch: int, optimizer: Callable[[Library, Any], Any]) -> Callable[..., Any]:
    def make(lib: Library) -> Callable[[], Any]:
        model = known(lib, mlp(lib, sizes))
        step = optimizer(lib, model.parameters())
        x, t = values(lib, batch, sizes[0]), lib.arange(batch) % sizes[-1]
        return training(lib, model, step, x, t)

    return make


def training(lib: Library, model: Any, step: Any, x: Any, t: Any) -> Callable[[], Any]:
    """One step: forward, backward, update."""

    def run() -> Any:
        loss = lib.nn.functional.cross_entropy(model(x), t)
        step.zero_grad()
        loss.backward()
        step.step()
        return loss

    return run


def cnn(lib: Library) -> Any:
    nn = lib.nn
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(9216, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def cnn_step(batch: int) -> Callable[..., Any]:
    def make(lib: Library) -> Callable[[], Any]:
        model = known(lib, cnn(lib))
        x, t = values(lib, batch, 1, 28, 28), lib.arange(batch) % 10
        return training(lib, model, lib.optim.Adadelta(model.parameters()), x, t)

    return make


def gpt(lib: Library, vocabulary: int, width: int, heads: int, layers: int, length: int) -> Any:
    """A small GPT in the plain style: pre-norm blocks of causal attention and a GELU network."""
    nn, F = lib.nn, lib.nn.functional

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x: Any) -> Any:
            b, t, c = x.size()
            q, k, v = (
                part.view(b, t, heads, c // heads).transpose(1, 2) for part in self.qkv(self.norm1(x)).split(c, dim=2)
            )
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(y.transpose(1, 2).contiguous().view(b, t, c))
            return x + self.down(F.gelu(self.up(self.norm2(x))))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
            self.blocks = nn.Sequential(*[Block() for _ in range(layers)])
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

        def forward(self, tokens: Any) -> Any:
            x = self.tokens(tokens) + self.places(lib.arange(tokens.size(1)))
            return self.head(self.norm(self.blocks(x))).view(-1, vocabulary)

    return GPT()


GPT_SIZES = (65, 128, 4, 4, 64)  # vocabulary, width, heads, layers, length


def gpt_step(batch: int) -> Callable[..., Any]:
    def make(lib: Library) -> Callable[[], Any]:
        model = known(lib, gpt(lib, *GPT_SIZES))
        x = lib.arange(batch * GPT_SIZES[4]).view(batch, GPT_SIZES[4]) * 7 % GPT_SIZES[0]
        step = lib.optim.AdamW(model.parameters(), lr=1e-3)
        return training(lib, model, step, x, (x.view(-1) * 5 + 1) % GPT_SIZES[0])

    return make


def gpt_flops() -> float:
    """Of forward and backward for one row of tokens; of the attention only the half that is not masked."""
    vocabulary, width, _, layers, length = GPT_SIZES
    return 6.0 * length * (layers * (12 * width * width + length * width) + width * vocabulary)


LETTERS, LETTER_WIDTH, LSTM_WIDTH = 65, 64, 256


def letters(lib: Library) -> Any:
    """A model of text, letter by letter: two layers of LSTM."""
    nn = lib.nn

    class Letters(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.letters = nn.Embedding(LETTERS, LETTER_WIDTH)
            self.lstm = nn.LSTM(LETTER_WIDTH, LSTM_WIDTH, 2, batch_first=True)
            self.head = nn.Linear(LSTM_WIDTH, LETTERS)

        def forward(self, x: Any) -> Any:
            return self.head(self.lstm(self.letters(x))[0]).view(-1, LETTERS)

    return Letters()


def letters_step(batch: int, length: int) -> Callable[..., Any]:
    def make(lib: Library) -> Callable[[], Any]:
        model = known(lib, letters(lib))
        x = lib.arange(batch * length).view(batch, length) * 7 % LETTERS
        return training(lib, model, adam(lib, model.parameters()), x, (x.view(-1) * 5 + 1) % LETTERS)

    return make


LETTERS_FLOPS = 6.0 * (4 * LSTM_WIDTH * (LETTER_WIDTH + 3 * LSTM_WIDTH) + LSTM_WIDTH * LETTERS)


def small_ops(count: int) -> Callable[..., Any]:
    """A chain of cheap operations on a 2 x 3 tensor, and back: nothing but overhead."""

    def make(lib: Library) -> Callable[[], Any]:
        x = lib.ones(2, 3, requires_grad=True)
        w = lib.full((2, 3), 0.5)

        def run() -> Any:
            y = x
            for _ in range(count // 4):
                y = lib.tanh(y * w + w) - w
            x.grad = None
            y.sum().backward()
            return y.sum()

        return run

    return make


def forward_mlp(lib: Library) -> Callable[[], Any]:
    model = known(lib, mlp(lib, BIG))
    x = values(lib, 1, 784)

    def run() -> Any:
        with lib.no_grad():
            return model(x).sum()

    return run


def add_with_graph(lib: Library) -> Callable[[], Any]:
    x, y = lib.ones(2, 3, requires_grad=True), lib.ones(2, 3)

    def run() -> Any:
        for _ in range(100):
            z = x + y
        return z.sum()

    return run


def adam_200(lib: Library) -> Callable[[], Any]:
    parameters = [values(lib, 110, 100, seed=i).requires_grad_() for i in range(200)]
    for p in parameters:
        p.grad = lib.ones(110, 100)
    step = lib.optim.Adam(parameters, lr=1e-3)

    def run() -> Any:
        step.step()
        return parameters[0]

    return run


def sgd(lib: Library, parameters: Any) -> Any:
    return lib.optim.SGD(parameters, lr=0.01, momentum=0.9, nesterov=True)


def adam(lib: Library, parameters: Any) -> Any:
    return lib.optim.Adam(parameters, lr=1e-3)


OPS = [
    *PRODUCTS,
    *SEQUENCES,
    *CONVOLUTIONS,
    *BETWEEN,
]

BIG = (784, 512, 512, 10)
MLP_FLOPS = 6.0 * sum(a * b for a, b in pairwise(BIG))
CNN_MACS = 32 * 26 * 26 * 9 + 64 * 24 * 24 * 32 * 9 + 9216 * 128 + 1280

TRAIN = [
    Case("MLP 784-512-512-10, batch 64, SGD", mlp_step(BIG, 64, sgd), 64 * MLP_FLOPS),
    Case("MLP 784-512-512-10, batch 512, SGD", mlp_step(BIG, 512, sgd), 512 * MLP_FLOPS),
    Case("tiny MLP 64-128-10, batch 32, Adam", mlp_step((64, 128, 10), 32, adam), 32 * 6.0 * (64 * 128 + 1280)),
    Case("MNIST CNN, batch 64, Adadelta", cnn_step(64), 64 * 6.0 * CNN_MACS),
    Case("GPT of 4 layers of 128, batch 12 x 64, AdamW", gpt_step(12), 12 * gpt_flops()),
    Case("two-layer LSTM of 256, batch 32 x 64, Adam", letters_step(32, 64), 32 * 64 * LETTERS_FLOPS),
    *NETWORKS,
    Case("200 small ops forward and backward", small_ops(200)),
    Case("100 x (x + y), 2 x 3, with a graph", add_with_graph),
    Case("Adam over 200 tensors, 2.2 M values", adam_200, 0.0, 200 * 11000 * 4.0 * 7),
    Case("one image through the MLP", forward_mlp, 2.0 * sum(a * b for a, b in pairwise(BIG))),
]


def table_cases() -> list[Case]:
    """The op table's rows that name sizes to time."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from op_table import rows

    cases = []
    for row in rows():
        for shapes in row.times:
            size = sum(math.prod(s) for s in shapes)
            name = f"{row} {' '.join('x'.join(map(str, s)) for s in shapes)}"
            moved = 4.0 * (size + max(math.prod(s) for s in shapes))
            # Random numbers are each library's own.
            cases.append(
                Case(name, table_case(row, shapes), 0.0, moved, 1e-4 if row.reference is not None else math.inf)
            )
    return cases


def fills(row: Any) -> list[Any]:
    """What the tests fill the row's operands with: as many negative numbers, say, as the op is used to.

    The same in every process, or the libraries would be given different numbers.
    """
    from hypothesis import HealthCheck, given, settings
    from hypothesis.strategies import data

    found: list[Any] = []

    @settings(derandomize=True, max_examples=1, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data())
    def draw(source: Any) -> None:
        found[:] = [fill for _, fill in row.inputs(source.draw)]

    draw()
    return found


def table_case(row: Any, shapes: Any) -> Callable[[Library], Callable[[], Any]]:
    def make(lib: Library) -> Callable[[], Any]:
        rng = np.random.default_rng(0)
        operands = []
        for shape, fill in zip(shapes, cycle(fills(row)), strict=False):
            x = np.asarray(fill(rng, shape))
            operands.append(lib.from_numpy(x.astype("float32") if x.dtype.kind == "f" else x))
        call = row.torch if lib.__name__ == "torch" and row.torch is not None else row.call
        return lambda: call(*operands)

    return make


BESIDE = ("numpy", "own", "by turns")  # the kinds of the suite of that name: numpy's product, the library's, each once


def beside(kind: str, size: int) -> Case:
    def make(lib: Library) -> Callable[[], Any]:
        x = values(lib, size, size)
        a = x.numpy().copy()
        runs = {"numpy": lambda: a @ a, "own": lambda: x @ x, "by turns": lambda: (a @ a, x @ x)}
        return runs[kind]

    return Case(f"{kind}, {size}", make)


SUITES: dict[str, Callable[[], list[Case]]] = {
    "ops": lambda: OPS + table_cases(),
    "train": lambda: TRAIN,
    "beside": lambda: [beside(kind, size) for kind in BESIDE for size in (128, 512)],
}

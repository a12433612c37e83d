from typing import Any

import numpy as np
from hypothesis import strategies as st
from op_table import Row
from strategies import EDGES, floats

import pydl


def products(draw: Any) -> Any:
    """Vectors, matrices and stacks whose inner sizes fit and whose batches broadcast; sizes around the tiles' edges."""
    edge = st.sampled_from([n for n in EDGES if n <= 17])
    m, k, n = draw(edge), draw(edge), draw(edge)
    kind = draw(st.sampled_from(["22", "12", "21", "11", "32", "23", "33", "43", "44", "42"]))
    left = {"1": (k,), "2": (m, k), "3": (3, m, k), "4": (2, 3 if kind == "44" else 1, m, k)}[kind[0]]
    right = {"1": (k,), "2": (k, n), "3": (3, k, n), "4": (2, 1, k, n)}[kind[1]]
    return [(left, floats(-1, 1)), (right, floats(-1, 1))]


def layer(draw: Any) -> Any:
    """Input, weight and bias of a linear layer."""
    edge = st.sampled_from([n for n in EDGES if n <= 17])
    i, o = draw(edge), draw(edge)
    lead = draw(st.sampled_from([(), (1,), (5,), (0,), (2, 3)]))
    return [((*lead, i), floats(-1, 1)), ((o, i), floats(-1, 1)), ((o,), floats(-1, 1))]


ROWS = [
    Row(
        "matmul",
        lambda x, y: x @ y,
        np.matmul,
        products,
        torch=lambda x, y: x @ y,
        sums=True,
        bad=(
            ("ShapeError", lambda: pydl.ones(2, 3) @ pydl.ones(2, 3)),
            ("ShapeError", lambda: pydl.ones(2, 2, 3) @ pydl.ones(3, 3, 2)),
            ("ShapeError", lambda: pydl.ones(2, 3) @ pydl.tensor(1.0)),
            ("DTypeError", lambda: pydl.ones(2, 2) @ pydl.ones(2, 2).double()),
            ("DTypeError", lambda: pydl.matmul(pydl.ones(2, 2), 3)),
        ),
        times=(((64, 64), (64, 64)),),
    ),
    Row(
        "matmul",
        lambda x, y: (x * 4).long() @ (y * 4).long(),
        lambda x, y: np.matmul(np.trunc(x * 4), np.trunc(y * 4)),
        products,
        "integers",
        grad=False,
    ),
    Row(
        "matmul",
        lambda x: x @ np.full((x.shape[-1], 2), 0.5, "float32"),
        lambda x: x @ np.full((x.shape[-1], 2), 0.5),
        lambda draw: [((3, 4), floats(0.1))],
        "array",
        grad=False,
        bad=(("DTypeError", lambda: pydl.matmul(np.ones((2, 2)), np.ones((2, 2)))),),
    ),
    Row(
        "rmatmul",
        lambda x: np.full((2, x.shape[-2]), 0.5) @ x.double(),
        lambda x: np.full((2, x.shape[-2]), 0.5) @ x,
        lambda draw: [((3, 4), floats(0.1))],
        torch=lambda x: __import__("torch").full((2, x.shape[-2]), 0.5).double() @ x.double(),
        bad=(("DTypeError", lambda: 2 @ pydl.ones(2, 2)),),
    ),
    Row(
        "linear",
        pydl.linear,
        lambda x, w, b: x @ w.T + b,
        layer,
        torch=lambda x, w, b: x @ w.T + b,
        sums=True,
        bad=(
            ("ShapeError", lambda: pydl.linear(pydl.ones(64, 784), pydl.ones(10, 512))),
            ("ShapeError", lambda: pydl.linear(pydl.ones(4, 5), pydl.ones(3, 5), pydl.ones(4))),
            ("ShapeError", lambda: pydl.linear(pydl.tensor(1.0), pydl.ones(3, 5))),
            ("DTypeError", lambda: pydl.linear(pydl.ones(4, 5), pydl.ones(3, 5).double())),
        ),
    ),
    Row("linear", lambda x, w, b: pydl.linear(x, w), lambda x, w, b: x @ w.T, layer, "no bias", sums=True),
]

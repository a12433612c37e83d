import warnings

import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


def sigmoid(x):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def np_step(kind, x, h, c, w_ih, w_hh, b_ih, b_hh, w_hr=None):
    """One step of one sequence or of a batch: h and c."""
    a, b = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
    if kind == "lstm":
        i, f, g, o = np.split(a + b, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return (h if w_hr is None else h @ w_hr.T), c
    if kind == "gru":
        (xr, xz, xn), (hr, hz, hn) = np.split(a, 3, -1), np.split(b, 3, -1)
        r, z = sigmoid(xr + hr), sigmoid(xz + hz)
        return (1 - z) * np.tanh(xn + r * hn) + z * h, c
    return (np.tanh(a + b) if kind == "rnn_tanh" else np.maximum(a + b, 0)), c


def np_layers(kind, x, h0, c0, params, directions=1, lengths=None):
    """Sequence by sequence: x (steps, batch, features); y is 0 past a sequence's end."""
    steps, batch = x.shape[:2]
    lengths = [steps] * batch if lengths is None else lengths
    runs = h0.shape[0]
    each = len(params) // runs
    h_n, c_n = h0.copy(), c0.copy()
    for layer in range(runs // directions):
        ys = []
        for direction in range(directions):
            i = layer * directions + direction
            y = np.zeros((steps, batch, h0.shape[2]))
            for b in range(batch):
                h, c = h0[i, b], c0[i, b]
                order = range(lengths[b])
                for t in reversed(order) if direction else order:
                    h, c = np_step(kind, x[t, b], h, c, *params[i * each : i * each + each])
                    y[t, b] = h
                h_n[i, b], c_n[i, b] = h, c
            ys.append(y)
        x = np.concatenate(ys, -1)
    return (x, h_n, c_n) if kind == "lstm" else (x, h_n)


def shapes_of(kind, features, hidden, layers=1, directions=1, size=0):
    """The shapes of all weights."""
    gates, out = GATES[kind] * hidden, size or hidden
    shapes = []
    for layer in range(layers):
        for _ in range(directions):
            wide = out * directions if layer else features
            shapes += [(gates, wide), (gates, out), (gates,), (gates,)] + ([(out, hidden)] if size else [])
    return shapes


def weight(rng, shape):
    """As layers begin: sums that stay in the gates' range at any size."""
    return rng.uniform(-1.0, 1.0, shape) / np.sqrt(max(shape[1], 1) if len(shape) > 1 else 1)


def operands(kind, steps, batch, features, hidden, layers=1, directions=1, size=0, rows=None):
    runs = layers * directions
    shapes = [(steps, batch, features) if rows is None else (rows, features), (runs, batch, size or hidden)]
    shapes += [(runs, batch, hidden)] * (kind == "lstm")
    weights = shapes_of(kind, features, hidden, layers, directions, size)
    return fixed(*[(shape, floats(-1.0, 1.0)) for shape in shapes], *[(shape, weight) for shape in weights])


def call(lib, kind, values, layers=1, directions=1, batch_first=False, sizes=None):
    """torch.lstm and its like in either library: values is input, h0, of an LSTM c0, weights."""
    n = 3 if kind == "lstm" else 2
    x, states, params = values[0], values[1:n], list(values[n:])
    hx = states if kind == "lstm" else states[0]
    settings = hx, params, True, layers, 0.0, False, directions == 2
    if sizes is not None:
        return getattr(lib, kind)(x, lib.tensor(sizes), *settings)
    return getattr(lib, kind)(x, *settings, batch_first)


def call_torch(*args, **settings):
    """`call` of PyTorch's, without its warning that a projection takes the slow way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(__import__("torch"), *args, **settings)


def reference(kind, values, directions=1, batch_first=False, lengths=None):
    n = 3 if kind == "lstm" else 2
    x, h0, params = values[0], values[1], values[n:]
    c0 = values[2] if kind == "lstm" else np.zeros_like(h0)
    if lengths is None:
        y, *ends = np_layers(kind, x.swapaxes(0, 1) if batch_first else x, h0, c0, params, directions)
        return (y.swapaxes(0, 1) if batch_first else y, *ends)
    there = np.arange(max(lengths))[:, None] < np.array(lengths)
    padded = np.zeros((*there.shape, x.shape[-1]))
    padded[there] = x
    y, *ends = np_layers(kind, padded, h0, c0, params, directions, lengths)
    return (y[there], *ends)


def row(kind, inputs, label="", lengths=None, bad=(), times=(), **settings):
    sizes = None if lengths is None else [sum(n > t for n in lengths) for t in range(max(lengths))]
    known = {k: v for k, v in settings.items() if k != "layers"}
    return Row(
        kind,
        lambda *v: call(pydl, kind, v, sizes=sizes, **settings),
        lambda *v: reference(kind, v, lengths=lengths, **known),
        inputs,
        label,
        torch=lambda *v: call_torch(kind, v, sizes=sizes, **settings),
        ulps=32,  # each step adds the rounding of its sums to the last one's
        bad=bad,
        times=times,
    )


def cell_row(kind, bad):
    n = 2 if kind == "lstm" else 1

    def run(lib, values):
        state = values[1 : 1 + n]
        return getattr(lib, f"{kind}_cell")(values[0], state if n == 2 else state[0], *values[1 + n :])

    def expected(*v):
        h, c = np_step(kind, v[0], v[1], v[n], *v[1 + n :])
        return (h, c) if n == 2 else h

    def inputs(batch, features, hidden):
        shapes = [(batch, features), *[(batch, hidden)] * n, *shapes_of(kind, features, hidden)]
        return fixed(*[(shape, floats(-1.0, 1.0)) for shape in shapes])

    return Row(
        f"{kind}_cell",
        lambda *v: run(pydl, v),
        expected,
        any_of(inputs(3, 4, 5), inputs(1, 1, 1), inputs(7, 3, 17), inputs(0, 2, 3)),
        torch=lambda *v: run(__import__("torch"), v),
        ulps=16,
        bad=bad,
    )


def weights(kind="lstm", features=2, hidden=3, **more):
    return [pydl.ones(*shape) for shape in shapes_of(kind, features, hidden, **more)]


def lstm(x=None, hx=None, params=None, layers=1, directions=1, biases=True):
    x = pydl.ones(4, 1, 2) if x is None else x
    return pydl.lstm(x, hx, weights() if params is None else params, biases, layers, 0.0, False, directions == 2, False)


def packed(sizes, rows=4):
    return pydl.lstm(pydl.ones(rows, 2), sizes, None, weights(), True, 1, 0.0, False, False)


SIZES = any_of(
    *[operands("lstm", *s) for s in ((3, 2, 4, 5), (1, 1, 1, 1), (2, 7, 3, 17), (2, 0, 3, 2), (2, 13, 2, 33))]
)
LENGTHS = (4, 2, 2, 1)

ROWS = [
    row(
        "lstm",
        SIZES,
        bad=(
            ("ShapeError", lambda: lstm(pydl.ones(4, 2))),
            ("ShapeError", lambda: lstm(pydl.ones(0, 1, 2))),
            ("ShapeError", lambda: lstm(pydl.ones(4, 1, 3))),
            ("ShapeError", lambda: lstm(hx=(pydl.ones(1, 1, 2), pydl.ones(1, 1, 3)))),
            ("ShapeError", lambda: lstm(hx=(pydl.ones(1, 1, 3), pydl.ones(1, 2, 3)))),
            ("ShapeError", lambda: lstm(params=weights()[:3])),
            ("ShapeError", lambda: lstm(params=[])),
            ("ShapeError", lambda: lstm(layers=0)),
            ("ShapeError", lambda: lstm(layers=2)),
            ("ShapeError", lambda: lstm(params=weights(hidden=2)[:2] + weights()[2:])),
            ("ShapeError", lambda: lstm(params=[pydl.ones(4), pydl.ones(4)], biases=False)),
            ("ShapeError", lambda: lstm(params=[pydl.ones(6, 2), pydl.ones(6, 3)], biases=False)),
            ("DTypeError", lambda: lstm(pydl.ones(4, 1, 2).long())),
            ("DTypeError", lambda: lstm(pydl.ones(4, 1, 2).double())),
            ("DTypeError", lambda: lstm(hx=pydl.ones(1, 1, 3))),
            ("DTypeError", lambda: lstm(params=pydl.ones(3))),
            ("DTypeError", lambda: lstm(params=[1, 2, 3, 4])),
            ("ShapeError", lambda: packed(pydl.tensor([2, 1]))),
            ("ValueError", lambda: packed(pydl.tensor([1, 3]))),
            ("ValueError", lambda: packed(pydl.tensor([4, 0]))),
            ("ValueError", lambda: packed(pydl.tensor([5, -1]))),
            ("DTypeError", lambda: packed(pydl.tensor([4.0]))),
            ("DTypeError", lambda: packed(4)),
        ),
        times=(((64, 32, 256), (1, 32, 256), (1, 32, 256), (1024, 256), (1024, 256), (1024,), (1024,)),),
    ),
    row("lstm", operands("lstm", 3, 2, 4, 5, 2, 2), "stacked", layers=2, directions=2),
    row("lstm", operands("lstm", 3, 2, 4, 5, 2, 2, 3), "projected", layers=2, directions=2),
    # x is (2, 5, 4)
    row("lstm", fixed(((2, 5, 4), floats()), *operands("lstm", 5, 2, 4, 7)(None)[1:]), "batch first", batch_first=True),
    row("lstm", operands("lstm", 4, 4, 3, 5, 2, 2, rows=9), "packed", LENGTHS, layers=2, directions=2),
    row("lstm", operands("lstm", 4, 4, 3, 5, 1, 2, 2, rows=9), "packed projected", LENGTHS, directions=2),
    row(
        "gru",
        any_of(
            *[operands("gru", *s) for s in ((3, 2, 4, 5), (1, 1, 1, 1), (2, 7, 3, 17), (2, 0, 3, 2), (2, 9, 2, 65))]
        ),
        bad=(
            ("ShapeError", lambda: pydl.gru(pydl.ones(2, 2), None, weights("gru"), True, 1, 0.0, False, False, False)),
            ("DTypeError", lambda: pydl.gru(pydl.ones(1, 1, 2), 3, weights("gru"), True, 1, 0.0, False, False, False)),
        ),
        times=(((64, 32, 256), (1, 32, 256), (768, 256), (768, 256), (768,), (768,)),),
    ),
    row("gru", operands("gru", 4, 4, 3, 5, 2, 2, rows=9), "packed", LENGTHS, layers=2, directions=2),
    row("rnn_tanh", any_of(*[operands("rnn_tanh", *s) for s in ((3, 2, 4, 5), (2, 7, 3, 17), (2, 9, 2, 65))])),
    row("rnn_tanh", operands("rnn_tanh", 4, 4, 3, 5, 2, 2, rows=9), "packed", LENGTHS, layers=2, directions=2),
    row("rnn_relu", any_of(*[operands("rnn_relu", *s) for s in ((2, 2, 4, 3), (3, 1, 3, 2))])),
    row("rnn_relu", operands("rnn_relu", 4, 4, 3, 2, rows=9), "packed", LENGTHS),
    *[
        cell_row(
            kind,
            (
                ("ShapeError", lambda f=f, s=s, w=w: f(pydl.ones(2), s, *w[:2])),
                ("ShapeError", lambda f=f, s=s, w=w: f(pydl.ones(2, 3), s, *w[:2])),
                ("ShapeError", lambda f=f, s=s, w=w: f(pydl.ones(3, 2), s, *w[:2])),
                ("ShapeError", lambda f=f, s=s, w=w: f(pydl.ones(2, 2), s, w[0], w[0])),
                ("ShapeError", lambda f=f, s=s, w=w: f(pydl.ones(2, 2), s, *w[:3], pydl.ones(1))),
                ("DTypeError", lambda f=f, w=w: f(pydl.ones(2, 2), None, *w[:2])),
                ("DTypeError", lambda f=f, s=s, w=w: f(pydl.ones(2, 2).double(), s, *w[:2])),
            ),
        )
        for kind, f, s, w in [
            ("lstm", pydl.lstm_cell, (pydl.ones(2, 3), pydl.ones(2, 3)), weights()),
            ("gru", pydl.gru_cell, pydl.ones(2, 3), weights("gru")),
            ("rnn_tanh", pydl.rnn_tanh_cell, pydl.ones(2, 3), weights("rnn_tanh")),
            ("rnn_relu", pydl.rnn_relu_cell, pydl.ones(2, 3), weights("rnn_relu")),
        ]
    ],
]

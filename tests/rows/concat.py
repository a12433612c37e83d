import numpy as np
from op_table import ALL, Row
from strategies import fixed, floats, integers, one, same

import pydl

PARTS = fixed(((2, 3), floats()), ((2, 0), floats()), ((2, 4), floats()))
MATRIX = ((5, 4), floats())

ROWS = [
    Row(
        "cat",
        lambda *x: pydl.cat(x, -1),
        lambda *x: np.concatenate(x, -1),
        PARTS,
        torch=lambda *x: __import__("torch").cat(x, -1),
        dtypes=ALL,
        specials=True,
        bad=(
            ("ValueError", lambda: pydl.cat([])),
            ("ShapeError", lambda: pydl.cat([pydl.ones(2, 3), pydl.ones(2, 2)])),
            ("ShapeError", lambda: pydl.cat([pydl.tensor(1.0)])),
            ("DTypeError", lambda: pydl.cat(pydl.ones(3))),
            ("IndexError", lambda: pydl.cat([pydl.ones(3)], 1)),
        ),
        times=(((1000, 1000), (1000, 1000)),),
    ),
    Row(
        "cat",
        lambda x, y: pydl.cat([x, y]),
        lambda x, y: np.concatenate([x, y]),
        fixed(((3,), floats()), ((2,), integers())),
        "mixed dtypes",
    ),
    Row(
        "cat",
        lambda x, y: pydl.cat([x, y], 1),
        lambda x, y: y,
        fixed(((0,), floats()), ((2, 3), floats())),
        "empty vector",
    ),
    Row("concat", lambda *x: pydl.concat(x, 1), lambda *x: np.concatenate(x, 1), PARTS),
    Row("concatenate", lambda *x: pydl.concatenate(x, 1), lambda *x: np.concatenate(x, 1), PARTS),
    Row(
        "stack",
        lambda *x: pydl.stack(x, -1),
        lambda *x: np.stack(x, -1),
        same(floats(), floats(), floats()),
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.stack([pydl.ones(2), pydl.ones(3)])), ("ValueError", lambda: pydl.stack([]))),
    ),
    Row(
        "split",
        lambda x: x.split(2),
        lambda x: [x[:2], x[2:4], x[4:]],
        fixed(MATRIX),
        dtypes=ALL,
        bad=(("ValueError", lambda: pydl.ones(3).split(0)), ("ValueError", lambda: pydl.ones(3).split([1, 1]))),
    ),
    Row("split", lambda x: x.split([1, 0, 3], 1), lambda x: [x[:, :1], x[:, 1:1], x[:, 1:]], fixed(MATRIX), "sizes"),
    Row(
        "chunk",
        lambda x: x.chunk(2),
        lambda x: [x[:3], x[3:]],
        fixed(MATRIX),
        bad=(("ValueError", lambda: pydl.ones(3).chunk(0)),),
    ),
    Row(
        "tensor_split",
        lambda x: x.tensor_split(3),
        lambda x: np.array_split(x, 3),
        fixed(MATRIX),
        bad=(("ValueError", lambda: pydl.ones(3).tensor_split(0)),),
    ),
    Row(
        "tensor_split",
        lambda x: x.tensor_split((1, 1, 9, -2)),
        lambda x: np.array_split(x, (1, 1, 9, -2)),
        fixed(MATRIX),
        "places",
    ),
    Row(
        "unbind",
        lambda x: x.unbind(1),
        lambda x: [x[:, i] for i in range(4)],
        fixed(MATRIX),
        bad=(("ShapeError", lambda: pydl.tensor(1.0).unbind()),),
    ),
    Row("hstack", lambda *x: pydl.hstack(x), lambda *x: np.hstack(x), PARTS),
    Row("vstack", lambda x, y: pydl.vstack([x, y]), lambda x, y: np.vstack([x, y]), fixed(((4,), floats()), MATRIX)),
    Row(
        "repeat",
        lambda x: x.repeat(2, 1, 3),
        lambda x: np.tile(x, (2, 1, 3)),
        one(max_dims=3, limit=100),
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.ones(2, 2).repeat(2)), ("ValueError", lambda: pydl.ones(2).repeat(-1))),
    ),
    Row("tile", lambda x: x.tile(2), lambda x: np.tile(x, (2,)), one(limit=100)),
    Row(
        "repeat_interleave",
        lambda x: x.repeat_interleave(3, 1),
        lambda x: np.repeat(x, 3, 1),
        fixed(MATRIX),
        bad=(("ValueError", lambda: pydl.ones(2).repeat_interleave(-1)),),
    ),
    Row(
        "repeat_interleave",
        lambda x, n: x.repeat_interleave(n, 1),
        lambda x, n: np.repeat(x, n, 1),
        fixed(MATRIX, ((4,), integers(0, 3))),
        "numbers",
    ),
]

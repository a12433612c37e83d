import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import bools, broadcasting, fixed, floats, integers, one

import pydl

X = ((3, 4, 5), floats())
INDEX = ((6,), integers(0, 4))
FROM_END = ((6,), integers(-4, 4))
APART = ((2,), lambda rng, shape: rng.permutation(4)[:2])


def np_add(x, i, s, alpha=1):
    y = x.copy()
    np.add.at(y, (slice(None), i), alpha * s)
    return y


def np_copy(x, i, s):
    y = x.copy()
    y[:, i] = s
    return y


def np_put(x, i, j, v, accumulate):
    y = x.copy()
    if accumulate:
        np.add.at(y, (i, slice(None), j), v)
    else:
        y[i, :, j] = v
    return y


SOURCE = ((3, 6, 5), floats())
PUT = (
    ((4,), lambda rng, shape: np.array([0, 1, 2, 0])),
    ((4,), lambda rng, shape: np.array([1, 1, 4, 2])),
    ((4,), floats()),
)

ROWS = [
    Row(
        "index_select",
        lambda x, i: x.index_select(1, i),
        lambda x, i: np.take(x, i, 1),
        fixed(X, INDEX),
        dtypes=ALL,
        bad=(
            ("IndexError", lambda: pydl.ones(3).index_select(0, pydl.tensor([3]))),
            ("IndexError", lambda: pydl.ones(3).index_select(0, pydl.tensor([-1]))),
            ("IndexError", lambda: pydl.ones(3).index_select(1, pydl.tensor([0]))),
            ("DTypeError", lambda: pydl.ones(3).index_select(0, pydl.tensor([0.0]))),
            ("ShapeError", lambda: pydl.ones(3).index_select(0, pydl.tensor([[0]]))),
        ),
    ),
    Row(
        "index_add",
        lambda x, i, s: x.index_add(1, i, s, alpha=2),
        lambda x, i, s: np_add(x, i, s, 2),
        fixed(X, INDEX, SOURCE),
        dtypes=NUMBERS,
        bad=(("ShapeError", lambda: pydl.ones(3).index_add(0, pydl.tensor([0]), pydl.ones(2))),),
    ),
    Row("index_add_", lambda x, i, s: pydl.clone(x).index_add_(1, i, s), np_add, fixed(X, INDEX, SOURCE)),
    Row(
        "index_copy", lambda x, i, s: x.index_copy(1, i, s), np_copy, fixed(X, APART, ((3, 2, 5), floats())), dtypes=ALL
    ),
    Row(
        "index_copy_",
        lambda x, i, s: pydl.clone(x).index_copy_(1, i, s),
        np_copy,
        fixed(X, APART, ((3, 2, 5), floats())),
    ),
    Row(
        "index_fill",
        lambda x, i: x.index_fill(1, i, 2),
        lambda x, i: np_copy(x, i, 2),
        fixed(X, FROM_END),
        torch=lambda x, i: x.index_fill(1, i, 2),
        dtypes=NUMBERS,
    ),
    Row("index_fill_", lambda x, i: pydl.clone(x).index_fill_(1, i, 2), lambda x, i: np_copy(x, i, 2), fixed(X, INDEX)),
    Row(
        "take",
        lambda x, i: x.take(i),
        np.take,
        fixed(X, ((2, 3), integers(-60, 60))),
        dtypes=ALL,
        bad=(("IndexError", lambda: pydl.ones(3).take(pydl.tensor([3]))),),
    ),
    Row(
        "masked_select",
        lambda x, m: x.masked_select(m),
        lambda x, m: np.broadcast_to(x, np.broadcast_shapes(x.shape, m.shape))[
            np.broadcast_to(m, np.broadcast_shapes(x.shape, m.shape))
        ],
        broadcasting(floats(), bools()),
        dtypes=ALL,
        bad=(("DTypeError", lambda: pydl.ones(3).masked_select(pydl.tensor([1, 0, 1]))),),
    ),
    Row(
        "nonzero",
        lambda x: pydl.nonzero(x),
        lambda x: np.argwhere(x),
        one(integers(-1, 2), min_dims=1),
        dtypes=ALL,
        grad=False,
    ),
    Row(
        "nonzero",
        lambda x: x.nonzero(as_tuple=True),
        np.nonzero,
        one(integers(-1, 2), min_dims=1),
        "as_tuple",
        grad=False,
    ),
    Row(
        "argwhere",
        pydl.argwhere,
        np.argwhere,
        one(integers(-1, 2)),
        torch=lambda x: x.argwhere(),
        dtypes=ALL,
        grad=False,
        bad=(("DTypeError", lambda: pydl.argwhere([1])),),
    ),
    Row(
        "index_put",
        lambda x, i, j, v: x.index_put((i, None, j), v[:, None]),
        lambda x, i, j, v: np_put(x, i, j, v[:, None], False),
        fixed(X, *PUT),
        dtypes=ALL,
    ),
    Row(
        "index_put",
        lambda x, i, j, v: x.index_put((i * 0, None, j), v[:, None], accumulate=True),
        lambda x, i, j, v: np_put(x, i * 0, j, v[:, None], True),
        fixed(X, *PUT),
        "accumulate",
        bad=(("DTypeError", lambda: pydl.ones(3).index_put((pydl.tensor([0]),), pydl.tensor([1]))),),
    ),
    Row(
        "index_put_",
        lambda x, i, j, v: pydl.clone(x).index_put_((i, None, j), v[:, None]),
        lambda x, i, j, v: np_put(x, i, j, v[:, None], False),
        fixed(X, *PUT),
    ),
    Row(
        "flip",
        lambda x: x.flip(0, -1),
        lambda x: np.flip(x, (0, -1)),
        one(min_dims=2),
        dtypes=ALL,
        specials=True,
        bad=(("ValueError", lambda: pydl.ones(3).flip(0, 0)), ("IndexError", lambda: pydl.ones(3).flip(1))),
    ),
    Row("fliplr", lambda x: x.fliplr(), np.fliplr, one(min_dims=2)),
    Row("flipud", lambda x: x.flipud(), np.flipud, one(min_dims=1)),
    Row(
        "roll",
        lambda x: x.roll((1, -2), (0, 1)),
        lambda x: np.roll(x, (1, -2), (0, 1)),
        one(min_dims=2),
        dtypes=ALL,
        bad=(("ValueError", lambda: pydl.ones(3).roll((1, 2), 0)),),
    ),
    Row("roll", lambda x: x.roll(3), lambda x: np.roll(x, 3), one(), "all"),
]

import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import fixed, floats, integers

import pydl

X = ((3, 4, 5), floats())
INDEX = ((3, 6, 5), integers(0, 4))
SMALL = ((2, 6, 3), integers(0, 4))
PLACES = ((3, 4, 5), lambda rng, shape: np.argsort(rng.random(shape), 1))  # each place once
SOURCE = ((3, 4, 5), floats())


def np_gather(x, i):
    return np.take_along_axis(x[: i.shape[0], :, : i.shape[2]], i, 1)


def np_scatter(x, i, s):
    y = x.copy()
    np.put_along_axis(y[: i.shape[0], :, : i.shape[2]], i, s, 1)
    return y


def np_scatter_add(x, i, s):
    y = x.copy()
    a, _, c = np.indices(i.shape)
    np.add.at(y, (a, i, c), s)
    return y


def np_scatter_mul(x, i, s):
    y = x.copy()
    a, _, c = np.indices(i.shape)
    np.multiply.at(y, (a, i, c), s)
    return y


ROWS = [
    Row(
        "gather",
        lambda x, i: x.gather(1, i),
        np_gather,
        fixed(X, INDEX),
        torch=lambda x, i: x.gather(1, i),
        dtypes=ALL,
        bad=(
            ("IndexError", lambda: pydl.ones(3).gather(0, pydl.tensor([3]))),
            ("IndexError", lambda: pydl.ones(3).gather(0, pydl.tensor([-1]))),
            ("ShapeError", lambda: pydl.ones(3).gather(0, pydl.tensor([[0]]))),
            ("DTypeError", lambda: pydl.ones(3).gather(0, pydl.tensor([0.0]))),
        ),
    ),
    Row("gather", lambda x, i: x.gather(1, i), np_gather, fixed(X, SMALL), "part"),
    Row("gather", lambda x, i: x.gather(1, i.int()), np_gather, fixed(X, INDEX), "int32"),
    Row(
        "scatter",
        lambda x, i, s: x.scatter(1, i, s),
        np_scatter,
        fixed(X, PLACES, SOURCE),
        dtypes=ALL,
        bad=(
            ("IndexError", lambda: pydl.ones(3).scatter(0, pydl.tensor([3]), 1.0)),
            ("IndexError", lambda: pydl.ones(3).scatter(0, pydl.tensor([-1]), 1.0)),
            ("ValueError", lambda: pydl.ones(3).scatter(0, pydl.tensor([0]), 1.0, reduce="max")),
            ("ShapeError", lambda: pydl.ones(3).scatter(0, pydl.tensor([0, 1]), pydl.ones(1))),
            ("DTypeError", lambda: pydl.ones(3).scatter(0, pydl.tensor([0]), pydl.tensor([1]))),
            ("ValueError", lambda: pydl.ones(3).scatter(0, pydl.tensor([0]))),
        ),
    ),
    Row("scatter", lambda x, i: x.scatter(1, i, 2.0), lambda x, i: np_scatter(x, i, 2.0), fixed(X, SMALL), "number"),
    Row(
        "scatter",
        lambda x, i, s: x.scatter(1, i, s, reduce="add"),
        np_scatter_add,
        fixed(X, INDEX, ((3, 6, 5), floats())),
        "add",
    ),
    Row(
        "scatter",
        lambda x, i: x.scatter(1, i, 2.0, reduce="multiply"),
        lambda x, i: np_scatter_mul(x, i, 2.0),
        fixed(X, INDEX),
        "multiply",
        torch=lambda x, i: x.scatter_reduce(1, i, x.new_full(i.shape, 2.0), "prod"),
    ),
    Row(
        "scatter_",
        lambda x, i, s: pydl.clone(x).scatter_(1, i, s, reduce="multiply"),
        np_scatter_mul,
        fixed(X, INDEX, ((3, 6, 5), floats())),
        "multiply",
    ),
    Row("scatter_", lambda x, i, s: pydl.clone(x).scatter_(1, i, s), np_scatter, fixed(X, PLACES, SOURCE)),
    Row(
        "scatter_add",
        lambda x, i, s: x.scatter_add(1, i, s),
        np_scatter_add,
        fixed(X, INDEX, ((3, 6, 5), floats())),
        dtypes=NUMBERS,
    ),
    Row(
        "scatter_add_",
        lambda x, i, s: pydl.clone(x).scatter_add_(1, i, s),
        np_scatter_add,
        fixed(X, INDEX, ((3, 6, 5), floats())),
    ),
    Row(
        "take_along_dim",
        lambda x, i: pydl.take_along_dim(x, i, 1),
        lambda x, i: np.take_along_axis(x, i, 1),
        fixed(X, ((3, 2, 1), integers(-4, 4))),
    ),
]

from op_table import ALL, Row
from strategies import bools, fixed, floats, integers, one

import pydl

X = ((3, 4, 5), floats())
ROWS_OF_X = ((2, 3), integers(-3, 3))
COLUMNS_OF_X = ((3,), integers(-5, 5))


def put(x, key, value):
    y = pydl.clone(x)
    y[key] = value
    return y


def np_put(x, key, value):
    y = x.copy()
    y[key] = value
    return y


def through_view(x, value):
    y = pydl.clone(x)
    y[1][:, 2] = value
    return y * 2


def np_through_view(x, value):
    y = x.copy()
    y[1][:, 2] = value
    return y * 2


ROWS = [
    Row(
        "getitem",
        lambda x: x[1, ..., None, ::-2],
        lambda x: x[1, ..., None, ::-2],
        fixed(X),
        "view",
        dtypes=ALL,
        specials=True,
        bad=(
            ("IndexError", lambda: pydl.ones(3)[3]),
            ("IndexError", lambda: pydl.ones(3)[0, 0]),
            ("IndexError", lambda: pydl.ones(3)[1.5]),
            ("IndexError", lambda: pydl.ones(3)["a"]),
            ("IndexError", lambda: pydl.ones(3)[[0, 3]]),
            ("IndexError", lambda: pydl.ones(3)[pydl.tensor([True, False])]),
            ("IndexError", lambda: pydl.ones(3)[pydl.tensor([0.5])]),
            ("IndexError", lambda: pydl.ones(3)[..., ...]),
            ("IndexError", lambda: pydl.ones(3)[10**30]),
            ("ValueError", lambda: pydl.ones(3)[::0]),
            ("IndexError", lambda: pydl.ones(3, 3)[[0, 1], [0, 1, 2]]),
        ),
        times=(((100, 100, 100),),),
    ),
    Row("getitem", lambda x: x[5:2, ...], lambda x: x[5:2, ...], one(min_dims=1), "empty"),
    Row(
        "getitem",
        lambda x, i: x[i],
        lambda x, i: x[i],
        fixed(X, ROWS_OF_X),
        "indices",
        torch=lambda x, i: x[i],
        dtypes=ALL,
    ),
    Row(
        "getitem",
        lambda x, i, j: x[i[:, None], :, j],
        lambda x, i, j: x[i[:, None], :, j],
        fixed(X, ((2,), integers(-3, 3)), COLUMNS_OF_X),
        "apart",
    ),
    Row(
        "getitem",
        lambda x, j: x[1:, [0, 2, 2], j],
        lambda x, j: x[1:, [0, 2, 2], j],
        fixed(X, COLUMNS_OF_X),
        "neighbours",
        torch=lambda x, j: x[1:, [0, 2, 2], j],
    ),
    Row(
        "getitem",
        lambda x, m: x[m],
        lambda x, m: x[m],
        fixed(X, ((3, 4), bools())),
        "mask",
        torch=lambda x, m: x[m],
        dtypes=ALL,
    ),
    Row("getitem", lambda x, m: x[:, m, 1], lambda x, m: x[:, m, 1], fixed(X, ((4,), bools())), "mask in the middle"),
    Row(
        "setitem",
        lambda x, v: put(x, (slice(None, None, 2), 1), v),
        lambda x, v: np_put(x, (slice(None, None, 2), 1), v),
        fixed(X, ((5,), floats())),
        "view",
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: put(pydl.ones(3), slice(None), pydl.ones(2))),
            ("ShapeError", lambda: put(pydl.ones(3, 4), [0, 1], pydl.ones(3))),
            ("IndexError", lambda: put(pydl.ones(3), 3, 1.0)),
            ("StateError", lambda: pydl.ops.setitem(pydl.ones(3, requires_grad=True), 0, 1.0)),
        ),
    ),
    Row("setitem", through_view, np_through_view, fixed(X, ((4,), floats())), "view of a view"),
    Row(
        "setitem",
        lambda x, v: put(x, [2, 0], v),
        lambda x, v: np_put(x, [2, 0], v),
        fixed(X, ((4, 1), floats())),
        "indices",
        dtypes=ALL,
    ),
    Row("setitem", lambda x, m: put(x, m, 7), lambda x, m: np_put(x, m, 7), fixed(X, ((3, 4), bools())), "mask"),
    Row(
        "setitem",
        lambda x, v: put(x, ([0, 2], slice(None), [1, 1]), v),
        lambda x, v: np_put(x, ([0, 2], slice(None), [1, 1]), v),
        fixed(X, ((2, 4), floats())),
        "apart",
    ),
]

import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import fixed, floats, integers

import pydl

X = ((3, 4, 5), floats())
INDEX = ((2, 3), lambda rng, shape: rng.permutation(60)[:6].reshape(shape) - 30)
REPEATED = ((2, 3), integers(-4, 4))
SOURCE = ((3, 2), floats())
# As many true as the source has elements, or fewer.
MASK = ((3, 4, 5), lambda rng, shape: rng.permutation(60).reshape(shape) < 30)
ROW_MASK = ((4, 1), lambda rng, shape: np.array([[True], [False], [True], [False]]))


def np_put(x, i, s, add=False):
    y = x.copy()
    if add:
        np.add.at(y.reshape(-1), i.reshape(-1), s.reshape(-1))
    else:
        y.reshape(-1)[i.reshape(-1)] = s.reshape(-1)
    return y


def np_masked(x, m, s):
    shape = np.broadcast_shapes(x.shape, m.shape)
    y, m = np.broadcast_to(x, shape).copy(), np.broadcast_to(m, shape)
    y[m] = s.reshape(-1)[: np.count_nonzero(m)]
    return y


def into_a_view(x, m, s):
    y = x * 2
    y[1].masked_scatter_(m, s)
    return y * x


def np_into_a_view(x, m, s):
    y = x * 2
    y[1] = np_masked(y[1], m, s)
    return y * x


def put_into_a_view(x, i, s):
    y = x * 2
    y[:, 1].put_(i, s, accumulate=True)
    return y * x


def np_put_into_a_view(x, i, s):
    y = x * 2
    y[:, 1] = np_put(y[:, 1].copy(), i, s, True)
    return y * x


ROWS = [
    Row(
        "put",
        lambda x, i, s: x.put(i, s),
        np_put,
        fixed(X, INDEX, SOURCE),
        torch=lambda x, i, s: x.put(i, s),
        dtypes=ALL,
        bad=(
            ("IndexError", lambda: pydl.ones(3).put(pydl.tensor([3]), pydl.ones(1))),
            ("IndexError", lambda: pydl.ones(3).put(pydl.tensor([-4]), pydl.ones(1))),
            ("ShapeError", lambda: pydl.ones(3).put(pydl.tensor([0, 1]), pydl.ones(1))),
            ("DTypeError", lambda: pydl.ones(3).put(pydl.tensor([0]), pydl.tensor([1]))),
            ("DTypeError", lambda: pydl.ones(3).put(pydl.tensor([0.0]), pydl.ones(1))),
            ("DTypeError", lambda: pydl.ones(3).put(0, pydl.ones(1))),
        ),
    ),
    Row(
        "put",
        lambda x, i, s: x.put(i, s, accumulate=True),
        lambda x, i, s: np_put(x, i, s, True),
        fixed(X, REPEATED, SOURCE),
        "accumulate",
        torch=lambda x, i, s: x.put(i, s, accumulate=True),
        dtypes=NUMBERS,
    ),
    Row(
        "put",
        lambda x, i, s: x.put(i, s),
        lambda x, i, s: np.asarray(s.reshape(())),
        fixed(((), floats()), ((1,), lambda rng, shape: np.array([-1])), ((1,), floats())),
        "scalar",
    ),
    Row(
        "put_",
        put_into_a_view,
        np_put_into_a_view,
        fixed(((2, 3, 4), floats()), ((2, 3), integers(-8, 8)), SOURCE),
        torch=put_into_a_view,
        bad=(("IndexError", lambda: pydl.ones(3).put_(pydl.tensor([3]), pydl.ones(1))),),
    ),
    Row(
        "masked_scatter",
        lambda x, m, s: x.masked_scatter(m, s),
        np_masked,
        fixed(X, MASK, ((40,), floats())),
        torch=lambda x, m, s: x.masked_scatter(m, s),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.ones(3).masked_scatter(pydl.tensor([True]), pydl.ones(2))),
            ("ShapeError", lambda: pydl.ones(3).masked_scatter(pydl.tensor([True] * 2), pydl.ones(2))),
            ("DTypeError", lambda: pydl.ones(3).masked_scatter(pydl.ones(3), pydl.ones(3))),
            ("DTypeError", lambda: pydl.ones(3).masked_scatter(pydl.tensor([True]), pydl.tensor([1, 2, 3]))),
        ),
    ),
    Row(
        "masked_scatter",
        lambda x, m, s: x.masked_scatter(m, s),
        np_masked,
        fixed(((5,), floats()), ROW_MASK, ((2, 5), floats())),
        "broadcast",
        torch=lambda x, m, s: x.masked_scatter(m, s),
    ),
    Row(
        "masked_scatter_",
        into_a_view,
        np_into_a_view,
        fixed(((2, 4, 5), floats()), ROW_MASK, ((2, 5), floats())),
        torch=into_a_view,
        bad=(("ShapeError", lambda: pydl.ones(3).masked_scatter_(pydl.tensor([[True] * 3] * 2), pydl.ones(6))),),
    ),
]

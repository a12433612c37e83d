import warnings

import numpy as np
from op_table import NUMBERS, Row
from strategies import distinct, fixed, floats, integers

import pydl

INDEX = ((3, 6, 5), integers(0, 4))
SOME = ((2, 5, 3), integers(0, 4))
PLACES = ((6,), integers(0, 4))
ARGUMENTS = {"sum": floats(), "prod": floats(away=(0.0,), gap=0.3), "mean": floats()}
UFUNCS = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}
START = {"sum": 0, "mean": 0, "prod": 1, "amax": -np.inf, "amin": np.inf}


def np_scatter(x, index, source, reduce, include_self=True):
    """By its definition, for dim 1."""
    source = source[tuple(slice(n) for n in index.shape)]
    a, _, c = np.indices(index.shape)
    at = (a, index, c)
    y = x.astype(np.float64)
    if not include_self:
        y[at] = START[reduce]
    with np.errstate(all="ignore"):
        UFUNCS[reduce].at(y, at, source)
    if reduce == "mean":
        count = np.ones(y.shape)
        if not include_self:
            count[at] = 0
        np.add.at(count, at, 1)
        y /= np.maximum(count, 1)
        y = np.floor(y) if x.dtype.kind in "iu" else y
    return y.astype(x.dtype)


def apart(low):
    """Numbers no two of which are close, nor close to those of another ``low``."""

    def draw(rng, shape):
        n = int(np.prod(shape))
        return (rng.permutation(n) * 0.1 + low).reshape(shape)

    return draw


def fill(reduce, low):
    return ARGUMENTS.get(reduce, apart(low))


def zeros(rng, shape):
    x = rng.uniform(-2, 2, shape)
    return np.where(rng.uniform(size=shape) < 0.3, 0.0, x)


def whole(rng, shape):
    """Numbers many of which are equal, as floats."""
    return rng.integers(0, 3, shape).astype(float)


def each():
    for reduce in UFUNCS:
        for include_self in (True, False):
            label = reduce if include_self else f"{reduce}, without self"
            yield Row(
                "scatter_reduce",
                lambda x, i, s, r=reduce, n=include_self: x.scatter_reduce(1, i, s, r, include_self=n),
                lambda x, i, s, r=reduce, n=include_self: np_scatter(x, i, s, r, n),
                fixed(((3, 4, 5), fill(reduce, 0.0)), INDEX, ((3, 6, 5), fill(reduce, 0.05))),
                label,
                torch=lambda x, i, s, r=reduce, n=include_self: x.scatter_reduce(1, i, s, r, include_self=n),
                dtypes=NUMBERS,
                bad=BAD if reduce == "sum" and include_self else (),
            )
            if reduce == "sum":
                continue
            yield Row(
                "index_reduce",
                lambda x, i, s, r=reduce, n=include_self: x.index_reduce(0, i, s, r, include_self=n),
                lambda x, i, s, r=reduce, n=include_self: np_scatter(
                    x[None], np.broadcast_to(i[None, :, None], (1, *s.shape)), s[None], r, n
                )[0],
                fixed(((4, 3), fill(reduce, 0.0)), PLACES, ((6, 3), fill(reduce, 0.05))),
                label,
                torch=lambda x, i, s, r=reduce, n=include_self: quietly(x.index_reduce, 0, i, s, r, include_self=n),
                dtypes=NUMBERS,
                bad=BAD_INDEX if reduce == "mean" and include_self else (),
            )


def quietly(call, *args, **settings):
    """PyTorch warns that index_reduce is in beta."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*args, **settings)


def into_a_view(reduce):
    """In place, into part of a tensor that has a history."""

    def call(x, i, s):
        y = x * 2
        y[:, 1].scatter_reduce_(1, i, s, reduce)
        return y * x

    return call


def np_into_a_view(reduce):
    def reference(x, i, s):
        y = x * 2
        y[:, 1] = np_scatter(y[:, 1, :, None], i[..., None], s[..., None], reduce)[..., 0]
        return y * x

    return reference


ONE = pydl.tensor([0])
BAD = (
    ("IndexError", lambda: pydl.ones(3).scatter_reduce(0, pydl.tensor([3]), pydl.ones(1), "amax")),
    ("IndexError", lambda: pydl.ones(3).scatter_reduce(0, pydl.tensor([-1]), pydl.ones(1), "sum")),
    ("IndexError", lambda: pydl.ones(3).scatter_reduce(1, ONE, pydl.ones(1), "sum")),
    ("ShapeError", lambda: pydl.ones(3).scatter_reduce(0, pydl.tensor([0, 1]), pydl.ones(1), "sum")),
    ("ShapeError", lambda: pydl.ones(3).scatter_reduce(0, pydl.tensor([[0]]), pydl.ones(1, 1), "prod")),
    ("ShapeError", lambda: pydl.ones(3, 2).scatter_reduce(0, pydl.tensor([[0] * 3]), pydl.ones(1, 3), "amin")),
    ("DTypeError", lambda: pydl.ones(3).scatter_reduce(0, ONE, pydl.tensor([1]), "sum")),
    ("DTypeError", lambda: pydl.ones(3).scatter_reduce(0, ONE, 1.0, "sum")),
    ("DTypeError", lambda: pydl.ones(3).scatter_reduce(0, pydl.ones(1), pydl.ones(1), "sum")),
    ("DTypeError", lambda: pydl.tensor([True]).scatter_reduce(0, ONE, pydl.tensor([True]), "mean")),
    ("ValueError", lambda: pydl.ones(3).scatter_reduce(0, ONE, pydl.ones(1), "median")),
)
BAD_INDEX = (
    ("ValueError", lambda: pydl.ones(3).index_reduce(0, ONE, pydl.ones(1), "sum")),
    ("ShapeError", lambda: pydl.ones(3, 2).index_reduce(0, ONE, pydl.ones(1, 1), "mean")),
    ("IndexError", lambda: pydl.ones(3).index_reduce(0, pydl.tensor([-1]), pydl.ones(1), "mean")),
    ("DTypeError", lambda: pydl.ones(3).index_reduce(0, ONE, pydl.tensor([1]), "mean")),
)

ROWS = [
    *each(),
    Row(
        "scatter_reduce",
        lambda x, i, s: x.scatter_reduce(1, i.int(), s, "mean"),
        lambda x, i, s: np_scatter(x, i, s, "mean"),
        fixed(((3, 4, 5), floats()), SOME, ((3, 6, 5), floats())),
        "part",
        # PyTorch's gradient wants a source of the index's shape.
        torch=lambda x, i, s: x.scatter_reduce(1, i, s[:2, :5, :3], "mean"),
    ),
    Row(
        "scatter_reduce",
        lambda x, i, s: x.scatter_reduce(1, i, s, "prod"),
        lambda x, i, s: np_scatter(x, i, s, "prod"),
        fixed(((2, 3, 2), zeros), ((2, 4, 2), integers(0, 3)), ((2, 4, 2), zeros)),
        "prod with zeros",
        torch=lambda x, i, s: x.scatter_reduce(1, i, s, "prod"),
    ),
    Row(
        "scatter_reduce",
        lambda x, i, s: x.scatter_reduce(1, i, s, "amax") * 1.0,
        lambda x, i, s: np_scatter(x, i, s, "amax"),
        fixed(((2, 3, 2), whole), ((2, 4, 2), integers(0, 3)), ((2, 4, 2), whole)),
        "ties",
        grad=False,
    ),
    Row(
        "scatter_reduce",
        lambda x, i, s: x.scatter_reduce(0, i, s, "amin"),
        lambda x, i, s: np.minimum(x, s),
        fixed(((), distinct()), ((), lambda rng, shape: np.zeros((), int)), ((), floats(4, 5))),
        "scalar",
        torch=lambda x, i, s: x.scatter_reduce(0, i, s, "amin"),
    ),
    Row(
        "scatter_reduce",
        lambda x, i, s: x.scatter_reduce(1, i, s, "amax", include_self=False),
        lambda x, i, s: x,
        fixed(((3, 4), floats()), ((3, 0), integers(0, 1)), ((3, 2), floats())),
        "nothing",
        torch=lambda x, i, s: x.scatter_reduce(1, i, s[:, :0], "amax", include_self=False),
    ),
    Row(
        "scatter_reduce_",
        into_a_view("prod"),
        np_into_a_view("prod"),
        fixed(((2, 2, 4), floats()), ((2, 5), integers(0, 4)), ((2, 5), floats())),
        torch=into_a_view("prod"),
        bad=(("StateError", lambda: pydl.ones(3, requires_grad=True).scatter_reduce_(0, ONE, pydl.ones(1), "sum")),),
    ),
    Row(
        "scatter_reduce_",
        into_a_view("amax"),
        np_into_a_view("amax"),
        fixed(((2, 2, 4), apart(0.0)), ((2, 5), integers(0, 4)), ((2, 5), apart(0.07))),
        "amax",
        torch=into_a_view("amax"),
    ),
    Row(
        "index_reduce_",
        lambda x, i, s: pydl.clone(x).index_reduce_(0, i, s, "prod"),
        lambda x, i, s: np_scatter(x[None], np.broadcast_to(i[None, :, None], (1, *s.shape)), s[None], "prod")[0],
        fixed(((4, 3), floats()), PLACES, ((6, 3), floats())),
        torch=lambda x, i, s: quietly(x.clone().index_reduce_, 0, i, s, "prod"),
        bad=(("ValueError", lambda: pydl.ones(3).index_reduce_(0, ONE, pydl.ones(1), "sum")),),
    ),
]

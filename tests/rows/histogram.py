import numpy as np
from op_table import INTS, Row
from strategies import fixed, floats, integers, one

import pydl


def auto(x):
    low, high = (x.min(), x.max()) if x.size else (0, 0)
    return np.histogram(x, 5, (low, high) if low < high else (low - 1, high + 1))[0].astype(x.dtype)


def holes(rng, shape):
    x = rng.uniform(-3, 3, shape)
    x[::3] = np.nan
    return x


ROWS = [
    Row(
        "bincount",
        lambda x: pydl.bincount(abs(x), minlength=3),
        lambda x: np.bincount(np.abs(x), minlength=3),
        one(integers(-5, 6), min_dims=1, max_dims=1),
        torch=lambda x: abs(x).bincount(minlength=3),
        grad=False,
        bad=(
            ("ValueError", lambda: pydl.tensor([-1]).bincount()),
            ("ValueError", lambda: pydl.tensor([1]).bincount(minlength=-1)),
            ("DTypeError", lambda: pydl.tensor([1.0]).bincount()),
            ("DTypeError", lambda: pydl.tensor([True]).bincount()),
            ("ShapeError", lambda: pydl.tensor([[1]]).bincount()),
            ("ShapeError", lambda: pydl.tensor([1]).bincount(pydl.ones(2))),
        ),
    ),
    *[
        Row(
            "bincount",
            lambda x, name=name: x.to(getattr(pydl, name)).bincount(),
            lambda x: np.bincount(x),
            fixed(((20,), integers(0, 6))),
            name,
            torch=lambda x, name=name: x.to(getattr(__import__("torch"), name)).bincount(),
            grad=False,
        )
        for name in INTS
    ],
    Row(
        "bincount",
        lambda x, w: x.bincount(w),
        lambda x, w: np.bincount(x, w),
        fixed(((20,), integers(0, 6)), ((20,), floats(0.1, 2.0))),
        "weights",
        torch=lambda x, w: x.bincount(w.detach()),
        dtypes=("float64",),
    ),
    Row(
        "bincount",
        lambda x, w: (x.bincount(w.float()), x.bincount(w.half())),
        lambda x, w: (np.bincount(x, w.astype("f4")).astype("f4"), np.bincount(x, w.astype("f2"))),
        fixed(((20,), integers(0, 6)), ((20,), integers(0, 9))),
        "weights of other dtypes",
        torch=lambda x, w: (x.bincount(w.float()), x.bincount(w.half())),
        dtypes=("float64",),
        grad=False,
    ),
    Row(
        "histc",
        lambda x: x.histc(7, -2, 2.5),
        lambda x: np.histogram(x, 7, (-2, 2.5))[0].astype(x.dtype),
        one(),
        torch=lambda x: x.histc(7, -2, 2.5),
        grad=False,
        bad=(
            ("DTypeError", lambda: pydl.tensor([1]).histc()),
            ("ValueError", lambda: pydl.ones(3).histc(0)),
            ("ValueError", lambda: pydl.ones(3).histc(3, 2, 1)),
            ("ValueError", lambda: pydl.tensor([float("inf"), 1.0]).histc()),
        ),
    ),
    Row("histc", lambda x: x.histc(5), auto, one(), "range of the values", torch=lambda x: x.histc(5), grad=False),
    Row(
        "histc",
        lambda x: x.histc(4, -2, 2),
        lambda x: np.histogram(x[~np.isnan(x)], 4, (-2, 2))[0].astype(x.dtype),
        fixed(((40,), holes)),
        "NaN",
        torch=lambda x: x.histc(4, -2, 2),
        grad=False,
    ),
    Row(
        "histc",
        lambda x: (x * 1.0).histc(10, 0, 5),
        lambda x: np.histogram(x * 1.0, 10, (0, 5))[0].astype(float),
        one(integers(-2, 8)),
        "on the edges",
        torch=lambda x: (x * 1.0).histc(10, 0, 5),
        grad=False,
    ),
]

import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import bools, floats, integers, one

import pydl

SIZES = (((1000,),), ((1000, 1000),))
SOME = {"min_dims": 1, "empty": False}
SQUARE = {"min_dims": 2, "empty": False}
AWAY = floats(away=(0.0,), gap=0.3)
BAD = (
    ("IndexError", lambda: pydl.ones(2, 3).sum(2)),
    ("ValueError", lambda: pydl.ones(2, 3).sum((0, -2))),
    ("DTypeError", lambda: pydl.ones(2, 3).sum("a")),
)


def zeros(rng, shape):
    """Numbers among which there are zeros."""
    x = rng.uniform(-2, 2, shape)
    return np.where(rng.uniform(size=shape) < 0.3, 0.0, x)


def gaps(rng, shape):
    """Numbers among which there are NaN, though not a whole line of them."""
    x = rng.uniform(0.2, 2, shape)
    hole = rng.uniform(size=shape) < 0.3
    hole[:1] = False
    return np.where(hole, np.nan, x)


def logsumexp(x, axis):
    top = x.max(axis, keepdims=True)
    return np.squeeze(top, axis) + np.log(np.exp(x - top).sum(axis))


def wide(x):
    return x.astype(np.int64) if x.dtype.kind in "iub" else x


ROWS = [
    Row(
        "sum",
        lambda x: x.sum(),
        lambda x: wide(x).sum(),
        one(),
        dtypes=ALL,
        torch=lambda x: x.sum(),
        bad=BAD,
        times=SIZES,
        sums=True,
    ),
    Row(
        "sum",
        lambda x: x.sum(-1, True),
        lambda x: wide(x).sum(-1, keepdims=True),
        one(min_dims=1),
        "last",
        dtypes=ALL,
        times=SIZES,
        sums=True,
    ),
    Row(
        "sum",
        lambda x: x.sum((0, -1)),
        lambda x: wide(x).sum((0, -1)),
        one(min_dims=2),
        "two dims",
        torch=lambda x: x.sum((0, -1)),
        sums=True,
    ),
    Row("mean", lambda x: x.mean(), np.mean, one(empty=False), torch=lambda x: x.mean(), times=SIZES, sums=True),
    Row(
        "mean",
        lambda x: x.mean(0, keepdim=True),
        lambda x: x.mean(0, keepdims=True),
        one(**SOME),
        "first",
        bad=(("DTypeError", lambda: pydl.tensor([1]).mean()),),
        sums=True,
    ),
    Row(
        "mean",
        lambda x: pydl.mean(x),
        lambda x: np.float64("nan"),
        lambda draw: [((0, 3), floats())],
        "of nothing",
        grad=False,
    ),
    Row("prod", lambda x: x.prod(), lambda x: wide(x).prod(), one(AWAY, limit=12), dtypes=NUMBERS),
    Row("prod", lambda x: x.prod(0), lambda x: x.prod(0), one(zeros, limit=40, **SOME), "zeros"),
    Row("prod", lambda x: x.prod(), lambda x: x.prod(), one(zeros, limit=8), "zeros, all"),
    Row("nansum", lambda x: x.nansum(0), lambda x: np.nansum(x, 0), one(gaps, min_dims=1), grad=False),
    Row("nansum", lambda x: x.nansum(), lambda x: x.sum(), one(), "numbers", sums=True),
    Row("nanmean", lambda x: x.nanmean(0), lambda x: np.nanmean(x, 0), one(gaps, **SOME), grad=False),
    Row("nanmean", lambda x: x.nanmean(0), lambda x: np.mean(x, 0), one(**SOME), "numbers", sums=True),
    Row("logsumexp", lambda x: x.logsumexp(0), lambda x: logsumexp(x, 0), one(**SOME)),
    Row(
        "logsumexp",
        lambda x: (x * 300).logsumexp(-1),
        lambda x: logsumexp(x * 300, -1),
        one(**SQUARE),
        "large",
        ulps=32.0,
        second=False,
        grad=False,
    ),
    Row(
        "count_nonzero",
        pydl.count_nonzero,
        lambda x: np.asarray(np.count_nonzero(x)),
        one(zeros),
        dtypes=ALL,
        grad=False,
    ),
    Row("any", lambda x: x.any(-1), lambda x: np.any(x, -1), one(bools(), min_dims=1), grad=False),
    Row("any", lambda x: x.any(), lambda x: np.any(x), one(integers(0, 2), min_dims=1), "all dims", grad=False),
    Row(
        "all",
        lambda x: x.all((0, 1), True),
        lambda x: np.all(x, (0, 1), keepdims=True),
        one(bools(), min_dims=2),
        grad=False,
    ),
    Row("all", lambda x: x.all(), lambda x: np.all(x), one(floats(-0.1, 2.0)), "floats", grad=False),
    *(
        Row(
            name,
            lambda x, name=name: getattr(x, name)(dim=()),
            lambda x: x != 0,
            one(integers(0, 2)),
            "no dimensions",
            torch=lambda x, name=name: getattr(x, name)(dim=()),
            dtypes=("float32", "int64", "bool"),
            grad=False,
        )
        for name in ("any", "all")
    ),
]

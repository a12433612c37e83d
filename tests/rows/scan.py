import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import bools, distinct, fixed, floats, integers, one

import pydl

SIZES = (((1000,),), ((1000, 1000),))
SOME = {"min_dims": 1, "empty": False}
BAD = (
    ("IndexError", lambda: pydl.ones(2, 3).cumprod(2)),
    ("DTypeError", lambda: pydl.ones(2, 3).cumprod("a")),
    ("DTypeError", lambda: pydl.cumprod([1.0], 0)),
)


def wide(x):
    return x.astype(np.int64) if x.dtype.kind in "iub" else x


def zeros(rng, shape):
    """Numbers among which there are zeros."""
    x = rng.uniform(-2, 2, shape)
    return np.where(rng.uniform(size=shape) < 0.3, 0.0, x)


def extreme(x, better):
    """The running extreme along dimension 0 and where it is, of equal ones the last."""
    values, places = x.copy(), np.zeros(x.shape, np.int64)
    for i in range(1, len(x)):
        ahead = better(x[i], values[i - 1]) | (x[i] != x[i])
        values[i] = np.where(ahead, x[i], values[i - 1])
        places[i] = np.where(ahead, i, places[i - 1])
    return values, places


def holes(x):
    return pydl.where(x > 2, pydl.tensor(float("nan"), dtype=x.dtype), x)


def np_holes(x):
    return np.where(x > 2, np.nan, x)


def steep(x):
    return pydl.where(x > 1.5, pydl.tensor(float("-inf"), dtype=x.dtype), x * 500)


def np_steep(x):
    return np.where(x > 1.5, -np.inf, x * 500)


def rarely_nan(x):
    """Long stretches without a new extreme, and two NaN."""
    return pydl.cat([x[:200], x[:1] * float("nan"), x[200:], x[:1] * float("nan"), x[:50]])


def np_rarely_nan(x):
    return np.concatenate([x[:200], [np.nan], x[200:], [np.nan], x[:50]])


def long_rows():
    for name, better in (("cummax", np.greater_equal), ("cummin", np.less_equal)):
        yield Row(
            name,
            lambda x, name=name: getattr(x, name)(0),
            lambda x, better=better: extreme(x, better),
            fixed(((700,), integers(0, 100))),
            "long",
            torch=lambda x, name=name: tuple(getattr(x, name)(0)),
            dtypes=ALL,
            grad=False,
        )
        yield Row(
            name,
            lambda x, name=name: getattr(rarely_nan(x), name)(0),
            lambda x, better=better: extreme(np_rarely_nan(x), better),
            fixed(((300,), floats())),
            "long NaN",
            grad=False,
        )


def into_a_view(name):
    """An in-place op on part of a tensor that has a history."""

    def call(x):
        y = x * 2
        getattr(y[:, 1], name)(0)
        return y * x

    return call


def np_into_a_view(ufunc):
    def reference(x):
        y = x * 2
        y[:, 1] = ufunc.accumulate(y[:, 1])
        return y * x

    return reference


ROWS = [
    *long_rows(),
    Row(
        "cumsum",
        lambda x: x.cumsum(0),
        lambda x: np.cumsum(wide(x), 0),
        one(min_dims=1),
        torch=lambda x: x.cumsum(0),
        dtypes=ALL,
        ulps=16.0,
        sums=True,
        bad=(("IndexError", lambda: pydl.ones(2, 3).cumsum(2)), ("DTypeError", lambda: pydl.cumsum([1.0], 0))),
    ),
    Row(
        "cumsum",
        lambda x: x.cumsum(-1),
        lambda x: np.cumsum(x, -1),
        one(min_dims=2),
        "last",
        ulps=16.0,
        sums=True,
        times=SIZES,
    ),
    Row(
        "cumsum",
        lambda x: x.cumsum(0, dtype=pydl.int16),
        lambda x: np.cumsum(x.astype(np.int16), 0, dtype=np.int16),
        one(floats(-9, 9), min_dims=1),
        "dtype",
        torch=lambda x: x.cumsum(0, dtype=x.short().dtype),
        grad=False,
    ),
    Row("cumsum", lambda x: x.cumsum(0), lambda x: x, fixed(((), floats())), "scalar"),
    Row(
        "cumsum_",
        lambda x: pydl.clone(x).cumsum_(0),
        lambda x: np.cumsum(x, 0, dtype=x.dtype),
        one(min_dims=1),
        torch=lambda x: x.clone().cumsum_(0),
        dtypes=NUMBERS,
        ulps=16.0,
        sums=True,
        bad=(
            ("DTypeError", lambda: pydl.ones(3).cumsum_(0, dtype=pydl.float64)),
            ("DTypeError", lambda: pydl.tensor([True]).cumsum_(0)),
            ("StateError", lambda: pydl.ones(3, requires_grad=True).cumsum_(0)),
        ),
    ),
    Row(
        "cumsum_",
        into_a_view("cumsum_"),
        np_into_a_view(np.add),
        fixed(((5, 3), floats())),
        "view",
        torch=into_a_view("cumsum_"),
    ),
    Row(
        "cumprod",
        lambda x: x.cumprod(0),
        lambda x: np.cumprod(wide(x), 0),
        one(floats(away=(0.0,), gap=0.3), min_dims=1, limit=40),
        torch=lambda x: x.cumprod(0),
        dtypes=ALL,
        bad=BAD,
        times=SIZES,
    ),
    Row(
        "cumprod",
        lambda x: x.cumprod(-1),
        lambda x: np.cumprod(x, -1),
        one(zeros, min_dims=1, limit=60),
        "zeros",
        torch=lambda x: x.cumprod(-1),
    ),
    Row("cumprod", lambda x: x.cumprod(0), lambda x: x, fixed(((), floats())), "scalar"),
    Row(
        "cumprod_",
        lambda x: pydl.clone(x).cumprod_(-1),
        lambda x: np.cumprod(x, -1, dtype=x.dtype),
        one(zeros, min_dims=1, limit=30),
        torch=lambda x: x.clone().cumprod_(-1),
        dtypes=NUMBERS,
        bad=(("DTypeError", lambda: pydl.ones(3).cumprod_(0, dtype=pydl.float64)),),
    ),
    Row(
        "cumprod_",
        into_a_view("cumprod_"),
        np_into_a_view(np.multiply),
        fixed(((5, 3), zeros)),
        "view",
        torch=into_a_view("cumprod_"),
    ),
    Row(
        "logcumsumexp",
        lambda x: x.logcumsumexp(0),
        lambda x: np.log(np.cumsum(np.exp(x), 0)),
        one(min_dims=1),
        torch=lambda x: x.logcumsumexp(0),
        bad=(
            ("DTypeError", lambda: pydl.tensor([1, 2]).logcumsumexp(0)),
            ("IndexError", lambda: pydl.ones(3).logcumsumexp(1)),
        ),
        times=(((1000, 100),),),
    ),
    Row(
        "logcumsumexp",
        lambda x: (x * 300).logcumsumexp(-1),
        lambda x: np.logaddexp.accumulate(x * 300, -1),
        one(min_dims=1),
        "large",
        torch=lambda x: (x * 300).logcumsumexp(-1),
        second=False,  # steps of 1e-6 are coarse for something that bends within 1/300
    ),
    Row(
        "logcumsumexp",
        lambda x: x.logcumsumexp(0),
        lambda x: np.logaddexp.accumulate(x, 0),
        one(min_dims=1),
        "specials",
        grad=False,
        specials=True,
    ),
    # Sums far apart and close together, and -inf in front and in between.
    Row(
        "logcumsumexp",
        lambda x: steep(x).logcumsumexp(0),
        lambda x: np.logaddexp.accumulate(np_steep(x), 0),
        fixed(((1000,), floats())),
        "long",
        torch=lambda x: (x * 500).masked_fill(x > 1.5, float("-inf")).logcumsumexp(0),
        grad=False,
    ),
    Row("logcumsumexp", lambda x: x.logcumsumexp(0), lambda x: x, fixed(((), floats())), "scalar"),
    Row(
        "cummax",
        lambda x: x.cummax(0),
        lambda x: extreme(x, np.greater_equal),
        one(distinct(), min_dims=1),
        torch=lambda x: tuple(x.cummax(0)),
        bad=(("IndexError", lambda: pydl.ones(2, 3).cummax(2)), ("DTypeError", lambda: pydl.cummax(1.0, 0))),
        times=(((1000, 100),),),
    ),
    Row(
        "cummax",
        lambda x: x.cummax(0),
        lambda x: extreme(x, np.greater_equal),
        one(integers(0, 4), min_dims=1),
        "ties",
        torch=lambda x: tuple(x.cummax(0)),
        dtypes=ALL,
        grad=False,
    ),
    Row(
        "cummax",
        lambda x: holes(x).cummax(0),
        lambda x: extreme(np_holes(x), np.greater_equal),
        one(min_dims=1),
        "NaN",
        grad=False,
    ),
    Row(
        "cummin",
        lambda x: x.cummin(0),
        lambda x: extreme(x, np.less_equal),
        one(distinct(), min_dims=1),
        torch=lambda x: tuple(x.cummin(0)),
        bad=(("IndexError", lambda: pydl.ones(2, 3).cummin(2)),),
    ),
    Row(
        "cummin",
        lambda x: x.cummin(0),
        lambda x: extreme(x, np.less_equal),
        one(integers(0, 4), min_dims=1),
        "ties",
        torch=lambda x: tuple(x.cummin(0)),
        dtypes=ALL,
        grad=False,
    ),
    Row(
        "cummin",
        lambda x: holes(x).cummin(0),
        lambda x: extreme(np_holes(x), np.less_equal),
        one(min_dims=1),
        "NaN",
        grad=False,
    ),
    Row("cummin", lambda x: x.cummin(-1), lambda x: (x, np.zeros((), int)), fixed(((), floats())), "scalar"),
    Row(
        "diff",
        lambda x: x.diff(),
        lambda x: np.diff(x),
        one(min_dims=1),
        torch=lambda x: x.diff(),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.tensor(1.0).diff()),
            ("ValueError", lambda: pydl.ones(3).diff(-1)),
            ("IndexError", lambda: pydl.ones(3).diff(dim=1)),
            ("ShapeError", lambda: pydl.ones(2, 3).diff(prepend=pydl.ones(3))),
        ),
    ),
    Row(
        "diff",
        lambda x: x.diff(3, 0),
        lambda x: np.diff(x, 3, 0),
        one(min_dims=1),
        "three times",
        torch=lambda x: x.diff(3, 0),
    ),
    Row(
        "diff",
        lambda x, y, z: x.diff(1, 1, y, z),
        lambda x, y, z: np.diff(x, 1, 1, y, z),
        fixed(((3, 4), floats()), ((3, 2), floats()), ((3, 1), floats())),
        "ends",
        torch=lambda x, y, z: x.diff(1, 1, y, z),
    ),
    Row("diff", lambda x: x.diff(0), lambda x: x, one(bools(), min_dims=1), "no times", grad=False),
    Row("diff", lambda x: x.diff(0, prepend=x), lambda x: x, one(min_dims=1), "no times with ends"),
    Row("cumprod", lambda x: x.cumprod(0), lambda x: np.cumprod(x, 0), one(integers(), min_dims=1), "ints", grad=False),
]

import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import distinct, fixed, floats, integers, one

import pydl

LINES = fixed(((3, 17, 2), distinct()))
TIES = fixed(((3, 17, 2), integers(0, 4)))
PARTS = ((4,), floats(0.02, 0.98))


def gaps(rng, shape):
    """Numbers among which there are NaN, and lines of nothing else."""
    x = holes(rng, shape)
    x[-1] = np.nan
    return x


def holes(rng, shape):
    """Numbers among which there are NaN."""
    x = distinct()(rng, shape)
    x[rng.uniform(size=shape) < 0.2] = np.nan
    x[:, 0] = 0.1
    return x


def kth(x, k):
    """The k-th smallest along dimension 1, counted from 0, and its place."""
    places = np.argsort(x, 1, kind="stable")[:, k]
    return np.take_along_axis(x, places[:, None], 1)[:, 0], places


def middle(x):
    """The median along dimension 1 and its place, line by line."""
    values, places = np.empty((x.shape[0], x.shape[2])), np.empty((x.shape[0], x.shape[2]), int)
    for i, k in np.ndindex(values.shape):
        line = x[i, :, k]
        order = sorted(range(len(line)), key=lambda j: (np.isnan(line[j]), line[j]))
        bad = [j for j in range(len(line)) if np.isnan(line[j])]
        places[i, k] = bad[0] if bad else order[(len(line) - 1) // 2]
        values[i, k] = line[places[i, k]]
    return values, places


def nan_middle(x):
    values, places = np.empty((x.shape[0], x.shape[2])), np.empty((x.shape[0], x.shape[2]), int)
    for i, k in np.ndindex(values.shape):
        line = x[i, :, k]
        order = sorted((j for j in range(len(line)) if not np.isnan(line[j])), key=line.__getitem__)
        places[i, k] = order[(len(order) - 1) // 2] if order else 0
        values[i, k] = line[places[i, k]]
    return values, places


def most_frequent(x):
    """The mode along dimension 1 and where it is last."""
    values, places = np.empty((x.shape[0], x.shape[2])), np.empty((x.shape[0], x.shape[2]), int)
    for i, k in np.ndindex(values.shape):
        line = x[i, :, k]
        found, counts = np.unique(line, return_counts=True)
        values[i, k] = found[np.argmax(counts)]
        places[i, k] = np.flatnonzero(line == values[i, k])[-1]
    return values, places


def lower(x):
    return np.sort(x, None)[(x.size - 1) // 2]


def interpolations():
    for name in ("lower", "higher", "midpoint", "nearest"):
        yield Row(
            "quantile",
            lambda x, name=name: x.quantile(0.4, 1, True, interpolation=name),
            lambda x, name=name: np.quantile(x, 0.4, 1, keepdims=True, method=name),
            LINES,
            name,
            torch=lambda x, name=name: x.quantile(0.4, 1, True, interpolation=name),
        )


def long_rows():
    """Longer than what is kept on the stack."""
    ties, gapped = fixed(((2, 1500, 2), integers(0, 100))), fixed(((2, 700, 2), gaps))
    for k in (1, 700, 1500):
        yield Row(
            "kthvalue",
            lambda x, k=k: x.kthvalue(k, 1),
            lambda x, k=k: kth(x, k - 1),
            ties,
            f"{k} of 1500",
            dtypes=ALL,
            grad=False,
        )
    yield Row("median", lambda x: x.median(1), lambda x: kth(x, 749), ties, "long", dtypes=ALL, grad=False)
    yield Row("median", lambda x: x.median(1), middle, gapped, "long NaN", grad=False)
    yield Row("nanmedian", lambda x: x.nanmedian(1), nan_middle, gapped, "long NaN", grad=False)


ROWS = [
    *long_rows(),
    Row(
        "median",
        lambda x: x.median(),
        lower,
        one(distinct(), empty=False),
        torch=lambda x: x.median(),
        dtypes=NUMBERS,
        bad=(
            ("IndexError", lambda: pydl.ones(2, 0).median(1)),
            ("IndexError", lambda: pydl.ones(2).median(1)),
            ("DTypeError", lambda: pydl.ones(2).median("a")),
            ("DTypeError", lambda: pydl.median([1.0])),
            ("ValueError", lambda: pydl.tensor([], dtype=pydl.int64).median()),
        ),
        times=(((100000,),),),
    ),
    Row(
        "median",
        lambda x: x.median(),
        lambda x: np.float64("nan"),
        fixed(((0, 3), floats())),
        "of nothing",
        torch=lambda x: x.median(),
        grad=False,
    ),
    Row(
        "median",
        lambda x: x.median(1),
        lambda x: kth(x, 8),
        LINES,
        "dim",
        torch=lambda x: tuple(x.median(1)),
        times=(((1000, 100),),),
    ),
    Row("median", lambda x: x.median(1), lambda x: kth(x, 8), TIES, "ties", dtypes=ALL, grad=False),
    Row(
        "median",
        lambda x: x.median(1, keepdim=True),
        lambda x: tuple(np.expand_dims(v, 1) for v in middle(x)),
        fixed(((4, 6, 3), gaps)),
        "NaN",
        torch=lambda x: tuple(x.median(1, keepdim=True)),
        grad=False,
    ),
    Row("median", lambda x: x.median(0), lambda x: (x, np.zeros((), int)), fixed(((), floats())), "scalar"),
    Row(
        "nanmedian",
        lambda x: x.nanmedian(),
        lambda x: lower(x[~np.isnan(x)]),
        fixed(((4, 6, 3), gaps)),
        torch=lambda x: x.nanmedian(),
        grad=False,
        bad=(("IndexError", lambda: pydl.ones(2, 0).nanmedian(1)),),
    ),
    Row("nanmedian", lambda x: x.nanmedian(), lower, one(distinct(), empty=False), "numbers"),
    Row(
        "nanmedian",
        lambda x: x.nanmedian(1),
        nan_middle,
        fixed(((4, 6, 3), gaps)),
        "dim",
        grad=False,
    ),
    Row(
        "nanmedian",
        lambda x: x.nanmedian(1)[0],
        lambda x: nan_middle(x)[0],
        fixed(((4, 6, 3), gaps)),
        "dim, values",
        torch=lambda x: x.nanmedian(1)[0],
        grad=False,
    ),
    Row("nanmedian", lambda x: x.nanmedian(1), lambda x: kth(x, 8), LINES, "dim of numbers"),
    Row(
        "kthvalue",
        lambda x: x.kthvalue(5, 1),
        lambda x: kth(x, 4),
        LINES,
        torch=lambda x: tuple(x.kthvalue(5, 1)),
        bad=(
            ("ValueError", lambda: pydl.ones(3).kthvalue(0)),
            ("ValueError", lambda: pydl.ones(3).kthvalue(4)),
            ("IndexError", lambda: pydl.ones(3).kthvalue(1, 1)),
        ),
    ),
    Row("kthvalue", lambda x: x.kthvalue(2, 1), lambda x: kth(x, 1), TIES, "ties", dtypes=ALL, grad=False),
    Row(
        "kthvalue",
        lambda x: x.kthvalue(6, 1, True)[0],
        lambda x: np.sort(x, 1)[:, 5:6],
        fixed(((4, 6, 3), gaps)),
        "NaN last",
        torch=lambda x: x.kthvalue(6, 1, True)[0],
        grad=False,
    ),
    Row(
        "mode",
        lambda x: x.mode(1),
        most_frequent,
        fixed(((3, 9, 2), integers(0, 4))),
        torch=lambda x: tuple(x.mode(1)),
        dtypes=ALL,
        grad=False,
        bad=(
            ("IndexError", lambda: pydl.ones(0).mode()),
            ("IndexError", lambda: pydl.ones(2).mode(1)),
            ("DTypeError", lambda: pydl.mode(1.0)),
        ),
    ),
    # PyTorch sorts more than 16 elements in another way: which of equal ones it names is left open.
    Row("mode", lambda x: x.mode(1), most_frequent, TIES, "more", grad=False),
    Row("mode", lambda x: x.mode(1), most_frequent, LINES, "all apart", torch=lambda x: tuple(x.mode(1))),
    Row(
        "quantile",
        lambda x: x.quantile(0.3),
        lambda x: np.quantile(x, 0.3),
        one(distinct(), empty=False),
        torch=lambda x: x.quantile(0.3),
        ulps=16.0,
        bad=(
            ("ValueError", lambda: pydl.ones(3).quantile(1.5)),
            ("ValueError", lambda: pydl.ones(3).quantile(float("nan"))),
            ("ValueError", lambda: pydl.ones(0).quantile(0.5)),
            ("ValueError", lambda: pydl.ones(3).quantile(0.5, interpolation="none")),
            ("ShapeError", lambda: pydl.ones(3).quantile(pydl.ones(1, 1))),
            ("DTypeError", lambda: pydl.ones(3).quantile(pydl.ones(1, dtype=pydl.float64))),
            ("DTypeError", lambda: pydl.tensor([1, 2]).quantile(0.5)),
            ("IndexError", lambda: pydl.ones(3).quantile(0.5, 1)),
        ),
    ),
    Row(
        "quantile",
        lambda x, q: x.quantile(q, 1),
        lambda x, q: np.quantile(x, q, 1),
        fixed(((3, 17, 2), distinct()), PARTS),
        "several",
        torch=lambda x, q: x.quantile(q, 1),
        ulps=64.0,  # the rank is a number of the dtype: 17 elements lose four bits of it
    ),
    Row(
        "quantile",
        lambda x: x.quantile(0.3, -1, keepdim=True),
        lambda x: np.quantile(x, 0.3, -1, keepdims=True),
        fixed(((4, 6, 3), gaps)),
        "NaN",
        torch=lambda x: x.quantile(0.3, -1, keepdim=True),
        grad=False,
    ),
    *interpolations(),
    Row(
        "nanquantile",
        lambda x, q: x.nanquantile(q, 1, True),
        lambda x, q: np.nanquantile(x, q, 1, keepdims=True),
        fixed(((4, 6, 3), holes), PARTS),
        torch=lambda x, q: x.nanquantile(q, 1, True),
        ulps=64.0,
        grad=False,
        bad=(("ValueError", lambda: pydl.ones(3).nanquantile(-0.5)),),
    ),
    Row(
        "nanquantile",
        lambda x: (x * float("nan")).nanquantile(0.5),
        lambda x: np.float64("nan"),
        fixed(((4,), floats())),
        "nothing but NaN",
        grad=False,
    ),
    Row(
        "nanquantile",
        lambda x: x.nanquantile(0.7, 1),
        lambda x: np.quantile(x, 0.7, 1),
        LINES,
        "numbers",
        ulps=16.0,
    ),
]

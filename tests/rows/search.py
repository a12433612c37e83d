import numpy as np
from op_table import NUMBERS, Row
from strategies import fixed, integers

import pydl


def ordered(rng, shape):
    """Rows in order, with equal elements."""
    return np.sort(rng.integers(-5, 6, shape), -1)


def with_nan(rng, shape):
    x = np.sort(rng.integers(-5, 6, shape).astype(float), -1)
    x[..., -2:] = np.nan
    return x


def places(rows, values, side="left"):
    """numpy's, row by row."""
    if rows.ndim == 1:
        return np.searchsorted(rows, values, side)
    flat = zip(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True)
    return np.stack([np.searchsorted(a, b, side) for a, b in flat]).reshape(values.shape)


def lib(x):
    return __import__("torch") if type(x).__module__ == "torch" else pydl


BAD = (
    ("ShapeError", lambda: pydl.searchsorted(pydl.ones(2, 3), pydl.ones(3, 3))),
    ("ShapeError", lambda: pydl.searchsorted(pydl.ones(2, 3), 1.0)),
    ("ShapeError", lambda: pydl.searchsorted(pydl.tensor(1.0), 1.0)),
    ("ValueError", lambda: pydl.searchsorted(pydl.ones(3), 1.0, side="middle")),
    ("ValueError", lambda: pydl.searchsorted(pydl.ones(3), 1.0, side="left", right=True)),
    ("DTypeError", lambda: pydl.searchsorted(pydl.ones(3), [1.0])),
    ("IndexError", lambda: pydl.searchsorted(pydl.ones(3), 1.0, sorter=pydl.tensor([0, 1, 3]))),
    ("DTypeError", lambda: pydl.searchsorted(pydl.ones(3), 1.0, sorter=pydl.ones(3))),
    ("ShapeError", lambda: pydl.searchsorted(pydl.ones(3), 1.0, sorter=pydl.tensor([0, 1]))),
)

ROWS = [
    Row(
        "searchsorted",
        lambda a, x: lib(a).searchsorted(a, x),
        places,
        fixed(((9,), ordered), ((3, 5), integers(-7, 8))),
        torch=lambda a, x: lib(a).searchsorted(a, x),
        dtypes=NUMBERS,
        grad=False,
        bad=BAD,
        times=(((1000,), (100000,)),),
    ),
    Row(
        "searchsorted",
        lambda a, x: lib(a).searchsorted(a, x, right=True, out_int32=True),
        lambda a, x: places(a, x, "right"),
        fixed(((2, 3, 16), ordered), ((2, 3, 5), integers(-7, 8))),
        "rows",
        torch=lambda a, x: lib(a).searchsorted(a, x, right=True, out_int32=True),
        grad=False,
    ),
    Row(
        "searchsorted",
        lambda a, x: lib(a).searchsorted(a, x, side="right", sorter=a.argsort()),
        lambda a, x: np.searchsorted(np.sort(a), x, "right"),
        fixed(((9,), integers()), ((5,), integers(-7, 8))),
        "sorter",
        torch=lambda a, x: lib(a).searchsorted(a, x, side="right", sorter=a.argsort()),
        grad=False,
    ),
    Row(
        "searchsorted",
        lambda a, x: lib(a).searchsorted(a, x),
        None,
        fixed(((9,), with_nan), ((12,), with_nan)),
        "NaN",
        torch=lambda a, x: lib(a).searchsorted(a, x),
        grad=False,
    ),
    Row(
        "searchsorted",
        lambda a: lib(a).searchsorted(a, 0.5),
        lambda a: np.asarray(np.searchsorted(a, 0.5)),
        fixed(((9,), ordered)),
        "number",
        torch=lambda a: lib(a).searchsorted(a, 0.5),
        grad=False,
    ),
    Row(
        "searchsorted",
        lambda a, x: lib(a).searchsorted(a, x),
        places,
        fixed(((2, 300), ordered), ((2, 70), integers(-7, 8))),
        "long rows",
        torch=lambda a, x: lib(a).searchsorted(a, x),
        dtypes=NUMBERS,
        grad=False,
    ),
    Row(
        "searchsorted",
        lambda a, x: lib(a).searchsorted(a, x),
        lambda a, x: np.zeros(3, int),
        fixed(((0,), ordered), ((3,), integers())),
        "in nothing",
        torch=lambda a, x: lib(a).searchsorted(a, x),
        grad=False,
    ),
    Row(
        "bucketize",
        lambda x, a: lib(a).bucketize(x, a),
        lambda x, a: np.searchsorted(a, x),
        fixed(((3, 5), integers(-7, 8)), ((9,), ordered)),
        torch=lambda x, a: lib(a).bucketize(x, a),
        dtypes=NUMBERS,
        grad=False,
        bad=(
            ("ShapeError", lambda: pydl.bucketize(pydl.ones(3), pydl.ones(2, 3))),
            ("DTypeError", lambda: pydl.bucketize(pydl.ones(3), [1.0])),
        ),
    ),
    Row(
        "bucketize",
        lambda a: lib(a).bucketize(2, a, right=True, out_int32=True),
        lambda a: np.asarray(np.searchsorted(a, 2, "right")),
        fixed(((9,), ordered)),
        "number",
        torch=lambda a: lib(a).bucketize(2, a, right=True, out_int32=True),
        grad=False,
    ),
]

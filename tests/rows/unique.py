import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import broadcasting, fixed, integers, one

import pydl

TIES = ((3, 17, 2), integers(0, 4))


def np_unique(x):
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    return values, inverse.reshape(x.shape), counts


def np_rows(x):
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=1)
    return values, inverse.reshape(-1), counts


def runs(items):
    """Of a list the items that differ from the one before, which run each is in, and how long the runs are."""
    values, inverse, counts = [], [], []
    for item in items:
        if not values or not np.array_equal(values[-1], item):
            values.append(item)
            counts.append(0)
        counts[-1] += 1
        inverse.append(len(values) - 1)
    return values, np.array(inverse, int), np.array(counts, int)


def np_consecutive(x):
    values, inverse, counts = runs(list(x.reshape(-1)))
    return np.array(values, x.dtype), inverse.reshape(x.shape), counts


def np_consecutive_rows(x):
    values, inverse, counts = runs([x[:, i] for i in range(x.shape[1])])
    return np.stack(values, 1), inverse, counts


EMPTY = ("ShapeError", lambda: pydl.unique(pydl.ones(3, 0), dim=0))

ROWS = [
    Row(
        "unique",
        lambda x: pydl.unique(x, return_inverse=True, return_counts=True),
        np_unique,
        one(integers(0, 4)),
        torch=lambda x: x.unique(return_inverse=True, return_counts=True),
        dtypes=ALL,
        grad=False,
        bad=(
            EMPTY,
            ("IndexError", lambda: pydl.tensor(3).unique(dim=0)),
            ("IndexError", lambda: pydl.ones(3).unique(dim=1)),
            ("DTypeError", lambda: pydl.unique([1])),
        ),
    ),
    Row(
        "unique",
        lambda x: pydl.unique(x, return_inverse=True, return_counts=True, dim=1),
        np_rows,
        fixed(((2, 17, 2), integers(0, 2))),
        "dim",
        torch=lambda x: x.unique(return_inverse=True, return_counts=True, dim=1),
        dtypes=ALL,
        grad=False,
    ),
    Row("unique", lambda x: x.unique(sorted=False), np.unique, fixed(TIES), "alone", grad=False),
    Row(
        "unique",
        lambda x: pydl.where(x > 1, x * float("nan"), x * 1.0).unique(return_counts=True),
        lambda x: np.unique(np.where(x > 1, np.nan, x), return_counts=True, equal_nan=False),
        fixed(TIES),
        "NaN",
        torch=lambda x: x.float().masked_fill(x > 1, float("nan")).unique(return_counts=True),
        grad=False,
    ),
    Row(
        "unique_consecutive",
        lambda x: x.unique_consecutive(return_inverse=True, return_counts=True),
        np_consecutive,
        one(integers(0, 2)),
        torch=lambda x: x.unique_consecutive(return_inverse=True, return_counts=True),
        dtypes=ALL,
        grad=False,
        bad=(
            ("ShapeError", lambda: pydl.unique_consecutive(pydl.ones(3, 0), dim=0)),
            ("IndexError", lambda: pydl.ones(3).unique_consecutive(dim=1)),
        ),
    ),
    Row(
        "unique_consecutive",
        lambda x: x.unique_consecutive(return_inverse=True, return_counts=True, dim=1),
        np_consecutive_rows,
        fixed(((2, 17), integers(0, 2))),
        "dim",
        torch=lambda x: x.unique_consecutive(return_inverse=True, return_counts=True, dim=1),
        dtypes=ALL,
        grad=False,
    ),
    Row(
        "isin",
        pydl.isin,
        np.isin,
        broadcasting(integers(), integers()),
        torch=lambda x, y: __import__("torch").isin(x, y),
        dtypes=NUMBERS,
        grad=False,
        bad=(("DTypeError", lambda: pydl.isin(1, 2)), ("DTypeError", lambda: pydl.isin(pydl.ones(2), "a"))),
    ),
    Row(
        "isin",
        lambda x: pydl.isin(x, 2, invert=True),
        lambda x: x != 2,
        one(integers()),
        "number",
        torch=lambda x: __import__("torch").isin(x, 2, invert=True),
        grad=False,
    ),
    Row(
        "isin",
        lambda x: pydl.isin(2.5, x / 2),
        lambda x: np.asarray(np.any(x / 2 == 2.5)),
        one(integers()),
        "of a number",
        torch=lambda x: __import__("torch").isin(2.5, x / 2),
        grad=False,
    ),
]

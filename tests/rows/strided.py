import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from op_table import ALL, Row
from strategies import fixed, floats, one

import pydl


def strided(x):
    a = np.ascontiguousarray(x).reshape(-1)
    return as_strided(a[1:], (3, 2, 2), (2 * a.itemsize, a.itemsize, 3 * a.itemsize))


def with_slice(x, y):
    x = x.copy()
    x[:, 1:6:2] = y
    return x


def with_row(x, y):
    x = x.copy()
    x[:, -1] = y
    return x


def with_diagonal(x, y):
    x = x.copy()
    for i, value in enumerate(y.T):
        x[:, i, i + 1] = value
    return x


ROWS = [
    Row(
        "as_strided",
        lambda x: x.contiguous().as_strided((3, 2, 2), (2, 1, 3), x.contiguous().storage_offset() + 1),
        strided,
        fixed(((3, 4), floats())),
        torch=lambda x: x.as_strided((3, 2, 2), (2, 1, 3), 1),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.ones(4).as_strided((5,), (1,))),
            ("ShapeError", lambda: pydl.ones(4).as_strided((2,), (1, 1))),
            ("ShapeError", lambda: pydl.ones(4).as_strided((2,), (-1,))),
            ("DTypeError", lambda: pydl.ones(4).as_strided("a", (1,))),
        ),
    ),
    Row(
        "as_strided",
        lambda x: (x * 1).contiguous()[:, 1:].as_strided((2, 2), (1, 1), 1),
        lambda x: as_strided(np.ascontiguousarray(x).reshape(-1)[1:], (2, 2), (x.itemsize, x.itemsize)),
        fixed(((2, 3), floats())),
        "of a view",
        dtypes=ALL,
    ),
    Row(
        "unfold_dim",
        lambda x: x.unfold(1, 3, 2),
        lambda x: sliding_window_view(x, 3, 1)[:, ::2],
        fixed(((2, 8, 3), floats())),
        torch=lambda x: x.unfold(1, 3, 2),
        dtypes=ALL,
        bad=(
            ("ValueError", lambda: pydl.ones(4).unfold(0, 5, 1)),
            ("ValueError", lambda: pydl.ones(4).unfold(0, -1, 1)),
            ("ValueError", lambda: pydl.ones(4).unfold(0, 2, 0)),
            ("IndexError", lambda: pydl.ones(4).unfold(1, 2, 1)),
        ),
    ),
    Row(
        "unfold_dim",
        lambda x: x.unfold(0, 2, 3),
        lambda x: sliding_window_view(x, 2, 0)[::3],
        fixed(((9,), floats())),
        "with gaps",
        torch=lambda x: x.unfold(0, 2, 3),
        dtypes=ALL,
    ),
    Row("unfold_dim", lambda x: x.unfold(0, 1, 1), lambda x: x.reshape(1), one(max_dims=0), "scalar"),
    Row(
        "select_scatter",
        lambda x, y: x.select_scatter(y, 1, -1),
        with_row,
        fixed(((3, 4, 2), floats()), ((3, 2), floats())),
        torch=lambda x, y: x.select_scatter(y, 1, -1),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.ones(2, 3).select_scatter(pydl.ones(2), 0, 0)),
            ("IndexError", lambda: pydl.ones(2, 3).select_scatter(pydl.ones(3), 0, 2)),
        ),
    ),
    Row(
        "slice_scatter",
        lambda x, y: x.slice_scatter(y, 1, 1, 6, 2),
        with_slice,
        fixed(((3, 7), floats()), ((3, 3), floats())),
        torch=lambda x, y: x.slice_scatter(y, 1, 1, 6, 2),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.ones(4).slice_scatter(pydl.ones(3))),
            ("ValueError", lambda: pydl.ones(4).slice_scatter(pydl.ones(4), step=-1)),
        ),
    ),
    Row(
        "diagonal_scatter",
        lambda x, y: x.diagonal_scatter(y, 1, 1, 2),
        with_diagonal,
        fixed(((3, 4, 4), floats()), ((3, 3), floats())),
        torch=lambda x, y: x.diagonal_scatter(y, 1, 1, 2),
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.ones(2, 2).diagonal_scatter(pydl.ones(3))),),
    ),
]

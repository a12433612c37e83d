import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import fixed, floats, one

import pydl


def filled(x, again):
    x = x.copy()
    np.fill_diagonal(x, 5, again)
    return x


ROWS = [
    Row(
        "diagonal",
        lambda x: x.diagonal(1, 2, 0),
        lambda x: np.diagonal(x, 1, 2, 0),
        fixed(((3, 4, 5), floats())),
        dtypes=ALL,
        bad=(
            ("ValueError", lambda: pydl.ones(2, 2).diagonal(0, 1, 1)),
            ("IndexError", lambda: pydl.ones(2, 2).diagonal(0, 0, 2)),
        ),
    ),
    Row(
        "diag",
        lambda x: x.diag(-1),
        lambda x: np.diag(x, -1),
        fixed(((4, 6), floats())),
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.ones(1, 1, 1).diag()),),
    ),
    Row("diag", lambda x: x.diag(2), lambda x: np.diag(x, 2), one(min_dims=1, max_dims=1), "vector"),
    Row(
        "trace",
        lambda x: x.trace(),
        np.trace,
        fixed(((4, 6), floats())),
        sums=True,
        bad=(("ShapeError", lambda: pydl.ones(2).trace()),),
    ),
    Row(
        "tril",
        lambda x: x.tril(-1),
        lambda x: np.tril(x, -1),
        one(min_dims=2),
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.ones(2).tril()),),
    ),
    Row(
        "triu",
        lambda x: x.triu(1),
        lambda x: np.triu(x, 1),
        one(min_dims=2),
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.ones(2).triu()),),
    ),
    Row(
        "tril_indices",
        lambda x: pydl.tril_indices(4, 3, -1),
        lambda x: np.stack(np.tril_indices(4, -1, 3)),
        fixed(((1,), floats())),
        grad=False,
    ),
    Row(
        "triu_indices",
        lambda x: pydl.triu_indices(4, 3, 1),
        lambda x: np.stack(np.triu_indices(4, 1, 3)),
        fixed(((1,), floats())),
        grad=False,
    ),
    Row(
        "diag_embed",
        lambda x: x.diag_embed(1, 0, -1),
        lambda x: np.moveaxis(np.stack([np.diag(row, 1) for row in x]), 1, 0),
        fixed(((3, 4), floats())),
        torch=lambda x: x.diag_embed(1, 0, -1),
        dtypes=ALL,
        bad=(
            ("ValueError", lambda: pydl.ones(2).diag_embed(0, 1, 1)),
            ("ShapeError", lambda: pydl.tensor(1.0).diag_embed()),
            ("IndexError", lambda: pydl.ones(2).diag_embed(0, 1, 2)),
        ),
    ),
    Row(
        "diag_embed",
        lambda x: x.diag_embed(-2, 2, 1),
        lambda x: np.stack([np.diag(row, 2) for row in x]),
        fixed(((3, 4), floats())),
        "below, turned",
        torch=lambda x: x.diag_embed(-2, 2, 1),
    ),
    Row(
        "diagflat",
        lambda x: x.diagflat(-1),
        lambda x: np.diagflat(x, -1),
        one(max_dims=2, limit=40),
        torch=lambda x: x.diagflat(-1),
        dtypes=ALL,
        bad=(("DTypeError", lambda: pydl.diagflat(2.0)),),
    ),
    *(
        Row(
            "fill_diagonal_",
            lambda x, again=again: (x * 1).fill_diagonal_(5, again),
            lambda x, again=again: filled(x, again),
            fixed((shape, floats())),
            label,
            torch=lambda x, again=again: (x * 1).fill_diagonal_(5, again),
            dtypes=NUMBERS,
            bad=bad,
        )
        for shape, again, label, bad in (
            ((7, 3), True, "again", ()),
            ((3, 7), False, "", ()),
            ((3, 3, 3), False, "cube", ()),
            (
                (7, 3),
                False,
                "tall",
                (
                    ("ShapeError", lambda: pydl.zeros(2).fill_diagonal_(1)),
                    ("ShapeError", lambda: pydl.zeros(2, 3, 2).fill_diagonal_(1)),
                    ("DTypeError", lambda: pydl.zeros(2, 2).fill_diagonal_("a")),
                ),
            ),
        )
    ),
    Row(
        "tril_", lambda x: (x * 1).tril_(1), lambda x: np.tril(x, 1), one(min_dims=2), torch=lambda x: (x * 1).tril_(1)
    ),
    Row("triu_", lambda x: (x * 1).triu_(), np.triu, one(min_dims=2), torch=lambda x: (x * 1).triu_()),
]

import numpy as np
from op_table import ALL, Row
from strategies import fixed, floats, one

import pydl

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
]

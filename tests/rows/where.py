import numpy as np
from op_table import ALL, Row
from strategies import bools, broadcasting, floats, one, same

import pydl

ROWS = [
    Row("where", pydl.where, np.where, broadcasting(bools(), floats(), floats()), dtypes=ALL),
    Row(
        "where", lambda c, x: pydl.where(c, x, 0.5), lambda c, x: np.where(c, x, 0.5), same(bools(), floats()), "number"
    ),
    Row("where", lambda c, x: x.where(c, -x), lambda c, x: np.where(c, x, -x), same(bools(), floats()), "method"),
    Row(
        "where",
        # The logarithm is infinite or NaN where it is not taken, and so is its gradient.
        lambda x: pydl.where(x > 0, x.clamp(min=0).log(), x * 2),
        lambda x: np.where(x > 0, np.log(np.where(x > 0, x, 1)), x * 2),
        one(floats(away=(0.0,), gap=0.2)),
        "infinite branch",
        second=False,
        grad=False,
        bad=(
            ("DTypeError", lambda: pydl.where(pydl.ones(2), 1, 2)),
            ("ValueError", lambda: pydl.where(pydl.ones(2) > 0, 1)),
        ),
    ),
    Row("where", lambda c: pydl.where(c), np.nonzero, one(bools(), min_dims=1), "indices", grad=False),
    Row(
        "masked_fill",
        lambda c, x: x.masked_fill(c, 2.5),
        lambda c, x: np.where(c, 2.5, x),
        broadcasting(bools(), floats()),
        bad=(("DTypeError", lambda: pydl.ones(2).masked_fill(pydl.ones(2), 0.0)),),
    ),
    Row(
        "masked_fill_",
        lambda c, x: (x * 1).masked_fill_(c, 2.5),
        lambda c, x: np.where(c, 2.5, x),
        same(bools(), floats()),
    ),
    Row(
        "nan_to_num",
        lambda x: pydl.nan_to_num(x, 1.0, 2.0, 3.0),
        lambda x: np.nan_to_num(x, nan=1, posinf=2, neginf=3),
        one(),
        specials=True,
    ),
    Row(
        "nan_to_num_",
        lambda x: (x * 1).nan_to_num_(1.0, 2.0, 3.0),
        lambda x: np.nan_to_num(x, nan=1.0, posinf=2.0, neginf=3.0),
        one(floats()),
        specials=True,
    ),
]

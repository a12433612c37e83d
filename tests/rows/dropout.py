from op_table import Row
from strategies import fixed, floats, one

import pydl

ELSEWHERE = "test_random.py"


def seeded(op, *args):
    """The op with the same random numbers each time."""

    def call(x):
        pydl.manual_seed(0)
        return op(x, *args)

    return call


def scaled(op, *args):
    """What the op multiplies each element with, as numpy: its result for ones."""

    def reference(x):
        pydl.manual_seed(0)
        return x * op(pydl.ones(x.shape), *args).numpy()

    return reference


BAD = (
    ("ValueError", lambda: pydl.dropout(pydl.ones(2), 1.5)),
    ("ValueError", lambda: pydl.dropout(pydl.ones(2), -0.1)),
)

ROWS = [
    Row(
        "dropout",
        seeded(pydl.dropout, 0.5),
        scaled(pydl.dropout, 0.5),
        one(floats()),
        bad=BAD,
    ),
    Row("dropout", lambda x: pydl.dropout(x, 0.5, training=False), lambda x: x, one(floats()), "evaluation"),
    Row(
        "dropout1d",
        seeded(pydl.dropout1d, 0.5),
        scaled(pydl.dropout1d, 0.5),
        fixed(((4, 5, 3), floats())),
        bad=(("ShapeError", lambda: pydl.dropout1d(pydl.ones(2))),),
    ),
    Row(
        "dropout2d",
        seeded(pydl.dropout2d, 0.5),
        scaled(pydl.dropout2d, 0.5),
        fixed(((4, 5, 3, 2), floats())),
        bad=(("ShapeError", lambda: pydl.dropout2d(pydl.ones(2))),),
    ),
    Row(
        "dropout3d",
        seeded(pydl.dropout3d, 0.5),
        scaled(pydl.dropout3d, 0.5),
        fixed(((4, 5, 3, 2, 1), floats())),
        bad=(("ShapeError", lambda: pydl.dropout3d(pydl.ones(2))),),
    ),
    Row("alpha_dropout", elsewhere=ELSEWHERE),
]

import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import broadcasting, floats

import pydl

BAD = (
    ("ShapeError", lambda: pydl.ones(2, 3) + pydl.ones(4)),
    ("DTypeError", lambda: pydl.ones(2) + "a"),
)
SIZES = (((1000,), (1000,)), ((1000, 1000), (1000, 1000)), ((1000, 1000), (1000,)))

ROWS = [
    Row(
        "add",
        lambda x, y: x + y,
        np.add,
        broadcasting(floats(), floats()),
        torch=lambda x, y: x + y,
        dtypes=ALL,
        specials=True,
        bad=BAD,
        times=SIZES,
    ),
    Row("add", lambda x, y: pydl.add(x, y, alpha=2), lambda x, y: x + 2 * y, broadcasting(floats(), floats()), "alpha", dtypes=NUMBERS),
    Row("add", lambda x: 3 + x, lambda x: 3 + x, lambda draw: broadcasting(floats())(draw), "number", dtypes=NUMBERS),
    Row("sub", lambda x, y: x - y, np.subtract, broadcasting(floats(), floats()), torch=lambda x, y: x - y, dtypes=NUMBERS, specials=True),
    Row("rsub", lambda x: 3 - x, lambda x: 3 - x, broadcasting(floats())),
    Row("mul", lambda x, y: x * y, np.multiply, broadcasting(floats(), floats()), torch=lambda x, y: x * y, dtypes=ALL, specials=True, times=SIZES),
    Row("div", lambda x, y: x / y, np.divide, broadcasting(floats(), floats(away=(0.0,), gap=0.3)), torch=lambda x, y: x / y, specials=True),
    Row("rdiv", lambda x: 3 / x, lambda x: 3 / x, broadcasting(floats(away=(0.0,), gap=0.3))),
]

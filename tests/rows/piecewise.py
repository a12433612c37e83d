import numpy as np
from op_table import Row
from strategies import floats, integers, one

import pydl
import pydl.nn.functional as F
from rows.activation import rows


def away(*points):
    return floats(away=points, gap=0.1)


ROWS = [
    *rows("hardtanh", lambda x: np.clip(x, -0.5, 2), away(-0.5, 2.0), specials=True, min_val=-0.5, max_val=2.0),
    *rows("relu6", lambda x: np.clip(x, 0, 6), floats(-3, 9, (0.0, 6.0), 0.1), specials=True),
    *rows("hardsigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1), floats(-5, 5, (-3.0, 3.0), 0.1)),
    *rows("hardswish", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), floats(-5, 5, (-3.0, 3.0), 0.1)),
    *rows("softshrink", lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0), away(-0.5, 0.5), inplace=False),
    *rows("hardshrink", lambda x: np.where(np.abs(x) > 0.5, x, 0), away(-0.5, 0.5), inplace=False),
    *rows("threshold", lambda x: np.where(x > 0.5, x, -1), away(0.5), threshold=0.5, value=-1.0),
    *(
        Row(
            name,
            lambda x, name=name, bounds=bounds: getattr(F, name)(x, *bounds),
            lambda x, low=low, high=high: np.clip(x, low, high),
            one(integers(-9, 12)),
            "integers",
            torch=lambda x, name=name, bounds=bounds: getattr(__import__("torch").nn.functional, name)(x, *bounds),
            dtypes=("int64", "int32", "int16", "int8"),
            grad=False,
        )
        for name, bounds, low, high in (("hardtanh", (-2, 5.7), -2, 5), ("relu6", (), 0, 6))
    ),
    Row(
        "hardtanh",
        bad=(
            ("ValueError", lambda: F.hardtanh(pydl.ones(1), 2, 1)),
            ("DTypeError", lambda: F.hardtanh(pydl.ones(1), "a")),
        ),
        label="errors",
    ),
    Row("threshold", bad=(("DTypeError", lambda: F.threshold(pydl.ones(1), "a", 1)),), label="errors"),
    Row("softshrink", bad=(("ValueError", lambda: F.softshrink(pydl.ones(1), -1)),), label="errors"),
]

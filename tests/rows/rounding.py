import numpy as np
from op_table import NUMBERS, Row
from strategies import broadcasting, floats, one, same

import pydl

# Away from the steps: x / y is never near a whole number for y in 1.5..2.5 and x in +-(0.3..1.2).
SMOOTH = broadcasting(floats(0.3, 1.2), floats(1.5, 2.5))
WHOLE = broadcasting(floats(-9, 9), floats(1.5, 6))
INTS = [d for d in NUMBERS if d not in ("float32", "float64")]

ROWS = [
    Row("floor_divide", lambda x, y: x // y, np.floor_divide, SMOOTH),
    Row(
        "floor_divide",
        lambda x, y: x // y,
        np.floor_divide,
        WHOLE,
        "integers",
        lambda x, y: x // y,
        dtypes=INTS,
        grad=False,
    ),
    Row("remainder", lambda x, y: x % y, np.mod, SMOOTH, torch=lambda x, y: x % y),
    Row("remainder", lambda x, y: x % y, np.mod, WHOLE, "integers", dtypes=INTS, grad=False),
    Row("rfloor_divide", lambda y: 3 // y, lambda y: np.floor_divide(3, y), one(floats(1.6, 2.5))),
    Row("rremainder", lambda y: 3.5 % y, lambda y: np.mod(3.5, y), one(floats(1.9, 3.3))),
    Row("fmod", pydl.fmod, np.fmod, SMOOTH, torch=lambda x, y: x.fmod(y)),
    Row("fmod", pydl.fmod, np.fmod, WHOLE, "integers", dtypes=INTS, grad=False),
    Row(
        "div",
        lambda x, y: pydl.div(x, y, rounding_mode="trunc"),
        lambda x, y: np.trunc(x / y),
        WHOLE,
        "trunc",
        dtypes=INTS,
        grad=False,
        bad=(
            ("ValueError", lambda: pydl.tensor([1]) // 0),
            ("ValueError", lambda: pydl.tensor([1]) % pydl.tensor([0])),
            ("ValueError", lambda: pydl.div(pydl.ones(1), 2, rounding_mode="up")),
        ),
    ),
    *(
        Row(
            name + "_",
            lambda x, y, name=name: getattr(x * 1, name + "_")(y),
            reference,
            same(floats(0.3, 1.2), floats(1.5, 2.5)),
            # PyTorch has no gradient of floor_divide.
            torch=None if name == "floor_divide" else lambda x, y, name=name: getattr(x * 1, name + "_")(y),
            bad=(("DTypeError", lambda name=name: getattr(pydl.tensor([5]), name + "_")(2.0)),),
        )
        for name, reference in (("floor_divide", np.floor_divide), ("remainder", np.mod), ("fmod", np.fmod))
    ),
    *(
        Row(
            name + "_",
            lambda x, y, name=name: getattr(x * 1, name + "_")(y),
            reference,
            same(floats(-9, 9), floats(1.5, 6)),
            "integers",
            dtypes=INTS,
            grad=False,
        )
        for name, reference in (("floor_divide", np.floor_divide), ("remainder", np.mod), ("fmod", np.fmod))
    ),
]

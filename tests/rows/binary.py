import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import broadcasting, floats, same

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
    Row(
        "add",
        lambda x, y: pydl.add(x, y, alpha=2),
        lambda x, y: x + 2 * y,
        broadcasting(floats(), floats()),
        "alpha",
        dtypes=NUMBERS,
    ),
    Row("add", lambda x: 3 + x, lambda x: 3 + x, lambda draw: broadcasting(floats())(draw), "number", dtypes=NUMBERS),
    Row(
        "sub",
        lambda x, y: x - y,
        np.subtract,
        broadcasting(floats(), floats()),
        torch=lambda x, y: x - y,
        dtypes=NUMBERS,
        specials=True,
    ),
    Row("rsub", lambda x: 3 - x, lambda x: 3 - x, broadcasting(floats())),
    Row(
        "mul",
        lambda x, y: x * y,
        np.multiply,
        broadcasting(floats(), floats()),
        torch=lambda x, y: x * y,
        dtypes=ALL,
        specials=True,
        times=SIZES,
    ),
    Row(
        "div",
        lambda x, y: x / y,
        np.divide,
        broadcasting(floats(), floats(away=(0.0,), gap=0.3)),
        torch=lambda x, y: x / y,
        specials=True,
    ),
    *[
        Row(
            f"{name}_",
            lambda x, y, name=name: getattr((x * 1.0).clone(), f"{name}_")(y),
            reference,
            same(floats(), floats(away=(0.0,), gap=0.3)),
            torch=lambda x, y, name=name: getattr((x * 1.0).clone(), f"{name}_")(y),
            bad=(
                ("ShapeError", lambda name=name: getattr(pydl.ones(1), f"{name}_")(pydl.ones(3))),
                ("StateError", lambda name=name: getattr(pydl.ones(1, requires_grad=True), f"{name}_")(2.0)),
                ("DTypeError", lambda name=name: getattr(pydl.tensor([1]), f"{name}_")(2.5)),
            ),
        )
        for name, reference in (("add", np.add), ("sub", np.subtract), ("mul", np.multiply), ("div", np.divide))
    ],
    Row("rdiv", lambda x: 3 / x, lambda x: 3 / x, broadcasting(floats(away=(0.0,), gap=0.3))),
]

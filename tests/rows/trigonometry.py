import numpy as np
from op_table import Row
from strategies import broadcasting, floats, one, same

import pydl

INSIDE = floats(-0.9, 0.9)
PLAIN = [
    ("sin", np.sin, floats()),
    ("cos", np.cos, floats()),
    ("tan", np.tan, floats(-1.3, 1.3)),
    ("asin", np.arcsin, INSIDE),
    ("acos", np.arccos, INSIDE),
    ("atan", np.arctan, floats()),
    ("sinh", np.sinh, floats()),
    ("cosh", np.cosh, floats()),
    ("asinh", np.arcsinh, floats()),
    ("acosh", np.arccosh, floats(1.2, 4.0)),
    ("atanh", np.arctanh, INSIDE),
]
# Large arguments of sin, cos and tan: the reference reduces them in more digits than float32 has.
SPECIAL = {name: name not in ("sin", "cos", "tan") for name, _, _ in PLAIN}

ROWS = [
    *(
        Row(
            name,
            lambda x, name=name: getattr(pydl, name)(x),
            reference,
            one(fill),
            torch=lambda x, name=name: getattr(x, name)(),
            specials=SPECIAL[name],
            times=(((1000,),), ((1000, 1000),)),
        )
        for name, reference, fill in PLAIN
    ),
    *(
        Row(name + "_", lambda x, name=name: getattr(x * 1, name + "_")(), reference, one(fill))
        for name, reference, fill in PLAIN
    ),
    Row(
        "atan2",
        pydl.atan2,
        np.arctan2,
        broadcasting(floats(away=(0.0,), gap=0.3), floats(away=(0.0,), gap=0.3)),
        torch=lambda y, x: y.atan2(x),
        specials=True,
    ),
    Row(
        "atan2_",
        lambda y, x: (y * 1).atan2_(x),
        np.arctan2,
        same(floats(away=(0.0,), gap=0.3), floats(away=(0.0,), gap=0.3)),
        torch=lambda y, x: (y * 1).atan2_(x),
        bad=(
            ("DTypeError", lambda: pydl.tensor([1]).atan2_(pydl.ones(1))),
            ("ShapeError", lambda: pydl.ones(1).atan2_(pydl.ones(3))),
            ("StateError", lambda: pydl.ones(1, requires_grad=True).atan2_(pydl.ones(1))),
        ),
    ),
]

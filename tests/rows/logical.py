import numpy as np
from op_table import Row
from strategies import bools, broadcasting, floats, integers, one, same

import pydl

FLOATING = (("DTypeError", lambda: pydl.ones(2) & pydl.ones(2)),)
BITS = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}
LOGIC = {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}
SHIFTS = integers(0, 9)


def bitwise(name, reference):
    call, inplace = getattr(pydl, f"bitwise_{name}"), getattr(pydl, f"bitwise_{name}_")
    yield Row(f"bitwise_{name}", call, reference, broadcasting(integers(), integers()), grad=False, bad=FLOATING)
    yield Row(f"bitwise_{name}", call, reference, broadcasting(bools(), bools()), "bool", grad=False)
    yield Row(f"bitwise_{name}", lambda x: call(x, 3), lambda x: reference(x, 3), one(integers()), "number", grad=False)
    yield Row(
        f"bitwise_{name}_", lambda x, y: inplace(x.clone(), y), reference, same(integers(), integers()), grad=False
    )


def logical(name, reference):
    call, inplace = getattr(pydl, f"logical_{name}"), getattr(pydl, f"logical_{name}_")
    yield Row(f"logical_{name}", call, reference, broadcasting(integers(-1, 2), floats()), grad=False)
    yield Row(
        f"logical_{name}_",
        lambda x, y: inplace(x.clone(), y),
        reference,
        same(integers(0, 2), integers(-1, 2)),
        grad=False,
    )


ROWS = [
    *(row for name, reference in BITS.items() for row in bitwise(name, reference)),
    *(row for name, reference in LOGIC.items() for row in logical(name, reference)),
    Row("bitwise_left_shift", lambda x, y: x << y, np.left_shift, broadcasting(integers(), SHIFTS), grad=False),
    Row("bitwise_right_shift", lambda x, y: x >> y, np.right_shift, broadcasting(integers(), SHIFTS), grad=False),
    Row("rlshift", lambda x: 5 << x, lambda x: 5 << x, one(SHIFTS), grad=False),
    Row("rrshift", lambda x: 500 >> x, lambda x: 500 >> x, one(SHIFTS), grad=False),
    Row("bitwise_not", lambda x: ~x, np.invert, one(integers()), grad=False),
    Row("bitwise_not", lambda x: ~x, np.invert, one(bools()), "bool", grad=False),
    Row("bitwise_not_", lambda x: x.clone().bitwise_not_(), np.invert, one(integers()), grad=False),
    Row("logical_not", pydl.logical_not, np.logical_not, one(integers(-1, 2)), grad=False),
    Row("logical_not_", lambda x: x.clone().logical_not_(), np.logical_not, one(integers(-1, 2)), grad=False),
    Row(
        "bitwise_left_shift_",
        lambda x, y: x.clone().bitwise_left_shift_(y),
        np.left_shift,
        same(integers(), SHIFTS),
        grad=False,
        bad=(("DTypeError", lambda: pydl.ones(2).bitwise_left_shift_(1)),),
    ),
    Row(
        "bitwise_right_shift_",
        lambda x, y: x.clone().bitwise_right_shift_(y),
        np.right_shift,
        same(integers(), SHIFTS),
        grad=False,
    ),
]

import numpy as np
from op_table import FLOATS, NUMBERS, Row
from strategies import broadcasting, distinct, floats, one, same

import pydl

AWAY = floats(away=(0.0,), gap=0.1)
POSITIVE = floats(0.1, 4.0)
# Away from the whole numbers and the halves, where the functions jump.
STEPS = floats(away=tuple(np.arange(-3, 3.5, 0.5)), gap=0.02)
SIZES = (((1000,),), ((1000, 1000),))
BAD = (("DTypeError", lambda: pydl.sqrt(2.0)),)
LEAF = (
    ("StateError", lambda: pydl.ones(2, requires_grad=True).sqrt_()),
    ("DTypeError", lambda: pydl.tensor([1]).sqrt_()),
)


def sign(x):
    return np.where(np.isnan(x), 0.0, np.sign(x))


PLAIN = [
    # name, numpy's, values, dtypes, special values compared
    ("neg", np.negative, floats(), NUMBERS, True),
    ("abs", np.abs, AWAY, NUMBERS, True),
    ("sign", sign, AWAY, NUMBERS, True),
    ("square", np.square, floats(), NUMBERS, True),
    ("sqrt", np.sqrt, POSITIVE, FLOATS, True),
    ("rsqrt", lambda x: 1 / np.sqrt(x), POSITIVE, FLOATS, True),
    ("reciprocal", lambda x: 1 / x, floats(away=(0.0,), gap=0.3), FLOATS, True),
    ("floor", np.floor, STEPS, NUMBERS, True),
    ("ceil", np.ceil, STEPS, NUMBERS, True),
    ("round", np.round, STEPS, NUMBERS, True),
    ("trunc", np.trunc, STEPS, NUMBERS, True),
]
FLAT = ("sign", "floor", "ceil", "round", "trunc")

ROWS = [
    *(
        Row(
            name,
            lambda x, name=name: getattr(pydl, name)(x),
            reference,
            one(fill),
            torch=lambda x, name=name: getattr(x, name)(),
            dtypes=dtypes,
            specials=specials,
            second=name not in FLAT,
            bad=BAD if name == "sqrt" else (),
            times=SIZES,
        )
        for name, reference, fill, dtypes, specials in PLAIN
    ),
    *(
        Row(
            name + "_",
            lambda x, name=name: getattr(x * 1, name + "_")(),
            reference,
            one(fill),
            dtypes=FLOATS if dtypes is FLOATS else NUMBERS,
            second=name not in FLAT,
            bad=LEAF if name == "sqrt" else (),
        )
        for name, reference, fill, dtypes, _ in PLAIN
    ),
    Row("abs", lambda x: (x * 1)[1:].abs_(), lambda x: np.abs(x[1:]), one(AWAY, min_dims=1), "in place in a view"),
    Row("round", lambda x: x.round(decimals=1), lambda x: np.round(x * 10) / 10, one(floats()), "decimals", grad=False),
    Row(
        "positive",
        lambda x: +x,
        lambda x: x,
        one(),
        dtypes=NUMBERS,
        bad=(("DTypeError", lambda: +pydl.tensor([True])),),
    ),
    Row(
        "copysign",
        pydl.copysign,
        np.copysign,
        broadcasting(AWAY, AWAY),
        torch=lambda x, y: x.copysign(y),
        specials=True,
        second=False,
    ),
    Row("isnan", pydl.isnan, np.isnan, one(distinct()), dtypes=NUMBERS, grad=False, specials=True),
    Row("isinf", pydl.isinf, np.isinf, one(distinct()), dtypes=NUMBERS, grad=False, specials=True),
    Row("isfinite", pydl.isfinite, np.isfinite, one(distinct()), dtypes=NUMBERS, grad=False, specials=True),
    Row(
        "copysign_",
        lambda x, y: (x * 1).copysign_(y),
        np.copysign,
        same(AWAY, AWAY),
        torch=lambda x, y: (x * 1).copysign_(y),
        second=False,
    ),
]

import numpy as np
from op_table import Row
from strategies import broadcasting, fixed, floats, integers, one, same

import pydl

POSITIVE = floats(0.2, 3.0)
TIMES = (((1000,),), ((1000, 1000),))


def number(p, fill, label):
    return Row("pow", lambda x: x**p, lambda x: x**p, one(fill), label, torch=lambda x: x**p, times=TIMES)


def xlogy(x, y):
    return np.where(x == 0, 0.0, x * np.log(np.where(y > 0, y, 1)))


ROWS = [
    Row(
        "pow",
        pydl.pow,
        np.power,
        broadcasting(POSITIVE, floats()),
        torch=lambda x, y: x**y,
        times=(((1000, 1000), (1000, 1000)),),
        bad=(("ValueError", lambda: pydl.tensor([2]) ** -1), ("DTypeError", lambda: pydl.pow(2, 3))),
    ),
    number(2, floats(), "square"),
    number(0.5, POSITIVE, "root"),
    number(1, floats(), "one"),
    number(-1, POSITIVE, "reciprocal"),
    number(3, floats(away=(0.0,), gap=0.2), "cube"),
    number(-1.5, POSITIVE, "fraction"),
    Row("pow", lambda x: x**0, lambda x: x**0, one(floats()), "zero", second=False),
    Row(
        "pow",
        lambda x, y: x**y,
        np.power,
        fixed(((3, 5), integers()), ((3, 5), integers(0, 6))),
        "integers",
        grad=False,
    ),
    Row("rpow", lambda x: 2**x, lambda x: 2.0**x, one(floats())),
    Row("rpow", lambda x: pydl.pow(0, x), lambda x: 0.0**x, one(POSITIVE), "of zero", second=False),
    Row("pow_", lambda x, y: (x * 1).pow_(y), np.power, same(POSITIVE, floats())),
    Row("hypot", pydl.hypot, np.hypot, broadcasting(floats(away=(0.0,), gap=0.3), floats()), specials=True),
    Row("xlogy", pydl.xlogy, xlogy, broadcasting(floats(), POSITIVE)),
    Row("xlogy", lambda y: pydl.xlogy(0.0, y), lambda y: 0 * y, one(POSITIVE), "of zero"),
    Row("hypot_", lambda x, y: (x * 1).hypot_(y), np.hypot, same(POSITIVE, POSITIVE)),
    Row("xlogy_", lambda x, y: (x * 1).xlogy_(y), xlogy, same(POSITIVE, POSITIVE)),
    Row(
        "float_power",
        pydl.float_power,
        np.float_power,
        broadcasting(POSITIVE, floats()),
        torch=lambda x, y: x.float_power(y),
        bad=(("DTypeError", lambda: pydl.float_power(2, 2)),),
    ),
    Row(
        "float_power_",
        lambda x: (x.double() * 1).float_power_(1.5),
        lambda x: x**1.5,
        one(POSITIVE),
        bad=(("DTypeError", lambda: pydl.ones(2).float_power_(2)),),
    ),
    Row(
        "ldexp",
        pydl.ldexp,
        lambda x, y: x * 2.0**y,
        broadcasting(floats(), floats()),
        torch=lambda x, y: x.ldexp(y),
        bad=(("DTypeError", lambda: pydl.ones(2).ldexp(2)),),
    ),
    Row("ldexp_", lambda x, y: (x * 1).ldexp_(y), lambda x, y: x * 2.0**y, same(floats(), floats())),
]

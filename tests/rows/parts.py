import numpy as np
from op_table import ALL, FLOATS, NUMBERS, Row
from strategies import any_of, broadcasting, distinct, fixed, floats, integers, one, same

import pydl

STEPS = floats(away=tuple(np.arange(-3, 3.5, 1.0)), gap=0.05)
# Away from the powers of two, where the exponent jumps.
BINADE = floats(0.55, 0.95)
WHOLE = broadcasting(integers(-40, 41), integers(-40, 41))
INTS = [d for d in NUMBERS if d not in FLOATS]


def angle(x):
    return np.where(np.isnan(x), np.nan, np.where(x < 0, np.pi, 0.0))


def frac(x):
    return x - np.trunc(x)


def some_zeros(rng, shape):
    return np.round(rng.uniform(-2, 2, shape))


def heaviside(x, y):
    return np.where(x == 0, y, np.where(x > 0, 1.0, 0.0))


ROWS = [
    Row(
        "frac",
        pydl.frac,
        frac,
        one(STEPS),
        torch=lambda x: x.frac(),
        specials=True,
        bad=(("DTypeError", lambda: pydl.tensor([1]).frac()), ("DTypeError", lambda: pydl.frac(1.5))),
    ),
    Row("frac_", lambda x: (x * 1).frac_(), frac, one(STEPS)),
    Row(
        "frexp",
        lambda x: tuple(pydl.frexp(x)),
        np.frexp,
        one(BINADE),
        torch=lambda x: tuple(x.frexp()),
        bad=(("DTypeError", lambda: pydl.tensor([1]).frexp()),),
    ),
    Row(
        "nextafter",
        pydl.nextafter,
        None,
        same(floats(0.1, 0.9), floats(1.1, 1.9)),
        torch=lambda x, y: x.nextafter(y),
        bad=(("DTypeError", lambda: pydl.tensor([1]).nextafter(pydl.tensor([2]))),),
    ),
    Row(
        "nextafter_",
        lambda x, y: (x * 1).nextafter_(y),
        None,
        same(floats(0.1, 0.9), floats(1.1, 1.9)),
        torch=lambda x, y: (x * 1).nextafter_(y),
    ),
    Row("signbit", pydl.signbit, np.signbit, one(distinct()), dtypes=NUMBERS, grad=False, specials=True),
    Row("isposinf", pydl.isposinf, np.isposinf, one(distinct()), dtypes=NUMBERS, grad=False, specials=True),
    Row("isneginf", pydl.isneginf, np.isneginf, one(distinct()), dtypes=NUMBERS, grad=False, specials=True),
    Row("isreal", pydl.isreal, np.isreal, one(), dtypes=ALL, grad=False),
    Row("real", pydl.real, lambda x: x, one(), dtypes=ALL, torch=lambda x: x.real),
    Row("imag", elsewhere="its bad calls", bad=(("DTypeError", lambda: pydl.imag(pydl.ones(2))),)),
    Row(
        "angle",
        pydl.angle,
        angle,
        one(floats(away=(0.0,))),
        torch=lambda x: x.angle(),
        dtypes=NUMBERS,
        specials=True,
        second=False,
    ),
    Row(
        "heaviside",
        pydl.heaviside,
        heaviside,
        broadcasting(some_zeros, floats()),
        torch=lambda x, y: x.heaviside(y),
        grad=False,
        specials=True,
        bad=(("DTypeError", lambda: pydl.heaviside(pydl.tensor([1]), pydl.ones(1))),),
    ),
    Row(
        "heaviside_",
        lambda x, y: (x * 1).heaviside_(y),
        heaviside,
        same(some_zeros, floats()),
        dtypes=FLOATS,
        grad=False,
    ),
    *(
        Row(
            name,
            lambda x, y, name=name: getattr(pydl, name)(x, y),
            getattr(np, name),
            any_of(WHOLE, fixed(((0,), integers()), ((0,), integers()))),
            torch=lambda x, y, name=name: getattr(x, name)(y),
            dtypes=("int64",),
            grad=False,
            bad=(
                ("DTypeError", lambda name=name: getattr(pydl, name)(pydl.ones(1), pydl.ones(1))),
                ("DTypeError", lambda name=name: getattr(pydl, name)(pydl.tensor([2]), 2)),
            ),
        )
        for name in ("gcd", "lcm")
    ),
    *(
        Row(
            name,
            lambda x, y, name=name: getattr(pydl, name)(x, y),
            getattr(np, name),
            same(floats(-9, 10), floats(-9, 10)),
            "small integers",
            torch=lambda x, y, name=name: getattr(x, name)(y),
            dtypes=INTS,
            grad=False,
        )
        for name in ("gcd", "lcm")
    ),
    *(
        Row(
            name + "_",
            lambda x, y, name=name: getattr(x * 1, name + "_")(y),
            getattr(np, name),
            same(integers(1, 40), integers(1, 40)),
            dtypes=("int64",),
            grad=False,
        )
        for name in ("gcd", "lcm")
    ),
]

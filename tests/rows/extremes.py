import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import broadcasting, distinct, floats, integers, one

import pydl

SIZES = (((1000,),), ((1000, 1000),))
SOME = {"min_dims": 1, "empty": False}
EMPTY = (
    ("ValueError", lambda: pydl.zeros(0).max()),
    ("IndexError", lambda: pydl.zeros(0, 3).max(0)),
    ("IndexError", lambda: pydl.zeros(0, 3).amin(0)),
    ("IndexError", lambda: pydl.zeros(0).argmax()),
    ("IndexError", lambda: pydl.zeros(0, 3).argmin(0)),
    ("IndexError", lambda: pydl.ones(2).max(1)),
)


def apart(rng, shape):
    """Numbers none of which is near a whole one, and whole ones: no two of both kinds are close."""
    return rng.integers(-3, 4, shape) + rng.uniform(0.2, 0.8, shape)


def whole(rng, shape):
    return rng.integers(-3, 4, shape).astype(np.float64)


def both(name, reference, place):
    """max and min in their three forms, amax and amin, argmax and argmin."""
    call, many, where = getattr(pydl, name), getattr(pydl, f"a{name}"), getattr(pydl, f"arg{name}")
    two = getattr(pydl, f"{name}imum")
    pairwise = np.maximum if name == "max" else np.minimum
    yield Row(
        name,
        call,
        reference,
        one(distinct(), empty=False),
        dtypes=NUMBERS,
        torch=lambda x: getattr(x, name)(),
        bad=EMPTY,
        times=SIZES,
    )
    yield Row(
        name,
        lambda x: tuple(call(x, dim=0)),
        lambda x: (reference(x, 0), place(x, 0)),
        one(distinct(), **SOME),
        "dim",
        torch=lambda x: tuple(getattr(x, name)(0)),
    )
    yield Row(
        name,
        lambda x: call(x, -1, keepdim=True).values,
        lambda x: reference(x, -1, keepdims=True),
        one(distinct(), **SOME),
        "keepdim",
        torch=lambda x: getattr(x, name)(-1, keepdim=True).values,
        times=SIZES,
    )
    yield Row(name, lambda x, y: call(x, y), pairwise, broadcasting(apart, whole), "of two")
    yield Row(
        f"a{name}",
        lambda x: many(x, (0, 1)),
        lambda x: reference(x, (0, 1)),
        one(distinct(), min_dims=2, empty=False),
        torch=lambda x: getattr(x, f"a{name}")((0, 1)),
        times=(((1000, 1000),),),
    )
    yield Row(
        f"arg{name}", where, lambda x: np.asarray(place(x)), one(distinct(), empty=False), dtypes=NUMBERS, grad=False
    )
    yield Row(
        f"arg{name}",
        lambda x: where(x, 0, True),
        lambda x: place(x, 0, keepdims=True),
        one(integers(), **SOME),
        "ties",
        grad=False,
    )
    yield Row(
        f"{name}imum",
        two,
        pairwise,
        broadcasting(apart, whole),
        dtypes=ALL,
        specials=True,
        torch=lambda x, y: getattr(x, f"{name}imum")(y),
        times=(((1000, 1000), (1000, 1000)),),
    )


ROWS = [
    *both("max", np.max, np.argmax),
    *both("min", np.min, np.argmin),
    Row("fmax", pydl.fmax, np.fmax, broadcasting(apart, whole), specials=True),
    Row("fmin", pydl.fmin, np.fmin, broadcasting(apart, whole), specials=True),
    Row("fmax", pydl.fmax, np.fmax, broadcasting(integers(), integers()), "integers", grad=False),
    Row(
        "amax",
        lambda x: pydl.amax(x, 0),
        lambda x: np.max(x, 0),
        one(floats(), **SOME),
        "all dtypes",
        dtypes=ALL,
        grad=False,
    ),
    Row(
        "aminmax",
        lambda x: x.aminmax(),
        lambda x: (x.min(), x.max()),
        one(distinct(), empty=False),
        torch=lambda x: tuple(x.aminmax()),
        dtypes=ALL,
        bad=(
            ("ValueError", lambda: pydl.ones(0).aminmax()),
            ("IndexError", lambda: pydl.ones(0).aminmax(dim=0)),
            ("IndexError", lambda: pydl.ones(2).aminmax(dim=1)),
            ("DTypeError", lambda: pydl.aminmax(1.0)),
        ),
    ),
    Row(
        "aminmax",
        lambda x: x.aminmax(dim=0, keepdim=True),
        lambda x: (x.min(0, keepdims=True), x.max(0, keepdims=True)),
        one(distinct(), **SOME),
        "dim",
        torch=lambda x: tuple(x.aminmax(dim=0, keepdim=True)),
    ),
    Row(
        "amax",
        lambda x: pydl.amax(x.round(), 0) * 1.0,
        lambda x: np.max(np.round(x), 0),
        one(floats(), **SOME),
        "ties",
        torch=lambda x: x.round().amax(0) * 1.0,
        grad=False,
    ),
]

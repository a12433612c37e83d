import numpy as np
from op_table import Row
from strategies import fixed, floats

import pydl

SIZES = (((1000,),), ((1000, 1000),))
INPUTS = fixed(((3, 17, 4), floats()))
BAD = (("DTypeError", lambda: pydl.tensor([1, 2]).var()), ("IndexError", lambda: pydl.ones(2).var(1)))


def both(name, reference):
    call, pair = getattr(pydl, name), getattr(pydl, f"{name}_mean")
    yield Row(
        name,
        call,
        lambda x: reference(x, ddof=1),
        INPUTS,
        torch=lambda x: getattr(x, name)(),
        bad=BAD if name == "var" else (),
        times=SIZES,
    )
    yield Row(
        name,
        lambda x: call(x, (0, -1), keepdim=True),
        lambda x: reference(x, (0, -1), ddof=1, keepdims=True),
        INPUTS,
        "dims",
    )
    yield Row(name, lambda x: call(x, 1, unbiased=False), lambda x: reference(x, 1), INPUTS, "biased")
    yield Row(name, lambda x: call(x, 1, correction=3), lambda x: reference(x, 1, ddof=3), INPUTS, "correction")
    yield Row(name, lambda x: call(x, 0), lambda x: np.full(3, np.nan), fixed(((1, 3), floats())), "of one", grad=False)
    yield Row(f"{name}_mean", lambda x: pair(x, 1), lambda x: (reference(x, 1, ddof=1), np.mean(x, 1)), INPUTS)


ROWS = [*both("var", np.var), *both("std", np.std)]

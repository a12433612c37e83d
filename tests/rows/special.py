import math

import numpy as np
from op_table import Row
from strategies import floats, one

import pydl

erf = np.vectorize(math.erf, otypes=[float])
erfc = np.vectorize(math.erfc, otypes=[float])
lgamma = np.vectorize(math.lgamma, otypes=[float])


def erfinv(y):
    """Newton's method on erf."""
    x = np.zeros_like(y)
    for _ in range(60):
        x = x - (erf(x) - y) / (2 / math.sqrt(math.pi) * np.exp(-x * x))
    return x


def digamma(x):
    """The recurrence up to 12 and more, then the asymptotic series."""
    total = np.zeros_like(x)
    for _ in range(12):
        total, x = total - 1 / x, x + 1
    s = 1 / (x * x)
    return total + np.log(x) - 0.5 / x - s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s / 132))))


PLAIN = [
    ("erf", erf, floats()),
    ("erfc", erfc, floats()),
    ("erfinv", erfinv, floats(-0.9, 0.9)),
    # Away from their zeros, 1 and 2, and 1.46: there only the absolute error is small.
    ("lgamma", lgamma, floats(2.5, 6.0)),
    ("digamma", digamma, floats(2.0, 6.0)),
]

ROWS = [
    *(
        Row(
            name,
            lambda x, name=name: getattr(pydl, name)(x),
            reference,
            one(fill),
            torch=lambda x, name=name: getattr(x, name)(),
            times=(((1000,),), ((1000, 1000),)),
        )
        for name, reference, fill in PLAIN
    ),
    *(
        Row(name + "_", lambda x, name=name: getattr(x * 1, name + "_")(), reference, one(fill))
        for name, reference, fill in PLAIN
    ),
    Row(
        "digamma",
        lambda x: x.digamma(),
        lambda x: digamma(1 - x) - math.pi / np.tan(math.pi * x),
        one(floats(-0.4, -0.2)),
        "below 0",
    ),
    Row("lgamma", lambda x: x.lgamma(), lgamma, one(floats(0.1, 0.7)), "below 1"),
]

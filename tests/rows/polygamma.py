import math

import numpy as np
from op_table import Row
from strategies import floats, one

import pydl

POSITIVE = floats(0.3, 5.0)
# Away from the poles at 0, -1, -2, ...
BETWEEN = floats(-2.9, 3.0, away=(0.0, -1.0, -2.0, -3.0), gap=0.2)


def zeta(s, x):
    """The sum itself, a hundred thousand terms and what an integral says of the rest."""
    k = np.arange(100_000.0)
    rest = x + len(k)
    return ((x[..., None] + k) ** -s).sum(-1) + rest ** (1.0 - s) / (s - 1) + 0.5 * rest**-s


def polygamma(n, x):
    return (-1) ** (n + 1) * math.factorial(n) * zeta(n + 1.0, x)


def mvlgamma(x, p):
    terms = [np.vectorize(math.lgamma, otypes=[float])(x - j / 2) for j in range(p)]
    return p * (p - 1) / 4 * math.log(math.pi) + sum(terms)


SMALL = {"max_dims": 2, "limit": 40}

ROWS = [
    Row(
        "polygamma",
        lambda x: pydl.polygamma(1, x),
        lambda x: polygamma(1, x),
        one(BETWEEN, **SMALL),
        "1",
        torch=lambda x: x.polygamma(1),
        bad=(
            ("ValueError", lambda: pydl.polygamma(-1, pydl.ones(1))),
            ("DTypeError", lambda: pydl.polygamma(1.5, pydl.ones(1))),
            ("DTypeError", lambda: pydl.polygamma(1, 2.0)),
        ),
    ),
    Row(
        "polygamma",
        lambda x: x.polygamma(2),
        lambda x: polygamma(2, x),
        one(BETWEEN, **SMALL),
        "2",
        torch=lambda x: x.polygamma(2),
    ),
    Row("polygamma", lambda x: x.polygamma(0), None, one(POSITIVE), "0", torch=lambda x: x.polygamma(0)),
    Row("polygamma_", lambda x: (x * 1).polygamma_(1), lambda x: polygamma(1, x), one(POSITIVE, **SMALL)),
    Row(
        "mvlgamma",
        lambda x: x.mvlgamma(3),
        lambda x: mvlgamma(x, 3),
        one(floats(1.5, 5.0)),
        torch=lambda x: x.mvlgamma(3),
        bad=(("ValueError", lambda: pydl.ones(1).mvlgamma(0)),),
    ),
    Row("mvlgamma_", lambda x: (x * 1).mvlgamma_(2), lambda x: mvlgamma(x, 2), one(floats(1.5, 5.0))),
    Row("i0", pydl.i0, np.i0, one(floats()), torch=lambda x: x.i0(), bad=(("DTypeError", lambda: pydl.i0(2.0)),)),
    Row("i0", lambda x: x.i0(), np.i0, one(floats(4.0, 11.0)), "large", torch=lambda x: x.i0()),
    Row("i0_", lambda x: (x * 1).i0_(), np.i0, one(floats())),
]

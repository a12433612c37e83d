import numpy as np
from op_table import FLOATS, NUMBERS, Row
from strategies import floats, one

import pydl


def wide(f):
    """Of small integers numpy makes half numbers."""
    return lambda x: f(x.astype(float) if x.dtype.kind != "f" else x)


def sinc(x):
    """numpy's sinc rounds pi x first; here the whole turns are taken away before."""
    n = np.round(x)
    with np.errstate(all="ignore"):
        return np.where(x == 0, 1.0, (1 - 2 * (n % 2)) * np.sin(np.pi * (x - n)) / (np.pi * x))


PLAIN = [("deg2rad", wide(np.deg2rad), NUMBERS), ("rad2deg", wide(np.rad2deg), NUMBERS), ("sinc", sinc, FLOATS)]

ROWS = [
    *(
        Row(
            name,
            lambda x, name=name: getattr(pydl, name)(x),
            reference,
            one(floats()),
            torch=lambda x, name=name: getattr(x, name)(),
            dtypes=dtypes,
            specials=True,
            bad=(("DTypeError", lambda name=name: getattr(pydl, name)(2.0)),),
        )
        for name, reference, dtypes in PLAIN
    ),
    *(
        Row(
            name + "_",
            lambda x, name=name: getattr(x * 1, name + "_")(),
            reference,
            one(floats()),
            bad=(("DTypeError", lambda name=name: getattr(pydl.tensor([1]), name + "_")()),),
        )
        for name, reference, _ in PLAIN
    ),
    # The series that is taken near 0.
    Row("sinc", lambda x: (x * 0.05).sinc(), lambda x: sinc(x * 0.05), one(floats()), "small"),
]

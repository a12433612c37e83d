import numpy as np
from op_table import FLOATS, NUMBERS, Row
from strategies import floats, one

import pydl


def wide(f):
    """Of small integers numpy makes half numbers."""
    return lambda x: f(x.astype(float) if x.dtype.kind != "f" else x)


PLAIN = [("deg2rad", wide(np.deg2rad), NUMBERS), ("rad2deg", wide(np.rad2deg), NUMBERS), ("sinc", np.sinc, FLOATS)]

ROWS = [
    *(
        Row(
            name,
            lambda x, name=name: getattr(pydl, name)(x),
            reference,
            one(floats()),
            torch=lambda x, name=name: getattr(x, name)(),
            dtypes=dtypes,
            specials=name != "sinc",  # the sine of large numbers: the reference reduces them in more digits
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
    Row("sinc", lambda x: (x * 0.05).sinc(), lambda x: np.sinc(x * 0.05), one(floats()), "small"),
]

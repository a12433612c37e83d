import numpy as np
from op_table import Row
from strategies import floats, one

import pydl
import pydl.nn.functional as F

SIZES = (((64, 10),), ((1000, 1000),))
SOME = {"min_dims": 1, "empty": False}


def log_softmax(x, axis):
    x = x - x.max(axis, keepdims=True)
    return x - np.log(np.exp(x).sum(axis, keepdims=True))


def softmax(x, axis):
    return np.exp(log_softmax(x, axis))


BAD = (("IndexError", lambda: pydl.ones(2).softmax(1)), ("DTypeError", lambda: pydl.softmax(pydl.ones(2), None)))

ROWS = [
    Row(
        "softmax",
        lambda x: x.softmax(-1),
        lambda x: softmax(x, -1),
        one(**SOME),
        torch=lambda x: x.softmax(-1),
        bad=BAD,
        times=SIZES,
    ),
    Row(
        "softmax",
        lambda x: x.softmax(0),
        lambda x: softmax(x, 0),
        one(**SOME),
        "first",
        torch=lambda x: x.softmax(0),
        times=SIZES,
    ),
    Row(
        "log_softmax",
        lambda x: x.log_softmax(-1),
        lambda x: log_softmax(x, -1),
        one(**SOME),
        torch=lambda x: x.log_softmax(-1),
        times=SIZES,
    ),
    Row("log_softmax", lambda x: x.log_softmax(0), lambda x: log_softmax(x, 0), one(**SOME), "first", times=SIZES),
    Row(
        "log_softmax",
        lambda x: (x * 1e4).log_softmax(0),
        lambda x: log_softmax(x * 1e4, 0),
        one(floats(), **SOME),
        "large",
        grad=False,
    ),
    Row("softmin", lambda x: F.softmin(x, 0), lambda x: softmax(-x, 0), one(**SOME)),
]

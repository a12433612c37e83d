import numpy as np
from op_table import Row
from strategies import broadcasting, floats, one, same

import pydl

INSIDE = floats(0.02, 0.98)


def logit(x):
    return np.log(x / (1 - x))


ROWS = [
    Row(
        "logit",
        pydl.logit,
        logit,
        one(INSIDE),
        torch=lambda x: x.logit(),
        specials=True,
        bad=(("DTypeError", lambda: pydl.logit(0.5)), ("ValueError", lambda: pydl.ones(1).logit(0.7))),
    ),
    Row(
        "logit",
        lambda x: x.logit(eps=0.25),
        lambda x: logit(np.clip(x, 0.25, 0.75)),
        one(floats(-0.5, 1.5, away=(0.25, 0.75))),
        "eps",
        torch=lambda x: x.logit(eps=0.25),
    ),
    Row("logit_", lambda x: (x * 1).logit_(), logit, one(INSIDE)),
    Row(
        "logaddexp",
        pydl.logaddexp,
        np.logaddexp,
        broadcasting(floats(), floats()),
        torch=lambda x, y: x.logaddexp(y),
        specials=True,
        bad=(("DTypeError", lambda: pydl.logaddexp(pydl.tensor([1]), pydl.tensor([1]))),),
    ),
    Row(
        "logaddexp2",
        pydl.logaddexp2,
        np.logaddexp2,
        broadcasting(floats(), floats()),
        torch=lambda x, y: x.logaddexp2(y),
        specials=True,
        bad=(("ShapeError", lambda: pydl.logaddexp2(pydl.ones(2), pydl.ones(3))),),
    ),
    Row(
        "logaddexp",
        lambda x, y: (x * 100).logaddexp(y),
        lambda x, y: np.logaddexp(x * 100, y),
        same(floats(), floats()),
        "far apart",
    ),
]

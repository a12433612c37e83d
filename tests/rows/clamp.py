import numpy as np
from op_table import NUMBERS, Row
from strategies import broadcasting, floats, one

import pydl

AWAY = floats(away=(-1.0, 1.0), gap=0.1)
LOW, HIGH = floats(-2.0, -1.5), floats(1.5, 2.0)
# No element is near a bound: at a bound the gradient jumps.
VALUES = floats(away=(-1.75, 1.75), gap=0.3)

ROWS = [
    Row(
        "clamp",
        lambda x: x.clamp(-1, 1),
        lambda x: np.clip(x, -1, 1),
        one(AWAY),
        torch=lambda x: x.clamp(-1, 1),
        dtypes=(*NUMBERS[:-1],),
        specials=True,
        bad=(("ValueError", lambda: pydl.ones(1).clamp()), ("DTypeError", lambda: pydl.ones(1).clamp("a"))),
        times=(((1000, 1000),),),
    ),
    Row(
        "clamp",
        lambda x: x.clamp(max=0.5),
        lambda x: np.minimum(x, 0.5),
        one(floats(away=(0.5,))),
        "max",
        dtypes=NUMBERS,
        specials=True,
    ),
    Row("clamp", pydl.clamp, np.clip, broadcasting(VALUES, LOW, HIGH), "tensors"),
    Row("clamp", lambda x, y: x.clamp(min=y), np.maximum, broadcasting(VALUES, LOW), "min tensor"),
    Row("clamp_", lambda x: (x * 1).clamp_(-1, 1), lambda x: np.clip(x, -1, 1), one(AWAY)),
    Row("clamp_min", lambda x: x.clamp_min(1), lambda x: np.maximum(x, 1), one(AWAY)),
    Row("clamp_min_", lambda x: (x * 1).clamp_min_(1), lambda x: np.maximum(x, 1), one(AWAY)),
    Row("clamp_max", lambda x: x.clamp_max(1), lambda x: np.minimum(x, 1), one(AWAY)),
    Row("clamp_max_", lambda x: (x * 1).clamp_max_(1), lambda x: np.minimum(x, 1), one(AWAY)),
]

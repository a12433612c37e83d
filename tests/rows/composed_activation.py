import numpy as np
from op_table import Row
from strategies import fixed, floats

import pydl
import pydl.nn.functional as F
from rows.activation import rows, sigmoid


def away(*points):
    return floats(away=points, gap=0.1)


ROWS = [
    *rows("softsign", lambda x: x / (1 + np.abs(x)), away(0.0), inplace=False),
    *rows("tanhshrink", lambda x: x - np.tanh(x), floats(away=(0.0,), gap=0.5), inplace=False),
    Row(
        "prelu",
        F.prelu,
        lambda x, w: np.where(x > 0, x, w * x),
        fixed(((3, 5), away(0.0)), ((1,), floats())),
        "one weight",
    ),
    Row(
        "prelu",
        F.prelu,
        lambda x, w: np.where(x > 0, x, w[:, None] * x),
        fixed(((2, 3, 5), away(0.0)), ((3,), floats())),
        "channels",
        bad=(("ShapeError", lambda: F.prelu(pydl.ones(2, 3), pydl.ones(4))),),
    ),
    Row(
        "glu",
        lambda x: F.glu(x, 1),
        lambda x: x[:, :4] * sigmoid(x[:, 4:]),
        fixed(((3, 8, 2), floats())),
        bad=(("ShapeError", lambda: F.glu(pydl.ones(3))),),
    ),
]

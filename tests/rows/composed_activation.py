import numpy as np
from op_table import Row
from strategies import fixed, floats

import pydl
import pydl.nn.functional as F
from rows.activation import rows, sigmoid


def mish(x):
    return x * np.tanh(np.logaddexp(0, x))


def selu(x):
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def away(*points):
    return floats(away=points, gap=0.1)


ROWS = [
    *rows("hardtanh", lambda x: np.clip(x, -0.5, 2), away(-0.5, 2.0), specials=True, min_val=-0.5, max_val=2.0),
    *rows("relu6", lambda x: np.clip(x, 0, 6), floats(-3, 9, (0.0, 6.0), 0.1), specials=True),
    *rows("hardsigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1), floats(-5, 5, (-3.0, 3.0), 0.1)),
    *rows("hardswish", lambda x: x * np.clip(x / 6 + 0.5, 0, 1), floats(-5, 5, (-3.0, 3.0), 0.1)),
    *rows("mish", mish, floats()),
    *rows("selu", selu, away(0.0)),
    *rows("celu", lambda x: np.where(x > 0, x, 2 * np.expm1(np.minimum(x, 0) / 2)), away(0.0), alpha=2.0),
    *rows("softsign", lambda x: x / (1 + np.abs(x)), away(0.0), inplace=False),
    *rows("tanhshrink", lambda x: x - np.tanh(x), floats(away=(0.0,), gap=0.5), inplace=False),
    *rows("softshrink", lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0), away(-0.5, 0.5), inplace=False),
    *rows("hardshrink", lambda x: np.where(np.abs(x) > 0.5, x, 0), away(-0.5, 0.5), inplace=False),
    *rows("threshold", lambda x: np.where(x > 0.5, x, -1), away(0.5), threshold=0.5, value=-1.0),
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

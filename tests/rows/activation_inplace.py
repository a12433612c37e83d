import numpy as np
from op_table import Row
from strategies import floats, one

import pydl
import pydl.nn.functional as F

SLOPE = (1 / 8 + 1 / 3) / 2
SCALE, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def row(name, reference, *settings, away=(0.0,), bad=(), refused=pydl.int64):
    call = getattr(F, name)
    return Row(
        name,
        lambda x: call(x.clone(), *settings),
        reference,
        one(floats(away=away)),
        torch=lambda x: getattr(__import__("torch").nn.functional, name)(x.clone(), *settings),
        bad=(("DTypeError", lambda: call(pydl.ones(2, dtype=refused), *settings)), *bad),
    )


ROWS = [
    row("elu_", lambda x: elu(x, 0.5), 0.5),
    row("celu_", lambda x: np.where(x > 0, x, 2 * np.expm1(np.minimum(x, 0) / 2)), 2.0),
    row("selu_", lambda x: SCALE * elu(x, ALPHA)),
    row("leaky_relu_", lambda x: np.where(x > 0, x, 0.2 * x), 0.2),
    row("hardtanh_", lambda x: np.clip(x, -0.5, 2.0), -0.5, 2.0, away=(-0.5, 2.0), refused=pydl.bool),
    Row(
        "threshold_",
        lambda x: F.threshold_(x.clone(), 0.5, -1.0),
        lambda x: np.where(x > 0.5, x, -1.0),
        one(floats(away=(0.5,))),
        torch=lambda x: __import__("torch").nn.functional.threshold_(x.clone(), 0.5, -1.0),
    ),
    # In training the slopes are drawn: test_losses_and_layers.py.
    row("rrelu_", lambda x: np.where(x > 0, x, SLOPE * x)),
    Row(
        "rrelu",
        lambda x: F.rrelu(x),
        lambda x: np.where(x > 0, x, SLOPE * x),
        one(floats(away=(0.0,))),
        torch=lambda x: __import__("torch").nn.functional.rrelu(x),
        bad=(
            ("ValueError", lambda: F.rrelu(pydl.ones(2), 0.5, 0.1)),
            ("DTypeError", lambda: F.rrelu(None, training=True)),
        ),
    ),
]

import numpy as np
from op_table import Row
from strategies import fixed, floats, integers

import pydl
import pydl.nn.functional as F
from rows.softmax import log_softmax

X, W, T = pydl.ones(3, 4), pydl.ones(5, 4), pydl.tensor([0, 4, 1])


def loss(x, w, t, b=0.0):
    return -log_softmax(x @ w.T + b, 1)[np.arange(len(t)), t].mean()


ROWS = [
    Row(
        "linear_cross_entropy",
        lambda x, w, t, b: F.linear_cross_entropy(x, w, t, linear_bias=b),
        loss,
        fixed(((3, 4), floats()), ((5, 4), floats()), ((3,), integers(0, 5)), ((5,), floats())),
        torch=lambda x, w, t, b: __import__("torch").nn.functional.linear_cross_entropy(x, w, t, linear_bias=b),
        ulps=32.0,
        bad=(
            ("ShapeError", lambda: F.linear_cross_entropy(X, pydl.ones(5), T)),
            ("ShapeError", lambda: F.linear_cross_entropy(X[0], pydl.ones(5, 2, 4), T)),
            ("ShapeError", lambda: F.linear_cross_entropy(X, pydl.ones(5, 2, 4), T, linear_bias=pydl.ones(5))),
            ("IndexError", lambda: F.linear_cross_entropy(X, W, T + 1)),
            ("ValueError", lambda: F.linear_cross_entropy(X, W, T, options=1)),
        ),
    ),
    Row(
        "linear_cross_entropy",
        lambda x, w, t, b: F.linear_cross_entropy(x, w, t, linear_bias=b, label_smoothing=0.1, reduction="sum"),
        None,
        fixed(((3, 4), floats()), ((5, 2, 4), floats()), ((3, 2), integers(0, 5)), ((5, 2), floats())),
        "places",
        torch=lambda x, w, t, b: __import__("torch").nn.functional.linear_cross_entropy(
            x, w, t, linear_bias=b, label_smoothing=0.1, reduction="sum"
        ),
    ),
]

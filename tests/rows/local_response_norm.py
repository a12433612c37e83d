import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl.nn import functional as F


def np_response(x, size, alpha, beta, k):
    channels = x.shape[1]
    total = np.zeros_like(x)
    for c in range(channels):
        low, high = max(c - size // 2, 0), min(c + (size - 1) // 2 + 1, channels)
        total[:, c] = (x[:, low:high] ** 2).sum(1)
    return x / (k + alpha * total / size) ** beta


def row(label, size, **more):
    return Row(
        "local_response_norm",
        lambda x: F.local_response_norm(x, size, 0.3, 0.7, 1.5),
        lambda x: np_response(x, size, 0.3, 0.7, 1.5),
        any_of(*[fixed((shape, floats())) for shape in ((2, 5, 3), (1, 7, 2, 3), (2, 1, 4), (0, 3, 2))]),
        label,
        torch=lambda x: __import__("torch").nn.functional.local_response_norm(x, size, 0.3, 0.7, 1.5),
        **more,
    )


ROWS = [
    row(
        "",
        3,
        bad=(
            ("ShapeError", lambda: F.local_response_norm(pydl.ones(2, 3), 2)),
            ("ValueError", lambda: F.local_response_norm(pydl.ones(2, 3, 2), 0)),
            ("DTypeError", lambda: F.local_response_norm(3, 2)),
        ),
    ),
    row("even", 4),
]

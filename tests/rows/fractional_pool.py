import numpy as np
from op_table import Row
from strategies import distinct, fixed

import pydl
from pydl.nn import functional as F


def starts(n, out, kernel, u):
    alpha = (n - kernel) / (out - 1) if out > 1 else 0.0
    first = [int((i + u) * alpha) - int(u * alpha) for i in range(out - 1)]
    return [*first, n - kernel]


def np_fractional(x, kernel, out, samples):
    """samples (batch, channels, spaces): of two dimensions the last comes first."""
    y = np.empty((*x.shape[:2], *out))
    for at in np.ndindex(*x.shape[:2]):
        u = samples[at][::-1] if len(out) == 2 else samples[at]
        lines = [starts(n, m, kernel, u[d]) for d, (n, m) in enumerate(zip(x.shape[2:], out, strict=True))]
        for place in np.ndindex(*out):
            low = [lines[d][i] for d, i in enumerate(place)]
            y[at][place] = x[at][tuple([slice(i, i + kernel) for i in low])].max()
    return y


def samples(*shape):
    return np.random.default_rng(5).random(shape)


def call(function, kernel, out, shape, ours=True):
    def run(x):
        u = samples(*shape)
        # Half types would round the places of the windows.
        dtype = pydl.float64 if x.dtype == pydl.float64 else pydl.float32
        given = pydl.tensor(u, dtype=dtype) if ours else __import__("torch").tensor(u, dtype=x.dtype)
        return function(x, kernel, out, None, False, given)

    return run


def torch_call(name, *settings):
    return lambda x: call(getattr(__import__("torch").nn.functional, name), *settings, ours=False)(x)


TWO, THREE = (2, 3, 9, 7), (1, 2, 5, 6, 7)

ROWS = [
    Row(
        "fractional_max_pool2d",
        call(F.fractional_max_pool2d, 2, (4, 3), (2, 3, 2)),
        lambda x: np_fractional(x, 2, (4, 3), samples(2, 3, 2)),
        fixed((TWO, distinct(-2.0, 2.0))),
        torch=torch_call("fractional_max_pool2d", 2, (4, 3), (2, 3, 2)),
        bad=(
            ("ValueError", lambda: F.fractional_max_pool2d(pydl.ones(1, 1, 4, 4), 2)),
            ("ValueError", lambda: F.fractional_max_pool2d(pydl.ones(1, 1, 4, 4), 2, output_ratio=1.5)),
            ("ShapeError", lambda: F.fractional_max_pool2d(pydl.ones(1, 1, 4, 4), 2, 4)),
            ("ShapeError", lambda: F.fractional_max_pool2d(pydl.ones(1, 1, 4, 4), 2, 0)),
            ("ShapeError", lambda: F.fractional_max_pool2d(pydl.ones(4, 4), 2, 2)),
            (
                "ShapeError",
                lambda: F.fractional_max_pool2d(pydl.ones(1, 1, 4, 4), 2, 2, None, False, pydl.ones(1, 1, 3)),
            ),
            ("DTypeError", lambda: F.fractional_max_pool2d(pydl.ones(1, 1, 4, 4).long(), 2, 2)),
        ),
    ),
    Row(
        "fractional_max_pool3d",
        call(F.fractional_max_pool3d, 2, (3, 1, 4), (1, 2, 3)),
        lambda x: np_fractional(x, 2, (3, 1, 4), samples(1, 2, 3)),
        fixed((THREE, distinct(-2.0, 2.0))),
        torch=torch_call("fractional_max_pool3d", 2, (3, 1, 4), (1, 2, 3)),
    ),
]

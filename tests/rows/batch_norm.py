import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl


def wide(v, x):
    return v.reshape((-1,) + (1,) * (x.ndim - 2))


def np_batch(x, w, b):
    axes = (0, *range(2, x.ndim))
    h = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 0.1)
    return h * wide(w, x) + wide(b, x)


def operands(*shape):
    return fixed((shape, floats()), ((shape[1],), floats()), ((shape[1],), floats()))


def running(x):
    """mean and variance that do not depend on x."""
    c = x.shape[1]
    return pydl.linspace(-1, 1, c, dtype=x.dtype), pydl.linspace(0.5, 2, c, dtype=x.dtype)


def np_running(x, w, b):
    c = x.shape[1]
    mean, var = np.linspace(-1, 1, c), np.linspace(0.5, 2, c)
    return (x - wide(mean, x)) / np.sqrt(wide(var, x) + 0.1) * wide(w, x) + wide(b, x)


ROWS = [
    Row(
        "batch_norm",
        lambda x, w, b: pydl.batch_norm(x, None, None, w, b, True, eps=0.1),
        np_batch,
        any_of(operands(5, 3), operands(4, 17), operands(3, 2, 7), operands(2, 3, 4, 5)),
        torch=lambda x, w, b: __import__("torch").nn.functional.batch_norm(x, None, None, w, b, True, eps=0.1),
        ulps=64,  # differences of nearly equal numbers are scaled up by up to 1 / sqrt(eps)
        bad=(
            ("ValueError", lambda: pydl.batch_norm(pydl.ones(1, 3), None, None, training=True)),
            ("ValueError", lambda: pydl.batch_norm(pydl.ones(2, 3), None, None)),
            ("ShapeError", lambda: pydl.batch_norm(pydl.ones(2, 3), None, None, pydl.ones(4), training=True)),
            ("ShapeError", lambda: pydl.batch_norm(pydl.ones(2, 3), pydl.ones(2), pydl.ones(3))),
            ("ShapeError", lambda: pydl.batch_norm(pydl.ones(3), None, None, training=True)),
        ),
        times=(((16, 32, 28, 28), (32,), (32,)),),
    ),
    Row(
        "batch_norm",
        lambda x: pydl.batch_norm(x, None, None, training=True, eps=0.1),
        lambda x: np_batch(x, np.ones(3), np.zeros(3)),
        fixed(((4, 3, 2), floats())),
        "plain",
        ulps=64,
    ),
    Row(
        "batch_norm",
        lambda x, w, b: pydl.batch_norm(x, *running(x), w, b, eps=0.1),
        np_running,
        any_of(operands(5, 3), operands(2, 3, 4, 5)),
        "running",
        ulps=64,
    ),
]

import numpy as np
from op_table import Row
from strategies import distinct, fixed

import pydl
from pydl.nn import functional as F


def np_unpool(x, kernel, stride, out):
    """Windows of `kernel`, `stride` apart: every maximum goes back to its place."""
    y = np.zeros_like(x) if out is None else np.zeros((*x.shape[:2], *out))
    spaces = x.ndim - 2
    counts = [(n - kernel) // stride + 1 for n in x.shape[2:]]
    for at in np.ndindex(*x.shape[:2], *counts):
        window = x[at[:2]][tuple([slice(i * stride, i * stride + kernel) for i in at[2:]])]
        place = np.unravel_index(window.argmax(), window.shape)
        y[at[:2]][tuple([at[2 + d] * stride + place[d] for d in range(spaces)])] = window.max()
    return y


def both(pool, unpool, kernel, stride, size=None):
    def call(x):
        y, index = pool(x, kernel, stride, return_indices=True)
        return unpool(y, index, kernel, stride, output_size=size)

    return call


def torch_both(name, kernel, stride):
    def call(x):
        functional = __import__("torch").nn.functional
        y, index = getattr(functional, f"max_pool{name}")(x, kernel, stride, return_indices=True)
        return getattr(functional, f"max_unpool{name}")(y, index, kernel, stride)

    return call


def apart(*shape):
    return fixed((shape, distinct(-2.0, 2.0)))


def index(*places):
    return pydl.tensor([[list(places)]])


ROWS = [
    Row(
        "max_unpool1d",
        both(F.max_pool1d, F.max_unpool1d, 2, 2),
        lambda x: np_unpool(x, 2, 2, None),
        apart(2, 3, 8),
        torch=torch_both("1d", 2, 2),
        bad=(
            ("IndexError", lambda: F.max_unpool1d(pydl.ones(1, 1, 2), index(0, 9), 2)),
            ("IndexError", lambda: F.max_unpool1d(pydl.ones(1, 1, 2), index(0, -9), 2)),
            ("ShapeError", lambda: F.max_unpool1d(pydl.ones(1, 1, 2), index(0), 2)),
            ("ShapeError", lambda: F.max_unpool1d(pydl.ones(2), index(0), 2)),
            ("DTypeError", lambda: F.max_unpool1d(pydl.ones(1, 1, 1), pydl.ones(1, 1, 1), 2)),
            ("ValueError", lambda: F.max_unpool1d(pydl.ones(1, 1, 1), index(0), 2, output_size=(9,))),
            ("ValueError", lambda: F.max_unpool1d(pydl.ones(1, 1, 1), index(0), 2, 0)),
        ),
    ),
    Row(
        "max_unpool2d",
        both(F.max_pool2d, F.max_unpool2d, 3, 3),
        lambda x: np_unpool(x, 3, 3, None),
        apart(2, 2, 6, 9),
        torch=torch_both("2d", 3, 3),
    ),
    Row(
        "max_unpool2d",
        both(F.max_pool2d, F.max_unpool2d, 3, 2),
        lambda x: np_unpool(x, 3, 2, None),
        apart(2, 2, 5, 7),
        "overlapping",
        torch=torch_both("2d", 3, 2),
        # A maximum of two windows is put back once; the gradient of each copy is all of it, as in PyTorch.
        grad=False,
    ),
    Row(
        "max_unpool2d",
        both(F.max_pool2d, F.max_unpool2d, 2, 2, (1, 2, 5, 7)),
        lambda x: np_unpool(x, 2, 2, None),
        apart(1, 2, 5, 7),
        "size",
    ),
    Row(
        "max_unpool3d",
        both(F.max_pool3d, F.max_unpool3d, 2, 2),
        lambda x: np_unpool(x, 2, 2, None),
        apart(1, 2, 4, 2, 6),
        torch=torch_both("3d", 2, 2),
    ),
]

import numpy as np
from op_table import Row
from strategies import distinct, fixed, floats

import pydl
from pydl.nn import functional as F


def np_lp(x, p, kernel, stride):
    counts = [(n - kernel) // stride + 1 for n in x.shape[2:]]
    y = np.empty((*x.shape[:2], *counts))
    for at in np.ndindex(*counts):
        window = x[(slice(None), slice(None), *[slice(i * stride, i * stride + kernel) for i in at])]
        total = (window**p).sum(tuple(range(2, x.ndim)))
        y[(slice(None), slice(None), *at)] = total ** (1 / p)
    return y


def positive(*shape):
    return fixed((shape, floats(0.2, 2.0)))


ROWS = [
    Row(
        "lp_pool1d",
        lambda x: F.lp_pool1d(x, 2, 3, 2),
        lambda x: np_lp(x, 2, 3, 2),
        positive(2, 2, 17),
        torch=lambda x: __import__("torch").nn.functional.lp_pool1d(x, 2, 3, 2),
        ulps=16,
        bad=(
            ("ValueError", lambda: F.lp_pool1d(pydl.ones(1, 1, 3), 0, 2)),
            ("ShapeError", lambda: F.lp_pool1d(pydl.ones(1, 1, 3), 2, 4)),
        ),
    ),
    Row(
        "lp_pool2d",
        lambda x: F.lp_pool2d(x, 3.0, 2, 1),
        lambda x: np_lp(x, 3.0, 2, 1),
        positive(1, 2, 5, 6),
        torch=lambda x: __import__("torch").nn.functional.lp_pool2d(x, 3.0, 2, 1),
        ulps=16,
    ),
    Row(
        "lp_pool2d",
        lambda x: F.lp_pool2d(x, 1, 2),
        lambda x: np_lp(x, 1, 2, 2),
        fixed(((1, 2, 4, 6), floats())),
        "signed",
        torch=lambda x: __import__("torch").nn.functional.lp_pool2d(x, 1, 2),
        sums=True,
    ),
    Row(
        "lp_pool2d",
        lambda x: F.lp_pool2d(x, -1, 2),
        lambda x: np_lp(x, -1, 2, 2),
        positive(1, 2, 4, 6),
        "negative power",
        torch=lambda x: __import__("torch").nn.functional.lp_pool2d(x, -1, 2),
        ulps=16,
    ),
    Row(
        "lp_pool2d",
        lambda x: F.lp_pool2d(x, np.inf, 2),
        lambda x: np.abs(x.reshape(1, 2, 2, 2, 3, 2)).max((3, 5)),
        fixed(((1, 2, 4, 6), distinct(0.5, 2.0))),
        "largest",
        torch=lambda x: __import__("torch").nn.functional.lp_pool2d(x, np.inf, 2),
    ),
    Row(
        "lp_pool1d",
        lambda x: F.lp_pool1d(x, -np.inf, 2),
        lambda x: np.abs(x.reshape(2, 2, 4, 2)).min(3),
        fixed(((2, 2, 8), distinct(-2.0, -0.5))),
        "smallest",
        torch=lambda x: __import__("torch").nn.functional.lp_pool1d(x, -np.inf, 2),
    ),
    Row(
        "lp_pool3d",
        lambda x: F.lp_pool3d(x, 2, 2),
        lambda x: np_lp(x, 2, 2, 2),
        positive(1, 2, 4, 2, 4),
        torch=lambda x: __import__("torch").nn.functional.lp_pool3d(x, 2, 2),
        ulps=16,
    ),
]

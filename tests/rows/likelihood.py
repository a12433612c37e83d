import numpy as np
from op_table import Row
from strategies import fixed, floats, same

import pydl
import pydl.nn.functional as F

X = pydl.ones(3, 4)


def functional():
    return __import__("torch").nn.functional


def gaussian(x, y, v, full=False):
    return (np.log(v) + (x - y) ** 2 / v + (np.log(2 * np.pi) if full else 0)) / 2


def poisson(x, y, full=False):
    stirling = np.where(y > 1, y * np.log(y) - y + np.log(2 * np.pi * y) / 2, 0)
    return np.exp(x) - y * x + (stirling if full else 0)


SOME = {"empty": False}
VAR, COUNTS = floats(0.5, 2.0), floats(1.2, 5.0)

ROWS = [
    *[
        Row(
            "gaussian_nll_loss",
            lambda x, y, v, r=r: F.gaussian_nll_loss(x, y, v, full=True, reduction=r),
            lambda x, y, v, reduce=reduce: reduce(gaussian(x, y, v, True)),
            same(floats(), floats(), VAR, **SOME),
            r,
            torch=lambda x, y, v, r=r: functional().gaussian_nll_loss(x, y, v, full=True, reduction=r),
            ulps=16.0,
            bad=(
                ("ShapeError", lambda: F.gaussian_nll_loss(X, X[:, :1], X)),
                ("ShapeError", lambda: F.gaussian_nll_loss(X, X, pydl.ones(4))),
                ("ShapeError", lambda: F.gaussian_nll_loss(X, X, pydl.ones(1, 1))),
                ("ValueError", lambda: F.gaussian_nll_loss(X, X, -X)),
                ("ValueError", lambda: F.gaussian_nll_loss(X, X, -1.0)),
                ("ValueError", lambda: F.gaussian_nll_loss(X, X, X, reduction="average")),
                ("DTypeError", lambda: F.gaussian_nll_loss(X, X, "1")),
                ("DTypeError", lambda: F.gaussian_nll_loss(X.long(), X.long(), 1.0)),
            )
            if r == "mean"
            else (),
        )
        for r, reduce in (("mean", np.mean), ("sum", np.sum), ("none", lambda x: x))
    ],
    Row(
        "gaussian_nll_loss",
        lambda x, y, v: F.gaussian_nll_loss(x, y, v, reduction="none"),
        lambda x, y, v: gaussian(x, y, v[:, None]),
        fixed(((3, 4), floats()), ((3, 4), floats()), ((3,), VAR)),
        "a variance for each row",
        torch=lambda x, y, v: functional().gaussian_nll_loss(x, y, v, reduction="none"),
    ),
    Row(
        "gaussian_nll_loss",
        lambda x, y, v: F.gaussian_nll_loss(x, y, v),
        lambda x, y, v: gaussian(x, y, v).mean(),
        fixed(((3, 4, 2), floats()), ((3, 4, 2), floats()), ((3, 1, 2), VAR)),
        "a variance for a dimension",
        torch=lambda x, y, v: functional().gaussian_nll_loss(x, y, v),
        ulps=16.0,
    ),
    Row(
        "gaussian_nll_loss",
        lambda x, y: F.gaussian_nll_loss(x, y, 0.5),
        lambda x, y: gaussian(x, y, 0.5).mean(),
        same(floats(), floats(), **SOME),
        "one number",
        ulps=16.0,
    ),
    *[
        Row(
            "poisson_nll_loss",
            lambda x, y, r=r: F.poisson_nll_loss(x, y, full=True, reduction=r),
            lambda x, y, reduce=reduce: reduce(poisson(x, y, True)),
            same(floats(), COUNTS, **SOME),
            r,
            torch=lambda x, y, r=r: functional().poisson_nll_loss(x, y, full=True, reduction=r),
            ulps=16.0,
            bad=(
                ("ShapeError", lambda: F.poisson_nll_loss(X, pydl.ones(4))),
                ("ValueError", lambda: F.poisson_nll_loss(X, X, reduction="average")),
            )
            if r == "mean"
            else (),
        )
        for r, reduce in (("mean", np.mean), ("sum", np.sum), ("none", lambda x: x))
    ],
    Row(
        "poisson_nll_loss",
        lambda x, y: F.poisson_nll_loss(x, y, log_input=False, eps=0.1),
        lambda x, y: (x - y * np.log(x + 0.1)).mean(),
        same(floats(0.5, 3.0), floats(0.1, 0.9), **SOME),
        "rates",
        torch=lambda x, y: functional().poisson_nll_loss(x, y, log_input=False, eps=0.1),
        ulps=16.0,
    ),
    Row(
        "poisson_nll_loss",
        lambda x, y: F.poisson_nll_loss(x, y, full=True, reduction="none"),
        lambda x, y: poisson(x, y),
        same(floats(), floats(0.1, 0.9), **SOME),
        "small counts",
        torch=lambda x, y: functional().poisson_nll_loss(x, y, full=True, reduction="none"),
    ),
]

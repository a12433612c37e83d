import numpy as np
from op_table import Row
from strategies import fixed, floats, integers

import pydl
import pydl.nn.functional as F
from rows.softmax import log_softmax

BATCH, CLASSES = 6, 5
LOGITS = ((BATCH, CLASSES), floats())
TARGET = ((BATCH,), integers(0, CLASSES))
X, T = pydl.zeros(3, 4), pydl.tensor([0, 3, 1])
BAD = (
    ("IndexError", lambda: F.cross_entropy(X, T + 1)),
    ("IndexError", lambda: F.cross_entropy(X, T - 1)),
    ("ShapeError", lambda: F.cross_entropy(X, T[:2])),
    ("ShapeError", lambda: F.cross_entropy(X, T, pydl.ones(3))),
    ("DTypeError", lambda: F.cross_entropy(X, T.double())),
    ("ValueError", lambda: F.cross_entropy(X, T, reduction="average")),
    ("ValueError", lambda: F.cross_entropy(X, T, label_smoothing=2.0)),
    ("ValueError", lambda: F.cross_entropy(X, X, ignore_index=1)),
)


def probabilities(rng, shape):
    x = rng.uniform(0.1, 1.0, shape)
    return x / x.sum(1, keepdims=True)


def distribution(target, smoothing=0.0):
    """Classes as rows of probabilities, smoothed."""
    return np.eye(CLASSES)[target] * (1 - smoothing) + smoothing / CLASSES


def rows_of(x, target, weight=1.0, smoothing=0.0):
    return -(log_softmax(x, 1) * distribution(target, smoothing) * weight).sum(1)


ROWS = [
    Row(
        "cross_entropy",
        F.cross_entropy,
        lambda x, t: rows_of(x, t).mean(),
        fixed(LOGITS, TARGET),
        torch=lambda x, t: __import__("torch").nn.functional.cross_entropy(x, t),
        bad=BAD,
        ulps=16.0,
    ),
    Row(
        "cross_entropy",
        lambda x, t: F.cross_entropy(x, t, reduction="sum", label_smoothing=0.2),
        lambda x, t: rows_of(x, t, 1.0, 0.2).sum(),
        fixed(LOGITS, TARGET),
        "smooth sum",
    ),
    Row("cross_entropy", lambda x, t: F.cross_entropy(x, t, reduction="none"), rows_of, fixed(LOGITS, TARGET), "none"),
    Row(
        "cross_entropy",
        lambda x, t: F.cross_entropy(x, t, pydl.arange(1.0, 6.0, dtype=x.dtype), reduction="none", label_smoothing=0.3),
        lambda x, t: rows_of(x, t, np.arange(1.0, 6.0), 0.3),
        fixed(LOGITS, TARGET),
        "weights",
    ),
    Row(
        "cross_entropy",
        lambda x, t: F.cross_entropy(x, t, ignore_index=2),
        lambda x, t: rows_of(x, t)[t != 2].mean(),
        fixed(LOGITS, ((BATCH,), lambda rng, shape: np.array([2, 0, 4, 2, 1, 3]))),
        "ignored",
        ulps=16.0,
    ),
    Row(
        "cross_entropy",
        lambda x, t: F.cross_entropy(x, t, reduction="sum"),
        lambda x, t: rows_of(np.moveaxis(x, 1, -1).reshape(-1, CLASSES), t.reshape(-1)).sum(),
        fixed(((2, CLASSES, 3), floats()), ((2, 3), integers(0, CLASSES))),
        "places",
    ),
    Row(
        "cross_entropy",
        F.cross_entropy,
        lambda x, t: rows_of(x[None], t[None])[0],
        fixed(((CLASSES,), floats()), ((), integers(0, CLASSES))),
        "one",
        ulps=16.0,
    ),
    Row(
        "cross_entropy",
        F.cross_entropy,
        lambda x, p: -(log_softmax(x, 1) * p).sum() / BATCH,
        fixed(LOGITS, ((BATCH, CLASSES), probabilities)),
        "probabilities",
    ),
    Row(
        "nll_loss",
        lambda x, t: F.nll_loss(x, t),
        lambda x, t: -x[np.arange(BATCH), t].mean(),
        fixed(((BATCH, CLASSES), floats(-4.0, -0.5)), TARGET),
        bad=(("IndexError", lambda: F.nll_loss(X, T + 1)),),
        second=False,
    ),
    Row(
        "nll_loss",
        lambda x, t: F.nll_loss(x, t, pydl.arange(1.0, 6.0, dtype=x.dtype), ignore_index=1, reduction="none"),
        lambda x, t: np.where(t == 1, 0.0, -x[np.arange(BATCH), t] * np.arange(1.0, 6.0)[t]),
        fixed(LOGITS, TARGET),
        "weights",
        second=False,
    ),
]

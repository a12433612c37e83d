from itertools import pairwise, product

import numpy as np
from op_table import Row
from strategies import fixed, floats, integers

import pydl
import pydl.nn.functional as F
from rows.softmax import log_softmax

STEPS, BATCH, CLASSES = 4, 3, 3
LENGTHS, INPUTS = (2, 0, 1), (4, 3, 2)
SCORES = ((STEPS, BATCH, CLASSES), floats())
LABELS = ((BATCH, 3), integers(1, CLASSES))
JOINED = ((sum(LENGTHS),), integers(1, CLASSES))


def collapse(path, blank):
    merged = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
    return tuple(c for c in merged if c != blank)


def likelihood(x, labels, blank=0):
    """-log of the sum over every path that collapses to the labels. x: (steps, classes), log-probabilities."""
    wanted = tuple(int(c) for c in labels)
    total = 0.0
    for path in product(range(x.shape[1]), repeat=len(x)):
        if collapse(path, blank) == wanted:
            total += np.exp(sum(x[t, c] for t, c in enumerate(path)))
    with np.errstate(divide="ignore"):
        return -np.log(total)


def losses(x, labels, blank=0):
    x = log_softmax(x, 2)
    return np.array([likelihood(x[:n, i], labels[i][:m], blank) for i, (n, m) in enumerate(zip(INPUTS, LENGTHS))])  # noqa: B905


def ours(x, t, **settings):
    return F.ctc_loss(x.log_softmax(2), t, INPUTS, pydl.tensor(LENGTHS), **settings)


def theirs(x, t, **settings):
    torch = __import__("torch")
    return torch.nn.functional.ctc_loss(x.log_softmax(2), t, torch.tensor(INPUTS), torch.tensor(LENGTHS), **settings)


def split(t):
    ends = np.cumsum((0, *LENGTHS))
    return [t[a:b] for a, b in pairwise(ends)]


X, T = pydl.zeros(4, 2, 3), pydl.tensor([[1, 2], [2, 1]])
BAD = (
    ("ShapeError", lambda: F.ctc_loss(X, T[:1], (4, 4), (2, 2))),
    ("ShapeError", lambda: F.ctc_loss(X, T, (4,), (2, 2))),
    ("ShapeError", lambda: F.ctc_loss(X, T.reshape(-1), (4, 4), (2, 1))),
    ("ShapeError", lambda: F.ctc_loss(pydl.zeros(3), T, (4, 4), (2, 2))),
    ("ShapeError", lambda: F.ctc_loss(X, T.unsqueeze(0), (4, 4), (2, 2))),
    ("IndexError", lambda: F.ctc_loss(X, T + 1, (4, 4), (2, 2))),
    ("IndexError", lambda: F.ctc_loss(X, T - 3, (4, 4), (2, 2))),
    ("ValueError", lambda: F.ctc_loss(X, T, (5, 4), (2, 2))),
    ("ValueError", lambda: F.ctc_loss(X, T, (4, 4), (3, 2))),
    ("ValueError", lambda: F.ctc_loss(X, T, (4, 4), (-1, 2))),
    ("ValueError", lambda: F.ctc_loss(X, T, (4, 4), (2, 2), blank=3)),
    ("ValueError", lambda: F.ctc_loss(X, T, (4, 4), (2, 2), reduction="average")),
    ("DTypeError", lambda: F.ctc_loss(X.long(), T, (4, 4), (2, 2))),
    ("DTypeError", lambda: F.ctc_loss(X, T.float(), (4, 4), (2, 2))),
    ("DTypeError", lambda: F.ctc_loss(X, T, (4.5, 4), (2, 2))),
)

ROWS = [
    Row(
        "ctc_loss",
        lambda x, t: ours(x, t),
        lambda x, t: (losses(x, t) / np.maximum(LENGTHS, 1)).mean(),
        fixed(SCORES, LABELS),
        torch=theirs,
        bad=BAD,
        ulps=32.0,
    ),
    Row(
        "ctc_loss",
        lambda x, t: ours(x, t, reduction="none", zero_infinity=True),
        lambda x, t: np.where(np.isinf(losses(x, t)), 0, losses(x, t)),
        fixed(SCORES, LABELS),
        "none",
        torch=lambda x, t: theirs(x, t, reduction="none", zero_infinity=True),
        ulps=32.0,
    ),
    Row(
        "ctc_loss",
        lambda x, t: ours(x, t, reduction="sum", blank=2),
        lambda x, t: losses(x, split(t), 2).sum(),
        fixed(SCORES, ((sum(LENGTHS),), integers(0, 2))),
        "joined",
        torch=lambda x, t: theirs(x, t, reduction="sum", blank=2),
        ulps=32.0,
    ),
    # The derivative by the log-probabilities themselves: PyTorch's is another before it has gone through log_softmax.
    Row(
        "ctc_loss",
        lambda x, t: F.ctc_loss(x, t, 4, 2, reduction="none"),
        lambda x, t: likelihood(x, t),
        # as small as probabilities are: a loss near 0 would be a sum that cancels
        fixed(((STEPS, CLASSES), floats(-6.0, -2.0)), ((2,), integers(1, CLASSES))),
        "one",
        ulps=32.0,
    ),
]

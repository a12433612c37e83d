import numpy as np
from op_table import Row
from strategies import broadcasting, distinct, fixed, floats, one, same

import pydl
import pydl.nn.functional as F


def norm(x, p, axis, keepdims=False):
    return (np.abs(x) ** p).sum(axis, keepdims=keepdims) ** (1 / p)


def functional():
    return __import__("torch").nn.functional


def cosine(x, y, axis):
    x, y = np.broadcast_arrays(x, y)
    return (x * y).sum(axis) / (norm(x, 2, axis) * norm(y, 2, axis))


def pairs(x):
    return np.triu_indices(len(x), 1)


POSITIVE = floats(0.3, 3.0)
SOME = {"min_dims": 1, "empty": False}
X = pydl.ones(3, 4)

ROWS = [
    Row(
        "cosine_similarity",
        lambda x, y: F.cosine_similarity(x, y, dim=-1),
        lambda x, y: cosine(x, y, -1),
        same(POSITIVE, POSITIVE, **SOME),
        torch=lambda x, y: functional().cosine_similarity(x, y, dim=-1),
        bad=(
            ("DTypeError", lambda: F.cosine_similarity(X.long(), X.long())),
            ("DTypeError", lambda: F.cosine_similarity(X, None)),
            ("IndexError", lambda: F.cosine_similarity(X, X, dim=2)),
            ("ShapeError", lambda: F.cosine_similarity(X, pydl.ones(3, 3))),
        ),
        times=(((1000, 128), (1000, 128)),),
    ),
    Row(
        "cosine_similarity",
        lambda x, y: F.cosine_similarity(x, y, 0),
        lambda x, y: cosine(x, y, 0),
        fixed(((3, 1, 4), POSITIVE), ((3, 5, 1), POSITIVE)),
        "broadcast",
        torch=lambda x, y: functional().cosine_similarity(x, y, 0),
    ),
    Row(
        "normalize",
        lambda x: F.normalize(x, 3.0, -1),
        lambda x: x / norm(x, 3, -1, True),
        one(POSITIVE, **SOME),
        torch=lambda x: functional().normalize(x, 3.0, -1),
        bad=(
            ("DTypeError", lambda: F.normalize(X.long())),
            ("ValueError", lambda: F.normalize(X, out=X)),
            ("IndexError", lambda: F.normalize(X, dim=2)),
        ),
    ),
    Row("normalize", lambda x: F.normalize(x), lambda x: np.zeros((2, 3)), fixed(((2, 3), lambda r, s: np.zeros(s))),
        "zeros", grad=False, torch=lambda x: functional().normalize(x)),
    Row(
        "pairwise_distance",
        lambda x, y: F.pairwise_distance(x, y, eps=0.01),
        lambda x, y: norm(x - y + 0.01, 2, -1),
        broadcasting(floats(), floats(4.0, 6.0), **SOME),
        torch=lambda x, y: functional().pairwise_distance(x, y, eps=0.01),
        bad=(("ShapeError", lambda: F.pairwise_distance(X, pydl.ones(3, 3))),),
    ),
    Row(
        "pairwise_distance",
        lambda x, y: F.pairwise_distance(x, y, 1.0, keepdim=True),
        lambda x, y: norm(x - y + 1e-6, 1, -1, True),
        same(floats(), floats(4.0, 6.0), **SOME),
        "keepdim",
        torch=lambda x, y: functional().pairwise_distance(x, y, 1.0, keepdim=True),
    ),
    Row(
        "pdist",
        lambda x: F.pdist(x),
        lambda x: norm(x[pairs(x)[0]] - x[pairs(x)[1]], 2, -1),
        one(distinct(), min_dims=2, max_dims=2, empty=False, limit=150),
        torch=lambda x: functional().pdist(x),
        bad=(
            ("ShapeError", lambda: F.pdist(pydl.ones(3))),
            ("ValueError", lambda: F.pdist(X, -1.0)),
            ("DTypeError", lambda: F.pdist(X.long())),
        ),
        ulps=32.0,
    ),
    Row(
        "pdist",
        lambda x: F.pdist(x, 1.0),
        lambda x: norm(x[pairs(x)[0]] - x[pairs(x)[1]], 1, -1),
        fixed(((5, 3), distinct())),
        "city",
        torch=lambda x: functional().pdist(x, 1.0),
    ),
    Row("pdist", lambda x: F.pdist(x), lambda x: np.zeros(0), fixed(((1, 3), floats())), "one row",
        torch=lambda x: functional().pdist(x)),
]  # fmt: skip

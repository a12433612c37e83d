import numpy as np
from op_table import Row
from strategies import fixed, floats, integers, same

import pydl
import pydl.nn.functional as F

SOME = {"empty": False}
REDUCTIONS = (("mean", np.mean), ("sum", np.sum), ("none", lambda x: x))


def signs(rng, shape):
    return rng.integers(0, 2, shape) * 2 - 1


def rows(name, reference, inputs, label="", bad=(), **settings):
    """A loss with its three reductions. The target, of whole numbers, goes in in the first operand's dtype."""
    call = getattr(F, name)
    positional = settings.pop("positional", False)

    def run(lib, function, operands, reduction):
        if not positional:  # signs, as floating numbers
            operands = [x.to(operands[0].dtype) if "int" in str(x.dtype) else x for x in operands]
        return function(*operands, reduction=reduction, **settings)

    for reduction, reduce in REDUCTIONS:
        yield Row(
            name,
            lambda *xs, reduction=reduction: run(pydl, call, xs, reduction),
            lambda *xs, reduce=reduce: reduce(reference(*xs)),
            inputs,
            f"{label} {reduction}".strip(),
            torch=lambda *xs, reduction=reduction: run(
                None, getattr(__import__("torch").nn.functional, name), xs, reduction
            ),
            bad=bad if reduction == "mean" else (),
            ulps=32.0,
        )


def relu(x):
    return np.maximum(x, 0)


def cosine(x, y):
    return (x * y).sum(-1) / np.sqrt(((x * x).sum(-1) + 1e-12) * ((y * y).sum(-1) + 1e-12))


def multi_margin(x, t, p=1, margin=1.0, weight=None):
    x, t = np.atleast_2d(x), np.atleast_1d(t)
    out = []
    for row, k in zip(x, t, strict=True):
        terms = relu(margin - row[k] + row) ** p * (1 if weight is None else weight[k])
        out.append((terms.sum() - terms[k]) / len(row))
    return np.array(out)


def multilabel_margin(x, t):
    out = []
    for row, labels in zip(x, t, strict=True):
        stop = int(np.argmax(labels < 0)) if (labels < 0).any() else len(labels)
        have = list(labels[:stop])
        rest = [i for i in range(len(row)) if i not in have]
        out.append(sum(relu(1 - (row[j] - row[i])) for j in have for i in rest) / len(row))
    return np.array(out)


def labels(rng, shape):
    out = np.stack([rng.permutation(shape[1]) for _ in range(shape[0])])
    out[np.arange(shape[0]), rng.integers(0, shape[1], shape[0])] = -1
    return out


def soft_multilabel(x, y):
    return -(y * -np.logaddexp(0, -x) + (1 - y) * -np.logaddexp(0, x)).mean(-1)


def distance(x, y, p=2.0, eps=1e-6):
    return (np.abs(x - y + eps) ** p).sum(-1) ** (1 / p)


def triplet(a, p, n, margin=1.0, power=2.0, swap=False):
    far = distance(a, n, power)
    return relu(distance(a, p, power) - (np.minimum(far, distance(p, n, power)) if swap else far) + margin)


X, Y = pydl.zeros(3, 4), pydl.ones(3)
T = pydl.tensor([0, 3, 1])
THREE = same(floats(), floats(4.0, 6.0), floats(8.0, 9.0), min_dims=1, **SOME)
SCORES = ((6, 5), floats())
CLASSES = ((6,), integers(0, 5))


def shapes(name, *more):
    call = getattr(F, name)
    return (
        ("ShapeError", lambda: call(X, Y)),
        ("ValueError", lambda: call(X, X, reduction="average")),
        ("DTypeError", lambda: call(X, None)),
        *more,
    )


ROWS = [
    *rows(
        "hinge_embedding_loss",
        lambda x, t: np.where(t == 1, x, relu(4.0 - x)),
        same(floats(), signs, **SOME),
        bad=shapes("hinge_embedding_loss"),
        margin=4.0,
    ),
    *rows(
        "margin_ranking_loss",
        lambda x, y, t: relu(-t * (x - y) + 0.5),
        same(floats(), floats(5.0, 7.0), signs, **SOME),
        margin=0.5,
        bad=(
            ("ShapeError", lambda: F.margin_ranking_loss(X, X, pydl.ones(4))),
            ("ShapeError", lambda: F.margin_ranking_loss(X, pydl.ones(4), X)),
        ),
    ),
    *rows(
        "soft_margin_loss",
        lambda x, t: np.logaddexp(0, -t * x),
        same(floats(), signs, **SOME),
        bad=shapes("soft_margin_loss"),
    ),
    *rows(
        "multilabel_soft_margin_loss",
        soft_multilabel,
        same(floats(), floats(0.0, 1.0), min_dims=1, **SOME),
        bad=shapes("multilabel_soft_margin_loss"),
    ),
    *rows(
        "multi_margin_loss",
        multi_margin,
        fixed(((6, 5), floats(away=(0.0,))), CLASSES),
        positional=True,
        bad=(
            ("IndexError", lambda: F.multi_margin_loss(X, T + 1)),
            ("IndexError", lambda: F.multi_margin_loss(X, T - 1)),
            ("ShapeError", lambda: F.multi_margin_loss(X, T[:2])),
            ("ShapeError", lambda: F.multi_margin_loss(X, T, weight=Y)),
            ("ValueError", lambda: F.multi_margin_loss(X, T, p=3)),
            ("DTypeError", lambda: F.multi_margin_loss(X, T.int())),
        ),
    ),
    *rows(
        "multi_margin_loss",
        lambda x, t: multi_margin(x, t, 2, 7.0),
        fixed(SCORES, CLASSES),
        "squared",
        positional=True,
        p=2,
        margin=7.0,
    ),
    Row(
        "multi_margin_loss",
        lambda x, t, w: F.multi_margin_loss(x, t, weight=w, margin=7.0, p=2),
        lambda x, t, w: multi_margin(x, t, 2, 7.0, w).mean(),
        fixed(SCORES, CLASSES, ((5,), floats(0.5, 2.0))),
        "weights",
        ulps=32.0,
    ),
    Row(
        "multi_margin_loss",
        lambda x, t: F.multi_margin_loss(x, t, margin=7.0, reduction="none"),
        lambda x, t: multi_margin(x, t, margin=7.0)[0],
        fixed(((5,), floats()), ((), integers(0, 5))),
        "one row",
        torch=lambda x, t: __import__("torch").nn.functional.multi_margin_loss(x, t, margin=7.0, reduction="none"),
    ),
    *rows(
        "multilabel_margin_loss",
        multilabel_margin,
        fixed(((4, 5), floats(-0.4, 0.4)), ((4, 5), labels)),
        positional=True,
        bad=(
            ("ShapeError", lambda: F.multilabel_margin_loss(X, T)),
            ("IndexError", lambda: F.multilabel_margin_loss(X, pydl.full((3, 4), 4))),
            ("DTypeError", lambda: F.multilabel_margin_loss(X, X)),
        ),
    ),
    *rows(
        "cosine_embedding_loss",
        lambda x, y, t: np.where(t == 1, 1 - cosine(x, y), relu(cosine(x, y) + 2.0)),
        fixed(((6, 5), floats()), ((6, 5), floats(1.0, 3.0)), ((6,), signs)),
        margin=-2.0,
        bad=(
            ("ShapeError", lambda: F.cosine_embedding_loss(X, X, X)),
            ("ShapeError", lambda: F.cosine_embedding_loss(X, pydl.zeros(4), Y)),
            ("DTypeError", lambda: F.cosine_embedding_loss(X.long(), X.long(), Y)),
        ),
    ),
    *rows(
        "triplet_margin_loss",
        lambda a, p, n: triplet(a, p, n, 60.0),
        THREE,
        margin=60.0,
        bad=(
            ("ShapeError", lambda: F.triplet_margin_loss(X, X, Y)),
            ("ValueError", lambda: F.triplet_margin_loss(X, X, X, margin=0.0)),
        ),
    ),
    *rows(
        "triplet_margin_loss",
        lambda a, p, n: triplet(a, p, n, 60.0, 3.0, True),
        THREE,
        "swapped",
        margin=60.0,
        p=3.0,
        swap=True,
    ),
    *rows(
        "triplet_margin_with_distance_loss",
        lambda a, p, n: relu(((a - p) ** 2).sum(-1) - ((a - n) ** 2).sum(-1) + 400.0),
        fixed(((6, 5), floats()), ((6, 5), floats()), ((6, 5), floats())),
        margin=400.0,
        distance_function=lambda x, y: ((x - y) ** 2).sum(-1),
        bad=(("ShapeError", lambda: F.triplet_margin_with_distance_loss(X, X, Y)),),
    ),
    *rows("triplet_margin_with_distance_loss", lambda a, p, n: triplet(a, p, n, 60.0), THREE, "default", margin=60.0),
]

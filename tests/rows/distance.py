import numpy as np
from op_table import Row
from strategies import any_of, broadcasting, fixed, floats

import pydl

# No two coordinates are close: a difference is nowhere near the kink at 0, nor two of them near each other.
LEFT = floats(0.1, 2.0)
RIGHT = floats(-2.0, -0.1)
NORMS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, np.inf)


def lib(x):
    return __import__("torch") if type(x).__module__ == "torch" else pydl


def length(x, p, axis=None):
    x = np.abs(x)
    if p == np.inf:
        return np.max(x, axis)
    if p == 0:
        return np.count_nonzero(x, axis).astype(float)
    return np.sum(x**p, axis) ** (1 / p)


def np_cdist(x, y, p):
    return length(x[..., :, None, :] - y[..., None, :, :], p, -1)


def apart(rng, shape):
    """Rows no two of whose elements are close, in any order."""
    order = rng.permuted(np.broadcast_to(np.arange(1.0, shape[-1] + 1), shape), axis=-1)
    return order + rng.uniform(0, 0.3, shape)


def each():
    for p in NORMS:
        yield Row(
            "cdist",
            lambda x, y, p=p: lib(x).cdist(x, y, p),
            lambda x, y, p=p: np_cdist(x, y, p),
            fixed(((2, 4, 3), apart), ((2, 5, 3), floats(-0.3, -0.1))),
            f"p={p}",
            torch=lambda x, y, p=p: lib(x).cdist(x, y, p),
            grad=p != 0,
        )
        yield Row(
            "dist",
            lambda x, y, p=p: x.dist(y, p),
            lambda x, y, p=p: length(x - y, p),
            fixed(((4, 3), LEFT), ((3,), RIGHT)),
            f"p={p}",
            # PyTorch has no derivative for 0.
            torch=None if p == 0 else lambda x, y, p=p: x.dist(y, p),
            grad=p != 0,
        )


def renormed(x, p, axis, most):
    others = tuple(d for d in range(x.ndim) if d != axis)
    size = length(x, p, others).reshape([-1 if d == axis else 1 for d in range(x.ndim)])
    return x * np.where(size > most, most / (size + 1e-7), 1.0)


ROWS = [
    *each(),
    Row(
        "cdist",
        lambda x: lib(x).cdist(x, x),
        lambda x: np_cdist(x, x, 2.0),
        fixed(((30, 2), apart)),
        "distances of 0",
        torch=lambda x: lib(x).cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist"),
        grad=False,
        bad=(
            ("ShapeError", lambda: pydl.cdist(pydl.ones(2), pydl.ones(2, 2))),
            ("ShapeError", lambda: pydl.cdist(pydl.ones(2, 3), pydl.ones(2, 2))),
            ("ShapeError", lambda: pydl.cdist(pydl.ones(2, 2, 3), pydl.ones(3, 2, 3))),
            ("DTypeError", lambda: pydl.cdist(pydl.tensor([[1]]), pydl.tensor([[1]]))),
            ("DTypeError", lambda: pydl.cdist(pydl.ones(2, 2), pydl.ones(2, 2).double())),
            ("ValueError", lambda: pydl.cdist(pydl.ones(2, 2), pydl.ones(2, 2), -1.0)),
            ("ValueError", lambda: pydl.cdist(pydl.ones(2, 2), pydl.ones(2, 2), 2.0, "fast")),
        ),
        times=(((1000, 64),),),
    ),
    Row(
        "cdist",
        lambda x, y: lib(x).cdist(x, y),
        lambda x, y: np_cdist(x, y, 2.0),
        fixed(((2, 1, 4, 3), LEFT), ((3, 5, 3), RIGHT)),
        "broadcast",
        torch=lambda x, y: lib(x).cdist(x, y),
    ),
    *[
        Row(
            "cdist",
            lambda x, y, p=p: lib(x).cdist(x, y, p),
            lambda x, y, p=p: np_cdist(x, y, p),
            any_of(*[fixed(((3, m), LEFT), ((r, m), RIGHT)) for m, r in ((1, 15), (17, 16), (70, 3), (9, 65))]),
            f"edges, p={p}",
            ulps=32.0 if p == 1.5 else 8.0,  # a power of a sum of powers
        )
        for p in (1.0, 1.5, 2.0)
    ],
    Row(
        "cdist",
        lambda x, y: lib(x).cdist(x, y),
        lambda x, y: np.zeros((4, 5)),
        fixed(((4, 0), LEFT), ((5, 0), RIGHT)),
        "no columns",
        torch=lambda x, y: lib(x).cdist(x, y),
    ),
    Row(
        "dist",
        lambda x, y: x.dist(y),
        lambda x, y: length(x - y, 2.0),
        broadcasting(LEFT, RIGHT, empty=False),
        torch=lambda x, y: x.dist(y),
        bad=(
            ("DTypeError", lambda: pydl.tensor([1]).dist(pydl.tensor([2]))),
            ("DTypeError", lambda: pydl.ones(2).dist(1.0)),
            ("ShapeError", lambda: pydl.ones(2).dist(pydl.ones(3))),
        ),
    ),
    Row(
        "renorm",
        lambda x: x.renorm(2, 1, 2.0),
        lambda x: renormed(x, 2, 1, 2.0),
        fixed(((3, 4, 2), floats())),
        torch=lambda x: x.renorm(2, 1, 2.0),
        bad=(
            ("ShapeError", lambda: pydl.ones(2).renorm(2, 0, 1.0)),
            ("ValueError", lambda: pydl.ones(2, 2).renorm(0, 0, 1.0)),
            ("ValueError", lambda: pydl.ones(2, 2).renorm(2, 0, -1.0)),
            ("IndexError", lambda: pydl.ones(2, 2).renorm(2, 2, 1.0)),
            ("DTypeError", lambda: pydl.tensor([[1]]).renorm(2, 0, 1.0)),
        ),
    ),
    Row(
        "renorm",
        lambda x: x.renorm(float("inf"), 0, 1.0),
        lambda x: renormed(x, np.inf, 0, 1.0),
        fixed(((5, 3), apart)),
        "largest",
        torch=lambda x: x.renorm(float("inf"), 0, 1.0),
    ),
    Row(
        "renorm",
        lambda x: x.renorm(3, 0, 9.0),
        lambda x: x,
        fixed(((5, 3), floats(-2.0, 2.0))),
        "short enough",
        torch=lambda x: x.renorm(3, 0, 9.0),
    ),
    Row(
        "renorm_",
        lambda x: pydl.clone(x).renorm_(1.5, -1, 1.0),
        lambda x: renormed(x, 1.5, 1, 1.0),
        fixed(((3, 4), floats(0.1, 2.0))),
        torch=lambda x: x.clone().renorm_(1.5, -1, 1.0),
        bad=(("ShapeError", lambda: pydl.ones(2).renorm_(2, 0, 1.0)),),
    ),
]

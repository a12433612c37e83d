import numpy as np
from op_table import Row
from strategies import distinct, fixed, floats, one

import pydl

AWAY = floats(away=(0.0,), gap=0.2)
SOME = {"min_dims": 1, "empty": False}


def norm(p, label="", fill=AWAY, **flags):
    def reference(x):
        if p == 0:
            return np.count_nonzero(x, 0).astype(float)
        return np.linalg.norm(np.moveaxis(x, 0, -1), p, -1)

    return Row("norm", lambda x: x.norm(p, 0), reference, fixed(((7, 5), fill)), label or f"p {p}", **flags)


ROWS = [
    Row(
        "norm",
        lambda x: x.norm(),
        lambda x: np.sqrt((x * x).sum()),
        one(AWAY, **SOME),
        times=(((1000,),), ((1000, 1000),)),
        bad=(("DTypeError", lambda: pydl.tensor([1]).norm()), ("ValueError", lambda: pydl.ones(2, 2).norm("sup"))),
    ),
    Row(
        "norm",
        lambda x: x.norm(1, (0, 1), True),
        lambda x: np.abs(x).sum((0, 1), keepdims=True),
        one(AWAY, min_dims=2, empty=False),
        "p 1, dims",
    ),
    norm(2),
    norm(3),
    norm(1.5),
    norm(-1),
    norm(np.inf, fill=distinct(0.2, 3.0)),
    norm(-np.inf, fill=distinct(0.2, 3.0)),
    norm(0, second=False),
    Row("norm", lambda x: (x * 0).norm(2, 0), lambda x: 0 * x[0], fixed(((7, 5), floats())), "of zeros", second=False),
    Row(
        "norm",
        lambda x: x.norm("nuc"),
        lambda x: np.linalg.norm(x, "nuc"),
        fixed(((4, 3), lambda rng, shape: np.eye(*shape) * [[1, 2, 3]] + rng.uniform(-0.2, 0.2, shape))),
        "nuc",
        torch=lambda x: x.norm("nuc"),
    ),
]

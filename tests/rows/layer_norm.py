import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl


def normal(x, axes, eps):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def rows_of(*sizes):
    return any_of(*[fixed(((3, n), floats()), ((n,), floats()), ((n,), floats())) for n in sizes])


ROWS = [
    Row(
        "layer_norm",
        lambda x, w, b: pydl.layer_norm(x, x.shape[-1:], w, b, 0.1),
        lambda x, w, b: normal(x, -1, 0.1) * w + b,
        rows_of(2, 3, 15, 16, 17, 33),
        torch=lambda x, w, b: __import__("torch").nn.functional.layer_norm(x, x.shape[-1:], w, b, 0.1),
        ulps=64,  # differences of a row's nearly equal numbers are scaled up by up to 1 / sqrt(eps)
        bad=(
            ("ShapeError", lambda: pydl.layer_norm(pydl.ones(2, 3), (4,))),
            ("ShapeError", lambda: pydl.layer_norm(pydl.ones(2, 3), (3,), pydl.ones(2))),
            ("DTypeError", lambda: pydl.layer_norm(pydl.ones(2, 3).long(), (3,))),
        ),
        times=(((512, 512), (512,), (512,)),),
    ),
    Row(
        "layer_norm",
        lambda x: pydl.layer_norm(x, (3, 5), eps=0.1),
        lambda x: normal(x, (1, 2), 0.1),
        fixed(((4, 3, 5), floats())),
        "plain",
        ulps=64,
    ),
    Row(
        "layer_norm",
        lambda x, w: pydl.layer_norm(x, 5, w, eps=0.1),
        lambda x, w: normal(x, -1, 0.1) * w,
        fixed(((2, 3, 5), floats()), ((5,), floats())),
        "no bias",
        ulps=64,
    ),
    Row(
        "rms_norm",
        lambda x, w: pydl.rms_norm(x, x.shape[-1:], w, 0.1),
        lambda x, w: x / np.sqrt((x * x).mean(-1, keepdims=True) + 0.1) * w,
        any_of(*[fixed(((2, 3, n), floats()), ((n,), floats())) for n in (1, 5, 16, 33)]),
        torch=lambda x, w: __import__("torch").nn.functional.rms_norm(x, x.shape[-1:], w, 0.1),
        bad=(
            ("ShapeError", lambda: pydl.rms_norm(pydl.ones(2, 3), (2,))),
            ("ShapeError", lambda: pydl.rms_norm(pydl.ones(2, 3), (3,), pydl.ones(2))),
            ("DTypeError", lambda: pydl.rms_norm(pydl.ones(2, 3).long(), (3,))),
        ),
        times=(((512, 512), (512,)),),
    ),
    Row(
        "rms_norm",
        lambda x: pydl.rms_norm(x, (3, 5)),
        lambda x: x / np.sqrt((x * x).mean((1, 2), keepdims=True) + 2.0**-52),
        any_of(fixed(((4, 3, 5), floats())), fixed(((0, 3, 5), floats()))),
        "plain",
        dtypes=("float64",),
    ),
]

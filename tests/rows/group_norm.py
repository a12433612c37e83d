import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl


def np_group(x, w, b, groups, eps):
    h = x.reshape(x.shape[0], groups, int(np.prod(x.shape[1:])) // groups)
    h = (h - h.mean(-1, keepdims=True)) / np.sqrt(h.var(-1, keepdims=True) + eps)
    wide = (-1,) + (1,) * (x.ndim - 2)
    return h.reshape(x.shape) * w.reshape(wide) + b.reshape(wide)


def operands(*shape):
    return fixed((shape, floats()), ((shape[1],), floats()), ((shape[1],), floats()))


def torch_functional():
    return __import__("torch").nn.functional


ROWS = [
    Row(
        "group_norm",
        lambda x, w, b: pydl.group_norm(x, 2, w, b, 0.1),
        lambda x, w, b: np_group(x, w, b, 2, 0.1),
        any_of(operands(2, 4, 3), operands(3, 34), operands(2, 6), operands(1, 2, 3, 17), operands(2, 4, 1, 8)),
        torch=lambda x, w, b: torch_functional().group_norm(x, 2, w, b, 0.1),
        ulps=64,  # differences of nearly equal numbers are scaled up by up to 1 / sqrt(eps)
        bad=(
            ("ShapeError", lambda: pydl.group_norm(pydl.ones(2, 3), 2)),
            ("ShapeError", lambda: pydl.group_norm(pydl.ones(2, 3), 0)),
            ("ShapeError", lambda: pydl.group_norm(pydl.ones(2, 4), 2, pydl.ones(3))),
            ("ShapeError", lambda: pydl.group_norm(pydl.ones(2, 4), 2, None, pydl.ones(5))),
            ("ValueError", lambda: pydl.group_norm(pydl.ones(1, 4), 4)),
            ("DTypeError", lambda: pydl.group_norm(pydl.ones(2, 4).long(), 2)),
            ("DTypeError", lambda: pydl.group_norm(pydl.ones(2, 4).double(), 2, pydl.ones(4))),
            ("DTypeError", lambda: pydl.group_norm(3, 2)),
        ),
        times=(((16, 32, 28, 28), (32,), (32,)),),
    ),
    Row(
        "group_norm",
        lambda x: pydl.group_norm(x, 3, eps=0.1),
        lambda x: np_group(x, np.ones(6), np.zeros(6), 3, 0.1),
        any_of(*[fixed((shape, floats())) for shape in ((2, 6, 5), (4, 6), (0, 6, 2), (1, 6, 2, 2))]),
        "plain",
        ulps=64,
    ),
    Row(
        "group_norm",
        lambda x, w: pydl.group_norm(x, 1, w, eps=0.1),
        lambda x, w: np_group(x, w, np.zeros(3), 1, 0.1),
        fixed(((2, 3, 9), floats()), ((3,), floats())),
        "no bias",
        ulps=64,
    ),
    Row(
        "instance_norm",
        lambda x, w, b: pydl.instance_norm(x, None, None, w, b, eps=0.1),
        lambda x, w, b: np_group(x, w, b, x.shape[1], 0.1),
        any_of(operands(2, 3, 7), operands(2, 3, 4, 5), operands(1, 2, 2, 3, 3)),
        torch=lambda x, w, b: torch_functional().instance_norm(x, None, None, w, b, eps=0.1),
        ulps=64,
        bad=(
            ("ShapeError", lambda: pydl.instance_norm(pydl.ones(2, 3))),
            ("ShapeError", lambda: pydl.instance_norm(pydl.ones(2, 3, 4), pydl.ones(2), pydl.ones(3))),
            ("ShapeError", lambda: pydl.instance_norm(pydl.ones(2, 3, 4), None, None, pydl.ones(2))),
            ("ValueError", lambda: pydl.instance_norm(pydl.ones(2, 3, 1))),
        ),
        times=(((16, 32, 28, 28), (32,), (32,)),),
    ),
]

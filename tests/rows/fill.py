import numpy as np
from op_table import ALL, Row
from strategies import broadcasting, floats, one

import pydl


def copied(x: pydl.Tensor, y: pydl.Tensor) -> pydl.Tensor:
    """Write y over a product of x: no gradient reaches x, all of it reaches y."""
    out = (x * 2.0).expand(*np.broadcast_shapes(tuple(x.shape), tuple(y.shape))).clone()
    return out.copy_(y) * y


ROWS = [
    Row(
        "copy_",
        copied,
        lambda x, y: np.broadcast_to(y * y, np.broadcast_shapes(x.shape, y.shape)),
        broadcasting(floats(), floats()),
        bad=(
            ("ShapeError", lambda: pydl.zeros(2).copy_(pydl.ones(3))),
            ("DTypeError", lambda: pydl.zeros(2).copy_([1, 2])),
            ("StateError", lambda: pydl.zeros(2, requires_grad=True).copy_(pydl.ones(2))),
        ),
    ),
    Row(
        "fill_",
        lambda x: x.clone().fill_(3),
        lambda x: np.full_like(x, 3),
        one(),
        dtypes=[d for d in ALL if d != "bool"],
        bad=(
            ("ShapeError", lambda: pydl.zeros(2).fill_(pydl.ones(2))),
            ("DTypeError", lambda: pydl.zeros(2).fill_("a")),
        ),
    ),
    Row("zero_", lambda x: x.clone().zero_(), np.zeros_like, one(), dtypes=ALL),
]

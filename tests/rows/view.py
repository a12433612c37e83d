import numpy as np
from op_table import ALL, Row
from strategies import one

import pydl

TWO = one(min_dims=2, max_dims=3)
FULL = one(min_dims=2, max_dims=3, empty=False)

ROWS = [
    Row(
        "expand",
        lambda x: x.unsqueeze(0).expand(3, *x.shape),
        lambda x: np.broadcast_to(x, (3, *x.shape)),
        one(),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.ones(2, 3).expand(2, 4)),
            ("ShapeError", lambda: pydl.ones(2, 3).expand(3)),
            ("ShapeError", lambda: pydl.ones(1).expand(-2)),
        ),
    ),
    Row(
        "view",
        lambda x: x.contiguous().view(-1, 1) if x.numel() else x,
        lambda x: x.reshape(-1, 1) if x.size else x,
        TWO,
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.ones(2, 3).t().view(6)), ("ShapeError", lambda: pydl.ones(4).view(3))),
    ),
    Row(
        "reshape",
        lambda x: x.reshape(x.shape[-1], *x.shape[:-1]),
        lambda x: x.reshape(x.shape[-1], *x.shape[:-1]),
        TWO,
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.ones(2, 3).reshape(4, 2)),
            ("ShapeError", lambda: pydl.ones(0, 3).reshape(-1, 0)),
            ("ShapeError", lambda: pydl.ones(4).reshape(-2, -2)),
            ("DTypeError", lambda: pydl.ones(4).reshape("a")),
        ),
    ),
    Row(
        "reshape",
        lambda x: x.t().reshape(-1),
        lambda x: x.T.reshape(-1),
        one(min_dims=2, max_dims=2),
        "copy",
        dtypes=ALL,
    ),
    Row(
        "permute",
        lambda x: x.permute(-1, *range(x.ndim - 1)),
        lambda x: np.moveaxis(x, -1, 0),
        TWO,
        dtypes=ALL,
        bad=(("ValueError", lambda: pydl.ones(2, 3).permute(0, 0)), ("ShapeError", lambda: pydl.ones(2, 3).permute(0))),
    ),
    Row(
        "transpose",
        lambda x: x.transpose(0, -1),
        lambda x: np.swapaxes(x, 0, -1),
        TWO,
        dtypes=ALL,
        bad=(("IndexError", lambda: pydl.ones(2, 3).transpose(0, 2)),),
    ),
    Row("t", lambda x: x.t(), np.transpose, one(max_dims=2), bad=(("ShapeError", lambda: pydl.ones(1, 2, 3).t()),)),
    Row(
        "select",
        lambda x: x.select(1, -1),
        lambda x: x[:, -1],
        FULL,
        dtypes=ALL,
        bad=(("IndexError", lambda: pydl.ones(2, 3).select(1, 3)), ("IndexError", lambda: pydl.ones(2).select(1, 0))),
    ),
    Row(
        "narrow",
        lambda x: x.narrow(0, 1, x.shape[0] - 1),
        lambda x: x[1:],
        FULL,
        dtypes=ALL,
        bad=(
            ("IndexError", lambda: pydl.ones(3).narrow(0, 2, 2)),
            ("IndexError", lambda: pydl.ones(3).narrow(0, 0, -1)),
        ),
    ),
    Row(
        "unsqueeze",
        lambda x: x.unsqueeze(-1),
        lambda x: x[..., None],
        one(),
        dtypes=ALL,
        bad=(("IndexError", lambda: pydl.ones(2).unsqueeze(3)),),
    ),
    Row(
        "squeeze",
        lambda x: x.squeeze(),
        np.squeeze,
        one(),
        dtypes=ALL,
        bad=(("IndexError", lambda: pydl.ones(2).squeeze(2)),),
    ),
    Row("squeeze", lambda x: x.unsqueeze(1).squeeze(1), lambda x: x, one(min_dims=1), "dim", dtypes=ALL),
    Row(
        "flatten",
        lambda x: x.flatten(1),
        lambda x: x.reshape(x.shape[0], int(np.prod(x.shape[1:]))),
        TWO,
        dtypes=ALL,
        bad=(("ValueError", lambda: pydl.ones(2, 3).flatten(1, 0)),),
    ),
]

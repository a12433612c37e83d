import numpy as np
from op_table import ALL, Row
from strategies import fixed, floats, one

import pydl

TWO = one(min_dims=2, max_dims=3)
LEAF = pydl.ones(2, 1, requires_grad=True)


def plain(op, call, reference, inputs, *bad):
    return Row(op, call, reference, inputs, torch=call, dtypes=ALL, bad=bad)


ROWS = [
    plain(
        "squeeze_",
        lambda x: x.unsqueeze(0).clone().squeeze_(0) * 1,
        lambda x: x,
        one(min_dims=1),
        ("StateError", lambda: LEAF.squeeze_()),
        ("StateError", lambda: LEAF[:1].squeeze_()),
        ("IndexError", lambda: pydl.ones(2).squeeze_(2)),
    ),
    plain(
        "unsqueeze_",
        lambda x: x.clone().unsqueeze_(-1) * 1,
        lambda x: x[..., None],
        one(),
        ("IndexError", lambda: pydl.ones(2).unsqueeze_(3)),
    ),
    plain(
        "t_",
        lambda x: x.clone().t_() * 1,
        np.transpose,
        one(max_dims=2),
        ("ShapeError", lambda: pydl.ones(1, 1, 1).t_()),
    ),
    plain(
        "transpose_",
        lambda x: x.clone().transpose_(0, -1) * 1,
        lambda x: np.swapaxes(x, 0, -1),
        TWO,
        ("IndexError", lambda: pydl.ones(2, 3).transpose_(0, 2)),
    ),
    plain(
        "as_strided_",
        lambda x: (x * 1).contiguous().as_strided_((2, 2), (1, 3)) * 1,
        lambda x: x[:2, :2].T.copy(),
        fixed(((3, 3), floats())),
        ("ShapeError", lambda: pydl.ones(2).as_strided_((3,), (1,))),
    ),
    Row(
        "resize_",
        lambda x: x.contiguous().clone().resize_(2, 3),
        lambda x: x.reshape(-1)[:6].reshape(2, 3),
        fixed(((3, 4), floats())),
        torch=lambda x: x.clone().resize_(2, 3),
        dtypes=ALL,
        grad=False,
        bad=(("StateError", lambda: LEAF.resize_(1)), ("ShapeError", lambda: pydl.ones(2).resize_(-1))),
    ),
    Row(
        "resize_as_",
        lambda x, y: x.contiguous().clone().resize_as_(y),
        lambda x, y: x.reshape(-1)[:6].reshape(2, 3),
        fixed(((3, 4), floats()), ((2, 3), floats())),
        torch=lambda x, y: x.clone().resize_as_(y),
        dtypes=ALL,
        grad=False,
        bad=(("DTypeError", lambda: pydl.ones(2).resize_as_((1,))),),
    ),
]

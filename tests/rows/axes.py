import numpy as np
from op_table import ALL, Row
from strategies import broadcasting, fixed, floats, one

import pydl

THREE = one(min_dims=3, max_dims=3)
TWO = one(min_dims=2, max_dims=3)


def plain(op, call, reference, inputs, *bad, label="", torch=None):
    return Row(op, call, reference, inputs, label, torch=torch or call, dtypes=ALL, bad=bad)


ROWS = [
    plain(
        "movedim",
        lambda x: x.movedim((0, 1), (-1, 0)),
        lambda x: np.moveaxis(x, (0, 1), (-1, 0)),
        THREE,
        ("ValueError", lambda: pydl.ones(2, 3).movedim((0, 0), (0, 1))),
        ("ValueError", lambda: pydl.ones(2, 3).movedim((0, 1), 0)),
        ("IndexError", lambda: pydl.ones(2, 3).movedim(2, 0)),
        ("DTypeError", lambda: pydl.ones(2, 3).movedim("a", 0)),
    ),
    plain("movedim", lambda x: x.movedim(-1, 0), lambda x: np.moveaxis(x, -1, 0), one(min_dims=1), label="one"),
    plain("ravel", lambda x: x.ravel(), np.ravel, one(), ("DTypeError", lambda: pydl.ravel(2.0))),
    plain(
        "unflatten",
        lambda x: x.unflatten(1, (3, -1)),
        lambda x: x.reshape(5, 3, 2, 2),
        fixed(((5, 6, 2), floats())),
        ("ShapeError", lambda: pydl.ones(6).unflatten(0, (4, -1))),
        ("ShapeError", lambda: pydl.ones(6).unflatten(0, (-1, -1))),
        ("ShapeError", lambda: pydl.ones(6).unflatten(0, (2, 2))),
        ("ShapeError", lambda: pydl.ones(6).unflatten(0, (-2, -3))),
        ("DTypeError", lambda: pydl.ones(6).unflatten(0, 6)),
        ("IndexError", lambda: pydl.ones(6).unflatten(1, (2, 3))),
    ),
    plain(
        "view_as",
        lambda x, y: x.contiguous().view_as(y),
        lambda x, y: x.reshape(y.shape),
        fixed(((4, 3), floats()), ((2, 6), floats())),
        ("ShapeError", lambda: pydl.ones(4).view_as(pydl.ones(3))),
        ("DTypeError", lambda: pydl.ones(4).view_as((4,))),
    ),
    plain(
        "reshape_as",
        lambda x, y: x.t().reshape_as(y),
        lambda x, y: x.T.reshape(y.shape),
        fixed(((4, 3), floats()), ((2, 6), floats())),
        ("ShapeError", lambda: pydl.ones(4).reshape_as(pydl.ones(3))),
    ),
    plain(
        "expand_as",
        lambda x, y: x.expand_as(y),
        lambda x, y: np.broadcast_to(x, y.shape),
        fixed(((3, 1), floats()), ((2, 3, 4), floats())),
        ("ShapeError", lambda: pydl.ones(2).expand_as(pydl.ones(3))),
    ),
    plain(
        "broadcast_to",
        lambda x: x.broadcast_to(2, *x.shape),
        lambda x: np.broadcast_to(x, (2, *x.shape)),
        one(),
        ("ShapeError", lambda: pydl.broadcast_to(pydl.ones(2), (3,))),
    ),
    Row(
        "broadcast_tensors",
        pydl.broadcast_tensors,
        lambda *x: [np.array(a) for a in np.broadcast_arrays(*x)],
        broadcasting(floats(), floats(), floats()),
        torch=lambda *x: __import__("torch").broadcast_tensors(*x),
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.broadcast_tensors(pydl.ones(2), pydl.ones(3))),),
    ),
    Row(
        "broadcast_shapes",
        lambda x, y: pydl.zeros(pydl.broadcast_shapes(x.shape, y.shape)),
        lambda x, y: np.zeros(np.broadcast_shapes(x.shape, y.shape)),
        broadcasting(floats(), floats()),
        grad=False,
        bad=(
            ("ShapeError", lambda: pydl.broadcast_shapes((2,), (3,))),
            ("ShapeError", lambda: pydl.broadcast_shapes((-1,), (3,))),
            ("DTypeError", lambda: pydl.broadcast_shapes("a")),
        ),
    ),
    Row(
        "sum_to_size",
        lambda x: x.sum_to_size(x.shape[-2], 1),
        lambda x: x.sum(0).sum(-1, keepdims=True),
        one(min_dims=3, max_dims=3),
        torch=lambda x: x.sum_to_size(x.shape[-2], 1),
        sums=True,
        bad=(
            ("ShapeError", lambda: pydl.ones(2, 3).sum_to_size(2, 2)),
            ("ShapeError", lambda: pydl.ones(3).sum_to_size(1, 1, 3)),
        ),
    ),
    Row(
        "sum_to_size",
        lambda x: x.sum_to_size(()),
        lambda x: x.sum(dtype=np.int64),
        one(),
        "integers",
        torch=lambda x: x.sum_to_size(()),
        dtypes=("int64", "int8", "uint8"),
        grad=False,
    ),
    *(
        Row(
            name,
            lambda x, name=name: getattr(pydl, name)(x),
            lambda x, name=name: getattr(np, name)(x),
            one(),
            torch=lambda x, name=name: getattr(__import__("torch"), name)(x),
            dtypes=ALL,
            bad=(("DTypeError", lambda name=name: getattr(pydl, name)(2.0)),),
        )
        for name in ("atleast_1d", "atleast_2d", "atleast_3d")
    ),
    Row(
        "atleast_2d",
        lambda x, y: pydl.atleast_2d([x, y]),
        lambda x, y: np.atleast_2d(x, y),
        fixed(((), floats()), ((3,), floats())),
        "several",
    ),
    *(
        plain("rot90", lambda x, k=k: x.rot90(k, (0, -1)), lambda x, k=k: np.rot90(x, k, (0, -1)), TWO, label=str(k))
        for k in (0, 1, 2, -1)
    ),
    plain(
        "rot90",
        lambda x: x.rot90(),
        np.rot90,
        TWO,
        ("ShapeError", lambda: pydl.ones(2).rot90()),
        ("ValueError", lambda: pydl.ones(2, 2).rot90(1, (0, -2))),
    ),
    plain(
        "adjoint",
        lambda x: x.adjoint(),
        lambda x: np.swapaxes(x, -1, -2),
        TWO,
        ("ShapeError", lambda: pydl.ones(2).adjoint()),
    ),
    plain(
        "narrow_copy",
        lambda x: x.narrow_copy(0, 1, x.shape[0] - 1),
        lambda x: x[1:],
        one(min_dims=2, empty=False),
        ("IndexError", lambda: pydl.ones(3).narrow_copy(0, 2, 2)),
    ),
]

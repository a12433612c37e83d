import numpy as np
from op_table import NUMBERS, Row
from strategies import any_of, fixed, floats

import pydl

# Of one sign: where terms cancel, the sum's size says nothing about its error.
POSITIVE = floats(0.1)


def operands(*shapes):
    return fixed(*[(shape, POSITIVE) for shape in shapes])


def tensordot(dims, *shapes, label):
    return Row(
        "tensordot",
        lambda x, y: pydl.tensordot(x, y, dims),
        lambda x, y: np.tensordot(x, y, dims),
        operands(*shapes),
        label,
        torch=lambda x, y: __import__("torch").tensordot(x, y, dims),
        dtypes=NUMBERS,
    )


ROWS = [
    tensordot(1, (2, 3), (3, 4), label="1"),
    tensordot(0, (2, 3), (3, 4), label="0"),
    tensordot(2, (5, 2, 3), (2, 3, 4), label="2"),
    tensordot(([0, -1], [2, 1]), (2, 5, 3), (4, 3, 2), label="lists"),
    tensordot(([], []), (2,), (3,), label="no pairs"),
    Row(
        "tensordot",
        lambda x, y: pydl.tensordot(x, y, ([0], [1])),
        lambda x, y: np.tensordot(x.sum(0), y[:, 0], 0),
        operands((2, 3), (3, 1)),
        "broadcast",
        torch=lambda x, y: __import__("torch").tensordot(x, y, ([0], [1])),
        bad=(
            ("ShapeError", lambda: pydl.tensordot(pydl.ones(2, 3), pydl.ones(2, 3), 1)),
            ("ValueError", lambda: pydl.tensordot(pydl.ones(2, 3), pydl.ones(2, 3), 3)),
            ("ValueError", lambda: pydl.tensordot(pydl.ones(2, 2), pydl.ones(2, 2), ([0, 0], [0, 1]))),
            ("ValueError", lambda: pydl.tensordot(pydl.ones(2, 2), pydl.ones(2, 2), "a")),
            ("DTypeError", lambda: pydl.tensordot(pydl.ones(2, 2), pydl.tensor([[1, 2]]))),
        ),
    ),
    Row(
        "inner",
        pydl.inner,
        np.inner,
        any_of(operands((2, 3), (4, 5, 3)), operands((3,), (3,)), operands((), (2, 3)), operands((0, 3), (2, 3))),
        torch=lambda x, y: x.inner(y),
        dtypes=NUMBERS,
        bad=(
            ("ShapeError", lambda: pydl.inner(pydl.ones(2), pydl.ones(3))),
            ("DTypeError", lambda: pydl.inner(pydl.ones(2), pydl.ones(2).double())),
        ),
    ),
    Row(
        "vdot",
        pydl.vdot,
        np.vdot,
        operands((17,), (17,)),
        torch=lambda x, y: x.vdot(y),
        bad=(("ShapeError", lambda: pydl.vdot(pydl.ones(2), pydl.ones(3))),),
    ),
    Row(
        "kron",
        pydl.kron,
        np.kron,
        any_of(operands((2, 3), (3, 1)), operands((3,), (2, 2)), operands((), (2,)), operands((0, 2), (2, 2))),
        torch=lambda x, y: x.kron(y),
        dtypes=NUMBERS,
        bad=(("DTypeError", lambda: pydl.kron(pydl.ones(2), 2)),),
    ),
    Row(
        "cross",
        pydl.cross,
        lambda x, y: np.cross(x, y, axis=1),
        fixed(((2, 3, 3), floats()), ((2, 3, 3), floats())),
        torch=lambda x, y: x.cross(y, dim=1),
        bad=(
            ("ShapeError", lambda: pydl.cross(pydl.ones(2), pydl.ones(2))),
            ("ShapeError", lambda: pydl.cross(pydl.ones(2, 3), pydl.ones(3))),
            ("IndexError", lambda: pydl.cross(pydl.ones(3), pydl.ones(3), 1)),
        ),
    ),
    Row(
        "linalg_cross",
        lambda x, y: pydl.linalg_cross(x, y),
        np.cross,
        any_of(fixed(((4, 1, 3), floats()), ((1, 5, 3), floats())), fixed(((0, 3), floats()), ((0, 3), floats()))),
        torch=lambda x, y: __import__("torch").linalg.cross(x, y),
        bad=(("ShapeError", lambda: pydl.linalg_cross(pydl.ones(2, 2), pydl.ones(2, 2))),),
    ),
]

import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl import linalg
from rows.solve import regular, theirs

POSITIVE = floats(0.1)


def exponential(x):
    out = term = np.broadcast_to(np.eye(x.shape[-1]), x.shape)
    for k in range(1, 60):
        term = term @ x / k
        out = out + term
    return out


def fills(*shapes):
    return fixed(*[(shape, POSITIVE) for shape in shapes])


ROWS = [
    *(
        Row(
            "matrix_power",
            lambda x, n=n: x.matrix_power(n),
            lambda x, n=n: np.linalg.matrix_power(x, n),
            fixed(((2, 3, 3), regular)),
            str(n),
            torch=lambda x, n=n: x.matrix_power(n),
            second=n != 0,
        )
        for n in (0, 1, 2, 5, -3)
    ),
    Row(
        "matrix_power",
        lambda x: x.matrix_power(2),
        lambda x: np.linalg.matrix_power(x, 2),
        any_of(fixed(((0, 3, 3), floats())), fixed(((2, 0, 0), floats()))),
        "empty",
        bad=(
            ("ShapeError", lambda: pydl.ones(2, 3).matrix_power(2)),
            ("LinAlgError", lambda: pydl.zeros(2, 2).matrix_power(-1)),
            ("DTypeError", lambda: pydl.ones(2, 2).matrix_power(0.5)),
        ),
    ),
    Row(
        "matrix_exp",
        pydl.matrix_exp,
        exponential,
        any_of(fixed(((2, 4, 4), POSITIVE)), fixed(((2, 1, 1), floats())), fixed(((2, 0, 0), floats()))),
        torch=lambda x: x.matrix_exp(),
        bad=(("ShapeError", lambda: pydl.ones(2, 3).matrix_exp()),),
    ),
    Row(
        "linalg_multi_dot",
        lambda *x: linalg.multi_dot(x),
        lambda *x: np.linalg.multi_dot(x),
        any_of(
            fills((5, 2), (2, 7), (7, 3), (3, 4)),
            fills((5,), (5, 7), (7, 3), (3,)),
            fills((2, 3), (3, 0), (0, 2), (2, 2)),
        ),
        torch=lambda *x: theirs("multi_dot")(x),
        bad=(
            ("ShapeError", lambda: linalg.multi_dot([pydl.ones(2, 3), pydl.ones(2, 3)])),
            ("ShapeError", lambda: linalg.multi_dot([pydl.ones(2, 3), pydl.ones(3), pydl.ones(3)])),
            ("ValueError", lambda: linalg.multi_dot([pydl.ones(2, 3)])),
            ("DTypeError", lambda: linalg.multi_dot([pydl.ones(2, 3), 3])),
        ),
    ),
    Row(
        "chain_matmul",
        pydl.chain_matmul,
        lambda *x: np.linalg.multi_dot(x),
        fills((5, 2), (2, 7), (7, 3)),
        bad=(("ShapeError", lambda: pydl.chain_matmul(pydl.ones(3))), ("ValueError", lambda: pydl.chain_matmul())),
    ),
    Row(
        "linalg_tensorsolve",
        lambda a, b: linalg.tensorsolve(a.reshape(2, 3, 6), b.reshape(2, 3)),
        lambda a, b: np.linalg.solve(a[0], b[0]),
        fixed(((1, 6, 6), regular), ((1, 6), floats())),
        torch=lambda a, b: theirs("tensorsolve")(a.reshape(2, 3, 6), b.reshape(2, 3)),
        bad=(
            ("ShapeError", lambda: linalg.tensorsolve(pydl.ones(2, 3, 5), pydl.ones(2, 3))),
            ("LinAlgError", lambda: linalg.tensorsolve(pydl.ones(2, 3, 6), pydl.ones(2, 3))),
        ),
    ),
    Row(
        "linalg_tensorsolve",
        lambda a, b: linalg.tensorsolve(a.reshape(6, 2, 3).permute(1, 0, 2), b.reshape(2, 3), dims=(1,)),
        None,
        fixed(((1, 6, 6), regular), ((1, 6), floats())),
        "dims",
        torch=lambda a, b: theirs("tensorsolve")(a.reshape(6, 2, 3).permute(1, 0, 2), b.reshape(2, 3), dims=(1,)),
    ),
    Row(
        "linalg_tensorinv",
        lambda a: linalg.tensorinv(a.reshape(2, 3, 6)),
        lambda a: np.linalg.inv(a[0]).reshape(6, 2, 3),
        fixed(((1, 6, 6), regular)),
        torch=lambda a: theirs("tensorinv")(a.reshape(2, 3, 6)),
        bad=(
            ("ShapeError", lambda: linalg.tensorinv(pydl.ones(2, 3))),
            ("ValueError", lambda: linalg.tensorinv(pydl.ones(2, 2), 0)),
        ),
    ),
]

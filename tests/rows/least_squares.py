import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl import linalg
from rows.solve import theirs
from rows.spectrum import apart, symmetric


def pinv(shape, **flags):
    return Row(
        "linalg_pinv",
        linalg.pinv,
        lambda x: np.linalg.pinv(x),
        fixed((shape, apart)),
        f"{shape[-2]}x{shape[-1]}",
        torch=lambda x: theirs("pinv")(x),
        **flags,
    )


def product(x):
    """Matrices of rank 2."""
    return x[..., :, :2] @ x[..., :2, :]


def least(a, b):
    return np.linalg.pinv(a) @ b


def lstsq(label, inputs, **flags):
    return Row(
        "linalg_lstsq",
        lambda x, y: linalg.lstsq(x, y).solution,
        least,
        inputs,
        label,
        torch=lambda x, y: theirs("lstsq")(x, y).solution,
        **flags,
    )


ROWS = [
    pinv((2, 4, 4), bad=(("DTypeError", lambda: linalg.pinv(pydl.ones(2, 2), rtol="a")),)),
    pinv((2, 5, 3)),
    pinv((2, 3, 5)),
    pinv((2, 0, 3), grad=False),
    Row(
        "linalg_pinv",
        lambda x: linalg.pinv(product(x), rtol=1e-3),
        lambda x: np.linalg.pinv(product(x), rcond=1e-3),
        fixed(((2, 4, 4), apart)),
        "rank 2",
        torch=lambda x: theirs("pinv")(product(x), rtol=1e-3),
    ),
    Row(
        "linalg_pinv",
        lambda x: linalg.pinv(symmetric(x), hermitian=True),
        lambda x: np.linalg.pinv(symmetric(x)),
        fixed(((2, 4, 4), apart)),
        "symmetric",
        torch=lambda x: theirs("pinv")(symmetric(x), hermitian=True),
    ),
    Row(
        "pinverse",
        lambda x: x.pinverse(),
        lambda x: np.linalg.pinv(x),
        fixed(((2, 5, 3), apart)),
        torch=lambda x: x.pinverse(),
        bad=(("ShapeError", lambda: pydl.ones(3).pinverse()),),
    ),
    Row(
        "linalg_matrix_rank",
        lambda x: linalg.matrix_rank(product(x), rtol=1e-3),
        lambda x: np.full(x.shape[:-2], 2),
        fixed(((3, 4, 4), apart)),
        torch=lambda x: theirs("matrix_rank")(product(x), rtol=1e-3),
        grad=False,
        bad=(
            ("LinAlgError", lambda: linalg.matrix_rank(pydl.tensor([[float("inf")]]))),
            ("ShapeError", lambda: linalg.matrix_rank(pydl.ones(2, 3), hermitian=True)),
        ),
    ),
    Row(
        "linalg_matrix_rank",
        lambda x: linalg.matrix_rank(x),
        np.linalg.matrix_rank,
        any_of(fixed(((3, 5, 3), apart)), fixed(((2, 0, 3), floats())), fixed(((2, 3, 3), lambda rng, s: np.zeros(s)))),
        "default",
        torch=lambda x: theirs("matrix_rank")(x),
        grad=False,
    ),
    lstsq("tall", fixed(((2, 5, 3), apart), ((2, 5, 2), floats()))),
    lstsq("square", fixed(((2, 3, 3), apart), ((2, 3, 2), floats()))),
    lstsq("wide", fixed(((2, 3, 5), apart), ((2, 3, 2), floats()))),
    Row(
        "linalg_lstsq",
        lambda x, y: linalg.lstsq(x, y).solution,
        lambda x, y: least(x, y[..., None])[..., 0],
        fixed(((2, 5, 3), apart), ((2, 5), floats())),
        "vectors",
        bad=(
            ("ShapeError", lambda: linalg.lstsq(pydl.ones(2, 3), pydl.ones(3, 1))),
            ("DTypeError", lambda: linalg.lstsq(pydl.ones(2, 3), pydl.ones(2, 1).double())),
            ("ValueError", lambda: linalg.lstsq(pydl.ones(2, 3), pydl.ones(2, 1), driver="qr")),
        ),
    ),
    Row(
        "linalg_lstsq",
        lambda x, y: tuple(linalg.lstsq(x, y, driver="gelsd"))[1:],
        lambda x, y: (
            ((x @ least(x, y) - y) ** 2).sum(-2),
            np.full(x.shape[:-2], x.shape[-1]),
            np.linalg.svd(x, compute_uv=False),
        ),
        fixed(((2, 5, 3), apart), ((2, 5, 2), floats())),
        "the rest",
        torch=lambda x, y: tuple(theirs("lstsq")(x, y, driver="gelsd"))[1:],
        grad=False,
    ),
]

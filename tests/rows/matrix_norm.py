import numpy as np
from op_table import NUMBERS, Row
from strategies import any_of, distinct, fixed, floats, one

import pydl
from pydl import linalg
from rows.solve import theirs
from rows.spectrum import apart

AWAY = floats(away=(0.0,), gap=0.2)


def vector(ord, dim, fill=AWAY, **flags):
    return Row(
        "linalg_vector_norm",
        lambda x: linalg.vector_norm(x, ord, dim),
        lambda x: np.linalg.norm(np.moveaxis(x, dim, -1) if dim is not None else x.reshape(-1), ord, -1),
        fixed(((4, 5), fill)),
        f"{ord} {dim}",
        torch=lambda x: theirs("vector_norm")(x, ord, dim),
        **flags,
    )


def matrix(ord, **flags):
    return Row(
        "linalg_matrix_norm",
        lambda x: linalg.matrix_norm(x, ord, (-1, 0), keepdim=True),
        lambda x: np.linalg.norm(x, ord, (-1, 0), keepdims=True),
        fixed(
            (
                (3, 2, 4),
                lambda rng, shape: np.moveaxis(apart(rng, (2, 4, 3)) + 0.01, -1, 0).swapaxes(1, 2).reshape(shape),
            )
        ),
        str(ord),
        torch=lambda x: theirs("matrix_norm")(x, ord, (-1, 0), keepdim=True),
        **flags,
    )


def norm(label, shape, *args, **settings):
    return Row(
        "linalg_norm",
        lambda x: linalg.norm(x, *args, **settings),
        lambda x: np.linalg.norm(x, *args, **{("axis" if k == "dim" else k): v for k, v in settings.items()}),
        fixed((shape, floats(0.2, 3.0))),  # evenly spaced numbers have equal sums, where a norm has a kink
        label,
        torch=lambda x: theirs("norm")(x, *args, **settings),
    )


ROWS = [
    vector(2, None, bad=(("DTypeError", lambda: linalg.vector_norm(pydl.ones(2), "fro")),)),
    vector(1, 0),
    vector(3, 1),
    vector(np.inf, 1, distinct(0.2, 3.0)),
    vector(-np.inf, None, distinct(0.2, 3.0)),
    matrix("fro", bad=(("ValueError", lambda: linalg.matrix_norm(pydl.ones(2, 2), 3)),)),
    matrix(
        "nuc",
        bad=(
            ("ValueError", lambda: linalg.matrix_norm(pydl.ones(2, 2), dim=(0, 0))),
            ("ShapeError", lambda: linalg.matrix_norm(pydl.ones(2))),
        ),
    ),
    matrix(2),
    matrix(-2),
    matrix(1),
    matrix(-1),
    matrix(np.inf),
    matrix(-np.inf),
    norm("all", (2, 3, 4)),
    norm("vector", (5,), 1),
    norm("matrix", (3, 4), np.inf),
    norm("dim", (3, 4), 3, dim=0),
    Row(
        "linalg_norm",
        lambda x: linalg.norm(x, "fro", (0, 2), True),
        lambda x: np.linalg.norm(x, "fro", (0, 2), True),
        fixed(((3, 2, 4), AWAY)),
        "dims",
        torch=lambda x: theirs("norm")(x, "fro", (0, 2), True),
        bad=(
            ("ValueError", lambda: linalg.norm(pydl.ones(2, 2, 2), 1)),
            ("ValueError", lambda: linalg.norm(pydl.ones(2, 2, 2), 1, (0, 1, 2))),
            ("ValueError", lambda: linalg.norm(pydl.ones(2), "fro")),
            ("DTypeError", lambda: linalg.norm(pydl.tensor([1]))),
        ),
    ),
    *(
        Row(
            "linalg_cond",
            lambda x, p=p: linalg.cond(x, p),
            lambda x, p=p: np.linalg.cond(x, p),
            fixed(((2, 3, 3), apart)),
            str(p),
            # Where PyTorch inverts, its gradient fails: it writes over what that needs.
            torch=(lambda x, p=p: theirs("cond")(x, p)) if p in (None, -2) else None,
            bad=(("ShapeError", lambda: linalg.cond(pydl.ones(2, 3), 1)),) if p is None else (),
        )
        for p in (None, -2, "fro", 1)
    ),
    Row(
        "linalg_vecdot",
        lambda x, y: linalg.vecdot(x, y, dim=1),
        lambda x, y: (x * y).sum(1),
        any_of(fixed(((2, 3, 4), floats(0.1)), ((2, 3, 1), floats(0.1)))),
        torch=lambda x, y: theirs("vecdot")(x, y, dim=1),
        bad=(
            ("ShapeError", lambda: linalg.vecdot(pydl.ones(2), pydl.ones(3))),
            ("DTypeError", lambda: linalg.vecdot(pydl.ones(2), pydl.ones(2).double())),
        ),
    ),
    Row(
        "linalg_diagonal",
        lambda x: linalg.diagonal(x, offset=1),
        lambda x: np.diagonal(x, 1, -2, -1),
        fixed(((2, 3, 4), floats())),
        torch=lambda x: theirs("diagonal")(x, offset=1),
        dtypes=NUMBERS,
        bad=(("IndexError", lambda: linalg.diagonal(pydl.ones(2))),),
    ),
    Row(
        "linalg_vander",
        lambda x: linalg.vander(x, N=4),
        lambda x: x[..., None] ** np.arange(4),
        one(floats(0.5), min_dims=1, max_dims=2),
        torch=lambda x: theirs("vander")(x, N=4),
        bad=(
            ("ShapeError", lambda: linalg.vander(pydl.tensor(1.0))),
            ("ValueError", lambda: linalg.vander(pydl.ones(2), N=0)),
        ),
    ),
    Row(
        "vander",
        lambda x: pydl.vander(x),
        np.vander,
        fixed(((4,), floats(0.5))),  # PyTorch's gradient fails: it writes over what that needs
        bad=(("ShapeError", lambda: pydl.vander(pydl.ones(2, 2))),),
    ),
    Row(
        "vander",
        lambda x: pydl.vander(x, 0),
        lambda x: np.zeros((4, 0), np.int64 if x.dtype.kind == "i" else x.dtype),
        fixed(((4,), floats(0.5))),
        "no powers",
        torch=lambda x: __import__("torch").vander(x, 0),
        dtypes=("float32", "float64", "int16"),
        grad=False,
    ),
]

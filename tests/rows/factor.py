import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl import linalg
from rows.solve import regular, theirs


def positive(x):
    """A symmetric positive definite matrix of each matrix."""
    turned = np.swapaxes(x, -1, -2) if isinstance(x, np.ndarray) else x.mT
    one = np.eye(x.shape[-1])
    return x @ turned + (one if isinstance(x, np.ndarray) else type(x)(one).to(x.dtype))


def cholesky(x, upper=False):
    lower = np.linalg.cholesky(positive(x))
    return np.swapaxes(lower, -1, -2) if upper else lower


INDEFINITE = pydl.tensor([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]]])
MATRICES = {"square": (2, 4, 4), "tall": (2, 5, 3), "wide": (2, 3, 5)}


def qr(shape, mode, **flags):
    return Row(
        "linalg_qr",
        lambda x: tuple(linalg.qr(x, mode)),
        lambda x: np.linalg.qr(x, mode),
        fixed((shape, regular)),
        f"{mode} {shape[-2]}x{shape[-1]}",
        torch=lambda x: tuple(theirs("qr")(x, mode)),
        **flags,
    )


ROWS = [
    Row(
        "linalg_cholesky",
        lambda x: linalg.cholesky(positive(x)),
        cholesky,
        any_of(fixed(((2, 4, 4), regular)), fixed(((2, 1, 1), floats())), fixed(((2, 0, 0), floats()))),
        torch=lambda x: theirs("cholesky")(positive(x)),
        bad=(
            ("LinAlgError", lambda: linalg.cholesky(INDEFINITE)),
            ("ShapeError", lambda: linalg.cholesky(pydl.ones(2, 3))),
            ("DTypeError", lambda: linalg.cholesky(pydl.tensor([[1]]))),
        ),
    ),
    Row(
        "linalg_cholesky",
        lambda x: linalg.cholesky(positive(x), upper=True),
        lambda x: cholesky(x, True),
        fixed(((2, 4, 4), regular)),
        "upper",
        torch=lambda x: theirs("cholesky")(positive(x), upper=True),
    ),
    # Of a matrix that is not symmetric only a triangle is read.
    Row(
        "linalg_cholesky",
        lambda x: linalg.cholesky(positive(x) + (x * 9).triu(1)),
        cholesky,
        fixed(((2, 4, 4), regular)),
        "lower triangle",
        grad=False,
    ),
    Row("cholesky", lambda x: positive(x).cholesky(True), lambda x: cholesky(x, True), fixed(((2, 3, 3), regular))),
    Row(
        "linalg_cholesky_ex",
        lambda x: tuple(linalg.cholesky_ex(positive(x))),
        lambda x: (cholesky(x), np.zeros(x.shape[:-2])),
        fixed(((2, 3, 3), regular)),
        torch=lambda x: tuple(theirs("cholesky_ex")(positive(x))),
        bad=(("LinAlgError", lambda: linalg.cholesky_ex(INDEFINITE, check_errors=True)),),
    ),
    qr((2, 4, 4), "reduced", bad=(("ValueError", lambda: linalg.qr(pydl.ones(2, 2), "full")),)),
    qr((2, 5, 3), "reduced"),
    qr((2, 3, 5), "reduced"),
    qr((2, 4, 4), "complete"),
    qr((2, 3, 5), "complete"),
    qr((2, 5, 3), "complete", grad=False),
    Row(
        "linalg_qr",
        lambda x: (linalg.qr(x, "complete").Q[..., :3], linalg.qr(x, "complete").R),
        lambda x: (np.linalg.qr(x, "complete")[0][..., :3], np.linalg.qr(x, "complete")[1]),
        fixed(((2, 5, 3), regular)),
        "complete, what is determined",
        bad=tuple(
            (
                "StateError",
                lambda d=d: linalg.qr(pydl.rand(3, 2, dtype=d, requires_grad=True), "complete").Q.sum().backward(),
            )
            for d in (pydl.float32, pydl.float64)
        ),
    ),
    qr((2, 3, 0), "reduced", grad=False),
    Row(
        "linalg_qr",
        lambda x: linalg.qr(x, "r").R,
        lambda x: np.linalg.qr(x, "r"),
        fixed(((2, 5, 3), regular)),
        "r",
    ),
    Row("linalg_qr", lambda x: linalg.qr(x).Q, lambda x: np.linalg.qr(x)[0], fixed(((2, 3, 5), regular)), "q alone"),
    Row(
        "qr",
        lambda x: tuple(x.qr()),
        lambda x: tuple(np.linalg.qr(x)),
        fixed(((2, 5, 3), regular)),
        bad=(("ShapeError", lambda: pydl.ones(3).qr()),),
    ),
]

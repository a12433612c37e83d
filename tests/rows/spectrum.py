import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl import linalg
from rows.solve import theirs


def apart(rng, shape):
    """Matrices whose singular values, and eigenvalues when made symmetric, lie apart: on the diagonal 1, 2, 3, ..."""
    out = rng.uniform(-0.2, 0.2, shape)
    for i in range(min(shape[-2:])):
        out[..., i, i] += i + 1
    return out


def symmetric(x):
    return x + (np.swapaxes(x, -1, -2) if isinstance(x, np.ndarray) else x.mT)


# The sign of a singular vector is arbitrary: its products with itself are not.
def outer(x):
    return x[..., :, None, :] * x[..., None, :, :]


def eigh(solve):
    def run(x):
        values, vectors = solve(symmetric(x))
        return values, outer(vectors)

    return run


def svd(solve, **settings):
    """Singular values and the products of the two vectors that belong together."""

    def run(x):
        u, s, vh = solve(x, **settings)
        n = s.shape[-1]
        u, vh = u[..., :n], vh[..., :n, :]
        v = np.swapaxes(vh, -1, -2) if isinstance(vh, np.ndarray) else vh.mT
        return s, outer(u), u[..., :, None, :] * v[..., None, :, :], outer(v)

    return run


NAN = pydl.tensor([[float("nan")]])

ROWS = [
    Row(
        "linalg_eigh",
        eigh(lambda a: linalg.eigh(a)),
        eigh(np.linalg.eigh),
        any_of(fixed(((2, 4, 4), apart)), fixed(((2, 1, 1), floats())), fixed(((2, 0, 0), floats()))),
        torch=eigh(lambda a: theirs("eigh")(a)),
        bad=(
            ("LinAlgError", lambda: linalg.eigh(NAN)),
            ("ShapeError", lambda: linalg.eigh(pydl.ones(2, 3))),
            ("ValueError", lambda: linalg.eigh(pydl.ones(2, 2), "X")),
            ("DTypeError", lambda: linalg.eigh(pydl.tensor([[1]]))),
        ),
    ),
    Row(
        "linalg_eigvalsh",
        lambda x: linalg.eigvalsh(symmetric(x), "U"),
        lambda x: np.linalg.eigvalsh(symmetric(x), "U"),
        fixed(((2, 4, 4), apart)),
        torch=lambda x: theirs("eigvalsh")(symmetric(x), UPLO="U"),
        bad=(("LinAlgError", lambda: linalg.eigvalsh(NAN)),),
    ),
    *(
        Row(
            "linalg_svd",
            svd(lambda a: linalg.svd(a, full_matrices=False)),
            svd(np.linalg.svd, full_matrices=False),
            fixed((shape, apart)),
            f"{shape[-2]}x{shape[-1]}",
            torch=svd(lambda a: theirs("svd")(a, full_matrices=False)),
            bad=(
                ("LinAlgError", lambda: linalg.svd(NAN)),
                ("ShapeError", lambda: linalg.svd(pydl.ones(3))),
                ("ValueError", lambda: linalg.svd(pydl.ones(3, 3), driver="gesvd")),
            )
            if shape[-1] == 4
            else (),
        )
        for shape in ((2, 4, 4), (2, 5, 3), (2, 3, 5))
    ),
    Row(
        "linalg_svd",
        svd(linalg.svd),
        svd(np.linalg.svd),
        any_of(fixed(((2, 5, 3), apart)), fixed(((2, 3, 5), apart))),
        "full",
        bad=tuple(
            ("StateError", lambda d=d: linalg.svd(pydl.rand(3, 2, dtype=d, requires_grad=True)).U.sum().backward())
            for d in (pydl.float32, pydl.float64)
        ),
    ),
    Row(
        "linalg_svdvals",
        linalg.svdvals,
        lambda x: np.linalg.svd(x, compute_uv=False),
        any_of(fixed(((2, 5, 3), apart)), fixed(((2, 0, 3), floats()))),
        torch=lambda x: theirs("svdvals")(x),
        bad=(("DTypeError", lambda: linalg.svdvals(2.0)),),
    ),
    Row(
        "svd",
        lambda x: svd(lambda a: (lambda u, s, v: (u, s, v.mT))(*a.svd()))(x),
        svd(np.linalg.svd, full_matrices=False),
        fixed(((2, 5, 3), apart)),
        bad=(("ShapeError", lambda: pydl.ones(3).svd()),),
    ),
    Row(
        "svd",
        lambda x: tuple(x.svd(compute_uv=False)),
        lambda x: (np.zeros((2, 3, 3)), np.linalg.svd(x, compute_uv=False), np.zeros((2, 4, 4))),
        fixed(((2, 3, 4), apart)),
        "values alone",
        torch=lambda x: tuple(x.svd(compute_uv=False)),
    ),
]

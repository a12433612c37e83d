import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from rows.solve import regular


def singular(x):
    """The last row is the sum of the others."""
    rows = [x[..., i, :] for i in range(x.shape[-2])]
    pack = np.stack if isinstance(x, np.ndarray) else pydl.stack
    return pack([*rows, sum(rows)], -2)


def logdet(x):
    sign, size = np.linalg.slogdet(x)
    return np.where(sign < 0, np.nan, size)


ROWS = [
    Row(
        "det",
        pydl.det,
        np.linalg.det,
        any_of(fixed(((2, 4, 4), regular)), fixed(((3, 1, 1), floats())), fixed(((2, 0, 0), floats()))),
        torch=lambda x: x.det(),
        bad=(("ShapeError", lambda: pydl.det(pydl.ones(2, 3))), ("DTypeError", lambda: pydl.det(pydl.tensor([[1]])))),
    ),
    # Finite differences leave the singular matrices: the gradient is that of the polynomial that a determinant is.
    Row(
        "det",
        lambda x: singular(x * 0.5).det() + (x * x).sum(),
        lambda x: np.zeros(x.shape[:-2]) + (x * x).sum(),
        fixed(((2, 2, 3), floats())),
        "along singular ones",
    ),
    Row(
        "det",
        lambda x: (x * pydl.tensor([[1.0], [1.0], [0.0]]).to(x.dtype)).det(),
        None,
        fixed(((2, 3, 3), floats())),
        "singular",
    ),
    Row(
        "slogdet",
        lambda x: tuple(pydl.slogdet(x)),
        np.linalg.slogdet,
        fixed(((2, 4, 4), regular)),
        torch=lambda x: tuple(x.slogdet()),
        bad=(("ShapeError", lambda: pydl.slogdet(pydl.ones(2, 3))),),
    ),
    Row(
        "logdet",
        pydl.logdet,
        logdet,
        fixed(((2, 4, 4), regular)),
        torch=lambda x: x.logdet(),
        bad=(("ShapeError", lambda: pydl.logdet(pydl.ones(2, 3))),),
    ),
    Row(
        "logdet",
        lambda x: (x - 2 * pydl.eye(3).to(x.dtype)).logdet(),
        lambda x: logdet(x - 2 * np.eye(3)),
        fixed(((2, 3, 3), regular)),
        "negative",
        grad=False,
    ),
]

import numpy as np
from op_table import Row
from strategies import fixed, floats

import pydl
import pydl.nn.functional as F

W = pydl.ones(2, 3, 4)
PARTS = (((2, 5, 3), floats()), ((2, 5, 4), floats()), ((6, 3, 4), floats()))

ROWS = [
    Row(
        "bilinear",
        F.bilinear,
        lambda x, y, w, b: np.einsum("...i,kij,...j->...k", x, w, y) + b,
        fixed(*PARTS, ((6,), floats())),
        sums=True,
        torch=lambda *xs: __import__("torch").nn.functional.bilinear(*xs),
        bad=(
            ("ShapeError", lambda: F.bilinear(pydl.ones(2, 3), pydl.ones(1, 4), W)),
            ("ShapeError", lambda: F.bilinear(pydl.ones(2, 4), pydl.ones(2, 4), W)),
            ("ShapeError", lambda: F.bilinear(pydl.ones(2, 3), pydl.ones(2, 4), W, pydl.ones(3))),
            ("DTypeError", lambda: F.bilinear(pydl.ones(2, 3), pydl.ones(2, 4).double(), W)),
        ),
        times=(((128, 64), (128, 64), (32, 64, 64), (32,)),),
    ),
    Row(
        "bilinear",
        F.bilinear,
        lambda x, y, w: np.einsum("i,kij,j->k", x, w, y),
        fixed(((3,), floats()), ((4,), floats()), PARTS[2]),
        "one",
        sums=True,
        torch=lambda *xs: __import__("torch").nn.functional.bilinear(*xs),
    ),
    Row(
        "bilinear",
        F.bilinear,
        lambda x, y, w: np.zeros((0, 6)),
        fixed(((0, 3), floats()), ((0, 4), floats()), PARTS[2]),
        "empty",
    ),
]

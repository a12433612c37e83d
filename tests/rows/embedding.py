import numpy as np
from op_table import Row
from strategies import fixed, floats, integers

import pydl

TOKENS = ((2, 7), integers(0, 5))
TABLE = ((5, 3), floats())


ROWS = [
    Row(
        "embedding",
        lambda i, w: pydl.embedding(i, w),
        lambda i, w: w[i],
        fixed(TOKENS, TABLE),
        torch=lambda i, w: __import__("torch").nn.functional.embedding(i, w),
        bad=(
            ("IndexError", lambda: pydl.embedding(pydl.tensor([[0, 1, 2, 12]]), pydl.ones(10, 2))),
            ("IndexError", lambda: pydl.embedding(pydl.tensor([-1]), pydl.ones(10, 2))),
            ("IndexError", lambda: pydl.embedding(pydl.tensor([0]), pydl.ones(10, 2), padding_idx=10)),
            ("DTypeError", lambda: pydl.embedding(pydl.tensor([0.0]), pydl.ones(10, 2))),
            ("ShapeError", lambda: pydl.embedding(pydl.tensor([0]), pydl.ones(10))),
            ("ValueError", lambda: pydl.embedding(pydl.tensor([0]), pydl.ones(10, 2), sparse=True)),
        ),
    ),
    # No token is the padding: its gradient is 0 by decree, not by the function.
    Row(
        "embedding",
        lambda i, w: pydl.embedding(i, w, -1),
        lambda i, w: w[i],
        fixed(((2, 7), integers(0, 4)), TABLE),
        "padding",
    ),
    Row(
        "embedding",
        lambda i, w: pydl.embedding(i, w),
        lambda i, w: np.zeros((0, 3)),
        fixed(((0,), integers(0, 1)), TABLE),
        "empty",
    ),
]

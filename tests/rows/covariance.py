import numpy as np
from op_table import Row
from strategies import fixed, floats, integers

import pydl

X = ((3, 7), floats())
COUNTS = ((7,), integers(1, 4))
WEIGHTS = ((7,), floats(0.2, 2.0))


def lib(x):
    return __import__("torch") if type(x).__module__ == "torch" else pydl


ROWS = [
    Row(
        "cov",
        lambda x: x.cov(),
        np.cov,
        fixed(X),
        torch=lambda x: x.cov(),
        bad=(
            ("ShapeError", lambda: pydl.ones(2, 2, 2).cov()),
            ("DTypeError", lambda: pydl.tensor([True, False]).cov()),
            ("ShapeError", lambda: pydl.ones(3).cov(fweights=pydl.tensor([1]))),
            ("DTypeError", lambda: pydl.ones(2).cov(fweights=pydl.ones(2))),
            ("DTypeError", lambda: pydl.ones(2).cov(aweights=pydl.tensor([1, 2]))),
            ("ValueError", lambda: pydl.ones(2).cov(fweights=pydl.tensor([1, -1]))),
            ("ValueError", lambda: pydl.ones(2).cov(aweights=pydl.zeros(2))),
        ),
    ),
    Row(
        "cov",
        lambda x, n, w: x.cov(fweights=n, aweights=w),
        lambda x, n, w: np.cov(x, fweights=n, aweights=w),
        fixed(X, COUNTS, WEIGHTS),
        "both weights",
        torch=lambda x, n, w: x.cov(fweights=n, aweights=w),
    ),
    Row(
        "cov",
        lambda x, w: x.cov(correction=0, aweights=w),
        lambda x, w: np.cov(x, ddof=0, aweights=w),
        fixed(X, WEIGHTS),
        "weights",
        torch=lambda x, w: x.cov(correction=0, aweights=w),
    ),
    Row(
        "cov",
        lambda x: x[0].cov(),
        np.cov,
        fixed(((1, 7), floats())),
        "one variable",
        torch=lambda x: x[0].cov(),
    ),
    Row(
        "cov",
        lambda x: x.cov(),
        np.cov,
        fixed(((3, 7), integers())),
        "integers",
        torch=lambda x: x.cov(),
        dtypes=("float32",),
        grad=False,
    ),
    Row(
        "corrcoef",
        lambda x: x.corrcoef(),
        np.corrcoef,
        fixed(X),
        torch=lambda x: x.corrcoef(),
        bad=(("ShapeError", lambda: pydl.ones(2, 2, 2).corrcoef()),),
        grad=False,
    ),
]

import numpy as np
from op_table import Row
from strategies import fixed, floats, integers, one

import pydl


def cumulative(y, x=None, dx=1.0, axis=-1):
    y = np.moveaxis(y, axis, -1)
    gaps = dx if x is None else np.diff(x)
    return np.moveaxis(np.cumsum((y[..., 1:] + y[..., :-1]) * gaps / 2, -1), -1, axis)


BAD = (
    ("ValueError", lambda: pydl.trapezoid(pydl.ones(3), pydl.ones(3), dx=2)),
    ("ShapeError", lambda: pydl.trapezoid(pydl.ones(2, 3), pydl.ones(2))),
    ("ShapeError", lambda: pydl.trapezoid(pydl.ones(3), pydl.ones(2, 3))),
    ("IndexError", lambda: pydl.trapezoid(pydl.tensor(1.0))),
    ("IndexError", lambda: pydl.trapezoid(pydl.ones(3), dim=1)),
    ("DTypeError", lambda: pydl.trapezoid(pydl.tensor([True]))),
)

ROWS = [
    Row(
        "trapezoid",
        lambda y: pydl.trapezoid(y, dx=0.5, dim=0),
        lambda y: np.trapezoid(y, dx=0.5, axis=0),
        one(min_dims=1),
        torch=lambda y: __import__("torch").trapezoid(y, dx=0.5, dim=0),
        sums=True,
        bad=BAD,
    ),
    Row(
        "trapezoid",
        lambda y, x: pydl.trapezoid(y, x, dim=1),
        lambda y, x: np.trapezoid(y, x, axis=1),
        fixed(((2, 5, 3), floats()), ((5,), floats())),
        "places",
        torch=lambda y, x: __import__("torch").trapezoid(y, x, dim=1),
    ),
    Row(
        "trapezoid",
        lambda y, x: pydl.trapezoid(y, x, dim=1),
        lambda y, x: np.trapezoid(y, x[None], axis=1),
        fixed(((2, 5, 3), floats()), ((5, 3), floats())),
        "places that broadcast",
        torch=lambda y, x: __import__("torch").trapezoid(y, x, dim=1),
    ),
    Row(
        "trapezoid",
        lambda y: pydl.trapezoid(y),
        lambda y: np.trapezoid(y.astype(np.float64)),
        one(min_dims=1),
        "all dtypes",
        torch=lambda y: __import__("torch").trapezoid(y),
        dtypes=("float64", "int64", "int8"),
        sums=True,
        grad=False,
    ),
    Row(
        "trapezoid",
        pydl.trapezoid,
        lambda y: np.trapezoid(y.astype(np.float64)),
        one(integers(0, 200), min_dims=1),
        "bytes",  # PyTorch's first sum is one of bytes
        dtypes=("uint8",),
        grad=False,
    ),
    Row("trapz", pydl.trapz, np.trapezoid, one(min_dims=1), sums=True),
    Row(
        "cumulative_trapezoid",
        lambda y: pydl.cumulative_trapezoid(y, dx=0.5, dim=0),
        lambda y: cumulative(y, dx=0.5, axis=0),
        one(min_dims=1),
        torch=lambda y: __import__("torch").cumulative_trapezoid(y, dx=0.5, dim=0),
        sums=True,
        bad=(("ValueError", lambda: pydl.cumulative_trapezoid(pydl.ones(3), pydl.ones(3), dx=2)),),
    ),
    Row(
        "cumulative_trapezoid",
        lambda y, x: pydl.cumulative_trapezoid(y, x),
        cumulative,
        fixed(((2, 5), floats()), ((5,), floats())),
        "places",
        torch=lambda y, x: __import__("torch").cumulative_trapezoid(y, x),
    ),
]

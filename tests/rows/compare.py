import numpy as np
from op_table import ALL, NUMBERS, Row
from strategies import broadcasting, floats, integers, one, same

import pydl

NAMES = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}


def near():
    """Numbers of which many are equal: a few halves."""
    return lambda rng, shape: np.round(rng.uniform(-6, 6, shape)) / 2


ROWS = [
    *(
        Row(
            name,
            lambda x, y, name=name: getattr(pydl, name)(x, y),
            reference,
            broadcasting(near(), near()),
            torch=lambda x, y, name=name: getattr(x, name)(y),
            dtypes=ALL,
            grad=False,
            specials=True,
            bad=(("ShapeError", lambda name=name: getattr(pydl, name)(pydl.ones(2), pydl.ones(3))),),
            times=(((1000, 1000), (1000, 1000)),),
        )
        for name, reference in NAMES.items()
    ),
    Row("lt", lambda x: x < 1.5, lambda x: x < 1.5, one(near()), "number", dtypes=NUMBERS, grad=False),
    Row("gt", lambda x: x < 1, lambda x: x < 1, one(near()), "reflected", dtypes=NUMBERS, grad=False),
    Row("eq", lambda x: x == 300, lambda x: x == 300, one(near()), "number out of range", dtypes=NUMBERS, grad=False),
    Row(
        "isclose",
        lambda x, y: pydl.isclose(x, y, 0.1, 0.1),
        lambda x, y: np.isclose(x, y, 0.1, 0.1),
        broadcasting(floats(), floats()),
        grad=False,
        specials=True,
        bad=(("ValueError", lambda: pydl.isclose(pydl.ones(1), pydl.ones(1), rtol=-1)),),
    ),
    Row("isclose", pydl.isclose, np.isclose, same(integers(), integers()), "integers", grad=False),
    Row(
        "allclose",
        lambda x, y: pydl.tensor(pydl.allclose(x, y, 0.1, 2.0)),
        lambda x, y: np.allclose(x, y, 0.1, 2.0),
        same(floats(), floats()),
        grad=False,
        bad=(("DTypeError", lambda: pydl.allclose(pydl.ones(1), pydl.tensor([1]))),),
    ),
    Row(
        "equal",
        lambda x: pydl.tensor([pydl.equal(x, x), pydl.equal(x, x[:0])]),
        lambda x: np.array([True, len(x) == 0]),
        one(min_dims=1),
        grad=False,
    ),
    *(
        Row(
            name + "_",
            lambda x, y, name=name: getattr(x * 1, name + "_")(y),
            reference,
            same(near(), near()),
            torch=lambda x, y, name=name: getattr(x * 1, name + "_")(y),
            dtypes=NUMBERS,
            second=False,
            grad=False,
            bad=(("ShapeError", lambda name=name: getattr(pydl.ones(1), name + "_")(pydl.ones(3))),),
        )
        for name, reference in NAMES.items()
    ),
]

import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl.nn import functional as F

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def np_pad(x, pad, mode="constant", value=0.0):
    """Cut off what is negative, then numpy's own padding."""
    widths = [(0, 0)] * (x.ndim - len(pad) // 2) + [tuple(pad[i : i + 2]) for i in range(len(pad) - 2, -1, -2)]
    x = x[tuple([slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, widths, strict=True)])]
    widths = [(max(a, 0), max(b, 0)) for a, b in widths]
    if mode == "constant":
        return np.pad(x, widths, constant_values=value)
    return np.pad(x, widths, MODES[mode])


def row(label, pad, mode, *shapes, **more):
    return Row(
        "pad",
        lambda x: F.pad(x, pad, mode),
        lambda x: np_pad(x, pad, mode),
        any_of(*[fixed((shape, floats())) for shape in shapes]),
        label,
        torch=lambda x: __import__("torch").nn.functional.pad(x, pad, mode),
        **more,
    )


ROWS = [
    Row(
        "pad",
        lambda x: F.pad(x, (1, 2, 0, 3), value=1.5),
        lambda x: np_pad(x, (1, 2, 0, 3), value=1.5),
        any_of(*[fixed((shape, floats())) for shape in ((2, 3), (4, 0), (3, 5, 17), (1, 2, 3, 4))]),
        torch=lambda x: __import__("torch").nn.functional.pad(x, (1, 2, 0, 3), value=1.5),
        specials=True,
        bad=(
            ("ShapeError", lambda: F.pad(pydl.ones(3), (1,))),
            ("ShapeError", lambda: F.pad(pydl.ones(3), (1, 1, 1, 1))),
            ("ShapeError", lambda: F.pad(pydl.ones(3), (-2, -2))),
            ("ShapeError", lambda: F.pad(pydl.ones(3), (-5, 9))),
            ("ShapeError", lambda: F.pad(pydl.ones(3), (1 << 62, 0))),
            ("ValueError", lambda: F.pad(pydl.ones(1, 3), (1, 1), "mirror")),
            ("ValueError", lambda: F.pad(pydl.ones(1, 3), (1, 1), "reflect", 2.0)),
            ("ValueError", lambda: F.pad(pydl.ones(3).to(pydl.int8), (1, 1), value=500)),
            ("DTypeError", lambda: F.pad(pydl.ones(3), (1.5, 1))),
            ("DTypeError", lambda: F.pad([1.0], (1, 1))),
        ),
        times=(((16, 32, 28, 28),),),
    ),
    Row(
        "pad",
        lambda x: F.pad(x, (-1, 2, 1, -1)),
        lambda x: np_pad(x, (-1, 2, 1, -1)),
        any_of(*[fixed((shape, floats())) for shape in ((2, 3), (2, 9, 1), (3, 1, 1, 8))]),
        "negative",
        torch=lambda x: __import__("torch").nn.functional.pad(x, (-1, 2, 1, -1)),
    ),
    Row(
        "pad",
        lambda x: F.pad(x, (-1, 0)),
        lambda x: np_pad(x, (-1, 0)),
        any_of(*[fixed((shape, floats())) for shape in ((2, 3), (3, 1))]),
        "cut",
    ),
    Row(
        "pad",
        lambda x: F.pad(x, (1, 0), value=7),
        lambda x: np_pad(x, (1, 0), value=7),
        fixed(((2, 3), floats(0.0))),
        "integers",
        dtypes=("int64", "int32", "int16", "int8", "uint8"),
        grad=False,
    ),
    row(
        "reflect",
        (2, 1),
        "reflect",
        (2, 3),
        (2, 3, 9),
        bad=(
            ("ShapeError", lambda: F.pad(pydl.ones(2, 3), (3, 0), "reflect")),
            ("ShapeError", lambda: F.pad(pydl.ones(3), (1, 1), "reflect")),
            ("ShapeError", lambda: F.pad(pydl.ones(2, 3, 4, 5), (1, 1), "reflect")),
            ("ShapeError", lambda: F.pad(pydl.ones(2, 3, 0), (1, 1), "replicate")),
            ("ShapeError", lambda: F.pad(pydl.ones(2, 3), (0, 4), "circular")),
            ("ShapeError", lambda: F.pad(pydl.ones(2, 3), (-2, -1), "reflect")),
        ),
        times=(((16, 32, 784),),),
    ),
    row("reflect 2d", (1, 1, 2, 0), "reflect", (2, 3, 3, 4), (1, 3, 17), (0, 2, 3, 3)),
    row("replicate", (2, 3), "replicate", (1, 4), (2, 3, 1)),
    row("replicate 3d", (1, 0, -1, 2, 1, 1), "replicate", (2, 1, 2, 3, 2), (1, 1, 2, 9)),
    row("circular", (3, 1), "circular", (2, 3), (2, 3, 8)),
    row("circular 2d", (1, 2, -1, 1), "circular", (2, 3, 3, 4), (1, 2, 16)),
]

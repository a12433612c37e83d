import numpy as np
from op_table import ALL, Row
from strategies import fixed, floats, one

import pydl


def freq(name, n):
    return Row(
        f"fft_{name}",
        lambda x: getattr(pydl.fft, name)(n, 0.5),
        lambda x: getattr(np.fft, name)(n, 0.5),
        fixed(((1,), floats())),
        str(n),
        dtypes=("float32",),
        grad=False,
        bad=(
            ("ValueError", lambda: getattr(pydl.fft, name)(0)),
            ("ValueError", lambda: getattr(pydl.fft, name)(-1)),
            ("DTypeError", lambda: getattr(pydl.fft, name)(2, dtype=pydl.int64)),
            ("DTypeError", lambda: getattr(pydl.fft, name)(2.5)),
        )
        if n == 1
        else (),
    )


def shift(name, label, *dims):
    return Row(
        f"fft_{name}",
        lambda x: getattr(pydl.fft, name)(x, *dims),
        lambda x: getattr(np.fft, name)(x, *dims),
        one(min_dims=1),
        label,
        torch=lambda x: getattr(__import__("torch").fft, name)(x, *dims),
        dtypes=ALL,
        bad=(("IndexError", lambda: getattr(pydl.fft, name)(pydl.ones(2), 1)),) if dims else (),
    )


ROWS = [
    *(freq(name, n) for name in ("fftfreq", "rfftfreq") for n in (1, 2, 7, 8)),
    *(shift(name, "all") for name in ("fftshift", "ifftshift")),
    *(shift(name, "one", -1) for name in ("fftshift", "ifftshift")),
]

import numpy as np
from op_table import Row
from strategies import fixed, floats

import pydl

ELSEWHERE = "test_buffers.py"

ROWS = [
    Row("asarray", elsewhere=ELSEWHERE, bad=(("ValueError", lambda: pydl.asarray([1], copy=False)),)),
    Row(
        "frombuffer",
        elsewhere=ELSEWHERE,
        bad=(
            ("ValueError", lambda: pydl.frombuffer(b"abc", dtype=pydl.float32)),
            ("ValueError", lambda: pydl.frombuffer(b"abcd", dtype=pydl.float32, count=2)),
            ("ValueError", lambda: pydl.frombuffer(b"abcd", dtype=pydl.uint8, offset=4)),
            ("ValueError", lambda: pydl.frombuffer(b"", dtype=pydl.uint8)),
            ("DTypeError", lambda: pydl.frombuffer([1], dtype=pydl.uint8)),
            ("DTypeError", lambda: pydl.frombuffer(b"abcd", dtype=np.uint8)),
        ),
    ),
    Row("scalar_tensor", elsewhere=ELSEWHERE, bad=(("DTypeError", lambda: pydl.scalar_tensor("a")),)),
    *(
        Row(
            "logspace",
            lambda x, a=arguments: pydl.logspace(*a, dtype=x.dtype),
            lambda x, a=arguments: np.logspace(*a[:3], base=a[3] if len(a) > 3 else 10.0),
            fixed(((), floats())),
            str(arguments),
            torch=lambda x, a=arguments: __import__("torch").logspace(*a, dtype=x.dtype),
            grad=False,
            bad=(("ValueError", lambda: pydl.logspace(0, 1, -1)), ("DTypeError", lambda: pydl.logspace(0, 1, 1.5))),
        )
        for arguments in ((-1, 2, 7), (0, 1, 1), (0, 1, 0), (3, -2, 5, 2.0))
    ),
    Row(
        "empty_strided",
        elsewhere=ELSEWHERE,
        bad=(
            ("ShapeError", lambda: pydl.empty_strided((2,), (1, 1))),
            ("ShapeError", lambda: pydl.empty_strided((2,), (-1,))),
            ("ShapeError", lambda: pydl.empty_strided((2**40, 2**40), (2**62, 1))),
        ),
    ),
]

from op_table import Row
from strategies import fixed, floats

import pydl


def rows(name, *settings):
    for length in (0, 1, 2, 7, 16):
        for periodic in (True, False):
            yield Row(
                name,
                lambda x, n=length, p=periodic: getattr(pydl, name)(n, p, *settings, dtype=x.dtype),
                None,
                fixed(((), floats())),
                f"{length} {'periodic' if periodic else 'symmetric'}",
                torch=lambda x, n=length, p=periodic: getattr(__import__("torch"), name)(
                    n, p, *settings, dtype=x.dtype
                ),
                grad=False,
                bad=(
                    ("ValueError", lambda: getattr(pydl, name)(-1)),
                    ("DTypeError", lambda: getattr(pydl, name)(3, dtype=pydl.int64)),
                    ("DTypeError", lambda: getattr(pydl, name)(2.5)),
                )
                if length == 0 and periodic
                else (),
            )


ROWS = [
    *rows("hann_window"),
    *rows("hamming_window", 0.6, 0.4),
    *rows("blackman_window"),
    *rows("bartlett_window"),
    *rows("kaiser_window", 6.0),
]

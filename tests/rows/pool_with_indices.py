from op_table import Row
from strategies import distinct, fixed

import pydl
from pydl.nn import functional as F
from rows.pool import np_adaptive, np_max


def adaptive(x, size):
    return np_adaptive(x, (size,) * (x.ndim - 2), lambda v, axes: v.max(axes))


def fractional(functional, n, x, samples):
    return getattr(functional, f"fractional_max_pool{n}d_with_indices")(x, 2, 2, None, False, samples)


ROWS = [
    *[
        Row(
            f"max_pool{n}d_with_indices",
            lambda x, n=n: getattr(F, f"max_pool{n}d_with_indices")(x, 2, 1)[0],
            lambda x: np_max(x, 2, 1),
            fixed(((2, 2, 3, 4, 5)[: n + 2], distinct(-2.0, 2.0))),
            torch=lambda x, n=n: getattr(__import__("torch").nn.functional, f"max_pool{n}d_with_indices")(x, 2, 1)[0],
        )
        for n in (1, 2, 3)
    ],
    *[
        Row(
            f"max_pool{n}d_with_indices",
            lambda x, n=n: getattr(F, f"max_pool{n}d_with_indices")(x, 2, 1)[1],
            None,
            fixed(((2, 2, 3, 4, 5)[: n + 2], distinct(-2.0, 2.0))),
            "places",
            torch=lambda x, n=n: getattr(__import__("torch").nn.functional, f"max_pool{n}d_with_indices")(x, 2, 1)[1],
            grad=False,
        )
        for n in (1, 2, 3)
    ],
    *[
        Row(
            f"adaptive_max_pool{n}d_with_indices",
            lambda x, n=n: getattr(F, f"adaptive_max_pool{n}d_with_indices")(x, 2)[0],
            lambda x: adaptive(x, 2),
            fixed(((2, 2, 3, 4, 5)[: n + 2], distinct(-2.0, 2.0))),
        )
        for n in (1, 2, 3)
    ],
    *[
        Row(
            f"adaptive_max_pool{n}d_with_indices",
            lambda x, n=n: getattr(F, f"adaptive_max_pool{n}d_with_indices")(x, 2)[1],
            None,
            fixed(((2, 2, 3, 4, 5)[: n + 2], distinct(-2.0, 2.0))),
            "places",
            torch=lambda x, n=n: getattr(__import__("torch").nn.functional, f"adaptive_max_pool{n}d_with_indices")(
                x, 2
            )[1],
            grad=False,
        )
        for n in (1, 2, 3)
    ],
    *[
        Row(
            f"fractional_max_pool{n}d_with_indices",
            lambda x, n=n: fractional(F, n, x, pydl.zeros(1, 2, n, dtype=x.dtype))[0],
            lambda x: np_max(x, 2, 2),
            fixed(((1, 2, 4, 4, 4)[: n + 2], distinct(-2.0, 2.0))),
        )
        for n in (2, 3)
    ],
    *[
        Row(
            f"fractional_max_pool{n}d_with_indices",
            lambda x, n=n: fractional(F, n, x, pydl.zeros(1, 2, n, dtype=x.dtype))[1],
            None,
            fixed(((1, 2, 5, 5, 5)[: n + 2], distinct(-2.0, 2.0))),
            "places",
            torch=lambda x, n=n: fractional(
                __import__("torch").nn.functional, n, x, __import__("torch").zeros(1, 2, n, dtype=x.dtype)
            )[1],
            grad=False,
        )
        for n in (2, 3)
    ],
]

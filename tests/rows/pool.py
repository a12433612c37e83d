from itertools import product

import numpy as np
from op_table import Row
from strategies import distinct, fixed, floats

import pydl


def windows(x, kernel, stride, padding, dilation, ceil_mode, fill):
    """What lies under each window, on a new last axis; beyond the padding there is only `nothing`."""
    spaces = x.ndim - 2
    reach = dilation * (kernel - 1) + 1
    out = []
    for n in x.shape[2:]:
        count = (n + 2 * padding - reach + (stride - 1 if ceil_mode else 0)) // stride + 1
        out.append(count - 1 if ceil_mode and (count - 1) * stride >= n + padding else count)
    x = np.pad(x, [(0, 0), (0, 0), *[(padding, padding)] * spaces], constant_values=fill)
    x = np.pad(x, [(0, 0), (0, 0), *[(0, stride + reach)] * spaces], constant_values=np.nan)
    parts = []
    for tap in product(range(kernel), repeat=spaces):
        cut = tuple(
            [slice(t * dilation, t * dilation + stride * (n - 1) + 1, stride) for t, n in zip(tap, out, strict=True)]
        )
        parts.append(x[(slice(None), slice(None), *cut)])
    return np.stack(parts, -1)


def np_max(x, kernel, stride=None, padding=0, dilation=1, ceil_mode=False):
    return np.fmax.reduce(windows(x, kernel, stride or kernel, padding, dilation, ceil_mode, -np.inf), -1)


def np_avg(x, kernel, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor=None):
    under = windows(x, kernel, stride or kernel, padding, 1, ceil_mode, 0.0)
    inside = windows(
        np.ones_like(x), kernel, stride or kernel, padding, 1, ceil_mode, 1.0 if count_include_pad else 0.0
    )
    return np.nansum(under, -1) / (divisor or np.nansum(inside, -1))


def np_adaptive(x, sizes, reduce):
    y = np.empty(x.shape[:2] + sizes)
    for at in np.ndindex(*sizes):
        cut = tuple([slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in zip(at, x.shape[2:], sizes, strict=True)])
        y[(slice(None), slice(None), *at)] = reduce(x[(slice(None), slice(None), *cut)], tuple(range(2, x.ndim)))
    return y


def apart(*shape):
    return fixed((shape, distinct(-2.0, 2.0)))


def planes(*shape):
    return fixed((shape, floats()))


ROWS = [
    Row(
        "max_pool2d",
        lambda x: pydl.max_pool2d(x, 2),
        lambda x: np_max(x, 2),
        apart(2, 3, 6, 9),
        torch=lambda x: __import__("torch").max_pool2d(x, 2),
        bad=(
            ("ValueError", lambda: pydl.max_pool2d(pydl.ones(1, 3, 4, 4), 0)),
            ("ValueError", lambda: pydl.max_pool2d(pydl.ones(1, 3, 4, 4), 2, padding=2)),
            ("ShapeError", lambda: pydl.max_pool2d(pydl.ones(1, 3, 4, 4), 5)),
            ("ShapeError", lambda: pydl.max_pool2d(pydl.ones(4, 4), 2)),
            ("DTypeError", lambda: pydl.max_pool2d(pydl.ones(1, 3, 4, 4).long(), 2)),
        ),
        times=(((16, 32, 28, 28),),),
    ),
    Row(
        "max_pool2d",
        lambda x: pydl.max_pool2d(x, 3, 2, 1, 2, True),
        lambda x: np_max(x, 3, 2, 1, 2, True),
        apart(1, 2, 8, 9),
        "ceil",
    ),
    Row(
        "max_pool2d",
        lambda x: pydl.max_pool2d(x, 2, 1, return_indices=True)[0],
        lambda x: np_max(x[None], 2, 1)[0],
        apart(2, 4, 5),
        "unbatched",
    ),
    Row("max_pool1d", lambda x: pydl.max_pool1d(x, 3, 2, 1), lambda x: np_max(x, 3, 2, 1), apart(2, 2, 19)),
    Row("max_pool3d", lambda x: pydl.max_pool3d(x, 2, 1), lambda x: np_max(x, 2, 1), apart(1, 2, 3, 4, 4)),
    Row(
        "avg_pool2d",
        lambda x: pydl.avg_pool2d(x, 2),
        lambda x: np_avg(x, 2),
        planes(2, 3, 6, 9),
        torch=lambda x: __import__("torch").nn.functional.avg_pool2d(x, 2),
        bad=(
            ("ValueError", lambda: pydl.avg_pool2d(pydl.ones(1, 3, 4, 4), 2, divisor_override=0)),
            ("ValueError", lambda: pydl.avg_pool2d(pydl.ones(1, 3, 4, 4), 2, stride=0)),
        ),
        sums=True,
    ),
    Row(
        "avg_pool2d",
        lambda x: pydl.avg_pool2d(x, 3, 2, 1, True, False),
        lambda x: np_avg(x, 3, 2, 1, True, False),
        planes(1, 2, 8, 9),
        "ceil",
        sums=True,
    ),
    Row(
        "avg_pool2d",
        lambda x: pydl.avg_pool2d(x, 3, 2, 1, divisor_override=5),
        lambda x: np_avg(x, 3, 2, 1, divisor=5),
        planes(1, 2, 8, 9),
        "divisor",
        sums=True,
    ),
    Row("avg_pool1d", lambda x: pydl.avg_pool1d(x, 3, 1, 1), lambda x: np_avg(x, 3, 1, 1), planes(2, 2, 19), sums=True),
    Row(
        "avg_pool3d",
        lambda x: pydl.avg_pool3d(x, 2, 1, 1),
        lambda x: np_avg(x, 2, 1, 1),
        planes(1, 2, 3, 4, 4),
        sums=True,
    ),
    Row(
        "adaptive_avg_pool1d",
        lambda x: pydl.adaptive_avg_pool1d(x, 5),
        lambda x: np_adaptive(x, (5,), np.mean),
        planes(2, 2, 13),
        sums=True,
    ),
    Row(
        "adaptive_avg_pool2d",
        lambda x: pydl.adaptive_avg_pool2d(x, (2, None)),
        lambda x: np_adaptive(x, (2, 4), np.mean),
        planes(2, 2, 6, 4),
        bad=(
            ("ValueError", lambda: pydl.adaptive_avg_pool2d(pydl.ones(1, 1, 4, 4), (1, 2, 3))),
            ("ValueError", lambda: pydl.adaptive_avg_pool2d(pydl.ones(1, 1, 4, 4), -1)),
            ("ShapeError", lambda: pydl.adaptive_avg_pool2d(pydl.ones(1, 1, 0, 4), 1)),
        ),
        sums=True,
    ),
    Row(
        "adaptive_avg_pool2d",
        lambda x: pydl.adaptive_avg_pool2d(x, (3, 4)),
        lambda x: np_adaptive(x, (3, 4), np.mean),
        planes(2, 2, 7, 5),
        "uneven",
        sums=True,
    ),
    Row(
        "adaptive_avg_pool3d",
        lambda x: pydl.adaptive_avg_pool3d(x, 1),
        lambda x: np_adaptive(x, (1, 1, 1), np.mean),
        planes(1, 2, 2, 3, 4),
        sums=True,
    ),
    Row(
        "adaptive_max_pool1d",
        lambda x: pydl.adaptive_max_pool1d(x, 5),
        lambda x: np_adaptive(x, (5,), np.max),
        apart(2, 2, 13),
    ),
    Row(
        "adaptive_max_pool2d",
        lambda x: pydl.adaptive_max_pool2d(x, 2),
        lambda x: np_adaptive(x, (2, 2), np.max),
        apart(2, 2, 6, 4),
    ),
    Row(
        "adaptive_max_pool3d",
        lambda x: pydl.adaptive_max_pool3d(x, 2),
        lambda x: np_adaptive(x, (2, 2, 2), np.max),
        apart(1, 2, 2, 3, 4),
    ),
]

from itertools import product

import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl.nn import functional as F


def places(size, kernel, dilation, padding, stride):
    """For each element of a window and each window, the element of the image or -1; (kernel, windows)."""
    lines = []
    for n, k, d, p, s in zip(size, kernel, dilation, padding, stride, strict=True):
        count = (n + 2 * p - d * (k - 1) - 1) // s + 1
        at = np.arange(k)[:, None] * d + np.arange(count) * s - p
        lines.append(np.where((at >= 0) & (at < n), at, -1))
    rows, columns = lines
    out = np.empty((rows.shape[0], columns.shape[0], rows.shape[1], columns.shape[1]), int)
    for i, j in product(range(rows.shape[0]), range(columns.shape[0])):
        y, x = rows[i][:, None], columns[j][None, :]
        out[i, j] = np.where((y >= 0) & (x >= 0), y * size[1] + x, -1)
    return out.reshape(rows.shape[0] * columns.shape[0], -1)


def pairs(*settings):
    return [(s, s) if isinstance(s, int) else s for s in settings]


def np_unfold(x, kernel, dilation=1, padding=0, stride=1):
    at = places(x.shape[2:], *pairs(kernel, dilation, padding, stride))
    flat = np.concatenate([x.reshape(*x.shape[:2], x.shape[2] * x.shape[3]), np.zeros((*x.shape[:2], 1))], 2)
    return flat[:, :, at].reshape(x.shape[0], x.shape[1] * at.shape[0], at.shape[1])


def np_fold(x, size, kernel, dilation=1, padding=0, stride=1):
    at = places(size, *pairs(kernel, dilation, padding, stride))
    parts = x.reshape(x.shape[0], x.shape[1] // at.shape[0], *at.shape)
    y = np.zeros((*parts.shape[:2], size[0] * size[1] + 1))
    for i, j in np.ndindex(at.shape):
        y[:, :, at[i, j]] += parts[:, :, i, j]
    return y[:, :, :-1].reshape(*parts.shape[:2], *size)


def np_shuffle(x, r):
    n, c, h, w = x.shape
    return x.reshape(n, c // (r * r), r, r, h, w).transpose(0, 1, 4, 2, 5, 3).reshape(n, c // (r * r), h * r, w * r)


def np_unshuffle(x, r):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // r, r, w // r, r).transpose(0, 1, 3, 5, 2, 4).reshape(n, c * r * r, h // r, w // r)


def images(*shapes):
    return any_of(*[fixed((shape, floats())) for shape in shapes])


def torch_functional():
    return __import__("torch").nn.functional


ROWS = [
    Row(
        "unfold",
        lambda x: F.unfold(x, (2, 3), padding=1),
        lambda x: np_unfold(x, (2, 3), padding=1),
        images((2, 3, 4, 5), (1, 1, 3, 17), (1, 2, 2, 2), (0, 2, 3, 3)),
        torch=lambda x: torch_functional().unfold(x, (2, 3), padding=1),
        bad=(
            ("ShapeError", lambda: F.unfold(pydl.ones(3, 3), 2)),
            ("ShapeError", lambda: F.unfold(pydl.ones(1, 1, 3, 3), 4)),
            ("ShapeError", lambda: F.unfold(pydl.ones(1, 1, 0, 3), 1)),
            ("ValueError", lambda: F.unfold(pydl.ones(1, 1, 3, 3), 0)),
            ("ValueError", lambda: F.unfold(pydl.ones(1, 1, 3, 3), 2, stride=0)),
            ("ValueError", lambda: F.unfold(pydl.ones(1, 1, 3, 3), 2, padding=-1)),
            ("ValueError", lambda: F.unfold(pydl.ones(1, 1, 3, 3), (1, 2, 3))),
            ("DTypeError", lambda: F.unfold([1.0], 2)),
        ),
        times=(((16, 32, 28, 28),),),
    ),
    Row(
        "unfold",
        lambda x: F.unfold(x, 2, (1, 2), 0, (2, 1)),
        lambda x: np_unfold(x, 2, (1, 2), 0, (2, 1)),
        images((2, 1, 5, 4)),
        "strided",
        torch=lambda x: torch_functional().unfold(x, 2, (1, 2), 0, (2, 1)),
    ),
    Row("unfold", lambda x: F.unfold(x, 1), lambda x: x.reshape(2, 3, 20), images((2, 3, 4, 5)), "1x1"),
    Row("unfold", lambda x: F.unfold(x, 2), lambda x: np_unfold(x[None], 2)[0], images((3, 4, 5)), "unbatched"),
    Row(
        "fold",
        lambda x: F.fold(x, (4, 5), 2),
        lambda x: np_fold(x, (4, 5), 2),
        images((2, 12, 12), (1, 4, 12), (0, 4, 12)),
        torch=lambda x: torch_functional().fold(x, (4, 5), 2),
        bad=(
            ("ShapeError", lambda: F.fold(pydl.ones(1, 4, 5), (3, 3), 2)),
            ("ShapeError", lambda: F.fold(pydl.ones(1, 5, 4), (3, 3), 2)),
            ("ShapeError", lambda: F.fold(pydl.ones(4), (3, 3), 2)),
            ("ShapeError", lambda: F.fold(pydl.ones(1, 4, 4), (1, 1), 2)),
            ("ValueError", lambda: F.fold(pydl.ones(1, 4, 4), (3, 3), 2, dilation=0)),
        ),
    ),
    Row(
        "fold",
        lambda x: F.fold(x, (5, 6), (2, 3), 2, 1, (2, 1)),
        lambda x: np_fold(x, (5, 6), (2, 3), 2, 1, (2, 1)),
        images((2, 12, 12)),
        "strided",
        torch=lambda x: torch_functional().fold(x, (5, 6), (2, 3), 2, 1, (2, 1)),
    ),
    Row("fold", lambda x: F.fold(x, 3, 2), lambda x: np_fold(x[None], (3, 3), 2)[0], images((8, 4)), "unbatched"),
    Row(
        "pixel_shuffle",
        lambda x: F.pixel_shuffle(x, 2),
        lambda x: np_shuffle(x, 2),
        images((2, 8, 3, 4), (1, 4, 1, 17), (0, 4, 2, 2)),
        torch=lambda x: torch_functional().pixel_shuffle(x, 2),
        bad=(
            ("ShapeError", lambda: F.pixel_shuffle(pydl.ones(1, 6, 2, 2), 2)),
            ("ShapeError", lambda: F.pixel_shuffle(pydl.ones(2, 2), 2)),
            ("ValueError", lambda: F.pixel_shuffle(pydl.ones(1, 4, 2, 2), 0)),
        ),
    ),
    Row(
        "pixel_unshuffle",
        lambda x: F.pixel_unshuffle(x, 3),
        lambda x: np_unshuffle(x, 3),
        images((2, 2, 3, 6), (1, 1, 9, 3)),
        torch=lambda x: torch_functional().pixel_unshuffle(x, 3),
        bad=(
            ("ShapeError", lambda: F.pixel_unshuffle(pydl.ones(1, 6, 3, 2), 2)),
            ("ShapeError", lambda: F.pixel_unshuffle(pydl.ones(2, 2), 2)),
            ("ValueError", lambda: F.pixel_unshuffle(pydl.ones(1, 4, 2, 2), -1)),
        ),
    ),
    Row(
        "channel_shuffle",
        lambda x: F.channel_shuffle(x, 3),
        lambda x: x.reshape(x.shape[0], 3, x.shape[1] // 3, *x.shape[2:]).swapaxes(1, 2).reshape(x.shape),
        images((2, 6, 3), (1, 9, 2, 2), (2, 3, 1, 2, 2)),
        bad=(
            ("ShapeError", lambda: F.channel_shuffle(pydl.ones(1, 4, 2), 3)),
            ("ShapeError", lambda: F.channel_shuffle(pydl.ones(1, 4), 2)),
            ("ValueError", lambda: F.channel_shuffle(pydl.ones(1, 4, 2), 0)),
        ),
    ),
]

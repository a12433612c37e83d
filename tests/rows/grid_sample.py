from itertools import product

import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl.nn import functional as F


def reflect(x, low, high):
    """x mirrored at low and high until it lies between them."""
    span = high - low
    if span <= 0:
        return 0.0
    away = abs(x - low) % (2 * span)
    return low + (away if away < span else 2 * span - away)


def padded(x, n, padding, align):
    if padding == "reflection":
        x = reflect(x, *((0, n - 1) if align else (-0.5, n - 0.5)))
    return x if padding == "zeros" else min(max(x, 0.0), n - 1.0)


def cubic(t):
    t = abs(t)
    if t <= 1:
        return 1.25 * t**3 - 2.25 * t**2 + 1
    return -0.75 * t**3 + 3.75 * t**2 - 6 * t + 3 if t < 2 else 0.0


def taps(c, n, mode, padding, align):
    """(element or None, weight) along one dimension."""
    at = (c + 1) / 2 * (n - 1) if align else ((c + 1) * n - 1) / 2
    if mode == "bicubic":
        near = [(np.floor(at) + k, cubic(at - np.floor(at) - k)) for k in range(-1, 3)]
        near = [(padded(place, n, padding, align), weight) for place, weight in near]
    else:
        at = padded(at, n, padding, align)
        near = [(np.floor(at) + k, max(0.0, 1 - abs(at - np.floor(at) - k))) for k in (0, 1)]
        if mode == "nearest":
            near = [(np.round(at), 1.0)]
    return [(int(place) if 0 <= place < n else None, weight) for place, weight in near]


def np_grid_sample(x, grid, mode="bilinear", padding="zeros", align=False):
    space = x.shape[2:]
    y = np.zeros(x.shape[:2] + grid.shape[1:-1])
    for at in np.ndindex(grid.shape[:-1]):
        lines = [taps(grid[at][-1 - d], n, mode, padding, align) for d, n in enumerate(space)]
        for combination in product(*lines):
            places = tuple([place for place, _ in combination])
            if None not in places:
                weight = np.prod([weight for _, weight in combination])
                y[(at[0], slice(None), *at[1:])] += x[(at[0], slice(None), *places)] * weight
    return y


def away_from_kinks(sizes):
    """Places from beyond both edges whose coordinates are nowhere near whole or half elements."""

    def draw(rng, shape):
        out = np.empty(shape)
        for d, n in enumerate(reversed(sizes)):
            out[..., d] = rng.integers(-2, 2 * n + 3, shape[:-1]) * 0.5 + rng.uniform(0.1, 0.4, shape[:-1])
        return out

    return draw


def operands(x, points):
    """An input, and a grid given in elements: the row's functions turn it into coordinates."""
    spaces = len(x) - 2
    return fixed((x, floats()), ((x[0], *points, spaces), away_from_kinks(x[2:])))


def coordinates(elements, space, align):
    """From elements, x first, to [-1, 1]; pydl, numpy and torch alike."""
    parts = []
    for d, n in enumerate(reversed(space)):
        part = elements[..., d]
        parts.append(part * (2 / max(n - 1, 1)) - 1 if align else (part + 0.5) * (2 / n) - 1)
    return parts


def row(label, x, points, mode="bilinear", padding="zeros", align=False, **more):
    return Row(
        "grid_sample",
        lambda v, e: F.grid_sample(v, pydl.stack(coordinates(e, v.shape[2:], align), -1), mode, padding, align),
        lambda v, e: np_grid_sample(v, np.stack(coordinates(e, v.shape[2:], align), -1), mode, padding, align),
        any_of(*[operands(shape, points) for shape in (x if isinstance(x, list) else [x])]),
        label,
        torch=lambda v, e: __import__("torch").nn.functional.grid_sample(
            v, __import__("torch").stack(coordinates(e, v.shape[2:], align), -1), mode, padding, align
        ),
        ulps=64,  # a place is rounded to the elements' spacing, and a weight is the difference of two places
        **more,
    )


ROWS = [
    row(
        "",
        [(2, 3, 4, 5), (1, 1, 1, 1), (1, 17, 2, 3), (0, 2, 2, 2)],
        (3, 4),
        bad=(
            ("ShapeError", lambda: F.grid_sample(pydl.ones(1, 1, 2, 2), pydl.zeros(1, 2, 2, 3))),
            ("ShapeError", lambda: F.grid_sample(pydl.ones(1, 1, 2, 2), pydl.zeros(2, 2, 2, 2))),
            ("ShapeError", lambda: F.grid_sample(pydl.ones(1, 1, 2), pydl.zeros(1, 2, 2))),
            ("ShapeError", lambda: F.grid_sample(pydl.ones(1, 1, 0, 2), pydl.zeros(1, 2, 2, 2))),
            ("ShapeError", lambda: F.grid_sample(pydl.ones(1, 1, 2, 2, 2), pydl.zeros(1, 2, 2, 2, 3), "bicubic")),
            ("DTypeError", lambda: F.grid_sample(pydl.ones(1, 1, 2, 2), pydl.zeros(1, 2, 2, 2).double())),
            ("DTypeError", lambda: F.grid_sample(pydl.ones(1, 1, 2, 2).long(), pydl.zeros(1, 2, 2, 2).long())),
            ("DTypeError", lambda: F.grid_sample(pydl.ones(1, 1, 2, 2), None)),
            ("ValueError", lambda: F.grid_sample(pydl.ones(1, 1, 2, 2), pydl.zeros(1, 2, 2, 2), "linear")),
            ("ValueError", lambda: F.grid_sample(pydl.ones(1, 1, 2, 2), pydl.zeros(1, 2, 2, 2), "nearest", "edge")),
        ),
    ),
    row("corners", (2, 2, 4, 5), (4, 9), align=True),
    row("border", (1, 2, 4, 5), (3, 11), padding="border"),
    row("border corners", (1, 2, 4, 3), (3, 4), padding="border", align=True),
    row("reflection", (1, 2, 4, 5), (3, 4), padding="reflection"),
    row("reflection corners", [(1, 2, 4, 3), (1, 1, 1, 1)], (3, 4), padding="reflection", align=True),
    row("nearest", (2, 3, 4, 5), (3, 4), "nearest"),
    row("nearest border", (2, 1, 4, 5), (3, 4), "nearest", "border"),
    row("bicubic", (2, 2, 4, 5), (3, 4), "bicubic"),
    row("bicubic border", (1, 2, 4, 5), (3, 4), "bicubic", "border", True),
    row("bicubic reflection", (1, 2, 4, 5), (3, 4), "bicubic", "reflection"),
    row("3d", (2, 2, 2, 3, 4), (2, 1, 3)),
    row("3d border", (1, 2, 2, 3, 4), (2, 1, 3), padding="border", align=True),
    row("3d reflection", (1, 2, 3, 2, 4), (2, 1, 3), padding="reflection"),
    row("3d nearest", (1, 2, 3, 2, 4), (2, 1, 3), "nearest"),
    Row(
        "affine_grid",
        lambda t: F.affine_grid(t, (2, 3, 4, 5)),
        lambda t: np_affine(t, (4, 5), False),
        fixed(((2, 2, 3), floats())),
        torch=lambda t: __import__("torch").nn.functional.affine_grid(t, (2, 3, 4, 5), align_corners=False),
        ulps=16,
        bad=(
            ("ShapeError", lambda: F.affine_grid(pydl.ones(1, 2, 3), (2, 1, 2, 2))),
            ("ShapeError", lambda: F.affine_grid(pydl.ones(1, 2, 3), (1, 1, 2, 2, 2))),
            ("ShapeError", lambda: F.affine_grid(pydl.ones(1, 2, 3), (1, 1, 0, 2))),
            ("DTypeError", lambda: F.affine_grid(pydl.ones(1, 2, 3).long(), (1, 1, 2, 2))),
        ),
    ),
    Row(
        "affine_grid",
        lambda t: F.affine_grid(t, (1, 3, 2, 3, 4), True),
        lambda t: np_affine(t, (2, 3, 4), True),
        fixed(((1, 3, 4), floats())),
        "3d",
        torch=lambda t: __import__("torch").nn.functional.affine_grid(t, (1, 3, 2, 3, 4), align_corners=True),
        ulps=16,
    ),
    Row(
        "affine_grid",
        lambda t: F.affine_grid(t, (2, 1, 1, 3), True),
        lambda t: np_affine(t, (1, 3), True),
        fixed(((2, 2, 3), floats())),
        "one row",
        ulps=16,
    ),
]


def np_affine(t, space, align):
    lines = []
    for n in space:
        line = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
        lines.append(line if align else line * (n - 1) / n)
    base = np.stack([*reversed(np.meshgrid(*lines, indexing="ij")), np.ones(space)], -1)
    return np.einsum("...k,bjk->b...j", base, t)

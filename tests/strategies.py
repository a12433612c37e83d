"""What the tests draw: shapes around the edges of the kernels, values away from kinks, layouts of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

import pydl

Values = np.ndarray[Any, Any]

# Around the lanes of the vector units (4, 8, 16), their doubles, and the smallest.
EDGES = (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33)
LAYOUTS = ("contiguous", "permuted", "sliced", "negative", "offset", "broadcast")


@st.composite
def shapes(draw: Any, min_dims: int = 0, max_dims: int = 3, empty: bool = True, limit: int = 700) -> tuple[int, ...]:
    """A shape of a few dimensions; at most ``limit`` elements, so that the checks stay quick."""
    sizes = EDGES if empty else EDGES[1:]
    out: list[int] = []
    for _ in range(draw(st.integers(min_dims, max_dims))):
        room = limit // max(1, int(np.prod([n for n in out if n], dtype=int)))
        out.append(draw(st.sampled_from([n for n in sizes if n <= max(room, 1)])))
    return tuple(out)


def floats(
    low: float = -3.0, high: float = 3.0, away: tuple[float, ...] = (), gap: float = 0.05
) -> Callable[..., Values]:
    """Random numbers between low and high, none within ``gap`` of the points in ``away`` (kinks, poles)."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        x = rng.uniform(low, high, shape)
        for point in away:
            near = np.abs(x - point) < gap
            x = np.where(near, point + np.where(x >= point, gap, -gap) * 2, x)
        return np.asarray(x)

    return draw


def distinct(low: float = -3.0, high: float = 3.0) -> Callable[..., Values]:
    """Numbers no two of which are close: for max, sort and whatever else has a kink where two are equal."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        n = int(np.prod(shape, dtype=int))
        return np.asarray(rng.permutation(np.linspace(low, high, n)).reshape(shape))

    return draw


def integers(low: int = -5, high: int = 6) -> Callable[..., Values]:
    """Whole numbers in [low, high)."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        return np.asarray(rng.integers(low, high, shape))

    return draw


def bools() -> Callable[..., Values]:
    """True and False."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        return np.asarray(rng.integers(0, 2, shape).astype(bool))

    return draw


# Inputs of a row: a function that draws the shapes, given hypothesis' draw, and says how to fill each.
Drawn = list[tuple[tuple[int, ...], Callable[..., Values]]]


def one(fill: Callable[..., Values] | None = None, **limits: Any) -> Callable[[Any], Drawn]:
    """One operand of any shape."""
    return lambda draw: [(draw(shapes(**limits)), fill or floats())]


def same(*fills: Callable[..., Values], **limits: Any) -> Callable[[Any], Drawn]:
    """Several operands of one shape."""

    def make(draw: Any) -> Drawn:
        shape = draw(shapes(**limits))
        return [(shape, fill) for fill in fills]

    return make


def broadcasting(*fills: Callable[..., Values], **limits: Any) -> Callable[[Any], Drawn]:
    """Several operands whose shapes broadcast: dimensions made 1 or left out at random."""

    def make(draw: Any) -> Drawn:
        shape = draw(shapes(**limits))
        out: Drawn = []
        for fill in fills:
            mine = [1 if draw(st.integers(0, 3)) == 0 else n for n in shape]
            skip = draw(st.integers(0, len(mine))) if draw(st.booleans()) else 0
            out.append((tuple(mine[skip:]), fill))
        return out

    return make


def fixed(*operands: tuple[tuple[int, ...], Callable[..., Values]]) -> Callable[[Any], Drawn]:
    """Operands of given shapes."""
    return lambda draw: list(operands)


def any_of(*choices: Callable[[Any], Drawn]) -> Callable[[Any], Drawn]:
    """One of several kinds of inputs."""
    return lambda draw: draw(st.sampled_from(choices))(draw)


def lay(values: Values, layout: str) -> Values:
    """The same values in memory of another layout: a numpy view with those strides.

    "broadcast" keeps the values only where they are constant along the first dimension; elsewhere
    it falls back to a copy.
    """
    if layout == "permuted" and values.ndim > 1:
        return np.ascontiguousarray(values.T).T
    if layout == "sliced" and values.ndim:
        wide = np.full((*values.shape[:-1], 2 * values.shape[-1] + 1), 77, values.dtype)
        wide[..., 1::2] = values
        return wide[..., 1::2]
    if layout == "negative" and values.ndim:
        backwards = (slice(None, None, -1),) * values.ndim
        return np.ascontiguousarray(values[backwards])[backwards]
    if layout == "offset":
        flat = np.full(values.size + 3, 77, values.dtype)
        flat[3:] = values.reshape(-1)
        return flat[3:].reshape(values.shape)
    if layout == "broadcast" and values.ndim and values.shape[0] and np.all(values == values[:1]):
        return np.broadcast_to(values[:1].copy(), values.shape)
    return np.array(values)


def tensor_of(values: Values, layout: str = "contiguous", requires_grad: bool = False) -> pydl.Tensor:
    """A tensor over values in the layout; the strides arrive in pydl as they are."""
    if layout == "broadcast" and values.ndim and values.shape[0] and np.all(values == values[:1]):
        x = pydl.from_numpy(values[:1].copy()).expand(*values.shape)
        x = x.detach()
    else:
        x = pydl.from_numpy(lay(values, layout))
    if requires_grad:
        x.requires_grad = True
    return x


layouts = st.sampled_from(LAYOUTS)
seeds = st.integers(0, 2**32 - 1)

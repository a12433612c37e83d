"""What the classes of transforms share: random choices, settings and how they are shown."""

from __future__ import annotations

import math
from typing import Any

from pydl import _C, dtypes, ops
from pydl.nn.modules.module import Module


def uniform(low: float, high: float) -> float:
    """A random number."""
    return float(ops.rand(1, dtype=dtypes.float64).item()) * (high - low) + low


def integer(low: int, high: int) -> int:
    """A random integer from low up to, but without, high."""
    return int(ops.randint(low, high, (1,)).item())


def chance(p: float) -> bool:
    """True with a probability."""
    return float(ops.rand(1).item()) < p


def two(name: str, size: Any) -> tuple[int, int]:
    """Rows and columns from one number or two.

    Raises:
        ValueError: more of them.
    """
    values = [size] if isinstance(size, int) else list(size)
    if len(values) not in (1, 2):
        raise _C.ValueError(f"{name}: please provide only two dimensions (h, w) for size.")
    return int(values[0]), int(values[-1])


def check_p(name: str, p: float) -> float:
    """A probability; a ValueError where it is none."""
    if not 0 <= p <= 1:
        raise _C.ValueError(f"{name}: expected a probability from 0 to 1, got {p}")
    return p


def span(name: str, value: Any, centre: float | None, low: float = -math.inf) -> tuple[float, float]:
    """A range from a number, around ``centre``, or from two; for None only around nothing.

    Raises:
        ValueError: it is no range, or begins below ``low``.
    """
    if isinstance(value, int | float):
        if value < 0:
            raise _C.ValueError(f"{name}: expected a number of 0 or more, got {value}")
        middle = 0.0 if centre is None else centre
        first = middle - value
        return (max(first, low) if centre is not None else first), middle + value
    values = [float(v) for v in value]
    if len(values) != 2 or not low <= values[0] <= values[1]:
        raise _C.ValueError(f"{name}: expected a number, or two in order of {low} or more, got {value}")
    return values[0], values[1]


class Transform(Module):
    """A module whose `repr` shows the settings named by ``shown``."""

    shown: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.shown)

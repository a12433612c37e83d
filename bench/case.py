"""What one measurement is, and data that is the same in both libraries."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Library = Any


@dataclass(frozen=True)
class Case:
    """A named piece of work: ``make(lib)`` prepares it and returns what is timed; that returns a tensor to compare.

    The mean of the first call's result must be the other library's up to ``tolerance``: relative, or absolute below 1.
    """

    name: str
    make: Callable[[Library], Callable[[], Any]]
    flops: float = 0.0
    bytes: float = 0.0
    tolerance: float = 1e-4


def values(lib: Library, *shape: int, seed: int = 0) -> Any:
    """Standard normal numbers in float32, the same in both libraries."""
    return lib.from_numpy(np.random.default_rng(seed).standard_normal(shape, "float32"))


def known(lib: Library, model: Any) -> Any:
    """The model with weights that are the same in both libraries: uniform, bounded as in the usual initialisation."""
    rng = np.random.default_rng(1)
    with lib.no_grad():
        for p in model.parameters():
            bound = 1 / math.sqrt(math.prod(p.shape[1:]) if p.ndim > 1 else p.shape[0])
            p.copy_(lib.from_numpy(rng.uniform(-bound, bound, tuple(p.shape)).astype("float32")))
    return model

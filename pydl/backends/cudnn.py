"""cuDNN: not there. ``benchmark``, ``deterministic``, ``enabled`` and ``allow_tf32`` can be set, without effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

enabled = True
benchmark = False
benchmark_limit = 10
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """Whether it is used."""
    return False


def version() -> None:
    """Its version: None."""


def is_acceptable(tensor: Any) -> bool:
    """Whether it could compute with the tensor."""
    return False


@contextmanager
def flags(**settings: Any) -> Iterator[None]:
    """Within the ``with`` other settings, without effect."""
    yield

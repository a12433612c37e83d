"""oneDNN: not used; the kernels are pydl's own. ``enabled`` can be set, without effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

enabled = True
deterministic = False


def is_available() -> bool:
    """Whether it is used."""
    return False


@contextmanager
def flags(**settings: Any) -> Iterator[None]:
    """Within the ``with`` other settings, without effect."""
    yield

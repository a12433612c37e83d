"""Saying once that something which a program asks for does not happen."""

from __future__ import annotations

import warnings

_said: set[str] = set()


def say_once(key: str, message: str) -> None:
    """Warn about one thing the first time that it is met in this process."""
    if key not in _said:
        _said.add(key)
        warnings.warn(message, UserWarning, stacklevel=3)

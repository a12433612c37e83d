"""GPUs: this build has none. For programs that ask before they choose a device."""

from __future__ import annotations


def is_available() -> bool:
    """Whether tensors can be on a GPU."""
    return device_count() > 0


def device_count() -> int:
    """The number of GPUs that pydl can use."""
    return 0

"""Apple's GPUs: this build has no support for them."""

from __future__ import annotations


def is_available() -> bool:
    """Whether tensors can be there."""
    return False


def device_count() -> int:
    """How many there are."""
    return 0


def synchronize() -> None:
    """Wait for it: nothing to wait for."""


def empty_cache() -> None:
    """Give its free memory back: there is none."""


def manual_seed(seed: int) -> None:
    """Seed its generator: there is none."""

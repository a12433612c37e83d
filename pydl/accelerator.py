"""Accelerators of any kind: this build has none."""

from __future__ import annotations

from typing import Any, NoReturn

from pydl import _C


def is_available() -> bool:
    """Whether there is one."""
    return False


def device_count() -> int:
    """How many there are."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """The kind of accelerator: None."""


def synchronize(device: Any = None) -> None:
    """Wait for it: nothing to wait for."""


def empty_cache() -> None:
    """Give its free memory back: there is none."""


def set_device_index(device: Any) -> NoReturn:
    """Raises a DeviceError: there is none."""
    raise _C.DeviceError("accelerator.set_device_index: this build has no accelerator")


def current_device_index() -> NoReturn:
    """Raises a DeviceError: there is none."""
    raise _C.DeviceError("accelerator.current_device_index: this build has no accelerator")

"""Forward mode: names only. pydl differentiates backwards; `autograd.functional.jvp` gives the same products."""

from __future__ import annotations

from typing import Any, NoReturn

from pydl import _C


def missing(name: str) -> NoReturn:
    """The error of every function here."""
    raise _C.StateError(f"forward_ad.{name}: pydl has no forward mode; use pydl.autograd.functional.jvp or func.jvp")


class dual_level:
    """Raises a StateError: there is no forward mode."""

    def __init__(self) -> None:
        missing("dual_level")


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> NoReturn:
    """Raises a StateError: there is no forward mode."""
    missing("make_dual")


def unpack_dual(tensor: Any, *, level: int | None = None) -> NoReturn:
    """Raises a StateError: there is no forward mode."""
    missing("unpack_dual")


def enter_dual_level() -> NoReturn:
    """Raises a StateError: there is no forward mode."""
    missing("enter_dual_level")


def exit_dual_level(*, level: int | None = None) -> NoReturn:
    """Raises a StateError: there is no forward mode."""
    missing("exit_dual_level")

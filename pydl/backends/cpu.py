"""The processor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydl import _C


def get_cpu_capability() -> str:
    """The instruction set that the kernels use.

    >>> pydl.backends.cpu.get_cpu_capability() in ("BASELINE", "AVX2", "AVX512", "NEON")
    True
    """
    return _C.isa.upper()


def allow_winograd(allowed: bool = True) -> None:
    """Whether convolutions may be done by Winograd's method where it is faster: twice or so, with rounding errors
    of up to twenty times those of the direct sum (docs/numerics.md says which). They may by default.

    >>> pydl.backends.cpu.allow_winograd(False)
    >>> pydl.backends.cpu.winograd_allowed()
    False
    >>> pydl.backends.cpu.allow_winograd()
    """
    if not isinstance(allowed, bool):
        raise _C.DTypeError(f"allow_winograd: expected a bool, got {type(allowed).__name__}")
    _C.set_winograd_allowed(allowed)


def winograd_allowed() -> bool:
    """Whether convolutions may use Winograd's method."""
    return _C.winograd_allowed()


@contextmanager
def winograd(allowed: bool) -> Iterator[None]:
    """Within the ``with``, for all threads: whether Winograd's method may be used."""
    before = _C.winograd_allowed()
    allow_winograd(allowed)
    try:
        yield
    finally:
        _C.set_winograd_allowed(before)

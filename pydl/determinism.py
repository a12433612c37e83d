"""Settings that PyTorch has and pydl needs not: results are the same bits at each run and for any number of threads."""

from __future__ import annotations

from pydl import _C

_asked = {"deterministic": False, "warn_only": False}
_precision = ["highest"]
_interop = [1]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: there are no other algorithms."""
    _asked["deterministic"], _asked["warn_only"] = bool(mode), bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What was asked for; results are the same at each run either way."""
    return _asked["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What was asked for."""
    return _asked["warn_only"]


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """0 or "default", 1 or "warn", 2 or "error".

    Raises:
        ValueError: another mode.
    """
    modes = {"default": 0, "warn": 1, "error": 2, 0: 0, 1: 1, 2: 2}
    if debug_mode not in modes:
        raise _C.ValueError(f"set_deterministic_debug_mode: expected default, warn or error, got {debug_mode!r}")
    use_deterministic_algorithms(modes[debug_mode] > 0, warn_only=modes[debug_mode] == 1)


def get_deterministic_debug_mode() -> int:
    """What was asked for: 0, 1 or 2."""
    return (1 if _asked["warn_only"] else 2) if _asked["deterministic"] else 0


def set_float32_matmul_precision(precision: str) -> None:
    """ "highest", "high" or "medium": accepted; products of float32 are always computed in float32.

    Raises:
        ValueError: another word.
    """
    if precision not in ("highest", "high", "medium"):
        raise _C.ValueError(f"set_float32_matmul_precision: expected highest, high or medium, got {precision!r}")
    _precision[0] = precision


def get_float32_matmul_precision() -> str:
    """What was asked for."""
    return _precision[0]


def set_num_interop_threads(num: int) -> None:
    """Accepted: operations run one after the other; `set_num_threads` sets how many threads each uses.

    Raises:
        ValueError: fewer than one.
    """
    if num < 1:
        raise _C.ValueError(f"set_num_interop_threads: expected 1 or more, got {num}")
    _interop[0] = int(num)


def get_num_interop_threads() -> int:
    """What was asked for; 1 unless something was."""
    return _interop[0]


def set_flush_denormal(mode: bool) -> bool:
    """Returns False: numbers near 0 keep their bits."""
    return False

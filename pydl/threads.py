"""How many threads the kernels use."""

from __future__ import annotations

from pydl import _C


def set_num_threads(num: int) -> None:
    """Use so many threads from now on; the results are the same bits for any number.

    Raises:
        DTypeError: no int.
        ValueError: fewer than one, or more than there can be.
    """
    if not hasattr(num, "__index__"):
        raise _C.DTypeError(f"set_num_threads: expected an int, got {type(num).__name__}")
    if not 1 <= num < 2**31:
        raise _C.ValueError(f"set_num_threads: expected at least 1 and below 2^31, got {num}")
    _C.set_num_threads(num)


def get_num_threads() -> int:
    """The number of threads: what the affinity mask and the cgroup quota grant, or PYDL_NUM_THREADS."""
    return _C.num_threads()

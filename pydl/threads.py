"""How many threads the kernels use."""

from __future__ import annotations

from pydl import _C


def set_num_threads(num: int) -> None:
    """Use so many threads from now on; the results are the same bits for any number.

    Raises:
        ValueError: fewer than one.
    """
    if num < 1:
        raise _C.ValueError(f"set_num_threads: expected at least 1, got {num}")
    _C.set_num_threads(num)


def get_num_threads() -> int:
    """The number of threads: what the affinity mask and the cgroup quota grant, or PYDL_NUM_THREADS."""
    return _C.num_threads()

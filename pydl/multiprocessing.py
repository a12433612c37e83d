"""The standard library's multiprocessing, and PyTorch's `spawn`. Tensors are sent to other processes as copies."""

from __future__ import annotations

import multiprocessing
import sys
import traceback
from collections.abc import Callable
from multiprocessing import *  # noqa: F403
from typing import Any

from pydl import _C

__all__ = [
    *multiprocessing.__all__,
    "ProcessRaisedException",
    "get_all_sharing_strategies",
    "get_sharing_strategy",
    "set_sharing_strategy",
    "spawn",
]


class ProcessRaisedException(_C.StateError):
    """A process that `spawn` started ended with an error; the message has its traceback."""


def get_all_sharing_strategies() -> set[str]:
    """How memory can be shared: in no way; the names that PyTorch has on Linux."""
    return {"file_descriptor", "file_system"}


_strategy = ["file_descriptor"]


def get_sharing_strategy() -> str:
    """What was set."""
    return _strategy[0]


def set_sharing_strategy(new_strategy: str) -> None:
    """Accepted without effect: tensors are copied.

    Raises:
        ValueError: no such strategy.
    """
    if new_strategy not in get_all_sharing_strategies():
        raise _C.ValueError(f"set_sharing_strategy: expected file_descriptor or file_system, got {new_strategy!r}")
    _strategy[0] = new_strategy


def start(fn: Callable[..., None], i: int, args: tuple[Any, ...], errors: Any) -> None:
    """The life of a process of `spawn`."""
    try:
        fn(i, *args)
    except KeyboardInterrupt:
        pass
    except Exception:
        errors.put(traceback.format_exc())
        sys.exit(1)


class ProcessContext:
    """The processes of a `spawn` that does not wait."""

    def __init__(self, processes: list[Any], errors: list[Any]) -> None:
        self.processes, self.error_queues = processes, errors

    def pids(self) -> list[int]:
        """The processes' numbers."""
        return [int(p.pid) for p in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait for all; whether all have ended.

        Raises:
            ProcessRaisedException: one failed; the others are ended.
        """
        running = self.running()
        if running:
            multiprocessing.connection.wait([p.sentinel for p in running], timeout)
            running = self.running()
        return not running

    def running(self) -> list[Any]:
        """The processes that have not ended; each is asked once, so that none ends unseen between two questions.

        Raises:
            ProcessRaisedException: one failed; the others are ended.
        """
        codes = [p.exitcode for p in self.processes]
        for i, code in enumerate(codes):
            if code not in (None, 0):
                for other in self.processes:
                    if other.is_alive():
                        other.terminate()
                    other.join()
                said = self.error_queues[i].get() if code == 1 and not self.error_queues[i].empty() else ""
                raise ProcessRaisedException(f"spawn: process {i} ended with status {code}\n{said}")
        return [p for p, code in zip(self.processes, codes, strict=True) if code is None]


def spawn(
    fn: Callable[..., None],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Run ``fn(i, *args)`` in ``nprocs`` new processes, i from 0 on; with ``join``, wait for them.

    Raises:
        ProcessRaisedException: one failed.
    """
    import multiprocessing.connection

    context = multiprocessing.get_context(start_method)
    queues = [context.SimpleQueue() for _ in range(nprocs)]
    processes = [context.Process(target=start, args=(fn, i, args, queues[i]), daemon=daemon) for i in range(nprocs)]  # type: ignore[attr-defined]
    for p in processes:
        p.start()
    made = ProcessContext(processes, queues)
    if not join:
        return made
    while not made.join():
        pass
    return None

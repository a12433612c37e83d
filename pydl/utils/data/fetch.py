"""How a batch is made: what a loader and its workers, in threads or processes, share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from pydl import _C


class WorkerInfo(NamedTuple):
    """Which worker is running: `get_worker_info` in a dataset's or a user's code."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_local = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """The worker, a thread or a process, that asks; None outside of one.

    Its ``seed`` differs between workers and epochs.
    """
    return getattr(_local, "info", None)


def set_worker_info(info: WorkerInfo) -> None:
    """The calling thread is this worker."""
    _local.info = info


class End:
    """What a worker gives after the last batch of its stream."""


END = End()


class Fetcher(NamedTuple):
    """A dataset and how its samples become batches."""

    dataset: Any
    iterable: bool
    batch_size: int | None
    batched: bool
    drop_last: bool
    collate_fn: Callable[[Any], Any]
    worker_init_fn: Callable[[int], None] | None

    def fetch(self, key: Any, stopped: Callable[[], bool] | None = None) -> Any:
        """The batch of a list of numbers, or the sample of one; nothing where it is told to stop meanwhile."""
        if not self.batched:
            return self.collate_fn(self.dataset[key])
        if several := getattr(self.dataset, "__getitems__", None):
            samples = several(key)
        elif stopped is None:
            samples = [self.dataset[i] for i in key]
        else:
            samples = []
            for i in key:
                if stopped():
                    return None
                samples.append(self.dataset[i])
        return self.collate_fn(samples)

    def stream(self) -> Iterator[Any]:
        """Batches of an `IterableDataset`."""
        stream = iter(self.dataset)
        if self.batch_size is None:
            for sample in stream:
                yield self.collate_fn(sample)
            return
        while batch := list(islice(stream, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield self.collate_fn(batch)


class Worker:
    """What a worker does, wherever it runs: `begin` an epoch, then `make` batches."""

    def __init__(self, fetcher: Fetcher, number: int, count: int) -> None:
        self.fetcher, self.number, self.count = fetcher, number, count
        self.started = False
        self.failed: BaseException | None = None
        self.batches: Iterator[Any] | None = None

    def begin(self, seed: int) -> None:
        """An epoch: a seed of its own, a stream from its start. What goes wrong is raised by `make`."""
        set_worker_info(WorkerInfo(self.number, self.count, seed + self.number, self.fetcher.dataset))
        self.failed = None
        try:
            if not self.started and self.fetcher.worker_init_fn is not None:
                self.fetcher.worker_init_fn(self.number)
            self.started = True
            self.batches = self.fetcher.stream() if self.fetcher.iterable else None
        except BaseException as error:
            self.failed = error

    def make(self, key: Any, stopped: Callable[[], bool]) -> Any:
        """A batch, or the next one of a stream, `END` after its last."""
        if self.failed is not None:
            raise self.failed
        if self.batches is not None:
            return next(self.batches, END)
        try:
            return self.fetcher.fetch(key, stopped)
        except StopIteration as error:
            raise not_the_end(error) from error


def not_the_end(error: BaseException) -> BaseException:
    """What went wrong in making a batch; a StopIteration of the dataset would pass for the end of the loader."""
    if not isinstance(error, StopIteration):
        return error
    return _C.StateError("DataLoader: a StopIteration came out of the dataset or collate_fn, expected a sample")

"""DataLoader: batches of a dataset, made by the caller or, ahead of time, by threads."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.utils.data.collate import default_collate
from pydl.utils.data.dataset import Dataset, IterableDataset, batch_source
from pydl.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

if TYPE_CHECKING:
    from pydl.random import Generator


@dataclass
class WorkerInfo:
    """Which worker is running: `get_worker_info` in a dataset's or a user's code."""

    id: int
    num_workers: int
    dataset: Any
    seed: int


_local = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """The worker thread that asks; None outside of one."""
    return getattr(_local, "info", None)


class DataLoader:
    """Batches of a dataset, in the order that a sampler gives.

    Args:
        dataset: samples by number, or an `IterableDataset`.
        batch_size: samples in a batch; None returns samples one by one, not collated.
        shuffle: a new random order each time.
        sampler, batch_sampler: another order, of samples or of whole batches.
        num_workers: threads that make batches ahead; 0 makes them when they are asked for. Threads and not
            processes: reading files, numpy and pydl itself leave Python's lock while they work.
        collate_fn: from a list of samples to a batch; `default_collate` unless given.
        drop_last: leave out a last batch that is not full.
        timeout: seconds to wait for a worker's batch; 0 waits without end.
        worker_init_fn: called with the worker's number in each new worker.
        generator: of the random order.
        prefetch_factor: batches made ahead for each worker; 2 unless given.
        pin_memory, multiprocessing_context, persistent_workers: taken for PyTorch's sake, without effect.

    With a `TensorDataset` (or a part of one) and no ``collate_fn`` a batch is one index operation for
    each tensor. Batches come in the same order for any number of workers.

    Raises:
        ValueError: settings exclude each other.

    >>> data = pydl.utils.data.TensorDataset(pydl.arange(5))
    >>> [x.tolist() for (x,) in pydl.utils.data.DataLoader(data, batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: Sampler[list[Any]] | Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise _C.ValueError(f"DataLoader: expected num_workers of 0 or more, got {num_workers}")
        if timeout < 0:
            raise _C.ValueError(f"DataLoader: expected a timeout of 0 or more seconds, got {timeout}")
        if num_workers == 0 and prefetch_factor is not None:
            raise _C.ValueError("DataLoader: prefetch_factor needs num_workers above 0")
        if prefetch_factor is not None and prefetch_factor < 1:
            raise _C.ValueError(f"DataLoader: expected a prefetch_factor of 1 or more, got {prefetch_factor}")
        self.iterable = isinstance(dataset, IterableDataset)
        if self.iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise _C.ValueError("DataLoader: an IterableDataset has its own order: no shuffle, sampler, batch_sampler")
        if sampler is not None and shuffle:
            raise _C.ValueError("DataLoader: sampler and shuffle exclude each other")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise _C.ValueError("DataLoader: batch_sampler excludes batch_size, shuffle, sampler and drop_last")
            batch_size = None
        elif batch_size is None and drop_last:
            raise _C.ValueError("DataLoader: without a batch_size there is no last batch to drop")
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.num_workers, self.timeout, self.generator = num_workers, timeout, generator
        self.worker_init_fn, self.pin_memory = worker_init_fn, pin_memory
        self.prefetch_factor = 2 if prefetch_factor is None and num_workers > 0 else prefetch_factor
        self.persistent_workers = persistent_workers
        if sampler is None and not self.iterable:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)  # type: ignore[arg-type]
        self.sampler = sampler
        if batch_sampler is None and batch_size is not None:
            if self.iterable:
                BatchSampler((), batch_size, drop_last)  # checks the size
            else:
                batch_sampler = BatchSampler(sampler, batch_size, drop_last)  # type: ignore[arg-type]
        self.batch_sampler = batch_sampler
        batched = batch_size is not None or batch_sampler is not None
        self.collate_fn = collate_fn or (default_collate if batched else lambda sample: sample)
        self._source = batch_source(dataset) if collate_fn is None and batched else None

    def __len__(self) -> int:
        if self.iterable:
            size = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return size
            return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Any]:
        if self.iterable:
            return self.from_stream() if self.num_workers == 0 else ThreadedStream(self)
        keys: Iterable[Any] = self.sampler if self.batch_sampler is None else self.batch_sampler  # type: ignore[assignment]
        if self.num_workers == 0:
            return self.from_keys(iter(keys))
        return Prefetcher(self, iter(keys))

    def fetch(self, key: Any, crew: Crew | None = None) -> Any:
        """The batch of a list of numbers, or the sample of one; nothing where the crew is told to stop meanwhile."""
        if self._source is not None:
            return self._source(key)
        if self.batch_sampler is None:
            return self.collate_fn(self.dataset[key])
        several = getattr(self.dataset, "__getitems__", None)
        samples = several(key) if several else [self.dataset[i] for i in key if crew is None or not crew.stopped]
        return None if crew is not None and crew.stopped else self.collate_fn(samples)

    def from_keys(self, keys: Iterator[Any]) -> Iterator[Any]:
        """Batches made when they are asked for."""
        for key in keys:
            try:
                batch = self.fetch(key)
            except StopIteration as error:
                raise not_the_end(error) from error
            yield batch
            del batch  # it is the caller's now

    def from_stream(self) -> Iterator[Any]:
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


def timed_out(timeout: float) -> Exception:
    """The error for a worker that took too long."""
    return _C.StateError(f"DataLoader: timed out after {timeout} seconds of waiting for a worker")


def not_the_end(error: BaseException) -> BaseException:
    """What went wrong in making a batch; a StopIteration of the dataset would pass for the end of the loader."""
    if not isinstance(error, StopIteration):
        return error
    wrong = _C.StateError("DataLoader: a StopIteration came out of the dataset or collate_fn, expected a sample")
    wrong.__cause__ = error
    return wrong


class Crew:
    """Threads that take numbered work from a queue and put results at their numbers.

    It knows the loader and not the iterator, so that an iterator left half-way is collected and ends it.
    """

    def __init__(self, loader: DataLoader) -> None:
        self.loader = loader
        self.work: SimpleQueue[Any] = SimpleQueue()
        self.results: dict[int, Any] = {}
        self.ready = threading.Condition()
        self.stopped = False
        seed = 0 if loader.generator is None else loader.generator.initial_seed()
        for i in range(loader.num_workers):
            info = WorkerInfo(i, loader.num_workers, loader.dataset, seed + i)
            # Daemons: the end of the program does not wait for them.
            threading.Thread(target=run_worker, args=(self, info), daemon=True, name=f"pydl loader {i}").start()

    def put(self, place: int, result: Any, error: BaseException | None) -> None:
        """Bring a result, or what went wrong, to its place."""
        with self.ready:
            self.results[place] = result, error
            self.ready.notify_all()

    def take(self, place: int) -> Any:
        """Wait for the result at a place; raises what its worker raised, with the worker's traceback."""
        timeout = self.loader.timeout
        with self.ready:
            # Short waits: a signal such as Ctrl-C is looked at between them.
            end = time.monotonic() + timeout if timeout else math.inf
            while place not in self.results:
                left = end - time.monotonic()
                if left <= 0:
                    raise timed_out(timeout)
                self.ready.wait(min(0.5, left))
            result, error = self.results.pop(place)
        if error is not None:
            raise not_the_end(error)
        return result

    def stop(self) -> None:
        """Let every worker end after what it is doing."""
        self.stopped = True
        for _ in range(self.loader.num_workers):
            self.work.put(None)


def run_worker(crew: Crew, info: WorkerInfo) -> None:
    """A worker's life."""
    _local.info = info
    loader = crew.loader
    failed: BaseException | None = None
    try:
        if loader.worker_init_fn is not None:
            loader.worker_init_fn(info.id)
    except BaseException as error:
        failed = error
    while not crew.stopped:
        job = crew.work.get()
        if job is None or crew.stopped:
            return
        place, key = job
        result = None
        wrong = failed
        if wrong is None:
            try:
                result = loader.fetch(key, crew)
            except BaseException as error:
                wrong = error
        crew.put(place, result, wrong)
        del result, wrong, job, key


class Prefetcher:
    """Iterates over batches that workers make ahead, in their order."""

    def __init__(self, loader: DataLoader, keys: Iterator[Any]) -> None:
        self.keys = keys
        self.crew = Crew(loader)
        self.sent = self.taken = 0
        for key in islice(keys, loader.num_workers * (loader.prefetch_factor or 2)):
            self.send(key)

    def send(self, key: Any) -> None:
        """Give a batch to make to the workers."""
        self.crew.work.put((self.sent, key))
        self.sent += 1

    def __iter__(self) -> Prefetcher:
        return self

    def __next__(self) -> Any:
        if self.taken == self.sent:
            self.crew.stop()
            raise StopIteration
        try:
            result = self.crew.take(self.taken)
        except BaseException:
            self.taken = self.sent  # an error ends it
            self.crew.stop()
            raise
        self.taken += 1
        for key in islice(self.keys, 1):
            self.send(key)
        return result

    def __del__(self) -> None:
        crew = getattr(self, "crew", None)
        if crew is not None:
            crew.stop()


class ThreadedStream:
    """Batches of an `IterableDataset` by several workers, each with its own iterator, one from each in turn.

    As in PyTorch every worker goes through the whole stream unless the dataset asks `get_worker_info`
    for its part.
    """

    def __init__(self, loader: DataLoader) -> None:
        self.crew = StreamCrew(loader)
        self.places = deque(range(loader.num_workers))

    def __iter__(self) -> ThreadedStream:
        return self

    def __next__(self) -> Any:
        while self.places:
            try:
                worker = self.places.popleft()
                timeout = self.crew.loader.timeout
                try:
                    result, error = self.crew.queues[worker].get(timeout=timeout or None)
                except Empty:
                    raise timed_out(timeout) from None
                self.crew.space[worker].release()
                if error is not None:
                    raise error
            except BaseException:
                self.places.clear()
                self.crew.stop()
                raise
            if result is not END:
                self.places.append(worker)
                return result
        self.crew.stop()
        raise StopIteration

    def __del__(self) -> None:
        crew = getattr(self, "crew", None)
        if crew is not None:
            crew.stop()


END = object()


class StreamCrew:
    """The workers of a `ThreadedStream`: a queue for each, and the room that is left in it."""

    def __init__(self, loader: DataLoader) -> None:
        self.loader = loader
        self.stopped = False
        count = loader.num_workers
        self.queues: list[SimpleQueue[Any]] = [SimpleQueue() for _ in range(count)]
        self.space = [threading.Semaphore(loader.prefetch_factor or 2) for _ in range(count)]
        seed = 0 if loader.generator is None else loader.generator.initial_seed()
        for i in range(count):
            info = WorkerInfo(i, count, loader.dataset, seed + i)
            threading.Thread(target=run_stream, args=(self, info), daemon=True, name=f"pydl loader {i}").start()

    def stop(self) -> None:
        """Let every worker end after what it is doing."""
        self.stopped = True
        for space in self.space:
            space.release()


def run_stream(crew: StreamCrew, info: WorkerInfo) -> None:
    """The life of a worker on a stream."""
    _local.info = info
    put = crew.queues[info.id].put
    space = crew.space[info.id]
    try:
        if crew.loader.worker_init_fn is not None:
            crew.loader.worker_init_fn(info.id)
        for batch in crew.loader.from_stream():
            space.acquire()
            if crew.stopped:
                return
            put((batch, None))
        put((END, None))
    except BaseException as error:
        put((None, error))

"""DataLoader: batches of a dataset, made by the caller or, ahead of time, by workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydl import _C, ops
from pydl.utils.data.collate import default_collate as default_collate
from pydl.utils.data.collate import default_convert as default_convert
from pydl.utils.data.dataset import Dataset, IterableDataset, in_memory, resolve
from pydl.utils.data.fetch import End, Fetcher, not_the_end
from pydl.utils.data.fetch import WorkerInfo as WorkerInfo
from pydl.utils.data.fetch import get_worker_info as get_worker_info
from pydl.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from pydl.utils.data.workers import Crew, ThreadCrew

if TYPE_CHECKING:
    from pydl.random import Generator

T_co = TypeVar("T_co", covariant=True)


class DataLoader(Generic[T_co]):
    """Batches of a dataset, in the order that a sampler gives.

    Args:
        dataset: samples by number, or an `IterableDataset`.
        batch_size: samples in a batch; None returns samples one by one, not collated.
        shuffle: a new random order each time.
        sampler, batch_sampler: another order, of samples or of whole batches.
        num_workers: how many workers make batches ahead; 0 makes them when they are asked for.
        collate_fn: from a list of samples to a batch; `default_collate` unless given, `default_convert` of single
            samples.
        drop_last: leave out a last batch that is not full.
        timeout: seconds to wait for a worker's batch; 0 waits without end.
        worker_init_fn: called with the worker's number in each new worker.
        multiprocessing_context: "fork", "spawn", "forkserver" or a context of the standard library's
            multiprocessing: workers are processes. Without it they are threads, unlike PyTorch's: reading files, numpy
            and pydl itself leave Python's lock while they work, and nothing is copied from process to process.
        generator: of the random order, and of the seed from which workers get theirs.
        prefetch_factor: batches made ahead for each worker; 2 unless given.
        persistent_workers: keep the workers from one epoch to the next.
        pin_memory, pin_memory_device, in_order: taken for PyTorch's sake, without effect: there is no other memory,
            and batches always come in order.

    Every worker has a seed of its own, new at each epoch: a process for pydl, numpy and Python's `random`, a thread
    for pydl alone, since threads share the others; `get_worker_info` tells it. Batches come in the same order for any
    number of workers. With a `TensorDataset` (or a part of one) and no ``collate_fn`` a batch is one index operation
    for each tensor, and workers would only be in the way: there are none.

    Raises:
        ValueError: settings exclude each other.

    >>> data = pydl.utils.data.TensorDataset(pydl.arange(5))
    >>> [x.tolist() for (x,) in pydl.utils.data.DataLoader(data, batch_size=2)]
    [[0, 1], [2, 3], [4]]
    """

    _crew: Crew | None = None

    def __init__(
        self,
        dataset: Dataset[T_co],
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
        if persistent_workers and num_workers == 0:
            raise _C.ValueError("DataLoader: persistent_workers needs num_workers above 0")
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
        self.pin_memory_device, self.in_order = pin_memory_device, in_order
        self.prefetch_factor = 2 if prefetch_factor is None and num_workers > 0 else prefetch_factor
        self.persistent_workers = persistent_workers
        self.multiprocessing_context = multiprocessing_context
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
        self._tensors = batched and collate_fn is None and worker_init_fn is None and in_memory(dataset)
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)

    @property
    def multiprocessing_context(self) -> Any:
        """How workers are started: as processes of this context, or, where it is None, as threads."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, value: Any) -> None:
        if value is not None:
            if self.num_workers == 0:
                raise _C.ValueError("DataLoader: multiprocessing_context needs num_workers above 0")
            from pydl.utils.data.processes import context_of

            value = context_of(value)
        self._context = value

    def __len__(self) -> int:
        if self.iterable:
            size = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return size
            return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Any]:
        # Drawn for any number of workers, so that what is drawn afterwards is the same.
        seed = int(ops.randint(0, 1 << 62, (), generator=self.generator).item())
        if self._tensors:
            return self.from_tensors()
        if self.num_workers:
            return Prefetcher(self, seed)
        return self.fetcher().stream() if self.iterable else self.from_keys()

    def fetcher(self) -> Fetcher:
        """How batches are made."""
        batched = self.batch_size is not None or self.batch_sampler is not None
        return Fetcher(
            self.dataset, self.iterable, self.batch_size, batched, self.drop_last, self.collate_fn, self.worker_init_fn
        )

    def keys(self) -> Iterable[Any]:
        """The numbers of each batch, or of each sample."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler  # type: ignore[return-value]

    def from_keys(self) -> Iterator[Any]:
        """Batches made when they are asked for."""
        fetch = self.fetcher().fetch
        for key in self.keys():
            try:
                batch = fetch(key)
            except StopIteration as error:
                raise not_the_end(error) from error
            yield batch
            del batch  # it is the caller's now

    def from_tensors(self) -> Iterator[list[Any]]:
        """Batches of nothing but tensors: no Python for each sample where the order is known as a whole."""
        batches, sampler = self.batch_sampler, self.sampler
        if type(batches) is not BatchSampler or type(sampler) not in (RandomSampler, SequentialSampler):
            for key in self.keys():
                data, order = resolve(self.dataset, ops.tensor([int(i) for i in key], dtype=INT64))
                yield data.batch(order)
            return
        data, order = resolve(self.dataset, sampler.order())  # type: ignore[union-attr]
        total, size = order.numel(), batches.batch_size
        for start in range(0, total - size + 1 if batches.drop_last else total, size):
            yield data.batch(order[start : start + size])

    def crew(self) -> Crew:
        """New workers, or those of the last epoch."""
        if self._crew is not None and not self._crew.stopped and not self._crew.lost:
            return self._crew
        made: Crew
        if self._context is None:
            made = ThreadCrew(self.fetcher(), self.num_workers)
        else:
            from pydl.utils.data.processes import ProcessCrew

            made = ProcessCrew(self.fetcher(), self.num_workers, self._context)
        if self.persistent_workers:
            self._crew = made
        return made

    def __del__(self) -> None:
        if self._crew is not None:
            self._crew.stop()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_crew"}


INT64 = ops.arange(0).dtype


class Prefetcher:
    """Iterates over batches that workers make ahead: number after number, from the workers in turn.

    The workers of a stream each have an iterator of their own, and, as in PyTorch, go through the whole stream unless
    the dataset asks `get_worker_info` for its part.
    """

    def __init__(self, loader: DataLoader[Any], seed: int) -> None:
        self.keys = None if loader.iterable else iter(loader.keys())
        self.persistent, self.timeout = loader.persistent_workers, loader.timeout
        # Persistent workers are the loader's and end with it: it stays as long as someone iterates.
        self.loader = loader if self.persistent else None
        self.turns = deque(range(loader.num_workers))  # who makes the next batch
        self.waiting: deque[tuple[int, int]] = deque()  # the number and the worker of the batches on their way
        self.sent = 0
        self.ahead = loader.num_workers * (loader.prefetch_factor or 2)
        self.crew = loader.crew()
        self.crew.begin(seed)
        self.epoch = self.crew.epoch
        try:
            self.fill()
        except BaseException:
            self.crew.stop()
            raise

    def fill(self) -> None:
        """Give the workers as much as they are to be ahead."""
        while len(self.waiting) < self.ahead and self.turns:
            key = None
            if self.keys is not None:
                try:
                    key = next(self.keys)
                except StopIteration:
                    self.turns.clear()
                    return
            worker = self.turns[0]
            self.turns.rotate(-1)
            self.crew.send(worker, self.sent, key)
            self.waiting.append((self.sent, worker))
            self.sent += 1

    def __iter__(self) -> Prefetcher:
        return self

    def __next__(self) -> Any:
        try:
            while self.waiting:
                place, worker = self.waiting.popleft()
                result = self.crew.take(self.epoch, place, worker, self.timeout)
                if isinstance(result, End):
                    if worker in self.turns:
                        self.turns.remove(worker)
                    self.waiting = deque(w for w in self.waiting if w[1] != worker)
                    continue
                self.fill()
                return result
        except BaseException:
            self.waiting.clear()  # an error ends it
            self.turns.clear()
            if self.epoch == self.crew.epoch:
                self.crew.stop()
            raise
        if not self.persistent:
            self.crew.stop()
        raise StopIteration

    def __len__(self) -> int:
        return len(self.waiting)

    def __del__(self) -> None:
        crew = getattr(self, "crew", None)
        if crew is not None and not self.persistent:
            crew.stop()

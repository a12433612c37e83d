"""Workers: the crew that a loader gives its work to, and its form in threads. `processes` has the other one."""

from __future__ import annotations

import atexit
import math
import threading
import time
import weakref
from queue import SimpleQueue
from typing import Any

from pydl import _C
from pydl.random import use_own_generator
from pydl.utils.data.fetch import Fetcher, Worker


class Crew:
    """Workers that make numbered batches. Subclasses start them and bring their results by `put`.

    It knows neither the loader nor the iterator, so that an iterator left half-way is collected and ends it.
    """

    def __init__(self, fetcher: Fetcher, count: int) -> None:
        self.fetcher, self.count = fetcher, count
        self.ready = threading.Condition()
        self.results: dict[int, tuple[Any, BaseException | None]] = {}
        self.lost: dict[int, BaseException] = {}  # why a worker ended that should not have
        self.epoch = 0
        self.stopped = False
        _crews.add(self)

    def begin(self, seed: int) -> None:
        """A new epoch: what is still on its way belongs to the last one."""
        with self.ready:
            self.epoch += 1
            self.results.clear()
        for worker in range(self.count):
            self.tell(worker, ("begin", self.epoch, seed))

    def send(self, worker: int, place: int, key: Any) -> None:
        """Give a worker a batch to make."""
        self.tell(worker, ("make", self.epoch, place, key))

    def tell(self, worker: int, message: Any) -> None:
        """Bring a message to a worker."""
        raise NotImplementedError

    def put(self, epoch: int, place: int, result: Any, error: BaseException | None) -> None:
        """A worker's result, or what went wrong there."""
        with self.ready:
            if epoch == self.epoch:
                self.results[place] = result, error
                self.ready.notify_all()

    def take(self, epoch: int, place: int, worker: int, timeout: float) -> Any:
        """Wait for the batch of a number; raises what its worker raised, with the worker's traceback."""
        end = time.monotonic() + timeout if timeout else math.inf
        with self.ready:
            # Short waits: a signal such as Ctrl-C is looked at between them.
            while epoch != self.epoch or place not in self.results:
                if epoch != self.epoch:
                    raise _C.StateError(
                        "DataLoader: another iterator was started meanwhile, which took over the persistent workers"
                    )
                if worker in self.lost:
                    raise self.lost[worker]
                if self.stopped:
                    raise _C.StateError("DataLoader: the workers were stopped before they made this batch")
                left = end - time.monotonic()
                if left <= 0:
                    raise _C.StateError(f"DataLoader: timed out after {timeout} seconds of waiting for a worker")
                self.ready.wait(min(0.5, left))
            result, error = self.results.pop(place)
        if error is not None:
            try:
                raise error
            finally:
                del error  # or the traceback would hold this frame, and this frame the error
        return result

    def stop(self) -> None:
        """Let every worker end after the sample that it is at."""
        raise NotImplementedError

    def join(self, timeout: float) -> None:
        """Wait for the end of all workers."""
        raise NotImplementedError


_crews: weakref.WeakSet[Crew] = weakref.WeakSet()


@atexit.register
def stop_all() -> None:
    """At the end of the program: a thread that is inside a kernel then would end the process badly."""
    crews = list(_crews)
    for crew in crews:
        crew.stop()
    for crew in crews:
        crew.join(5.0)


class ThreadCrew(Crew):
    """Workers in threads: they share the dataset, and what they make need not be copied."""

    def __init__(self, fetcher: Fetcher, count: int) -> None:
        super().__init__(fetcher, count)
        self.work: list[SimpleQueue[Any]] = [SimpleQueue() for _ in range(count)]
        # Daemons: the end of the program does not wait for them longer than `stop_all` does.
        self.threads = [
            threading.Thread(target=run_thread, args=(self, i), daemon=True, name=f"pydl loader {i}")
            for i in range(count)
        ]
        for thread in self.threads:
            thread.start()

    def tell(self, worker: int, message: Any) -> None:
        """Bring a message to a worker."""
        self.work[worker].put(message)

    def stop(self) -> None:
        """Let every worker end after the sample that it is at."""
        self.stopped = True
        for queue in self.work:
            queue.put(None)

    def join(self, timeout: float) -> None:
        """Wait for the end of all workers."""
        end = time.monotonic() + timeout
        for thread in self.threads:
            thread.join(max(0.0, end - time.monotonic()))


def run_thread(crew: ThreadCrew, number: int) -> None:
    """A worker's life in a thread."""
    worker = Worker(crew.fetcher, number, crew.count)
    get = crew.work[number].get
    while True:
        message = get()
        if message is None or crew.stopped:
            return
        if message[0] == "begin":
            use_own_generator(message[2] + number)
            worker.begin(message[2])
            continue
        _, epoch, place, key = message
        if epoch != crew.epoch:
            continue
        result, wrong = None, None
        try:
            result = worker.make(key, lambda epoch=epoch: crew.stopped or epoch != crew.epoch)  # type: ignore[misc]
        except BaseException as error:
            wrong = error
        crew.put(epoch, place, result, wrong)
        del result, wrong, message, key

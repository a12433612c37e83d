"""Workers in processes, for datasets whose Python code takes long: each process has its own interpreter lock.

Batches are copied from process to process, so threads are quicker where the time goes into files, numpy or pydl.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import random
import signal
import threading
import time
import traceback
from contextlib import suppress
from typing import Any

import numpy as np

from pydl import _C
from pydl.random import manual_seed
from pydl.threads import set_num_threads
from pydl.utils.data.fetch import Fetcher, Worker
from pydl.utils.data.workers import Crew

GRACE = 3.0  # seconds for a process to end by itself


class WorkerTraceback(Exception):
    """The traceback that an error had in its worker."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


def context_of(given: Any) -> Any:
    """A context of the standard library's multiprocessing from a name or from itself.

    Raises:
        ValueError: there is no such way to start a process here.
        DTypeError: it is neither.
    """
    if isinstance(given, str):
        ways = multiprocessing.get_all_start_methods()
        if given not in ways:
            raise _C.ValueError(f"DataLoader: expected multiprocessing_context to be one of {ways}, got {given!r}")
        return multiprocessing.get_context(given)
    if not isinstance(given, multiprocessing.context.BaseContext):
        raise _C.DTypeError(
            f"DataLoader: expected multiprocessing_context to be a str or a context, got {type(given).__name__}"
        )
    return given


class ProcessCrew(Crew):
    """Workers in processes, and one thread here that takes in what they make.

    The thread reads whatever comes at once: so no worker waits with a full pipe, and telling it something never does.
    """

    def __init__(self, fetcher: Fetcher, count: int, context: Any) -> None:
        super().__init__(fetcher, count)
        self.owner = os.getpid()
        self.processes: list[Any] = []
        self.pipes: list[Any] = []
        self.stops: list[Any] = []
        try:
            for i in range(count):
                here, there = context.Pipe()
                stop_there, stop_here = context.Pipe(duplex=False)
                self.pipes.append(here)
                self.stops.append(stop_here)
                process = context.Process(
                    target=run_process,
                    args=(fetcher, i, count, there, stop_there),
                    daemon=True,
                    name=f"pydl loader {i}",
                )
                try:
                    process.start()
                finally:
                    there.close()
                    stop_there.close()
                self.processes.append(process)
        except BaseException:
            self.stop()
            raise
        self.reader = threading.Thread(target=read, args=(self,), daemon=True, name="pydl loader reader")
        self.reader.start()

    def tell(self, worker: int, message: Any) -> None:
        """Bring a message to a worker; of one that has ended the reader hears."""
        with suppress(OSError):
            self.pipes[worker].send(message)

    def stop(self) -> None:
        """End every worker: after its sample, or, where that takes long, at once."""
        if self.stopped or os.getpid() != self.owner:  # a worker has a copy of this, which is not to end the others
            return
        self.stopped = True
        for pipe in self.stops:
            with suppress(OSError):
                pipe.send_bytes(b"stop")
            pipe.close()
        # In a thread: whoever drops an iterator does not wait. At the program's end `join` does.
        self.ender = threading.Thread(target=end_processes, args=(self,), daemon=True, name="pydl loader ender")
        self.ender.start()

    def join(self, timeout: float) -> None:
        """Wait for the end of all workers."""
        if os.getpid() == self.owner:
            self.ender.join(timeout)


def has_ended(process: Any, timeout: float) -> bool:
    """Wait for the end of a process, and until its status is known.

    Not by ``join``: another thread may ask for the status at the same time, and then only one of the two is told.
    """
    end = time.monotonic() + timeout
    if not multiprocessing.connection.wait([process.sentinel], max(0.0, timeout)):
        return False
    while process.exitcode is None and time.monotonic() < end + 1:
        time.sleep(0.001)
    return True


def end_processes(crew: ProcessCrew) -> None:
    """Wait for the processes, end those that do not end, and close what belongs to them."""
    end = time.monotonic() + GRACE
    for process in crew.processes:
        if not has_ended(process, end - time.monotonic()):
            process.terminate()
            if not has_ended(process, GRACE):
                process.kill()
                has_ended(process, GRACE)
    reader = getattr(crew, "reader", None)
    if reader is not None:
        reader.join()
    for pipe in crew.pipes:
        pipe.close()
    for process in crew.processes:
        with suppress(ValueError):  # it would not die
            process.close()


def read(crew: ProcessCrew) -> None:
    """Take in what the workers send until all have closed their ends."""
    open_pipes: dict[Any, int] = {pipe: i for i, pipe in enumerate(crew.pipes)}
    pipe: Any
    while open_pipes:
        for pipe in multiprocessing.connection.wait(list(open_pipes)):
            number = open_pipes[pipe]
            try:
                epoch, place, result, error = pipe.recv()
            except (EOFError, OSError):
                del open_pipes[pipe]
                ended(crew, number)
                continue
            except BaseException as wrong:  # what a worker sent cannot be unpacked here
                with crew.ready:
                    crew.lost[number] = wrong
                    crew.ready.notify_all()
                continue
            if error is not None:
                error[0].__cause__ = WorkerTraceback(error[1])
            crew.put(epoch, place, result, None if error is None else error[0])
            del result, error


def ended(crew: ProcessCrew, number: int) -> None:
    """A worker closed its end: on purpose, or because it died."""
    if crew.stopped:
        return
    process = crew.processes[number]
    has_ended(process, GRACE)
    with crew.ready:
        crew.lost[number] = _C.StateError(
            f"DataLoader worker {number} (pid {process.pid}) ended unexpectedly with status {process.exitcode}"
        )
        crew.ready.notify_all()


def run_process(fetcher: Fetcher, number: int, count: int, pipe: Any, stop: Any) -> None:
    """A worker's life in a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's
    set_num_threads(1)
    worker = Worker(fetcher, number, count)
    parent = multiprocessing.parent_process()
    ends = [stop] if parent is None else [stop, parent.sentinel]

    def stopped() -> bool:
        return bool(stop.poll())

    while True:
        there = multiprocessing.connection.wait([pipe, *ends])
        if any(end in there for end in ends):
            break
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            break
        if message[0] == "begin":
            seed_all(message[2] + number)
            worker.begin(message[2])
            continue
        _, epoch, place, key = message
        try:
            answer: tuple[Any, ...] = (epoch, place, worker.make(key, stopped), None)
        except BaseException as error:
            answer = (epoch, place, None, (error, traceback.format_exc()))
        if not send(pipe, answer):
            break
    pipe.close()


def send(pipe: Any, answer: Any) -> bool:
    """Send a result; where it cannot be packed, why. False where nobody listens."""
    try:
        pipe.send(answer)
    except OSError:
        return False
    except BaseException as error:
        epoch, place, _, wrong = answer
        text = wrong[1] if wrong is not None else traceback.format_exc()
        what = f"the error {type(wrong[0]).__name__}" if wrong is not None else "the batch"
        told = _C.StateError(f"DataLoader: {what} cannot be sent from the worker's process: {error}")
        return send(pipe, (epoch, place, None, (told, text)))
    return True


def seed_all(seed: int) -> None:
    """Seed every generator that a dataset may draw from."""
    seed %= 1 << 64
    manual_seed(seed)
    random.seed(seed)
    np.random.seed(np.array([seed & 0xFFFFFFFF, seed >> 32], np.uint32))

"""How long kernels and named blocks take: wall time, by Python's own profiling hook.

A kernel is a call into pydl's compiled core, by its name there. While it records, every call costs a little more. Only
the thread that records is seen, and there are no figures of memory, shapes or devices.
"""

from __future__ import annotations

import enum
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import ContextDecorator
from typing import Any

from pydl import _C


class ProfilerActivity(enum.Enum):
    """What to record: the processor is all that there is."""

    CPU = 0
    CUDA = 2
    XPU = 1


class ProfilerAction(enum.Enum):
    """What to do in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """What to do in each step: skip some, then in cycles wait, warm up and record.

    Args:
        wait, warmup, active: numbers of steps in a cycle.
        repeat: how many cycles; 0 for no end.
        skip_first: steps before the first cycle.
        skip_first_wait: not 0: the first cycle does not wait.

    Raises:
        ValueError: a number is negative, or ``active`` is 0.

    >>> plan = pydl.profiler.schedule(wait=1, warmup=0, active=1)
    >>> [plan(i).name for i in range(4)]
    ['NONE', 'RECORD_AND_SAVE', 'NONE', 'RECORD_AND_SAVE']
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active < 1:
        raise _C.ValueError("schedule: expected active of 1 or more and the others of 0 or more")

    def plan(step: int) -> ProfilerAction:
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        if skip_first_wait:
            step += wait
        cycle = wait + warmup + active
        if repeat and step // cycle >= repeat:
            return ProfilerAction.NONE
        place = step % cycle
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if place < cycle - 1 else ProfilerAction.RECORD_AND_SAVE

    return plan


class FunctionEventAvg:
    """What was measured of one name. Times are in microseconds, as in PyTorch."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.count = 0
        self.cpu_time_total = 0.0
        self.self_cpu_time_total = 0.0

    @property
    def cpu_time(self) -> float:
        """The mean of one call."""
        return self.cpu_time_total / self.count

    def __repr__(self) -> str:
        return f"<FunctionEventAvg key={self.key} cpu_time={self.cpu_time:.3f}us calls={self.count}>"


def duration(us: float) -> str:
    """Microseconds as text."""
    for unit, scale in (("s", 1e6), ("ms", 1e3)):
        if us >= scale:
            return f"{us / scale:.3f}{unit}"
    return f"{us:.3f}us"


class EventList(list[Any]):
    """What was measured, by name."""

    def table(
        self,
        sort_by: str | None = None,
        row_limit: int = 100,
        max_src_column_width: int = 75,
        max_name_column_width: int = 55,
        header: str | None = None,
        top_level_events_only: bool = False,
    ) -> str:
        """The figures as text.

        Raises:
            ValueError: ``sort_by`` is no figure.
        """
        fields = ("cpu_time_total", "self_cpu_time_total", "cpu_time", "count")
        rows = list(self)
        if sort_by is not None:
            if sort_by not in fields:
                raise _C.ValueError(f"table: expected sort_by to be one of {', '.join(fields)}, got {sort_by!r}")
            rows.sort(key=lambda e: getattr(e, sort_by), reverse=True)
        whole = sum(e.self_cpu_time_total for e in self) or 1.0
        lines = [["Name", "Self CPU %", "Self CPU", "CPU total", "CPU time avg", "# of Calls"]]
        for e in rows if row_limit < 0 else rows[:row_limit]:
            share = f"{100 * e.self_cpu_time_total / whole:.2f}%"
            times = (e.self_cpu_time_total, e.cpu_time_total, e.cpu_time)
            lines.append([e.key[:max_name_column_width], share, *map(duration, times), str(e.count)])
        widths = [max(len(line[i]) for line in lines) for i in range(6)]
        rule = "  ".join("-" * w for w in widths)
        text = ["  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines]
        top = [] if header is None else [header]
        total = sum(e.self_cpu_time_total for e in self)
        return "\n".join([*top, rule, text[0], rule, *text[1:], rule, f"Self CPU time total: {duration(total)}"])

    def __str__(self) -> str:
        return self.table()


class Recorder:
    """Python's profiling hook: the open calls, and what was measured."""

    def __init__(self) -> None:
        self.events: list[tuple[str, float, float, float]] = []  # name, start, duration, its own part: in microseconds
        self.open: list[list[Any]] = []  # name, start, time of the calls within

    def begin(self, name: str) -> None:
        self.open.append([name, time.perf_counter_ns() / 1e3, 0.0])

    def end(self, name: str) -> None:
        """Close a call; one that began before the recording did is not known."""
        if not self.open or self.open[-1][0] != name:
            return
        _, start, within = self.open.pop()
        took = time.perf_counter_ns() / 1e3 - start
        if self.open:
            self.open[-1][2] += took
        self.events.append((name, start, took, took - within))

    def __call__(self, frame: Any, event: str, what: Any) -> None:
        if event == "c_call":
            if kernel(what):
                self.begin(what.__name__)
        elif (event == "c_return" or event == "c_exception") and kernel(what):
            self.end(what.__name__)


def kernel(function: Any) -> bool:
    """Whether it is one of the compiled core's."""
    return getattr(function, "__module__", None) == "pydl._C" and function.__name__ not in ("wrap", "grad_enabled")


_recorders: list[Recorder] = []


class record_function(ContextDecorator):
    """A name for a block or a function in what `profile` measures."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name

    def __enter__(self) -> record_function:
        for recorder in _recorders:
            recorder.begin(self.name)
        return self

    def __exit__(self, *error: Any) -> None:
        for recorder in _recorders:
            recorder.end(self.name)


class profile:
    """Measure what runs within the ``with``, or between `start` and `stop`.

    Args:
        schedule: which steps to measure, where the program calls `step`: see `schedule`.
        on_trace_ready: called with the profiler at the end of each part that was measured.
        activities, record_shapes, profile_memory, with_stack, with_flops, with_modules: accepted without effect.

    >>> with pydl.profiler.profile() as prof:
    ...     y = pydl.ones(3).exp()
    >>> [e.count for e in prof.key_averages() if e.key == "exp"]
    [1]
    """

    def __init__(
        self,
        *,
        activities: Any = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[[Any], Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        **settings: Any,
    ) -> None:
        self.schedule, self.on_trace_ready = schedule, on_trace_ready
        self.step_num = 0
        self.recorder = Recorder()
        self.running = False
        self.before: Any = None

    @property
    def action(self) -> ProfilerAction:
        """What to do in this step."""
        return ProfilerAction.RECORD if self.schedule is None else self.schedule(self.step_num)

    def begin(self) -> None:
        """Record from now on, if this step is to be recorded."""
        if not self.running and self.action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE):
            self.recorder = Recorder()
            self.running = True
            _recorders.append(self.recorder)
            self.before = sys.getprofile()
            sys.setprofile(self.recorder)

    def end(self) -> None:
        """Record no more, and hand over."""
        if self.running:
            sys.setprofile(self.before)
            _recorders.remove(self.recorder)
            self.running = False
            if self.on_trace_ready is not None:
                self.on_trace_ready(self)

    def start(self) -> None:
        """Begin."""
        self.begin()

    def stop(self) -> None:
        """End."""
        self.end()

    def step(self) -> None:
        """The program's next step begins."""
        if self.schedule is None:
            self.step_num += 1
            return
        if self.action is ProfilerAction.RECORD_AND_SAVE:
            self.end()
        self.step_num += 1
        self.begin()

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()

    def key_averages(self, *settings: Any, **more: Any) -> EventList:
        """What was measured, by name."""
        found: dict[str, FunctionEventAvg] = {}
        for name, _, took, own in self.recorder.events:
            event = found.setdefault(name, FunctionEventAvg(name))
            event.count += 1
            event.cpu_time_total += took
            event.self_cpu_time_total += own
        return EventList(found.values())

    def events(self) -> EventList:
        """Each call by itself."""
        out = EventList()
        for name, _, took, own in self.recorder.events:
            event = FunctionEventAvg(name)
            event.count, event.cpu_time_total, event.self_cpu_time_total = 1, took, own
            out.append(event)
        return out

    def export_chrome_trace(self, path: str) -> None:
        """Write the calls with their times as JSON that chrome://tracing and Perfetto show."""
        calls = [
            {"name": name, "ph": "X", "ts": start, "dur": took, "pid": os.getpid(), "tid": 0}
            for name, start, took, _ in self.recorder.events
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"traceEvents": calls, "displayTimeUnit": "ms"}, file)


def tensorboard_trace_handler(
    dir_name: str, worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[profile], None]:
    """For `profile`'s ``on_trace_ready``: writes each trace into a folder."""
    os.makedirs(dir_name, exist_ok=True)

    def write(prof: profile) -> None:
        name = worker_name or f"pydl_{os.getpid()}"
        prof.export_chrome_trace(os.path.join(dir_name, f"{name}.{time.time_ns()}.pt.trace.json"))

    return write

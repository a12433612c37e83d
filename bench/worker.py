"""One library in one process: prepares the cases it is asked for and times them. Driven by runner.py."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from cases import SUITES


def number(result: Any) -> float | None:
    """Something to hold two libraries' results together by: the mean of what came out."""
    while isinstance(result, tuple | list):
        result = result[0]
    if result is None or not hasattr(result, "detach"):
        return None
    values = result.detach()
    return float(values.double().mean()) if values.numel() else 0.0


def measure(run: Callable[[], Any], seconds: float) -> tuple[float, float | None]:
    """The median time of a call, from samples of at least a millisecond each."""
    value = number(run())
    run()
    before = time.perf_counter()
    run()
    once = max(time.perf_counter() - before, 1e-7)
    repeat = max(1, int(1e-3 / once))
    samples = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(samples) < 5:
        before = time.perf_counter()
        for _ in range(repeat):
            run()
        samples.append((time.perf_counter() - before) / repeat)
    samples.sort()
    return samples[len(samples) // 2], value


def machine(lib: Any) -> dict[str, Any]:
    """What the driver prints above the table."""
    about = {"version": lib.__version__, "threads": lib.get_num_threads()}
    if lib.__name__ == "pydl":
        core = importlib.import_module("pydl._C")
        about["isa"] = core.isa
        about["peak"] = core.fma_peak(lib.float32.code, 0.5)
        x = lib.ones(1 << 26)
        y = lib.empty(1 << 26)
        best = min(timed(lambda: core.copy_into(y.array, x.array)) for _ in range(5))
        about["bandwidth"] = 2 * x.nbytes / best
    return about


def timed(run: Callable[[], Any]) -> float:
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def main() -> None:
    name, suite, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    lib = importlib.import_module(name)
    if threads:
        lib.set_num_threads(threads)
    cases = {case.name: case for case in SUITES[suite]()}
    ready: dict[str, Callable[[], Any]] = {}
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["case"] == "":
                answer: dict[str, Any] = machine(lib)
            else:
                if order["case"] not in ready:
                    ready.clear()
                    ready[order["case"]] = cases[order["case"]].make(lib)
                seconds, value = measure(ready[order["case"]], order["seconds"])
                answer = {"seconds": seconds, "value": value}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

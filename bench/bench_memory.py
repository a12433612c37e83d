"""The most memory that a training step takes: python bench/bench_memory.py [--torch]

Each case runs in a process of its own: the peak of the resident memory during ten steps, over what it was after a
small MLP's first steps. Then 2,000 steps of an MLP on batches of varying size: what the process holds after 1,000 and
after 2,000.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cases import TRAIN, mlp


def resident(what: str) -> float:
    """MB: VmRSS is now, VmHWM the most so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


def warm(lib: Any) -> None:
    """A small step: threads, modules that are imported at the first use."""
    run = next(case for case in TRAIN if case.name.startswith("tiny MLP")).make(lib)
    for _ in range(3):
        run()


def peak(lib: Any, name: str) -> float:
    case = next(case for case in TRAIN if case.name == name)
    warm(lib)
    before = resident("VmRSS")
    run = case.make(lib)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # what preparing the case took at most is not the steps'
    for _ in range(10):
        run()
    return resident("VmHWM") - before


VARYING = "batches of 1 to 512, 2,000 steps"


def plateau(lib: Any) -> tuple[float, float]:
    warm(lib)
    before = resident("VmRSS")
    model = mlp(lib, (784, 512, 512, 10))
    optimizer = lib.optim.Adam(model.parameters())
    after = []
    for i in range(2000):
        batch = 1 + i * 7919 % 512
        loss = lib.nn.functional.cross_entropy(model(lib.randn(batch, 784)), lib.arange(batch) % 10)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if i in (999, 1999):
            after.append(resident("VmRSS") - before)
    return after[0], after[1]


def alone(*arguments: str) -> list[float]:
    """This script in a new process, as one measurement."""
    command = [sys.executable, str(Path(__file__)), "--one", *arguments]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ).stdout
    return [float(number) for number in out.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure training steps' peak memory.")
    parser.add_argument("--torch", action="store_true", help="measure PyTorch beside it")
    parser.add_argument("--only", default="", metavar="TEXT", help="the cases whose name has this in it")
    parser.add_argument("--one", nargs=2, metavar=("LIBRARY", "CASE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not sys.platform.startswith("linux"):
        raise SystemExit("the peak of a process's memory is read as Linux tells it, in /proc")
    if args.one:
        lib = importlib.import_module(args.one[0])
        print(*(plateau(lib) if args.one[1] == VARYING else [peak(lib, args.one[1])]))
        return
    libraries = ["pydl", "torch"] if args.torch else ["pydl"]
    print("| peak over a small MLP's, MB | " + " | ".join(libraries) + " |\n|---|" + "---|" * len(libraries))
    for case in [case.name for case in TRAIN if args.only in case.name]:
        print(f"| {case} | " + " | ".join(f"{alone(name, case)[0]:.1f}" for name in libraries) + " |", flush=True)
    for name in libraries if args.only in VARYING else []:
        half, whole = alone(name, VARYING)
        print(f"{name}, {VARYING}: {half:.1f} MB at half of them, {whole:.1f} MB at the end")


if __name__ == "__main__":
    main()

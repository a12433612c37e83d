"""A training step while other programs keep every core busy: python bench/bench_busy.py [--torch]

Starts one process that only spins on each core, then times the MLP's step with one thread and with all of them, in
turns. A library whose threads wait for each other by spinning falls far below its own single-thread speed here.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

from cases import TRAIN
from runner import Worker, human


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the MLP's step on a busy machine.")
    parser.add_argument("--torch", action="store_true", help="time PyTorch beside it")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each library and number of threads")
    parser.add_argument("--turns", type=int, default=4, help="how often they take turns")
    args = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    case = TRAIN[0].name
    libraries = ["pydl", "torch"] if args.torch else ["pydl"]
    workers = {(name, threads): Worker(name, "train", threads) for name in libraries for threads in (1, cores)}
    for worker in workers.values():
        worker.ask(case, 0.01)
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        samples: dict[tuple[str, int], list[float]] = {key: [] for key in workers}
        for _ in range(args.turns):
            for key, worker in workers.items():
                samples[key].append(worker.ask(case, args.seconds / args.turns)["seconds"])
    finally:
        for process in busy:
            process.kill()
            process.wait()
    for worker in workers.values():
        worker.close()
    print(f"{case}; {cores} cores, a busy process on each")
    print(f"| library | 1 thread | {cores} threads | speed of {cores} threads over 1 |\n|---|---|---|---|")
    for name in libraries:
        one, many = (statistics.median(samples[name, threads]) for threads in (1, cores))
        print(f"| {name} | {human(one)} | {human(many)} | {one / many:.0%} |")


if __name__ == "__main__":
    main()

"""Training steps while other programs keep every core busy: python bench/bench_busy.py [--torch]

Starts one process that only spins on each core, then times a step with one thread and with all of them, in turns.
A library whose threads wait for each other by spinning falls far below its own single-thread speed here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from cases import TRAIN
from runner import Worker, alternate, human

STARTS = ("MLP 784-512-512-10, batch 64", "MNIST CNN", "GPT")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time training steps on a busy machine.")
    parser.add_argument("--torch", action="store_true", help="time PyTorch beside it")
    parser.add_argument("--only", default="", metavar="TEXT", help="the cases whose name has this in it")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each case, library and number of threads")
    parser.add_argument("--turns", type=int, default=4, help="how often they take turns")
    args = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    libraries = ["pydl", "torch"] if args.torch else ["pydl"]
    workers = {(name, threads): Worker(name, "train", threads) for name in libraries for threads in (1, cores)}
    print(f"{cores} cores, a busy process on each")
    print(f"| case | library | 1 thread | {cores} threads | speed of {cores} threads over 1 |\n|---|---|---|---|---|")
    for case in [case.name for case in TRAIN if case.name.startswith(STARTS) and args.only in case.name]:
        busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
        try:
            times = alternate({key: (worker, case) for key, worker in workers.items()}, args.seconds, args.turns)
        finally:
            for process in busy:
                process.kill()
                process.wait()
        for name in libraries:
            one, many = times[name, 1], times[name, cores]
            print(f"| {case} | {name} | {human(one)} | {human(many)} | {one / many:.0%} |", flush=True)
    for worker in workers.values():
        worker.close()


if __name__ == "__main__":
    main()

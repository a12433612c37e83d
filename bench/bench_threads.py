"""What a second thread brings, and what it costs a neighbour: python bench/bench_threads.py [--torch]

Times training steps with one thread and with all cores; then a product of numpy and one of the library by turns,
against the sum of each alone. Idle threads that spin take the cores from whoever computes next.
"""

from __future__ import annotations

import argparse
import os

from cases import BESIDE, TRAIN
from runner import Worker, alternate, human

STARTS = ("MLP 784-512-512-10, batch 512", "GPT", "ResNet-20 on")


def main() -> None:
    parser = argparse.ArgumentParser(description="Time steps with one thread and with all, and numpy beside.")
    parser.add_argument("--torch", action="store_true", help="time PyTorch too")
    parser.add_argument("--only", default="", metavar="TEXT", help="the cases whose name has this in it")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each case, library and number of threads")
    parser.add_argument("--turns", type=int, default=4, help="how often they take turns")
    args = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    libraries = ["pydl", "torch"] if args.torch else ["pydl"]

    print(f"| case | library | 1 thread | {cores} threads | 1 thread / {cores} threads |\n|---|---|---|---|---|")
    workers = {(name, threads): Worker(name, "train", threads) for name in libraries for threads in (1, cores)}
    for case in [case.name for case in TRAIN if case.name.startswith(STARTS) and args.only in case.name]:
        times = alternate({key: (worker, case) for key, worker in workers.items()}, args.seconds, args.turns)
        for name in libraries:
            one, many = times[name, 1], times[name, cores]
            print(f"| {case} | {name} | {human(one)} | {human(many)} | {one / many:.2f} |", flush=True)
    for worker in workers.values():
        worker.close()

    print("\n| product | library | numpy | own | one of each by turns | over the sum |\n|---|---|---|---|---|---|")
    for name in libraries:
        worker = Worker(name, "beside", cores)
        for size in [size for size in (128, 512) if args.only in f"{size} x {size}"]:
            asked = {turn: (worker, f"{turn}, {size}") for turn in BESIDE}
            theirs, own, both = alternate(asked, args.seconds, args.turns).values()
            row = [f"{size} x {size}", name, *map(human, (theirs, own, both)), f"{both / (theirs + own):.2f}"]
            print("| " + " | ".join(row) + " |", flush=True)
        worker.close()


if __name__ == "__main__":
    main()

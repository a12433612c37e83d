"""Times the cases of a suite: each library in a process of its own, the two taking turns, medians of the turns."""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from cases import SUITES

HERE = Path(__file__).parent


class Worker:
    """A library in its own process."""

    def __init__(self, library: str, suite: str, threads: int) -> None:
        # An idle pool that spins would slow the other library down.
        env = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"} if library == "pydl" else None
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "worker.py"), library, suite, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )

    def ask(self, case: str, seconds: float) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"case": case, "seconds": seconds}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            return {"error": f"the process ended with status {self.process.wait()}"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def alternate(asked: dict[Any, tuple[Worker, str]], seconds: float, turns: int) -> dict[Any, float]:
    """The median time of each worker's case; the workers take turns."""
    samples: dict[Any, list[float]] = {key: [] for key in asked}
    for _ in range(turns):
        for key, (worker, case) in asked.items():
            answer = worker.ask(case, seconds / turns)
            if "error" in answer:
                raise SystemExit(f"{case}, {key}: {answer['error']}")
            samples[key].append(answer["seconds"])
    return {key: statistics.median(times) for key, times in samples.items()}


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def human(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def agree(a: float | None, b: float | None, tolerance: float) -> bool:
    """Whether two results are one."""
    if a is None or b is None or a == b or (math.isnan(a) and math.isnan(b)):
        return True
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def measure(suite: str, libraries: list[str], pattern: str, seconds: float, turns: int, threads: int) -> dict[str, Any]:
    workers = {name: Worker(name, suite, threads) for name in libraries}
    for worker in workers.values():
        worker.ask("ready?", 0)  # an import in one process must not disturb the other's measurement
    about = {name: worker.ask("", 0) for name, worker in workers.items()}
    result: dict[str, Any] = {
        "suite": suite,
        "date": datetime.date.today().isoformat(),
        "machine": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "libraries": about,
        "cases": [],
    }
    peak, bandwidth = about["pydl"].get("peak", math.inf), about["pydl"].get("bandwidth", math.inf)
    print(header(result), flush=True)
    for case in SUITES[suite]():
        if pattern not in case.name:
            continue
        samples: dict[str, list[float]] = {name: [] for name in libraries}
        values: dict[str, float | None] = {}
        row: dict[str, Any] = {"name": case.name}
        for _ in range(turns):
            for name, worker in workers.items():
                answer = worker.ask(case.name, seconds / turns)
                if "error" in answer:
                    row[f"{name}_error"] = answer["error"].splitlines()[0][:80]
                    break
                samples[name].append(answer["seconds"])
                values.setdefault(name, answer["value"])
        for name, times in samples.items():
            row[name] = statistics.median(times) if times else None
        limit = max(case.flops / peak, case.bytes / bandwidth)
        if limit and row.get("pydl"):
            row["share"] = limit / row["pydl"]
        if row.get("pydl") and row.get("torch"):
            row["ratio"] = row["torch"] / row["pydl"]
            row["agree"] = agree(values.get("pydl"), values.get("torch"), case.tolerance)
        result["cases"].append(row)
        print(line(row, libraries), flush=True)
    for worker in workers.values():
        worker.close()
    ratios = [row["ratio"] for row in result["cases"] if "ratio" in row]
    if ratios:
        result["geometric_mean"] = statistics.geometric_mean(ratios)
        print(f"\ngeometric mean of torch's time over pydl's: {result['geometric_mean']:.2f}")
    return result


def header(result: dict[str, Any]) -> str:
    pydl = result["libraries"]["pydl"]
    parts = [
        f"{result['date']}, {result['machine']}, {result['cores']} cores; "
        f"peak {pydl['peak'] / 1e9:.0f} GFLOP/s float32, {pydl['bandwidth'] / 1e9:.0f} GB/s",
    ]
    for name, about in result["libraries"].items():
        parts.append(
            f"{name} {about.get('version')}, {about.get('threads')} threads"
            + (f", {about['isa']}" if "isa" in about else "")
        )
    titles = f"\n| case | pydl | {'torch | torch / pydl | ' if 'torch' in result['libraries'] else ''}of the limit |"
    return "\n".join(parts) + "\n" + titles + "\n|" + "---|" * (titles.count("|") - 1)


def line(row: dict[str, Any], libraries: list[str]) -> str:
    cells = [row["name"]]
    for name in libraries:
        cells.append(row.get(f"{name}_error") or human(row.get(name)))
    if "torch" in libraries:
        cells.append(f"{row['ratio']:.2f}" + ("" if row["agree"] else " (results differ)") if "ratio" in row else "-")
    cells.append(f"{row['share']:.0%}" if "share" in row else "-")
    return "| " + " | ".join(cells) + " |"


def plot(result: dict[str, Any], path: str) -> None:
    """Bars of torch's time over pydl's; right of the line pydl is ahead."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = [row for row in result["cases"] if "ratio" in row][::-1]
    if not rows:
        raise SystemExit("--plot draws the comparison: it needs --torch")
    figure, axis = plt.subplots(figsize=(9, 1 + 0.32 * len(rows)), layout="constrained")
    colors = ["tab:blue" if row["ratio"] >= 1 else "tab:orange" for row in rows]
    axis.barh([row["name"] for row in rows], [row["ratio"] for row in rows], color=colors)
    axis.axvline(1, color="black", linewidth=1)
    axis.set_xscale("log")
    axis.set_xlabel("PyTorch's time / pydl's time (log scale; right of 1 pydl is faster)")
    axis.set_title(f"{result['machine']}, {result['cores']} cores, {result['date']}")
    figure.savefig(path, dpi=120)


def main(suite: str) -> None:
    parser = argparse.ArgumentParser(description=f"Time pydl's {suite}.")
    parser.add_argument("--torch", action="store_true", help="time PyTorch beside it")
    parser.add_argument("--only", default="", metavar="TEXT", help="the cases whose name has this in it")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each case and library")
    parser.add_argument("--turns", type=int, default=5, help="how often the libraries take turns on a case")
    parser.add_argument("--threads", type=int, default=0, help="0: each library's default")
    parser.add_argument("--json", metavar="FILE", help="write the figures, for bench/compare.py")
    parser.add_argument("--plot", metavar="FILE", help="draw the comparison")
    args = parser.parse_args()
    libraries = ["pydl"]
    if args.torch:
        if importlib.util.find_spec("torch") is None:
            raise SystemExit("--torch: PyTorch is not installed here")
        libraries.append("torch")
    result = measure(suite, libraries, args.only, args.seconds, args.turns, args.threads)
    if args.json:
        Path(args.json).write_text(json.dumps(result, indent=1))
    if args.plot:
        plot(result, args.plot)

"""Compare two files that the benchmarks wrote with --json: python bench/compare.py before.json after.json"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description="What changed between two benchmark results.")
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--noise", type=float, default=0.05, help="smaller changes are not marked")
    args = parser.parse_args()
    before, after = (json.loads(path.read_text()) for path in (args.before, args.after))
    for name, result in (("before", before), ("after", after)):
        about = result["libraries"]["pydl"]
        where = f"{result['date']}, {result['machine']}, {about['isa']}, {about['threads']} threads"
        print(f"{name}: {where}, pydl {about['version']}")
    old = {row["name"]: row for row in before["cases"] if row.get("pydl")}
    speedups = []
    print("\n| case | before | after | before / after | |\n|---|---|---|---|---|")
    for row in after["cases"]:
        if not row.get("pydl") or row["name"] not in old:
            continue
        a, b = old[row["name"]]["pydl"], row["pydl"]
        speedups.append(a / b)
        mark = "faster" if a / b > 1 + args.noise else "SLOWER" if a / b < 1 - args.noise else ""
        print(f"| {row['name']} | {a * 1e6:.1f} us | {b * 1e6:.1f} us | {a / b:.2f} | {mark} |")
    if not speedups:
        raise SystemExit("the two files have no case in common")
    print(f"\ngeometric mean of before / after: {statistics.geometric_mean(speedups):.3f}")


if __name__ == "__main__":
    main()

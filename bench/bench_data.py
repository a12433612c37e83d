"""A DataLoader over tensors in memory against plain indexing: what the loader itself costs, at any width of rows.

    python bench/bench_data.py

One epoch in random order, batches of 64: `for x, y in DataLoader(TensorDataset(X, Y), 64, shuffle=True)` against
`order = randperm(n)` and `X[order[i : i + 64]], Y[order[i : i + 64]]`. The two take turns; the fastest turn of each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import pydl
from pydl.utils.data import DataLoader, TensorDataset

WIDTHS = (1, 16, 784, 3072, 150528)
BATCH = 64


def epochs(width: int, batches: int) -> tuple[Callable[[], int], Callable[[], int]]:
    """An epoch by plain indexing, and one by the loader, over rows of that width."""
    rows = BATCH * batches
    x, y = pydl.zeros(rows, width), pydl.zeros(rows, dtype=pydl.int64)
    loader = DataLoader(TensorDataset(x, y), batch_size=BATCH, shuffle=True)

    def plain() -> int:
        order = pydl.randperm(rows)
        count = 0
        for i in range(0, rows, BATCH):
            numbers = order[i : i + BATCH]
            a, b = x[numbers], y[numbers]
            count += a.shape[0] + b.shape[0]
        return count

    def loaded() -> int:
        count = 0
        for a, b in loader:
            count += a.shape[0] + b.shape[0]
        return count

    return plain, loaded


def measure(width: int, turns: int) -> tuple[float, float]:
    """Seconds for a batch: by plain indexing and by the loader."""
    batches = max(6, min(200, 20_000_000 // (BATCH * width)))
    both = epochs(width, batches)
    best = [float("inf")] * 2
    for _ in range(turns):
        for i, epoch in enumerate(both):
            start = time.perf_counter()
            assert epoch() == 2 * BATCH * batches
            best[i] = min(best[i], (time.perf_counter() - start) / batches)
    return best[0], best[1]


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--widths", type=int, nargs="+", default=WIDTHS, help="values in a row")
    arguments = parser.parse_args()
    print(f"pydl {pydl.__version__}, {pydl.get_num_threads()} threads, batches of {BATCH}")
    print(f"{'row width':>10} {'plain':>12} {'loader':>12} {'ratio':>6}")
    for width in arguments.widths:
        plain, loaded = measure(width, arguments.turns)
        print(f"{width:>10} {plain * 1e6:>9.1f} us {loaded * 1e6:>9.1f} us {loaded / plain:>6.2f}")


if __name__ == "__main__":
    main()

"""``python -m pydl``: what was found on this machine, how fast it is, and one gradient checked in plain sight."""

from __future__ import annotations

import platform
import time

import pydl
from pydl import _C


def matmul_rate(size: int, seconds: float) -> float:
    """The best rate of a square product within a time, in operations per second."""
    x, y = pydl.rand(size, size), pydl.rand(size, size)
    best = 0.0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        before = time.perf_counter()
        pydl.matmul(x, y)
        best = max(best, 2 * size**3 / (time.perf_counter() - before))
    return best


def gradient_table() -> list[str]:
    """d/dw of the cross-entropy of a small layer: backward beside central differences."""
    generator = pydl.Generator().manual_seed(0)
    x = pydl.randn(5, 3, dtype=pydl.float64, generator=generator)
    w = pydl.randn(2, 3, dtype=pydl.float64, generator=generator).requires_grad_()
    target = pydl.tensor([0, 1, 1, 0, 1])

    def loss(weight: pydl.Tensor) -> pydl.Tensor:
        return pydl.nn.functional.cross_entropy(pydl.tanh(pydl.nn.functional.linear(x, weight)), target)

    loss(w).backward()
    assert w.grad is not None
    eps = 1e-6
    rows = ["  element    backward        (f(w + e) - f(w - e)) / 2e    difference"]
    for i in range(2):
        for j in range(3):
            step = pydl.zeros(2, 3, dtype=pydl.float64)
            step[i, j] = eps
            with pydl.no_grad():
                numeric = (loss(w + step).item() - loss(w - step).item()) / (2 * eps)
            exact = w.grad[i, j].item()
            rows.append(f"  w[{i}, {j}]   {exact:+.10f}   {numeric:+.10f}               {abs(exact - numeric):.1e}")
    return rows


def main() -> None:
    """Print the report."""
    print(f"pydl {pydl.__version__}, Python {platform.python_version()}, {platform.machine()}")
    print(f"instruction set   {_C.isa_reason()}")
    print(f"threads           {pydl.get_num_threads()}: {_C.threads_reason()}")
    peak = _C.fma_peak(pydl.float32.code, 0.15)
    for size in (512, 1024):
        rate = matmul_rate(size, 0.2)
        share = f"{rate / peak:.0%} of the measured peak of {peak / 1e9:.0f}"
        print(f"matmul {size:4}       {rate / 1e9:.0f} GFLOP/s, {share}")
    print("one gradient, d cross_entropy(tanh(x w^T)) / dw, checked against finite differences:")
    print("\n".join(gradient_table()))


if __name__ == "__main__":
    main()

"""Random calls with random arguments: each gives a value, PyTorch's where that takes the call too, or an ordinary
exception; never a crash, never a hang, never memory that grows.
"""

from __future__ import annotations

import importlib.util
import sys

import pytest
from fresh import ROOT, run

beside_torch = pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="compares with PyTorch")


def fuzz(seed: int, calls: int, *options: str) -> None:
    result = run([sys.executable, str(ROOT / "tests" / "fuzz.py"), str(seed), str(calls), *options], timeout=1800)
    assert result.returncode == 0, f"status {result.returncode}\n{result.stderr[-3000:]}"
    counts, *strange = result.stdout.splitlines()
    values, errors, same = map(int, counts.split())
    assert values > calls // 8 and errors > calls // 8
    assert same > calls // 10 or not options
    assert not strange, "\n".join(strange)


def test_random_calls() -> None:
    fuzz(0, 2000)


@beside_torch
def test_random_calls_beside_torch() -> None:
    fuzz(0, 2000, "--torch")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_twenty_thousand_random_calls(seed: int) -> None:
    fuzz(seed, 20_000)


@pytest.mark.slow
@beside_torch
@pytest.mark.parametrize("seed", range(1, 6))
def test_twenty_thousand_random_calls_beside_torch(seed: int) -> None:
    fuzz(seed, 20_000, "--torch")

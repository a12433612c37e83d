"""Random calls with random arguments: each gives a value or an ordinary exception, never a crash, never a hang."""

from __future__ import annotations

import sys

import pytest
from fresh import ROOT, run


def fuzz(seed: int, calls: int) -> None:
    result = run([sys.executable, str(ROOT / "tests" / "fuzz.py"), str(seed), str(calls)], timeout=200)
    assert result.returncode == 0, f"status {result.returncode}\n{result.stderr[-3000:]}"
    counts, *strange = result.stdout.splitlines()
    values, errors = map(int, counts.split())
    assert values > calls // 10 and errors > calls // 10
    assert not strange, "\n".join(strange)


def test_random_calls() -> None:
    fuzz(seed=0, calls=1000)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_many_random_calls(seed: int) -> None:
    fuzz(seed, 5000)

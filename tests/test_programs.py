"""Programs written for PyTorch run in pydl with their imports changed, and give PyTorch's losses from the same weights.

Without PyTorch they are held to the losses that it gave: tests/programs/losses.json, which program_runs.py writes.
"""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
from program_runs import FOLDER, PROGRAMS, RECORDED, run, with_one_line_changed

RUNS = json.loads(RECORDED.read_text())


@functools.cache
def run_once(name: str, library: str) -> dict[str, list[float]]:
    return run(name, library)


def assert_agree(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> None:
    assert len(ours["losses"]) == len(theirs["losses"]) >= 10
    np.testing.assert_allclose(ours["losses"][:10], theirs["losses"][:10], rtol=1e-4, atol=1e-4)
    # What is left of rounding errors after all steps.
    np.testing.assert_allclose(ours["losses"], theirs["losses"], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(ours["evaluation"], theirs["evaluation"], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", PROGRAMS)
def test_losses_recorded(name: str) -> None:
    assert_agree(run_once(name, "pydl"), RUNS["programs"][name])


@pytest.mark.parametrize("name", PROGRAMS)
def test_losses_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    theirs = run_once(name, "torch")
    assert_agree(run_once(name, "pydl"), theirs)
    if torch.__version__ == RUNS["torch"]:
        # The record is of these programs.
        assert_agree(theirs, RUNS["programs"][name])


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_learns(name: str) -> None:
    """Losses that stand still would agree too."""
    losses = RUNS["programs"][name]["losses"]
    assert np.isfinite(losses).all() and np.ptp(losses) > 0.02


def test_there_are_at_least_sixteen() -> None:
    assert len(PROGRAMS) >= 16 and sorted(RUNS["programs"]) == PROGRAMS


@pytest.mark.parametrize("name", PROGRAMS)
def test_only_imports_are_changed(name: str) -> None:
    source = (FOLDER / f"{name}.py").read_text()
    assert "pydl" not in source
    changed = with_one_line_changed(source).splitlines()
    different = [(a, b) for a, b in zip(source.splitlines(), changed, strict=True) if a != b]
    assert different
    for line, new in different:
        assert line.startswith(("import torch", "from torch")) and new.count("pydl") == 1

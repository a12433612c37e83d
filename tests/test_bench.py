"""The benchmarks run: one cheap case each, the files that they write, the comparison of two of them."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fresh import ROOT, run

BENCH = ROOT / "bench"
QUICK = ("--seconds", "0.05", "--turns", "1")
CASES = {"bench_ops.py": "matmul", "bench_train.py": "2 x 3"}


def bench(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, str(BENCH / script), *QUICK, *arguments])


def names(script: str) -> list[str]:
    """The names of a script's cases."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from cases import SUITES; "
        "print(*(c.name for c in SUITES[sys.argv[2]]()), sep='\\n')"
    )
    suite = script.removeprefix("bench_").removesuffix(".py")
    result = run([sys.executable, "-c", code, str(BENCH), suite], cwd=BENCH)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def results(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


@pytest.mark.parametrize("script", CASES)
def test_bench_and_compare(script: str, tmp_path: Path) -> None:
    case = next(name for name in names(script) if CASES[script] in name)
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    for path in files:
        result = bench(script, "--only", case, "--threads", "1", "--json", str(path))
        assert result.returncode == 0, result.stderr
        assert f"| {case} |" in result.stdout and "GFLOP/s" in result.stdout and "GB/s" in result.stdout
        data = results(path)
        row = next(r for r in data["cases"] if r["name"] == case)
        assert 0 < row["pydl"] < 60
        assert not [key for r in data["cases"] for key in r if key.endswith("_error")], data["cases"]
        about = data["libraries"]["pydl"]
        assert about["threads"] == 1 and about["peak"] > 1e8 and about["bandwidth"] > 1e7
        assert data["machine"] and data["date"] and data["cores"]
    result = run([sys.executable, str(BENCH / "compare.py"), *map(str, files)])
    assert result.returncode == 0, result.stderr
    assert f"| {case} |" in result.stdout and "geometric mean" in result.stdout


def test_compare_sees_what_changed(tmp_path: Path) -> None:
    about = {"isa": "baseline", "threads": 1, "version": "0"}
    for name, times in (("before", (1.0, 1.0, 2.0)), ("after", (0.5, 1.01, 4.0))):
        rows = [{"name": f"case {i}", "pydl": t} for i, t in enumerate(times)]
        content = {"date": "today", "machine": "one", "libraries": {"pydl": about}, "cases": rows}
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    result = run(
        [sys.executable, str(BENCH / "compare.py"), str(tmp_path / "before.json"), str(tmp_path / "after.json")]
    )
    assert result.returncode == 0, result.stderr
    lines = {line.split("|")[1].strip(): line for line in result.stdout.splitlines() if line.startswith("| case ")}
    assert "2.00 | faster" in lines["case 0"]
    assert "faster" not in lines["case 1"] and "SLOWER" not in lines["case 1"]
    assert "0.50 | SLOWER" in lines["case 2"]


def test_a_picture_needs_the_comparison(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    result = bench("bench_train.py", "--only", "2 x 3", "--plot", str(tmp_path / "a.png"))
    assert result.returncode != 0
    assert "--torch" in result.stderr


@pytest.mark.parametrize("only", ["MLP 784-512-512-10, batch 512", "128 x 128"])
def test_a_second_thread(only: str) -> None:
    result = bench("bench_threads.py", "--only", only)
    assert result.returncode == 0, result.stderr
    row = next(line for line in result.stdout.splitlines() if line.startswith(f"| {only}")).split("|")
    assert row[2].strip() == "pydl" and float(row[-2]) > 0


def test_a_busy_machine() -> None:
    result = bench("bench_busy.py", "--only", "MLP")
    assert result.returncode == 0, result.stderr
    row = next(line for line in result.stdout.splitlines() if line.startswith("| MLP")).split("|")
    assert row[2].strip() == "pydl" and float(row[-2].strip().rstrip("%")) > 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_of_steps() -> None:
    result = run([sys.executable, str(BENCH / "bench_memory.py"), "--only", "batch 64, SGD"])
    assert result.returncode == 0, result.stderr
    row = next(line for line in result.stdout.splitlines() if line.startswith("| MLP")).split("|")
    assert 8 < float(row[-2]) < 40  # the weights, their gradients and momentum are 8 MB


def test_beside_torch(tmp_path: Path) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs torch")
    pytest.importorskip("matplotlib")
    picture, figures = tmp_path / "plot.png", tmp_path / "figures.json"
    case = next(name for name in names("bench_train.py") if "2 x 3" in name)
    result = bench("bench_train.py", "--torch", "--only", case, "--json", str(figures), "--plot", str(picture))
    assert result.returncode == 0, result.stderr
    assert picture.read_bytes().startswith(b"\x89PNG") and os.path.getsize(picture) > 5000
    data = results(figures)
    row = next(r for r in data["cases"] if r["name"] == case)
    assert row["ratio"] == row["torch"] / row["pydl"] and row["agree"]
    assert data["libraries"]["torch"]["version"] and "geometric_mean" in data

"""``python -m pydl`` and ``import pydl``: what they say, what they load, how little they cost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fresh import environment, python, run

import pydl
from pydl import _C

HEAVY = """torch sklearn scipy matplotlib tqdm pandas hypothesis pytest multiprocessing asyncio concurrent
unittest email http ssl socket pdb doctest pydoc subprocess tempfile logging pickle hashlib secrets random urllib
pathlib argparse decimal statistics distutils setuptools pybind11"""

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def report(cwd: Path, **changes: str) -> str:
    result = run([sys.executable, "-P", "-m", "pydl"], cwd=cwd, **changes)
    assert result.returncode == 0, result.stderr
    assert not result.stderr
    return result.stdout


def test_report(tmp_path: Path) -> None:
    start = time.perf_counter()
    text = report(tmp_path)
    # Under two on a quiet machine.
    assert time.perf_counter() - start < 10
    assert not any(tmp_path.iterdir())
    lines = text.splitlines()
    assert lines[0].startswith(f"pydl {pydl.__version__}, Python {sys.version.split()[0]}")
    assert re.search(rf"^instruction set +{_C.isa}: \w+", text, re.M)
    assert re.search(r"^threads +\d+: .*\d+ of \d+ cores in the affinity mask, (no )?cgroup quota", text, re.M)
    for size in (512, 1024):
        found = re.search(rf"^matmul +{size} +(\d+) GFLOP/s, (\d+)% of the measured peak of (\d+)", text, re.M)
        assert found, text
        rate, share, peak = map(int, found.groups())
        assert rate > 0 and peak > 0 and share <= 150


def test_the_gradient_in_the_report(tmp_path: Path) -> None:
    """Backward beside finite differences, number for number."""
    rows = re.findall(r"^ +w\[(\d), (\d)\] +(\S+) +(\S+) +(\S+)$", report(tmp_path), re.M)
    assert len(rows) == 6
    for _, _, exact, numeric, difference in rows:
        assert abs(float(exact) - float(numeric)) < 1e-6
        assert float(difference) < 1e-6
    assert any(abs(float(exact)) > 0.01 for _, _, exact, _, _ in rows)


def test_the_report_says_why(tmp_path: Path) -> None:
    assert "PYDL_NUM_THREADS=1" in report(tmp_path, PYDL_NUM_THREADS="1")
    assert "asked for by PYDL_ISA" in report(tmp_path, PYDL_ISA=_C.isa)


def test_an_unknown_isa_is_an_error_at_import() -> None:
    result = run([sys.executable, "-P", "-c", "import pydl"], PYDL_ISA="avx1024")
    assert result.returncode != 0
    assert re.search(r"PYDL_ISA: expected one of \w+.*, got 'avx1024'", result.stderr)


def test_what_import_loads() -> None:
    """Nothing that the examples, tests or benchmarks need, nor any slow part of the standard library."""
    loaded = set(python("import numpy, sys; b = set(sys.modules); import pydl; print(*(set(sys.modules) - b))").split())
    assert not {m for m in loaded if m.split(".")[0] in HEAVY.split()}


@linux
def test_import_is_quick_and_small(tmp_path: Path) -> None:
    """Beyond numpy's own: at most 60 ms of processor time and 30 MB. The best of several: other programs run too."""
    code = """
import time, numpy
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
memory, start = resident(), time.process_time()
import pydl
print(time.process_time() - start, resident() - memory)
"""
    # A cache of compiled modules, which an installed package has, wherever the tests run from.
    env = environment(PYTHONDONTWRITEBYTECODE=None, PYTHONPYCACHEPREFIX=str(tmp_path))
    runs = []
    for _ in range(6):
        out = subprocess.run([sys.executable, "-P", "-c", code], env=env, capture_output=True, text=True, check=True)
        runs.append(tuple(map(float, out.stdout.split())))
    assert min(seconds for seconds, _ in runs) < 0.060
    assert min(size for _, size in runs) < 30e6


def test_import_starts_no_threads() -> None:
    assert python("import pydl, threading; print(threading.active_count())").strip() == "1"
    if sys.platform.startswith("linux"):
        count = "len(os.listdir('/proc/self/task'))"
        assert python(f"import os, numpy; n = {count}; import pydl; print({count} - n)").strip() == "0"


def test_import_makes_no_warnings() -> None:
    python("import warnings; warnings.simplefilter('error'); import pydl")


def test_the_source_folder_without_a_core_says_what_to_do(tmp_path: Path) -> None:
    """A checkout that hides the installed package: one line, not a traceback into the core."""
    package = tmp_path / "pydl"
    package.mkdir()
    package.joinpath("__init__.py").write_text(Path(pydl.__file__).read_text())
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-S", "-P", "-c", "import pydl"], env=env, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: pydl: this is the source folder") and "pip install" in last

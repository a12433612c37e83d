"""docs/adding_an_op.md is built and used: its pieces, put where it says, make an op that passes its tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "adding_an_op.md"
# What stands above a block: "`file`:", "At the end of `file`:", "In `file`, below `line`:".
PIECE = re.compile(r"^(At the end of |In )?`([^`\n]+)`(?:, below `([^`\n]+)`)?:\n\n```\w+\n(.*?)```", re.M | re.S)


def put(tree: Path, how: str, name: str, below: str, text: str) -> None:
    """One piece, where the page says."""
    path = tree / name
    if not how:
        assert not path.exists(), f"{name} is there already"
        path.write_text(text)
        return
    old = path.read_text()
    if not below:
        path.write_text(old + "\n" + text)
        return
    assert old.count(below + "\n") == 1, f"{name} has no single line {below!r}"
    path.write_text(old.replace(below + "\n", below + "\n" + text, 1))


@pytest.mark.skipif(shutil.which("cmake") is None, reason="needs cmake and a C++ compiler")
def test_the_worked_example(tmp_path: Path) -> None:
    import pybind11

    tree = tmp_path / "pydl"
    tree.mkdir()
    for folder in ("csrc", "pydl", "tests"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    shutil.copy(ROOT / "CMakeLists.txt", tree)
    pieces = PIECE.findall(PAGE.read_text())
    assert len(pieces) == 8
    for piece in pieces:
        put(tree, *piece)
    build = tmp_path / "build"
    # Quick to compile, not quick to run.
    subprocess.run(
        [
            *("cmake", "-S", tree, "-B", build, "-DCMAKE_BUILD_TYPE=Debug", "-DPYDL_ISAS=baseline"),
            "-DCMAKE_CXX_FLAGS=-O0",
            f"-Dpybind11_DIR={pybind11.get_cmake_dir()}",
            f"-DPython_EXECUTABLE={sys.executable}",
        ],
        check=True,
        capture_output=True,
    )
    subprocess.run(["cmake", "--build", build, "-j", str(os.cpu_count())], check=True, capture_output=True)
    shutil.copy(build / f"_C{sysconfig.get_config_var('EXT_SUFFIX')}", tree / "pydl")
    env = {
        **os.environ,
        "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'tests'}",
        "PYDL_EXAMPLES": "10",
        "PYDL_ISA": "baseline",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tree)]
    result = subprocess.run(
        [
            *command,
            "-o",
            "pythonpath=tests",
            "--import-mode=importlib",
            "-k",
            "squareplus",
            str(tree / "tests" / "test_ops.py"),
        ],
        env=env,
        capture_output=True,
        text=True,
        cwd=tree,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    # Values in two dtypes, layouts, two half types, two derivatives, two refusals.
    assert "9 passed" in result.stdout, result.stdout

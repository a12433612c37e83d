"""Fresh processes: for what a test does to, or measures of, a whole process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pydl

ROOT = Path(__file__).parent.parent


def environment(**changes: str | None) -> dict[str, str]:
    """This process's environment in which pydl is the one under test; None takes a variable away."""
    env = {**os.environ, "PYTHONPATH": str(Path(pydl.__file__).parent.parent), "MPLBACKEND": "Agg", **changes}
    for name in ("PYDL_NUM_THREADS",):
        if name not in changes:
            env.pop(name, None)
    return {name: value for name, value in env.items() if value is not None}


def run(
    command: list[str], timeout: float = 300, cwd: Path | None = None, **changes: str | None
) -> subprocess.CompletedProcess[str]:
    """A command to its end, in that environment."""
    return subprocess.run(
        command, env=environment(**changes), timeout=timeout, cwd=cwd, capture_output=True, text=True, check=False
    )


def python(code: str, *arguments: str, timeout: float = 300, **changes: str | None) -> str:
    """What Python prints that runs the code by itself; it must end well."""
    # -P: a folder named pydl in the current directory is not the one meant.
    result = run([sys.executable, "-P", "-c", code, *arguments], timeout, **changes)
    assert result.returncode == 0, f"status {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result.stdout

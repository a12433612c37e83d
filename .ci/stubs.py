"""Write pydl/_C.pyi from the compiled module, or, with --check, say whether the one there is current."""

from __future__ import annotations

import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUB = ROOT / "pydl" / "_C.pyi"

# The hand-written type's properties, which the generator does not see. tests/test_array.py holds them to the type.
PROPERTIES = {
    "contiguous": "bool",
    "data_ptr": "int",
    "device": "int",
    "dtype": "int",
    "ndim": "int",
    "offset": "int",
    "references": "int",
    "shape": "tuple[int, ...]",
    "size": "int",
    "storage_bytes": "int",
    "storage_id": "int",
    "strides": "tuple[int, ...]",
    "version": "int",
}


OPERATORS = ("add", "sub", "mul", "truediv")

# The exceptions call themselves pydl.X, where users find them; they are made here.
ERRORS = """
class Error(RuntimeError): ...
class ShapeError(Error, builtins.ValueError): ...
class DTypeError(Error, TypeError): ...
class IndexError(Error, builtins.IndexError): ...
class ValueError(Error, builtins.ValueError): ...
class DeviceError(Error, builtins.ValueError): ...
class StateError(Error): ...
class OutOfMemoryError(Error, MemoryError): ...
"""


def generate() -> str:
    """The stub of the installed pydl._C, formatted."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pybind11_stubgen", "pydl._C", "-o", folder, "--ignore-all-errors"],
            check=True,
            cwd=folder,
            capture_output=True,
        )
        (found,) = Path(folder).rglob("*.pyi")
        text = found.read_text()
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("from pydl import "):
            continue
        if bare == "import typing":
            line = "import builtins\nimport typing"
        if bare.startswith("class Array"):
            lines.extend(ERRORS.splitlines())
        if bare.startswith("def ") and lines and "class Array:" in lines[-6:]:
            for name, kind in PROPERTIES.items():
                lines.extend(["    @property", f"    def {name}(self) -> {kind}: ..."])
            lines.extend(f"    def __{name}__(self, other: Array) -> Array: ..." for name in OPERATORS)
            lines.append("    def __neg__(self) -> Array: ...")
        lines.append(line)
    header = "# Written by .ci/stubs.py from the compiled module; CI checks that it is current.\n"
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(STUB), "-"],
        input=header + "\n".join(lines) + "\n",
        check=True,
        text=True,
        capture_output=True,
        cwd=ROOT,
    )
    return formatted.stdout


def main() -> None:
    """Write, or check and show the difference."""
    fresh = generate()
    if "--check" not in sys.argv:
        STUB.write_text(fresh)
        return
    current = STUB.read_text()
    if fresh != current:
        sys.stdout.writelines(difflib.unified_diff(current.splitlines(True), fresh.splitlines(True), "there", "generated"))
        sys.exit("pydl/_C.pyi is not current: run python .ci/stubs.py")


if __name__ == "__main__":
    main()

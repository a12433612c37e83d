"""Write pydl/_C.pyi from the compiled module, or, with --check, say whether the one there is current."""

from __future__ import annotations

import ast
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


# What is written by hand in C, and has no signatures to read. The exceptions call themselves pydl.X, where users find
# them; they are made in the module all the same.
HAND_WRITTEN = """
class Error(RuntimeError): ...
class ShapeError(Error, builtins.ValueError): ...
class DTypeError(Error, TypeError): ...
class IndexError(Error, builtins.IndexError): ...
class ValueError(Error, builtins.ValueError): ...
class DeviceError(Error, builtins.ValueError): ...
class StateError(Error): ...
class OutOfMemoryError(Error, MemoryError): ...

class Array:
    def __add__(self, other: Array) -> Array: ...
    def __sub__(self, other: Array) -> Array: ...
    def __mul__(self, other: Array) -> Array: ...
    def __truediv__(self, other: Array) -> Array: ...
    def __neg__(self) -> Array: ...
    def __buffer__(self, flags: int) -> memoryview: ...
PROPERTIES

class TensorFields:
    array: Array
    node: typing.Any
    grad: typing.Any
    base: typing.Any
    base_node: typing.Any
    hooks: typing.Any
    _requires_grad: bool

class NodeFields:
    id: int
    edges: typing.Any
    outputs: int
    hooks: typing.Any
    saved: typing.Any
    versions: tuple[int, ...]
    output: Array | None
    output_version: int
    def save(self, *tensors: pydl.Tensor | None) -> None: ...
    def save_factors(self, x: pydl.Tensor, y: pydl.Tensor, /) -> None: ...
    def keep(self, array: Array, /) -> Array: ...
    @property
    def saved_tensors(self) -> tuple[typing.Any, ...]: ...
    def __lt__(self, other: typing.Any) -> bool: ...

class DiscardFields(NodeFields): ...

def saved_output(node: NodeFields, /) -> pydl.Tensor: ...
def connect(node: NodeFields, arguments: tuple[typing.Any, ...], /) -> bool: ...
def record(node: NodeFields, array: Array, /, *arguments: typing.Any) -> pydl.Tensor: ...
def record_view(node: NodeFields, array: Array, x: pydl.Tensor, /) -> pydl.Tensor: ...
def number_beside(value: typing.Any, x: typing.Any, /) -> pydl.Tensor | None: ...
def ints(items: tuple[typing.Any, ...], /) -> tuple[int, ...] | None: ...
def needs_node(*arguments: typing.Any) -> bool: ...
def next_id() -> int: ...
def bind_tape(refresh: typing.Any, on_record: typing.Any, /) -> None: ...
def alike(x: typing.Any, y: typing.Any, /) -> typing.TypeGuard[pydl.Tensor]: ...
def wrap(array: Array, /) -> pydl.Tensor: ...
def bind_tensor(type: builtins.type, /) -> None: ...
def grad_enabled() -> bool: ...
def set_grad_enabled(enabled: bool, /) -> bool: ...
def match(x: Array, y: Array, /) -> int: ...
""".replace(
    "PROPERTIES", "\n".join(f"    @property\n    def {name}(self) -> {kind}: ..." for name, kind in PROPERTIES.items())
)


def statements(text: str) -> list[str]:
    """The generated stub's statements, without those that are written by hand."""
    hand = {getattr(node, "name", "") for node in ast.parse(HAND_WRITTEN).body}
    kept = []
    for node in ast.parse(text).body:
        ours = isinstance(node, ast.ImportFrom) and node.module == "pydl"
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "isa":
            kept.append("isa: str")  # its value is the machine's
        elif not ours and getattr(node, "name", "") not in hand:
            kept.append(ast.get_source_segment(text, node) or "")
    return kept


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
    docstring, future, *rest = statements(text)
    lines = [docstring, future, "import builtins", "import pydl", *rest, HAND_WRITTEN]
    header = "# Written by .ci/stubs.py from the compiled module; CI checks that it is current.\n"
    formatted = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(STUB), "-"],
        input=header + "\n".join(lines).replace("-> dict:", "-> dict[str, int]:") + "\n",
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
        sys.stdout.writelines(
            difflib.unified_diff(current.splitlines(True), fresh.splitlines(True), "there", "generated")
        )
        sys.exit("pydl/_C.pyi is not current: run python .ci/stubs.py")


if __name__ == "__main__":
    main()

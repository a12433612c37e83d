"""The walls of docs/architecture.md: who may import whom, where intrinsics may stand, how long a file may be."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pydl
from pydl import _C

ROOT = Path(__file__).parent.parent
CSRC, PYTHON = ROOT / "csrc", ROOT / "pydl"

# --- C++

INCLUDE = re.compile(r'^\s*#\s*include\s*(<[^>]+>|"[^"]+")', re.M)
# What a folder's files may include: folders, and for the kernels core's plain headers alone.
BELOW = {
    "core": {"core"},
    "cpu": {"cpu"},
    "ops": {"ops", "core"},
    "bindings": {"bindings", "ops", "core"},
}
PLAIN = {f"core/{name}.h" for name in ("dtype", "loop", "kernel_args", "threads")}
# Headers of C: whatever they declare has one compiled body, the C library's.
C_HEADERS = {"cstdint", "cstddef", "cmath", "math.h", "cfloat", "climits", "cstring"}
SYSTEM = re.compile(r"\b(pthread|sched|unistd|sys/|linux/)")


def sources(folder: str) -> list[Path]:
    found = sorted(p for p in (CSRC / folder).iterdir() if p.suffix in (".h", ".cpp"))
    assert found
    return found


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text())


@pytest.mark.parametrize("folder", BELOW)
def test_includes_run_downwards(folder: str) -> None:
    wrong = []
    for path in sources(folder):
        for include in includes(path):
            name = include[1:-1]
            if include.startswith("<") or name == "kernels.def":
                continue
            # The table of an instruction set is filled in cpu/table.cpp: it sees the table's type.
            seen = name.split("/")[0] in BELOW[folder] or (folder == "cpu" and name in PLAIN)
            if not seen and not (path.name == "table.cpp" and name == "core/kernel_table.h"):
                wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert not wrong, wrong


def test_kernels_include_no_templates_of_the_standard_library() -> None:
    wrong = []
    for path in sources("cpu"):
        allowed = C_HEADERS | ({"immintrin.h", "arm_neon.h"} if path.name == "simd.h" else set())
        wrong += [f"{path.name} includes {i}" for i in includes(path) if i[0] == "<" and i[1:-1] not in allowed]
    assert not wrong, wrong


def test_ops_ask_nothing_of_the_system() -> None:
    """Devices, threads and memory are core's."""
    wrong = [f"{p.name} includes {i}" for p in sources("ops") for i in includes(p) if i[0] == "<" and SYSTEM.search(i)]
    assert not wrong, wrong


def without_comments(text: str) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


def test_intrinsics_stand_in_simd_h() -> None:
    intrinsic = re.compile(
        r"\b(_mm\d*_\w+|__m(64|128|256|512)\w*|v(ld|st)[1-4]q?_\w+|immintrin|arm_neon|__builtin_ia32_(?!pause)\w+)"
    )
    wrong = []
    for folder in BELOW:
        for path in sources(folder):
            found = intrinsic.search(without_comments(path.read_text()))
            if found and path.name != "simd.h":
                wrong.append(f"{path.relative_to(ROOT)}: {found[0]}")
    assert not wrong, wrong


def test_kernels_are_in_the_namespace_of_their_isa() -> None:
    wrong = [p.name for p in sources("cpu") if p.suffix == ".cpp" and "namespace pydl::PYDL_ISA {" not in p.read_text()]
    assert not wrong, wrong


def test_kernels_def_names_files_that_exist() -> None:
    """The comments above the kernels say in which file of csrc/cpu each family is."""
    text = (CSRC / "kernels.def").read_text()
    named: set[str] = set()
    for line in re.findall(r"^// --- .*$", text, re.M):
        named |= set(re.findall(r"\b(\w+\.cpp)\b", line))
    there = {p.name for p in sources("cpu")}
    assert named, "kernels.def names no files"
    assert not named - there, f"named and not there: {named - there}"
    for kernel in re.findall(r"^PYDL_KERNEL\((\w+),", text, re.M):
        written = [
            p.name for p in sources("cpu") if re.search(rf"\b{kernel}\b", p.read_text()) and p.name != "table.cpp"
        ]
        assert written, f"{kernel} is written nowhere"


# --- Python

# What modules may import when they are imported: packages or modules of pydl. Inside functions and for type checkers
# alone anything goes.
LAYERS = {
    "errors": {"_C"},
    "cuda": {"_C"},
    "version": set(),
    "later": set(),
    "notice": set(),
    "determinism": {"_C"},
    "mps": set(),
    "xpu": set(),
    "accelerator": {"_C"},
    "hub": {"_C"},
    "utils.model_zoo": {"hub"},
    "onnx": {"_C"},
    "compiler": {"notice"},
    "multiprocessing": {"_C"},
    "distributed": {"_C"},
    "profiler": {"_C"},
    "backends": {"_C", "backends"},
    "amp": {"_C", "notice"},
    "cuda.amp": {"amp"},
    "jit": {"_C", "nn", "notice"},
    "types": {"dtypes", "tensor"},
    "func": {"_C", "autograd", "nn", "ops", "utils"},
    "autograd.functional": {"_C", "autograd", "ops"},
    "metrics": {"_C", "autograd", "metrics", "ops"},
    "autograd.profiler": {"autograd", "profiler"},
    "distributions": {"_C", "autograd", "distributions", "dtypes", "ops", "random", "tensor"},
    "vision": {"_C", "autograd", "dtypes", "nn", "ops", "random", "tensor", "utils", "vision"},
    "threads": {"_C"},
    "dtypes": {"_C"},
    "printing": {"_C", "dtypes"},
    "autograd": {"_C", "dtypes", "autograd"},
    "autograd.gradcheck": {"_C", "dtypes", "autograd", "ops"},
    "random": {"_C", "dtypes", "autograd"},
    "return_types": set(),
    "linalg": {"errors", "not_now", "ops"},
    "fft": {"_C", "autograd", "dtypes", "not_now", "ops"},
    "not_now": {"_C"},
    "fx": {"not_now"},
    "sparse": {"not_now"},
    "special": {"ops"},
    "ops": {"_C", "errors", "dtypes", "autograd", "ops", "random", "return_types"},
    "tensor": {"_C", "not_now", "dtypes", "autograd", "ops", "printing", "tensor_methods"},
    "tensor_methods": {"_C", "dtypes", "autograd", "ops"},
    "tensor_types": {"_C", "dtypes", "autograd", "ops"},
    "serialization": {"_C", "dtypes", "autograd"},
    "torch_format": {"_C", "dtypes", "autograd"},
    "nn": {"_C", "dtypes", "autograd", "ops", "tensor", "nn"},
    "optim": {"_C", "dtypes", "autograd", "ops", "tensor", "optim", "nn.parameter"},
    "optim.swa_utils": {"_C", "dtypes", "autograd", "ops", "tensor", "optim", "nn"},
    "utils": {"_C", "dtypes", "autograd", "ops", "tensor", "random", "threads", "nn", "utils"},
}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of pydl but its top, with its name below pydl."""
    for path in sorted(PYTHON.rglob("*.py")):
        name = ".".join(path.relative_to(PYTHON).with_suffix("").parts)
        if name not in ("__init__", "__main__"):
            yield name.removesuffix(".__init__"), path


def imported(body: list[ast.stmt]) -> Iterator[str]:
    """The modules of pydl that the statements import while they run."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (a.name.removeprefix("pydl.") for a in node.names if a.name.startswith("pydl."))
            assert all(a.name != "pydl" for a in node.names), f"line {node.lineno}: import pydl"
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            module = node.module or ""
            if module == "pydl":
                yield from (a.name for a in node.names)
            elif module.startswith("pydl."):
                yield module.removeprefix("pydl.")
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
            yield from imported(node.body + node.orelse)
        elif isinstance(node, ast.Try):
            yield from imported(node.body + node.orelse + node.finalbody)
        elif isinstance(node, ast.ClassDef):
            yield from imported(node.body)


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize(("name", "path"), [pytest.param(n, p, id=n) for n, p in modules()])
def test_imports_run_downwards(name: str, path: Path) -> None:
    layer = max((known for known in LAYERS if inside(name, known)), key=len, default=None)
    assert layer, f"no layer is known for pydl.{name}"
    for other in imported(ast.parse(path.read_text()).body):
        assert any(inside(other, allowed) for allowed in LAYERS[layer]), f"pydl.{name} imports pydl.{other}"


# What nn, optim and utils may take from _C besides the errors: they call ops for their maths, so that it is
# differentiable; these write into memory that has no history, or read it.
WITHOUT_GRAPH = {
    "Array",
    "set_grad_enabled",
    "scalar",
    "copy_into",
    "full",
    "clone",
    "cast",
    "item",
    "select",
    "slice",
    "reshape",
    "empty",
    "zeros",
    "memory_stats",
    "optimizer_step",
}
KERNELS_ALLOWED = {
    # Gradients are scaled in place, outside of any graph.
    "nn.utils.clip_grad": {
        "mul_",
        "clamp",
        "abs",
        "pow",
        "count_nonzero",
        "reduce_sum",
        "reduce_sum_abs",
        "reduce_max_abs",
        "reduce_min",
        "reduce_sum_square",
    },
    # The counter of batches.
    "nn.modules.batchnorm": {"add_"},
}
ERRORS = {name for name, value in vars(_C).items() if isinstance(value, type) and issubclass(value, Exception)}


def kernels_used(path: Path) -> set[str]:
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "_C"
    }


def test_layers_and_optimizers_call_ops() -> None:
    for name, path in modules():
        if name.split(".")[0] in ("nn", "optim", "utils"):
            extra = kernels_used(path) - ERRORS - WITHOUT_GRAPH - KERNELS_ALLOWED.get(name, set())
            assert not extra, f"pydl.{name} calls _C.{', _C.'.join(sorted(extra))}"


def test_every_kernel_that_is_called_is_there() -> None:
    """A name of _C that does not exist would show only when that line runs."""
    for name, path in modules():
        missing = {k for k in kernels_used(path) if not hasattr(_C, k)}
        assert not missing, f"pydl.{name} names _C.{', _C.'.join(sorted(missing))}"


def test_functional_implements_nothing() -> None:
    tree = ast.parse((PYTHON / "nn" / "functional.py").read_text())
    for node in tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        assert is_docstring or isinstance(node, ast.ImportFrom | ast.Import), f"line {node.lineno}"
    public = {n for n in vars(pydl.nn.functional) if not n.startswith("_")}
    for name in public:
        value = getattr(pydl.nn.functional, name)
        if callable(value):
            assert value is getattr(pydl.ops, name), name


# --- lengths

# Past 500 lines there must be a reason.
LONG = {
    "pydl/tensor.py": "one class; a line for each method",
    "csrc/cpu/simd.h": "everything that is written for one instruction set",
}
# Lists with a line for each name, and nothing to read in them.
LISTS = {"pydl/ops/__init__.py": 2500}


def test_files_are_short() -> None:
    found = [
        p
        for folder in ("csrc", "pydl", "tests", "bench", "examples", ".ci")
        for p in (ROOT / folder).rglob("*")
        if p.suffix in (".cpp", ".h", ".py", ".def")
    ]
    assert len(found) > 100
    for path in found:
        name = str(path.relative_to(ROOT))
        lines = len(path.read_text().splitlines())
        assert lines <= LISTS.get(name, 800 if name in LONG else 500), f"{name} has {lines} lines"


# Several networks each: they may take more than the 150 lines of the others.
LONGER = {"instances": 250, "vqa": 250, "gan": 250, "stylegan": 250}


def test_examples_are_short() -> None:
    for path in (ROOT / "examples").glob("*.py"):
        assert len(path.read_text().splitlines()) <= LONGER.get(path.stem, 150), path.name

"""No code compiled for one instruction set can end up serving another.

An inline function from a shared header that is not inlined becomes a weak symbol, of which the linker keeps one copy
for everybody: perhaps the one with AVX-512 in it. So the kernels' objects may define nothing outside their own
namespace, pydl::<isa>. They are compiled without optimisation here: then every function that is used stands in the
symbol table, also those that an optimiser would happen to inline.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ISA = "avx512" if platform.machine() in ("x86_64", "AMD64") else "baseline"
COMPILER = next((c for c in (os.environ.get("CXX", ""), "c++", "g++", "clang++") if c and shutil.which(c)), None)

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="needs a C++ compiler"),
    pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm"),
]


def flags() -> list[str]:
    """What csrc/CMakeLists.txt compiles the kernels with."""
    text = (ROOT / "csrc" / "CMakeLists.txt").read_text()
    words: list[str] = []
    for name in ("kernel_flags", f"{ISA}_flags"):
        found = re.search(rf"set\({name}\s*([^)]*)\)", text)
        assert found, f"csrc/CMakeLists.txt sets no {name}"
        words += found[1].split()
    return [*words, "-std=gnu++20", "-fPIC", "-fvisibility=hidden", f"-DPYDL_ISA={ISA}", f"-I{ROOT / 'csrc'}"]


def foreign_symbols(source: Path, folder: Path) -> list[str]:
    """The symbols that the source's object offers to others and that are not in pydl::<isa>."""
    target = folder / f"{source.stem}.o"
    command = [str(COMPILER), "-O0", *flags(), "-c", str(source), "-o", str(target)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    raw, readable = (
        subprocess.run(
            ["nm", *option, "--defined-only", str(target)], capture_output=True, text=True, check=True
        ).stdout
        for option in ([], ["-C"])
    )
    own = re.compile(rf"_Z(GV|T[A-Z])?[ZNK]*4pydl{len(ISA)}{ISA}|DW\.ref\.")
    foreign = []
    for line, shown in zip(raw.splitlines(), readable.splitlines(), strict=True):
        _, kind, name = line.split(maxsplit=2)
        # Small letters are local, but v, w and u are weak or unique.
        if (kind.isupper() or kind in "vwu") and not own.match(name):
            foreign.append(f"{source.name}: {shown.split(maxsplit=1)[1]}")
    return foreign


def test_kernels_define_nothing_outside_their_namespace(tmp_path: Path) -> None:
    sources = sorted((ROOT / "csrc" / "cpu").glob("*.cpp"))
    assert len(sources) > 20
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        foreign = [line for found in threads.map(lambda s: foreign_symbols(s, tmp_path), sources) for line in found]
    assert not foreign, "shared by all instruction sets:\n" + "\n".join(line[:300] for line in foreign[:20])


@pytest.mark.parametrize(
    "leak",
    [
        "#include <algorithm>\nint f(int x, int y) { return std::max(x, y); }",
        "#include <cmath>\nfloat f(float x) { return std::abs(x); }",
        '#include "core/check.h"\nvoid f() { pydl::fail(pydl::ErrorKind::kValue, "x"); }',
    ],
)
def test_a_leak_is_seen(leak: str, tmp_path: Path) -> None:
    head, _, body = leak.partition("\n")
    source = tmp_path / "leak.cpp"
    source.write_text(f"{head}\nnamespace pydl::{ISA} {{\n{body}\n}}\n")
    foreign = foreign_symbols(source, tmp_path)
    assert foreign and all(re.search("std::|pydl::", line) for line in foreign)

"""docs/course/ against the programs, its index and its notebooks. The whole documentation is built by the slow test."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fresh import ROOT, python, run

COURSE = ROOT / "docs" / "course"
EXAMPLES = ROOT / "examples"
INDEXES = [COURSE / "index.md", COURSE / "index.ko.md"]
PAGES = sorted(p for p in COURSE.glob("*.md") if p not in INDEXES)
EACH_PAGE = pytest.mark.parametrize("page", [pytest.param(p, id=p.stem) for p in PAGES])


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NOTEBOOKS = loaded(ROOT / "docs" / "notebooks.py")


def top_level(program: Path) -> set[str]:
    """The names that a program has when it is imported."""
    names: set[str] = set()
    for node in ast.parse(program.read_text("utf-8")).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).split(".")[0] for a in node.names}
        names |= set(NOTEBOOKS.Program.defined(node))
    return names


# --- the index


def linked(index: Path) -> list[str]:
    """The pages of an index's tables, in order."""
    return re.findall(r"^\| \[[^\]]+\]\((\w+)\.md\) \| .{10,} \|$", index.read_text("utf-8"), re.M)


def test_programs_have_pages() -> None:
    # (scenes is no program, but what three of them look at)
    assert {p.stem for p in PAGES} == {p.stem for p in EXAMPLES.glob("*.py")} - {"scenes"}


def test_index_has_every_page() -> None:
    english, korean = (linked(index) for index in INDEXES)
    assert sorted(english) == [p.stem for p in PAGES]
    toctree = re.search(r"```\{toctree\}\n:hidden:\n\n(.*?)\n```", INDEXES[0].read_text("utf-8"), re.S)
    assert toctree and toctree[1].split() == english
    assert korean == english
    assert "(index.ko.md)" in INDEXES[0].read_text("utf-8") and "(index.md)" in INDEXES[1].read_text("utf-8")


def test_korean_has_the_same_commands() -> None:
    """What is to be typed is the same in both languages."""
    for english, korean in (INDEXES, (ROOT / "README.md", ROOT / "README.ko.md")):
        texts = english.read_text("utf-8"), korean.read_text("utf-8")
        commands, other = (set(re.findall(r"```sh\n(.*?)```", text, re.S)) for text in texts)
        assert other and other <= commands
        code, same = ([strip(e.source) for e in doctest.DocTestParser().get_examples(text)] for text in texts)
        assert same == code
        assert f"({korean.name})" in texts[0] and f"({english.name})" in texts[1]


def strip(source: str) -> str:
    return ast.unparse(ast.parse(source))


# --- the pages


@EACH_PAGE
def test_page(page: Path) -> None:
    """What can be seen without running it: its parts, its code, and what it takes from the program."""
    text = page.read_text("utf-8")
    assert re.match(r"---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n", text)
    assert f"examples/{page.stem}.py" in text and re.search(r"^## Try it$", text, re.M)
    assert re.search(r"^## Further reading$", text, re.M)
    cells = pictures = 0
    names = {program.stem: top_level(program) for program in EXAMPLES.glob("*.py")}
    for kind, argument, options, body in NOTEBOOKS.page_cells(text):
        if kind == "literalinclude":
            program = (page.parent / argument).resolve()
            assert program.parent == EXAMPLES and not body, argument
            for name in re.findall(r":pyobject: (.*)", options):
                assert name.split(".")[0] in names[program.stem], f"{name} is not in {program.name}"
        elif kind == "code-cell":
            cells += 1
            assert argument == "ipython3"
            pictures += bool(re.search(r"^ +alt: .{20,}$", options, re.M)) or "alt=" in body
            assert "picture(" not in body or "alt" in options + body, "a picture without alt text"
            assert not re.search(r"^ +alt: [^\"'].*: ", options, re.M), "YAML wants an alt text with ': ' in quotes"
            for node in ast.walk(ast.parse(body)):
                if isinstance(node, ast.ImportFrom) and node.module in names:
                    assert {a.name for a in node.names} <= names[node.module], ast.unparse(node)
    assert cells >= 2 and pictures, "cells that run, and a picture with alt text"


# --- the notebooks


def test_notebooks_are_as_their_pages() -> None:
    NOTEBOOKS.main(["--check"])
    assert len(NOTEBOOKS.NOTEBOOKS) == 3
    assert {p.name for p in (ROOT / "docs" / "notebooks").iterdir()} == {f"{n}.ipynb" for n in NOTEBOOKS.NOTEBOOKS}


EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
assert not any(cell.get("outputs") for cell in notebook.cells)
NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
nbformat.write(notebook, sys.argv[2] + "/executed.ipynb")
"""


@pytest.mark.parametrize("name", NOTEBOOKS.NOTEBOOKS)
def test_notebook_runs(name: str, tmp_path: Path) -> None:
    """By itself: without the folder of the programs. It draws, and has nothing to complain of."""
    for package in ("nbclient", "ipykernel", "matplotlib", "sklearn", "tqdm"):
        pytest.importorskip(package)
    path = ROOT / "docs" / "notebooks" / f"{name}.ipynb"
    python(EXECUTE, str(path), str(tmp_path), MPLBACKEND=None, TQDM_DISABLE="1", JUPYTER_PREFER_ENV_PATH="1")
    cells = json.loads((tmp_path / "executed.ipynb").read_text("utf-8"))["cells"]
    outputs: list[dict[str, Any]] = [output for cell in cells for output in cell.get("outputs", [])]
    assert not [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
    page = (COURSE / f"{name}.md").read_text("utf-8")
    drawn = len(re.findall(r"^ +alt: ", page, re.M))
    assert len([o for o in outputs if "image/png" in o.get("data", {})]) == drawn > 0


# --- the build


class Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append(dict(attrs))


@pytest.mark.slow
def test_documentation_builds(tmp_path: Path) -> None:
    """As docs/conf.py says: every page of the course is executed, and warnings are errors."""
    for package in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(package)
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", str(ROOT / "docs"), str(tmp_path / "html")]
    result = run(command, timeout=3600, cwd=tmp_path, MPLBACKEND=None)
    assert result.returncode == 0, result.stderr
    for page in PAGES:
        images = Images()
        images.feed((tmp_path / "html" / "course" / f"{page.stem}.html").read_text("utf-8"))
        drawn = [i for i in images.found if (i["src"] or "").startswith(("../_images", "data:"))]
        assert drawn, f"{page.stem} has no picture"
        for image in drawn:
            assert len(image["alt"] or "") > 20 and not (image["alt"] or "").startswith("../"), f"{page.stem}: {image}"
    index = (tmp_path / "html" / "course" / "index.html").read_text("utf-8")
    assert index.count('class="thumbnail"') == len(PAGES)

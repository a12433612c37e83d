"""Every example in a docstring, in README.md and in docs/ runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import pydl

ROOT = Path(__file__).parent.parent
MODULES = sorted({m.name for m in pkgutil.walk_packages(pydl.__path__, "pydl.")} - {"pydl.__main__", "pydl._C"})
PAGES = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").rglob("*.md"))]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


class Finder(doctest.DocTestFinder):
    """Knows a decorated function by the module of the function."""

    def _from_module(self, module: Any, object: Any) -> bool:
        plain = inspect.unwrap(object) if inspect.isfunction(object) else object
        return super()._from_module(module, plain)  # type: ignore[misc, no-any-return]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str) -> None:
    pydl.manual_seed(0)
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for test in Finder().find(module, extraglobs={"pydl": pydl}):
        runner.run(test)
    assert runner.failures == 0


def test_examples_of_decorated_functions_are_found() -> None:
    names = {test.name for test in Finder().find(pydl.ops.reduce) if test.examples}
    assert {"pydl.ops.reduce.sum", "pydl.ops.reduce.any"} <= names


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_pages(page: Path) -> None:
    failed, _ = doctest.testfile(str(page), module_relative=False, optionflags=FLAGS, encoding="utf-8")
    assert failed == 0

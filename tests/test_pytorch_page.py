"""docs/pytorch.md against the package: what it calls missing is missing, and everything else is there."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
from fresh import ROOT
from torch_names import NAMES

PAGE = (ROOT / "docs" / "pytorch.md").read_text()
# Rows of the last table: a name below pydl, and why it is not there.
MISSING = dict(re.findall(r"^\| `([\w.]+)` \| (.+) \|$", PAGE.split("## Missing")[1], re.M))


def names() -> list[str]:
    return [f"{place}.{name}".lstrip(".") for place, members in NAMES.items() for name in members.split()]


def find(root: str, name: str) -> Any:
    """What is behind a dotted name, which may be a module that nobody has imported."""
    found = importlib.import_module(root)
    path = root
    for part in name.split("."):
        path += f".{part}"
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(path)
    return found


def there(root: str, name: str) -> bool:
    try:
        find(root, name)
    except ImportError:
        return False
    return True


def test_every_name_is_there_or_listed() -> None:
    assert len(names()) > 1200
    absent = {name for name in names() if not there("pydl", name)}
    assert absent == set(MISSING), f"not listed: {absent - set(MISSING)}; there: {set(MISSING) - absent}"
    assert all(len(why) > 10 for why in MISSING.values())


def test_names_are_of_pytorch() -> None:
    pytest.importorskip("torch")
    wrong = [name for name in names() if not name.startswith("vision.") and not there("torch", name)]
    assert not wrong, wrong


def test_names_written_in_the_page() -> None:
    """What the page says in passing is there too: names in backquotes with a dot, or a call."""
    for name in re.findall(r"`((?:amp|linalg|jit|backends|cuda)\.[\w.]+)(?:\(\))?`", PAGE.split("## Missing")[0]):
        assert there("pydl", name), name


def test_what_is_not_now_says_so() -> None:
    import pydl

    x = pydl.ones(2, 2)
    for call in (
        lambda: pydl.complex(x, x),
        lambda: pydl.polar(x, x),
        lambda: pydl.stft(x, 2),
        lambda: pydl.sparse_coo_tensor(x, x),
        lambda: x.to_sparse(),
        lambda: pydl.quantize_per_tensor(x, 1.0, 0, pydl.uint8),
        lambda: x.rename("a", "b"),
        lambda: pydl.vmap(pydl.sin)(x),
    ):
        with pytest.raises(pydl.Error, match=r"pydl has no|not part of pydl"):
            call()
    with pytest.raises(TypeError, match="out"):
        pydl.add(x, x, out=x)


def test_the_programs_are_counted() -> None:
    words = {"Sixteen": 16, "Seventeen": 17, "Eighteen": 18, "Nineteen": 19, "Twenty": 20}
    count = next(n for word, n in words.items() if f"{word} programs" in PAGE)
    assert count == len(list((ROOT / "tests" / "programs").glob("*.py")))

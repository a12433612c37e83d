"""Names of a package that are loaded when they are first asked for.

`import pydl` has to be quick, and most programs use no distributions, images or profilers. A package names such
members in a table, `LATER`, and its module-level ``__getattr__`` (PEP 562) hands the name on to `load`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any


def load(package: str, table: Mapping[str, tuple[str, str | None]], name: str) -> Any:
    """A member of a package: a module, or, where the table names one, a member of that module.

    Raises:
        AttributeError: the table does not have it.
    """
    if name not in table:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    module, member = table[name]
    found: Any = importlib.import_module(module)
    if member is not None:
        found = getattr(found, member)
    vars(sys.modules[package])[name] = found
    return found

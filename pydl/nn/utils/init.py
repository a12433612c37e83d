"""Modules without starting values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def skip_init(module_cls: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``module_cls(*args, **kwargs)``, for parameters that are filled next. PyTorch leaves them without values to
    save time; here they get their usual ones."""
    return module_cls(*args, **kwargs)

"""numpy's names of arguments, which PyTorch takes for its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

OURS = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(f: F) -> F:
    """The function, which takes ``axis`` for ``dim`` and ``keepdims`` for ``keepdim`` too.

    >>> pydl.ones(2, 3).sum(axis=1, keepdims=True)
    tensor([[3.],
            [3.]])
    """

    @wraps(f)
    def call(*args: Any, **settings: Any) -> Any:
        if settings and not OURS.keys().isdisjoint(settings):
            for theirs, ours in OURS.items():
                if theirs in settings:
                    if ours in settings:
                        raise TypeError(f"{f.__name__}() got both '{ours}' and '{theirs}'")
                    settings[ours] = settings.pop(theirs)
        return f(*args, **settings)

    return call  # type: ignore[return-value]

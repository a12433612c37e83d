"""`compile`: returns what it is given. Operations run as they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydl.notice import say_once


def compile(
    model: Callable[..., Any] | None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
    disable: bool = False,
) -> Any:
    """The model or function as it is; without one, a decorator that returns what it decorates.

    The settings have no effect: pydl does not compile, and says so once.
    """
    if not disable:
        say_once("compile", "compile: pydl does not compile: the model or function is returned as it is")
    return (lambda f: f) if model is None else model


def is_compiling() -> bool:
    """Whether this runs in a compiler: never."""
    return False


is_dynamo_compiling = is_compiling


def disable(fn: Callable[..., Any] | None = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """A decorator for what is not to be compiled: returns it as it is."""
    return (lambda f: f) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """Returns it as it is."""
    return fn


def reset() -> None:
    """Forget what was compiled: nothing was."""


def cudagraph_mark_step_begin() -> None:
    """There are no graphs."""

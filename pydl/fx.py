"""PyTorch's ``torch.fx``, which takes programs apart, is not part of pydl: its names exist, and say so when called."""

from __future__ import annotations

from typing import Any, NoReturn

from pydl.not_now import NotNowError


def missing(name: str) -> NoReturn:
    """Raise the error."""
    raise NotNowError(f"fx.{name}: fx is not part of pydl; modules run as they are written")


def symbolic_trace(root: Any, concrete_args: Any = None) -> NoReturn:
    """An error: there is no tracing."""
    missing("symbolic_trace")


def wrap(fn_or_name: Any) -> NoReturn:
    """An error: there is no tracing."""
    missing("wrap")


class Graph:
    """An error when made: there are no graphs to edit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        missing("Graph")


class GraphModule:
    """An error when made: there are no graphs to run."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        missing("GraphModule")


class Tracer:
    """An error when made: there is no tracing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        missing("Tracer")


class Interpreter:
    """An error when made: there are no graphs to run."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        missing("Interpreter")

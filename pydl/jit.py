"""TorchScript: functions and modules stay Python. Saved TorchScript files cannot be read or written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from pydl import _C
from pydl.nn.modules.module import Module
from pydl.notice import say_once

__all__ = [
    "Final",
    "ScriptModule",
    "annotate",
    "export",
    "freeze",
    "ignore",
    "is_scripting",
    "is_tracing",
    "load",
    "optimize_for_inference",
    "save",
    "script",
    "script_if_tracing",
    "script_method",
    "trace",
    "trace_module",
    "unused",
]

ScriptModule = Module


def unchanged(name: str, what: Any) -> Any:
    """What was given, with the word that nothing happens to it."""
    say_once("jit", f"jit.{name}: pydl has no TorchScript: the function or module is returned as it is")
    return what


def script(obj: Any, *settings: Any, **more: Any) -> Any:
    """The function, class or module as it is."""
    return unchanged("script", obj)


def trace(func: Any, example_inputs: Any = None, *settings: Any, **more: Any) -> Any:
    """The function or module as it is; it is not run on the examples."""
    return unchanged("trace", func)


def trace_module(mod: Any, inputs: Any, *settings: Any, **more: Any) -> Any:
    """The module as it is."""
    return unchanged("trace_module", mod)


def freeze(mod: Any, *settings: Any, **more: Any) -> Any:
    """The module as it is."""
    return unchanged("freeze", mod)


def optimize_for_inference(mod: Any, *settings: Any, **more: Any) -> Any:
    """The module as it is."""
    return unchanged("optimize_for_inference", mod)


def ignore(drop: Any = False, **settings: Any) -> Any:
    """A decorator, with or without settings: returns what it decorates."""
    return drop if callable(drop) else lambda f: f


def unused(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function as it is."""
    return fn


def export(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The function as it is."""
    return fn


script_method = script_if_tracing = export


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value as it is."""
    return the_value


def is_scripting() -> bool:
    """Whether this is being compiled: never."""
    return False


def is_tracing() -> bool:
    """Whether this is being traced: never."""
    return False


def save(m: Any, f: Any, _extra_files: Any = None) -> NoReturn:
    """Raises a StateError: there is no TorchScript."""
    raise _C.StateError("jit.save: pydl writes no TorchScript files; save the state_dict with pydl.save")


def load(f: Any, map_location: Any = None, _extra_files: Any = None) -> NoReturn:
    """Raises a StateError: there is no TorchScript."""
    raise _C.StateError("jit.load: pydl reads no TorchScript files; load a state_dict with pydl.load")

"""Whether operations are recorded: context managers that are decorators too."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any, TypeVar, cast

from pydl import _C

F = TypeVar("F", bound=Callable[..., Any])


class _Mode:
    """What a ``with`` and a decorated function have in common: the mode on entering, and the one before on leaving."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self.before: list[bool] = []

    def __enter__(self) -> None:
        self.before.append(_C.set_grad_enabled(self.mode))

    def __exit__(self, *error: Any) -> None:
        _C.set_grad_enabled(self.before.pop())

    def __call__(self, function: F) -> F:
        """The function, called in this mode; of a generator, each of its steps. Calls of several threads are apart."""
        mode = self.mode
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def steps(*args: Any, **kwargs: Any) -> Any:
                return run_steps(function(*args, **kwargs), mode)

            return cast(F, steps)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with _Mode(mode):
                return function(*args, **kwargs)

        return cast(F, call)


def run_steps(made: Generator[Any, Any, Any], mode: bool) -> Generator[Any, Any, Any]:
    """A generator whose code between two yields runs in a mode, while the code that takes its values does not."""
    step, sent = made.send, None
    while True:
        try:
            with _Mode(mode):
                value = step(sent)
        except StopIteration as end:
            return end.value
        try:
            sent = yield value
            step = made.send
        except GeneratorExit:
            with _Mode(mode):
                made.close()
            raise
        except BaseException as error:
            step, sent = made.throw, error


class set_grad_enabled(_Mode):
    """Record (True) or do not record (False), from now on or within a ``with`` or a decorated function."""

    def __init__(self, mode: bool) -> None:
        # In effect at once by the call itself; leaving a ``with`` goes back to before the call.
        super().__init__(bool(mode))
        self.first: bool | None = _C.set_grad_enabled(self.mode)

    def __enter__(self) -> None:
        now = _C.set_grad_enabled(self.mode)
        self.before.append(now if self.first is None else self.first)
        self.first = None

    def __call__(self, function: F) -> F:
        if self.first is not None:
            _C.set_grad_enabled(self.first)
        return super().__call__(function)


class no_grad(_Mode):
    """Within a ``with`` or a decorated function no operation is recorded.

    >>> x = pydl.ones(1, requires_grad=True)
    >>> with pydl.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self) -> None:
        super().__init__(False)


class enable_grad(_Mode):
    """Within a ``with`` or a decorated function operations are recorded."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self) -> None:
        super().__init__(True)


class inference_mode(_Mode):
    """`no_grad` under the name that PyTorch gives its stricter form; ``inference_mode(False)`` records."""

    def __new__(cls, mode: Any = True) -> Any:
        return cls()(mode) if callable(mode) else super().__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)


def is_grad_enabled() -> bool:
    """Whether operations are recorded."""
    return _C.grad_enabled()

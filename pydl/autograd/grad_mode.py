"""Whether operations are recorded: context managers that are decorators too."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from pydl import _C


class set_grad_enabled(ContextDecorator):
    """Record (True) or do not record (False), from now on or within a ``with``."""

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)
        self.before = [_C.set_grad_enabled(self.mode)]

    def __enter__(self) -> None:
        # Entered at once by the call itself; a decorated function enters again each time.
        self.before.append(_C.set_grad_enabled(self.mode))

    def __exit__(self, *error: Any) -> None:
        self.before.pop()
        _C.set_grad_enabled(self.before[0] if len(self.before) == 1 else self.mode)


class _Mode(ContextDecorator):
    mode: bool

    def __init__(self) -> None:
        self.before: list[bool] = []

    def __enter__(self) -> None:
        self.before.append(_C.set_grad_enabled(self.mode))

    def __exit__(self, *error: Any) -> None:
        _C.set_grad_enabled(self.before.pop())


class no_grad(_Mode):
    """Within a ``with`` or a decorated function no operation is recorded.

    >>> x = pydl.ones(1, requires_grad=True)
    >>> with pydl.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    mode = False


class enable_grad(_Mode):
    """Within a ``with`` or a decorated function operations are recorded."""

    mode = True


class inference_mode(_Mode):
    """`no_grad` under the name that PyTorch gives its stricter form."""

    mode = False

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.mode = not mode


def is_grad_enabled() -> bool:
    """Whether operations are recorded."""
    return _C.grad_enabled()

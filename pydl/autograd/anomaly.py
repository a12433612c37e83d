"""Remembering where each node was made, for the messages of backward."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from pydl.autograd import function


class set_detect_anomaly(ContextDecorator):
    """Remember the line that made each node (True) or stop doing so (False), now or within a ``with``.

    A backward that finds a saved value overwritten then names the line that saved it beside the one that
    wrote it; and a backward that runs in this mode ends at the first NaN that an operation's gradient brings,
    unless ``check_nan`` is False. It costs about a microsecond an operation, which is why it is off by default.

    >>> x = pydl.ones(2, requires_grad=True)
    >>> with pydl.autograd.set_detect_anomaly(True):
    ...     y = x * 1
    ...     z = y * y
    >>> _ = y.add_(1)
    >>> z.sum().backward()
    Traceback (most recent call last):
    pydl.StateError: backward of Mul: a tensor of shape (2,) that it saved was modified in place ...; saved by ...
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = function.remember_lines(mode, mode and check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        function.remember_lines(*self.before)


class detect_anomaly(set_detect_anomaly):
    """`set_detect_anomaly` switched on."""

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)


def is_anomaly_enabled() -> bool:
    """Whether the lines that make nodes are remembered."""
    return function.lines_remembered()


def check_nan(node: Any, grads: tuple[Any, ...]) -> None:
    """Refuse NaN among the gradients that the backward of a node found.

    Raises:
        StateError: there is one; the message says which operation it came from and where that was called.
    """
    from pydl import _C
    from pydl.autograd.blame import line_of
    from pydl.autograd.graph import name_of

    for i, g in enumerate(grads):
        if g is not None and _C.any_nonzero(_C.ne(g.array, g.array)):
            place = function.lines.get(node.id)
            where = f", which {line_of(*place)} called" if place is not None else ""
            raise _C.StateError(f"Function '{name_of(node)}'{where}, returned nan values in its {i}th output.")

"""Who overwrote a value that backward needs: the message names both lines where they are known."""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

from pydl.autograd.function import lines

if TYPE_CHECKING:
    from types import CodeType

    from pydl import _C
    from pydl.autograd.function import Function
    from pydl.tensor import Tensor

# storage -> the place that last wrote into it in place, most recent writes only.
_writes: dict[int, tuple[CodeType, int] | None] = {}
_KEPT = 4096
# optimizer -> the place of its last step, which writes into all of its parameters.
_steps: weakref.WeakKeyDictionary[Any, tuple[CodeType, int] | None] = weakref.WeakKeyDictionary()
# Frames of these packages are nobody's own: contextlib calls what `no_grad` decorates.
_OURS = ("pydl.", "contextlib")


def line_of(code: CodeType, lasti: int) -> str:
    """'file.py:12' for a place in a code object."""
    lines = [p[0] for p in code.co_positions()]
    return f"{code.co_filename}:{lines[lasti // 2]}"


def users_place() -> tuple[CodeType, int] | None:
    """The innermost place that is not pydl's own; the caller of this function is."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_OURS):
        frame = frame.f_back
    return None if frame is None else (frame.f_code, frame.f_lasti)


def remember_write(x: Tensor) -> None:
    """Note the line that is writing into x's memory."""
    if len(_writes) >= _KEPT:
        _writes.pop(next(iter(_writes)))
    _writes[x.array.storage_id] = users_place()


def remember_step(optimizer: Any) -> None:
    """Note the line that lets an optimizer write into its parameters."""
    _steps[optimizer] = users_place()


def writer_of(x: _C.Array) -> str | None:
    """The line that wrote into x's memory, where it is known."""
    for optimizer, place in _steps.items():
        if any(p.array.storage_id == x.storage_id for group in optimizer.param_groups for p in group["params"]):
            return f"the optimizer's step at {line_of(*place) if place else '?'}"
    place = _writes.get(x.storage_id)
    return None if place is None else line_of(*place)


def overwritten(node: Function, x: _C.Array, version: int) -> str:
    """The message for a saved value that is no longer what it was."""
    text = (
        f"backward of {type(node).__name__}: a tensor of shape {x.shape} that it saved was modified in place "
        f"(it is at version {x.version}, saved at version {version})"
    )
    place = lines.get(node.id)
    if place is not None:
        text += f"; saved by {line_of(*place)}"
    wrote = writer_of(x)
    if wrote is not None:
        text += f"; written by {wrote}"
    if place is None:
        text += ". pydl.autograd.set_detect_anomaly(True) before the forward pass names the line that saved it"
    return text + ". Use the operation that returns a new tensor, or clone() before writing"

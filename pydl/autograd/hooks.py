"""Functions that see gradients on their way."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.engine import edge_of
from pydl.autograd.function import Slot, TensorBase

if TYPE_CHECKING:
    from pydl.tensor import Tensor

_next_key = itertools.count().__next__


class RemovableHandle:
    """What a registration returns: ``remove()`` undoes it."""

    def __init__(self, hooks: dict[int, Any], key: int) -> None:
        self.hooks, self.key = hooks, key

    def remove(self) -> None:
        """Undo the registration; a second time does nothing."""
        self.hooks.pop(self.key, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


def register(x: Tensor, hook: Any) -> RemovableHandle:
    """Put a hook where the gradient of x passes: on a leaf itself, else on the node that made it."""
    if not x._requires_grad:
        raise _C.StateError("register_hook: the tensor does not require a gradient")
    key = _next_key()
    edge = edge_of(x)
    if isinstance(edge, TensorBase):
        if x.hooks is None:
            x.hooks = {}
        x.hooks[key] = hook
        return RemovableHandle(x.hooks, key)
    node, index = (edge.node, edge.index) if isinstance(edge, Slot) else (edge, 0)
    if node.hooks is None:
        node.hooks = {}
    node.hooks[key] = (index, hook)
    return RemovableHandle(node.hooks, key)


def retain_grad(x: Tensor) -> None:
    """Let backward fill x.grad although x is no leaf."""
    if not x._requires_grad:
        raise _C.StateError("retain_grad: the tensor does not require a gradient")
    if x.node is None:
        return
    # The node must not keep the tensor alive.
    there = weakref.ref(x)

    def keep(g: Tensor) -> None:
        found = there()
        if found is not None:
            found.grad = g if found.grad is None else found.grad + g

    register(x, keep)

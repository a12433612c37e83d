"""Functions that see gradients on their way."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.engine import After, Keep, edge_of
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
    if x.node is not None and not retained(x):
        register(x, Keep(x))


def retained(x: Tensor) -> bool:
    """Whether `retain_grad` was called for x, which is no leaf."""
    if x.node is None:
        return False
    node = x.node.node if isinstance(x.node, Slot) else x.node
    hooks = (node.hooks or {}).values()
    return any(isinstance(hook, Keep) and hook.there() is x for _, hook in hooks)


def register_after(x: Tensor, hook: Any) -> RemovableHandle:
    """Call hook(x) each time after backward has added to the .grad of x, a leaf."""
    name = "register_post_accumulate_grad_hook"
    if not x._requires_grad:
        raise _C.StateError(f"{name}: the tensor does not require a gradient")
    if x.node is not None:
        raise _C.StateError(f"{name}: the tensor is no leaf: its gradients are not added up")
    key = _next_key()
    if x.hooks is None:
        x.hooks = {}
    x.hooks[key] = After(hook)
    return RemovableHandle(x.hooks, key)

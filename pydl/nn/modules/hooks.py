"""Functions that see what goes through a module, forward and backward."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, grad_enabled
from pydl.autograd.hooks import RemovableHandle

if TYPE_CHECKING:
    from pydl.nn.modules.module import Module

_next_key = itertools.count().__next__


class Hooks:
    """A module's hooks, in the order in which they are called."""

    def __init__(self) -> None:
        self.forward_pre: dict[int, Any] = {}
        self.forward: dict[int, Any] = {}
        self.backward_pre: dict[int, Any] = {}
        self.backward: dict[int, Any] = {}

    def add(self, kind: str, entry: Any, prepend: bool) -> RemovableHandle:
        """Add a hook as the last one, or as the first."""
        hooks: dict[int, Any] = getattr(self, kind)
        key = _next_key()
        before = dict(hooks) if prepend else {}
        if prepend:
            hooks.clear()
        hooks[key] = entry
        hooks.update(before)
        return RemovableHandle(hooks, key)


def as_tuple(x: Any) -> tuple[Any, ...]:
    """One or several as several."""
    return x if isinstance(x, tuple) else (x,)


def call_hooked(module: Module, hooks: Hooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Forward with everything that hooks have to say about it."""
    pending = dict(hooks.forward)
    try:
        for hook, with_kwargs in tuple(hooks.forward_pre.values()):
            if with_kwargs:
                new = hook(module, args, kwargs)
                if new is not None:
                    if not (isinstance(new, tuple) and len(new) == 2):
                        raise _C.StateError(
                            "forward pre-hook: expected None or a tuple of (new_args, new_kwargs), "
                            f"got {type(new).__name__}"
                        )
                    args, kwargs = new
            else:
                new = hook(module, args)
                if new is not None:
                    args = as_tuple(new)
        watch = BackwardWatch(module, hooks) if (hooks.backward or hooks.backward_pre) and grad_enabled() else None
        if watch is not None:
            args = watch.inputs(args)
        output = module.forward(*args, **kwargs)
        for key, (hook, with_kwargs, _) in tuple(hooks.forward.items()):
            del pending[key]
            new = hook(module, args, kwargs, output) if with_kwargs else hook(module, args, output)
            if new is not None:
                output = new
        if watch is not None:
            output = watch.outputs(output)
        return output
    except Exception:
        for hook, with_kwargs, always in pending.values():
            if always:
                if with_kwargs:
                    hook(module, args, kwargs, None)
                else:
                    hook(module, args, None)
        raise


class BackwardWatch:
    """One call's backward hooks: a node behind the outputs and one before the inputs see the gradients pass."""

    def __init__(self, module: Module, hooks: Hooks) -> None:
        self.module, self.hooks = module, hooks
        self.count = 0  # of positional arguments
        self.places: tuple[int, ...] = ()  # of the tensors among them
        self.grad_output: tuple[Any, ...] = ()

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with the node after them."""
        self.count = len(args)
        places = tuple(i for i, x in enumerate(args) if isinstance(x, TensorBase) and x._requires_grad)
        if not places:
            return args
        self.places = places
        passed = as_tuple(Pass.apply(self.leave, *[args[i] for i in places]))
        replaced = list(args)
        for i, x in zip(places, passed, strict=True):
            replaced[i] = x
        return tuple(replaced)

    def outputs(self, output: Any) -> Any:
        """The results, with the node before them."""
        several = isinstance(output, tuple)
        results = list(as_tuple(output))
        places = [i for i, x in enumerate(results) if isinstance(x, TensorBase)]
        if not places:
            return output

        def enter(grads: tuple[Any, ...]) -> tuple[Any, ...]:
            return self.enter(len(results), places, grads)

        passed = as_tuple(Pass.apply(enter, *[results[i] for i in places]))
        for i, x in zip(places, passed, strict=True):
            results[i] = x
        return tuple(results) if several else results[0]

    def enter(self, count: int, places: list[int], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the results have come."""
        full: tuple[Any, ...] = spread(count, places, grads)
        for hook in tuple(self.hooks.backward_pre.values()):
            new = hook(self.module, full)
            if new is not None:
                full = expect_count("pre-hook", as_tuple(new), count)
        self.grad_output = full
        if not self.places:
            for hook in tuple(self.hooks.backward.values()):
                if hook(self.module, (None,) * self.count, full) is not None:
                    raise _C.StateError(
                        "backward hook: expected None where no input requires a gradient, got something else"
                    )
        return tuple(full[i] for i in places)

    def leave(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the arguments are known."""
        full: tuple[Any, ...] = spread(self.count, self.places, grads)
        for hook in tuple(self.hooks.backward.values()):
            new = hook(self.module, full, self.grad_output)
            if new is not None:
                full = expect_count("hook", as_tuple(new), self.count)
        return tuple(full[i] for i in self.places)


def spread(count: int, places: Any, grads: tuple[Any, ...]) -> tuple[Any, ...]:
    """Gradients at their places among None."""
    full: list[Any] = [None] * count
    for i, g in zip(places, grads, strict=True):
        full[i] = g
    return tuple(full)


def expect_count(what: str, grads: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Raise where a hook returned another number of gradients."""
    if len(grads) != count:
        raise _C.StateError(f"backward {what}: expected {count} gradients, got {len(grads)}")
    return grads


class Pass(Function):
    """Tensors as they are; in backward a function sees, and may replace, their gradients."""

    @staticmethod
    def forward(ctx: Any, see: Any, *tensors: Any) -> Any:
        ctx.see = see
        ctx.set_materialize_grads(False)
        return tensors if len(tensors) > 1 else tensors[0]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:  # the gradients that `see` returns
        return (None, *ctx.see(grads))

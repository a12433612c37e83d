"""Functions that see what goes through a module, forward and backward."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, grad_enabled
from pydl.autograd.hooks import RemovableHandle

if TYPE_CHECKING:
    from pydl.nn.modules.module import Module

_next_key = itertools.count().__next__


def add_hook(hooks: dict[int, Any], entry: Any, prepend: bool = False) -> RemovableHandle:
    """Add a hook as the last one, or as the first."""
    key = _next_key()
    before = dict(hooks) if prepend else {}
    if prepend:
        hooks.clear()
    hooks[key] = entry
    hooks.update(before)
    return RemovableHandle(hooks, key)


class Hooks:
    """A module's hooks, in the order in which they are called."""

    def __init__(self) -> None:
        self.forward_pre: dict[int, Any] = {}
        self.forward: dict[int, Any] = {}
        self.backward_pre: dict[int, Any] = {}
        self.backward: dict[int, Any] = {}

    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.forward_pre or self.forward or self.backward_pre or self.backward)


# Those of all modules. While there are any, or were, `Module._hooks` is NONE instead of None.
EVERYWHERE = Hooks()
NONE = Hooks()
# Called with (module, name, value) where a member is added; what they return replaces it.
registrations: dict[str, dict[int, Any]] = {"parameter": {}, "buffer": {}, "module": {}}


def registered(kind: str, module: Module, name: str, value: Any) -> Any:
    """A new member as the hooks of its kind want it."""
    for hook in tuple(registrations[kind].values()):
        new = hook(module, name, value)
        value = value if new is None else new
    return value


def everywhere(kind: str, entry: Any) -> RemovableHandle:
    """Add a hook of all modules."""
    from pydl.nn.modules.module import Module

    Module._hooks = NONE
    return add_hook(getattr(EVERYWHERE, kind), entry)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, args)`` before each forward of any module; what it returns replaces the arguments."""
    return everywhere("forward_pre", (hook, False))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call ``hook(module, args, output)`` after each forward of any module; what it returns replaces the output."""
    return everywhere("forward", (hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, grad_output)`` before each backward of any module."""
    return everywhere("backward_pre", hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, grad_input, grad_output)`` after each backward of any module."""
    return everywhere("backward", hook)


def register_module_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """`register_module_full_backward_hook`: PyTorch's older kind, which sees parts of the gradients, is not there."""
    return register_module_full_backward_hook(hook)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, parameter)`` where any module gets a parameter; what it returns replaces it."""
    return add_hook(registrations["parameter"], hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, buffer)`` where any module gets a buffer; what it returns replaces it."""
    return add_hook(registrations["buffer"], hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call ``hook(module, name, child)`` where any module gets a child; what it returns replaces it."""
    return add_hook(registrations["module"], hook)


def as_tuple(x: Any) -> tuple[Any, ...]:
    """One or several as several."""
    return x if isinstance(x, tuple) else (x,)


def call_hooked(module: Module, own: Hooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Forward with everything that hooks have to say about it."""
    if own is NONE and not EVERYWHERE.any():
        from pydl.nn.modules.module import Module

        Module._hooks = None
    output: Any = None
    called: set[int] = set()
    try:
        for hook, with_kwargs in (*EVERYWHERE.forward_pre.values(), *own.forward_pre.values()):
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
        before = (*EVERYWHERE.backward_pre.values(), *own.backward_pre.values())
        after = (*EVERYWHERE.backward.values(), *own.backward.values())
        watch = BackwardWatch(module, before, after) if (before or after) and grad_enabled() else None
        if watch is not None:
            args = watch.inputs(args)
        output = module.forward(*args, **kwargs)
        for key, (hook, with_kwargs, _) in (*EVERYWHERE.forward.items(), *own.forward.items()):
            called.add(key)
            new = hook(module, args, kwargs, output) if with_kwargs else hook(module, args, output)
            if new is not None:
                output = new
        if watch is not None:
            if not isinstance(output, TensorBase | tuple):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                    f"received {type(output)}",
                    stacklevel=3,
                )
            output = watch.outputs(output)
        return output
    except Exception:
        for key, (hook, with_kwargs, always) in (*EVERYWHERE.forward.items(), *own.forward.items()):
            if always and key not in called:
                try:
                    new = hook(module, args, kwargs, output) if with_kwargs else hook(module, args, output)
                    output = output if new is None else new
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that was silenced as "
                        f"another error was raised in forward: {error}",
                        stacklevel=3,
                    )
        raise


class BackwardWatch:
    """One call's backward hooks: a node behind the outputs and one before the inputs see the gradients pass."""

    def __init__(self, module: Module, before: tuple[Any, ...], after: tuple[Any, ...]) -> None:
        self.module, self.before, self.after = module, before, after
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
        for hook in self.before:
            new = hook(self.module, full)
            if new is not None:
                full = expect_count("pre-hook", as_tuple(new), count)
        self.grad_output = full
        if not self.places:
            for hook in self.after:
                new = hook(self.module, (None,) * self.count, full)
                if new is not None and any(g is not None for g in as_tuple(new)):
                    raise _C.StateError(
                        "backward hook: expected None, or None for each, where no input requires a gradient, "
                        "got something else"
                    )
        return tuple(full[i] for i in places)

    def leave(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the arguments are known."""
        full: tuple[Any, ...] = spread(self.count, self.places, grads)
        for hook in self.after:
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

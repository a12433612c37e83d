"""A module called with other tensors than its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import TensorBase

if TYPE_CHECKING:
    from pydl.nn.modules.module import Module
    from pydl.tensor import Tensor


def owners(module: Module, remove_duplicate: bool = False) -> dict[str, tuple[Any, str, Tensor]]:
    """For the path of each parameter and buffer: the registry it stands in, its name there, and itself."""
    found = {}
    for path, below in module.named_modules(remove_duplicate=remove_duplicate):
        for registry in (below._parameters, below._buffers):
            for name, value in registry.items():
                if value is not None:
                    found[f"{path}.{name}" if path else name] = (registry, name, value)
    return found


@contextmanager
def replaced(module: Module, tensors: Mapping[str, Any], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Within the ``with`` the module has these tensors in place of its own.

    Raises:
        StateError: a name that the module lacks, or, with ``strict``, one that is not given.
    """
    there = owners(module)
    unknown = [name for name in tensors if name not in there]
    if unknown:
        raise _C.StateError(f"functional_call: {type(module).__name__} has no parameter or buffer {unknown}")
    if strict and (missing := [name for name in there if name not in tensors]):
        raise _C.StateError(f"functional_call: strict=True, and {missing} are missing")
    new = dict(tensors)
    if tie_weights:
        given: dict[int, str] = {}
        for name in tensors:
            own = id(there[name][2])
            if own in given and tensors[given[own]] is not tensors[name]:
                raise _C.ValueError(
                    f"functional_call: {given[own]} and {name} are one tensor in the module and two here; give one of "
                    "them, or pass tie_weights=False"
                )
            given.setdefault(own, name)
        for name, (_, _, value) in there.items():
            if id(value) in given:
                new.setdefault(name, tensors[given[id(value)]])
    for name, value in new.items():
        if not isinstance(value, TensorBase):
            raise _C.DTypeError(f"functional_call: expected a tensor for {name}, got {type(value).__name__}")
    try:
        for name, value in new.items():
            registry, key, _ = there[name]
            registry[key] = value
        yield
    finally:
        for name in new:
            registry, key, own_value = there[name]
            registry[key] = own_value


def functional_call(
    module: Module,
    parameters_and_buffers: Mapping[str, Tensor] | Sequence[Mapping[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with the tensors of a dict, by path, in place of its own parameters and buffers.

    Args:
        module: what is called; afterwards it has its own tensors again.
        parameters_and_buffers: tensors by path, or several dicts that share no path.
        args: the positional arguments as a tuple, or the only one.
        kwargs: the keyword arguments.
        tie_weights: a tensor that the module has under two names is replaced under both.
        strict: every parameter and buffer must be given.

    Raises:
        StateError: the module lacks a path.
        ValueError: two dicts have the same path.

    >>> net = pydl.nn.Linear(1, 1)
    >>> pydl.func.functional_call(net, {"weight": pydl.tensor([[2.0]]), "bias": pydl.tensor([1.0])}, pydl.tensor([3.0]))
    tensor([7.])
    """
    if isinstance(parameters_and_buffers, Mapping):
        tensors = dict(parameters_and_buffers)
    else:
        tensors = {}
        for part in parameters_and_buffers:
            if twice := [name for name in part if name in tensors]:
                raise _C.ValueError(f"functional_call: {twice} appear in several dicts")
            tensors.update(part)
    if args is None:
        args = ()
    elif not isinstance(args, tuple):
        args = (args,)
    with replaced(module, tensors, tie_weights, strict):
        return module(*args, **(kwargs or {}))

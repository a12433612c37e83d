"""Parameters as functions of others: ``module.weight`` is computed from what is trained each time it is read."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from pydl import _C
from pydl.autograd import no_grad
from pydl.autograd.function import TensorBase
from pydl.nn.modules.container import ModuleDict, ModuleList
from pydl.nn.modules.module import Module
from pydl.nn.parameter import Parameter
from pydl.tensor import Tensor

# While `cached` is on: values by module and name.
_cache: dict[tuple[int, str], Tensor] = {}
_cached = 0


@contextmanager
def cached() -> Iterator[None]:
    """Within the block every parametrized tensor is computed once, when it is first read."""
    global _cached
    _cached += 1
    try:
        yield
    finally:
        _cached -= 1
        if not _cached:
            _cache.clear()


def check_same(what: str, value: Any, shape: tuple[int, ...] | None, dtype: Any) -> None:
    """Refuse what is no tensor, or one of another dtype or shape.

    Raises:
        ValueError: it is one.
    """
    if not isinstance(value, TensorBase):
        raise _C.ValueError(f"register_parametrization: {what} must return a tensor. Got {type(value).__name__}.")
    got = value.array
    if (dtype is not None and got.dtype != dtype.code) or (shape is not None and got.shape != shape):
        raise _C.ValueError(
            f"register_parametrization: {what} may not change the dtype or shape of the tensor, unless the `unsafe` "
            f"flag is enabled: expected {shape} {dtype}, got {got.shape} {value.dtype}"  # type: ignore[attr-defined]
        )


def add_original(owner: Module, name: str, value: Tensor) -> None:
    """Add a parameter or a buffer, as what it is."""
    if isinstance(value, Parameter):
        owner.register_parameter(name, value)
    else:
        owner.register_buffer(name, value)


class ParametrizationList(ModuleList):
    """The parametrizations of a tensor, in their order, and what it is computed from.

    That is ``original``, or ``original0``, ``original1`` … where the first one's ``right_inverse`` gives several.
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise _C.ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.array.shape, original.dtype
        new: Any = original
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    with suppress(NotImplementedError):  # it stands for the identity
                        new = module.right_inverse(new)
        if not isinstance(new, TensorBase | Sequence):
            raise _C.ValueError(
                "register_parametrization: 'right_inverse' must return a Tensor or a Sequence of tensors (list, "
                f"tuple...). Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, TensorBase)
        parts: Any = [new] if self.is_tensor else new
        self.ntensors = len(parts)
        if self.is_tensor:
            check_same("`right_inverse`", new, None, dtype)
            # The same object stays, so that an optimizer that has it keeps it.
            if new is not original:
                original.array = _C.clone(new.array)  # type: ignore[union-attr]
            add_original(self, "original", original)
        else:
            for i, part in enumerate(parts):
                check_same(f"element {i} of `right_inverse`", part, None, None)
                if isinstance(original, Parameter):
                    part = Parameter(part.detach(), original.requires_grad)
                add_original(self, f"original{i}", part)
        if not unsafe:
            check_same("a parametrization", self(), shape, dtype)

    def originals(self) -> list[Tensor]:
        """What the tensor is computed from."""
        if self.is_tensor:
            return [self.original]  # type: ignore[attr-defined]
        return [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Set the originals so that the parametrizations give value.

        Raises:
            StateError: one of them has no ``right_inverse``.
            ValueError: it gives other tensors than before.
        """
        new: Any = value
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise _C.StateError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                new = module.right_inverse(new)
            parts = [new] if self.is_tensor else new
            if not isinstance(parts, Sequence) or len(parts) != self.ntensors:
                raise _C.ValueError(
                    f"right_inverse: expected a sequence of {self.ntensors} tensors, got {type(new).__name__}"
                )
            for original, part in zip(self.originals(), parts, strict=True):
                check_same("`right_inverse`", part, None, original.dtype)
                original.array = _C.clone(part.array)

    def forward(self) -> Tensor:
        first, *rest = list(self)
        x: Tensor = first(*self.originals())
        for module in rest:
            x = module(x)
        return x


def parametrized_class(cls: type[Module]) -> type[Module]:
    """A class of its own for one module, to which properties can be added."""

    def deepcopied(self: Module, memo: dict[int, Any]) -> Module:
        if id(self) in memo:
            return memo[id(self)]  # type: ignore[no-any-return]
        # The copy gets a class of its own too: removing a parametrization must not change the other.
        own = dict(type(self).__dict__)
        replica: Module = object.__new__(type(type(self).__name__, (cls,), own))
        memo[id(self)] = replica
        replica.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return replica

    def reduced(self: Module, protocol: Any) -> Any:
        raise _C.StateError(
            f"{type(self).__name__}: a parametrized module cannot be pickled; save its state_dict, or remove the "
            "parametrizations first"
        )

    members = {"__deepcopy__": deepcopied, "__reduce_ex__": reduced, "__module__": cls.__module__}
    return type(f"Parametrized{cls.__name__}", (cls,), members)


def parametrized_property(name: str) -> property:
    """What stands in the class for a parametrized tensor."""

    def get(self: Any) -> Tensor:
        if not _cached:
            return self.parametrizations[name]()  # type: ignore[no-any-return]
        key = id(self), name
        if key not in _cache:
            _cache[key] = self.parametrizations[name]()
        return _cache[key]

    def put(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, put)


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """From now on ``module.<tensor_name>`` is what the parametrization gives for the tensor that it was.

    The tensor is trained as ``module.parametrizations.<tensor_name>.original``. Where the parametrization has a
    ``right_inverse``, the tensor goes through it first; it may give several tensors, which are then the arguments of
    the parametrization and trained as ``original0``, ``original1`` …. A second parametrization takes what the first
    one gives. Assigning to the parametrized tensor sets the originals by ``right_inverse``.

    Args:
        unsafe: the parametrization may change shape and dtype; nothing is checked.

    Raises:
        ValueError: there is no such parameter or buffer; the parametrization changes shape or dtype.

    >>> class Symmetric(pydl.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = pydl.nn.Linear(3, 3)
    >>> layer = pydl.nn.utils.parametrize.register_parametrization(layer, "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all())
    True
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        chain: Any = module.parametrizations[tensor_name]  # type: ignore[attr-defined]
        if not unsafe:
            with no_grad():
                value = getattr(module, tensor_name)
                new = parametrization(value)
                check_same("a parametrization", new, value.array.shape, value.dtype)
                if hasattr(parametrization, "right_inverse"):
                    with suppress(NotImplementedError):
                        check_same(
                            "`right_inverse`", parametrization.right_inverse(new), value.array.shape, value.dtype
                        )
        chain.append(parametrization)
        chain.unsafe |= unsafe
        return module
    original = module._parameters.get(tensor_name)
    if original is None:
        original = module._buffers.get(tensor_name)  # type: ignore[assignment]
    if original is None:
        raise _C.ValueError(
            f"register_parametrization: {type(module).__name__} does not have a parameter, a buffer, or a parametrized "
            f"element with name '{tensor_name}'"
        )
    chain = ParametrizationList([parametrization], original, unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        module.__class__ = parametrized_class(type(module))
        module.parametrizations = ModuleDict()
    setattr(type(module), tensor_name, parametrized_property(tensor_name))
    module.parametrizations[tensor_name] = chain  # type: ignore[attr-defined]
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether the tensor of a module is parametrized; without a name, whether any is."""
    found = module._modules.get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """The tensor is a plain parameter or buffer again.

    Args:
        leave_parametrized: it keeps the value that it has now; otherwise it is what the parametrizations took.

    Raises:
        ValueError: it is not parametrized; or, without ``leave_parametrized``, it was computed from several tensors.
    """
    if not is_parametrized(module, tensor_name):
        raise _C.ValueError(
            f"remove_parametrizations: {type(module).__name__} does not have a parametrization on {tensor_name}"
        )
    parametrizations: Any = module._modules["parametrizations"]
    chain = parametrizations[tensor_name]
    if not chain.is_tensor and not leave_parametrized:
        raise _C.ValueError(
            "remove_parametrizations: cannot leave unparametrized (`leave_parametrized=False`) a tensor that is "
            "parametrized in terms of a sequence of tensors."
        )
    original = chain.originals()[0]
    if leave_parametrized:
        value = getattr(module, tensor_name).detach()
        if chain.is_tensor and value.array.dtype == original.array.dtype:
            original.array = _C.clone(value.array)  # the same object, for an optimizer that has it
        else:
            original = Parameter(value) if isinstance(original, Parameter) else value
    delattr(type(module), tensor_name)
    del parametrizations[tensor_name]
    add_original(module, tensor_name, original)
    if not len(parametrizations):
        delattr(module, "parametrizations")
        module.__class__ = type_before_parametrizations(module)
    return module


def type_before_parametrizations(module: Module) -> type[Module]:
    """The module's class without what parametrizing has added."""
    cls = type(module)
    return cls.__bases__[0] if cls.__name__.startswith("Parametrized") and "__reduce_ex__" in vars(cls) else cls

"""Modules that hold other modules or parameters."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import TensorBase
from pydl.nn.modules.module import Module, indent
from pydl.nn.parameter import Parameter

if TYPE_CHECKING:
    from typing import Self

    from pydl.tensor import Tensor


def position(name: str, index: Any, count: int) -> int:
    """An index counted from the end when negative.

    Raises:
        IndexError: there is no such element.
    """
    i = operator.index(index)
    if not -count <= i < count:
        raise _C.IndexError(f"{name}: index {i} is out of range for {count} elements")
    return i % count


class Numbered(Module):
    """Modules under the names "0", "1", …: what `Sequential` and `ModuleList` share."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, idx: int | slice) -> Any:
        values = list(self._modules.items())
        if isinstance(idx, slice):
            return type(self)(*self.packed(values[idx]))
        return values[position(self._get_name(), idx, len(values))][1]

    def packed(self, items: list[tuple[str, Any]]) -> tuple[Any, ...]:
        """The constructor's arguments for some of the modules."""
        return ([m for _, m in items],)

    def __setitem__(self, idx: int, module: Module) -> None:
        names = list(self._modules)
        setattr(self, names[position(self._get_name(), idx, len(names))], module)

    def __delitem__(self, idx: int | slice) -> None:
        names = list(self._modules)
        if isinstance(idx, slice):
            for name in names[idx]:
                delattr(self, name)
        else:
            delattr(self, names[position(self._get_name(), idx, len(names))])
        self.renumber(list(self._modules.values()))

    def renumber(self, modules: list[Any]) -> None:
        """Hold these modules, numbered from 0."""
        self._modules.clear()
        for i, module in enumerate(modules):
            self._modules[str(i)] = module

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end.

        Raises:
            DTypeError: it cannot be iterated over.
        """
        if not isinstance(modules, Iterable):
            raise _C.DTypeError(
                f"{self._get_name()}.extend: expected an iterable of modules, got {type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module in before ``index``."""
        if not isinstance(module, Module):
            raise _C.DTypeError(f"{self._get_name()}.insert: expected a module, got {type(module).__name__}")
        modules = list(self._modules.values())
        if not -len(modules) <= index <= len(modules):
            raise _C.IndexError(f"{self._get_name()}: index {index} is out of range for {len(modules)} elements")
        modules.insert(index, module)
        self.renumber(modules)
        return self

    def pop(self, key: int | slice) -> Any:
        """Take a module out and return it."""
        found = self[key]
        del self[key]
        return found

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)


class Sequential(Numbered):
    """Modules one after the other: each takes what the one before returns.

    Takes modules, or one OrderedDict of modules by name.

    >>> pydl.nn.Sequential(pydl.nn.Linear(4, 8), pydl.nn.ReLU())
    Sequential(
      (0): Linear(in_features=4, out_features=8, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else None
        for name, module in named or ((str(i), m) for i, m in enumerate(args)):
            self.add_module(name, module)

    def packed(self, items: list[tuple[str, Any]]) -> tuple[Any, ...]:
        return (OrderedDict(items),)

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc]
        return input

    def __add__(self, other: Sequential) -> Sequential:
        return Sequential(*self, *self.expect(other))

    def __iadd__(self, other: Iterable[Module]) -> Self:  # type: ignore[misc]
        return self.extend(self.expect(other))

    def __mul__(self, other: int) -> Sequential:
        return Sequential(*list(self) * expect_times(other))

    __rmul__ = __mul__

    def __imul__(self, other: int) -> Self:
        return self.extend(list(self) * (expect_times(other) - 1))

    @staticmethod
    def expect(other: Any) -> Sequential:
        """What `Sequential` is added to."""
        if not isinstance(other, Sequential):
            raise _C.ValueError(f"Sequential: expected a Sequential to add, got {type(other).__name__}")
        return other


def expect_times(n: Any) -> int:
    """How often a `Sequential` is repeated."""
    if not isinstance(n, int):
        raise _C.DTypeError(f"Sequential: expected an int to multiply by, got {type(n).__name__}")
    if n <= 0:
        raise _C.ValueError(f"Sequential: expected a positive number to multiply by, got {n}")
    return n


def pairs_of(name: str, items: Any) -> list[tuple[str, Any]]:
    """Names and values, of a mapping or of pairs.

    Raises:
        DTypeError: it is neither.
        ValueError: something in it is no pair.
    """
    if isinstance(items, Mapping | ModuleDict | ParameterDict):
        return list(items.items())
    if not isinstance(items, Iterable):
        raise _C.DTypeError(f"{name}.update: expected a dict or pairs of names and values, got {type(items).__name__}")
    pairs = list(items)
    for i, pair in enumerate(pairs):
        if not isinstance(pair, Iterable):
            raise _C.DTypeError(f"{name}.update: expected a pair as element {i}, got {type(pair).__name__}")
    pairs = [tuple(pair) for pair in pairs]
    for i, pair in enumerate(pairs):
        if len(pair) != 2:
            raise _C.ValueError(f"{name}.update: expected a pair as element {i}, got {len(pair)} values")
    return pairs


class ModuleList(Numbered):
    """A list of modules, which are children of the module that holds it."""

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        # Runs of equal modules are shown once: (0-3): 4 x Linear(...).
        runs: list[list[Any]] = []
        for i, text in enumerate(repr(m) for m in self):
            if runs and runs[-1][2] == text:
                runs[-1][1] = i
            else:
                runs.append([i, i, text])
        if not runs:
            return self._get_name() + "()"
        lines = [indent(f"({a}): {text}" if a == b else f"({a}-{b}): {b - a + 1} x {text}") for a, b, text in runs]
        inside = "\n  ".join(lines)
        return f"{self._get_name()}(\n  {inside}\n)"


class ModuleDict(Module):
    """Modules by name, which are children of the module that holds it."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take a module out and return it."""
        found = self[key]
        del self[key]
        return found

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and modules."""
        return self._modules.items()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules by name."""
        for key, module in pairs_of("ModuleDict", modules):
            self[key] = module


class ParameterList(Module):
    """A list of parameters (tensors become parameters), which count as the holder's own."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, idx: int | slice) -> Any:
        if isinstance(idx, slice):
            return ParameterList([getattr(self, str(i)) for i in range(*idx.indices(self._size))])
        return getattr(self, str(position("ParameterList", idx, self._size)))

    def __setitem__(self, idx: int, value: Any) -> None:
        setattr(self, str(position("ParameterList", idx, self._size)), as_parameter(value))

    def __iter__(self) -> Iterator[Any]:
        return iter([self[i] for i in range(self._size)])

    def append(self, value: Any) -> Self:
        """Add a parameter at the end."""
        setattr(self, str(self._size), as_parameter(value))
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add parameters at the end.

        Raises:
            DTypeError: it cannot be iterated over, or is a tensor.
        """
        if not isinstance(values, Iterable) or isinstance(values, TensorBase):
            raise _C.DTypeError(f"ParameterList.extend: expected an iterable, got {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def extra_repr(self) -> str:
        return "\n".join(described(i, x, lambda x: x.dtype) for i, x in enumerate(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise _C.StateError("ParameterList should not be called.")


class ParameterDict(Module):
    """Parameters by name (tensors become parameters), which count as the holder's own."""

    def __init__(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise _C.DTypeError(f"ParameterDict: expected a string as the key, got {type(key).__name__}")
        setattr(self, key, as_parameter(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._keys.keys()

    def values(self) -> Iterable[Any]:
        """The parameters."""
        return [self[k] for k in self._keys]

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and parameters."""
        return [(k, self[k]) for k in self._keys]

    def get(self, key: str, default: Any = None) -> Any:
        """A parameter, or the default where there is none of this name."""
        return getattr(self, key) if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """A parameter; the default becomes it where there is none of this name."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take a parameter out and return it."""
        found = self[key]
        del self[key]
        return found

    def popitem(self) -> tuple[str, Any]:
        """Take the last parameter out and return it with its name."""
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take all parameters out."""
        for key in list(self._keys):
            del self[key]

    def copy(self) -> ParameterDict:
        """Another dict of the same parameters."""
        return ParameterDict(self.items())

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A dict with one value under all of the names."""
        return ParameterDict([(key, default) for key in keys])

    def update(self, parameters: ParameterDict | Mapping[str, Any] | Iterable[tuple[str, Any]]) -> None:
        """Add parameters by name; those of a plain dict in the order of their names, as PyTorch does."""
        pairs = pairs_of("ParameterDict", parameters)
        plain = isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict)
        for key, value in sorted(pairs, key=lambda pair: pair[0]) if plain else pairs:
            self[key] = value

    def __or__(self, other: ParameterDict) -> ParameterDict:
        both = self.copy()
        both.update(other)
        return both

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        both = other.copy()
        both.update(self)
        return both

    def __ior__(self, other: ParameterDict) -> Self:
        self.update(other)
        return self

    def extra_repr(self) -> str:
        return "\n".join(described(key, x, lambda x: x.type()) for key, x in self.items())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise _C.StateError("ParameterDict should not be called.")


def described(key: Any, x: Any, elements: Callable[[Any], Any]) -> str:
    """A line of the repr of a container of parameters; PyTorch names the elements in two ways."""
    if not isinstance(x, TensorBase):
        return f"  ({key}): Object of type: {type(x).__name__}"
    size = "x".join(map(str, x.array.shape))
    kind = "Parameter" if isinstance(x, Parameter) else "Tensor"
    return f"  ({key}): {kind} containing: [{elements(x)} of size {size}]"


def as_parameter(value: Any) -> Any:
    """A tensor as a parameter; anything else as it is."""
    if isinstance(value, TensorBase) and not isinstance(value, Parameter):
        tensor: Tensor = value  # type: ignore[assignment]
        return Parameter(tensor, tensor.dtype.is_floating_point)
    return value

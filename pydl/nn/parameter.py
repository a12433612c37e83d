"""Tensors that a module owns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import TensorBase
from pydl.tensor import Tensor

if TYPE_CHECKING:
    from typing import Self


class Parameter(Tensor):
    """A tensor that a `Module` it is assigned to counts among its parameters.

    It shares the memory of ``data``, has no history and requires a gradient unless told otherwise.

    >>> layer = pydl.nn.Module()
    >>> layer.scale = pydl.nn.Parameter(pydl.ones(2))
    >>> [name for name, _ in layer.named_parameters()]
    ['scale']
    """

    __slots__ = ()

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        if data is None:
            data = Tensor()
        if not isinstance(data, TensorBase):
            raise _C.DTypeError(f"Parameter: expected a tensor, got {type(data).__name__}")
        self.array = data.array
        self.node = self.grad = self.base = self.base_node = self.hooks = None
        self._requires_grad = False
        self.requires_grad = requires_grad

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if id(self) in memo:
            return memo[id(self)]  # type: ignore[no-any-return]
        copied = type(self)(Tensor.clone(self.detach()), self._requires_grad)
        memo[id(self)] = copied
        return copied


class Buffer(Tensor):
    """A tensor that a `Module` it is assigned to counts among its buffers.

    ``persistent=False`` leaves it out of the module's state_dict.
    """

    __slots__ = ("_persistent",)

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        if data is None:
            data = Tensor()
        if not isinstance(data, TensorBase):
            raise _C.DTypeError(f"Buffer: expected a tensor, got {type(data).__name__}")
        self.array = data.array
        self.node = self.grad = self.base = self.base_node = self.hooks = None
        self._requires_grad = False
        self._persistent = persistent

    @property
    def persistent(self) -> bool:
        """Whether a module's state_dict has it."""
        return getattr(self, "_persistent", True)  # a copy is made without `__init__`


def clear_grad(x: Tensor, set_to_none: bool) -> None:
    """Forget a tensor's gradient, or set it to zero."""
    if x.grad is not None:
        if set_to_none:
            x.grad = None
        else:
            x.grad.detach_()
            _C.copy_into(x.grad.array, _C.scalar(0.0, x.grad.array.dtype))


def type_name(x: Any) -> str:
    """A value's type as messages name it."""
    kind = type(x)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"

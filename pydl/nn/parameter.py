"""Tensors that a module owns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydl import _C, ops
from pydl.autograd.function import TensorBase
from pydl.tensor import Tensor

if TYPE_CHECKING:
    from typing import Self

    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType


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

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied = super().__deepcopy__(memo)
        copied._persistent = self.persistent  # type: ignore[attr-defined]
        return copied  # type: ignore[return-value]

    def __reduce__(self) -> Any:
        return as_buffer, (self.detach(), self.persistent)


def as_buffer(data: Tensor, persistent: bool) -> Buffer:
    """What `pickle` makes of a buffer."""
    return Buffer(data, persistent=persistent)


class Uninitialized(Tensor):
    """What a parameter or buffer without a shape does: it waits for one."""

    __slots__ = ()

    becomes: ClassVar[type[Tensor]] = Tensor

    def materialize(self, shape: Sequence[int], device: str | Device | None = None, dtype: DType | None = None) -> None:
        """Give it memory, not filled in, for elements in ``shape``; it is an ordinary one from then on."""
        code = self.array.dtype if dtype is None else dtype.code
        self.array = _C.empty(tuple(shape), code)
        self.__class__ = self.becomes  # type: ignore[assignment]

    @property
    def shape(self) -> Any:
        """Not known yet.

        Raises:
            StateError: always.
        """
        raise _C.StateError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(Uninitialized, Parameter):
    """A `Parameter` whose shape is not known yet: see the lazy layers."""

    __slots__ = ()

    becomes = Parameter

    def __init__(
        self, requires_grad: bool = True, device: str | Device | None = None, dtype: DType | None = None
    ) -> None:
        super().__init__(ops.empty(0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self._requires_grad, dtype=self.dtype)
        return memo[id(self)]  # type: ignore[no-any-return]


class UninitializedBuffer(Uninitialized):
    """A buffer whose shape is not known yet: see the lazy layers."""

    __slots__ = ()

    def __init__(
        self, requires_grad: bool = False, device: str | Device | None = None, dtype: DType | None = None
    ) -> None:
        self.array = ops.empty(0, device=device, dtype=dtype).array
        self.node = self.grad = self.base = self.base_node = self.hooks = None
        self._requires_grad = False

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if id(self) not in memo:
            memo[id(self)] = type(self)(dtype=self.dtype)
        return memo[id(self)]  # type: ignore[no-any-return]


def is_lazy(x: Any) -> bool:
    """Whether it is a parameter or buffer without a shape."""
    return isinstance(x, Uninitialized)


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

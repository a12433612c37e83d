"""Modules in another dtype, on another device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase
from pydl.nn.modules.members import Members

if TYPE_CHECKING:
    from typing import Self

    from pydl.nn.modules.module import Module
    from pydl.tensor import Tensor


class Conversion(Members):
    """The part of `Module` that changes the memory of all parameters and buffers."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace every parameter's, gradient's and buffer's memory by what ``fn`` makes of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is not None:
                parameter.array = fn(parameter.detach()).array
                if parameter.grad is not None:
                    parameter.grad.array = fn(parameter.grad.detach()).array
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def apply(self, fn: Callable[[Module], None]) -> Self:
        """Call ``fn`` on every module below and then on this one, for example to initialise them."""
        for module in self.children():
            module.apply(fn)
        own: Any = self
        fn(own)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert the floating parameters and buffers to a dtype, or all of them to a device.

        Raises:
            DTypeError: the dtype is not a floating one, or an argument is none of these.
        """
        dtype = None
        for value in (*args, *kwargs.values()):
            if isinstance(value, TensorBase):
                dtype = dtypes.DTYPES[value.array.dtype]
            elif isinstance(value, dtypes.dtype):
                dtype = value
            elif isinstance(value, str | dtypes.device):
                dtypes.check_device(value)
            elif isinstance(value, type) and value in dtypes.PYTHON_TYPES:
                dtype = dtypes.PYTHON_TYPES[value]
            elif value is not None and not isinstance(value, int | dtypes.memory_format):
                raise _C.DTypeError(f"to: expected a dtype, a device or a tensor, got {value!r}")
        if dtype is None:
            return self
        if not dtype.is_floating_point:
            raise _C.DTypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={dtype}")
        return self._convert(dtype)

    def _convert(self, dtype: dtypes.dtype) -> Self:
        """The floating tensors in another dtype."""
        return self._apply(lambda x: x.to(dtype) if x.dtype.is_floating_point else x)

    def type(self, dst_type: dtypes.dtype) -> Self:
        """Convert all parameters and buffers to a dtype."""
        return self._apply(lambda x: x.to(dst_type))

    def float(self) -> Self:
        """Convert the floating parameters and buffers to float32."""
        return self._convert(dtypes.float32)

    def double(self) -> Self:
        """Convert the floating parameters and buffers to float64."""
        return self._convert(dtypes.float64)

    def half(self) -> Self:
        """Convert the floating parameters and buffers to float16."""
        return self._convert(dtypes.float16)

    def bfloat16(self) -> Self:
        """Convert the floating parameters and buffers to bfloat16."""
        return self._convert(dtypes.bfloat16)

    def cpu(self) -> Self:
        """Move everything to the CPU's memory."""
        return self.to(dtypes.cpu)

    def cuda(self, device: Any = None) -> Self:
        """Move everything to a GPU's memory.

        Raises:
            DeviceError: this build has no cuda backend.
        """
        return self.to(dtypes.device("cuda"))

    def to_empty(self, *, device: str | dtypes.device | None, recurse: bool = True) -> Self:
        """Move to a device without the values: memory that holds anything, to be filled next."""
        dtypes.check_device(device)
        return self._apply(lambda x: ops.empty_like(x), recurse)

    def share_memory(self) -> Self:
        """The module as it is: a process started from this one by fork has its own copy of the memory, and there is
        no memory in pydl that several processes write to."""
        return self

"""Wrappers for several devices or processes: there is one of each, so they call the module that they hold.

Their ``state_dict`` has PyTorch's keys, with ``module.`` before each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydl import _C
from pydl.nn.modules.module import Module


class DataParallel(Module):
    """A module on several devices: on the one that there is. The settings have no effect."""

    def __init__(self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = expect_module("DataParallel", module)
        self.device_ids: list[int] = []
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's result."""
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """A module in several processes: in the one that there is. The settings have no effect."""

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0, **settings: Any
    ) -> None:
        super().__init__()
        self.module = expect_module("DistributedDataParallel", module)
        self.device_ids, self.output_device, self.dim = device_ids, output_device, dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The module's result."""
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Within the ``with`` gradients are not averaged over processes, as outside."""
        yield

    @contextmanager
    def join(self, *settings: Any, **more: Any) -> Iterator[None]:
        """For processes with different numbers of batches: there is one."""
        yield


def expect_module(name: str, module: Any) -> Module:
    """The module; a DTypeError where it is none."""
    if not isinstance(module, Module):
        raise _C.DTypeError(f"{name}: expected a Module, got {type(module).__name__}")
    return module


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """The module's result, on the one device."""
    return module(*(inputs if isinstance(inputs, tuple) else (inputs,)), **(module_kwargs or {}))

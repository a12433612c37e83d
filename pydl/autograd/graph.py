"""What PyTorch offers for looking into the graph: what saved tensors become, and where nodes are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pydl import _C
from pydl.autograd.function import Function as Node

__all__ = ["Node", "disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks"]


class saved_tensors_hooks:
    """Raises a StateError: what operations save for backward passes through no hooks here.

    To use less memory between forward and backward see `pydl.utils.checkpoint`.
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        raise _C.StateError(
            "saved_tensors_hooks: saved tensors pass through no hooks in pydl; pydl.utils.checkpoint saves memory"
        )


class save_on_cpu:
    """Keep what backward needs in the CPU's memory, where it always is: makes no difference."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        self.pin_memory, self.device_type = pin_memory, device_type

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the ``with`` `saved_tensors_hooks` raises an error, as it does outside."""
    yield

"""Mixed precision: off. pydl computes in the dtype that tensors have, so losses need no scaling."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from typing import Any

from pydl import _C
from pydl.notice import say_once


class autocast(ContextDecorator):
    """Accepted around a forward pass or a function: operations keep the dtypes of their tensors.

    Raises:
        DTypeError: ``device_type`` is no string.
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise _C.DTypeError(f"autocast: expected device_type to be a str, got {type(device_type).__name__}")
        self.device, self.fast_dtype = device_type, dtype
        if enabled:
            say_once("autocast", "autocast: pydl has no mixed precision: operations keep the dtypes of their tensors")

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: Any) -> None:
        pass


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Whether operations choose their dtype: never."""
    return False


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` would have an effect: no."""
    return False


def custom_fwd(fwd: Callable[..., Any] | None = None, *, device_type: str = "cuda", cast_inputs: Any = None) -> Any:
    """A decorator for the forward of a `Function`: returns it as it is."""
    return (lambda f: f) if fwd is None else fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str = "cuda") -> Any:
    """A decorator for the backward of a `Function`: returns it as it is."""
    return (lambda f: f) if bwd is None else bwd


class GradScaler:
    """Does what PyTorch's does with ``enabled=False``: losses pass as they are, `step` is the optimizer's."""

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._factors = growth_factor, backoff_factor, growth_interval
        if enabled:
            say_once("GradScaler", "GradScaler: pydl has no mixed precision: losses and gradients are not scaled")

    def scale(self, outputs: Any) -> Any:
        """The outputs as they are; an iterable of them as a list."""
        from pydl.autograd.function import TensorBase

        if isinstance(outputs, TensorBase) or not isinstance(outputs, Iterable):
            return outputs
        return outputs if isinstance(outputs, list | tuple) else list(outputs)

    def unscale_(self, optimizer: Any) -> None:
        """Nothing was scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """``optimizer.step(*args, **kwargs)``."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """There is no scale to change."""

    def get_scale(self) -> float:
        """1: nothing is scaled."""
        return 1.0

    def get_growth_factor(self) -> float:
        """The setting."""
        return self._factors[0]

    def get_backoff_factor(self) -> float:
        """The setting."""
        return self._factors[1]

    def get_growth_interval(self) -> int:
        """The setting."""
        return self._factors[2]

    def is_enabled(self) -> bool:
        """No."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """Empty, as PyTorch's where it is not enabled."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """There is nothing to load."""

"""GPUs: this build has none. For programs that ask before they choose a device.

What only asks, waits or frees is answered as on a machine without GPUs; what needs one raises a DeviceError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from pydl import _C
from pydl._C import OutOfMemoryError as OutOfMemoryError

if TYPE_CHECKING:
    from pydl.cuda import amp as amp

LATER = {"amp": ("pydl.cuda.amp", None)}


def __getattr__(name: str) -> Any:
    from pydl.later import load

    return load(__name__, LATER, name)


def missing(name: str) -> NoReturn:
    """The error of what needs a GPU."""
    raise _C.DeviceError(f"cuda.{name}: this build has no cuda backend")


def is_available() -> bool:
    """Whether tensors can be on a GPU."""
    return device_count() > 0


def device_count() -> int:
    """The number of GPUs that pydl can use."""
    return 0


def is_initialized() -> bool:
    """Whether a GPU is in use: never."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether a GPU computes in bfloat16: there is none."""
    return False


def get_arch_list() -> list[str]:
    """The GPU architectures that this build is for: none."""
    return []


def init() -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("init")


def current_device() -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("current_device")


def set_device(device: Any) -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("set_device")


def get_device_name(device: Any = None) -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("get_device_name")


def get_device_properties(device: Any = None) -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("get_device_properties")


def get_device_capability(device: Any = None) -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("get_device_capability")


def mem_get_info(device: Any = None) -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("mem_get_info")


def get_rng_state(device: Any = "cuda") -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("get_rng_state")


def set_rng_state(new_state: Any, device: Any = "cuda") -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("set_rng_state")


def current_stream(device: Any = None) -> NoReturn:
    """Raises a DeviceError: there is no GPU."""
    missing("current_stream")


class Stream:
    """Raises a DeviceError: there is no GPU."""

    def __init__(self, *settings: Any, **more: Any) -> None:
        missing("Stream")


class Event:
    """Raises a DeviceError: there is no GPU. ``time.perf_counter`` times what runs on the CPU."""

    def __init__(self, enable_timing: bool = False, blocking: bool = False, interprocess: bool = False) -> None:
        missing("Event")


class device:
    """Within the ``with`` a GPU is the current one: None or -1 is none; any other raises a DeviceError."""

    def __init__(self, device: Any) -> None:
        if device is not None and device != -1:
            missing("device")

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


class stream:
    """Within the ``with`` a stream is the current one: there can only be None."""

    def __init__(self, stream: Any) -> None:
        if stream is not None:
            missing("stream")

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


def synchronize(device: Any = None) -> None:
    """Wait for the GPUs: nothing to wait for. (PyTorch raises an error without a GPU.)"""


def empty_cache() -> None:
    """Give the GPUs' free memory back: there is none."""


def ipc_collect() -> None:
    """As `empty_cache`."""


def manual_seed(seed: int) -> None:
    """Seed the GPU's generator: there is none."""


def manual_seed_all(seed: int) -> None:
    """Seed all GPUs' generators: there are none."""


def seed() -> None:
    """As `manual_seed`."""


def seed_all() -> None:
    """As `manual_seed_all`."""


def get_rng_state_all() -> list[Any]:
    """The states of all GPUs' generators: none."""
    return []


def set_rng_state_all(new_states: Any) -> None:
    """The opposite of `get_rng_state_all`."""
    if len(list(new_states)):
        missing("set_rng_state_all")


def memory_allocated(device: Any = None) -> int:
    """Bytes of GPU memory in use: 0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """The most bytes of GPU memory that were in use: 0."""
    return 0


def memory_reserved(device: Any = None) -> int:
    """Bytes of GPU memory held: 0."""
    return 0


def max_memory_reserved(device: Any = None) -> int:
    """The most bytes of GPU memory that were held: 0."""
    return 0


def memory_stats(device: Any = None) -> dict[str, Any]:
    """Figures of GPU memory: none."""
    return {}


def reset_peak_memory_stats(device: Any = None) -> None:
    """Forget the peaks: there are none."""


def reset_max_memory_allocated(device: Any = None) -> None:
    """As `reset_peak_memory_stats`."""

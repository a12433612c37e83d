"""Several processes on one model: there is always one here.

What one process can do alone is done; the rest raises a StateError.
"""

from __future__ import annotations

import enum
import os
from typing import Any, NoReturn

from pydl import _C

_state: dict[str, str | None] = {"backend": None}


class ReduceOp(enum.Enum):
    """How values of several processes become one."""

    SUM = 0
    AVG = 1
    PRODUCT = 2
    MIN = 3
    MAX = 4
    BAND = 5
    BOR = 6
    BXOR = 7


class group(enum.Enum):
    """Groups of processes."""

    WORLD = 0


def is_available() -> bool:
    """Whether several processes can work together: no."""
    return False


def is_nccl_available() -> bool:
    """Whether there is this backend: no."""
    return False


def is_gloo_available() -> bool:
    """Whether there is this backend: no."""
    return False


def is_mpi_available() -> bool:
    """Whether there is this backend: no."""
    return False


def is_torchelastic_launched() -> bool:
    """Whether a launcher started this process: no."""
    return False


def is_initialized() -> bool:
    """Whether `init_process_group` was called."""
    return _state["backend"] is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: Any = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Begin as the only process.

    Raises:
        StateError: more than one process is asked for, by ``world_size`` or the environment's WORLD_SIZE.
    """
    if world_size == -1 and (said := os.environ.get("WORLD_SIZE", "")).isdigit():
        world_size = int(said)
    if world_size not in (-1, 1) or rank not in (-1, 0):
        raise _C.StateError(
            f"init_process_group: pydl trains in one process, expected world_size 1 and rank 0, got {world_size} and "
            f"{rank}"
        )
    _state["backend"] = backend or "one process"


def destroy_process_group(group: Any = None) -> None:
    """The opposite of `init_process_group`."""
    _state["backend"] = None


def get_backend(group: Any = None) -> str:
    """What `init_process_group` was given.

    Raises:
        StateError: it was not called.
    """
    if _state["backend"] is None:
        raise _C.StateError("get_backend: init_process_group was not called")
    return _state["backend"]


def get_rank(group: Any = None) -> int:
    """This process's number: 0. (PyTorch raises an error before `init_process_group`.)"""
    return 0


def get_world_size(group: Any = None) -> int:
    """How many processes there are: 1. (PyTorch raises an error before `init_process_group`.)"""
    return 1


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None) -> None:
    """Wait for the others: there are none."""


def all_reduce(tensor: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> None:
    """The tensor stays as it is: a sum over one process."""


def reduce(
    tensor: Any, dst: int | None = None, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> None:
    """The tensor stays as it is: a sum over one process."""
    only("reduce", dst)


def broadcast(tensor: Any, src: int | None = None, group: Any = None, async_op: bool = False) -> None:
    """The tensor stays as it is: it comes from here."""
    only("broadcast", src)


def broadcast_object_list(
    object_list: list[Any], src: int | None = None, group: Any = None, device: Any = None
) -> None:
    """The list stays as it is: it comes from here."""
    only("broadcast_object_list", src)


def all_gather(tensor_list: list[Any], tensor: Any, group: Any = None, async_op: bool = False) -> None:
    """Write this process's tensor into the only place of the list.

    Raises:
        ValueError: the list has more or fewer than one.
    """
    if len(tensor_list) != 1:
        raise _C.ValueError(f"all_gather: expected a list of one tensor for one process, got {len(tensor_list)}")
    tensor_list[0].copy_(tensor.detach())


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Put this process's object into the only place of the list.

    Raises:
        ValueError: the list has more or fewer than one.
    """
    if len(object_list) != 1:
        raise _C.ValueError(f"all_gather_object: expected a list of one for one process, got {len(object_list)}")
    object_list[0] = obj


def only(name: str, rank: int | None) -> None:
    """Refuse another process's number."""
    if rank not in (None, 0):
        raise _C.ValueError(f"{name}: there is one process, expected 0, got {rank}")


def missing(name: str) -> NoReturn:
    """The error of what needs several processes."""
    raise _C.StateError(f"distributed.{name}: pydl trains in one process")


def new_group(*settings: Any, **more: Any) -> NoReturn:
    """Raises a StateError: there is one process."""
    missing("new_group")


def send(tensor: Any, dst: int | None = None, group: Any = None, tag: int = 0) -> NoReturn:
    """Raises a StateError: there is one process."""
    missing("send")


def recv(tensor: Any, src: int | None = None, group: Any = None, tag: int = 0) -> NoReturn:
    """Raises a StateError: there is one process."""
    missing("recv")


def scatter(tensor: Any, scatter_list: Any = None, src: int | None = None, group: Any = None) -> NoReturn:
    """Raises a StateError: there is one process."""
    missing("scatter")


def gather(tensor: Any, gather_list: Any = None, dst: int | None = None, group: Any = None) -> NoReturn:
    """Raises a StateError: there is one process."""
    missing("gather")


def reduce_scatter(output: Any, input_list: Any, op: Any = ReduceOp.SUM, group: Any = None) -> NoReturn:
    """Raises a StateError: there is one process."""
    missing("reduce_scatter")


def all_to_all(output_tensor_list: Any, input_tensor_list: Any, group: Any = None) -> NoReturn:
    """Raises a StateError: there is one process."""
    missing("all_to_all")

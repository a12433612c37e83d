"""Random number generators: which numbers the functions of `pydl.ops.random` draw.

The numbers come from Philox 4x32-10, a counter-based generator (Salmon et al., "Parallel random numbers: as easy as
1, 2, 3", 2011): a draw takes the blocks from the generator's counter on, and each number depends on the seed and its
place alone. So results are the same for any number of threads and on any processor.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from pydl import _C
from pydl.autograd.function import wrap

if TYPE_CHECKING:
    from pydl.dtypes import device as Device
    from pydl.tensor import Tensor


class Generator:
    """A seed and a place in its stream of random numbers. Several threads may draw from one.

    >>> g = pydl.Generator().manual_seed(0)
    >>> pydl.rand(2, generator=g).tolist() == pydl.rand(2, generator=pydl.Generator().manual_seed(0)).tolist()
    True
    """

    def __init__(self, device: str | Device = "cpu") -> None:
        from pydl.dtypes import check_device

        self.device = check_device(device)
        self._lock = threading.Lock()
        self._seed = 67280421310721  # PyTorch's default
        self._offset = 0

    def manual_seed(self, seed: int) -> Generator:
        """Start over with a seed: an int of 64 bits, signed or not.

        Raises:
            ValueError: it does not fit.
        """
        seed = int(seed)
        if not -(1 << 63) <= seed < 1 << 64:
            raise _C.ValueError(f"manual_seed: expected an int of 64 bits, got {seed}")
        with self._lock:
            self._seed, self._offset = seed % (1 << 64), 0
        return self

    def seed(self) -> int:
        """Start over with a seed from the system's source of randomness; returns it."""
        value = int.from_bytes(os.urandom(8), "little")
        self.manual_seed(value)
        return value

    def initial_seed(self) -> int:
        """The seed."""
        return self._seed

    def reserve(self, count: int) -> tuple[int, int]:
        """The seed and the first of the blocks that a draw of ``count`` numbers has for itself."""
        with self._lock:
            offset = self._offset
            self._offset = (offset + count + 8) % (1 << 64)
            return self._seed, offset

    def get_state(self) -> Tensor:
        """Seed and place, as 16 bytes."""
        with self._lock:
            return wrap(_C.from_buffer(np.array([self._seed, self._offset], dtype=np.uint64).view(np.uint8)))

    def set_state(self, new_state: Tensor) -> Generator:
        """Go to where `get_state` was called.

        Raises:
            ValueError: it is no such state.
        """
        values = np.asarray(new_state.array)
        if values.dtype != np.uint8 or values.shape != (16,):
            raise _C.ValueError(f"set_state: expected 16 bytes from get_state, got {values.shape} {values.dtype}")
        seed, offset = np.ascontiguousarray(values).view(np.uint64)
        with self._lock:
            self._seed, self._offset = int(seed), int(offset)
        return self

    def __repr__(self) -> str:
        return f"<pydl.Generator seed={self._seed}>"


_thread = threading.local()


class DefaultGenerator(Generator):
    """The generator that is used where none is given; a DataLoader's worker thread has one of its own in its place."""

    def here(self) -> Generator | None:
        """The calling thread's own, where it has one."""
        return getattr(_thread, "generator", None)

    def manual_seed(self, seed: int) -> Generator:
        """Start over with a seed."""
        own = self.here()
        return super().manual_seed(seed) if own is None else own.manual_seed(seed)

    def initial_seed(self) -> int:
        """The seed."""
        own = self.here()
        return super().initial_seed() if own is None else own.initial_seed()

    def reserve(self, count: int) -> tuple[int, int]:
        """Seed and first block for a draw."""
        own = self.here()
        return super().reserve(count) if own is None else own.reserve(count)

    def get_state(self) -> Tensor:
        """Seed and place."""
        own = self.here()
        return super().get_state() if own is None else own.get_state()

    def set_state(self, new_state: Tensor) -> Generator:
        """Go to where `get_state` was called."""
        own = self.here()
        return super().set_state(new_state) if own is None else own.set_state(new_state)


def use_own_generator(seed: int) -> None:
    """From now on the calling thread draws from a generator of its own."""
    _thread.generator = Generator().manual_seed(seed)


default_generator = DefaultGenerator()
default_generator.seed()


def new_lock() -> None:
    """In a forked child: another thread may have held the lock, and is not there to let go of it."""
    default_generator._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=new_lock)


def manual_seed(seed: int) -> Generator:
    """Make all random numbers that follow repeatable; returns the default generator.

    Raises:
        ValueError: ``seed`` does not fit 64 bits.
    """
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Seed the default generator from the system's source of randomness; returns the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The default generator's seed."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's state."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Set the default generator's state."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Iterable[int] | None = None, enabled: bool = True, device_type: str = "cpu") -> Iterator[None]:
    """Within the ``with``, draws do not move the default generator on for what comes after; ``devices`` are GPUs."""
    state = get_rng_state() if enabled else None
    try:
        yield
    finally:
        if state is not None:
            set_rng_state(state)

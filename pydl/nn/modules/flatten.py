"""Modules that change the shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydl import _C, ops
from pydl.nn.modules.module import Module

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Flatten(Module):
    """The dimensions from ``start_dim`` to ``end_dim`` as one; by default all but the batch."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        return ops.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """The dimension ``dim`` as several, of ``unflattened_size``; one of the sizes may be -1."""

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(dim, int):
            raise _C.DTypeError(f"Unflatten: expected an int for dim, got {type(dim).__name__}")
        if not isinstance(unflattened_size, tuple | list) or not all(isinstance(n, int) for n in unflattened_size):
            raise _C.DTypeError(f"Unflatten: expected a tuple of ints for the sizes, got {unflattened_size!r}")
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        shape = input.array.shape
        if not -len(shape) <= self.dim < len(shape):
            raise _C.IndexError(f"Unflatten: expected a dimension of shape {shape}, got {self.dim}")
        at = self.dim % len(shape)
        return ops.reshape(input, (*shape[:at], *self.unflattened_size, *shape[at + 1 :]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"

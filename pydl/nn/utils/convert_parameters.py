"""All parameters of a model as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydl import _C, ops

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The parameters' elements one after the other; gradients find their way back."""
    return ops.cat([ops.reshape(p, (-1,)) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Fill the parameters from a vector, in their order.

    Raises:
        ShapeError: the vector has fewer or more elements than they have.
    """
    parameters = list(parameters)
    count = sum(p.array.size for p in parameters)
    if vec.array.shape != (count,):
        raise _C.ShapeError(f"vector_to_parameters: expected a vector of shape ({count},), got {vec.array.shape}")
    at = 0
    for p in parameters:
        part = _C.slice(vec.array, 0, at, 1, p.array.size)
        # Memory of its own, so that a step on one parameter does not write into the vector.
        p.array = _C.reshape(_C.clone(part), p.array.shape)
        at += p.array.size

"""Reductions over any dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply
from pydl.dtypes import dtype as DType
from pydl.ops.copy import to_code

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Dims = int | Sequence[int] | None


def dims_of(dim: Dims) -> tuple[int, ...]:
    """The dimensions to reduce; none stands for all."""
    if dim is None:
        return ()
    return (dim,) if isinstance(dim, int) else tuple(dim)


def restore(g: Tensor, shape: tuple[int, ...], dims: tuple[int, ...], keepdim: bool) -> Tensor:
    """A reduced gradient, expanded to the shape from before the reduction."""
    if not keepdim and dims and shape:
        n = len(shape)
        reduced = {d % n for d in dims}
        g = reshape(g, tuple([1 if d in reduced else m for d, m in enumerate(shape)]))
    return expand(g, shape)


class Sum(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: tuple[int, ...], keepdim: bool) -> _C.Array:
        ctx.args = x.array.shape, dims, keepdim
        return _C.reduce_sum(x.array, dims, keepdim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, expanded
        return restore(g, *ctx.args)


def reduce_sum(x: Tensor, dims: tuple[int, ...], keepdim: bool) -> Tensor:
    """The sum over dims (all where there are none)."""
    return apply(Sum, x, dims, keepdim)


def sum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: DType | None = None) -> Tensor:
    """The sum over ``dim``, or over everything. Integers and bool add up as int64.

    >>> pydl.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(dim=1)
    tensor([3., 7.])
    """
    if dtype is not None:
        input = to_code(input, dtype.code)
    return apply(Sum, input, dims_of(dim), keepdim)


from pydl.ops.view import expand, reshape  # noqa: E402

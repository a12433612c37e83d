"""Copies and conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply
from pydl.dtypes import as_dtype, contiguous_format, dtype, memory_format

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Cast(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, code: int) -> _C.Array:
        ctx.code = x.array.dtype
        return _C.cast(x.array, code)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, in x's dtype
        return to_code(g, ctx.code)


class Clone(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return _C.clone(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g
        return g


class Contiguous(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return _C.contiguous(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g
        return g


def to_code(x: Tensor, code: int) -> Tensor:
    """x in the dtype of that number; x itself where it has it."""
    if x.array.dtype == code:
        return x
    if code > 3:  # integers and bool carry no gradient
        from pydl.autograd.function import wrap

        return wrap(_C.cast(x.array, code))
    return apply(Cast, x, code)


def cast(input: Tensor, dtype: dtype) -> Tensor:
    """``input`` converted to ``dtype``; ``input`` itself where it has it."""
    return to_code(input, as_dtype(dtype).code)


def clone(input: Tensor, *, memory_format: memory_format | None = None) -> Tensor:
    """A copy with a memory of its own; gradients flow through it to ``input``.

    >>> x = pydl.tensor([1.0, 2.0])
    >>> y = pydl.clone(x)
    >>> y[0] = 5.0
    >>> x
    tensor([1., 2.])
    """
    return apply(Clone, input)


def contiguous(input: Tensor, memory_format: memory_format = contiguous_format) -> Tensor:
    """``input`` if its rows lie one after the other in memory, else a copy for which they do.

    >>> pydl.zeros(2, 3).t().contiguous().stride()
    (2, 1)
    """
    return input if input.array.contiguous else apply(Contiguous, input)

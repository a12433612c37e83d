"""Variance and standard deviation over any dimensions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, saved_output, wrap
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import Number, expect_tensor
from pydl.ops.reduce import Dims, Ints, Mean, Spread, checked_dims

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Var(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Ints, keepdim: bool, correction: float) -> _C.Array:
        ctx.save(x)
        y = _C.moments(x.array, dims, keepdim)[1]
        ctx.args, ctx.free = (x.array.shape, dims, keepdim), freedom(x.array, y, correction)
        # Of less than nothing to divide by, PyTorch makes 0.
        return _C.div(y, _C.scalar(max(ctx.free, 0.0), y.dtype))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * 2 (x - mean) / (n - correction)
        (x,) = ctx.saved_tensors
        dims = ctx.args[1]
        deviation = sub(x, apply(Spread, apply(Mean, x, dims, True), ctx.args[0], dims, True))
        factor = 2.0 / ctx.free if ctx.free else math.inf
        return mul(apply(Spread, mul(g, factor), *ctx.args), deviation)


class Root(Function):
    """The square root of a variance, whose gradient at 0 is 0."""

    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.sqrt(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / (2 y); 0 where y is 0
        y = saved_output(ctx)
        zero = _C.eq(y.array, _C.scalar(0.0, y.array.dtype))
        nothing, one = (wrap(_C.scalar(v, y.array.dtype)) for v in (0.0, 1.0))
        return select_where(zero, nothing, div(g, mul(select_where(zero, one, y), 2.0)))


def freedom(x: _C.Array, y: _C.Array, correction: float) -> float:
    """What the sum of squared deviations is divided by."""
    return (x.size // y.size if y.size else 0) - correction


def settings(name: str, input: Any, dim: Any, unbiased: bool, correction: Number | None) -> tuple[Ints, float]:
    """PyTorch's two forms: var(x, unbiased) and var(x, dim, unbiased or correction)."""
    expect_tensor(name, input)
    if input.array.dtype > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {input.dtype.name}")
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return checked_dims(name, input, dim), float(unbiased) if correction is None else float(correction)


@numpy_names
def var(
    input: Tensor,
    dim: Dims | bool = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> Tensor:
    """The variance over ``dim``, or over everything: squared deviations from the mean, added and divided by
    ``n - correction`` (1, or 0 where ``unbiased`` is False); NaN for one element with a correction of 1.

    Raises:
        DTypeError: ``input`` is no floating tensor.

    >>> pydl.tensor([1.0, 2.0, 3.0]).var()
    tensor(1.)
    """
    dims, correct = settings("var", input, dim, unbiased, correction)
    if input.array.dtype > 1:  # half numbers are added up in float32
        return to_code(apply(Var, to_code(input, 0), dims, keepdim, correct), input.array.dtype)
    return apply(Var, input, dims, keepdim, correct)


@numpy_names
def std(
    input: Tensor,
    dim: Dims | bool = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> Tensor:
    """The square root of `var`; its gradient is 0 where it is 0.

    >>> pydl.tensor([1.0, 3.0]).std(correction=0)
    tensor(1.)
    """
    dims, correct = settings("std", input, dim, unbiased, correction)
    code = input.array.dtype
    wide = to_code(input, 0) if code > 1 else input
    return to_code(apply(Root, apply(Var, wide, dims, keepdim, correct)), code)


@numpy_names
def var_mean(
    input: Tensor,
    dim: Dims | bool = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """`var` and `mean`."""
    dims, correct = settings("var_mean", input, dim, unbiased, correction)
    return var(input, dims, keepdim=keepdim, correction=correct), apply(Mean, input, dims, keepdim)


@numpy_names
def std_mean(
    input: Tensor,
    dim: Dims | bool = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: Number | None = None,
) -> tuple[Tensor, Tensor]:
    """`std` and `mean`."""
    dims, correct = settings("std_mean", input, dim, unbiased, correction)
    return std(input, dims, keepdim=keepdim, correction=correct), apply(Mean, input, dims, keepdim)


from pydl.ops.binary import div, mul, sub  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

"""Activation functions made of other ops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, apply2
from pydl.autograd.inplace import assign, result_for, snapshot
from pydl.ops.activation import SigmoidBackward, floating, sigmoid, tanh
from pydl.ops.operands import expect_tensor
from pydl.ops.view import slice_dim, wrap_dim

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydl.tensor import Tensor


def placed(name: str, inplace: bool, input: Tensor, compute: Callable[[Tensor], Tensor]) -> Tensor:
    """compute(input), written into input where ``inplace``; half numbers are rounded once, at the end."""
    expect_tensor(name, input)
    x = snapshot(input) if inplace else floating(name, input)
    code = x.array.dtype
    out = to_code(compute(to_code(x, 0)), code) if code in (2, 3) else compute(x)
    return assign(name, input, result_for(name, input, out)) if inplace else out


def softsign(input: Tensor) -> Tensor:
    """``input / (1 + |input|)``."""
    return placed("softsign", False, input, lambda x: div(x, add(abs(x), 1.0)))


def tanhshrink(input: Tensor) -> Tensor:
    """``input - tanh(input)``."""
    return placed("tanhshrink", False, input, lambda x: sub(x, tanh(x)))


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """``input`` where it is positive, ``weight * input`` elsewhere; one weight, or one for each channel (dimension 1).

    Raises:
        ShapeError: weight has neither one element nor one for each channel.
    """
    expect_tensor("prelu", input)
    expect_tensor("prelu", weight)
    shape, count = input.array.shape, weight.array.size
    if weight.array.ndim > 1:
        raise _C.ShapeError(f"prelu: expected a weight of one dimension, got shape {weight.array.shape}")
    if count != 1:
        channels = shape[1] if len(shape) > 1 else 1
        if count != channels:
            raise _C.ShapeError(f"prelu: expected 1 weight or one for each of {channels} channels, got {count}")
        weight = reshape(weight, (count, *(1 for _ in shape[2:])))
    elif weight.array.ndim:
        weight = reshape(weight, ())
    return where(gt(input, 0), input, mul(weight, input))


class Glu(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int) -> _C.Array:
        ctx.save(x)
        ctx.dim, half = dim, x.array.shape[dim] // 2
        gate = _C.sigmoid(_C.slice(x.array, dim, half, 1, half))
        return _C.mul(_C.slice(x.array, dim, 0, 1, half), gate)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * s, g * a * s * (1 - s) for x = (a, b), s = sigmoid(b)
        (x,), dim = ctx.saved_tensors, ctx.dim
        half = x.array.shape[dim] // 2
        gate = sigmoid(slice_dim(x, dim, half, 1, half))
        db = apply2(SigmoidBackward, mul(g, slice_dim(x, dim, 0, 1, half)), gate)
        return cat((mul(g, gate), db), dim)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """``a * sigmoid(b)`` of the two halves along ``dim`` (Dauphin et al., 2016, arXiv:1612.08083).

    Raises:
        ShapeError: the size along ``dim`` is odd.
    """
    x = floating("glu", input)
    shape = x.array.shape
    d = wrap_dim("glu", dim, len(shape))
    if not shape or shape[d] % 2:
        raise _C.ShapeError(f"glu: expected an even size in dimension {dim}, got shape {shape}")
    return placed("glu", False, x, lambda x: apply(Glu, x, d))


from pydl.ops.binary import add, div, mul, sub  # noqa: E402
from pydl.ops.compare import gt  # noqa: E402
from pydl.ops.concat import cat  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.unary import abs  # noqa: E402
from pydl.ops.view import reshape  # noqa: E402
from pydl.ops.where import where  # noqa: E402

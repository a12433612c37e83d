"""Activation functions made of other ops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.inplace import assign, result_for, snapshot
from pydl.ops.activation import floating, sigmoid, tanh
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
    half = shape[d] // 2

    def compute(x: Tensor) -> Tensor:
        return mul(slice_dim(x, d, 0, 1, half), sigmoid(slice_dim(x, d, half, 1, half)))

    return placed("glu", False, x, compute)


from pydl.ops.binary import add, div, mul, sub  # noqa: E402
from pydl.ops.compare import gt  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.unary import abs  # noqa: E402
from pydl.ops.view import reshape  # noqa: E402
from pydl.ops.where import where  # noqa: E402

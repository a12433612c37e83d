"""Activation functions made of other ops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import wrap
from pydl.autograd.inplace import assign, result_for, snapshot
from pydl.ops.activation import elu, floating, sigmoid, softplus, tanh
from pydl.ops.operands import expect_tensor
from pydl.ops.view import slice_dim, wrap_dim

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydl.tensor import Tensor

# Klambauer et al., 2017, arXiv:1706.02515: with these, mean 0 and variance 1 stay what they are.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def placed(name: str, inplace: bool, input: Tensor, compute: Callable[[Tensor], Tensor]) -> Tensor:
    """compute(input), written into input where ``inplace``; half numbers are rounded once, at the end."""
    expect_tensor(name, input)
    x = snapshot(input) if inplace else floating(name, input)
    code = x.array.dtype
    out = to_code(compute(to_code(x, 0)), code) if code in (2, 3) else compute(x)
    return assign(name, input, result_for(name, input, out)) if inplace else out


def between(x: Tensor, low: float, high: float, below: Any, inside: Tensor, above: Any) -> Tensor:
    """inside where low < x < high, below and above elsewhere; NaN counts as inside."""
    code = x.array.dtype
    under, over = (_C.le(x.array, _C.scalar(low, code)), _C.ge(x.array, _C.scalar(high, code)))
    below, above = (wrap(_C.scalar(v, code)) if isinstance(v, float) else v for v in (below, above))
    return select_where(under, below, select_where(over, above, inside))


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """``input`` held between ``min_val`` and ``max_val``; at the bounds the gradient is 0.

    Raises:
        ValueError: ``min_val`` is not below ``max_val``.

    >>> pydl.nn.functional.hardtanh(pydl.tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    if min_val > max_val:
        raise _C.ValueError(f"hardtanh: expected min_val <= max_val, got {min_val} and {max_val}")
    low, high = float(min_val), float(max_val)
    return placed("hardtanh", inplace, input, lambda x: between(x, low, high, low, x, high))


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """``min(max(input, 0), 6)``."""
    return placed("relu6", inplace, input, lambda x: between(x, 0.0, 6.0, 0.0, x, 6.0))


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """``relu6(input + 3) / 6``."""

    def compute(x: Tensor) -> Tensor:
        return between(x, -3.0, 3.0, 0.0, add(mul(x, 1.0 / 6.0), 0.5), 1.0)

    return placed("hardsigmoid", inplace, input, compute)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * relu6(input + 3) / 6`` (Howard et al., 2019, arXiv:1905.02244)."""

    def compute(x: Tensor) -> Tensor:
        # Of the held x, so that an infinite one does not reach the gradient as inf * 0.
        held = clamp(x, -3.0, 3.0)
        return between(x, -3.0, 3.0, 0.0, mul(mul(held, add(held, 3.0)), 1.0 / 6.0), x)

    return placed("hardswish", inplace, input, compute)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * tanh(softplus(input))`` (Misra, 2019, arXiv:1908.08681)."""
    return placed("mish", inplace, input, lambda x: mul(x, tanh(softplus(x))))


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """``scale * elu(input, alpha)`` with the constants of self-normalising networks (arXiv:1706.02515)."""
    return placed("selu", inplace, input, lambda x: mul(elu(x, _SELU_ALPHA), _SELU_SCALE))


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``max(0, input) + min(0, alpha * (exp(input / alpha) - 1))`` (Barron, 2017, arXiv:1704.07483).

    Raises:
        ValueError: ``alpha`` is 0.
    """
    if alpha == 0:
        raise _C.ValueError("celu: expected alpha other than 0")
    return placed("celu", inplace, input, lambda x: mul(elu(mul(x, 1.0 / alpha)), float(alpha)))


def softsign(input: Tensor) -> Tensor:
    """``input / (1 + |input|)``."""
    return placed("softsign", False, input, lambda x: div(x, add(abs(x), 1.0)))


def tanhshrink(input: Tensor) -> Tensor:
    """``input - tanh(input)``."""
    return placed("tanhshrink", False, input, lambda x: sub(x, tanh(x)))


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """``input`` moved by ``lambd`` towards 0, and 0 within ``lambd`` of it.

    Raises:
        ValueError: ``lambd`` is negative.
    """
    if lambd < 0:
        raise _C.ValueError(f"softshrink: expected lambd of at least 0, got {lambd}")
    size = float(lambd)

    def compute(x: Tensor) -> Tensor:
        over, under = gt(x, size).array, lt(x, -size).array
        rest = masked_fill(x, wrap(_C.eq(x.array, x.array)), 0.0)
        return select_where(over, sub(x, size), select_where(under, add(x, size), rest))

    return placed("softshrink", False, input, compute)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """``input``, and 0 within ``lambd`` of 0."""
    x = floating("hardshrink", input)
    size = _C.abs(x.array)
    return masked_fill(x, wrap(_C.le(size, _C.scalar(float(lambd), size.dtype))), 0.0)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """``input`` where it is above ``threshold``, ``value`` elsewhere."""
    if inplace:
        return assign(
            "threshold", input, result_for("threshold", input, masked_fill(input, le(input, threshold), value))
        )
    expect_tensor("threshold", input)
    return masked_fill(input, le(input, threshold), value)


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
from pydl.ops.clamp import clamp  # noqa: E402
from pydl.ops.compare import gt, le, lt  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.unary import abs  # noqa: E402
from pydl.ops.view import reshape  # noqa: E402
from pydl.ops.where import masked_fill, select_where, where  # noqa: E402

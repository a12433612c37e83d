"""The in-place forms of activation functions that PyTorch has as functions, and the leaky one that is random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.function import wrap
from pydl.autograd.inplace import assign, result_for, snapshot
from pydl.ops.activation import celu, elu, floating, leaky_relu, selu
from pydl.ops.operands import expect_tensor
from pydl.ops.piecewise import hardtanh, threshold
from pydl.random import default_generator

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """In-place `elu`."""
    return elu(input, alpha, True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """In-place `celu`."""
    return celu(input, alpha, True)


def selu_(input: Tensor) -> Tensor:
    """In-place `selu`."""
    return selu(input, True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """In-place `leaky_relu`."""
    return leaky_relu(input, negative_slope, True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """In-place `hardtanh`."""
    return hardtanh(input, min_val, max_val, True)


# PyTorch's hidden argument order: threshold_ takes the settings of threshold.
def threshold_(input: Tensor, threshold_: float, value: float) -> Tensor:
    """In-place `threshold`."""
    return threshold(input, threshold_, value, True)


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """``input`` where it is positive, elsewhere times a slope drawn between ``lower`` and ``upper`` for each element.

    Without ``training`` the slope is their mean. Source: Xu et al., arXiv:1505.00853.

    Raises:
        ValueError: ``lower`` is above ``upper``.

    >>> pydl.rrelu(pydl.tensor([-2.0, 2.0]), 0.25, 0.75)
    tensor([-1.,  2.])
    """
    if not lower <= upper:
        raise _C.ValueError(f"rrelu: expected lower <= upper, got {lower} and {upper}")
    if not training:
        return leaky_relu(input, (lower + upper) / 2, inplace)
    expect_tensor("rrelu", input)
    x = snapshot(input) if inplace else floating("rrelu", input)
    code = x.array.dtype
    slope = _C.empty(x.array.shape, 0 if code > 1 else code)
    _C.uniform_into(slope, *default_generator.reserve(slope.size), float(lower), float(upper))
    positive = _C.gt(x.array, _C.scalar(0.0, code))
    y = mul(x, wrap(_C.cast(_C.where(positive, _C.scalar(1.0, slope.dtype), slope), code)))
    return assign("rrelu", input, result_for("rrelu", input, y)) if inplace else y


def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """In-place `rrelu`."""
    return rrelu(input, lower, upper, training, True)


from pydl.ops.binary import mul  # noqa: E402

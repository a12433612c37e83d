"""Pooling by the norm of a window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.ops.conv import each
from pydl.ops.operands import expect_tensor
from pydl.ops.pool import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d
from pydl.ops.unary import sign

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]


def lp_pool(
    spaces: int, input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None, ceil_mode: bool
) -> Tensor:
    """lp_pool1d, 2d and 3d."""
    name = f"lp_pool{spaces}d"
    expect_tensor(name, input)
    if norm_type == 0:
        raise _C.ValueError(f"{name}: expected a norm_type other than 0")
    kernel = each(name, "kernel_size", kernel_size, spaces)
    if math.isinf(norm_type):
        largest = (max_pool1d, max_pool2d, max_pool3d)[spaces - 1]
        sizes: Any = input.abs()
        away = sizes if norm_type > 0 else -sizes
        out: Tensor = largest(away, kernel, stride, 0, 1, ceil_mode)
        return out if norm_type > 0 else -out
    pool = (avg_pool1d, avg_pool2d, avg_pool3d)[spaces - 1]
    mean: Any = pool(input**norm_type, kernel, stride, 0, ceil_mode)
    total: Tensor = sign(mean) * mean.abs().relu() * math.prod(kernel)
    return total ** (1.0 / norm_type)


def lp_pool1d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """``sum(x ** norm_type) ** (1 / norm_type)`` over windows of one dimension.

    An infinite ``norm_type`` gives the largest magnitude, a negative infinite one the smallest.

    >>> pydl.nn.functional.lp_pool1d(pydl.tensor([[[3.0, 4.0, 0.0, 2.0]]]), 2, 2)
    tensor([[[5., 2.]]])
    """
    return lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """``sum(x ** norm_type) ** (1 / norm_type)`` over windows of two dimensions."""
    return lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor,
    norm_type: float,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """``sum(x ** norm_type) ** (1 / norm_type)`` over windows of three dimensions."""
    return lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)

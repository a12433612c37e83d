"""Normalisation across neighbouring channels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.ops.operands import expect_tensor
from pydl.ops.pad import pad
from pydl.ops.pool import avg_pool2d
from pydl.ops.view import reshape, squeeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """``input / (k + alpha * mean of squares over size neighbouring channels) ** beta``.

    Source: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional networks", 2012.

    Raises:
        ShapeError: fewer than 3 dimensions.
        ValueError: ``size`` is below 1.

    >>> pydl.nn.functional.local_response_norm(pydl.tensor([[[2.0]]]), 1, alpha=2.0, beta=1.0)
    tensor([[[0.2222]]])
    """
    expect_tensor("local_response_norm", input)
    shape = input.array.shape
    if len(shape) < 3:
        raise _C.ShapeError(f"local_response_norm: expected 3 dimensions or more, got shape {shape}")
    if size < 1:
        raise _C.ValueError(f"local_response_norm: expected a size of 1 or more, got {size}")
    if not input.array.size:
        return input
    squares = reshape(input * input, (shape[0], 1, shape[1], math.prod(shape[2:])))
    around = pad(squares, (0, 0, size // 2, (size - 1) // 2))
    mean: Any = squeeze(avg_pool2d(around, (size, 1), 1), 1)
    return input / (reshape(mean, shape) * alpha + k) ** beta

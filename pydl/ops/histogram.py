"""How often each number comes, and how many numbers lie in each bin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pydl import _C
from pydl.autograd.function import apply, wrap
from pydl.ops.copy import to_code
from pydl.ops.create import from_array
from pydl.ops.gather import ScatterAdd
from pydl.ops.operands import expect_tensor, number
from pydl.ops.sort import values_of
from pydl.ops.view import ints

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of the numbers 0, 1, … comes in a row of integers, or the sum of its ``weights``.

    The result has ``minlength`` elements, or as many as the largest number asks for. Weights are added in float64,
    those of dtype float32 give float32.

    Raises:
        ValueError: a number, or ``minlength``, is negative.
        DTypeError: ``input`` holds no integers.
        ShapeError: ``input`` is no row, or ``weights`` has another shape.

    >>> pydl.bincount(pydl.tensor([0, 2, 2]))
    tensor([1, 0, 2])
    """
    expect_tensor("bincount", input)
    array = input.array
    if array.dtype <= 3 or array.dtype == 9:
        raise _C.DTypeError(f"bincount: expected integers, got {input.dtype.name}")
    if array.ndim != 1:
        raise _C.ShapeError(f"bincount: expected one dimension, got shape {array.shape}")
    (minlength,) = ints("bincount", (minlength,))
    if minlength < 0:
        raise _C.ValueError(f"bincount: expected minlength of 0 or more, got {minlength}")
    if weights is not None:
        expect_tensor("bincount", weights)
        if weights.array.shape != array.shape:
            raise _C.ShapeError(f"bincount: expected weights of shape {array.shape}, got {weights.array.shape}")
    if weights is None or not array.size:
        return wrap(_C.bincount(array, minlength))
    numbers = np.asarray(array)
    if numbers.min() < 0:
        raise _C.ValueError(f"bincount: expected no negative numbers, got {numbers.min()}")
    size = max(int(numbers.max()) + 1, minlength)
    index = wrap(_C.cast(array, 4))
    total = apply(ScatterAdd, wrap(_C.zeros((size,), 1)), 0, index, to_code(weights, 1))
    return to_code(total, 0) if weights.array.dtype == 0 else total


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements lie in each of ``bins`` equal intervals from ``min`` to ``max``, in the dtype of ``input``.

    Elements outside, and NaN, are not counted; the last interval includes its end. Where ``min`` and ``max`` are
    equal, they are the smallest and the largest element, and where those are equal, 1 below and above.

    Raises:
        DTypeError: ``input`` is no floating tensor.
        ValueError: there is no bin, ``max`` is below ``min``, or a bound is not finite.

    >>> pydl.histc(pydl.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    expect_tensor("histc", input)
    if input.array.dtype > 3:
        raise _C.DTypeError(f"histc: expected a floating dtype, got {input.dtype.name}")
    (bins,) = ints("histc", (bins,))
    if bins < 1:
        raise _C.ValueError(f"histc: expected at least 1 bin, got {bins}")
    x = values_of(input.array).reshape(-1)
    low, high = number("histc", min, "min"), number("histc", max, "max")
    if low == high and x.size:
        low, high = float(x.min()), float(x.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (math.isfinite(low) and math.isfinite(high)):
        raise _C.ValueError(f"histc: expected a finite range, got {low} to {high}")
    if low > high:
        raise _C.ValueError(f"histc: expected max above min, got {low} to {high}")
    inside = x[(x >= low) & (x <= high)]
    # As PyTorch computes it, in the dtype of x; what falls on the end belongs to the last bin.
    kind = x.dtype.type
    at = np.minimum(((inside - kind(low)) / (kind(high) - kind(low)) * kind(bins)).astype(np.int64), bins - 1)
    return wrap(_C.cast(from_array(np.bincount(at, minlength=bins)), input.array.dtype))

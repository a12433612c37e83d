"""Values held between bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes
from pydl.autograd.function import Function, TensorBase, apply, wrap
from pydl.autograd.inplace import assign, overwrite, result_for, snapshot
from pydl.ops.operands import Number, expect_tensor, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Clamp(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, low: float, high: float) -> _C.Array:
        ctx.save(x)
        ctx.bounds = low, high
        return _C.clamp(x.array, low, high)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where low <= x <= high
        (x,) = ctx.saved_tensors
        low, high = ctx.bounds
        a = x.array
        inside = None if low == -math.inf else _C.ge(a, _C.scalar(low, a.dtype))
        if high != math.inf:
            below = _C.le(a, _C.scalar(high, a.dtype))
            inside = below if inside is None else _C.bitwise_and(inside, below)
        return g if inside is None else select_where(inside, g, wrap(_C.scalar(0.0, g.array.dtype)))


def clamp(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
    """``input``, but ``min`` where it is less and ``max`` where it is more; NaN stays.

    The bounds are two numbers or two tensors that broadcast; one may be left out. Where ``min > max``, the
    result is ``max``. On a bound the gradient goes to ``input``.

    Raises:
        ValueError: both bounds are missing.

    >>> pydl.tensor([-2.0, 0.5, 3.0]).clamp(-1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    expect_tensor("clamp", input)
    if min is None and max is None:
        raise _C.ValueError("clamp: expected min, max or both, got neither")
    if isinstance(min, TensorBase) or isinstance(max, TensorBase):
        out = input if min is None else raise_to(input, min)
        return out if max is None else lower_to(out, max)
    for bound in (min, max):
        if bound is not None and not isinstance(bound, int | float):
            raise _C.DTypeError(f"clamp: expected numbers or tensors as bounds, got {type(bound).__name__}")
    code = input.array.dtype
    if code > 3:
        if isinstance(min, float) or isinstance(max, float):
            input = to_code(input, dtypes.get_default_dtype().code)
        elif code == 9:
            input = to_code(input, dtypes.int64.code)
    if min != min or max != max:
        return mul(input, math.nan)
    return apply(Clamp, input, -math.inf if min is None else float(min), math.inf if max is None else float(max))


def raise_to(input: Tensor, low: Any) -> Tensor:
    """input, but low where it is less: unlike `maximum`, a tie's gradient is input's alone."""
    x, y = pair("clamp", input, low)
    above = _C.bitwise_or(_C.ge(x.array, y.array), _C.ne(x.array, x.array))
    return select_where(above, x, y)


def lower_to(input: Tensor, high: Any) -> Tensor:
    """input, but high where it is more."""
    x, y = pair("clamp", input, high)
    below = _C.bitwise_or(_C.le(x.array, y.array), _C.ne(x.array, x.array))
    return select_where(below, x, y)


def clamp_min(input: Tensor, min: Tensor | Number) -> Tensor:
    """`clamp` with a lower bound only."""
    return clamp(input, min=min)


def clamp_max(input: Tensor, max: Tensor | Number) -> Tensor:
    """`clamp` with an upper bound only."""
    return clamp(input, max=max)


def clamp_(input: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
    """In-place `clamp`."""
    expect_tensor("clamp_", input)
    numbers = [b for b in (min, max) if isinstance(b, int | float) and b == b]
    if numbers and len(numbers) == (min is not None) + (max is not None):
        low, high = -math.inf if min is None else float(min), math.inf if max is None else float(max)
        return overwrite("clamp_", lambda x: clamp(x, min, max), lambda a: _C.clamp_(a, low, high), input)
    return assign("clamp_", input, result_for("clamp_", input, clamp(snapshot(input), min, max)))


def clamp_min_(input: Tensor, min: Tensor | Number) -> Tensor:
    """In-place `clamp_min`."""
    return clamp_(input, min=min)


def clamp_max_(input: Tensor, max: Tensor | Number) -> Tensor:
    """In-place `clamp_max`."""
    return clamp_(input, max=max)


# PyTorch's second names.
clip, clip_ = clamp, clamp_

from pydl.ops.binary import mul  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

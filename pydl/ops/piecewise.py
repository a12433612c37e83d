"""Activation functions made of straight pieces (and one of a parabola): clipped, shrunken, cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, apply2, is_tensor
from pydl.autograd.inplace import assign, overwrite, result_for, snapshot
from pydl.ops.activation import floating, settled
from pydl.ops.operands import expect_tensor
from pydl.ops.unary import apply_float

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Hardtanh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, low: float, high: float) -> _C.Array:
        ctx.save(x)
        ctx.bounds = low, high
        return _C.hardtanh(x.array, low, high)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where low < x < high
        return apply(HardtanhBackward, g, ctx.saved_tensors[0], *ctx.bounds)


class HardtanhBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, low: float, high: float) -> _C.Array:
        ctx.save(x)
        ctx.bounds = low, high
        return _C.hardtanh_backward(g.array, x.array, low, high)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg where low < x < high
        return apply(HardtanhBackward, gg, ctx.saved_tensors[0], *ctx.bounds)


class Hardsigmoid(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.hardsigmoid(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / 6 where |x| < 3
        return apply2(HardsigmoidBackward, g, ctx.saved_tensors[0])


class HardsigmoidBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.hardsigmoid_backward(g.array, x.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg / 6 where |x| < 3
        return apply2(HardsigmoidBackward, gg, ctx.saved_tensors[0])


class Hardswish(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.hardswish(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g (x / 3 + 1/2) where |x| < 3, g above
        return apply2(HardswishBackward, g, ctx.saved_tensors[0])


class HardswishBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor) -> _C.Array:
        ctx.save(g, x)
        return _C.hardswish_backward(g.array, x.array)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the same of gg, gg * g / 3 where |x| < 3
        g, x = ctx.saved_tensors
        bend = mul(apply2(HardsigmoidBackward, mul(gg, g), x), 2.0)
        return apply2(HardswishBackward, gg, x), bend


class Hardshrink(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, bound: float) -> _C.Array:
        ctx.save(x)
        ctx.bound = bound
        return _C.hardshrink(x.array, bound, 0.0)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where |x| > bound
        return apply(ShrinkBackward, g, ctx.saved_tensors[0], ctx.bound)


class Softshrink(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, bound: float) -> _C.Array:
        ctx.save(x)
        ctx.bound = bound
        return _C.softshrink(x.array, bound, 0.0)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where |x| > bound
        return apply(ShrinkBackward, g, ctx.saved_tensors[0], ctx.bound)


class ShrinkBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, bound: float) -> _C.Array:
        ctx.save(x)
        ctx.bound = bound
        return _C.shrink_backward(g.array, x.array, bound, 0.0)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg where |x| > bound
        return apply(ShrinkBackward, gg, ctx.saved_tensors[0], ctx.bound)


def held(name: str, input: Tensor, low: float, high: float, inplace: bool) -> Tensor:
    """input between two bounds, under the op's name; integers stay integers."""
    expect_tensor(name, input)
    if input.array.dtype > 3 and input.array.dtype != 9:
        return (clamp_ if inplace else clamp)(input, int(low), int(high))
    x = snapshot(input) if inplace else floating(name, input)
    out = apply(Hardtanh, x, low, high)
    return assign(name, input, result_for(name, input, out)) if inplace else out


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """``input`` held between ``min_val`` and ``max_val``; at the bounds the gradient is 0.

    Raises:
        ValueError: ``min_val`` is above ``max_val``.

    >>> pydl.nn.functional.hardtanh(pydl.tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    low, high = settled("hardtanh", min_val), settled("hardtanh", max_val)
    if low > high:
        raise _C.ValueError(f"hardtanh: expected min_val <= max_val, got {min_val} and {max_val}")
    return held("hardtanh", input, low, high, inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """``min(max(input, 0), 6)``."""
    return held("relu6", input, 0.0, 6.0, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """``relu6(input + 3) / 6``."""
    return overwrite("hardsigmoid", hardsigmoid, _C.hardsigmoid_, input) if inplace else apply_float(Hardsigmoid, input)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """``input * relu6(input + 3) / 6`` (Howard et al., 2019, arXiv:1905.02244)."""
    return overwrite("hardswish", hardswish, _C.hardswish_, input) if inplace else apply_float(Hardswish, input)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """``input`` moved by ``lambd`` towards 0, and 0 within ``lambd`` of it.

    Raises:
        ValueError: ``lambd`` is negative.
    """
    bound = settled("softshrink", lambd)
    if bound < 0:
        raise _C.ValueError(f"softshrink: expected lambd of at least 0, got {lambd}")
    return apply(Softshrink, floating("softshrink", input), bound)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """``input``, and 0 within ``lambd`` of 0."""
    return apply(Hardshrink, floating("hardshrink", input), settled("hardshrink", lambd))


class Threshold(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, bound: float, value: float) -> _C.Array:
        ctx.save(x)
        ctx.bound = bound
        return _C.threshold(x.array, bound, value)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where x > bound
        return apply(ThresholdBackward, g, ctx.saved_tensors[0], ctx.bound)


class ThresholdBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, bound: float) -> _C.Array:
        ctx.save(x)
        ctx.bound = bound
        return _C.threshold_backward(g.array, x.array, bound, 0.0)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg where x > bound
        return apply(ThresholdBackward, gg, ctx.saved_tensors[0], ctx.bound)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """``input`` where it is above ``threshold``, ``value`` elsewhere."""
    expect_tensor("threshold", input)
    bound, low = (v if is_tensor(v) else settled("threshold", v) for v in (threshold, value))
    if input.dtype.is_floating_point and isinstance(bound, float) and isinstance(low, float):
        out = apply(Threshold, snapshot(input) if inplace else input, bound, low)
    else:
        out = masked_fill(input, le(input, threshold), value)
    return assign("threshold", input, result_for("threshold", input, out)) if inplace else out


from pydl.ops.binary import mul  # noqa: E402
from pydl.ops.clamp import clamp, clamp_  # noqa: E402
from pydl.ops.compare import le  # noqa: E402
from pydl.ops.where import masked_fill  # noqa: E402

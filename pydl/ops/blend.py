"""Weighted sums of two or three tensors, element by element."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply
from pydl.autograd.inplace import assign, result_for, snapshot
from pydl.ops.operands import Number, expect_tensor, number

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Lerp(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, end: Tensor, weight: float) -> _C.Array:
        ctx.weight = weight
        # From the nearer end, as in PyTorch: a weight of 1 gives exactly that end.
        near = -0.5 < weight < 0.5
        a, b = x.array, end.array
        return _C.add_difference(a if near else b, b, a, weight if near else weight - 1)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (1 - weight), g * weight
        a, b, *_ = ctx.edges
        return None if a is None else mul(g, 1 - ctx.weight), None if b is None else mul(g, ctx.weight)


class AddProduct(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, w: Tensor, value: float) -> _C.Array:
        ctx.save(y, w)
        ctx.value = value
        return _C.add_product(x.array, y.array, w.array, value)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, g * value * w, g * value * y
        y, w = ctx.saved_tensors
        _, b, c, *_ = ctx.edges
        scaled = g if ctx.value == 1 or (b is None and c is None) else mul(g, ctx.value)
        return g, None if b is None else mul(scaled, w), None if c is None else mul(scaled, y)


class AddRatio(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, w: Tensor, value: float) -> _C.Array:
        ctx.save(y, w)
        ctx.value = value
        return _C.add_ratio(x.array, y.array, w.array, value)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, g * value / w, -g * value * y / w^2
        y, w = ctx.saved_tensors
        _, b, c, *_ = ctx.edges
        if b is None and c is None:
            return g, None, None
        dy = div(g if ctx.value == 1 else mul(g, ctx.value), w)
        return g, dy, None if c is None else neg(mul(dy, div(y, w)))


def alike(*tensors: Tensor) -> bool:
    """Whether one kernel does: the same shape and dtype, float32 or float64."""
    first = tensors[0].array
    return first.dtype <= 1 and all(x.array.dtype == first.dtype and _C.same_shape(x.array, first) for x in tensors[1:])


def lerp(input: Tensor, end: Tensor, weight: Tensor | Number) -> Tensor:
    """``input + weight * (end - input)``.

    >>> pydl.lerp(pydl.tensor([0.0]), pydl.tensor([10.0]), 0.3)
    tensor([3.])
    """
    expect_tensor("lerp", input)
    expect_tensor("lerp", end)
    code = input.array.dtype
    if code in (2, 3) and end.array.dtype == code:  # half numbers are rounded once, at the end
        return to_code(lerp(to_code(input, 0), to_code(end, 0), weight), code)
    _C.broadcast_shapes("lerp", input.array.shape, end.array.shape)
    # From the nearer end, as in PyTorch: a weight of 1 gives exactly that end.
    if not isinstance(weight, TensorBase):
        weight = number("lerp", weight, "weight")
        if alike(input, end):
            return apply(Lerp, input, end, weight)
        gap = sub(end, input)
        return add(input, mul(gap, weight)) if -0.5 < weight < 0.5 else add(end, mul(gap, weight - 1))
    gap = sub(end, input)
    near = lt(abs(weight), 0.5)
    return add(where(near, input, end), mul(gap, where(near, weight, sub(weight, 1))))


def lerp_(input: Tensor, end: Tensor, weight: Tensor | Number) -> Tensor:
    """In-place `lerp`."""
    expect_tensor("lerp_", input)
    return assign("lerp_", input, result_for("lerp_", input, lerp(snapshot(input), end, weight)))


def widened(input: Tensor, tensor1: Tensor, tensor2: Tensor) -> tuple[Tensor, Tensor]:
    """The operands of a product, or ratio, that is added to ``input``, in the dtype of the result: computed in a
    narrower one, integers would wrap."""
    all_three = [x.array for x in (input, tensor1, tensor2)]
    if len({a.dtype for a in all_three}) == 1:
        return tensor1, tensor2
    # As of two operands: scalars count only where their kind is higher.
    shaped = [a.dtype for a in all_three if a.ndim]
    scalars = [a.dtype for a in all_three if not a.ndim]
    code = reduce(_C.promote_types, shaped or scalars)
    if shaped and scalars:
        scalar = _C.empty((), reduce(_C.promote_types, scalars))
        code = _C.result_type(_C.empty((0,), code), scalar)
    return to_code(tensor1, code), to_code(tensor2, code)


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """``input + value * tensor1 * tensor2``."""
    expect_tensor("addcmul", input)
    expect_tensor("addcmul", tensor1)
    code = input.array.dtype
    expect_tensor("addcmul", tensor2)
    if code in (2, 3) and tensor1.array.dtype == tensor2.array.dtype == code:
        wide = addcmul(to_code(input, 0), to_code(tensor1, 0), to_code(tensor2, 0), value=value)
        return to_code(wide, code)
    if alike(input, tensor1, tensor2):
        return apply(AddProduct, input, tensor1, tensor2, float(number("addcmul", value, "value")))
    tensor1, tensor2 = widened(input, tensor1, tensor2)
    product = mul(tensor1, tensor2)
    return add(input, product if value == 1 else mul(product, value))


def addcmul_(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """In-place `addcmul`."""
    expect_tensor("addcmul_", input)
    out = addcmul(snapshot(input), tensor1, tensor2, value=value)
    return assign("addcmul_", input, result_for("addcmul_", input, out))


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """``input + value * tensor1 / tensor2``."""
    expect_tensor("addcdiv", input)
    expect_tensor("addcdiv", tensor1)
    code = input.array.dtype
    expect_tensor("addcdiv", tensor2)
    if code in (2, 3) and tensor1.array.dtype == tensor2.array.dtype == code:
        wide = addcdiv(to_code(input, 0), to_code(tensor1, 0), to_code(tensor2, 0), value=value)
        return to_code(wide, code)
    if alike(input, tensor1, tensor2):
        return apply(AddRatio, input, tensor1, tensor2, float(number("addcdiv", value, "value")))
    tensor1, tensor2 = widened(input, tensor1, tensor2)
    ratio = div(tensor1, tensor2)
    return add(input, ratio if value == 1 else mul(ratio, value))


def addcdiv_(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """In-place `addcdiv`."""
    expect_tensor("addcdiv_", input)
    out = addcdiv(snapshot(input), tensor1, tensor2, value=value)
    return assign("addcdiv_", input, result_for("addcdiv_", input, out))


from pydl.ops.binary import add, div, mul, sub  # noqa: E402
from pydl.ops.compare import lt  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.unary import abs, neg  # noqa: E402
from pydl.ops.where import where  # noqa: E402

"""Normalisation over the last dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, apply_many
from pydl.ops.normalize import second_backward
from pydl.ops.operands import expect_tensor
from pydl.ops.view import reshape

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class LayerNorm(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor | None, b: Tensor | None, size: int, eps: float) -> _C.Array:
        ctx.save(x, w)
        y, mean, rstd = _C.layer_norm(
            x.array, None if w is None else w.array, None if b is None else b.array, size, eps
        )
        ctx.settings = mean, rstd, size, eps
        ctx.bias_shape = None if b is None else b.array.shape
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # rstd P(g w), sum(g h), sum(g): see normalize.py
        x, w = ctx.saved_tensors
        dx, dw, db = apply_many(LayerNormBackward, g, x, w, *ctx.settings)
        return (
            dx,
            None if w is None else reshape(dw, w.array.shape),
            None if ctx.bias_shape is None else reshape(db, ctx.bias_shape),
        )


class LayerNormBackward(Function):
    @staticmethod
    def forward(
        ctx: Any, g: Tensor, x: Tensor, w: Tensor | None, mean: _C.Array, rstd: _C.Array, size: int, eps: float
    ) -> tuple[_C.Array, ...]:
        ctx.save(g, x, w)
        ctx.size, ctx.eps = size, eps
        return _C.layer_norm_backward(g.array, x.array, mean, rstd, None if w is None else w.array, size)

    @staticmethod
    def backward(ctx: Any, a: Tensor | None, c: Tensor | None, e: Tensor | None) -> Any:  # normalize.second_backward
        g, x, w = ctx.saved_tensors
        return second_by_rows(g, x, w, ctx.size, ctx.eps, a, c, e, True)


def second_by_rows(
    g: Tensor,
    x: Tensor,
    w: Tensor | None,
    size: int,
    eps: float,
    a: Tensor | None,
    c: Tensor | None,
    e: Tensor | None,
    centre: bool,
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """`second_backward` over rows of ``size`` elements."""
    rows = (x.array.size // max(size, 1), size)
    row = (1, size)
    dg, dx, dw = second_backward(
        reshape(g, rows),
        reshape(x, rows),
        None if w is None else reshape(w, row),
        (1,),
        eps,
        None if a is None else reshape(a, rows),
        None if c is None else reshape(c, row),
        None if e is None else reshape(e, row),
        centre,
    )
    shape = x.array.shape
    return (
        None if dg is None else reshape(dg, shape),
        None if dx is None else reshape(dx, shape),
        None if dw is None or w is None else reshape(dw, w.array.shape),
    )


def normalized_size(
    name: str, input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None, bias: Tensor | None
) -> int:
    """How many elements one statistic is taken over.

    Raises:
        ShapeError: the last dimensions of input, weight and bias are not of that shape.
    """
    expect_tensor(name, input)
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    have = input.array.shape
    if not shape or have[len(have) - len(shape) :] != shape:
        raise _C.ShapeError(f"{name}: expected an input of shape (..., {str(shape)[1:-1].rstrip(',')}), got {have}")
    for what, part in (("weight", weight), ("bias", bias)):
        if part is not None and part.array.shape != shape:
            raise _C.ShapeError(f"{name}: expected a {what} of shape {shape}, got {part.array.shape}")
    return math.prod(shape)


def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """``(input - mean) / sqrt(var + eps) * weight + bias``, with statistics over the last dimensions.

    The variance is the biased one. Source: Ba, Kiros and Hinton, "Layer normalization", 2016.

    Args:
        normalized_shape: the sizes of those dimensions; weight and bias have this shape.

    Raises:
        ShapeError: the input does not end in that shape.

    >>> pydl.layer_norm(pydl.tensor([[1.0, 3.0]]), (2,), eps=0.0)
    tensor([[-1.,  1.]])
    """
    size = normalized_size("layer_norm", input, normalized_shape, weight, bias)
    return apply(LayerNorm, input, weight, bias, size, eps)


class RmsNorm(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor | None, size: int, eps: float) -> _C.Array:
        ctx.save(x, w)
        y, rstd = _C.rms_norm(x.array, None if w is None else w.array, size, eps)
        ctx.settings = rstd, size, eps
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # rstd P(g w), sum(g h): see normalize.py, not centred
        x, w = ctx.saved_tensors
        dx, dw = apply_many(RmsNormBackward, g, x, w, *ctx.settings)
        return dx, None if w is None else reshape(dw, w.array.shape)


class RmsNormBackward(Function):
    @staticmethod
    def forward(
        ctx: Any, g: Tensor, x: Tensor, w: Tensor | None, rstd: _C.Array, size: int, eps: float
    ) -> tuple[_C.Array, ...]:
        ctx.save(g, x, w)
        ctx.size, ctx.eps = size, eps
        return _C.rms_norm_backward(g.array, x.array, rstd, None if w is None else w.array, size)

    @staticmethod
    def backward(ctx: Any, a: Tensor | None, c: Tensor | None) -> Any:  # normalize.second_backward
        g, x, w = ctx.saved_tensors
        return second_by_rows(g, x, w, ctx.size, ctx.eps, a, c, None, False)


def rms_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """``input / sqrt(mean(input^2) + eps) * weight``, with the mean over the last dimensions.

    ``eps`` is by default the dtype's distance from 1 to the next number. Source: Zhang and Sennrich, "Root mean square
    layer normalization", 2019.

    Raises:
        ShapeError: the input does not end in ``normalized_shape``.

    >>> pydl.rms_norm(pydl.tensor([3.0, 4.0]), (2,), pydl.tensor([5.0, 5.0]), eps=0.0)
    tensor([4.2426, 5.6569])
    """
    size = normalized_size("rms_norm", input, normalized_shape, weight, None)
    if eps is None:
        eps = (2.0**-23, 2.0**-52, 2.0**-7, 2.0**-10)[input.array.dtype] if input.array.dtype <= 3 else 0.0
    if weight is not None and weight.array.dtype != input.array.dtype:  # as in PyTorch, they are promoted
        return apply(RmsNorm, input, None, size, eps) * weight
    return apply(RmsNorm, input, weight, size, eps)

"""Dropout: random elements, or channels, set to zero while training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, wrap
from pydl.autograd.inplace import assign
from pydl.ops.operands import expect_tensor
from pydl.random import default_generator

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Dropout(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, p: float) -> _C.Array:
        seed, offset = default_generator.reserve(x.array.size)
        y, mask = _C.dropout(x.array, p, seed, offset)
        ctx.save(wrap(mask))
        ctx.scale = 1 / (1 - p) if p < 1 else 0.0
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * mask / (1 - p)
        (mask,) = ctx.saved_tensors
        return apply(DropoutBackward, g, mask.array, ctx.scale)


class DropoutBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, mask: _C.Array, scale: float) -> _C.Array:
        ctx.mask, ctx.scale = mask, scale
        return _C.dropout_backward(g.array, mask, scale)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg * mask / (1 - p)
        return apply(DropoutBackward, gg, ctx.mask, ctx.scale)


def check_p(name: str, input: Any, p: float) -> None:
    """Raise where p is no probability or input no tensor."""
    expect_tensor(name, input)
    if not 0 <= p <= 1:
        raise _C.ValueError(f"{name}: expected a probability from 0 to 1, got {p}")


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element is 0 with probability ``p``, else divided by ``1 - p``; without ``training``, ``input`` itself.

    The numbers come from the generator that `manual_seed` seeds. Source: Srivastava et al., "Dropout", 2014.

    Raises:
        ValueError: ``p`` is no probability.

    >>> pydl.dropout(pydl.ones(3), training=False)
    tensor([1., 1., 1.])
    """
    check_p("dropout", input, p)
    if not training or p == 0 or not input.array.size:
        return input
    y = apply(Dropout, input, p)
    return assign("dropout", input, y) if inplace else y


def channel_mask(x: Tensor, p: float, channels: int) -> Tensor:
    """Ones with probability 1 - p, else zeros, one for each of the first `channels` dimensions."""
    shape = x.array.shape[:channels] + (1,) * (x.array.ndim - channels)
    mask = _C.empty(shape, x.array.dtype)
    _C.bernoulli_into(mask, *default_generator.reserve(mask.size), _C.scalar(1 - p, 1))
    return wrap(mask)


def feature_dropout(
    name: str, input: Tensor, p: float, training: bool, inplace: bool, batched: tuple[int, ...], single: int
) -> Tensor:
    """dropout1d, 2d and 3d: whole channels, of inputs with a batch dimension or (`single` dimensions) without."""
    check_p(name, input, p)
    ndim = input.array.ndim
    if ndim not in batched and ndim != single:
        raise _C.ShapeError(
            f"{name}: expected an input of {' or '.join(str(n) for n in sorted({*batched, single}))} dimensions, got "
            f"shape {input.array.shape}"
        )
    if not training or p == 0 or not input.array.size:
        return input
    y = input * (channel_mask(input, p, 2 if ndim in batched else 1) * (1 / (1 - p) if p < 1 else 0.0))
    return assign(name, input, y) if inplace else y


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of (batch, channels, width) or (channels, width)."""
    return feature_dropout("dropout1d", input, p, training, inplace, (3,), 2)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of (batch, channels, height, width).

    As in PyTorch, three dimensions are taken for (batch, channels, width).
    """
    return feature_dropout("dropout2d", input, p, training, inplace, (3, 4), 4)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout` of whole channels of (batch, channels, depth, height, width), or without the batch."""
    return feature_dropout("dropout3d", input, p, training, inplace, (5,), 4)


ALPHA = -1.7580993408473766  # -scale * alpha of SELU: what its results tend to


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean 0 and variance 1: dropped elements become SELU's limit, then all are scaled and shifted.

    Source: Klambauer et al., "Self-normalizing neural networks", 2017.

    Raises:
        ValueError: ``p`` is no probability.
    """
    check_p("alpha_dropout", input, p)
    if not training or p == 0 or not input.array.size:
        return input
    if p == 1:
        y = input * 0.0
    else:
        a = 1 / math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p))
        keep = channel_mask(input, p, input.array.ndim)
        y = input * (keep * a) + ((1 - keep) * (a * ALPHA) - a * ALPHA * p)
    return assign("alpha_dropout", input, y) if inplace else y

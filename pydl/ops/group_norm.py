"""Normalisation over groups of channels, sample by sample; a group of one channel is an instance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, apply_many
from pydl.ops.batch_norm import batch_norm, move_average
from pydl.ops.copy import clone
from pydl.ops.normalize import by_channel, second_backward
from pydl.ops.operands import expect_tensor
from pydl.ops.view import reshape

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class GroupNorm(Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, w: Tensor | None, b: Tensor | None, groups: int, eps: float, stats: list[_C.Array]
    ) -> _C.Array:
        ctx.save(x, w)
        y, mean, var, rstd = _C.group_norm(
            x.array, None if w is None else w.array, None if b is None else b.array, groups, eps
        )
        stats += [mean, var]
        ctx.settings = mean, rstd, groups, eps
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # rstd P(g w), sum(g h), sum(g): see normalize.py
        return apply_many(GroupNormBackward, g, *ctx.saved_tensors, *ctx.settings)


class GroupNormBackward(Function):
    @staticmethod
    def forward(
        ctx: Any, g: Tensor, x: Tensor, w: Tensor | None, mean: _C.Array, rstd: _C.Array, groups: int, eps: float
    ) -> tuple[_C.Array, ...]:
        ctx.save(g, x, w)
        ctx.groups, ctx.eps = groups, eps
        return _C.group_norm_backward(g.array, x.array, mean, rstd, None if w is None else w.array, groups)

    @staticmethod
    def backward(ctx: Any, a: Tensor | None, c: Tensor | None, e: Tensor | None) -> Any:  # normalize.second_backward
        g, x, w = ctx.saved_tensors
        shape, groups = x.array.shape, ctx.groups
        batch, channels = shape[:2]
        cut = (batch, groups, channels // groups, x.array.size // max(batch * channels, 1))
        wide = (1, groups, channels // groups, 1)
        dg, dx, dw = second_backward(
            reshape(g, cut),
            reshape(x, cut),
            None if w is None else reshape(w, wide),
            (2, 3),
            ctx.eps,
            None if a is None else reshape(a, cut),
            None if c is None else reshape(c, wide),
            None if e is None else reshape(e, wide),
        )
        return (
            None if dg is None else reshape(dg, shape),
            None if dx is None else reshape(dx, shape),
            None if dw is None else reshape(dw, (channels,)),
        )


def normalized(
    name: str, input: Tensor, groups: int, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, list[_C.Array]]:
    """The result, and mean and biased variance of each group of each sample.

    Raises:
        ShapeError: there are more or fewer weights than channels.
    """
    channels = input.array.shape[1]
    for what, part in (("weight", weight), ("bias", bias)):
        if part is not None and part.array.shape != (channels,):
            raise _C.ShapeError(f"{name}: expected a {what} of shape ({channels},), got {part.array.shape}")
    stats: list[_C.Array] = []
    return apply(GroupNorm, input, weight, bias, groups, eps, stats), stats


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Each sample's channels in ``num_groups`` groups, each normalised by its own mean and variance.

    Input (batch, channels, ...); weight and bias (channels,). Source: Wu and He, "Group normalization", 2018.

    Raises:
        ShapeError: the channels do not make so many groups.
        ValueError: a single sample has one value by group.

    >>> pydl.group_norm(pydl.tensor([[1.0, 3.0, 4.0, 8.0]]), 2, eps=0.0)
    tensor([[-1.,  1., -1.,  1.]])
    """
    expect_tensor("group_norm", input)
    shape = input.array.shape
    if len(shape) < 2 or num_groups < 1 or shape[1] % num_groups:
        raise _C.ShapeError(
            f"group_norm: expected an input (batch, channels, ...) with channels divisible by {num_groups}, got {shape}"
        )
    if shape[0] * math.prod(shape[1:]) == num_groups:
        raise _C.ValueError(f"group_norm: expected more than 1 value by group, got shape {shape}")
    return normalized("group_norm", input, num_groups, weight, bias, eps)[0]


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each sample normalised by its own mean and variance.

    Input (batch, channels, space...), everything else (channels,). The running statistics, where given, move towards
    the batch's averages of the samples' by ``momentum``; without ``use_input_stats`` they are used instead.

    Raises:
        ShapeError: the input has no space dimension.
        ValueError: one value by channel and sample.

    >>> pydl.instance_norm(pydl.tensor([[[1.0, 3.0]]]), eps=0.0)
    tensor([[[-1.,  1.]]])
    """
    expect_tensor("instance_norm", input)
    x = input.array
    if x.ndim < 3:
        raise _C.ShapeError(f"instance_norm: expected an input (batch, channels, space...), got shape {x.shape}")
    for what, part in (("running_mean", running_mean), ("running_var", running_var)):
        if part is not None and part.array.shape != x.shape[1:2]:
            raise _C.ShapeError(f"instance_norm: expected a {what} of shape {x.shape[1:2]}, got {part.array.shape}")
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if not x.size:
        return by_channel("instance_norm", clone(input), weight, bias)
    count = x.size // (x.shape[0] * x.shape[1])
    if count <= 1:
        raise _C.ValueError(f"instance_norm: expected more than 1 value by channel and sample, got shape {x.shape}")
    y, stats = normalized("instance_norm", input, x.shape[1], weight, bias, eps)
    for running, value, scale in ((running_mean, stats[0], 1.0), (running_var, stats[1], count / (count - 1))):
        if running is not None:
            by_sample = _C.reduce_sum(_C.reshape(value, x.shape[:2]), (0,), False)
            move_average(
                "instance_norm", running, _C.mul(by_sample, _C.scalar(scale / x.shape[0], value.dtype)), momentum
            )
    return y

"""Normalisation by channel, over the batch or by statistics of earlier batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.blame import remember_write
from pydl.autograd.function import Function, apply, apply_many, wrap
from pydl.autograd.inplace import check_own_memory
from pydl.ops.copy import clone
from pydl.ops.normalize import by_channel, second_backward
from pydl.ops.operands import expect_tensor
from pydl.ops.reduce import reduce_sum
from pydl.ops.view import reshape

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class BatchNorm(Function):
    """With the mean and deviation of x itself."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, w: Tensor | None, b: Tensor | None, mean: _C.Array, rstd: _C.Array, eps: float
    ) -> _C.Array:
        ctx.save(x, w)
        ctx.settings = mean, rstd, eps
        return _C.batch_norm(x.array, mean, rstd, None if w is None else w.array, None if b is None else b.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # rstd P(g w), sum(g h), sum(g): see normalize.py
        x, w = ctx.saved_tensors
        return apply_many(BatchNormBackward, g, x, w, *ctx.settings)


class BatchNormBackward(Function):
    @staticmethod
    def forward(
        ctx: Any, g: Tensor, x: Tensor, w: Tensor | None, mean: _C.Array, rstd: _C.Array, eps: float
    ) -> tuple[_C.Array, ...]:
        ctx.save(g, x, w)
        ctx.eps = eps
        return _C.batch_norm_backward(g.array, x.array, mean, rstd, None if w is None else w.array)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> Any:  # normalize.second_backward
        g, x, w = ctx.saved_tensors
        ndim = x.array.ndim
        wide = (1, x.array.shape[1]) + (1,) * (ndim - 2)
        a, c, e = grads
        dg, dx, dw = second_backward(
            g,
            x,
            None if w is None else reshape(w, wide),
            (0, *range(2, ndim)),
            ctx.eps,
            a,
            None if c is None else reshape(c, wide),
            None if e is None else reshape(e, wide),
        )
        return dg, dx, None if dw is None else reshape(dw, (x.array.shape[1],))


class BatchNormFixed(Function):
    """With a mean and deviation that do not depend on x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor | None, b: Tensor | None, mean: _C.Array, rstd: _C.Array) -> _C.Array:
        ctx.save(x, w)
        ctx.mean, ctx.rstd = mean, rstd
        return _C.batch_norm(x.array, mean, rstd, None if w is None else w.array, None if b is None else b.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g rstd w, sum(g (x - mean) rstd), sum(g)
        x, w = ctx.saved_tensors
        ndim = x.array.ndim
        wide, dims = (x.array.shape[1],) + (1,) * (ndim - 2), (0, *range(2, ndim))
        rstd = wrap(_C.cast(ctx.rstd, x.array.dtype))
        dx = dw = None
        if ctx.edges[0] is not None:
            dx = g * reshape(rstd if w is None else rstd * w, wide)
        if ctx.edges[1] is not None:
            h = (x - reshape(wrap(_C.cast(ctx.mean, x.array.dtype)), wide)) * reshape(rstd, wide)
            dw = reduce_sum(g * h, dims, False)
        return dx, dw, None if ctx.edges[2] is None else reduce_sum(g, dims, False)


def inverse_deviation(var: _C.Array, eps: float) -> _C.Array:
    """1 / sqrt(var + eps)"""
    return _C.rsqrt(_C.add(var, _C.scalar(eps, var.dtype)))


def move_average(name: str, running: Tensor, value: _C.Array, momentum: float) -> None:
    """running = (1 - momentum) * running + momentum * value, in place; name is the op's."""
    check_own_memory(name, running)
    array = running.array
    _C.mul_(array, _C.scalar(1 - momentum, array.dtype))
    _C.add_(array, _C.mul(_C.cast(value, array.dtype), _C.scalar(momentum, array.dtype)))
    remember_write(running)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """``(input - mean) / sqrt(var + eps) * weight + bias`` by channel.

    Input (batch, channels, ...), everything else (channels,). With ``training``, mean and (biased) variance are those
    of the input over all but its channels, and the running ones, where given, move towards them by ``momentum`` (the
    variance in its unbiased form); without, the running ones are used. Source: Ioffe and Szegedy, "Batch
    normalization", 2015.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: training with one value by channel, or no running statistics without training.

    >>> x = pydl.tensor([[1.0], [3.0]])
    >>> pydl.batch_norm(x, None, None, training=True, eps=0.0)
    tensor([[-1.],
            [ 1.]])
    """
    expect_tensor("batch_norm", input)
    x = input.array
    if x.ndim < 2:
        raise _C.ShapeError(f"batch_norm: expected an input (batch, channels, ...), got shape {x.shape}")
    channels = (x.shape[1],)
    for what, part in (("running_mean", running_mean), ("running_var", running_var)):
        if part is not None and part.array.shape != channels:
            raise _C.ShapeError(f"batch_norm: expected a {what} of shape {channels}, got {part.array.shape}")
    if not training:
        if running_mean is None or running_var is None:
            raise _C.ValueError("batch_norm: expected running_mean and running_var without training, got None")
        code = 0 if x.dtype in (2, 3) else x.dtype
        # Copies: the running statistics move on before backward.
        mean = _C.clone(_C.cast(running_mean.array, code))
        rstd = inverse_deviation(_C.cast(running_var.array, code), eps)
        return apply(BatchNormFixed, input, weight, bias, mean, rstd)
    if not x.size:  # as in PyTorch, nothing to learn from: the running statistics stay
        return by_channel("batch_norm", clone(input), weight, bias)
    count = x.size // x.shape[1]
    if count <= 1:
        raise _C.ValueError(f"batch_norm: expected more than 1 value by channel in training, got shape {x.shape}")
    mean, var = _C.batch_norm_stats(x)
    if running_mean is not None:
        move_average("batch_norm", running_mean, mean, momentum)
    if running_var is not None:
        move_average("batch_norm", running_var, _C.mul(var, _C.scalar(count / (count - 1), var.dtype)), momentum)
    return apply(BatchNorm, input, weight, bias, mean, inverse_deviation(var, eps), eps)

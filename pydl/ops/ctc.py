"""The loss of a sequence of labels whose places in time are not known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply, grad_enabled, wrap
from pydl.ops.create import from_array
from pydl.ops.loss import reduction_of
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Targets(NamedTuple):
    """A batch's labels one after the other, where each sequence's begin, how many they are, and its steps: int64."""

    labels: _C.Array
    offsets: _C.Array
    lengths: _C.Array
    steps: _C.Array
    blank: int


class CtcLoss(Function):
    """The loss of each sequence (batch,)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, targets: Targets, zero_infinity: bool) -> _C.Array:
        ctx.save(x)
        ctx.settings = targets, zero_infinity
        ctx.loss, ctx.alpha = _C.ctc_loss(x.array, *targets)
        return _C.where(infinite(ctx.loss), _C.scalar(0.0, x.array.dtype), ctx.loss) if zero_infinity else ctx.loss

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        # -g * (the share of all ways that are at the class at that time). PyTorch adds exp(x), which is the same
        # once it has gone through log_softmax, but not the derivative by x.
        (x,) = ctx.saved_tensors
        targets: Targets = ctx.settings[0]
        zero_infinity = ctx.settings[1]
        if grad_enabled():  # for derivatives of it: through the loss made of differentiable operations
            from pydl.autograd import grad

            loss = composed(x, targets)
            if zero_infinity:
                loss = select_where(infinite(ctx.loss), wrap(_C.scalar(0.0, g.array.dtype)), loss)
            return grad(loss, x, g, create_graph=True)[0]
        return wrap(_C.ctc_loss_backward(g.array, x.array, *targets, zero_infinity, ctx.loss, ctx.alpha))


def infinite(loss: _C.Array) -> _C.Array:
    """Where labels do not fit into the steps."""
    return _C.eq(loss, _C.scalar(math.inf, loss.dtype))


def composed(x: Tensor, targets: Targets) -> Tensor:
    """The loss of each sequence by the recursion over time, all sequences at once."""
    labels, offsets, lengths, steps = (np.asarray(a) for a in targets[:4])
    count, states = len(lengths), 2 * int(lengths.max(initial=0)) + 1
    extended = np.full((count, states), targets.blank)  # blank, label, blank, ..., label, blank
    for n, (first, size) in enumerate(zip(offsets, lengths, strict=True)):
        extended[n, 1 : 2 * size : 2] = labels[first : first + size]
    skips = np.zeros((count, states), bool)  # where the blank before may be left out
    skips[:, 2:] = (extended[:, 2:] != targets.blank) & (extended[:, 2:] != extended[:, :-2])
    never = wrap(_C.scalar(-math.inf, x.array.dtype))

    def moved(alpha: Tensor, by: int) -> Tensor:
        # The states before, which the first ones do not have.
        if by >= states:
            return wrap(_C.full(alpha.array.shape, never.array))
        edge = wrap(_C.full((count, by), never.array))
        return cat((edge, slice_dim(alpha, 1, 0, 1, states - by)), 1)

    at = wrap(from_array(extended))
    start = from_array(np.arange(states) < 2)
    alpha = wrap(_C.full((count, states), never.array))
    for t in range(int(steps.max(initial=0))):
        emission = gather(select(x, 0, t), 1, at)
        if t == 0:
            new = select_where(start, emission, never)
        else:
            jump = select_where(from_array(skips), moved(alpha, 2), never)
            new = add(log_sum((alpha, moved(alpha, 1), jump)), emission)
        alpha = select_where(from_array((t < steps)[:, None]), new, alpha)
    last = np.arange(states) >= (2 * lengths - 1)[:, None]
    last &= np.arange(states) <= (2 * lengths)[:, None]
    ends = select_where(from_array(last), alpha, never)
    loss = neg(log_sum([select(ends, 1, s) for s in range(states)]))
    return select_where(from_array((steps == 0) & (lengths == 0)), wrap(_C.scalar(0.0, x.array.dtype)), loss)


def log_sum(parts: Sequence[Tensor]) -> Tensor:
    """log(sum(exp(part))); -inf, with derivative 0, where all are -inf."""
    top = parts[0].array
    for part in parts[1:]:
        top = _C.maximum(top, part.array)
    code = top.dtype
    blind = _C.eq(top, _C.scalar(-math.inf, code))
    start = wrap(_C.where(blind, _C.scalar(0.0, code), top))
    total = exp(sub(parts[0], start))
    for part in parts[1:]:
        total = add(total, exp(sub(part, start)))
    total = select_where(blind, wrap(_C.scalar(1.0, code)), total)
    return select_where(blind, wrap(_C.scalar(-math.inf, code)), add(log(total), start))


def lengths_of(what: str, lengths: Any, batch: int, most: int) -> Any:
    """Lengths, from a tensor or a sequence of ints, as int64.

    Raises:
        DTypeError: no integers.
        ShapeError: not one for each sequence.
        ValueError: one is negative or too large.
    """
    values = np.asarray(lengths.array) if isinstance(lengths, TensorBase) else np.asarray(lengths)
    if values.dtype.kind not in "iu" and values.size:
        raise _C.DTypeError(f"ctc_loss: expected integer {what}, got {values.dtype}")
    values = values.astype(np.int64)
    if values.shape != (batch,):
        raise _C.ShapeError(f"ctc_loss: expected {what} of shape ({batch},), got {values.shape}")
    if batch and not (values.min() >= 0 and values.max() <= most):
        raise _C.ValueError(f"ctc_loss: expected {what} from 0 to {most}, got {values.min()} to {values.max()}")
    return values


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """``-log`` of the probability of the labels, over all ways to spread them in time (Graves et al., 2006).

    Args:
        log_probs: `log_softmax` of each step's scores, (steps, batch, classes) or (steps, classes).
        targets: labels, (batch, longest), or all sequences' one after the other in one dimension.
        input_lengths, target_lengths: of each sequence (batch,), or () without a batch.
        blank: the class of no label.
        reduction: "mean" (each loss by its number of labels, and their mean), "sum" or "none".
        zero_infinity: 0 in place of the loss, and the gradient, of a sequence too short for its labels.

    Raises:
        ShapeError: the shapes do not fit.
        IndexError: a label is no class.
        ValueError: a length is out of range.

    >>> x = pydl.full((2, 1, 2), 0.5).log()
    >>> pydl.nn.functional.ctc_loss(x, pydl.tensor([[1]]), (2,), (1,)).exp()  # of 4 ways, 3 are right
    tensor(1.3333)
    """
    name = "ctc_loss"
    expect_tensor(name, log_probs)
    expect_tensor(name, targets)
    reduction = reduction_of(name, reduction, None, None)
    code = log_probs.array.dtype
    if code > 3:
        raise _C.DTypeError(f"{name}: expected log_probs of a floating dtype, got {log_probs.dtype.name}")
    if not 4 <= targets.array.dtype <= 8:
        raise _C.DTypeError(f"{name}: expected targets of an integer dtype, got {targets.dtype.name}")
    shape = log_probs.array.shape
    if len(shape) not in (2, 3):
        raise _C.ShapeError(f"{name}: expected log_probs (steps, batch, classes) or (steps, classes), got {shape}")
    x, batched = log_probs, len(shape) == 3
    if not batched:
        x = reshape(log_probs, (shape[0], 1, shape[1]))
        one = [np.asarray(v.array if isinstance(v, TensorBase) else v) for v in (input_lengths, target_lengths)]
        input_lengths, target_lengths = (v.reshape(1) if v.size == 1 else v for v in one)  # type: ignore[assignment]
    steps, batch, classes = x.array.shape
    if not 0 <= blank < classes:
        raise _C.ValueError(f"{name}: expected blank from 0 to {classes - 1}, got {blank}")
    labels = np.asarray(_C.cast(targets.array, 4))
    if labels.ndim not in (1, 2) or (labels.ndim == 2 and (not batched or labels.shape[0] != batch)):
        raise _C.ShapeError(
            f"{name}: expected targets (batch, longest), or (sum of target_lengths,) one after the other, for a batch "
            f"of {batch}, got {labels.shape}"
        )
    most = labels.shape[-1]
    input_sizes = lengths_of("input_lengths", input_lengths, batch, steps)
    sizes = lengths_of("target_lengths", target_lengths, batch, most)
    if labels.ndim == 2:
        offsets = np.arange(batch, dtype=np.int64) * most
        used = labels[np.arange(most) < sizes[:, None]]
    else:
        if sizes.sum() != most:
            raise _C.ShapeError(
                f"{name}: expected as many targets as target_lengths add up to, {sizes.sum()}, got {most}"
            )
        offsets, used = np.cumsum(sizes) - sizes, labels
    if used.size and not (used.min() >= 0 and used.max() < classes):
        raise _C.IndexError(f"{name}: expected labels from 0 to {classes - 1}, got {used.min()} to {used.max()}")
    flat, starts, counts, times = (from_array(np.array(a).reshape(-1)) for a in (labels, offsets, sizes, input_sizes))
    batch_targets = Targets(flat, starts, counts, times, blank)
    loss = apply(CtcLoss, to_code(x, 0) if code > 1 else x, batch_targets, bool(zero_infinity))
    if reduction == "mean":
        share = wrap(_C.cast(from_array(1 / (np.maximum(sizes, 1) * max(batch, 1))), loss.array.dtype))
        loss = sum(mul(loss, share)) if batch else mean(loss)
    elif reduction == "sum":
        loss = sum(loss)
    elif not batched:
        loss = reshape(loss, ())
    return to_code(loss, code)


from pydl.ops.binary import add, mul, sub  # noqa: E402
from pydl.ops.concat import cat  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.exponential import exp, log  # noqa: E402
from pydl.ops.gather import gather  # noqa: E402
from pydl.ops.reduce import mean, sum  # noqa: E402
from pydl.ops.unary import neg  # noqa: E402
from pydl.ops.view import reshape, select, slice_dim  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

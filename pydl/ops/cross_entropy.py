"""Cross-entropy of classes: of logits in one pass, of log-probabilities, of whole distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, wrap
from pydl.ops.extremes import Pick
from pydl.ops.loss import reduced, reduction_of
from pydl.ops.operands import expect_tensor
from pydl.ops.softmax import SoftmaxBackward, log_softmax, softmax

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class CrossEntropy(Function):
    """Of x (rows, classes) and target (rows,), checked: the loss of each row, or their sum divided by a number."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        target: _C.Array,
        weight: _C.Array | None,
        ignore_index: int,
        smoothing: float,
        divisor: float | None,
    ) -> _C.Array:
        ctx.save(x)
        loss, ctx.log_sum = _C.cross_entropy(x.array, target, weight, ignore_index, smoothing)
        ctx.settings = target, weight, ignore_index, smoothing
        ctx.scale = 1.0
        if divisor is None:
            return loss
        ctx.scale = 1.0 / divisor if divisor else float("nan")
        return _C.mul(_C.reduce_sum(loss, (), False), _C.scalar(ctx.scale, loss.dtype))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * weight[target] * (softmax(x) - [class is target]), smoothed
        (x,) = ctx.saved_tensors
        return apply(CrossEntropyBackward, g, x, ctx.log_sum, ctx.scale, *ctx.settings)


class CrossEntropyBackward(Function):
    @staticmethod
    def forward(
        ctx: Any,
        g: Tensor,
        x: Tensor,
        log_sum: _C.Array,
        scale: float,
        target: _C.Array,
        weight: _C.Array | None,
        ignore_index: int,
        smoothing: float,
    ) -> _C.Array:
        ctx.save(g, x)
        ctx.settings = log_sum, scale, target, weight, ignore_index, smoothing
        return _C.cross_entropy_backward(g.array, scale, x.array, log_sum, target, weight, ignore_index, smoothing)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:
        # of g: sum(gg * the gradient for g = 1); of x: softmax's gradient of gg * g * (the weight of the row)
        g, x = ctx.saved_tensors
        scale, (target, weight, ignore_index, smoothing) = ctx.settings[1], ctx.settings[2:]
        dg = dx = None
        if ctx.edges[0] is not None:
            one = wrap(_C.full(g.array.shape, _C.scalar(1.0, g.array.dtype)))
            unit = apply(CrossEntropyBackward, one, x, *ctx.settings)
            dg = reduce_sum(mul(gg, unit), (1,) if g.array.ndim else (), False)
        if ctx.edges[1] is not None:
            rows = row_weights(x.array, target, weight, ignore_index, smoothing)
            factor = mul(mul(g, wrap(rows)), scale)
            dx = apply(SoftmaxBackward, mul(gg, unsqueeze(factor, 1)), softmax(x, 1), 1)
        return dg, dx


def safe_index(target: _C.Array, ignore_index: int) -> tuple[_C.Array, _C.Array]:
    """Where targets do not count, and the targets with 0 there: (rows,)."""
    ignored = _C.eq(target, _C.scalar(ignore_index, target.dtype))
    return ignored, _C.where(ignored, _C.scalar(0, target.dtype), target)


def class_weights(target: _C.Array, weight: _C.Array | None, ignore_index: int, dtype: int) -> _C.Array:
    """The weight of each row's class, 0 where it does not count: (rows,)."""
    ignored, index = safe_index(target, ignore_index)
    of_class = _C.scalar(1.0, dtype) if weight is None else _C.gather(weight, 0, index)
    return _C.where(ignored, _C.scalar(0.0, dtype), of_class)


def row_weights(
    x: _C.Array, target: _C.Array, weight: _C.Array | None, ignore_index: int, smoothing: float
) -> _C.Array:
    """How much of softmax(x) is in the gradient of each row: (rows,)."""
    of_class = class_weights(target, weight, ignore_index, x.dtype)
    if not smoothing:
        return of_class
    classes = x.shape[1]
    all_weights = classes if weight is None else _C.item(_C.reduce_sum(weight, (), False))
    counts = class_weights(target, None, ignore_index, x.dtype)
    share = _C.mul(counts, _C.scalar(smoothing / classes * all_weights, x.dtype))
    return _C.add(_C.mul(of_class, _C.scalar(1.0 - smoothing, x.dtype)), share)


def as_rows(
    name: str, input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int
) -> tuple[Tensor, _C.Array]:
    """Inputs (classes,), (batch, classes) or (batch, classes, d...) as (rows, classes), and classes checked (rows,)."""
    shape = input.array.shape
    if not shape:
        raise _C.ShapeError(f"{name}: expected an input of shape (classes,) or (batch, classes, ...), got ()")
    expected = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if target.array.shape != expected:
        raise _C.ShapeError(
            f"{name}: expected classes of shape {expected} for an input of shape {shape}, got {target.array.shape}"
        )
    classes = shape[1] if len(shape) > 1 else shape[0]
    if weight is not None:
        expect_tensor(name, weight)
        if weight.array.shape != (classes,):
            raise _C.ShapeError(
                f"{name}: expected a weight for each of {classes} classes, got shape {weight.array.shape}"
            )
    checked = _C.checked_classes(name, target.array, classes, ignore_index)
    if len(shape) == 2:
        return input, checked
    if len(shape) > 2:
        input = permute(input, (0, *range(2, len(shape)), 1))
    return reshape(input, (checked.size, classes)), _C.reshape(checked, (checked.size,))


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """``-log(softmax(input)[target])``: the loss of a classifier, from its logits.

    Args:
        input: logits, (classes,), (batch, classes) or (batch, classes, d...).
        target: classes of an integer dtype, in input's shape without the classes; or probabilities, floating,
            in input's shape.
        weight: of each class, (classes,).
        ignore_index: a class that counts neither in the sum nor in the mean; not for probabilities.
        reduction: "mean" (weighted by the targets' weights), "sum" or "none".
        label_smoothing: the share of the target spread evenly over all classes (arXiv:1512.00567).

    Raises:
        IndexError: a class is out of range; the message says which one, and where.
        ShapeError: the shapes do not fit.
        DTypeError: classes of a floating dtype.

    >>> pydl.nn.functional.cross_entropy(pydl.tensor([[2.0, 0.0]]), pydl.tensor([0]))
    tensor(0.1269)
    """
    name = "cross_entropy"
    expect_tensor(name, input)
    expect_tensor(name, target)
    reduction = reduction_of(name, reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise _C.ValueError(f"{name}: expected label_smoothing from 0 to 1, got {label_smoothing}")
    code = input.array.dtype
    if code > 3:
        raise _C.DTypeError(f"{name}: expected logits of a floating dtype, got {input.dtype.name}")
    if code > 1:  # sums of half numbers need more room
        wide = None if weight is None else to_code(weight, 0)
        loss = cross_entropy(to_code(input, 0), target, wide, None, ignore_index, None, reduction, label_smoothing)
        return to_code(loss, code)
    if target.array.dtype <= 3 and target.array.shape == input.array.shape:
        if ignore_index >= 0:
            raise _C.ValueError(f"{name}: expected no ignore_index for a target of probabilities, got {ignore_index}")
        return of_probabilities(input, target, weight, reduction, label_smoothing)
    x, classes = as_rows(name, input, target, weight, ignore_index)
    w = None if weight is None else weight.array
    divisor = None
    if reduction == "sum":
        divisor = 1.0
    elif reduction == "mean":
        divisor = _C.total_weight(classes, w, ignore_index)
    loss = apply(CrossEntropy, x, classes, w, ignore_index, float(label_smoothing), divisor)
    return reshape(loss, target.array.shape) if divisor is None and loss.array.shape != target.array.shape else loss


def of_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, label_smoothing: float
) -> Tensor:
    """Cross-entropy against a distribution over the classes."""
    shape = input.array.shape
    if not shape:
        raise _C.ShapeError("cross_entropy: expected an input of shape (classes,) or (batch, classes, ...), got ()")
    dim = 1 if len(shape) > 1 else 0
    if label_smoothing:
        target = add(mul(target, 1.0 - label_smoothing), label_smoothing / shape[dim])
    terms = mul(log_softmax(input, dim), target)
    if weight is not None:
        if weight.array.shape != (shape[dim],):
            raise _C.ShapeError(
                f"cross_entropy: expected a weight for each of {shape[dim]} classes, got shape {weight.array.shape}"
            )
        terms = mul(terms, reshape(weight, (shape[dim], *(1 for _ in shape[dim + 1 :]))))
    return reduced(neg(reduce_sum(terms, (dim,), False)), reduction, input.array.dtype)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``-input[target]`` of log-probabilities; shapes, settings and errors as for `cross_entropy`."""
    name = "nll_loss"
    expect_tensor(name, input)
    expect_tensor(name, target)
    reduction = reduction_of(name, reduction, size_average, reduce)
    x, classes = as_rows(name, input, target, weight, ignore_index)
    dtype = x.array.dtype
    w = None if weight is None else weight.array
    ignored, index = safe_index(classes, ignore_index)
    picked = squeeze(apply(Pick, x, 1, _C.unsqueeze(index, 1)), 1)
    weights = _C.neg(class_weights(classes, w, ignore_index, dtype))
    # Chosen, not multiplied by 0: an ignored row may hold -inf.
    loss = select_where(ignored, wrap(_C.scalar(0.0, dtype)), mul(picked, wrap(weights)))
    if reduction == "none":
        return reshape(loss, target.array.shape)
    total = reduce_sum(loss, (), False)
    return total if reduction == "sum" else div(total, _C.total_weight(classes, w, ignore_index))


from pydl.ops.binary import add, div, mul  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.reduce import reduce_sum  # noqa: E402
from pydl.ops.unary import neg  # noqa: E402
from pydl.ops.view import permute, reshape, squeeze, unsqueeze  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

"""Losses that are 0 once what should differ is apart by a margin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, apply, wrap
from pydl.ops.create import from_array
from pydl.ops.loss import matched, reduced, reduction_of, weighted
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from typing import Any

    from pydl.tensor import Tensor


def above_zero(x: Tensor) -> Tensor:
    """max(x, 0); at 0 the gradient is x's, as in PyTorch's losses."""
    return clamp(x, min=0.0)


def chosen(x: Tensor, condition: _C.Array) -> Tensor:
    """x where the condition holds, 0 elsewhere."""
    return select_where(condition, x, wrap(_C.scalar(0.0, x.array.dtype)))


def is_number(x: _C.Array, value: float) -> _C.Array:
    """Where x is value."""
    return _C.eq(x, _C.scalar(value if x.dtype <= 3 else int(value), x.dtype))


def differs(x: _C.Array, value: float) -> _C.Array:
    """Where x is not value."""
    return _C.ne(x, _C.scalar(value if x.dtype <= 3 else int(value), x.dtype))


def in_float(name: str, *tensors: Any) -> tuple[list[Tensor], int]:
    """Floating tensors of one dtype, half numbers widened, and the number of the result's dtype.

    Raises:
        DTypeError: an integer, or the dtypes differ.
    """
    for x in tensors:
        expect_tensor(name, x)
    code = tensors[0].array.dtype
    if code > 3 or any(x.array.dtype != code for x in tensors):
        given = ", ".join(x.dtype.name for x in tensors)
        raise _C.DTypeError(f"{name}: expected one floating dtype, got {given}")
    return [to_code(x, 0) if code > 1 else x for x in tensors], code


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """A distance ``input`` where ``target`` is 1, ``max(0, margin - input)`` where it is -1.

    Raises:
        ShapeError: the shapes differ.

    >>> pydl.nn.functional.hinge_embedding_loss(pydl.tensor([0.5, 0.25]), pydl.tensor([1.0, -1.0]), reduction="none")
    tensor([0.5000, 0.7500])
    """
    x, y, code = matched("hinge_embedding_loss", input, target)
    reduction = reduction_of("hinge_embedding_loss", reduction, size_average, reduce)
    far = chosen(above_zero(rsub(x, float(margin))), differs(y.array, 1.0))
    return reduced(add(far, chosen(x, differs(y.array, -1.0))), reduction, code)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, -target * (input1 - input2) + margin)``: ``input1`` should rank higher where ``target`` is 1.

    Raises:
        ShapeError: the shapes differ.
    """
    name = "margin_ranking_loss"
    reduction = reduction_of(name, reduction, size_average, reduce)
    x, t, code = matched(name, input1, target)
    y = matched(name, input2, target)[0]
    return reduced(above_zero(add(mul(neg(t), sub(x, y)), float(margin))), reduction, code)


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``log(1 + exp(-target * input))`` for targets of 1 and -1.

    Raises:
        ShapeError: the shapes differ.
    """
    x, y, code = matched("soft_margin_loss", input, target)
    reduction = reduction_of("soft_margin_loss", reduction, size_average, reduce)
    return reduced(neg(logsigmoid(mul(x, y))), reduction, code)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over the last dimension, the classes, of the cross-entropy of ``sigmoid(input)`` and targets 0 or 1.

    Raises:
        ShapeError: the shapes differ.
    """
    name = "multilabel_soft_margin_loss"
    x, y, code = matched(name, input, target)
    reduction = reduction_of(name, reduction, size_average, reduce)
    if not x.array.ndim:
        raise _C.ShapeError(f"{name}: expected an input (..., classes), got a scalar")
    loss = neg(add(mul(y, logsigmoid(x)), mul(rsub(y, 1.0), logsigmoid(neg(x)))))
    return reduced(mean(weighted(loss, weight), -1), reduction, code)


def rows_with_classes(name: str, input: Tensor) -> tuple[int, int]:
    """(rows, classes) of an input (classes,) or (rows, classes); a scalar is one of each.

    Raises:
        ShapeError: it has more dimensions, or no classes.
    """
    shape = input.array.shape
    if len(shape) > 2 or (shape and not shape[-1]):
        raise _C.ShapeError(f"{name}: expected an input (classes,) or (rows, classes), got {shape}")
    return (shape[0] if len(shape) == 2 else 1), (shape[-1] if shape else 1)


class MultiMargin(Function):
    """y[i] = the mean over all classes j, 0 for the row's own, of max(0, margin - x[i, own] + x[i, j])^p."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, own: _C.Array, p: int, margin: float) -> _C.Array:
        ctx.save(x)
        ctx.own, ctx.p, ctx.margin = own, p, margin
        ctx.others = _C.ne(_C.arange_int(0, 1, x.array.shape[1], 4), own)
        gap = _C.add(_C.sub(x.array, _C.gather(x.array, 1, own)), _C.scalar(margin, x.array.dtype))
        zero = _C.scalar(0.0, gap.dtype)
        gap = _C.where(_C.mul(ctx.others, _C.gt(gap, zero)), gap, zero)
        return _C.mean(gap if p == 1 else _C.square(gap), (1,), False)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        # d = g p gap^(p-1) / classes for other classes whose gap is above 0, and at the own one minus their sum
        (x,) = ctx.saved_tensors
        own = wrap(ctx.own)
        gap = add(sub(x, gather(x, 1, own)), ctx.margin)
        d = expand(unsqueeze(mul(g, ctx.p / x.array.shape[1]), 1), x.array.shape)
        if ctx.p == 2:
            d = mul(d, gap)
        d = chosen(d, _C.mul(_C.gt(gap.array, _C.scalar(0.0, gap.array.dtype)), ctx.others))
        return sub(d, scatter(zeros_like(d), 1, own, sum(d, 1, True)))


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``sum(max(0, margin - input[target] + input)**p) / classes`` over the other classes.

    Args:
        input: scores, (classes,) or (rows, classes).
        target: classes, int64, () or (rows,).
        p: 1 or 2.
        weight: of each class, (classes,): what a row loses is multiplied by that of its own class.

    Raises:
        IndexError: a class is out of range.
        ShapeError: the shapes do not fit.
        ValueError: ``p`` is neither 1 nor 2.
    """
    name = "multi_margin_loss"
    reduction = reduction_of(name, reduction, size_average, reduce)
    if p not in (1, 2):
        raise _C.ValueError(f"{name}: expected p of 1 or 2, got {p}")
    (x,), code = in_float(name, input)
    expect_tensor(name, target)
    rows, classes = rows_with_classes(name, x)
    if target.array.size != rows or target.array.ndim > 1:
        raise _C.ShapeError(
            f"{name}: expected classes of shape ({rows},) for an input of {input.array.shape}, got {target.array.shape}"
        )
    if target.array.dtype != 4:
        raise _C.DTypeError(f"{name}: expected classes of dtype int64, got {target.dtype.name}")
    at = _C.reshape(_C.checked_classes(name, target.array, classes, -(1 << 63)), (rows, 1))
    if weight is not None and weight.array.shape != (classes,):
        raise _C.ShapeError(f"{name}: expected a weight of shape ({classes},), got {weight.array.shape}")
    loss = apply(MultiMargin, reshape(x, (rows, classes)), at, p, float(margin))
    if weight is not None:
        loss = mul(loss, index_select(weight, 0, wrap(_C.reshape(at, (rows,)))))
    return reduced(reshape(loss, ()) if not target.array.ndim else loss, reduction, code)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``sum(max(0, 1 - (input[j] - input[i]))) / classes`` over all classes j that a row has and i that it has not.

    Args:
        input: scores, (classes,) or (rows, classes).
        target: int64, in input's shape: each row's classes, up to the first that is negative.

    Raises:
        IndexError: a class is out of range.
        ShapeError: the shapes differ.
    """
    name = "multilabel_margin_loss"
    reduction = reduction_of(name, reduction, size_average, reduce)
    (x,), code = in_float(name, input)
    expect_tensor(name, target)
    rows, classes = rows_with_classes(name, x)
    if target.array.shape != input.array.shape:
        raise _C.ShapeError(f"{name}: expected a target of shape {input.array.shape}, got {target.array.shape}")
    if target.array.dtype != 4:
        raise _C.DTypeError(f"{name}: expected a target of dtype int64, got {target.dtype.name}")
    given = np.asarray(target.array).reshape(rows, classes)
    if (given >= classes).any():
        raise _C.IndexError(f"{name}: expected classes from 0 to {classes - 1}, got {given.max()}")
    loss = apply(MultilabelMargin, reshape(x, (rows, classes)), given)
    return reduced(reshape(loss, ()) if input.array.ndim < 2 else loss, reduction, code)


class MultilabelMargin(Function):
    """The losses of rows (rows, classes) whose classes are given, each row's up to the first negative number."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, given: np.ndarray[Any, Any]) -> _C.Array:
        a = np.asarray(x.array)
        rows, classes = a.shape
        counts = np.logical_and.accumulate(given >= 0, axis=1)
        at, row = np.where(counts, given, 0), np.arange(rows)[:, None]
        has = np.zeros((rows, classes + 1), bool)  # the last column for what does not count
        has[row, np.where(counts, given, classes)] = True
        gap = 1 - a[row, at][:, :, None] + a[:, None, :]  # (rows, which of the row's classes, class)
        inside = counts[:, :, None] & ~has[:, None, :classes] & (gap > 0)  # NaN is not
        slope = inside.sum(1) / a.dtype.type(classes)
        np.subtract.at(slope, (row, at), inside.sum(2) / a.dtype.type(classes))
        ctx.slope = from_array(slope.astype(a.dtype))
        return from_array((np.where(inside, gap, 0).sum((1, 2)) / classes).astype(a.dtype))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * how many gaps a class is in, those it should win counted down
        return mul(expand(unsqueeze(g, 1), ctx.slope.shape), wrap(ctx.slope))


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``1 - cos(input1, input2)`` where ``target`` is 1, ``max(0, cos(input1, input2) - margin)`` where it is -1.

    Args:
        input1, input2: (size,) with target (), or (rows, size) with target (rows,).

    Raises:
        ShapeError: the shapes do not fit.
    """
    name = "cosine_embedding_loss"
    reduction = reduction_of(name, reduction, size_average, reduce)
    x, y, code = matched(name, input1, input2)
    expect_tensor(name, target)
    shape = x.array.shape
    if len(shape) not in (1, 2) or target.array.shape != shape[:-1]:
        raise _C.ShapeError(
            f"{name}: expected inputs (size,) and a target (), or (rows, size) and (rows,), got {shape} and "
            f"{target.array.shape}"
        )
    if code > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {x.dtype.name}")
    # PyTorch's guard against vectors of length 0.
    lengths = mul(add(sum(square(x), -1), 1e-12), add(sum(square(y), -1), 1e-12))
    cos = div(sum(mul(x, y), -1), sqrt(lengths))
    near = chosen(rsub(cos, 1.0), is_number(target.array, 1.0))
    far = chosen(above_zero(sub(cos, float(margin))), is_number(target.array, -1.0))
    return reduced(add(near, far), reduction, code)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``max(0, |anchor - positive| - |anchor - negative| + margin)``, distances along the last dimension.

    ``swap`` takes the distance of positive and negative where that is the smaller one. Source: Balntas et al.,
    "Learning local feature descriptors with triplets", 2016.

    Raises:
        ShapeError: the shapes differ.
        ValueError: ``margin`` is not positive.
    """
    name = "triplet_margin_loss"
    reduction = reduction_of(name, reduction, size_average, reduce)
    return triplet(
        name, anchor, positive, negative, lambda x, y: pairwise_distance(x, y, p, eps), margin, swap, reduction
    )


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with any distance, by default `pairwise_distance`.

    Raises:
        ShapeError: the shapes differ.
        ValueError: ``margin`` is not positive.
    """
    name = "triplet_margin_with_distance_loss"
    reduction = reduction_of(name, reduction, None, None)
    distance = pairwise_distance if distance_function is None else distance_function
    return triplet(name, anchor, positive, negative, distance, margin, swap, reduction)


def triplet(
    name: str,
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), reduced."""
    if not margin > 0:
        raise _C.ValueError(f"{name}: expected margin above 0, got {margin}")
    (a, p, n), code = in_float(name, anchor, positive, negative)
    if not a.array.shape == p.array.shape == n.array.shape:
        raise _C.ShapeError(
            f"{name}: expected anchor, positive and negative of one shape, got {a.array.shape}, {p.array.shape} and "
            f"{n.array.shape}"
        )
    near, far = distance(a, p), distance(a, n)
    if swap:
        far = minimum(far, distance(p, n))
    return reduced(above_zero(add(sub(near, far), float(margin))), reduction, code)


from pydl.ops.activation import logsigmoid  # noqa: E402
from pydl.ops.binary import add, div, mul, rsub, sub  # noqa: E402
from pydl.ops.clamp import clamp  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.create import zeros_like  # noqa: E402
from pydl.ops.extremes import minimum  # noqa: E402
from pydl.ops.gather import gather, scatter  # noqa: E402
from pydl.ops.index import index_select  # noqa: E402
from pydl.ops.reduce import mean, sum  # noqa: E402
from pydl.ops.similarity import pairwise_distance  # noqa: E402
from pydl.ops.unary import neg, sqrt, square  # noqa: E402
from pydl.ops.view import expand, reshape, unsqueeze  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

"""Losses, element by element: input and target have one shape, which must not have to be broadcast."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, apply2, grad_enabled, wrap
from pydl.dtypes import finfo
from pydl.ops.operands import expect_tensor, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def reduction_of(name: str, reduction: str, size_average: bool | None, reduce: bool | None, *more: str) -> str:
    """The reduction; PyTorch's old ``size_average`` and ``reduce`` go before it where they are given.

    Raises:
        ValueError: there is no such reduction.
    """
    if size_average is not None or reduce is not None:
        if reduce is False:
            return "none"
        return "sum" if size_average is False else "mean"
    known = ("mean", "sum", "none", *more)
    if reduction not in known:
        names = ", ".join(repr(r) for r in known)
        raise _C.ValueError(f"{name}: expected reduction to be one of {names}, got {reduction!r}")
    return reduction


def reduced(loss: Tensor, reduction: str, code: int) -> Tensor:
    """The mean, the sum, or the losses themselves, in the dtype of that number."""
    if reduction == "mean":
        loss = mean(loss)
    elif reduction == "sum":
        loss = sum(loss)
    return loss if loss.array.dtype == code else to_code(loss, code)


def matched(name: str, input: Any, target: Any) -> tuple[Tensor, Tensor, int]:
    """Both in one dtype, and the number of the result's: half numbers are rounded once, at the end.

    Raises:
        ShapeError: their shapes differ: a broadcast here is nearly always a mistake.
    """
    expect_tensor(name, input)
    expect_tensor(name, target)
    if not _C.same_shape(input.array, target.array):
        raise _C.ShapeError(
            f"{name}: expected input and target of one shape, got {input.array.shape} and {target.array.shape}"
        )
    x, y = pair(name, input, target)
    code = x.array.dtype
    return (to_code(x, 0), to_code(y, 0), code) if code in (2, 3) else (x, y, code)


def weighted(loss: Tensor, weight: Tensor | None) -> Tensor:
    """loss, times a weight that broadcasts."""
    return loss if weight is None else mul(loss, weight)


class SquaredError(Function):
    """(x - y)^2"""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return _C.square(_C.sub(x.array, y.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 2 g (x - y), and its negative
        x, y = ctx.saved_tensors
        return both_ways(ctx, mul(mul(g, 2.0), sub(x, y)))


class AbsoluteError(Function):
    """|x - y|"""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        d = _C.sub(x.array, y.array)
        ctx.save(wrap(_C.sign(d)))
        return _C.abs(d)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g sign(x - y), and its negative
        (sign,) = ctx.saved_tensors
        return both_ways(ctx, mul(g, sign))


class HuberError(Function):
    """curvature d^2 / 2 of d = x - y up to a bound, its tangents from there on.

    The loss of Huber, "Robust estimation of a location parameter" (1964).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, bound: float, curvature: float) -> _C.Array:
        ctx.save(x, y)
        ctx.settings = bound, curvature
        return _C.huber(_C.sub(x.array, y.array), bound, curvature)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g curvature max(min(x - y, bound), -bound), and its negative
        x, y = ctx.saved_tensors
        bound, curvature = ctx.settings
        return both_ways(ctx, mul(mul(g, curvature), hardtanh(sub(x, y), -bound, bound)))


class SquaredErrorSum(Function):
    """factor * sum((x - y)^2), as the next two without an array of differences."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, factor: float) -> _C.Array:
        ctx.save(x, y)
        ctx.factor = factor
        return _C.squared_error_sum(x.array, y.array, factor, 0.0, 0.0)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 2 g factor (x - y), and its negative
        x, y = ctx.saved_tensors
        if grad_enabled():
            return both_ways(ctx, mul(mul(g, 2.0 * ctx.factor), sub(x, y)))
        return both_ways(ctx, wrap(_C.squared_error_backward(g.array, x.array, y.array, ctx.factor, 0.0, 0.0)))


class AbsoluteErrorSum(Function):
    """factor * sum(|x - y|)"""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, factor: float) -> _C.Array:
        ctx.save(x, y)
        ctx.factor = factor
        return _C.absolute_error_sum(x.array, y.array, factor, 0.0, 0.0)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g factor sign(x - y), and its negative
        x, y = ctx.saved_tensors
        if grad_enabled():
            return both_ways(ctx, mul(mul(g, ctx.factor), sign(sub(x, y))))
        return both_ways(ctx, wrap(_C.absolute_error_backward(g.array, x.array, y.array, ctx.factor, 0.0, 0.0)))


class HuberErrorSum(Function):
    """factor times the sum of Huber's losses"""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, factor: float, bound: float, curvature: float) -> _C.Array:
        ctx.save(x, y)
        ctx.settings = factor, bound, curvature
        return _C.huber_error_sum(x.array, y.array, factor, bound, curvature)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g factor curvature max(min(x - y, bound), -bound), and its negative
        x, y = ctx.saved_tensors
        factor, bound, curvature = ctx.settings
        if grad_enabled():
            return both_ways(ctx, mul(mul(g, factor * curvature), hardtanh(sub(x, y), -bound, bound)))
        return both_ways(ctx, wrap(_C.huber_error_backward(g.array, x.array, y.array, factor, bound, curvature)))


class LogisticErrorSum(Function):
    """factor times the sum of the cross-entropies of sigmoid(x) with y"""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, factor: float) -> _C.Array:
        ctx.save(x, y)
        ctx.factor = factor
        return _C.logistic_error_sum(x.array, y.array, factor, 0.0, 0.0)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g factor (sigmoid(x) - y); -g factor x
        x, y = ctx.saved_tensors
        dx = dy = None
        if ctx.edges[0] is not None:
            if grad_enabled():
                dx = mul(mul(g, ctx.factor), sub(sigmoid(x), y))
            else:
                dx = wrap(_C.logistic_error_backward(g.array, x.array, y.array, ctx.factor, 0.0, 0.0))
        if ctx.edges[1] is not None:
            dy = mul(mul(g, -ctx.factor), x)
        return dx, dy


def factor_of(reduction: str, size: int) -> float:
    """What a sum of so many losses is multiplied by."""
    return 1.0 if reduction == "sum" else 1.0 / size if size else math.nan


SUMS: dict[type[Function], type[Function]] = {
    SquaredError: SquaredErrorSum,
    AbsoluteError: AbsoluteErrorSum,
    HuberError: HuberErrorSum,
}


def error(name: str, x: Tensor, y: Tensor, reduction: str, code: int, kind: type[Function], *settings: float) -> Tensor:
    """The loss of that kind, reduced, in the dtype of that number.

    Raises:
        DTypeError: the numbers are integers.
    """
    if code > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {x.dtype.name}")
    if reduction == "none":
        loss = apply(kind, x, y, *settings)
    else:
        loss = apply(SUMS[kind], x, y, factor_of(reduction, x.array.size), *settings)
    return loss if loss.array.dtype == code else to_code(loss, code)


def both_ways(ctx: Any, dx: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of what depends on x - y."""
    a, b = ctx.edges[0], ctx.edges[1]
    return None if a is None else dx, None if b is None else neg(dx)


def weighted_mean(name: str, loss: Tensor, weight: Tensor, reduction: str, code: int) -> Tensor:
    """loss times weight, reduced; a mean divides by the weights' sum."""
    expect_tensor(name, weight)
    total = mul(loss, weight)
    if reduction != "mean":
        return reduced(total, reduction, code)
    return to_code(div(sum(total), sum(expand(weight, loss.array.shape))), code)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """``(input - target)**2``, reduced.

    Raises:
        ShapeError: the shapes differ.

    >>> pydl.nn.functional.mse_loss(pydl.tensor([1.0, 2.0]), pydl.tensor([1.0, 4.0]))
    tensor(2.)
    """
    x, y, code = matched("mse_loss", input, target)
    reduction = reduction_of("mse_loss", reduction, size_average, reduce)
    if weight is None:
        return error("mse_loss", x, y, reduction, code, SquaredError)
    return weighted_mean(
        "mse_loss", error("mse_loss", x, y, "none", x.array.dtype, SquaredError), weight, reduction, code
    )


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """``|input - target|``, reduced.

    Raises:
        ShapeError: the shapes differ.
    """
    x, y, code = matched("l1_loss", input, target)
    reduction = reduction_of("l1_loss", reduction, size_average, reduce)
    if code > 3:
        return reduced(abs(sub(x, y)), reduction, code)
    if weight is None:
        return error("l1_loss", x, y, reduction, code, AbsoluteError)
    return weighted_mean("l1_loss", apply2(AbsoluteError, x, y), weight, reduction, code)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """``d**2 / (2 * beta)`` where ``d = |input - target|`` is below ``beta``, ``d - beta / 2`` elsewhere.

    Raises:
        DTypeError: the numbers are integers.
        ShapeError: the shapes differ.
        ValueError: ``beta`` is negative.
    """
    x, y, code = matched("smooth_l1_loss", input, target)
    reduction = reduction_of("smooth_l1_loss", reduction, size_average, reduce)
    if beta < 0:
        raise _C.ValueError(f"smooth_l1_loss: expected beta of at least 0, got {beta}")
    if beta == 0 or (code <= 3 and beta < finfo(x.dtype).tiny):  # no parabola that could be seen
        return reduced(abs(sub(x, y)), reduction, code)
    return error("smooth_l1_loss", x, y, reduction, code, HuberError, float(beta), 1.0 / beta)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """``d**2 / 2`` where ``d = |input - target|`` is at most ``delta``, ``delta * (d - delta / 2)`` elsewhere.

    Raises:
        DTypeError: the numbers are integers.
        ShapeError: the shapes differ.
        ValueError: ``delta`` is not positive.
    """
    x, y, code = matched("huber_loss", input, target)
    reduction = reduction_of("huber_loss", reduction, None, None)
    if delta <= 0:
        raise _C.ValueError(f"huber_loss: expected delta above 0, got {delta}")
    if weight is None:
        return error("huber_loss", x, y, reduction, code, HuberError, float(delta), 1.0)
    loss = error("huber_loss", x, y, "none", x.array.dtype, HuberError, float(delta), 1.0)
    return reduced(mul(loss, weight), reduction, code)


class BinaryCrossEntropy(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        p, t = x.array, y.array
        a, b = (_C.clamp(v, -100.0, float("inf")) for v in (_C.log(p), _C.log1p(_C.neg(p))))
        return _C.neg(_C.add(b, _C.mul(t, _C.sub(a, b))))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (x - y) / (x * (1 - x)); g * (log(1 - x) - log(x))
        x, y = ctx.saved_tensors
        dx = dy = None
        if ctx.edges[0] is not None:
            # The bounds are PyTorch's: 1e-12 here, -100 on the logarithms.
            dx = div(mul(g, sub(x, y)), clamp(mul(x, rsub(x, 1.0)), min=1e-12))
        if ctx.edges[1] is not None:
            dy = mul(g, sub(clamp(log1p(neg(x)), min=-100.0), clamp(log(x), min=-100.0)))
        return dx, dy


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``-(target * log(input) + (1 - target) * log(1 - input))`` of probabilities, reduced.

    The logarithms are kept at -100 or more. `binary_cross_entropy_with_logits` is steadier.

    Raises:
        ShapeError: the shapes differ.
        ValueError: an input is not within 0 and 1.
    """
    x, y, code = matched("binary_cross_entropy", input, target)
    reduction = reduction_of("binary_cross_entropy", reduction, size_average, reduce)
    a = x.array
    if a.dtype > 3:
        raise _C.DTypeError(f"binary_cross_entropy: expected floating tensors, got {x.dtype.name}")
    outside = _C.bitwise_or(_C.lt(a, _C.scalar(0.0, a.dtype)), _C.gt(a, _C.scalar(1.0, a.dtype)))
    if _C.any_nonzero(outside):
        raise _C.ValueError(
            f"binary_cross_entropy: expected inputs from 0 to 1, got {_C.item(_C.reduce_min(a, (), False)):.4g} to "
            f"{_C.item(_C.reduce_max(a, (), False)):.4g}; of logits take binary_cross_entropy_with_logits"
        )
    return reduced(weighted(apply2(BinaryCrossEntropy, x, y), weight), reduction, code)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of ``sigmoid(input)``, without overflow or loss of small values.

    Args:
        weight: of each element; it broadcasts.
        pos_weight: of the positive part, ``target * log(sigmoid(input))``; it broadcasts.

    Raises:
        ShapeError: the shapes differ.

    >>> pydl.nn.functional.binary_cross_entropy_with_logits(pydl.tensor([0.0]), pydl.tensor([1.0]))
    tensor(0.6931)
    """
    x, y, code = matched("binary_cross_entropy_with_logits", input, target)
    reduction = reduction_of("binary_cross_entropy_with_logits", reduction, size_average, reduce)
    if weight is None and pos_weight is None and reduction != "none" and code <= 3:
        loss = apply(LogisticErrorSum, x, y, factor_of(reduction, x.array.size))
        return loss if loss.array.dtype == code else to_code(loss, code)
    # -log(sigmoid(x)) on both sides: (1 - y) x - log(sigmoid(x)), the latter weighted where y is positive.
    positive = neg(logsigmoid(x))
    if pos_weight is not None:
        positive = mul(positive, add(mul(sub(pos_weight, 1.0), y), 1.0))
    loss = add(mul(rsub(y, 1.0), x), positive)
    return reduced(weighted(loss, weight), reduction, code)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """``target * (log(target) - input)``, of log-probabilities ``input``: how far target is from exp(input).

    Args:
        reduction: also "batchmean", the sum divided by the first dimension, which is the divergence itself.
        log_target: ``target`` holds log-probabilities too.

    Raises:
        ShapeError: the shapes differ.
    """
    x, y, code = matched("kl_div", input, target)
    reduction = reduction_of("kl_div", reduction, size_average, reduce, "batchmean")
    loss = mul(exp(y), sub(y, x)) if log_target else sub(xlogy(y, y), mul(y, x))
    if reduction == "batchmean":
        return to_code(div(sum(loss), float(x.array.shape[0] if x.array.ndim else 1)), code)
    return reduced(loss, reduction, code)


from pydl.ops.activation import logsigmoid, sigmoid  # noqa: E402
from pydl.ops.binary import add, div, mul, rsub, sub  # noqa: E402
from pydl.ops.clamp import clamp  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.exponential import exp, log, log1p  # noqa: E402
from pydl.ops.piecewise import hardtanh  # noqa: E402
from pydl.ops.pow import xlogy  # noqa: E402
from pydl.ops.reduce import mean, sum  # noqa: E402
from pydl.ops.unary import abs, neg, sign  # noqa: E402
from pydl.ops.view import expand  # noqa: E402

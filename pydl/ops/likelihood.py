"""Losses that are the negative logarithm of a likelihood: of the normal and of the Poisson distribution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.function import TensorBase, wrap
from pydl.ops.loss import matched, reduced, reduction_of

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def variance_of(name: str, var: Tensor | float, x: Tensor, eps: float) -> Tensor:
    """The variances, at least eps, in a shape that broadcasts to x's. What was raised to eps keeps its gradient.

    Raises:
        ShapeError: the shape is neither x's nor that with one dimension of size 1, nor that without the last one.
        ValueError: one is negative.
    """
    code = x.array.dtype
    if not isinstance(var, TensorBase):
        if not isinstance(var, int | float):
            raise _C.DTypeError(f"{name}: expected var, a tensor or a number, got {type(var).__name__}")
        if var < 0:
            raise _C.ValueError(f"{name}: expected var of 0 or more, got {var}")
        return wrap(_C.scalar(max(float(var), eps), code))
    v = to_code(var, code)
    if v.array.size and _C.item(_C.reduce_min(v.array, (), False)) < 0:
        raise _C.ValueError(f"{name}: expected var of 0 or more, got {_C.item(_C.reduce_min(v.array, (), False)):.4g}")
    shape, have = x.array.shape, v.array.shape
    if have != shape:
        if have == shape[:-1] and shape:
            v = unsqueeze(v, -1)
        elif len(have) != len(shape) or [b for a, b in zip(shape, have, strict=True) if a != b] != [1]:
            raise _C.ShapeError(
                f"{name}: expected var of input's shape {shape}, of that without the last dimension, or with one "
                f"dimension of size 1, got {have}"
            )
    low = _C.clamp(v.array, eps, math.inf)
    return add(v, wrap(_C.sub(low, v.array)))


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """``(log(var) + (input - target)**2 / var) / 2``: of normal distributions with mean ``input`` and variance ``var``.

    Args:
        var: in input's shape, or with its last dimension left out, or one of size 1; or one number. At least ``eps``.
        full: add the constant ``log(2 pi) / 2``.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: a variance is negative.
    """
    name = "gaussian_nll_loss"
    x, y, code = matched(name, input, target)
    reduction = reduction_of(name, reduction, None, None)
    if code > 3:
        raise _C.DTypeError(f"{name}: expected floating tensors, got {x.dtype.name}")
    v = variance_of(name, var, x, float(eps))
    loss = mul(add(log(v), div(square(sub(x, y)), v)), 0.5)
    if full:
        loss = add(loss, 0.5 * math.log(2 * math.pi))
    return reduced(loss, reduction, code)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``exp(input) - target * input``: counts ``target`` under Poisson distributions of rate ``exp(input)``.

    Args:
        log_input: False: ``input`` is the rate itself, and the loss ``input - target * log(input + eps)``.
        full: add Stirling's approximation of ``log(target!)`` where target is above 1.

    Raises:
        ShapeError: the shapes differ.
    """
    name = "poisson_nll_loss"
    x, y, code = matched(name, input, target)
    reduction = reduction_of(name, reduction, size_average, reduce)
    if log_input:
        loss = sub(exp(x), mul(y, x))
    else:
        loss = sub(x, mul(y, log(add(x, float(eps)))))
    if full:
        many = _C.gt(y.array, _C.scalar(1.0 if y.array.dtype <= 3 else 1, y.array.dtype))
        safe = select_where(many, y, wrap(_C.scalar(1.0 if y.array.dtype <= 3 else 1, y.array.dtype)))
        stirling = add(sub(mul(safe, log(safe)), safe), mul(log(mul(safe, 2 * math.pi)), 0.5))
        loss = add(loss, select_where(many, stirling, wrap(_C.scalar(0.0, stirling.array.dtype))))
    return reduced(loss, reduction, loss.array.dtype if code > 3 else code)


from pydl.ops.binary import add, div, mul, sub  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.exponential import exp, log  # noqa: E402
from pydl.ops.unary import square  # noqa: E402
from pydl.ops.view import unsqueeze  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

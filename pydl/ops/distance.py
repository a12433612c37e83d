"""Distances between tensors, and between the rows of matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, grad_enabled, saved_output, wrap
from pydl.autograd.inplace import in_place
from pydl.ops.binary import add, div, mul, rdiv, sub
from pydl.ops.copy import to_code
from pydl.ops.norm import norm
from pydl.ops.operands import Number, expect_tensor, number, pair
from pydl.ops.pow import pow
from pydl.ops.reduce import dim_of, reduce_sum
from pydl.ops.unary import abs, neg, sign
from pydl.ops.view import expand, unsqueeze, wrap_dim
from pydl.ops.where import select_where

if TYPE_CHECKING:
    from pydl.tensor import Tensor

MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


class Cdist(Function):
    """y[..., i, j] = the p-norm of x1[..., i, :] - x2[..., j, :], for leading dimensions that are the same."""

    @staticmethod
    def forward(ctx: Function, x1: Tensor, x2: Tensor, p: float) -> _C.Array:
        ctx.save(x1, x2)
        ctx.p = p
        return ctx.keep(_C.cdist(x1.array, x2.array, p))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * |x1 - x2|^(p-1) * sign(x1 - x2) / y^(p-1), summed over the others
        x1, x2 = ctx.saved_tensors
        first, second = (edge is not None for edge in ctx.edges[:2])
        if not grad_enabled():  # the kernel holds no differences
            y = saved_output(ctx).array
            d1 = wrap(_C.cdist_backward(g.array, y, x1.array, x2.array, ctx.p)) if first else None
            if not second:
                return d1, None
            turned, across = _C.transpose(g.array, -2, -1), _C.transpose(y, -2, -1)
            return d1, wrap(_C.cdist_backward(turned, across, x2.array, x1.array, ctx.p))
        shares = parts(sub(unsqueeze(x1, -2), unsqueeze(x2, -3)), saved_output(ctx), g, ctx.p)
        d = x1.array.ndim - 2
        d1 = reduce_sum(shares, (d + 1,), False) if first else None
        return d1, neg(reduce_sum(shares, (d,), False)) if second else None


def parts(gap: Tensor, y: Tensor, g: Tensor, p: float) -> Tensor:
    """What each difference gets of the gradients of the distances; 0 where it, or the distance, is 0."""
    y, g = unsqueeze(y, -1), unsqueeze(g, -1)
    nothing, one = (wrap(_C.scalar(v, gap.array.dtype)) for v in (0.0, 1.0))
    if p == 0:
        return mul(gap, 0.0)
    if p == 1:
        return mul(sign(gap), g)
    if p == math.inf:  # every one of several equal differences gets all of it, as in PyTorch
        return select_where(_C.eq(_C.abs(gap.array), y.array), mul(sign(gap), g), nothing)
    still = _C.eq(y.array, nothing.array)
    if p == 2:
        return mul(gap, select_where(still, nothing, div(g, select_where(still, one, y))))
    zero = _C.eq(gap.array, nothing.array)
    ratio = div(select_where(zero, one, abs(gap)), select_where(still, one, y))
    return select_where(zero, nothing, mul(mul(sign(gap), pow(ratio, p - 1.0)), g))


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The p-norm distance of every row of ``x1`` (..., P, M) to every row of ``x2`` (..., R, M): (..., P, R).

    The leading dimensions broadcast. The gradient of a distance of 0 is 0. ``compute_mode`` is accepted, and
    differences are always taken one by one: PyTorch's detour over a product of matrices loses small distances.

    Raises:
        ShapeError: fewer than two dimensions, or rows of different lengths.
        DTypeError: the operands are no floating tensors of one dtype.
        ValueError: ``p`` is negative.

    >>> pydl.cdist(pydl.tensor([[0.0, 0.0]]), pydl.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    for x in (x1, x2):
        expect_tensor("cdist", x)
        if x.array.dtype > 3:
            raise _C.DTypeError(f"cdist: expected a floating dtype, got {x.dtype.name}")
        if x.array.ndim < 2:
            raise _C.ShapeError(f"cdist: expected at least 2 dimensions, got shape {x.array.shape}")
    a, b = x1.array.shape, x2.array.shape
    if x1.array.dtype != x2.array.dtype:
        raise _C.DTypeError(f"cdist: expected one dtype, got {x1.dtype.name} and {x2.dtype.name}")
    if a[-1] != b[-1]:
        raise _C.ShapeError(f"cdist: expected rows of one length, got {a} and {b}")
    p = number("cdist", p, "p")
    if not p >= 0:
        raise _C.ValueError(f"cdist: expected p of 0 or more, got {p}")
    if compute_mode not in MODES:
        raise _C.ValueError(f"cdist: expected compute_mode to be one of {MODES}, got {compute_mode!r}")
    if a[:-2] != b[:-2]:
        lead = _C.broadcast_shapes("cdist", a[:-2], b[:-2])
        x1, x2 = expand(x1, (*lead, *a[-2:])), expand(x2, (*lead, *b[-2:]))
    if x1.array.dtype > 1:  # powers of half numbers need more room
        return to_code(apply(Cdist, to_code(x1, 0), to_code(x2, 0), p), x1.array.dtype)
    return apply(Cdist, x1, x2, p)


def dist(input: Tensor, other: Tensor, p: Number = 2) -> Tensor:
    """The p-norm of ``input - other``; the two broadcast.

    Raises:
        DTypeError: they are no floating tensors.

    >>> pydl.dist(pydl.tensor([1.0, 2.0]), pydl.tensor([4.0, 6.0]))
    tensor(5.)
    """
    expect_tensor("dist", other)
    x, y = pair("dist", input, other)
    if x.array.dtype > 3:
        raise _C.DTypeError(f"dist: expected a floating dtype, got {x.dtype.name}")
    return norm(sub(x, y), number("dist", p, "p"))


def renormed(name: str, input: Tensor, p: Number, dim: int, maxnorm: Number) -> Tensor:
    """renorm under the name that the caller used."""
    expect_tensor(name, input)
    x = input.array
    if x.dtype > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {input.dtype.name}")
    if x.ndim < 2:
        raise _C.ShapeError(f"{name}: expected at least 2 dimensions, got shape {x.shape}")
    p, maxnorm = number(name, p, "p"), number(name, maxnorm, "maxnorm")
    if not p > 0:
        raise _C.ValueError(f"{name}: expected p above 0, got {p}")
    if not maxnorm >= 0:
        raise _C.ValueError(f"{name}: expected maxnorm of 0 or more, got {maxnorm}")
    d = wrap_dim(name, dim_of(name, dim), x.ndim)
    if x.dtype > 1:
        return to_code(renormed(name, to_code(input, 0), p, d, maxnorm), x.dtype)
    length = norm(input, p, tuple([i for i in range(x.ndim) if i != d]), True)
    long = _C.gt(length.array, _C.scalar(maxnorm, x.dtype))
    # The small number is PyTorch's.
    factor = select_where(long, rdiv(add(length, 1e-7), maxnorm), wrap(_C.scalar(1.0, x.dtype)))
    return mul(input, factor)


def renorm(input: Tensor, p: Number, dim: int, maxnorm: Number) -> Tensor:
    """``input`` with each of its slices along ``dim`` scaled down to a p-norm of at most ``maxnorm``.

    Raises:
        ShapeError: fewer than two dimensions.
        ValueError: ``p`` is not above 0, or ``maxnorm`` is negative.

    >>> pydl.renorm(pydl.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0)
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    return renormed("renorm", input, p, dim, maxnorm)


def renorm_(input: Tensor, p: Number, dim: int, maxnorm: Number) -> Tensor:
    """In-place `renorm`."""
    return in_place("renorm_", lambda x: renormed("renorm_", x, p, dim, maxnorm), input)

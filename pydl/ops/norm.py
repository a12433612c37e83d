"""The length of vectors, in any of the p-norms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, saved_output, wrap
from pydl.dtypes import dtype as DType
from pydl.ops.operands import Number
from pydl.ops.reduce import Dims, Ints, checked_dims, converted, restore

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Norm0(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.args = x.array.shape, dims, keepdim
        return _C.cast(_C.count_nonzero(x.array, dims, keepdim), x.array.dtype)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0
        return restore(zeros_like(g), *ctx.args)


class Norm1(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.save(x)
        ctx.args = x.array.shape, dims, keepdim
        return _C.reduce_sum_abs(x.array, dims, keepdim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * sign(x)
        return mul(restore(g, *ctx.args), sign(ctx.saved_tensors[0]))


class Norm2(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.save(x)
        ctx.args = x.array.shape, dims, keepdim
        return ctx.keep(_C.sqrt(_C.reduce_sum_square(x.array, dims, keepdim)))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * x / y; 0 where y is 0
        (x,) = ctx.saved_tensors
        y = saved_output(ctx)
        zero = _C.eq(y.array, _C.scalar(0.0, y.array.dtype))
        nothing, one = (wrap(_C.scalar(v, y.array.dtype)) for v in (0.0, 1.0))
        ratio = select_where(zero, nothing, div(g, select_where(zero, one, y)))
        return mul(restore(ratio, *ctx.args), x)


def norm(
    input: Tensor,
    p: Number | str | None = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
) -> Tensor:
    """``sum(|input|**p)**(1/p)`` over ``dim``, or over everything.

    ``p`` may be infinite (the largest absolute value), -inf (the smallest) or 0 (how many are not 0);
    "fro" and None stand for 2; "nuc" is the sum of the singular values of matrices.

    Raises:
        DTypeError: ``input`` is no floating tensor and no ``dtype`` is given.

    >>> pydl.tensor([3.0, 4.0]).norm()
    tensor(5.)
    """
    x = converted("norm", input, dtype)
    if p is None or p == "fro":
        p = 2.0
    if p == "nuc":
        return linalg_matrix_norm(x, "nuc", (-2, -1) if dim is None else dim, keepdim)  # type: ignore[arg-type]
    if not isinstance(p, int | float):
        raise _C.ValueError(f"norm: expected p to be a number or 'fro', got {p!r}")
    code = x.array.dtype
    if code > 3:
        raise _C.DTypeError(f"norm: expected a floating dtype, got {x.dtype.name}")
    if code > 1:  # squares of half numbers need more room
        return to_code(norm(to_code(x, 0), p, dim, keepdim), code)
    dims = checked_dims("norm", x, dim)
    if p == 2:
        return apply(Norm2, x, dims, keepdim)
    if p == 1:
        return apply(Norm1, x, dims, keepdim)
    if p == math.inf:
        return amax(abs(x), dims, keepdim)
    if p == -math.inf:
        return amin(abs(x), dims, keepdim)
    if p == 0:
        return apply(Norm0, x, dims, keepdim)
    return general(x, float(p), dims, keepdim)


def general(x: Tensor, p: float, dims: Ints, keepdim: bool) -> Tensor:
    """The norm by its definition. Where it, or an element, has no derivative at 0, that is 0, as for abs."""
    nothing, one = (wrap(_C.scalar(v, x.array.dtype)) for v in (0.0, 1.0))
    zero = _C.eq(x.array, nothing.array)
    # A zero counts as 0 where p is positive; where it is negative, a single one makes the norm 0.
    size = select_where(zero, nothing if p > 0 else one, abs(x))
    total = sum(pow(size, p), dims, keepdim)
    flat = _C.eq(total.array, nothing.array) if p > 0 else _C.any(zero, dims, keepdim)
    return select_where(flat, nothing, pow(select_where(flat, one, total), 1.0 / p))


from pydl.ops.binary import div, mul  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.create import zeros_like  # noqa: E402
from pydl.ops.extremes import amax, amin  # noqa: E402
from pydl.ops.matrix_norm import linalg_matrix_norm  # noqa: E402
from pydl.ops.pow import pow  # noqa: E402
from pydl.ops.reduce import sum  # noqa: E402
from pydl.ops.unary import abs, sign  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

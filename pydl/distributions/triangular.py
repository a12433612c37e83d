"""What the multivariate normal distribution needs of triangular matrices: numpy's work with derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, ops
from pydl.autograd.function import Function, apply, saved_output
from pydl.distributions.gamma_sample import as_numpy, from_numpy

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Cholesky(Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor) -> _C.Array:
        try:
            return ctx.keep(from_numpy(np.linalg.cholesky(as_numpy(a)), a))  # type: ignore[no-any-return]
        except np.linalg.LinAlgError:
            raise _C.ValueError("cholesky: expected positive definite matrices") from None

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # sym(L^-T phi(L^T g) L^-1); phi: the lower triangle, half the diagonal
        factor = saved_output(ctx)
        inner = ops.tril(ops.matmul(factor.mT, g))
        inner = inner - 0.5 * ops.diag_embed(ops.diagonal(inner, 0, -2, -1))
        left = solve_triangular(factor.mT, inner, True)
        both = solve_triangular(factor.mT, left.mT, True).mT
        return 0.5 * (both + both.mT)


class SolveTriangular(Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, upper: bool) -> _C.Array:
        ctx.save(a)
        ctx.upper = upper
        return ctx.keep(from_numpy(np.linalg.solve(as_numpy(a), as_numpy(b)), b))  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # b: A^-T g; a: minus the triangle of that times x^T
        (a,) = ctx.saved_tensors
        db = solve_triangular(a.mT, g, not ctx.upper)
        da = -ops.matmul(db, saved_output(ctx).mT)
        return (ops.triu(da) if ctx.upper else ops.tril(da)), db


def cholesky(a: Tensor) -> Tensor:
    """The lower triangular factor of positive definite matrices (..., n, n).

    Raises:
        ValueError: they are not.
    """
    return apply(Cholesky, a)


def solve_triangular(a: Tensor, b: Tensor, upper: bool = False) -> Tensor:
    """x of ``a x = b`` for triangular ``a`` (..., n, n) and ``b`` (..., n, k)."""
    batch = ops.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a = ops.expand(a, (*batch, *a.shape[-2:]))
    b = ops.expand(b, (*batch, *b.shape[-2:]))
    return apply(SolveTriangular, a, b, upper)

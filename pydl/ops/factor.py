"""Matrices as products of triangles and of orthogonal ones: Cholesky's decomposition and QR."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, return_types
from pydl.autograd.function import Function, apply1, apply2, apply_many, saved_output, wrap
from pydl.errors import LinAlgError
from pydl.ops.axes import adjoint
from pydl.ops.lapack import array_of, expect_matrices, in_single, keep_many, kept, lapack
from pydl.ops.matmul import matmul
from pydl.ops.solve import Solve, failures, without
from pydl.ops.spectrum import determined

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def factor(a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """numpy's Cholesky decomposition, which lets NaN pass."""
    out = np.linalg.cholesky(a)
    if np.isnan(out).any() and not np.isnan(a).any():
        raise np.linalg.LinAlgError("matrix is not positive definite")
    return np.asarray(out)


class Cholesky(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(lapack("linalg.cholesky", factor, x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        # s = y^-T p y^-1, made symmetric, where p is the lower triangle of y^T g, half of its diagonal
        y = saved_output(ctx)
        turned = adjoint(y)
        p = tril(matmul(turned, g))
        p = sub(p, mul(diag_embed(diagonal(p, 0, -2, -1)), 0.5))
        half = apply2(Solve, turned, adjoint(apply2(Solve, turned, adjoint(p))))
        return mul(add(half, adjoint(half)), 0.5)


class QR(Function):
    """Q of as many columns as R has rows, the smaller of x's sizes."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Any:
        return keep_many(ctx, *lapack("linalg.qr", lambda a: tuple(np.linalg.qr(a)), x.array))

    @staticmethod
    def backward(ctx: Any, gq: Tensor | None, gr: Tensor | None) -> Any:
        # With x = [s, t], s square or tall: (gq + q c(r gr^T - gq^T q)) r^-T, where c mirrors the lower triangle;
        # t is q v, whose gradient q gv adds t gv^T to that of q. (Walter and Lehmann, arXiv:1001.1654; Roberts
        # and Roberts, arXiv:2009.10071.)
        q, r = kept(ctx)
        return qr_gradient(q, r, gq, gr)


class CompleteQR(Function):
    """Q square, R of x's shape, which is tall."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Any:
        return keep_many(ctx, *lapack("linalg.qr", lambda a: tuple(np.linalg.qr(a, mode="complete")), x.array))

    @staticmethod
    def backward(ctx: Any, gq: Tensor | None, gr: Tensor | None) -> Any:
        # as for QR: the added columns of q are arbitrary, and have none; the added rows of r are 0
        q, r = kept(ctx)
        size = r.array.shape[-1]
        gq = determined("linalg.qr", "mode='reduced'", gq, -1, size)
        gr = None if gr is None else slice_dim(gr, -2, 0, 1, size)
        return qr_gradient(slice_dim(q, -1, 0, 1, size), slice_dim(r, -2, 0, 1, size), gq, gr)


def qr_gradient(q: Tensor, r: Tensor, gq: Tensor | None, gr: Tensor | None) -> Tensor:
    """The formula of QR's backward."""
    rows, columns = q.array.shape[-2], r.array.shape[-1]
    rest = None
    if columns > rows and gr is not None:
        gv = slice_dim(gr, -1, rows, 1, columns - rows)
        t = matmul(q, slice_dim(r, -1, rows, 1, columns - rows))
        more = matmul(t, adjoint(gv))
        gq = more if gq is None else add(gq, more)
        rest = matmul(q, gv)
        gr = slice_dim(gr, -1, 0, 1, rows)
    elif columns > rows:
        rest = zeros_like(slice_dim(r, -1, rows, 1, columns - rows))
    u = slice_dim(r, -1, 0, 1, rows) if columns > rows else r
    m = None if gr is None else matmul(u, adjoint(gr))
    if gq is not None:
        turned = matmul(adjoint(gq), q)
        m = neg(turned) if m is None else sub(m, turned)
    if m is None:
        return zeros_like(matmul(q, r))
    mirrored = add(tril(m), adjoint(tril(m, -1)))
    b = matmul(q, mirrored)
    if gq is not None:
        b = add(gq, b)
    ds = adjoint(apply2(Solve, u, adjoint(b)))
    return ds if rest is None else cat([ds, rest], -1)


@in_single
def linalg_cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangle L with ``L L^T = A`` (the upper U with ``U^T U = A``) of each symmetric positive definite
    matrix, of which only that triangle is read.

    Raises:
        LinAlgError: a matrix is not positive definite.

    >>> pydl.linalg.cholesky(pydl.tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    expect_matrices("linalg.cholesky", A)
    return adjoint(apply1(Cholesky, adjoint(A))) if upper else apply1(Cholesky, A)


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """`linalg.cholesky` under its older name."""
    return linalg_cholesky(input, upper=upper)


@in_single
def linalg_cholesky_ex(
    A: Tensor, *, upper: bool = False, check_errors: bool = False
) -> return_types.linalg_cholesky_ex:
    """`linalg.cholesky`, with NaN in place of an error where a matrix is not positive definite, and ``info``: there
    the order of the first leading minor that is not, 0 elsewhere.

    >>> pydl.linalg.cholesky_ex(pydl.tensor([[1.0, 0.0], [0.0, -1.0]])).info
    tensor(2, dtype=pydl.int32)
    """
    expect_matrices("linalg.cholesky_ex", A)
    try:
        factors = linalg_cholesky(A, upper=upper)
        return return_types.linalg_cholesky_ex(factors, wrap(_C.zeros(A.array.shape[:-2], 5)))
    except LinAlgError:
        if check_errors:
            raise
    source = adjoint(A) if upper else A
    info = failures(source.array, factor)
    values = np.asarray(source.array)
    for index in np.argwhere(info):
        matrix = values[tuple(index)]
        orders = range(1, len(matrix) + 1)
        info[tuple(index)] = next(k for k in orders if failures(array_of(matrix[:k, :k]), factor))
    return return_types.linalg_cholesky_ex(linalg_cholesky(without(A, info), upper=upper), wrap(array_of(info)))


@in_single
def linalg_qr(A: Tensor, mode: str = "reduced") -> return_types.linalg_qr:
    """Q with orthogonal columns of length 1 and the upper triangle R, with ``Q R = A``.

    ``mode`` "reduced": as many columns of Q as A's smaller size; "complete": Q square; "r": only R, with an empty Q.

    Raises:
        ValueError: there is no such mode.

    >>> q, r = pydl.linalg.qr(pydl.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> pydl.allclose(q @ r, pydl.tensor([[3.0, 1.0], [4.0, 2.0]]))
    True
    """
    expect_matrices("linalg.qr", A, square=False)
    if mode not in ("reduced", "complete", "r"):
        raise _C.ValueError(f"linalg.qr: expected mode 'reduced', 'complete' or 'r', got {mode!r}")
    rows, columns = A.array.shape[-2:]
    if mode == "complete" and rows > columns:
        return return_types.linalg_qr(*apply_many(CompleteQR, A))
    q, r = apply_many(QR, A)
    return return_types.linalg_qr(wrap(_C.empty((0,), A.array.dtype)) if mode == "r" else q, r)


def qr(input: Tensor, some: bool = True) -> return_types.qr:
    """`linalg.qr`: reduced, or complete where not ``some``."""
    return return_types.qr(*linalg_qr(input, "reduced" if some else "complete"))


from pydl.ops.binary import add, mul, sub  # noqa: E402
from pydl.ops.concat import cat  # noqa: E402
from pydl.ops.create import zeros_like  # noqa: E402
from pydl.ops.diagonal import diag_embed, diagonal, tril  # noqa: E402
from pydl.ops.unary import neg  # noqa: E402
from pydl.ops.view import slice_dim  # noqa: E402

"""Eigenvalues of symmetric matrices, singular values of any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, return_types
from pydl.autograd.function import Function, apply_many, wrap
from pydl.errors import LinAlgError
from pydl.ops.axes import adjoint
from pydl.ops.lapack import array_of, expect_matrices, in_single, keep_many, kept, lapack
from pydl.ops.matmul import matmul
from pydl.ops.view import slice_dim, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def off_diagonal(x: Tensor, gaps: Tensor) -> Tensor:
    """x / gaps, 0 on the diagonal."""
    n = gaps.array.shape[-1]
    diagonal = array_of(np.eye(n, dtype=bool))
    nothing, one = (wrap(_C.scalar(v, x.array.dtype)) for v in (0.0, 1.0))
    return select_where(diagonal, nothing, div(x, select_where(diagonal, one, gaps)))


def differences(s: Tensor) -> Tensor:
    """s[j] - s[i] at (i, j)."""
    return sub(unsqueeze(s, -2), unsqueeze(s, -1))


class Eigh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, triangle: Any) -> Any:
        if not np.isfinite(np.asarray(x.array)).all():
            raise LinAlgError("linalg.eigh: the matrix has elements that are not finite")
        return keep_many(ctx, *lapack("linalg.eigh", lambda a: tuple(np.linalg.eigh(a, triangle)), x.array))

    @staticmethod
    def backward(ctx: Any, gw: Tensor | None, gv: Tensor | None) -> Any:
        # v (diag(gw) + (v^T gv) / (w_j - w_i)) v^T
        w, v = kept(ctx)
        turned = adjoint(v)
        inner = None
        if gv is not None:
            inner = matmul(v, off_diagonal(matmul(turned, gv), differences(w)))
        if gw is not None:
            scaled = mul(v, unsqueeze(gw, -2))
            inner = scaled if inner is None else add(inner, scaled)
        return matmul(zeros_like(v) if inner is None else inner, turned)


class SVD(Function):
    """u, s, vh with as many columns of u and rows of vh as there are singular values."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Any:
        return keep_many(ctx, *svd_of(x, False))

    @staticmethod
    def backward(ctx: Any, gu: Tensor | None, gs: Tensor | None, gvh: Tensor | None) -> Any:
        # u (k(u^T gu) s + s k(v^T gv) + diag(gs)) v^T, where k(m) = (m - m^T) / (s_j^2 - s_i^2); of a tall matrix
        # also (gu - u u^T gu) s^-1 v^T, of a wide one u s^-1 (gv^T - gv^T v v^T). (Townsend 2016.)
        u, s, vh = kept(ctx)
        return svd_gradient(u, s, vh, gu, gs, gvh)


class FullSVD(Function):
    """u and vh square."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Any:
        return keep_many(ctx, *svd_of(x, True))

    @staticmethod
    def backward(ctx: Any, gu: Tensor | None, gs: Tensor | None, gvh: Tensor | None) -> Any:
        # as for SVD: the added vectors are arbitrary, and have none
        u, s, vh = kept(ctx)
        size = s.array.shape[-1]
        u, vh = slice_dim(u, -1, 0, 1, size), slice_dim(vh, -2, 0, 1, size)
        gu = determined("linalg.svd", "full_matrices=False", gu, -1, size)
        return svd_gradient(u, s, vh, gu, gs, determined("linalg.svd", "full_matrices=False", gvh, -2, size))


def determined(name: str, instead: str, g: Tensor | None, dim: int, size: int) -> Tensor | None:
    """The gradient of the vectors that a decomposition determines, the first ``size`` of them.

    Raises:
        StateError: the others have a gradient too.
    """
    if g is None:
        return None
    rest = slice_dim(g, dim, size, 1, g.array.shape[dim] - size)
    if _C.any_nonzero(_C.ne(rest.array, _C.scalar(0, rest.array.dtype))):
        raise _C.StateError(
            f"{name}: the vectors that fill up a square matrix are arbitrary and have no gradient; use {instead}"
        )
    return slice_dim(g, dim, 0, 1, size)


def svd_gradient(u: Tensor, s: Tensor, vh: Tensor, gu: Tensor | None, gs: Tensor | None, gvh: Tensor | None) -> Tensor:
    """The formula of SVD's backward."""
    rows, columns, size = u.array.shape[-2], vh.array.shape[-1], s.array.shape[-1]
    inner = rest = None
    if gs is not None:
        inner = diag_embed(gs)
    gaps = differences(square(s))
    if gu is not None:
        m = matmul(adjoint(u), gu)
        part = mul(off_diagonal(sub(m, adjoint(m)), gaps), unsqueeze(s, -2))
        inner = part if inner is None else add(inner, part)
        if rows > size:
            rest = matmul(div(sub(gu, matmul(u, m)), unsqueeze(s, -2)), vh)
    if gvh is not None:
        m = matmul(vh, adjoint(gvh))
        part = mul(unsqueeze(s, -1), off_diagonal(sub(m, adjoint(m)), gaps))
        inner = part if inner is None else add(inner, part)
        if columns > size:
            wide = matmul(div(u, unsqueeze(s, -2)), sub(gvh, matmul(adjoint(m), vh)))
            rest = wide if rest is None else add(rest, wide)
    if inner is None:
        return zeros_like(matmul(u, vh))
    out = matmul(matmul(u, inner), vh)
    return out if rest is None else add(out, rest)


def svd_of(x: Tensor, full: bool) -> Any:
    if not np.isfinite(np.asarray(x.array)).all():
        raise LinAlgError("linalg.svd: the matrix has elements that are not finite")
    return lapack("linalg.svd", lambda a: tuple(np.linalg.svd(a, full)), x.array)


@in_single
def linalg_eigh(A: Tensor, UPLO: str = "L") -> return_types.linalg_eigh:
    """The eigenvalues, ascending, and eigenvectors (columns) of each symmetric matrix, of which only the lower triangle
    (``UPLO`` "L") or the upper one ("U") is read.

    The gradient of the eigenvectors is finite only where the eigenvalues differ.

    Raises:
        LinAlgError: an element is not finite, or the iteration does not converge.

    >>> pydl.linalg.eigh(pydl.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])
    """
    expect_matrices("linalg.eigh", A)
    if UPLO not in ("L", "U", "l", "u"):
        raise _C.ValueError(f"linalg.eigh: expected UPLO 'L' or 'U', got {UPLO!r}")
    return return_types.linalg_eigh(*apply_many(Eigh, A, UPLO.upper()))


def linalg_eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, ascending.

    >>> pydl.linalg.eigvalsh(pydl.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([1., 2.])
    """
    return linalg_eigh(A, UPLO)[0]


@in_single
def linalg_svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> return_types.linalg_svd:
    """U, S, Vh with ``U diag(S) Vh = A``: singular vectors of length 1 and the singular values, descending.

    With ``full_matrices``, U and Vh are square; the vectors that this adds have no gradient, which is an error where
    one is wanted (PyTorch ignores it). The gradient of the others is finite only where the singular values differ.

    Raises:
        LinAlgError: an element is not finite, or the iteration does not converge.

    >>> pydl.linalg.svd(pydl.tensor([[0.0, 2.0], [3.0, 0.0]])).S
    tensor([3., 2.])
    """
    expect_matrices("linalg.svd", A, square=False)
    if driver is not None:
        raise _C.ValueError(f"linalg.svd: expected no driver, which chooses among those of a GPU, got {driver!r}")
    rows, columns = A.array.shape[-2:]
    return return_types.linalg_svd(*apply_many(FullSVD if full_matrices and rows != columns else SVD, A))


def linalg_svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, descending.

    >>> pydl.linalg.svdvals(pydl.tensor([[0.0, 2.0], [3.0, 0.0]]))
    tensor([3., 2.])
    """
    return linalg_svd(A, False, driver=driver)[1]


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> return_types.svd:
    """`linalg.svd` as it was: V, not its transpose; ``some`` leaves out what ``full_matrices`` adds; without
    ``compute_uv`` U and V are zeros."""
    if not compute_uv:
        s = linalg_svdvals(input)
        stack, (rows, columns) = input.array.shape[:-2], input.array.shape[-2:]
        zeros = [wrap(_C.zeros((*stack, n, n), input.array.dtype)) for n in (rows, columns)]
        return return_types.svd(zeros[0], s, zeros[1])
    u, s, vh = linalg_svd(input, not some)
    return return_types.svd(u, s, adjoint(vh))


from pydl.ops.binary import add, div, mul, sub  # noqa: E402
from pydl.ops.create import zeros_like  # noqa: E402
from pydl.ops.diagonal import diag_embed  # noqa: E402
from pydl.ops.unary import square  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

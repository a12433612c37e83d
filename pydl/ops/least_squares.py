"""Pseudoinverses, ranks, and equations that have no solution or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, return_types
from pydl.autograd.function import Function, TensorBase, apply, saved_output, wrap
from pydl.errors import LinAlgError
from pydl.ops.axes import adjoint
from pydl.ops.lapack import array_of, expect_matrices, in_single, lapack
from pydl.ops.matmul import matmul
from pydl.ops.solve import equations, expanded
from pydl.ops.view import squeeze, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Values = np.ndarray[Any, Any]


def decomposed(name: str, a: Values) -> tuple[Values, Values, Values]:
    if not np.isfinite(a).all():
        raise LinAlgError(f"{name}: the matrix has elements that are not finite")
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return u, s, vh


def above(name: str, a: Values, s: Values, atol: Any, rtol: Any) -> Values:
    """Which singular values count: those larger than atol and rtol times the largest.

    Without either, rtol is the dtype's eps times the larger size of the matrices; with atol alone it is 0.
    """
    if rtol is None:
        rtol = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps) if atol is None else 0.0
    limits = []
    for what, value in (("atol", atol), ("rtol", rtol)):
        if isinstance(value, TensorBase):
            value = np.asarray(value.array)[..., None]
        elif not isinstance(value, int | float | None):
            raise _C.DTypeError(f"{name}: expected {what} to be a number or a tensor, got {type(value).__name__}")
        limits.append(0.0 if value is None else value)
    largest = s.max(-1, keepdims=True, initial=0.0)
    return np.asarray(s > np.maximum(limits[0], limits[1] * largest))


class Pinv(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, atol: Any, rtol: Any) -> _C.Array:
        ctx.save(x)

        def inverted(a: Values) -> Values:
            u, s, vh = decomposed("linalg.pinv", a)
            counted = above("linalg.pinv", a, s, atol, rtol)
            inverse = np.where(counted, 1 / np.where(counted, s, 1), 0).astype(a.dtype)
            return np.asarray(np.swapaxes(vh, -1, -2) @ (inverse[..., None] * np.swapaxes(u, -1, -2)))

        return ctx.keep(lapack("linalg.pinv", inverted, x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return pinv_gradient(g, x, saved_output(ctx))


def pinv_gradient(g: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The gradient by x of its pseudoinverse y, while the rank stays.

    -y^T g y^T + (1 - x y) g^T y y^T + y^T y g^T (1 - y x) (Golub and Pereyra 1973).
    """
    yt, gt = adjoint(y), adjoint(g)
    first = matmul(matmul(yt, g), yt)
    left = matmul(matmul(gt, y), yt)
    right = matmul(matmul(yt, y), gt)
    left = sub(left, matmul(x, matmul(y, left)))
    right = sub(right, matmul(matmul(right, y), x))
    return sub(add(left, right), first)


class LeastSquares(Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, rcond: float) -> _C.Array:
        ctx.save(a, b)
        ctx.rcond = rcond

        def solved(x: Values, y: Values) -> Values:
            u, s, vh = decomposed("linalg.lstsq", x)
            counted = above("linalg.lstsq", x, s, 0.0, rcond)
            inverse = np.where(counted, 1 / np.where(counted, s, 1), 0).astype(x.dtype)
            return np.asarray(np.swapaxes(vh, -1, -2) @ (inverse[..., None] * (np.swapaxes(u, -1, -2) @ y)))

        return lapack("linalg.lstsq", solved, a.array, b.array)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # with y the pseudoinverse of a: that of y b
        a, b = ctx.saved_tensors
        y = apply(Pinv, a, 0.0, ctx.rcond)
        da = None if ctx.edges[0] is None else pinv_gradient(matmul(g, adjoint(b)), a, y)
        return da, None if ctx.edges[1] is None else matmul(adjoint(y), g)


@in_single
def linalg_pinv(
    A: Tensor, *, atol: float | Tensor | None = None, rtol: float | Tensor | None = None, hermitian: bool = False
) -> Tensor:
    """The pseudoinverse of each matrix; singular values up to ``atol`` or ``rtol`` times the largest count as 0.

    With ``hermitian`` only the lower triangle is read. The gradient is that for matrices of the same rank.

    Raises:
        LinAlgError: an element is not finite.

    >>> pydl.linalg.pinv(pydl.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    expect_matrices("linalg.pinv", A, square=hermitian)
    if hermitian:
        A = add(tril(A), adjoint(tril(A, -1)))
    return apply(Pinv, A, atol, rtol)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """`linalg.pinv` with ``rtol=rcond``."""
    return linalg_pinv(input, rtol=rcond)


@in_single
def linalg_matrix_rank(
    A: Tensor,
    tol: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
) -> Tensor:
    """How many singular values of each matrix are not 0, as `linalg.pinv` counts them: int64. ``tol`` is an older
    name of ``atol``.

    >>> pydl.linalg.matrix_rank(pydl.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    expect_matrices("linalg.matrix_rank", A, square=hermitian)
    if hermitian:
        A = add(tril(A), adjoint(tril(A, -1)))

    def rank(a: Values) -> Values:
        counted = above("linalg.matrix_rank", a, decomposed("linalg.matrix_rank", a)[1], tol or atol, rtol)
        return np.asarray(counted.sum(-1, dtype=np.int64))

    return wrap(lapack("linalg.matrix_rank", rank, A.array))


@in_single
def linalg_lstsq(
    A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None
) -> return_types.linalg_lstsq:
    """The X for which ``A X`` comes closest to ``B``; of several the smallest. B may be a vector.

    Also the sums of squares that are left (of tall matrices of full rank), the ranks and the singular values; as in
    PyTorch, some are empty: the first with the ``driver`` "gelsy", which is the default, the ranks with "gels", the
    singular values with both. Only the solution has a gradient. Every driver is a singular value decomposition here.

    Raises:
        LinAlgError: an element is not finite.

    >>> pydl.linalg.lstsq(pydl.tensor([[1.0], [1.0]]), pydl.tensor([[1.0], [2.0]])).solution
    tensor([[1.5000]])
    """
    expect_matrices("linalg.lstsq", A, square=False)
    equations("linalg.lstsq", A, B)
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise _C.ValueError(f"linalg.lstsq: expected driver 'gels', 'gelsy', 'gelsd' or 'gelss', got {driver!r}")
    m, n = A.array.shape, B.array.shape
    vectors = len(n) == 1 or (len(n) == len(m) - 1 and n == m[:-1])
    b = unsqueeze(B, -1) if vectors else B
    if b.array.ndim < 2 or b.array.shape[-2] != m[-2]:
        raise _C.ShapeError(f"linalg.lstsq: expected B of as many rows as A, got A of shape {m} and B of shape {n}")
    stack = tuple(_C.broadcast_shapes("linalg.lstsq", m[:-2], b.array.shape[:-2]))
    a, b = expanded(A, (*stack, *m[-2:])), expanded(b, (*stack, *b.array.shape[-2:]))
    limit = max(m[-2:]) * float(np.finfo(np.asarray(A.array).dtype).eps) if rcond is None else float(rcond)
    x = apply(LeastSquares, a, b, limit)
    values = np.asarray(a.array)
    s = decomposed("linalg.lstsq", values)[1]
    ranks = np.asarray(above("linalg.lstsq", values, s, 0.0, limit).sum(-1, dtype=np.int64))
    residuals = np.zeros((0,), values.dtype)
    if m[-2] > m[-1] and driver not in (None, "gelsy") and (ranks == m[-1]).all():
        left = values @ np.asarray(x.array) - np.asarray(b.array)
        residuals = (left * left).sum(-2)
    nothing = np.zeros((0,), np.int64)
    return return_types.linalg_lstsq(
        squeeze(x, -1) if vectors else x,
        wrap(array_of(residuals)),
        wrap(array_of(nothing if driver == "gels" else ranks)),
        wrap(array_of(s if driver in ("gelsd", "gelss") else np.zeros((0,), values.dtype))),
    )


from pydl.ops.binary import add, sub  # noqa: E402
from pydl.ops.diagonal import tril  # noqa: E402

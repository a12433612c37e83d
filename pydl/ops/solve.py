"""Inverses and linear equations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, return_types
from pydl.autograd.function import Function, apply1, apply2, saved_output, wrap
from pydl.errors import LinAlgError
from pydl.ops.axes import adjoint
from pydl.ops.lapack import array_of, expect_matrices, in_single, lapack
from pydl.ops.matmul import matmul
from pydl.ops.operands import expect_tensor
from pydl.ops.view import expand, squeeze, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Inverse(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(lapack("linalg.inv", np.linalg.inv, x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # -y^T g y^T
        turned = adjoint(saved_output(ctx))
        return neg(matmul(matmul(turned, g), turned))


class Solve(Function):
    """x with a x = b, of stacks of one shape."""

    @staticmethod
    def forward(ctx: Function, a: Tensor, b: Tensor) -> _C.Array:
        ctx.save(a)
        return ctx.keep(lapack("linalg.solve", np.linalg.solve, a.array, b.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # of b: a^-T g; of a: -(a^-T g) x^T
        (a,) = ctx.saved_tensors
        db = apply2(Solve, adjoint(a), g)
        return None if ctx.edges[0] is None else neg(matmul(db, adjoint(saved_output(ctx)))), db


def inverse(input: Tensor) -> Tensor:
    """The inverse of each square matrix.

    Raises:
        LinAlgError: a matrix is singular.
        ShapeError: they are not square.

    >>> pydl.linalg.inv(pydl.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    expect_matrices("linalg.inv", input)
    return in_single(apply1)(Inverse, input)


def equations(name: str, A: Tensor, B: Any) -> None:
    """Raise an error where the two are not of one floating dtype."""
    expect_tensor(name, B)
    if A.array.dtype != B.array.dtype:
        raise _C.DTypeError(f"{name}: expected A and B of one dtype, got {A.dtype.name} and {B.dtype.name}")


def aligned(name: str, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Stacks of matrices of the same sizes.

    Raises:
        ShapeError: the rows differ in number, or the stacks do not broadcast.
    """
    m, n = a.array.shape, b.array.shape
    if len(n) < 2 or m[-2] != n[-2]:
        raise _C.ShapeError(f"{name}: expected B of as many rows as A, got A of shape {m} and B of shape {n}")
    stack = _C.broadcast_shapes(name, m[:-2], n[:-2])
    return expanded(a, (*stack, *m[-2:])), expanded(b, (*stack, *n[-2:]))


def expanded(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    return x if x.array.shape == shape else expand(x, shape)


@in_single
def linalg_solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution X of ``A X = B``, or of ``X A = B`` where not ``left``; B may be a vector, or a stack of them.

    Raises:
        LinAlgError: a matrix is singular.
        ShapeError: the sizes do not fit.
        DTypeError: the dtypes differ.

    >>> pydl.linalg.solve(pydl.tensor([[2.0, 0.0], [0.0, 4.0]]), pydl.tensor([1.0, 1.0]))
    tensor([0.5000, 0.2500])
    """
    expect_matrices("linalg.solve", A)
    equations("linalg.solve", A, B)
    m, n = A.array.shape, B.array.shape
    if len(n) == 1 or (len(n) == len(m) - 1 and n == m[:-1]):
        if not left:
            raise _C.ValueError("linalg.solve: expected matrices B where left is False, got vectors")
        return squeeze(apply2(Solve, *aligned("linalg.solve", A, unsqueeze(B, -1))), -1)
    if left:
        return apply2(Solve, *aligned("linalg.solve", A, B))
    if len(n) < 2 or n[-1] != m[-1]:
        raise _C.ShapeError(f"linalg.solve: expected B of as many columns as A, got shapes {m} and {n}")
    return adjoint(apply2(Solve, *aligned("linalg.solve", adjoint(A), adjoint(B))))


@in_single
def linalg_solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """`linalg.solve` with matrices of which only a triangle counts; with ``unitriangular`` its diagonal is taken as 1.

    A zero on the diagonal is an error, where PyTorch gives infinities.

    Raises:
        LinAlgError: a matrix is singular.

    >>> A = pydl.tensor([[2.0, 0.0], [1.0, 1.0]])
    >>> pydl.linalg.solve_triangular(A, pydl.tensor([[2.0], [3.0]]), upper=False)
    tensor([[1.],
            [2.]])
    """
    expect_matrices("linalg.solve_triangular", A)
    equations("linalg.solve_triangular", A, B)
    if B.array.ndim < 2:
        raise _C.ShapeError(f"linalg.solve_triangular: expected matrices B, got shape {B.array.shape}")
    if unitriangular:
        n = A.array.shape[-1]
        one = wrap(_C.cast(array_of(np.eye(n)), A.array.dtype))
        A = add(triu(A, 1) if upper else tril(A, -1), one)
    else:
        A = triu(A) if upper else tril(A)
    if left:
        return apply2(Solve, *aligned("linalg.solve_triangular", A, B))
    if B.array.shape[-1] != A.array.shape[-1]:
        raise _C.ShapeError(
            f"linalg.solve_triangular: expected B of as many columns as A, got {A.array.shape} and {B.array.shape}"
        )
    return adjoint(apply2(Solve, *aligned("linalg.solve_triangular", adjoint(A), adjoint(B))))


def triangular_solve(
    input: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> return_types.triangular_solve:
    """The solution X of ``A X = input`` (``A^T X = input`` with ``transpose``) and A: an older `solve_triangular`."""
    expect_tensor("triangular_solve", A)
    expect_matrices("triangular_solve", A)
    matrix = adjoint(A) if transpose else A
    solution = linalg_solve_triangular(matrix, input, upper=upper != transpose, unitriangular=unitriangular)
    return return_types.triangular_solve(solution, A)


def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The solution X of ``L L^T X = B``, given the triangle; of ``U^T U X = B`` with ``upper``.

    >>> pydl.cholesky_solve(pydl.tensor([[4.0]]), pydl.tensor([[2.0]]))
    tensor([[1.]])
    """
    expect_matrices("cholesky_solve", L)
    lower = adjoint(L) if upper else L
    half = linalg_solve_triangular(lower, B, upper=False)
    return linalg_solve_triangular(adjoint(lower), half, upper=True)


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of ``L L^T``, given the triangle; of ``U^T U`` with ``upper``.

    >>> pydl.cholesky_inverse(pydl.tensor([[2.0]]))
    tensor([[0.2500]])
    """
    expect_matrices("cholesky_inverse", L)
    one = wrap(_C.cast(array_of(np.eye(L.array.shape[-1])), L.array.dtype))
    return cholesky_solve(expanded(one, L.array.shape), L, upper)


def failures(x: _C.Array, f: Any) -> np.ndarray[Any, Any]:
    """For each matrix of a stack 1 where numpy refuses it, else 0: int32."""
    values = np.asarray(x)
    info = np.zeros(values.shape[:-2], np.int32)
    for index in np.ndindex(*info.shape):
        try:
            f(values[index])
        except np.linalg.LinAlgError:
            info[index] = 1
    return info


@in_single
def linalg_inv_ex(A: Tensor, *, check_errors: bool = False) -> return_types.linalg_inv_ex:
    """`linalg.inv`, with NaN in place of an error where a matrix is singular, and ``info``: 1 there, 0 elsewhere.

    PyTorch's ``info`` says which pivot is zero.

    >>> pydl.linalg.inv_ex(pydl.zeros(1, 1)).info
    tensor(1, dtype=pydl.int32)
    """
    expect_matrices("linalg.inv_ex", A)
    try:
        return return_types.linalg_inv_ex(inverse(A), wrap(_C.zeros(A.array.shape[:-2], 5)))
    except LinAlgError:
        if check_errors:
            raise
    info = failures(A.array, np.linalg.inv)
    return return_types.linalg_inv_ex(inverse(without(A, info)), wrap(array_of(info)))


def without(A: Tensor, info: np.ndarray[Any, Any]) -> Tensor:
    """A with NaN for the matrices that failed."""
    return masked_fill(A, wrap(array_of((info != 0)[..., None, None])), float("nan"))


@in_single
def linalg_solve_ex(
    A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False
) -> return_types.linalg_solve_ex:
    """`linalg.solve`, with NaN in place of an error where a matrix is singular, and ``info``: 1 there, 0 elsewhere."""
    expect_matrices("linalg.solve_ex", A)
    try:
        return return_types.linalg_solve_ex(linalg_solve(A, B, left=left), wrap(_C.zeros(A.array.shape[:-2], 5)))
    except LinAlgError:
        if check_errors:
            raise
    info = failures(A.array, np.linalg.inv)
    return return_types.linalg_solve_ex(linalg_solve(without(A, info), B, left=left), wrap(array_of(info)))


from pydl.ops.binary import add  # noqa: E402
from pydl.ops.diagonal import tril, triu  # noqa: E402
from pydl.ops.unary import neg  # noqa: E402
from pydl.ops.where import masked_fill  # noqa: E402

"""Norms of vectors and matrices as linalg names them, and the condition of matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import wrap
from pydl.dtypes import dtype as DType
from pydl.ops.axes import movedim
from pydl.ops.lapack import expect_matrices, in_single
from pydl.ops.norm import norm
from pydl.ops.operands import Number, expect_tensor
from pydl.ops.reduce import Dims, converted, reduce_sum
from pydl.ops.solve import inverse
from pydl.ops.spectrum import linalg_svdvals
from pydl.ops.view import ints, reshape, select, slice_dim, unsqueeze, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def linalg_vector_norm(
    x: Tensor, ord: Number = 2, dim: Dims = None, keepdim: bool = False, *, dtype: DType | None = None
) -> Tensor:
    """``sum(|x|**ord)**(1/ord)`` over ``dim``, or over everything; ``ord`` may be infinite, -inf or 0 (how many are
    not 0).

    Raises:
        DTypeError: ``x`` is not floating and no ``dtype`` is given.

    >>> pydl.linalg.vector_norm(pydl.tensor([3.0, -4.0]))
    tensor(5.)
    """
    if isinstance(ord, bool) or not isinstance(ord, int | float):
        raise _C.DTypeError(f"linalg.vector_norm: expected ord, a number, got {ord!r}")
    if ord != ord:
        raise _C.ValueError("linalg.vector_norm: expected ord, a number, got NaN")
    return norm(x, ord, dim, keepdim, dtype=dtype)


def plane(name: str, x: Tensor, dim: Any) -> tuple[int, int]:
    """Two different dimensions.

    Raises:
        ValueError: they are not.
    """
    dims = [wrap_dim(name, d, x.array.ndim) for d in ints(name, (dim,))]
    if len(dims) != 2 or dims[0] == dims[1]:
        raise _C.ValueError(f"{name}: expected two different dimensions, got {dim!r}")
    return dims[0], dims[1]


@in_single
def linalg_matrix_norm(
    A: Tensor,
    ord: Number | str = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
) -> Tensor:
    """A norm of matrices that stand in two dimensions: "fro" (the root of the sum of squares), "nuc" (the sum of the
    singular values), inf and -inf (the largest and smallest sum of a row's sizes), 1 and -1 (of a column's), 2 and -2
    (the largest and smallest singular value).

    Raises:
        ValueError: there is no such norm.

    >>> pydl.linalg.matrix_norm(pydl.tensor([[3.0, 0.0], [0.0, 4.0]]), "nuc")
    tensor(7.)
    """
    name = "linalg.matrix_norm"
    A = converted(name, A, dtype)
    expect_matrices(name, A, square=False)
    rows, columns = plane(name, A, dim)
    if ord == "fro":
        return norm(A, 2, (rows, columns), keepdim)
    if ord not in (1, -1, 2, -2, math.inf, -math.inf, "nuc"):
        raise _C.ValueError(f"{name}: expected ord 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, got {ord!r}")
    x = movedim(A, (rows, columns), (-2, -1))
    if ord in ("nuc", 2, -2):
        s = linalg_svdvals(x)
        if ord == "nuc":
            out = reduce_sum(s, (-1,), False)
        elif not s.array.shape[-1]:
            raise _C.ValueError(f"{name}: expected at least one singular value, got shape {A.array.shape}")
        else:
            out = select(s, -1, 0 if ord == 2 else -1)
    else:
        sums = reduce_sum(abs(x), (-1 if ord in (math.inf, -math.inf) else -2,), False)
        out = amax(sums, -1) if ord in (1, math.inf) else amin(sums, -1)
    if keepdim:
        for d in sorted((rows, columns)):
            out = unsqueeze(out, d)
    return out


def linalg_norm(
    A: Tensor,
    ord: Number | str | None = None,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
) -> Tensor:
    """`vector_norm` over one dimension, `matrix_norm` over two; without ``ord`` the root of the sum of squares, over
    all elements where there is no ``dim`` either.

    Raises:
        ValueError: ``ord`` is given without ``dim`` for a tensor that is neither vector nor matrix, or there are more
            than two dimensions.

    >>> pydl.linalg.norm(pydl.tensor([[3.0, 0.0], [0.0, 4.0]]))
    tensor(5.)
    """
    expect_tensor("linalg.norm", A)
    if ord is None:
        return linalg_vector_norm(A, 2, dim, keepdim, dtype=dtype)
    dims = None if dim is None else ints("linalg.norm", (dim,))
    if dims is not None and len(dims) not in (1, 2):
        raise _C.ValueError(f"linalg.norm: expected one or two dimensions, got {dim!r}")
    if dims is None and A.array.ndim not in (1, 2):
        raise _C.ValueError(f"linalg.norm: expected a vector or a matrix where dim is not given, got {A.array.shape}")
    if len(dims) == 2 if dims is not None else A.array.ndim == 2:
        return linalg_matrix_norm(A, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype)
    if isinstance(ord, str):
        raise _C.ValueError(f"linalg.norm: expected a number as ord of vectors, got {ord!r}")
    return linalg_vector_norm(A, ord, dims, keepdim, dtype=dtype)


def linalg_cond(A: Tensor, p: Number | str | None = None) -> Tensor:
    """``norm(A) * norm(inv(A))`` by the matrix norm ``p``; by default, with 2 and -2, a quotient of singular values.

    Raises:
        LinAlgError: with other norms, a matrix is singular.

    >>> pydl.linalg.cond(pydl.tensor([[4.0, 0.0], [0.0, 2.0]]))
    tensor(2.)
    """
    expect_matrices("linalg.cond", A, square=p not in (None, 2, -2))
    if p in (None, 2, -2):
        s = linalg_svdvals(A)
        if not s.array.shape[-1]:  # of nothing, as in PyTorch
            return reduce_sum(s, (-1,), False)
        largest, smallest = select(s, -1, 0), select(s, -1, -1)
        return div(smallest, largest) if p == -2 else div(largest, smallest)
    return mul(linalg_matrix_norm(A, p), linalg_matrix_norm(inverse(A), p))


def linalg_vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sums of products along a dimension; the rest broadcasts.

    >>> pydl.linalg.vecdot(pydl.tensor([[1.0, 2.0]]), pydl.tensor([3.0, 4.0]))
    tensor([11.])
    """
    expect_tensor("linalg.vecdot", x)
    expect_tensor("linalg.vecdot", y)
    if x.array.dtype != y.array.dtype:
        raise _C.DTypeError(f"linalg.vecdot: expected one dtype, got {x.dtype.name} and {y.dtype.name}")
    return reduce_sum(mul(x, y), (dim,), False)


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """`diagonal`, of the last two dimensions by default.

    >>> pydl.linalg.diagonal(pydl.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return diagonal(A, offset, dim1, dim2)


def linalg_vander(x: Tensor, N: int | None = None) -> Tensor:
    """The powers 0, 1, ... N - 1 of each element, along a new last dimension; N is the size of the last one by default.

    >>> pydl.linalg.vander(pydl.tensor([2, 3]), N=3)
    tensor([[1, 2, 4],
            [1, 3, 9]])
    """
    expect_tensor("linalg.vander", x)
    if not x.array.ndim:
        raise _C.ShapeError("linalg.vander: expected a tensor with dimensions, got a scalar")
    (count,) = ints("linalg.vander", (x.array.shape[-1] if N is None else N,))
    if count < 1:
        raise _C.ValueError(f"linalg.vander: expected N of 1 or more, got {count}")
    if x.array.dtype > 3:
        x = to_code(x, 4)
    one = wrap(_C.full((*x.array.shape, 1), _C.scalar(1, x.array.dtype)))
    columns = [one]
    for _ in range(count - 1):
        columns.append(mul(columns[-1], unsqueeze(x, -1)))
    return cat(columns, -1)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each element of a vector in a row, the highest first unless ``increasing``.

    >>> pydl.vander(pydl.tensor([2, 3]))
    tensor([[2, 1],
            [3, 1]])
    """
    expect_tensor("vander", x)
    if x.array.ndim != 1:
        raise _C.ShapeError(f"vander: expected a vector, got shape {x.array.shape}")
    n = x.array.shape[0] if N is None else N
    if n == 0:
        powers = slice_dim(reshape(x, (-1, 1)), 1, 0, 1, 0)
        return powers if x.array.dtype <= 3 else to_code(powers, 4)
    out = linalg_vander(x, n)
    return out if increasing else flip(out, (-1,))


from pydl.ops.binary import div, mul  # noqa: E402
from pydl.ops.concat import cat  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.diagonal import diagonal  # noqa: E402
from pydl.ops.extremes import amax, amin  # noqa: E402
from pydl.ops.index import flip  # noqa: E402
from pydl.ops.unary import abs  # noqa: E402

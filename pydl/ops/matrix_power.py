"""Products of many matrices: powers, chains, the exponential; equations between tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import wrap
from pydl.ops.lapack import array_of, expect_matrices, in_single
from pydl.ops.matmul import matmul
from pydl.ops.operands import expect_tensor
from pydl.ops.solve import inverse, linalg_solve
from pydl.ops.view import ints, reshape, unsqueeze, view

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def identity(x: Tensor) -> Tensor:
    """Identity matrices of x's shape and dtype."""
    shape = x.array.shape
    one = _C.cast(array_of(np.eye(shape[-1])), x.array.dtype)
    return wrap(_C.clone(_C.expand(one, shape)))


def matrix_power(input: Tensor, n: int) -> Tensor:
    """Each square matrix multiplied with itself, ``n`` factors; the inverse's power where ``n`` is negative.

    Raises:
        LinAlgError: ``n`` is negative and a matrix singular.

    >>> pydl.matrix_power(pydl.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    expect_tensor("linalg.matrix_power", input)
    shape = input.array.shape
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise _C.ShapeError(f"linalg.matrix_power: expected square matrices, got shape {shape}")
    (n,) = ints("linalg.matrix_power", (n,))
    if n < 0:
        return matrix_power(inverse(input), -n)
    out = None
    factor = input
    while n:
        if n & 1:
            out = factor if out is None else matmul(out, factor)
        n >>= 1
        if n:
            factor = matmul(factor, factor)
    if out is None:  # constant, with a gradient of 0
        return select_where(_C.full((), _C.scalar(True, 9)), identity(input), input)
    return clone(input) if out is input else out


def order(sizes: Sequence[int]) -> list[list[int]]:
    """Where to cut each chain i..j of matrices (sizes[i], sizes[i + 1]), ..., for the fewest multiplications."""
    n = len(sizes) - 1
    cost = [[0] * n for _ in range(n)]
    cut = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            costs = [(cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)]
            cost[i][j], cut[i][j] = min(costs)
    return cut


def linalg_multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of two or more matrices, in the order that takes the fewest multiplications; the first and the last
    may be vectors.

    Raises:
        ShapeError: the sizes do not fit.

    >>> pydl.linalg.multi_dot([pydl.ones(2, 3), pydl.ones(3, 1), pydl.ones(1)])
    tensor([3., 3.])
    """
    if not isinstance(tensors, list | tuple) or len(tensors) < 2:
        raise _C.ValueError("linalg.multi_dot: expected a list of two tensors or more")
    chain = list(tensors)
    for i, x in enumerate(chain):
        expect_tensor("linalg.multi_dot", x)
        if x.array.ndim != 2 and not (x.array.ndim == 1 and i in (0, len(chain) - 1)):
            raise _C.ShapeError(f"linalg.multi_dot: expected matrices, got shape {x.array.shape} at place {i}")
    shape: tuple[int, ...] = ()
    if chain[0].array.ndim == 1:
        chain[0] = unsqueeze(chain[0], 0)
    else:
        shape += chain[0].array.shape[:1]
    if chain[-1].array.ndim == 1:
        chain[-1] = unsqueeze(chain[-1], 1)
    else:
        shape += chain[-1].array.shape[1:]
    for x, y in pairwise(chain):
        if x.array.shape[1] != y.array.shape[0]:
            raise _C.ShapeError(
                f"linalg.multi_dot: the sizes do not fit, got neighbours of shapes {x.array.shape} and {y.array.shape}"
            )
    cut = order([x.array.shape[0] for x in chain] + [chain[-1].array.shape[1]])

    def product(i: int, j: int) -> Tensor:
        return chain[i] if i == j else matmul(product(i, cut[i][j]), product(cut[i][j] + 1, j))

    return view(product(0, len(chain) - 1), shape)


def chain_matmul(*matrices: Any) -> Tensor:
    """`linalg.multi_dot` of matrices given one by one; of a single one, itself."""
    if len(matrices) == 1 and isinstance(matrices[0], list | tuple):
        matrices = tuple(matrices[0])
    for x in matrices:
        expect_tensor("chain_matmul", x)
        if x.array.ndim != 2:
            raise _C.ShapeError(f"chain_matmul: expected matrices, got shape {x.array.shape}")
    if not matrices:
        raise _C.ValueError("chain_matmul: expected at least one matrix, got none")
    return matrices[0] if len(matrices) == 1 else linalg_multi_dot(matrices)


_TERMS = 18


def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of each square matrix, ``1 + A + A A / 2 + ...``.

    The matrix is halved until its norm is below 1, the series taken to its 18th term, the result squared as often
    (Moler and Van Loan, Nineteen Dubious Ways to Compute the Exponential of a Matrix, 2003, method 3).

    >>> pydl.matrix_exp(pydl.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    expect_matrices("matrix_exp", input)
    return in_single(exponential)(input)


def exponential(input: Tensor) -> Tensor:
    """`matrix_exp` of matrices of float32 or float64."""
    if input.array.shape[-1] == 1:
        return exp(input)  # minus infinity too
    one = identity(input)
    if not input.array.size:
        return add(one, input)
    values = np.asarray(input.array)
    with np.errstate(all="ignore"):
        size = float(np.abs(values).sum(-2).max(initial=0.0))
    halvings = max(0, math.frexp(size)[1]) if math.isfinite(size) else 0
    x = mul(input, 0.5**halvings)
    out = add(one, mul(x, 1.0 / _TERMS))
    for k in range(_TERMS - 1, 0, -1):
        out = add(one, mul(matmul(x, out), 1.0 / k))
    for _ in range(halvings):
        out = matmul(out, out)
    return out


def linalg_tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """The X with ``tensordot(A, X, X.ndim) = B``; the dimensions ``dims`` of A are moved to its end first.

    Raises:
        ShapeError: the sizes do not make a square matrix.

    >>> pydl.linalg.tensorsolve(pydl.eye(6).reshape(2, 3, 6), pydl.ones(2, 3)).shape
    pydl.Size([6])
    """
    expect_tensor("linalg.tensorsolve", A)
    expect_tensor("linalg.tensorsolve", B)
    if dims is not None:
        moved = ints("linalg.tensorsolve", (dims,))
        A = movedim(A, moved, tuple(range(A.array.ndim - len(moved), A.array.ndim)))
    n = B.array.ndim
    shape = A.array.shape[n:]
    size = math.prod(shape)
    if A.array.shape[:n] != B.array.shape or size != B.array.size:
        raise _C.ShapeError(
            f"linalg.tensorsolve: expected A that begins with B's shape {B.array.shape} and goes on with as many "
            f"elements, got {A.array.shape}"
        )
    return reshape(linalg_solve(reshape(A, (size, size)), reshape(B, -1)), shape)


def linalg_tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of A as a matrix from its last dimensions to its first ``ind``.

    Raises:
        ShapeError: the sizes do not make a square matrix.

    >>> pydl.linalg.tensorinv(pydl.eye(6).reshape(6, 2, 3), ind=1).shape
    pydl.Size([2, 3, 6])
    """
    expect_tensor("linalg.tensorinv", A)
    (ind,) = ints("linalg.tensorinv", (ind,))
    if ind < 1:
        raise _C.ValueError(f"linalg.tensorinv: expected ind above 0, got {ind}")
    first, last = A.array.shape[:ind], A.array.shape[ind:]
    size = math.prod(first)
    if size != math.prod(last):
        raise _C.ShapeError(f"linalg.tensorinv: expected as many elements in {first} as in {last}")
    return reshape(inverse(reshape(A, (size, size))), (*last, *first))


from pydl.ops.axes import movedim  # noqa: E402
from pydl.ops.binary import add, mul  # noqa: E402
from pydl.ops.copy import clone  # noqa: E402
from pydl.ops.exponential import exp  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

"""Determinants and their logarithms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, return_types
from pydl.autograd.function import Function, apply1, apply_many, saved_output, wrap
from pydl.ops.axes import adjoint
from pydl.ops.lapack import array_of, expect_matrices, in_single, lapack
from pydl.ops.matmul import matmul
from pydl.ops.solve import inverse
from pydl.ops.view import unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Determinant(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        ctx.save(x)
        return ctx.keep(lapack("linalg.det", np.linalg.det, x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * y * x^-T, or g * adjugate(x)^T where x is (nearly) singular
        (x,) = ctx.saved_tensors
        y = saved_output(ctx)
        if regular(x.array, y.array):
            return mul(each(mul(g, y)), adjoint(inverse(x)))
        return mul(each(g), to_code(adjoint(adjugate(to_code(x, 1))), x.array.dtype))


def each(g: Tensor) -> Tensor:
    """One number for each matrix, to be multiplied with them."""
    return unsqueeze(unsqueeze(g, -1), -1)


def regular(x: _C.Array, det: _C.Array) -> bool:
    """Whether no determinant is tiny beside Hadamard's bound, the product of its matrix's row lengths."""
    values = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        bound = np.prod(np.sqrt((values * values).sum(-1)), -1)
        smallest = np.finfo(np.asarray(x).dtype).eps * max(1, values.shape[-1])
        return bool((np.abs(np.asarray(det)) > smallest * bound).all())


def adjugate(x: Tensor) -> Tensor:
    """The transposed matrices of cofactors, by Faddeev and LeVerrier's recurrence: no division by anything small.

    Gantmacher, The Theory of Matrices, chapter IV, section 5.
    """
    n = x.array.shape[-1]
    one = wrap(array_of(np.eye(n)))
    m = add(mul(x, 0.0), one)
    for k in range(1, n):
        product = matmul(x, m)
        coefficient = div(reduce_sum(diagonal(product, 0, -2, -1), (-1,), False), -float(k))
        m = add(product, mul(each(coefficient), one))
    return m if n % 2 else neg(m)


class LogDeterminant(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Any:
        ctx.save(x)
        return lapack("linalg.slogdet", lambda a: tuple(np.linalg.slogdet(a)), x.array)

    @staticmethod
    def backward(ctx: Any, _: Any, g: Tensor | None) -> Any:  # g * x^-T; the sign is constant
        (x,) = ctx.saved_tensors
        return zeros_like(x) if g is None else mul(each(g), adjoint(inverse(x)))


def det(input: Tensor) -> Tensor:
    """The determinant of each square matrix.

    Its gradient is right for singular matrices too.

    Raises:
        ShapeError: they are not square.

    >>> pydl.det(pydl.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)
    """
    expect_matrices("linalg.det", input)
    return in_single(apply1)(Determinant, input)


def slogdet(input: Tensor) -> return_types.linalg_slogdet:
    """The sign of the determinant and the logarithm of its size: 0 and -inf for a singular matrix, whose gradient is
    an error.

    >>> pydl.slogdet(pydl.tensor([[1.0, 2.0], [3.0, 4.0]])).sign
    tensor(-1.)
    """
    expect_matrices("linalg.slogdet", input)
    return return_types.linalg_slogdet(*in_single(apply_many)(LogDeterminant, input))


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant: -inf where that is 0, NaN where it is negative.

    >>> pydl.logdet(pydl.tensor([[2.0, 0.0], [0.0, 2.0]]))
    tensor(1.3863)
    """
    expect_matrices("logdet", input)
    sign, size = in_single(apply_many)(LogDeterminant, input)
    below = wrap(_C.lt(sign.array, _C.scalar(0.0, sign.array.dtype)))
    return masked_fill(size, below, math.nan)


from pydl.ops.binary import add, div, mul  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.create import zeros_like  # noqa: E402
from pydl.ops.diagonal import diagonal  # noqa: E402
from pydl.ops.reduce import reduce_sum  # noqa: E402
from pydl.ops.unary import neg  # noqa: E402
from pydl.ops.where import masked_fill  # noqa: E402

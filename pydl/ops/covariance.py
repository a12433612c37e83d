"""How variables vary together."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from pydl import _C
from pydl.autograd.function import wrap
from pydl.ops.binary import div, mul, sub
from pydl.ops.clamp import clamp
from pydl.ops.copy import to_code
from pydl.ops.diagonal import diagonal
from pydl.ops.matmul import matmul
from pydl.ops.operands import as_float, expect_tensor
from pydl.ops.reduce import mean, sum
from pydl.ops.unary import sqrt
from pydl.ops.view import reshape, transpose, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def check_weights(what: str, weights: Tensor, count: int, floating: bool) -> None:
    """Refuse weights of another length or kind, and negative ones."""
    expect_tensor("cov", weights)
    array = weights.array
    if array.ndim > 1 or array.size != count:
        raise _C.ShapeError(f"cov: expected one row of {count} {what}, one by observation, got shape {array.shape}")
    if (array.dtype <= 3) != floating or array.dtype == 9:
        kind = "a floating" if floating else "an integer"
        raise _C.DTypeError(f"cov: expected {what} of {kind} dtype, got {weights.dtype.name}")
    if _C.any_nonzero(_C.lt(array, _C.scalar(0, array.dtype))):
        raise _C.ValueError(f"cov: expected no negative {what}")


def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariances of the rows (variables) of ``input`` over its columns (observations): (rows, rows).

    A vector is one variable and gives a scalar, its variance. Squares are added and divided by the number of
    observations less ``correction``. ``fweights`` says how often each observation was made, ``aweights`` how much it
    weighs.

    Raises:
        ShapeError: more than two dimensions, or weights that do not fit.
        ValueError: negative weights, or weights that are all 0.

    >>> pydl.cov(pydl.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    expect_tensor("cov", input)
    if input.array.ndim > 2:
        raise _C.ShapeError(f"cov: expected at most 2 dimensions, got shape {input.array.shape}")
    if input.array.dtype == 9:
        raise _C.DTypeError("cov: expected numbers, got bool")
    x = as_float(input)
    x = x if x.array.ndim == 2 else reshape(x, (1, x.array.size))
    count, code = x.array.shape[1], x.array.dtype
    weights = None
    if fweights is not None:
        check_weights("fweights", fweights, count, False)
        weights = to_code(reshape(fweights, (-1,)), code)
    if aweights is not None:
        check_weights("aweights", aweights, count, True)
        share = to_code(reshape(aweights, (-1,)), code)
        weights = share if weights is None else mul(weights, share)
    if weights is None:
        centre = mean(x, 1)
        free = wrap(_C.scalar(float(count - correction), code))
    else:
        total = sum(weights)
        if not _C.item(total.array):
            raise _C.ValueError("cov: expected weights that do not add up to 0")
        centre = div(sum(mul(x, weights), 1), total)
        lost = div(mul(sum(mul(weights, share)), correction), total) if aweights is not None else correction
        free = sub(total, lost)
    if not _C.item(free.array) > 0:
        warnings.warn(
            "cov: no degrees of freedom are left; correction should be less than the number of observations",
            stacklevel=2,
        )
        free = wrap(_C.scalar(0.0, code))
    x = sub(x, unsqueeze(centre, 1))
    products = matmul(x, transpose(x if weights is None else mul(x, weights), 0, 1))
    out = div(products, free)
    return out if out.array.size != 1 else reshape(out, ())


def corrcoef(input: Tensor) -> Tensor:
    """Pearson's correlation coefficients of the rows (variables) of ``input``: (rows, rows), from -1 to 1.

    >>> pydl.corrcoef(pydl.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    expect_tensor("corrcoef", input)
    if input.array.ndim > 2:
        raise _C.ShapeError(f"corrcoef: expected at most 2 dimensions, got shape {input.array.shape}")
    c = cov(input)
    if not c.array.ndim:
        return div(c, c)
    deviations = sqrt(diagonal(c))
    return clamp(div(div(c, unsqueeze(deviations, 1)), unsqueeze(deviations, 0)), -1.0, 1.0)

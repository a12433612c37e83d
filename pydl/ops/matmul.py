"""Products of vectors, matrices and stacks of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply, apply2
from pydl.ops.operands import expect_tensor
from pydl.ops.view import reshape, squeeze, sum_to, transpose, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor

NONE, RELU = 0, 1  # C++ Activation


class MatMul(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.x_shape, ctx.y_shape = x.array.shape, y.array.shape
        ctx.save_factors(x, y)
        return _C.matmul(x.array, y.array, None, NONE)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g y^T, x^T g, summed where batches were broadcast
        x, y = ctx.saved_tensors
        dx = dy = None
        if ctx.edges[0] is not None:
            dx = sum_to(apply2(MatMul, g, transpose(y, -1, -2)), ctx.x_shape)
        if ctx.edges[1] is not None:
            if len(ctx.y_shape) == 2 and x.array.ndim > 2:
                # One right-hand matrix for a whole stack: its gradient is one tall product.
                count = math.prod(x.array.shape[:-1])
                rows = reshape(x, (count, x.array.shape[-1]))
                dy = apply2(MatMul, transpose(rows, 0, 1), reshape(g, (count, g.array.shape[-1])))
            else:
                dy = sum_to(apply2(MatMul, transpose(x, -1, -2), g), ctx.y_shape)
        return dx, dy


class VectorMatMul(Function):
    """A product with a vector, as one row on the left or one column on the right."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.x_shape, ctx.y_shape = x.array.shape, y.array.shape
        ctx.save_factors(x, y)
        return _C.matmul(x.array, y.array, None, NONE)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # as MatMul's, of matrices
        x, y = ctx.saved_tensors
        row, column = len(ctx.x_shape) == 1, len(ctx.y_shape) == 1
        if row:
            g = unsqueeze(g, -1 if column else -2)
        if column:
            g = unsqueeze(g, -1)
        dx = dy = None
        if ctx.edges[0] is not None:
            right = unsqueeze(y, 1) if column else y
            dx = sum_to(matmul(g, transpose(right, -1, -2)), (1, *ctx.x_shape) if row else ctx.x_shape)
            dx = squeeze(dx, 0) if row else dx
        if ctx.edges[1] is not None:
            left = unsqueeze(x, 0) if row else x
            dy = sum_to(matmul(transpose(left, -1, -2), g), (*ctx.y_shape, 1) if column else ctx.y_shape)
            dy = squeeze(dy, 1) if column else dy
        return dx, dy


class Linear(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, b: Tensor | None) -> _C.Array:
        ctx.x_shape = x.array.shape
        ctx.save_factors(x, w)
        rows, shape = x.array, x.array.shape
        if len(shape) != 2:
            rows = _C.reshape(rows, (math.prod(shape[:-1]), shape[-1]))
        y = _C.matmul(rows, _C.transpose(w.array, 0, 1), None if b is None else b.array, NONE)
        return y if len(shape) == 2 else _C.reshape(y, (*shape[:-1], w.array.shape[0]))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g w, g^T x, sum of g over rows
        x, w = ctx.saved_tensors
        a, b, c = ctx.edges
        rows = g
        if g.array.ndim != 2:
            rows = reshape(g, (math.prod(g.array.shape[:-1]), g.array.shape[-1]))
        dx = dw = db = None
        if a is not None:
            dx = apply2(MatMul, rows, w)
            if len(ctx.x_shape) != 2:
                dx = reshape(dx, ctx.x_shape)
        if b is not None:
            if x.array.ndim != 2:
                x = reshape(x, (rows.array.shape[0], ctx.x_shape[-1]))
            dw = apply2(MatMul, transpose(rows, 0, 1), x)
        if c is not None:
            db = reduce_sum(rows, (0,), False)
        return dx, dw, db


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product, as PyTorch's: vectors count as one row or column, stacks of matrices broadcast.

    Beside a tensor a numpy array will do; the two are promoted to one dtype.

    Raises:
        ShapeError: the inner sizes differ, or an operand is a scalar.

    >>> pydl.ones(2, 3) @ pydl.ones(3)
    tensor([3., 3.])
    """
    if not (isinstance(input, TensorBase) and isinstance(other, TensorBase)):
        input, other = beside_array(input, other)
    if input.array.dtype != other.array.dtype:
        raise _C.DTypeError(
            f"matmul: expected operands of one dtype, got {input.dtype} and {other.dtype}; convert one with .to()"
        )
    m, n = input.array.ndim, other.array.ndim
    if m >= 2 and n >= 2:
        return apply2(MatMul, input, other)
    if not m or not n:
        raise _C.ShapeError(
            f"matmul: expected at least one dimension in both operands, got shapes {input.array.shape} and "
            f"{other.array.shape}"
        )
    return apply2(VectorMatMul, input, other)


def beside_array(input: Any, other: Any) -> tuple[Tensor, Tensor]:
    """A tensor and a numpy array, whichever comes first, as tensors of one dtype.

    Raises:
        DTypeError: they are something else.
    """
    x, y = (from_numpy(v) if isinstance(v, np.ndarray) else v for v in (input, other))
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        x = input
    expect_tensor("matmul", x)
    expect_tensor("matmul", y)
    code = _C.promote_types(x.array.dtype, y.array.dtype)
    return to_code(x, code), to_code(y, code)


def rmatmul(input: Tensor, other: Any) -> Tensor:
    """``other @ input``, of a numpy array (which PyTorch refuses)."""
    return matmul(other, input)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``: input (..., in_features), weight (out_features, in_features), bias (out_features,).

    Raises:
        ShapeError: the sizes do not fit.
        DTypeError: the dtypes differ.
    """
    expect_tensor("linear", input)
    expect_tensor("linear", weight)
    x, w = input.array.shape, weight.array.shape
    if len(w) != 2:
        raise _C.ShapeError(f"linear: expected a weight of 2 dimensions (out_features, in_features), got {w}")
    if not x:
        raise _C.ShapeError(f"linear: expected an input of shape (..., {w[1]}), got a scalar")
    if x[-1] != w[1]:
        raise _C.ShapeError(
            f"linear: input has {x[-1]} features in its last dimension, weight expects {w[1]} (input {x}, weight {w})"
        )
    if bias is not None and bias.array.shape != (w[0],):
        raise _C.ShapeError(f"linear: expected a bias of shape ({w[0]},), got {bias.array.shape}")
    if input.array.dtype != weight.array.dtype or (bias is not None and bias.array.dtype != weight.array.dtype):
        given = f"input {input.dtype}, weight {weight.dtype}" + ("" if bias is None else f", bias {bias.dtype}")
        raise _C.DTypeError(f"linear: expected one dtype, got {given}")
    return apply(Linear, input, weight, bias)


from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.create import from_numpy  # noqa: E402
from pydl.ops.reduce import reduce_sum  # noqa: E402

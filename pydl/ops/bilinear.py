"""A form that is linear in each of two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]`` for each k.

    Args:
        input1: (..., in1_features); input2: (..., in2_features), the other dimensions alike.
        weight: (out_features, in1_features, in2_features); bias: (out_features,).

    Raises:
        ShapeError: the shapes do not fit.

    >>> pydl.bilinear(pydl.tensor([2.0]), pydl.tensor([3.0]), pydl.ones(1, 1, 1))
    tensor([6.])
    """
    name = "bilinear"
    for x in (input1, input2, weight):
        expect_tensor(name, x)
    a, b, w = input1.array.shape, input2.array.shape, weight.array.shape
    if len(w) != 3 or not a or not b or a[:-1] != b[:-1] or (a[-1], b[-1]) != w[1:]:
        raise _C.ShapeError(
            f"{name}: expected inputs (..., in1) and (..., in2) and a weight (out, in1, in2), got {a}, {b} and {w}"
        )
    if bias is not None and bias.array.shape != w[:1]:
        raise _C.ShapeError(f"{name}: expected a bias of shape {w[:1]}, got {bias.array.shape}")
    codes = {x.array.dtype for x in (input1, input2, weight, *(() if bias is None else (bias,)))}
    if len(codes) > 1 or codes.pop() > 3:
        raise _C.DTypeError(
            f"{name}: expected one floating dtype, got {input1.dtype.name}, {input2.dtype.name} and {weight.dtype.name}"
        )
    rows = input1.array.size // a[-1] if a[-1] else 0
    # (rows, in1) (in1, out * in2), then each row's (out, in2) (in2, 1)
    half = matmul(reshape(input1, (rows, a[-1])), reshape(permute(weight, (1, 0, 2)), (w[1], w[0] * w[2])))
    y = matmul(reshape(half, (rows, w[0], w[2])), reshape(input2, (rows, w[2], 1)))
    y = reshape(y, (*a[:-1], w[0]))
    return y if bias is None else add(y, bias)


from pydl.ops.binary import add  # noqa: E402
from pydl.ops.matmul import matmul  # noqa: E402
from pydl.ops.view import permute, reshape  # noqa: E402

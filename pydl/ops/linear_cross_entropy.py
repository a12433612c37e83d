"""The cross-entropy of a linear map's result."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydl import _C
from pydl.ops.cross_entropy import cross_entropy
from pydl.ops.matmul import linear
from pydl.ops.operands import expect_tensor
from pydl.ops.view import reshape

if TYPE_CHECKING:
    from pydl.tensor import Tensor


# PyTorch's options choose how its kernel works in pieces; the result is the same without.
def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: None = None,
) -> Tensor:
    """`cross_entropy` of ``linear(input, linear_weight, linear_bias)``.

    Args:
        input: (in_features,) or (batch, in_features).
        linear_weight: (classes, in_features), or (classes, d..., in_features) for a class at each place of d....
        target: as for `cross_entropy`, of logits (classes,), (batch, classes) or (batch, classes, d...).
        linear_bias: (classes,) or (classes, d...).
        ignore_index: -100 by default.
        options: must be None.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: ``options`` are given.

    >>> x, w = pydl.tensor([[1.0]]), pydl.tensor([[2.0], [0.0]])
    >>> pydl.nn.functional.linear_cross_entropy(x, w, pydl.tensor([0]))
    tensor(0.1269)
    """
    name = "linear_cross_entropy"
    expect_tensor(name, input)
    expect_tensor(name, linear_weight)
    if options is not None:
        raise _C.ValueError(f"{name}: expected options=None, pydl has one way to compute it")
    shape = linear_weight.array.shape
    if len(shape) < 2 or input.array.ndim not in (1, 2) or (len(shape) > 2 and input.array.ndim != 2):
        raise _C.ShapeError(
            f"{name}: expected an input (in_features,) or (batch, in_features) and a weight (classes, in_features), or "
            f"(batch, in_features) and (classes, d..., in_features), got {input.array.shape} and {shape}"
        )
    w, b = linear_weight, linear_bias
    if len(shape) > 2:
        rows = math.prod(shape[:-1])
        w = reshape(w, (rows, shape[-1]))
        if b is not None:
            if b.array.shape != shape[:-1]:
                raise _C.ShapeError(f"{name}: expected a bias of shape {shape[:-1]}, got {b.array.shape}")
            b = reshape(b, (rows,))
    logits = linear(input, w, b)
    if len(shape) > 2:
        logits = reshape(logits, (input.array.shape[0], *shape[:-1]))
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(logits, target, weight, None, ignored, None, reduction, label_smoothing)

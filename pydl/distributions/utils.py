"""Helpers that the distributions share."""

from __future__ import annotations

from numbers import Number
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase
from pydl.tensor import Size

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Tensors and numbers as tensors of one shape; numbers take the tensors' dtype, or the default one.

    Raises:
        ValueError: one is neither.
    """
    for value in values:
        if not isinstance(value, TensorBase | Number):
            raise _C.ValueError(
                f"Input arguments must all be instances of Number or Tensor, got {type(value).__name__}"
            )
    tensors = [x for x in values if isinstance(x, TensorBase)]
    like = next((x.dtype for x in tensors if x.dtype.is_floating_point), None)  # type: ignore[attr-defined]
    dtype = like or dtypes.get_default_dtype()
    whole = [x if isinstance(x, TensorBase) else ops.tensor(float(x), dtype=dtype) for x in values]
    return tuple(ops.broadcast_tensors(*whole))


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities from log odds, or from log probabilities that need not be normalised."""
    return ops.sigmoid(logits) if is_binary else ops.softmax(logits, -1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities a little above 0 and below 1, so that their logarithms are finite."""
    eps = dtypes.finfo(probs.dtype).eps
    return ops.clamp(probs, eps, 1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """The opposite of `logits_to_probs`."""
    clamped = clamp_probs(probs)
    return ops.log(clamped) - ops.log1p(-clamped) if is_binary else ops.log(clamped)


def either(name: str, probs: Any, logits: Any) -> str:
    """Which of the two is given.

    Raises:
        ValueError: both or neither.
    """
    if (probs is None) == (logits is None):
        raise _C.ValueError(f"{name}: expected either probs or logits, not both and not neither")
    return "probs" if logits is None else "logits"


def size(shape: Any) -> Size:
    """A shape from a tuple, a list or a single number."""
    return Size((shape,) if isinstance(shape, int) else tuple(int(n) for n in shape))


def sum_rightmost(x: Tensor, count: int) -> Tensor:
    """The sum over the last ``count`` dimensions."""
    return ops.sum(x, tuple(range(-count, 0))) if count else x

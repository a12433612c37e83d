"""Gradients kept from growing too large."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def several(tensors: Any) -> list[Tensor]:
    """One tensor or many as a list."""
    return [tensors] if isinstance(tensors, TensorBase) else list(tensors)  # type: ignore[list-item]


def gradients(parameters: Tensor | Iterable[Tensor]) -> list[Any]:
    """The gradients that are there."""
    return [p.grad for p in several(parameters) if p.grad is not None]


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all tensors, taken as one vector.

    Args:
        norm_type: the p of the p-norm; may be ``inf``.
        error_if_nonfinite: raise where the norm is NaN or infinite.
        foreach: taken for PyTorch's sake, without effect.

    Raises:
        StateError: see ``error_if_nonfinite``.

    >>> pydl.nn.utils.get_total_norm([pydl.tensor([3.0]), pydl.tensor([0.0, 4.0])])
    tensor(5.)
    """
    arrays = [x.array for x in several(tensors)]
    if not arrays:
        return ops.tensor(0.0)
    p = float(norm_type)
    parts = [norm_power(g, p) for g in arrays]
    if math.isinf(p):
        # Not max() alone: NaN must win.
        total = math.nan if any(math.isnan(x) for x in parts) else max(parts) if p > 0 else min(parts)
    else:
        total = math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)
        if p == 0:
            total = float(sum(x != 0 for x in parts))  # as in PyTorch: the norms that are not 0, not the elements
        else:
            total = total ** (1.0 / p) if total != 0 else 0.0 if p > 0 else math.inf
    if error_if_nonfinite and not math.isfinite(total):
        raise _C.StateError(
            f"The total norm of order {p} for gradients from `parameters` is non-finite ({total}), so it cannot be "
            "clipped. Set `error_if_nonfinite=False` to scale them by it anyway"
        )
    return ops.tensor(total, dtype=dtypes.DTYPES[arrays[0].dtype])


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Multiply all gradients by max_norm / (total_norm + 1e-6), where that is less than 1."""
    factor = float(max_norm) / (float(total_norm) + 1e-6)
    if not factor >= 1.0:
        for g in gradients(parameters):
            _C.mul_(g.array, _C.scalar(factor, g.array.dtype))


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients by one factor so that their norm, taken as of one vector, is at most ``max_norm``.

    Args:
        norm_type: the p of the p-norm; may be ``inf``.
        error_if_nonfinite: raise where the norm is NaN or infinite.
        foreach: taken for PyTorch's sake, without effect.

    Returns:
        The norm from before.

    Raises:
        StateError: see ``error_if_nonfinite``.
    """
    found = several(parameters)
    if not found and isinstance(parameters, Iterator):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total = get_total_norm(gradients(found), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(found, max_norm, total)
    return total


def clip_grad_norm(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """`clip_grad_norm_` under its old name."""
    warnings.warn(
        "`nn.utils.clip_grad_norm` is now deprecated in favor of `nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def norm_power(g: _C.Array, p: float) -> float:
    """The sum of |g|^p, or for p = inf the largest |g|, for p = -inf the smallest."""
    if g.size == 0:
        return 0.0 if p != -math.inf else math.inf
    if g.dtype in (2, 3):
        g = _C.cast(g, dtypes.float32.code)
    if p == 2.0:
        return float(_C.item(_C.reduce_sum_square(g, (), False)))
    if p == 1.0:
        return float(_C.item(_C.reduce_sum_abs(g, (), False)))
    if p == math.inf:
        return float(_C.item(_C.reduce_max_abs(g, (), False)))
    if p == -math.inf:
        return float(_C.item(_C.reduce_min(_C.abs(g), (), False)))
    if p == 0.0:
        return float(_C.item(_C.count_nonzero(g, (), False)))
    return float(_C.item(_C.reduce_sum(_C.pow(_C.abs(g), _C.scalar(p, g.dtype)), (), False)))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Clamp every element of the gradients to ±``clip_value``."""
    limit = abs(float(clip_value))
    for g in gradients(parameters):
        _C.copy_into(g.array, _C.clamp(g.array, -limit, limit))

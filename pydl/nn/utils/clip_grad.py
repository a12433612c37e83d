"""Gradients kept from growing too large."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def gradients(parameters: Tensor | Iterable[Tensor]) -> list[_C.Array]:
    """The gradients that are there."""
    several: Any = [parameters] if isinstance(parameters, TensorBase) else parameters
    return [p.grad.array for p in several if p.grad is not None]


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
    grads = gradients(parameters)
    if not grads:
        return ops.tensor(0.0)
    p = float(norm_type)
    parts = [norm_power(g, p) for g in grads]
    if p == math.inf:
        # Not max(): NaN must win.
        total = math.nan if any(math.isnan(x) for x in parts) else max(parts)
    else:
        total = math.fsum(parts) if all(map(math.isfinite, parts)) else sum(parts)
        total = total if p == 0 else total ** (1.0 / p)
    if error_if_nonfinite and not math.isfinite(total):
        raise _C.StateError(
            f"clip_grad_norm_: the total norm of order {p} of the gradients is {total}, so they cannot be clipped; "
            "pass error_if_nonfinite=False to scale them anyway"
        )
    factor = max_norm / (total + 1e-6)
    if not factor >= 1.0:
        for g in grads:
            _C.mul_(g, _C.scalar(factor, g.dtype))
    return ops.tensor(total, dtype=dtypes.DTYPES[grads[0].dtype])


def norm_power(g: _C.Array, p: float) -> float:
    """The sum of |g|^p, or for p = inf the largest |g|."""
    if g.size == 0:
        return 0.0
    if g.dtype in (2, 3):
        g = _C.cast(g, dtypes.float32.code)
    if p == 2.0:
        return float(_C.item(_C.reduce_sum_square(g, (), False)))
    if p == 1.0:
        return float(_C.item(_C.reduce_sum_abs(g, (), False)))
    if p == math.inf:
        return float(_C.item(_C.reduce_max_abs(g, (), False)))
    if p == 0.0:
        return float(_C.item(_C.count_nonzero(g, (), False)))
    return float(_C.item(_C.reduce_sum(_C.pow(_C.abs(g), _C.scalar(p, g.dtype)), (), False)))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Clamp every element of the gradients to ±``clip_value``."""
    limit = abs(float(clip_value))
    for g in gradients(parameters):
        _C.copy_into(g, _C.clamp(g, -limit, limit))

"""Adafactor."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.autograd.blame import remember_step
from pydl.autograd.grad_mode import enable_grad, no_grad
from pydl.optim.optimizer import Optimizer, Params, check_settings, number, step_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Adafactor(Optimizer):
    """p -= step g / sqrt(V), where V of a matrix is put together from the averages of g^2 along rows and columns.

    Shazeer and Stern (2018), as PyTorch has it: step t has the size max(eps[1], RMS(p)) min(lr, 1/sqrt(t)), the
    averages forget by 1 - t^beta2_decay, and ``lr`` also scales ``weight_decay``. Tensors of more than two
    dimensions are matrices along the last two; vectors have a whole V.

    Args:
        eps: the smallest sqrt(V), by default the dtype's eps, and the smallest RMS of p that counts.
        d: an update with a larger RMS is scaled down to it.
        foreach: taken for PyTorch's sake, without effect.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", "weight_decay", lr="learning rate")
        if not group["beta2_decay"] <= 0.0:
            raise _C.ValueError(f"beta2_decay should be <= 0 but is: {group['beta2_decay']}")
        if not group["d"] >= 1.0:
            raise _C.ValueError(f"Clipping threshold d should be >= 1 but is: {group['d']}")
        for i, eps in enumerate(group["eps"]):
            if not (eps is None and i == 0) and not eps >= 0.0:
                raise _C.ValueError(f"epsilon{i + 1} should be >= 0 but is: {eps}")

    @no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients; those without one are left alone."""
        remember_step(self)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    update(p, -p.grad if group["maximize"] else p.grad, self.state[p], group)
        return loss


def update(p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
    """One step of one parameter."""
    matrix = p.ndim > 1
    if not state:
        state["step"] = step_tensor(0.0)
        if matrix:
            state["row_var"] = ops.zeros(*p.shape[:-1], 1, dtype=p.dtype)
            state["col_var"] = ops.zeros(*p.shape[:-2], 1, p.shape[-1], dtype=p.dtype)
        else:
            state["variance"] = ops.zeros_like(p)
    state["step"].add_(1)
    t, lr = state["step"].item(), number(group["lr"])
    least, smallest = group["eps"]
    least = dtypes.finfo(p.dtype).eps if least is None else least
    size = max(smallest, rms(p)) * min(lr, 1.0 / math.sqrt(t))
    weight = t ** group["beta2_decay"]
    if group["weight_decay"] != 0:
        p.mul_(1 - lr * group["weight_decay"])
    square = g * g
    if matrix:
        rows, cols = state["row_var"], state["col_var"]
        rows.add_((ops.mean(square, -1, True) - rows) * weight)
        cols.add_((ops.mean(square, -2, True) - cols) * weight)
        variance = ops.matmul(rows, cols) / ops.clamp(ops.mean(rows, -2, True), min=least)
    else:
        variance = state["variance"].add_((square - state["variance"]) * weight)
    change = g * ops.rsqrt(ops.clamp(variance, min=least * least))
    p.add_(change, alpha=-size / max(1.0, rms(change) / group["d"]))


def rms(x: Tensor) -> float:
    """The root of the mean of the squares."""
    return float(ops.norm(x).item()) / math.sqrt(x.array.size) if x.array.size else 0.0

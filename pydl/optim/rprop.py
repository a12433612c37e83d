"""Resilient backpropagation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.optim.optimizer import KernelOptimizer, Params, Settings, check_settings, number, step_tensor, zeros_like

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Rprop(KernelOptimizer):
    """p -= sign(g) d: each element's step d grows where g keeps its sign and shrinks where it turns.

    Riedmiller and Braun (1993), for whole batches. An element whose gradient turned is left where it is once.

    Args:
        lr: the first step.
        etas: the factors of d where g turns and where it does not.
        step_sizes: the smallest and the largest d.
    """

    kind = 12

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", lr="learning rate")
        smaller, larger = group["etas"]
        if not 0.0 < smaller < 1.0 < larger:
            raise _C.ValueError(f"Invalid eta values: {smaller}, {larger}")

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "prev", "step_size", None

    def start(self, p: Tensor, group: dict[str, Any], keys: tuple[str | None, ...]) -> dict[str, Any]:
        return {"step": step_tensor(0.0), "prev": zeros_like(p), "step_size": zeros_like(p, number(group["lr"]))}

    def settings(self, group: dict[str, Any]) -> Settings:
        (smaller, larger), (low, high) = group["etas"], group["step_sizes"]
        return number(group["lr"]), 0.0, smaller, larger, low, high, 0.0, 0.0, False, False, False, group["maximize"]

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        (smaller, larger), (low, high) = group["etas"], group["step_sizes"]
        same = g * state["prev"]
        step, turned = state["step_size"], same < 0
        step = ops.where(same > 0, step * larger, ops.where(turned, step * smaller, step))
        step = state["step_size"] = ops.clamp(step, low, high)
        g = state["prev"] = ops.masked_fill(g, turned, 0.0)
        return p - ops.sign(g) * step

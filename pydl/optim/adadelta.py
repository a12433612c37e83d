"""Adadelta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.optim.optimizer import KernelOptimizer, Params, Settings, average, check_settings, number

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Adadelta(KernelOptimizer):
    """p -= lr d, where d = g sqrt(average d^2 + eps) / sqrt(average g^2 + eps): Zeiler (2012)."""

    kind = 2

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", "eps", "weight_decay", lr="learning rate", eps="epsilon value")
        if not 0.0 <= group["rho"] <= 1.0:
            raise _C.ValueError(f"Invalid rho value: {group['rho']}")

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "square_avg", "acc_delta", None

    def settings(self, group: dict[str, Any]) -> Settings:
        return (
            number(group["lr"]), group["weight_decay"], 0.0, group["rho"], group["eps"], 0.0, 0.0, 0.0,
            False, False, False, group["maximize"],
        )  # fmt: skip

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        rho, eps, before = group["rho"], group["eps"], state["acc_delta"]
        delta = ops.sqrt(before + eps) / ops.sqrt(average(state, "square_avg", g * g, rho) + eps) * g
        average(state, "acc_delta", delta * delta, rho)
        return p - delta * group["lr"]

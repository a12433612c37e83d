"""Adamax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.optim.optimizer import KernelOptimizer, Params, Settings, average, check_betas, check_settings, number

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Adamax(KernelOptimizer):
    """p -= lr m / u: m the running average of g without its bias towards 0, u = max(beta2 u, |g| + eps).

    Kingma and Ba (2015), section 7.1. `Adam` says what the other settings mean.
    """

    kind = 6

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", "eps", "weight_decay", lr="learning rate", eps="epsilon value")
        check_betas(group)

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "exp_avg", "exp_inf", None

    def settings(self, group: dict[str, Any]) -> Settings:
        beta1, beta2 = group["betas"]
        return (
            number(group["lr"]), group["weight_decay"], beta1, beta2, group["eps"], 0.0, 0.0, 0.0,
            False, False, False, group["maximize"],
        )  # fmt: skip

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        beta1, beta2 = group["betas"]
        mean = average(state, "exp_avg", g, beta1)
        largest = state["exp_inf"] = ops.maximum(state["exp_inf"] * beta2, ops.abs(g) + group["eps"])
        return p - mean * (group["lr"] / (1 - beta1 ** state["step"].item())) / largest

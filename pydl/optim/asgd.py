"""Averaged stochastic gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl.optim.optimizer import KernelOptimizer, Params, Settings, check_settings, number, step_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class ASGD(KernelOptimizer):
    """p -= eta (g + lambd p), with eta = lr / (1 + lambd lr t)^alpha; ``ax`` of the state averages p from step t0 on.

    Polyak and Juditsky (1992).
    """

    kind = 11
    scalars = ("eta", "mu")

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", "weight_decay", lr="learning rate")

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "ax", None, None

    def start(self, p: Tensor, group: dict[str, Any], keys: tuple[str | None, ...]) -> dict[str, Any]:
        rates = {"eta": step_tensor(number(group["lr"])), "mu": step_tensor(1.0)}
        return {"step": step_tensor(0.0), **rates, **self.zeros(p, keys)}

    def settings(self, group: dict[str, Any]) -> Settings:
        return (
            number(group["lr"]), group["weight_decay"], 0.0, 0.0, 0.0, group["alpha"], group["t0"], group["lambd"],
            False, False, False, group["maximize"],
        )  # fmt: skip

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        eta, mu, lr = state["eta"].item(), state["mu"].item(), number(group["lr"])
        p = p * (1 - group["lambd"] * eta) - g * eta
        state["ax"] = p if mu == 1 else state["ax"] + (p - state["ax"]) * mu
        t = state["step"].item()
        state["eta"].fill_(lr / (1 + group["lambd"] * lr * t) ** group["alpha"])
        state["mu"].fill_(1 / max(1, t - group["t0"]))
        return p

"""Adagrad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.optim.optimizer import KernelOptimizer, Params, Settings, check_settings, number, step_tensor, zeros_like

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Adagrad(KernelOptimizer):
    """p -= lr g / (sqrt(sum of g^2) + eps), lr divided by 1 + steps lr_decay: Duchi et al. (2011)."""

    kind = 1

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        # As in PyTorch the state is there from the start.
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = self.start(p, group, ("sum",))

    def check_group(self, group: dict[str, Any]) -> None:
        names = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")
        check_settings(group, *names, lr="learning rate", eps="epsilon value")

    def start(self, p: Tensor, group: dict[str, Any], keys: tuple[str | None, ...]) -> dict[str, Any]:
        return {"step": step_tensor(0.0), "sum": zeros_like(p, group["initial_accumulator_value"])}

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "sum", None, None

    def settings(self, group: dict[str, Any]) -> Settings:
        return (
            number(group["lr"]), group["weight_decay"], 0.0, 0.0, group["eps"], 0.0, 0.0, group["lr_decay"],
            False, False, False, group["maximize"],
        )  # fmt: skip

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        state["sum"] = state["sum"] + g * g
        lr = group["lr"] / (1 + (state["step"].item() - 1) * group["lr_decay"])
        return p - g * lr / (ops.sqrt(state["sum"]) + group["eps"])

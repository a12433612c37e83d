"""RMSprop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.optim.optimizer import KernelOptimizer, Params, Settings, average, check_settings, number

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class RMSprop(KernelOptimizer):
    """p -= lr g / (sqrt(average g^2) + eps): Hinton (2012), Graves (2013).

    ``centered`` takes the square of the average g from the average; ``momentum`` keeps a share of each step.
    """

    kind = 3

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        names = ("lr", "eps", "momentum", "weight_decay", "alpha")
        check_settings(group, *names, lr="learning rate", eps="epsilon value")

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return (
            "square_avg",
            "momentum_buffer" if group["momentum"] > 0 else None,
            "grad_avg" if group["centered"] else None,
        )

    def settings(self, group: dict[str, Any]) -> Settings:
        return (
            number(group["lr"]), group["weight_decay"], 0.0, group["alpha"], group["eps"], group["momentum"], 0.0,
            0.0, False, group["centered"], False, group["maximize"],
        )  # fmt: skip

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        square = average(state, "square_avg", g * g, group["alpha"])
        if group["centered"]:
            mean = average(state, "grad_avg", g, group["alpha"])
            square = square - mean * mean
        delta = g / (ops.sqrt(square) + group["eps"])
        if group["momentum"] > 0:
            delta = state["momentum_buffer"] = state["momentum_buffer"] * group["momentum"] + delta
        return p - delta * group["lr"]

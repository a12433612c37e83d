"""RAdam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.optim.optimizer import KernelOptimizer, Params, Settings, average, check_betas, check_settings, number

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class RAdam(KernelOptimizer):
    """`Adam` that divides by sqrt(v) only once enough steps have gone into it, and then by a rectified one.

    Liu et al. (2020). `Adam` says what the settings mean.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", "eps", "weight_decay", lr="learning rate", eps="epsilon value")
        check_betas(group)

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "exp_avg", "exp_avg_sq", None

    def kind_of(self, group: dict[str, Any]) -> int:
        return 10 if group["decoupled_weight_decay"] else 9

    def settings(self, group: dict[str, Any]) -> Settings:
        beta1, beta2 = group["betas"]
        return (
            number(group["lr"]), group["weight_decay"], beta1, beta2, group["eps"], 0.0, 0.0, 0.0,
            False, False, False, group["maximize"],
        )  # fmt: skip

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        (beta1, beta2), t = group["betas"], state["step"].item()
        mean, square = average(state, "exp_avg", g, beta1), average(state, "exp_avg_sq", g * g, beta2)
        delta = mean * (group["lr"] / (1 - beta1**t))
        most = 2 / (1 - beta2) - 1
        length = most - 2 * t * beta2**t / (1 - beta2**t)
        if length > 5:
            rest = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
            delta = delta * (rest * (1 - beta2**t)) ** 0.5 / (ops.sqrt(square) + group["eps"])
        return p - delta

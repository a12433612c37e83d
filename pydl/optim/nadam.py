"""NAdam."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.optim.optimizer import (
    KernelOptimizer,
    Params,
    Settings,
    average,
    check_betas,
    check_settings,
    number,
    step_tensor,
)

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class NAdam(KernelOptimizer):
    """`Adam` with Nesterov's momentum: Dozat (2016).

    The momentum of step t is beta1 (1 - 0.96^(t momentum_decay) / 2). `Adam` says what the other settings mean.
    """

    scalars = ("mu_product",)

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        names = ("lr", "eps", "weight_decay", "momentum_decay")
        check_settings(group, *names, lr="learning rate", eps="epsilon value")
        check_betas(group)

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "exp_avg", "exp_avg_sq", None

    def start(self, p: Tensor, group: dict[str, Any], keys: tuple[str | None, ...]) -> dict[str, Any]:
        return {"step": step_tensor(0.0), "mu_product": step_tensor(1.0), **self.zeros(p, keys)}

    def kind_of(self, group: dict[str, Any]) -> int:
        return 8 if group["decoupled_weight_decay"] else 7

    def settings(self, group: dict[str, Any]) -> Settings:
        beta1, beta2 = group["betas"]
        return (
            number(group["lr"]), group["weight_decay"], beta1, beta2, group["eps"], group["momentum_decay"],
            0.0, 0.0, False, False, False, group["maximize"],
        )  # fmt: skip

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        (beta1, beta2), t, lr = group["betas"], state["step"].item(), group["lr"]
        now, after = (beta1 * (1 - 0.5 * 0.96 ** (n * group["momentum_decay"])) for n in (t, t + 1))
        product = state["mu_product"].mul_(now).item()
        mean, square = average(state, "exp_avg", g, beta1), average(state, "exp_avg_sq", g * g, beta2)
        root = ops.sqrt(square / (1 - beta2**t)) + group["eps"]
        return p - g * (lr * (1 - now) / (1 - product)) / root - mean * (lr * after / (1 - product * after)) / root

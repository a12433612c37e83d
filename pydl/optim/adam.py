"""Adam and AdamW."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import ops
from pydl.optim.optimizer import KernelOptimizer, Params, Settings, average, check_betas, check_settings, number

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Adam(KernelOptimizer):
    """p -= lr m / (sqrt(v) + eps): m and v are running averages of g and g^2 without their bias towards 0.

    Kingma and Ba (2015). ``betas`` are the averages' memory. ``weight_decay`` adds weight_decay p to g, or,
    with ``decoupled_weight_decay``, is AdamW's. ``amsgrad`` takes the largest v so far: Reddi et al. (2018).
    ``foreach``, ``capturable`` and ``fused`` are taken for PyTorch's sake, without effect; backward goes through a
    step that is ``differentiable``.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", "eps", "weight_decay", lr="learning rate", eps="epsilon value")
        check_betas(group)

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "exp_avg", "exp_avg_sq", "max_exp_avg_sq" if group["amsgrad"] else None

    def kind_of(self, group: dict[str, Any]) -> int:
        return 5 if group.get("decoupled_weight_decay") else 4

    def settings(self, group: dict[str, Any]) -> Settings:
        beta1, beta2 = group["betas"]
        return (
            number(group["lr"]), number(group["weight_decay"]), number(beta1), number(beta2), group["eps"],
            0.0, 0.0, 0.0, False, False, group["amsgrad"], group["maximize"],
        )  # fmt: skip

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        (beta1, beta2), t = group["betas"], state["step"].item()
        mean, square = average(state, "exp_avg", g, beta1), average(state, "exp_avg_sq", g * g, beta2)
        if group["amsgrad"]:
            square = state["max_exp_avg_sq"] = ops.maximum(state["max_exp_avg_sq"], square)
        root = ops.sqrt(square) / (1 - beta2**t) ** 0.5 + group["eps"]
        return p - mean * (group["lr"] / (1 - beta1**t)) / root


class AdamW(Adam):
    """`Adam` whose weight decay takes lr weight_decay p from p, past the averages: Loshchilov and Hutter (2019)."""

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )

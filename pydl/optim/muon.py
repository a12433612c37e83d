"""Muon."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.autograd.blame import remember_step
from pydl.autograd.grad_mode import enable_grad, no_grad
from pydl.optim.optimizer import Optimizer, Params, check_settings, number, zeros_like

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Muon(Optimizer):
    """p -= lr O, where O is the momentum of a matrix with its singular values brought near 1: Jordan et al. (2024).

    For the matrices of hidden layers; vectors and embeddings want another optimizer.

    Args:
        ns_coefficients: a, b, c of the Newton-Schulz step X <- a X + b A X + c A² X, A = X Xᵀ.
        ns_steps: how many of them. PyTorch makes them in bfloat16; here that would be no faster, and is not done.
        adjust_lr_fn: "original" (None) scales lr by sqrt(max(1, rows / cols)), "match_rms_adamw" by
            0.2 sqrt(max(rows, cols)).
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", "momentum", "weight_decay", lr="learning rate")
        if group["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            raise _C.ValueError(f"Adjust learning rate function {group['adjust_lr_fn']} is not supported")
        if len(group["ns_coefficients"]) != 3:
            raise _C.ValueError("Coefficients must be a tuple of exactly 3 values")
        if group["ns_steps"] >= 100:
            raise _C.ValueError("Number of steps must be less than 100 for computational efficiency")
        for p in group["params"]:
            if p.ndim != 2:
                raise _C.ValueError(
                    f"Muon only supports 2D parameters whereas we found a parameter with size: {p.shape}"
                )

    @no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients; those without one are left alone."""
        remember_step(self)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, momentum = number(group["lr"]), group["momentum"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["momentum_buffer"] = zeros_like(p)
                average = state["momentum_buffer"]
                average.add_((p.grad - average) * (1 - momentum))
                change = p.grad + (average - p.grad) * momentum if group["nesterov"] else average
                change = orthogonal(change, group["ns_coefficients"], group["ns_steps"], group["eps"])
                p.mul_(1 - lr * group["weight_decay"])
                p.add_(change, alpha=-lr * factor(group["adjust_lr_fn"], *p.shape))
        return loss


def orthogonal(g: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """Newton-Schulz steps towards U Vᵀ of the singular value decomposition of g."""
    a, b, c = coefficients
    rows, cols = g.shape
    x = g.float() if g.itemsize == 2 else g
    x = x.T if rows > cols else x
    x = x / ops.clamp(ops.norm(x), min=eps)
    for _ in range(steps):
        gram = ops.matmul(x, x.T)
        x = ops.addmm(x, ops.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if rows > cols else x


def factor(name: str | None, rows: int, cols: int) -> float:
    """What the learning rate of a matrix is multiplied by."""
    return 0.2 * math.sqrt(max(rows, cols)) if name == "match_rms_adamw" else math.sqrt(max(1, rows / cols))

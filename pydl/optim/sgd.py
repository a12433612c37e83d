"""Stochastic gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.optim.optimizer import KernelOptimizer, Params, check_settings, number, zeros_like

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class SGD(KernelOptimizer):
    """p -= lr m, where m = momentum m + (1 - dampening) g, and in the first step m = g.

    With ``nesterov`` p -= lr (g + momentum m). ``weight_decay`` adds weight_decay p to g. ``foreach``
    and ``fused`` are taken for PyTorch's sake, without effect; backward goes through a step that is
    ``differentiable``.

    >>> p = pydl.nn.Parameter(pydl.ones(2))
    >>> p.grad = pydl.ones(2)
    >>> pydl.optim.SGD([p], lr=0.5).step()
    >>> p.detach()
    tensor([0.5000, 0.5000])
    """

    kind = 0

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def check_group(self, group: dict[str, Any]) -> None:
        check_settings(group, "lr", "momentum", "weight_decay", lr="learning rate")
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise _C.ValueError("Nesterov momentum requires a momentum and zero dampening")

    def step_group(self, group: dict[str, Any], params: list[Tensor], grads: list[_C.Array]) -> None:
        momentum = group["momentum"]
        settings = (
            number(group["lr"]), number(group["weight_decay"]), 0.0, 0.0, 0.0, momentum, group["dampening"], 0.0,
            group["nesterov"], False, False, group["maximize"],
        )  # fmt: skip
        if momentum == 0:
            _C.optimizer_step(self.kind, *settings, [p.array for p in params], grads, [], 1, [], [], [], [], [])
            return
        state = self.state
        buffers = [state[p].get("momentum_buffer") for p in params]
        # Parameters in their first step have no momentum yet.
        fresh = [i for i, buffer in enumerate(buffers) if buffer is None]
        for i in fresh:
            buffers[i] = zeros_like(params[i])
        parameters, momenta = [p.array for p in params], [b.array for b in buffers]  # type: ignore[union-attr]
        if not fresh:
            _C.optimizer_step(self.kind, *settings, parameters, grads, [], 2, momenta, [], [], [], [])
            return
        started = set(fresh)
        old = [i for i in range(len(params)) if i not in started]
        for step, places in ((1, fresh), (2, old)):
            lists = [[several[i] for i in places] for several in (parameters, grads, momenta)]
            _C.optimizer_step(self.kind, *settings, lists[0], lists[1], [], step, lists[2], [], [], [], [])
        for i in fresh:
            state[params[i]]["momentum_buffer"] = buffers[i]

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        return "momentum_buffer" if group["momentum"] else None, None, None

    def start(self, p: Tensor, group: dict[str, Any], keys: tuple[str | None, ...]) -> dict[str, Any]:
        return {}

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        momentum = group["momentum"]
        if momentum:
            m = state.get("momentum_buffer")
            m = g if m is None else m * momentum + g * (1 - group["dampening"])
            state["momentum_buffer"] = m
            g = g + m * momentum if group["nesterov"] else m
        return p - g * group["lr"]

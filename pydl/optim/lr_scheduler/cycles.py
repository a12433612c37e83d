"""Schedules that go up and down, once or again and again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.optim.lr_scheduler.base import LRScheduler, expect_optimizer, fields_of, for_each, set_value

if TYPE_CHECKING:
    from pydl.optim.optimizer import Optimizer

PerGroup = float | Sequence[float]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from the starting rate down to ``eta_min``, again and again: Loshchilov and Hutter (2017).

    The first one takes ``T_0`` epochs, each further one ``T_mult`` times as many as the one before. ``step`` takes
    an epoch with a fraction too: ``step(epoch + batch / batches)``.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise _C.ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise _C.ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, int | float):
            raise _C.ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = self.T_i = T_0
        self.T_mult, self.eta_min = T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        self.expect_step()
        way = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * way for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch, or to the one given, and set the rates.

        Raises:
            ValueError: the epoch is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise _C.ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_cur, self.T_i = epoch, self.T_0
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
        self.last_epoch = math.floor(epoch)
        self.set_rates()


class WithMomentum(LRScheduler):
    """What `CyclicLR` and `OneCycleLR` share: the momentum, or the first beta, moves against the rate."""

    cycle_momentum: bool
    use_beta1: bool

    def start_momentum(self, optimizer: Optimizer, base: PerGroup, top: PerGroup, fresh: bool) -> list[list[float]]:
        """The lower and upper momentum of each group; in a ``fresh`` run the groups start with the upper one.

        Raises:
            ValueError: the optimizer has none.
        """
        if not any(name in optimizer.defaults for name in ("momentum", "betas")):
            raise _C.ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        self.use_beta1 = "betas" in optimizer.defaults
        bases, tops = for_each("base_momentum", optimizer, base), for_each("max_momentum", optimizer, top)
        if fresh:
            for group, low, high in zip(optimizer.param_groups, bases, tops, strict=True):
                self.set_momentum(group, high)
                group["max_momentum"], group["base_momentum"] = high, low
        return [bases, tops]

    def set_momentum(self, group: dict[str, Any], momentum: float) -> None:
        """Set a group's momentum, or its first beta."""
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(WithMomentum):
    """Straight from ``base_lr`` up to ``max_lr`` and down again, in steps of batches: Smith (2017).

    Args:
        step_size_up, step_size_down: batches on the way up, and down (as many by default).
        mode: "triangular", "triangular2" (each cycle is half as high as the one before) or "exp_range" (the height
            is multiplied by ``gamma`` in each batch).
        scale_fn: what the height is multiplied by instead, a function of the cycle or of the batch by ``scale_mode``
            "cycle" or "iterations".
        cycle_momentum: the momentum, or first beta, moves from ``max_momentum`` to ``base_momentum`` meanwhile.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: PerGroup,
        max_lr: PerGroup,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: PerGroup = 0.8,
        max_momentum: PerGroup = 0.9,
        last_epoch: int = -1,
    ) -> None:
        expect_optimizer(optimizer)
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise _C.ValueError("mode is invalid and scale_fn is None")
        base_lrs = for_each("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, base_lrs, strict=True):
                set_value(group, "lr", rate)
        self.max_lrs = for_each("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            momenta = self.start_momentum(optimizer, base_momentum, max_momentum, last_epoch == -1)
            self.base_momentums, self.max_momentums = momenta
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """What the height is multiplied by, at a cycle or a batch."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else float(self.gamma**x)

    def get_lr(self) -> list[Any]:
        self.expect_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            groups = self.optimizer.param_groups
            for group, low, high in zip(groups, self.base_momentums, self.max_momentums, strict=True):
                self.set_momentum(group, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """All but the optimizer and a plain ``scale_fn``, which cannot be saved; a callable object gives its fields."""
        fn = self._scale_fn_custom
        return {**super().state_dict(), "_scale_fn_custom": None if fn is None else fields_of(fn)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_scale_fn_custom"})
        if state_dict.get("_scale_fn_custom") is not None and self._scale_fn_custom is not None:
            self._scale_fn_custom.__dict__.update(state_dict["_scale_fn_custom"])


class OneCycleLR(WithMomentum):
    """From a low rate up to ``max_lr`` and down to next to nothing, once, in ``total_steps`` batches.

    Smith and Topin (2018). The momentum (or first beta) moves the other way where ``cycle_momentum``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: PerGroup,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: PerGroup = 0.85,
        max_momentum: PerGroup = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        expect_optimizer(optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise _C.ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
            for name, count in (("epochs", epochs), ("steps_per_epoch", steps_per_epoch)):
                if not isinstance(count, int) or count <= 0:
                    raise _C.ValueError(f"Expected positive integer {name}, but got {count}")
            total_steps = epochs * steps_per_epoch
        if not isinstance(total_steps, int) or total_steps <= 0:
            raise _C.ValueError(f"Expected positive integer total_steps, but got {total_steps}")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise _C.ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise _C.ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self.total_steps, self._anneal_func_type = total_steps, anneal_strategy
        peak = float(pct_start * total_steps) - 1
        self._schedule_phases = [phase(peak, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
        if three_phase:
            back = float(2 * pct_start * total_steps) - 2
            self._schedule_phases.append(phase(back, "max_lr", "initial_lr", "base_momentum", "max_momentum"))
            last = phase(total_steps - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum")
        else:
            last = phase(total_steps - 1, "max_lr", "min_lr", "base_momentum", "max_momentum")
        self._schedule_phases.append(last)
        tops = for_each("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, tops, strict=True):
                group["initial_lr"] = top / div_factor
                group["max_lr"] = top
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.start_momentum(optimizer, base_momentum, max_momentum, last_epoch == -1)
        super().__init__(optimizer, last_epoch)

    def between(self, start: float, end: float, part: float) -> float:
        """From start to end, by the chosen curve."""
        if self._anneal_func_type == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)

    def get_lr(self) -> list[Any]:
        self.expect_step()
        step = self.last_epoch
        if step > self.total_steps:
            raise _C.ValueError(
                f"Tried to step {step} times. The specified number of total steps is {self.total_steps}"
            )
        begin = 0.0
        now = self._schedule_phases[-1]
        for now in self._schedule_phases[:-1]:
            if step <= now["end_step"]:
                break
            begin = now["end_step"]
        else:
            now = self._schedule_phases[-1]
        part = (step - begin) / (now["end_step"] - begin)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self.between(group[now["start_lr"]], group[now["end_lr"]], part))
            if self.cycle_momentum:
                momentum = self.between(group[now["start_momentum"]], group[now["end_momentum"]], part)
                self.set_momentum(group, momentum)
        return rates


def phase(end: float, lr0: str, lr1: str, momentum0: str, momentum1: str) -> dict[str, Any]:
    """A part of `OneCycleLR`: its last step, and the settings that the rate and the momentum go between."""
    return {
        "end_step": end,
        "start_lr": lr0,
        "end_lr": lr1,
        "start_momentum": momentum0,
        "end_momentum": momentum1,
    }

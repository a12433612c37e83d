"""The schedule that waits for a measure to stop improving."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.optim.lr_scheduler.base import LATE, LRScheduler, expect_optimizer, for_each, set_value, values_of

if TYPE_CHECKING:
    from pydl.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """The rate times ``factor`` once a measure given to ``step`` has not improved for ``patience`` epochs.

    Args:
        mode: "min" or "max": which way is better.
        threshold: what counts as better: by this share of the best so far (``threshold_mode="rel"``) or
            by this much ("abs").
        cooldown: epochs after a reduction that do not count.
        min_lr: the lowest rate; one for all groups or one for each.
        eps: a smaller reduction than this is left out.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise _C.ValueError("Factor should be < 1.0.")
        if mode not in ("min", "max"):
            raise _C.ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise _C.ValueError(f"threshold mode {threshold_mode} is unknown!")
        expect_optimizer(optimizer)
        self.optimizer = optimizer
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else min_lr
        self.min_lrs = for_each("min_lr", optimizer, min_lr)
        self.mode, self.factor, self.patience, self.eps = mode, factor, patience, eps
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.last_epoch = 0
        self._last_lr = values_of(optimizer, "lr")
        self._reset()

    def _reset(self) -> None:
        """Forget what has been seen."""
        self.best = self.mode_worse
        self.cooldown_counter = self.num_bad_epochs = 0

    def _is_better(self, a: float, best: float) -> bool:
        """Whether a measure is better than the best so far."""
        sign = 1 if self.mode == "min" else -1
        limit = best * (1 - sign * self.threshold) if self.threshold_mode == "rel" else best - sign * self.threshold
        return a < limit if self.mode == "min" else a > limit

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs do not count now."""
        return self.cooldown_counter > 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Take note of the measure at the end of an epoch."""
        current = float(metrics)
        if epoch is not None:
            warnings.warn(LATE, stacklevel=2)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current, self.best):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = values_of(self.optimizer, "lr")

    def _reduce_lr(self) -> None:
        """Multiply the rates.

        Raises:
            StateError: groups were added since ``min_lr`` was given for each.
        """
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise _C.StateError(
                    f"ReduceLROnPlateau: expected {len(groups)} min_lrs, one for each group, got {len(self.min_lrs)}: "
                    "groups were added since; lengthen `min_lrs`"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, low in zip(groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            rate = max(old * self.factor, low)
            if old - rate > self.eps:
                set_value(group, "lr", rate)

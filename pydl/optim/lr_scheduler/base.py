"""What all schedules share."""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from pydl import _C
from pydl.autograd.function import TensorBase
from pydl.optim.optimizer import Optimizer, number

LATE = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler."
)
EARLY = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order: the first "
    "value of the schedule is skipped otherwise."
)


def expect_optimizer(optimizer: Any) -> None:
    """Raise where it is no optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise _C.DTypeError(f"{type(optimizer).__name__} is not an Optimizer")


def own(x: Any) -> Any:
    """A setting, copied where it is a tensor."""
    return x.clone() if isinstance(x, TensorBase) else x  # type: ignore[attr-defined]


def values_of(optimizer: Optimizer, key: str) -> list[Any]:
    """A setting of each group."""
    return [own(group[key]) for group in optimizer.param_groups]


def set_value(group: dict[str, Any], key: str, value: Any) -> None:
    """Change a setting; a tensor stays the same tensor."""
    if isinstance(group[key], TensorBase):
        group[key].fill_(number(value))
    else:
        group[key] = value


def for_each(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group.

    Raises:
        ValueError: a list of another length was given.
    """
    count = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [own(value) for _ in range(count)]
    if len(value) != count:
        raise _C.ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {count}."
        )
    return [own(x) for x in value]


def fields_of(f: Callable[..., Any]) -> dict[str, Any] | None:
    """What a state_dict keeps of a callable: an object's fields; None for a function, which cannot be saved."""
    return None if isinstance(f, types.FunctionType | types.BuiltinFunctionType) else dict(f.__dict__)


class LRScheduler:
    """The base class: ``get_lr`` of a subclass gives each group's rate at ``last_epoch``.

    Most compute it from the rate before, so that several schedulers may work on one optimizer.

    Args:
        last_epoch: -1 for a fresh run; to resume one, the epoch it has come to, with groups that have their
            "initial_lr".
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        expect_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", own(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0: load the optimizer's state first"
                )
        self.base_lrs: list[Any] = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        """The step that the constructor makes."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[Any]:
        """Each group's rate at ``last_epoch``."""
        raise NotImplementedError

    def get_last_lr(self) -> list[Any]:
        """Each group's rate as last set."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch, or to the one given, and set the rates."""
        if self._step_count == 1 and not self.optimizer._opt_called:
            warnings.warn(EARLY, stacklevel=2)
        self._step_count += 1
        if epoch is not None:
            warnings.warn(LATE, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        """Go on and set the rates; those of an epoch that is given by the closed form, where there is one."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
        self.set_rates(closed)

    def set_rates(self, rates: Callable[[], Sequence[Any]] | None = None) -> None:
        """Give each group its rate, by default that of `get_lr`."""
        self._get_lr_called_within_step = True
        try:
            values = self.get_lr() if rates is None else rates()
        finally:
            self._get_lr_called_within_step = False
        for group, rate in zip(self.optimizer.param_groups, values, strict=True):
            set_value(group, "lr", rate)
        self._last_lr = values_of(self.optimizer, "lr")

    def expect_step(self) -> None:
        """Warn where `get_lr` was called by someone else than `step`."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.", stacklevel=3
            )

    def present(self) -> list[Any]:
        """Each group's rate now."""
        return values_of(self.optimizer, "lr")

    def scaled(self, factor: float) -> list[Any]:
        """Each group's rate now, times a factor."""
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """All but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self.__dict__.update(state_dict)


class _LRScheduler(LRScheduler):
    """`LRScheduler` under the name that it had."""

"""Schedules made of schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.optim.lr_scheduler.base import LRScheduler, set_value, values_of
from pydl.optim.lr_scheduler.plateau import ReduceLROnPlateau

if TYPE_CHECKING:
    from pydl.optim.optimizer import Optimizer


class Combined(LRScheduler):
    """What `ChainedScheduler` and `SequentialLR` share: several schedules of one optimizer."""

    def take(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> None:
        """Keep the schedules.

        Raises:
            ValueError: there are none, or they belong to different optimizers, or one wants a measure.
            DTypeError: one is no schedule.
        """
        name = type(self).__name__
        if len(schedulers) < 1:
            raise _C.ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for i, one in enumerate(schedulers):
            if not hasattr(one, "optimizer"):
                raise _C.DTypeError(f"{name} at index {i} should have `optimizer` as its attribute.")
            optimizer = optimizer or one.optimizer
            if isinstance(one, ReduceLROnPlateau):
                raise _C.ValueError(
                    f"{name} does not support `ReduceLROnPlateau` scheduler, whose `step` wants a measure, but got one "
                    f"at index {i} in the given schedulers sequence."
                )
            if one.optimizer is not optimizer:
                raise _C.ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but {type(one).__name__} at index "
                    f"{i} has another."
                )
        assert optimizer is not None
        self._schedulers, self.optimizer = list(schedulers), optimizer

    def state_dict(self) -> dict[str, Any]:
        """All but the optimizer, and each schedule's own."""
        return {**super().state_dict(), "_schedulers": [one.state_dict() for one in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for one, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            one.load_state_dict(state)


class ChainedScheduler(Combined):
    """All schedules at once: each changes what the one before has left."""

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.take(schedulers, optimizer)
        self._last_lr = values_of(self.optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch with each."""
        for one in self._schedulers:
            one.step()
        self._last_lr = values_of(self.optimizer, "lr")


class SequentialLR(Combined):
    """One schedule after the other: the next takes over at each of the epochs ``milestones``, at its beginning."""

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        self.take(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise _C.ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}"
            )
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        # The schedules have each made a first step: all are taken back but that of the one to begin with.
        for group in optimizer.param_groups:
            set_value(group, "lr", group["initial_lr"])
        take_back(self)
        first = self._schedulers[bisect_right(self._milestones, 0)]
        called, optimizer._opt_called = optimizer._opt_called, True  # a first step is no early one
        first._initial_step()
        optimizer._opt_called = called
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch with the schedule whose turn it is."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        one = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            one._update_lr(0)
        else:
            one.step()
        self._last_lr = one.get_last_lr()


def take_back(schedule: LRScheduler) -> None:
    """Let the schedules in a combined one be where they were before their first step."""
    if isinstance(schedule, Combined):
        for one in schedule._schedulers:
            take_back(one)
    else:
        schedule.last_epoch -= 1

"""Training as one call, for programs in which it is not the idea."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sized
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import is_tensor
from pydl.autograd.grad_mode import enable_grad, no_grad
from pydl.utils._pytree import tree_leaves, tree_map

if TYPE_CHECKING:
    from pydl.nn import Module
    from pydl.optim import Optimizer


class Lines:
    """What tqdm's bar shows, as a line for each epoch, where tqdm is not installed."""

    def __init__(self, show: bool) -> None:
        self.epoch, self.show = "", show

    def set_description(self, epoch: str) -> None:
        self.epoch = epoch

    def update(self) -> None:
        """A batch is done: nothing to tell."""

    def set_postfix(self, figures: Mapping[str, str]) -> None:
        if self.show:
            told = ", ".join(f"{name} {value}" for name, value in figures.items())
            print(f"{self.epoch}: {told}", file=sys.stderr)

    def close(self) -> None:
        """The last line is told."""


def progress(total: int | None, show: bool) -> Any:
    """A bar of batches: tqdm's, or `Lines`."""
    try:
        tqdm = import_module("tqdm").tqdm
    except ImportError:
        return Lines(show)
    return tqdm(total=total, unit="batch", disable=not show)


def split(batch: Any, device: Any) -> tuple[tuple[Any, ...], Any]:
    """The inputs and the target of a batch, on a device: of a tuple or list the last is the target; a tensor alone is
    both, as an autoencoder has it."""
    if device is not None:
        batch = tree_map(lambda x: x.to(device) if is_tensor(x) else x, batch)
    if is_tensor(batch):
        return (batch,), batch
    if isinstance(batch, tuple | list) and len(batch) >= 2:
        return tuple(batch[:-1]), batch[-1]
    raise _C.DTypeError(f"fit: expected batches of (input, target) or of one tensor, got {type(batch).__name__}")


def size(inputs: Any) -> int:
    """How many samples a batch has: the length of its first tensor."""
    first = next((x for x in tree_leaves(inputs) if is_tensor(x)), None)
    return int(first.array.shape[0]) if first is not None and first.array.ndim else 1


def fit(
    model: Module,
    batches: Iterable[Any],
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epochs: int,
    *,
    evaluate: Callable[[Any], float | Mapping[str, float]] | None = None,
    scheduler: Any = None,
    clip_grad_norm: float | None = None,
    device: Any = None,
    show: bool = True,
) -> dict[str, list[float]]:
    """Train a model, with a progress bar, and return the curves.

    An epoch is, in essence::

        for input, target in batches:
            value = loss(model(input), target)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()

    Ctrl-C ends the training: the model keeps what it has learned, and the curves of the whole epochs are returned. In
    the end, however it comes, the model is in evaluation mode, ready to predict.

    Args:
        model: called with a batch's inputs.
        batches: gone through once for each epoch, such as a `DataLoader` or a list. A batch is a tuple whose last
            element is the target, or a tensor that is input and target in one.
        loss: called with the prediction and the target; its result is one number, a mean over the batch.
        optimizer: of the model's parameters; not one that needs a closure.
        epochs: how often to go through the batches.
        evaluate: called with the model after each epoch, in evaluation mode and without a graph; returns a figure
            (``"score"`` in the curves) or a dictionary of them.
        scheduler: of the learning rate; its ``step`` is called after each epoch (`ReduceLROnPlateau`: with the loss).
        clip_grad_norm: the norm that the gradient is cut down to, of all parameters together.
        device: where the batches are moved; the model must be there.
        show: a bar with tqdm where that is installed, otherwise a line for each epoch, both on standard error.

    Returns:
        ``"loss"``, the mean of each epoch over its samples while they were learned from; and for each figure of
        ``evaluate`` its value after each epoch.

    Raises:
        ValueError: the loss is NaN or infinite (the message names the epoch; the model is as it was before that
            batch), or ``batches`` are none, in a later epoch too: an iterator serves only once.
        ShapeError: the loss is not one number.

    >>> from pydl import nn, optim
    >>> x = pydl.tensor([[0.0], [1.0], [2.0]])
    >>> model = nn.Linear(1, 1)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.2)
    >>> curves = pydl.utils.fit(model, [(x, 2 * x + 8)], nn.functional.mse_loss, optimizer, epochs=200, show=False)
    >>> len(curves["loss"]), round(model.weight.item(), 3), round(model.bias.item(), 3)
    (200, 2.0, 8.0)
    """
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 0:
        raise _C.ValueError(f"fit: expected epochs of 0 or more, got {epochs!r}")
    curves: dict[str, list[float]] = {"loss": []}
    bar = progress(epochs * len(batches) if isinstance(batches, Sized) else None, show)
    try:
        for epoch in range(1, epochs + 1):
            bar.set_description(f"epoch {epoch}/{epochs}")
            model.train()
            with enable_grad():
                mean = one_epoch(model, batches, loss, optimizer, epoch, clip_grad_norm, device, bar)
            figures = {"loss": mean}
            if evaluate is not None:
                model.eval()
                with no_grad():
                    found = evaluate(model)
                figures |= {k: float(v) for k, v in (found if isinstance(found, Mapping) else {"score": found}).items()}
            if scheduler is not None:
                from pydl.optim.lr_scheduler import ReduceLROnPlateau

                scheduler.step(*([mean] if isinstance(scheduler, ReduceLROnPlateau) else []))
            for name, value in figures.items():
                curves.setdefault(name, []).append(value)
            bar.set_postfix({name: f"{value:.4g}" for name, value in figures.items()})
    except KeyboardInterrupt:
        if show:
            print(f"\nstopped in epoch {len(curves['loss']) + 1} of {epochs}", file=sys.stderr)
    finally:
        model.eval()
        bar.close()
    return curves


def one_epoch(
    model: Module,
    batches: Iterable[Any],
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epoch: int,
    clip_grad_norm: float | None,
    device: Any,
    bar: Any,
) -> float:
    """Learn from each batch once; the mean of the loss."""
    total, samples = 0.0, 0
    for i, batch in enumerate(batches, 1):
        inputs, target = split(batch, device)
        value = loss(model(*inputs), target)
        if not is_tensor(value) or value.array.size != 1:
            got = value.array.shape if is_tensor(value) else type(value).__name__
            raise _C.ShapeError(f"fit: expected the loss to be a tensor of one number, got {got}")
        number = float(value.item())
        if not math.isfinite(number):
            raise _C.ValueError(
                f"fit: the loss is {number} in epoch {epoch}, batch {i}: try a lower learning rate, or clip_grad_norm"
            )
        optimizer.zero_grad()
        value.backward()
        if clip_grad_norm is not None:
            from pydl.nn.utils import clip_grad_norm_

            clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], clip_grad_norm)
        optimizer.step()
        count = size(inputs)
        total, samples = total + number * count, samples + count
        bar.update()
    if not samples:
        again = ": an iterator serves one epoch, give a DataLoader or a list" if epoch > 1 else ""
        raise _C.ValueError(f"fit: there are no batches in epoch {epoch}{again}")
    return total / samples

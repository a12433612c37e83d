"""How well a model of language expects what comes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pydl import _C
from pydl.metrics.checks import classes, floats


def nats(name: str, preds: Any, target: Any, ignore_index: int | None) -> float:
    """The mean cross-entropy in nats of logits (..., classes) for targets (...)."""
    logits, truth = floats(name, "preds", preds), classes(name, "target", target)
    if logits.ndim != truth.ndim + 1 or logits.shape[:-1] != truth.shape or not logits.shape[-1]:
        raise _C.ShapeError(f"{name}: expected preds of shape {(*truth.shape, 'classes')}, got {logits.shape}")
    rows, truth = logits.reshape(-1, logits.shape[-1]), truth.reshape(-1)
    if ignore_index is not None:
        kept = truth != ignore_index
        rows, truth = rows[kept], truth[kept]
    if not truth.size:
        raise _C.ValueError(f"{name}: expected at least one target")
    if truth.min() < 0 or truth.max() >= rows.shape[1]:
        raise _C.IndexError(f"{name}: expected targets of 0 to {rows.shape[1] - 1}, got {truth.min()} to {truth.max()}")
    most = rows.max(1, keepdims=True)
    if not np.isfinite(most).all():
        raise _C.ValueError(f"{name}: preds has a row whose highest logit is {most[~np.isfinite(most)][0]}")
    total = np.log(np.exp(rows - most).sum(1)) + most[:, 0]
    return float((total - rows[np.arange(len(rows)), truth]).mean())


def perplexity(preds: Any, target: Any, *, ignore_index: int | None = None) -> float:
    """e to the mean cross-entropy: among how many equally likely ones the model is, on average, in doubt.

    Args:
        preds: logits (..., classes), the classes in the last dimension as a language model gives them.
        target: class numbers (...).
        ignore_index: targets of this number are left out.

    Raises:
        ShapeError: the shapes do not go together.
        IndexError: a target is no class.
        ValueError: there is no target, or NaN.

    >>> pydl.metrics.perplexity(pydl.zeros(2, 5, 10), pydl.ones(2, 5, dtype=pydl.int64))
    10.000000000000002
    """
    with np.errstate(over="ignore"):
        return float(np.exp(nats("perplexity", preds, target, ignore_index)))


def bits_per_character(preds: Any, target: Any, *, ignore_index: int | None = None) -> float:
    """The mean cross-entropy in bits: how long the text would be, compressed with this model (Graves, 2013).

    Arguments and errors as for `perplexity`, whose logarithm to base 2 it is; the targets are letters.

    >>> pydl.metrics.bits_per_character(pydl.zeros(5, 8), pydl.tensor([0, 1, 2, 3, 4]))
    3.0
    """
    return nats("bits_per_character", preds, target, ignore_index) / math.log(2)

"""Which class is it: how often the prediction is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, ops
from pydl.metrics.checks import Values, classes, counts, predicted, ratio, scores_of_classes

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def accuracy(preds: Any, target: Any, *, top_k: int = 1, ignore_index: int | None = None) -> float:
    """The part of the predictions that is right, from 0 to 1.

    Args:
        preds: class numbers of the target's shape, or scores (batch, classes, ...), of which the highest counts.
        target: class numbers (batch, ...).
        top_k: a prediction is right when the target is among the ``top_k`` highest scores; of equal scores the
            lower class comes first.
        ignore_index: targets of this number are left out.

    Raises:
        DTypeError: ``preds`` are floating and not scores of classes.
        ShapeError: ``preds`` and ``target`` do not go together.
        IndexError: a target is no class of the scores.
        ValueError: there is nothing to judge, or a score is NaN.

    >>> pydl.metrics.accuracy(pydl.tensor([0, 2, 1, 1]), pydl.tensor([0, 2, 2, 1]))
    0.75
    >>> scores = pydl.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    >>> pydl.metrics.accuracy(scores, pydl.tensor([1, 0]), top_k=2)
    0.5
    """
    found, truth, _ = predicted("accuracy", preds, target, ignore_index)
    if top_k == 1:
        return float((found == truth).mean())
    whole = classes("accuracy", "target", target)
    scores = scores_of_classes("accuracy", preds, whole)
    if scores is None:
        raise _C.ShapeError(f"accuracy: top_k = {top_k} needs scores (batch, classes, ...), got class numbers")
    if isinstance(top_k, bool) or not isinstance(top_k, int) or not 1 <= top_k <= scores.shape[1]:
        raise _C.ValueError(f"accuracy: expected top_k of 1 to the {scores.shape[1]} classes, got {top_k!r}")
    rows = np.moveaxis(scores, 1, -1).reshape(-1, scores.shape[1])
    if ignore_index is not None:
        rows = rows[whole.reshape(-1) != ignore_index]
    # From the back, so that among equal scores the lower class is the higher one.
    best = rows.shape[1] - 1 - np.argsort(rows[:, ::-1], axis=1, kind="stable")[:, -top_k:]
    return float((best == truth[:, None]).any(1).mean())


def confusion_matrix(
    preds: Any,
    target: Any,
    num_classes: int | None = None,
    *,
    normalize: str | None = None,
    ignore_index: int | None = None,
) -> Tensor:
    """How often each class was taken for each: (num_classes, num_classes), true classes down, predicted across.

    Args:
        preds, target: as for `accuracy`.
        num_classes: by default as many as there are scores, or the highest class number and one.
        normalize: None for numbers, int64; "true", "pred" or "all" for parts of a row, of a column or of the whole,
            float64, 0 where there is nothing.
        ignore_index: targets of this number are left out.

    Raises:
        IndexError: a class number is negative or not below ``num_classes``.
        DTypeError, ShapeError, ValueError: as for `accuracy`; ``normalize`` is none of these.

    >>> pydl.metrics.confusion_matrix(pydl.tensor([0, 1, 1, 1]), pydl.tensor([0, 0, 1, 1]))
    tensor([[1, 1],
            [0, 2]])
    """
    if normalize not in (None, "true", "pred", "all"):
        raise _C.ValueError(f"confusion_matrix: expected normalize None, 'true', 'pred' or 'all', got {normalize!r}")
    found = counts("confusion_matrix", preds, target, num_classes, ignore_index)
    if normalize is None:
        return ops.from_numpy(found.astype(np.int64))
    axis = {"true": 1, "pred": 0, "all": None}[normalize]
    return ops.from_numpy(ratio(found, np.broadcast_to(found.sum(axis, keepdims=True), found.shape), 0.0))


def of_classes(
    name: str, preds: Any, target: Any, num_classes: int | None, average: str | None, ignore_index: int | None
) -> Any:
    """Precision, recall or F1: what is right, divided by what was predicted, by what is there, or by their mean."""
    if average not in ("binary", "macro", "micro", "weighted", None):
        raise _C.ValueError(f"{name}: expected average 'binary', 'macro', 'micro', 'weighted' or None, got {average!r}")
    table = counts(name, preds, target, num_classes, ignore_index)
    right, claimed, there = np.diag(table), table.sum(0), table.sum(1)
    whole = {"precision": claimed, "recall": there, "f1_score": (claimed + there) / 2}[name]
    each: Values = ratio(right, whole, 0.0)
    if average is None:
        return ops.from_numpy(each)
    if average == "binary":
        if len(table) > 2:
            raise _C.ValueError(f"{name}: average='binary' is for the classes 0 and 1, got {len(table)} classes")
        return float(each[1]) if len(table) == 2 else 0.0
    if average == "micro":
        return float(right.sum() / whole.sum())
    if average == "weighted":
        return float((each * there).sum() / there.sum())
    return float(each[claimed + there > 0].mean())


def precision(
    preds: Any,
    target: Any,
    num_classes: int | None = None,
    *,
    average: str | None = "macro",
    ignore_index: int | None = None,
) -> Any:
    """Of what was predicted to be a class, the part that is of it; 0 for a class that was never predicted.

    Args:
        preds, target, num_classes, ignore_index: as for `confusion_matrix`.
        average: "macro", the mean over the classes that are there or predicted; "weighted", the mean weighted with
            how many of a class are there; "micro", of all classes together; "binary", of class 1 of the classes 0
            and 1; None, of each class, (num_classes,) float64.

    Raises:
        As `confusion_matrix` does; ValueError: ``average`` is none of these.

    >>> pydl.metrics.precision(pydl.tensor([1, 1, 1, 0]), pydl.tensor([1, 1, 0, 0]), average="binary")
    0.6666666666666666
    """
    return of_classes("precision", preds, target, num_classes, average, ignore_index)


def recall(
    preds: Any,
    target: Any,
    num_classes: int | None = None,
    *,
    average: str | None = "macro",
    ignore_index: int | None = None,
) -> Any:
    """Of what is of a class, the part that was predicted to be; 0 for a class that is not there. See `precision`.

    >>> pydl.metrics.recall(pydl.tensor([1, 1, 1, 0]), pydl.tensor([1, 1, 0, 0]), average=None)
    tensor([0.5000, 1.0000], dtype=pydl.float64)
    """
    return of_classes("recall", preds, target, num_classes, average, ignore_index)


def f1_score(
    preds: Any,
    target: Any,
    num_classes: int | None = None,
    *,
    average: str | None = "macro",
    ignore_index: int | None = None,
) -> Any:
    """The harmonic mean of `precision` and `recall` (F1; Dice's coefficient), of each class. See `precision`.

    >>> pydl.metrics.f1_score(pydl.tensor([1, 1, 1, 0]), pydl.tensor([1, 1, 0, 0]), average="binary")
    0.8
    """
    return of_classes("f1_score", preds, target, num_classes, average, ignore_index)

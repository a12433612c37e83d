"""What the metrics make of their arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl import _C
from pydl.autograd.function import is_tensor

Values = np.ndarray[Any, Any]


def values(name: str, what: str, x: Any) -> Values:
    """An argument as an array: floating ones in double, whole numbers and bools as they are.

    Raises:
        DTypeError: it is neither a tensor nor of numbers.
    """
    if is_tensor(x):
        x = x.detach().cpu()
        found: Values = (x.double() if x.is_floating_point() else x).numpy()
        return found
    if not isinstance(x, np.ndarray | np.generic | list | tuple | int | float):
        raise _C.DTypeError(f"{name}: expected {what} to be a tensor, got {type(x).__name__}")
    try:
        found = np.array(x)
    except (ValueError, TypeError):
        raise _C.DTypeError(f"{name}: expected {what} to be a tensor, got {type(x).__name__} of uneven parts") from None
    if found.dtype.kind not in "biuf":
        raise _C.DTypeError(f"{name}: expected {what} of numbers, got {found.dtype}")
    # An empty list has no dtype: it fits wherever numbers do.
    return found.astype(np.float64) if found.dtype.kind == "f" and found.size else found


def floats(name: str, what: str, x: Any) -> Values:
    """An argument as numbers in double, none of them NaN."""
    found = values(name, what, x).astype(np.float64)
    if np.isnan(found).any():
        raise _C.ValueError(f"{name}: {what} has NaN")
    return found


def classes(name: str, what: str, x: Any) -> Values:
    """An argument as class numbers, int64; bools are the classes 0 and 1.

    Raises:
        DTypeError: it is floating.
    """
    found = values(name, what, x)
    if found.dtype.kind == "f" and found.size:
        raise _C.DTypeError(f"{name}: expected {what} of class numbers, an integer dtype or bool, got {found.dtype}")
    return found.astype(np.int64)


def same_shape(name: str, preds: Values, target: Values) -> None:
    """Raise a ShapeError for two that do not go together, and a ValueError for nothing at all."""
    if preds.shape != target.shape:
        raise _C.ShapeError(f"{name}: expected preds and target of one shape, got {preds.shape} and {target.shape}")
    if not preds.size:
        raise _C.ValueError(f"{name}: expected at least one prediction, got shape {preds.shape}")


def scores_of_classes(name: str, preds: Any, target: Values) -> Values | None:
    """Scores (batch, classes, ...) for a target (batch, ...), or None where ``preds`` are class numbers."""
    found = values(name, "preds", preds)
    if found.ndim != target.ndim + 1:
        if found.dtype.kind == "f" and found.size:
            raise _C.DTypeError(
                f"{name}: expected preds of class numbers like target {target.shape}, or a score for each class "
                f"(batch, classes, ...), got {found.dtype} {found.shape}; of probabilities, compare: preds > 0.5"
            )
        return None
    if found.shape[:1] + found.shape[2:] != target.shape or found.shape[1] == 0:
        raise _C.ShapeError(
            f"{name}: expected preds of shape (batch, classes, ...) for target {target.shape}, got {found.shape}"
        )
    if found.dtype.kind == "f" and np.isnan(found).any():
        raise _C.ValueError(f"{name}: preds has NaN")
    return found


def predicted(name: str, preds: Any, target: Any, ignore_index: int | None) -> tuple[Values, Values, int | None]:
    """Predicted and true classes, flat and without those to be ignored; and how many classes the scores have."""
    truth = classes(name, "target", target)
    scores = scores_of_classes(name, preds, truth)
    found = classes(name, "preds", preds) if scores is None else scores.argmax(1)
    same_shape(name, found, truth)
    found, truth = found.reshape(-1), truth.reshape(-1)
    if ignore_index is not None:
        kept = truth != ignore_index
        found, truth = found[kept], truth[kept]
        if not truth.size:
            raise _C.ValueError(f"{name}: expected a target besides ignore_index, {ignore_index}")
    count = None if scores is None else scores.shape[1]
    if count is not None and (truth.min() < 0 or truth.max() >= count):
        raise _C.IndexError(
            f"{name}: expected targets of 0 to {count - 1} for {count} classes, got {truth.min()} to {truth.max()}"
        )
    return found, truth, count


def counts(name: str, preds: Any, target: Any, num_classes: int | None, ignore_index: int | None) -> Values:
    """How often each class (row) was taken for each (column), (num_classes, num_classes) int64."""
    found, truth, seen = predicted(name, preds, target, ignore_index)
    if num_classes is None:
        num_classes = seen if seen is not None else int(max(found.max(), truth.max())) + 1
    if isinstance(num_classes, bool) or not isinstance(num_classes, int) or num_classes < 1:
        raise _C.ValueError(f"{name}: expected num_classes of 1 or more, got {num_classes!r}")
    if num_classes > 2**15:
        raise _C.ValueError(f"{name}: expected at most {2**15} classes for a table of all pairs, got {num_classes}")
    for what, x in (("preds", found), ("target", truth)):
        if x.min() < 0 or x.max() >= num_classes:
            raise _C.IndexError(
                f"{name}: expected {what} of 0 to {num_classes - 1} for {num_classes} classes, got {x.min()} to "
                f"{x.max()}"
            )
    together = np.bincount(truth * num_classes + found, minlength=num_classes**2)
    return together.reshape(num_classes, num_classes)


def ratio(part: Values, whole: Values, empty: float) -> Values:
    """``part / whole`` in double, and ``empty`` where there is nothing to divide by."""
    result: Values = np.divide(part, whole, out=np.full(part.shape, empty), where=whole != 0)
    return result

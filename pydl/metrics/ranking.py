"""Yes or no, by a score: how well the scores put the ones before the zeros, whatever the threshold."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl import _C
from pydl.metrics.checks import Values, classes, floats, same_shape


def curve(name: str, preds: Any, target: Any) -> tuple[Values, Values]:
    """Numbers of true and of false ones from each different score upwards, best score first."""
    scores, truth = floats(name, "preds", preds), classes(name, "target", target)
    same_shape(name, scores, truth)
    scores, truth = scores.reshape(-1), truth.reshape(-1)
    if truth.min() < 0 or truth.max() > 1:
        raise _C.ValueError(f"{name}: expected targets of 0 and 1, got {truth.min()} to {truth.max()}")
    order = np.argsort(-scores, kind="stable")
    scores, truth = scores[order], truth[order]
    # Equal scores come in together.
    last = np.append(np.flatnonzero(scores[1:] != scores[:-1]), len(scores) - 1)
    right = truth.cumsum()[last]
    return right, last + 1 - right


def average_precision(preds: Any, target: Any) -> float:
    """The area under the curve of precision against recall, in steps: the sum of (R[i] - R[i-1]) P[i].

    scikit-learn's definition, without interpolation. For detected objects see `mean_average_precision`.

    Args:
        preds: scores or probabilities, any shape.
        target: 0 and 1 of the same shape.

    Raises:
        ShapeError: the shapes differ.
        ValueError: a target is not 0 or 1, none is 1, or a score is NaN.

    >>> pydl.metrics.average_precision(pydl.tensor([0.1, 0.4, 0.35, 0.8]), pydl.tensor([0, 0, 1, 1]))
    0.8333333333333333
    """
    right, wrong = curve("average_precision", preds, target)
    if not right[-1]:
        raise _C.ValueError("average_precision: expected a target that is 1, got none")
    return float((np.diff(right, prepend=0) / right[-1] * (right / (right + wrong))).sum())


def roc_auc(preds: Any, target: Any) -> float:
    """The area under the receiver operating characteristic: how likely a one has a higher score than a zero.

    Equal scores count one half. Arguments and errors as for `average_precision`; there must be a 0, too.

    >>> pydl.metrics.roc_auc(pydl.tensor([0.1, 0.4, 0.35, 0.8]), pydl.tensor([0, 0, 1, 1]))
    0.75
    """
    right, wrong = curve("roc_auc", preds, target)
    if not right[-1] or not wrong[-1]:
        raise _C.ValueError("roc_auc: expected targets of 0 and 1, got only one of them")
    # Trapezoids: where equal scores bring in ones and zeros together, half of them are in the right order.
    height = right - np.diff(right, prepend=0) / 2
    return float((np.diff(wrong, prepend=0) * height).sum() / right[-1] / wrong[-1])

"""A class for each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl import _C, ops
from pydl.metrics.checks import counts, ratio


def mean_iou(
    preds: Any,
    target: Any,
    num_classes: int | None = None,
    *,
    include_background: bool = True,
    per_class: bool = False,
    ignore_index: int | None = None,
) -> Any:
    """Intersection over union of the pixels of each class, averaged over the classes (Everingham et al., 2010).

    For each class, the pixels that are of it and were taken for it, divided by those that are or were, over all the
    images given; then the mean over the classes that are there or were predicted. (Jaccard's coefficient, "macro".)

    Args:
        preds: the class of each pixel, (images, rows, columns) or any shape of the target's; or scores
            (images, classes, rows, columns), of which the highest counts.
        target: class numbers, or bools (the classes 0 and 1).
        num_classes: by default as many as there are scores, or the highest class number and one.
        include_background: whether class 0 counts.
        per_class: the figure of each class instead, (num_classes,) float64, NaN for a class that does not occur.
        ignore_index: pixels whose target is this number are left out.

    Raises:
        IndexError: a class number is negative or not below ``num_classes``.
        DTypeError: ``preds`` are floating and not scores of classes.
        ShapeError: ``preds`` and ``target`` do not go together.
        ValueError: there is nothing to judge: no pixels, or none but background without ``include_background``.

    >>> target = pydl.tensor([[0, 0, 1, 1]])
    >>> pydl.metrics.mean_iou(pydl.tensor([[0, 1, 1, 1]]), target)
    0.5833333333333333
    >>> pydl.metrics.mean_iou(pydl.tensor([[0, 1, 1, 1]]), target, per_class=True)
    tensor([0.5000, 0.6667], dtype=pydl.float64)
    """
    table = counts("mean_iou", preds, target, num_classes, ignore_index)
    inside = np.diag(table)
    each = ratio(inside, table.sum(0) + table.sum(1) - inside, np.nan)
    if not include_background:
        each = each[1:]
    if per_class:
        return ops.from_numpy(each)
    if np.isnan(each).all():
        raise _C.ValueError("mean_iou: expected a class besides the background in preds or target")
    return float(np.nanmean(each))

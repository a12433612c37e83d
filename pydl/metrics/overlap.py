"""Intersection over union of what was found and what is there, image by image."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl import _C, ops
from pydl.metrics.checks import Values, ratio, values


def overlap_of_boxes(name: str, found: Any, there: Any, box_format: str, place: str) -> Values:
    """Intersection over union of each pair; boxes without an area overlap nothing."""
    from pydl.vision.ops import box_iou, corners

    pair = []
    for what, boxes in (("preds", found), ("target", there)):
        each = values(name, f"boxes of {what}{place}", boxes).astype(np.float64)
        if each.ndim != 2 or each.shape[1] != 4:
            if each.size:
                raise _C.ShapeError(f"{name}: expected boxes of {what}{place} of shape (count, 4), got {each.shape}")
            each = each.reshape(0, 4)
        pair.append(corners(ops.from_numpy(each), box_format))
    overlap: Values = np.nan_to_num(box_iou(pair[0], pair[1]).numpy(), nan=0.0)
    return overlap


def overlap_of_masks(name: str, found: Any, there: Any, place: str) -> Values:
    """Intersection over union of each pair of masks."""
    pair = []
    for what, masks in (("preds", found), ("target", there)):
        each = values(name, f"masks of {what}{place}", masks)
        if each.dtype.kind == "f" and each.size:
            raise _C.DTypeError(
                f"{name}: expected masks of {what}{place} of bool or 0 and 1, got {each.dtype}; of probabilities, "
                "compare: masks > 0.5"
            )
        if each.ndim != 3 and each.size:
            raise _C.ShapeError(
                f"{name}: expected masks of {what}{place} of shape (count, rows, columns), got {each.shape}"
            )
        pair.append(each != 0)
    one, two = pair
    if one.size and two.size and one.shape[1:] != two.shape[1:]:
        raise _C.ShapeError(
            f"{name}: expected masks{place} of one image size, got {one.shape[1:]} in preds and {two.shape[1:]} in "
            "target"
        )
    if not one.size or not two.size:
        return np.zeros((len(one), len(two)))
    one, two = (x.reshape(len(x), -1).astype(np.float64) for x in pair)
    inside = one @ two.T
    union = one.sum(1)[:, None] + two.sum(1) - inside
    return ratio(inside, union, 0.0)

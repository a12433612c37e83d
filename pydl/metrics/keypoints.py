"""Points of a figure: joints, corners, landmarks."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl import _C, ops
from pydl.metrics.checks import floats, ratio, same_shape, values


def pck(
    preds: Any,
    target: Any,
    threshold: float = 0.1,
    *,
    scale: Any = None,
    visible: Any = None,
    per_keypoint: bool = False,
) -> Any:
    """Percentage of correct key points, as a part of 1: PCK@threshold (Yang and Ramanan, 2013).

    A key point is correct when its distance from the true one is at most ``threshold`` times the size of the figure.

    Args:
        preds, target: (figures, key points, dimensions), or (key points, dimensions) of one figure.
        threshold: the allowed distance, as a part of the size.
        scale: the size of each figure, (figures,), or one number for all; by default the longer side of the box
            around the figure's true key points, those that are ``visible``. (PCKh takes the length of the head.)
        visible: (figures, key points) bool; the others do not count. By default all do.
        per_keypoint: the figure of each key point instead, (key points,) float64, NaN where it is never visible.

    Raises:
        ShapeError: the shapes do not go together.
        ValueError: there is no visible key point, NaN, or a size that is not positive.

    >>> target = pydl.tensor([[0.0, 0.0], [10.0, 0.0], [10.0, 20.0]])
    >>> pydl.metrics.pck(target + pydl.tensor([[0.0, 1.9], [0.0, 2.1], [0.0, 0.0]]), target)
    0.6666666666666666
    """
    found, truth = floats("pck", "preds", preds), floats("pck", "target", target)
    same_shape("pck", found, truth)
    if found.ndim not in (2, 3):
        raise _C.ShapeError(f"pck: expected key points of shape (figures, key points, dimensions), got {found.shape}")
    found, truth = (x.reshape(-1, *x.shape[-2:]) for x in (found, truth))
    seen = np.ones(found.shape[:2], bool)
    if visible is not None:
        seen = values("pck", "visible", visible) != 0
        if seen.size != found.shape[0] * found.shape[1] or seen.shape[-1:] != found.shape[1:2]:
            raise _C.ShapeError(f"pck: expected visible of shape {found.shape[:2]}, got {seen.shape}")
        seen = seen.reshape(found.shape[:2])
    if not seen.any():
        raise _C.ValueError("pck: expected at least one visible key point")
    if scale is None:
        low = np.where(seen[..., None], truth, np.inf).min(1)
        high = np.where(seen[..., None], truth, -np.inf).max(1)
        # A figure of which nothing is visible has no size, and needs none.
        size = np.where(seen.any(1), (high - low).max(1), 1.0)
    else:
        size = floats("pck", "scale", scale)
        if size.ndim > 1 or (size.ndim == 1 and len(size) != len(found)):
            raise _C.ShapeError(f"pck: expected scale to be a number or of shape ({len(found)},), got {size.shape}")
        size = np.broadcast_to(size, len(found))
    if not (size > 0).all() or not threshold > 0:
        raise _C.ValueError(
            f"pck: expected figures and a threshold above 0, got sizes from {size.min()} and threshold {threshold}"
        )
    distance = np.linalg.norm(found - truth, axis=2)
    right = seen & (distance <= threshold * size[:, None])
    if per_keypoint:
        return ops.from_numpy(ratio(right.sum(0), seen.sum(0), np.nan))
    return float(right.sum() / seen.sum())

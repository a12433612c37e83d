"""Objects in images: boxes or masks with scores against those that are there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from pydl import _C, ops
from pydl.metrics.checks import Values, classes, floats
from pydl.metrics.overlap import overlap_of_boxes, overlap_of_masks

if TYPE_CHECKING:
    from pydl.tensor import Tensor

NAME = "mean_average_precision"
RECALLS = np.linspace(0, 1, 101)


class MeanAveragePrecision(TypedDict, total=False):
    """What `mean_average_precision` finds; `map_50` and `map_75` where these thresholds were asked for."""

    map: float
    map_50: float
    map_75: float
    map_per_class: Tensor
    classes: Tensor


def match(overlap: Values, thresholds: Values) -> Values:
    """Whether each object found, best score first, hits one that is there: (thresholds, found) bools.

    Each takes, of those that none before it took, the one it overlaps most, if by the threshold or more.
    """
    hits = np.zeros((len(thresholds), len(overlap)), bool)
    if not overlap.size:
        return hits
    for t, threshold in enumerate(thresholds):
        free = overlap.copy()
        for i, row in enumerate(free):
            best = row.argmax()
            if row[best] >= threshold:
                hits[t, i] = True
                free[:, best] = -1
    return hits


def average_precisions(scores: Values, hits: Values, there: int) -> Values:
    """The area under the curve of precision against recall for each threshold, COCO's way: the mean over 101 recalls
    of the best precision at that recall or a higher one."""
    right = hits[:, np.argsort(-scores, kind="stable")].cumsum(1)
    precision = right / np.arange(1, right.shape[1] + 1)
    precision = np.maximum.accumulate(precision[:, ::-1], 1)[:, ::-1]
    # 0 beyond the last recall.
    precision = np.pad(precision, ((0, 0), (0, 1)))
    places = [np.searchsorted(row / there, RECALLS) for row in right]
    return np.array([row[place].mean() for row, place in zip(precision, places, strict=True)])


def field(x: Any, key: str, what: str, i: int) -> Any:
    """A field of one image's dictionary."""
    if not isinstance(x, Mapping):
        raise _C.DTypeError(f"{NAME}: expected {what}[{i}] to be a dictionary, got {type(x).__name__}")
    if key not in x:
        raise _C.ValueError(f"{NAME}: expected {key!r} in {what}[{i}], got {', '.join(map(repr, x)) or 'nothing'}")
    return x[key]


def mean_average_precision(
    preds: Sequence[Mapping[str, Any]],
    target: Sequence[Mapping[str, Any]],
    *,
    box_format: str = "xyxy",
    iou_type: str = "bbox",
    iou_thresholds: Sequence[float] = (0.5,),
    max_detections: int = 100,
) -> MeanAveragePrecision:
    """Mean average precision of detected objects, as COCO defines it (Lin et al., 2014; its evaluation, pycocotools).

    Class by class, the objects found in all images are gone through from the best score down; each is right when it
    overlaps an object of the same image and class by ``iou_threshold`` or more that no better one has taken. Precision
    is the part that is right so far, recall the part of the objects that is found; average precision is the mean, over
    the recalls 0, 0.01, ..., 1, of the highest precision at that recall or above. The mean is over the thresholds and
    over the classes of which there is an object at all.

    COCO's own headline figure is that of ``iou_thresholds=[0.5, 0.55, ..., 0.95]``; 0.5 alone is the one that Pascal
    VOC made customary, there with the exact area under the curve instead of 101 recalls. Crowds and COCO's ranges of
    sizes are not known here.

    Args:
        preds: for each image a dictionary of what was found, in any order: ``boxes`` (count, 4) or ``masks``
            (count, rows, columns) of bool or 0 and 1, ``scores`` (count,), ``labels`` (count,) class numbers.
        target: for each image a dictionary of what is there: ``boxes`` or ``masks``, and ``labels``.
        box_format: "xyxy" (corners), "xywh" (corner and size) or "cxcywh" (centre and size).
        iou_type: "bbox" compares ``boxes``, "segm" ``masks``.
        iou_thresholds: each above 0 and at most 1.
        max_detections: in each image only so many of a class count, those of the best scores.

    Returns:
        ``map``; ``map_50`` and ``map_75`` where 0.5 and 0.75 are among the thresholds; ``map_per_class`` (classes,)
        float64 for the ``classes`` (classes,). Without any object in ``target`` all means are NaN.

    Raises:
        ValueError: a key is missing, a setting is none of those above, a score is NaN.
        ShapeError: lists or tensors of one image differ in length, or boxes are not (count, 4).
        DTypeError: labels are floating, masks are probabilities, or there are no dictionaries.

    >>> boxes = pydl.tensor([[0.0, 0.0, 10.0, 10.0], [20.0, 20.0, 30.0, 30.0]])
    >>> found = {"boxes": boxes + 1, "scores": pydl.tensor([0.9, 0.8]), "labels": pydl.tensor([0, 0])}
    >>> pydl.metrics.mean_average_precision([found], [{"boxes": boxes, "labels": pydl.tensor([0, 1])}])["map"]
    0.5
    """
    if iou_type not in ("bbox", "segm"):
        raise _C.ValueError(f"{NAME}: expected iou_type 'bbox' or 'segm', got {iou_type!r}")
    if box_format not in ("xyxy", "xywh", "cxcywh"):
        raise _C.ValueError(f"{NAME}: expected box_format 'xyxy', 'xywh' or 'cxcywh', got {box_format!r}")
    thresholds = floats(NAME, "iou_thresholds", list(iou_thresholds))
    if not thresholds.size or (thresholds <= 0).any() or (thresholds > 1).any():
        raise _C.ValueError(f"{NAME}: expected iou_thresholds above 0 and at most 1, got {list(iou_thresholds)}")
    if isinstance(max_detections, bool) or not isinstance(max_detections, int) or max_detections < 1:
        raise _C.ValueError(f"{NAME}: expected max_detections of 1 or more, got {max_detections!r}")
    for what, x in (("preds", preds), ("target", target)):
        if isinstance(x, Mapping) or not isinstance(x, Sequence):
            raise _C.DTypeError(f"{NAME}: expected {what} to be a list, a dictionary for each image, got {x!r:.60}")
    if len(preds) != len(target):
        raise _C.ShapeError(
            f"{NAME}: expected preds and target of the same images, got {len(preds)} and {len(target)} of them"
        )

    there: dict[int, int] = {}  # how many objects there are of a class
    scores: dict[int, list[Values]] = {}  # of a class, image by image
    hits: dict[int, list[Values]] = {}  # of a class, image by image, (thresholds, found)
    key = "boxes" if iou_type == "bbox" else "masks"
    for i, (one, truth) in enumerate(zip(preds, target, strict=True)):
        place = f" (image {i})"
        score = floats(NAME, f"scores{place}", field(one, "scores", "preds", i)).reshape(-1)
        label = classes(NAME, f"labels of preds{place}", field(one, "labels", "preds", i)).reshape(-1)
        known = classes(NAME, f"labels of target{place}", field(truth, "labels", "target", i)).reshape(-1)
        shapes = field(one, key, "preds", i), field(truth, key, "target", i)
        overlap = (
            overlap_of_boxes(NAME, *shapes, box_format, place)
            if key == "boxes"
            else overlap_of_masks(NAME, *shapes, place)
        )
        if overlap.shape[0] != len(score) or len(label) != len(score) or overlap.shape[1] != len(known):
            raise _C.ShapeError(
                f"{NAME}: expected as many {key} as scores and labels{place}, got {overlap.shape[0]} {key}, "
                f"{len(score)} scores and {len(label)} labels in preds, {overlap.shape[1]} {key} and {len(known)} "
                "labels in target"
            )
        for c in np.unique(np.concatenate([label, known])).tolist():
            mine = np.flatnonzero(label == c)
            mine = mine[np.argsort(-score[mine], kind="stable")][:max_detections]
            there[c] = there.get(c, 0) + int((known == c).sum())
            scores.setdefault(c, []).append(score[mine])
            hits.setdefault(c, []).append(match(overlap[mine][:, known == c], thresholds))

    seen = sorted(c for c, count in there.items() if count)
    # (classes, thresholds)
    table = np.array(
        [average_precisions(np.concatenate(scores[c]), np.concatenate(hits[c], 1), there[c]) for c in seen]
    ).reshape(len(seen), len(thresholds))
    result = MeanAveragePrecision(map=float(table.mean()) if seen else math.nan)
    for threshold, name in ((0.5, "map_50"), (0.75, "map_75")):
        chosen = table[:, np.isclose(thresholds, threshold)]
        if chosen.shape[1]:
            result[name] = float(chosen.mean()) if seen else math.nan  # type: ignore[literal-required]
    result["map_per_class"] = ops.from_numpy(table.mean(1))
    result["classes"] = ops.from_numpy(np.array(seen, np.int64))
    return result

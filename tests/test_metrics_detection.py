"""Mean average precision against its definition written out for one threshold, one class and one object at a time."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pydl
from pydl.metrics import mean_average_precision
from pydl.vision.ops import box_convert

Image = dict[str, np.ndarray]


def area_of(box: Any) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def box_overlap(a: Any, b: Any) -> float:
    inside = area_of([max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])])
    return inside / (area_of(a) + area_of(b) - inside)


def mask_overlap(a: Any, b: Any) -> float:
    return float((a & b).sum() / (a | b).sum()) if (a | b).any() else 0.0


def by_definition(preds: list[Image], target: list[Image], threshold: float, label: int, key: str) -> float:
    """Average precision of one class; NaN where there is no object."""
    overlap = box_overlap if key == "boxes" else mask_overlap
    found = []
    for i, image in enumerate(preds):
        mine = [(-s, n) for n, (s, c) in enumerate(zip(image["scores"], image["labels"], strict=True)) if c == label]
        found += [(s, i, n) for s, n in sorted(mine)[:100]]
    total = sum((image["labels"] == label).sum() for image in target)
    if not total:
        return math.nan
    taken: set[tuple[int, int]] = set()
    right, curve = 0, []
    for count, (_, i, n) in enumerate(sorted(found), 1):
        best, place = threshold, None
        for m, c in enumerate(target[i]["labels"]):
            if c == label and (i, m) not in taken:
                value = overlap(preds[i][key][n], target[i][key][m])
                if value > best or (place is None and value >= best):
                    best, place = value, (i, m)
        if place:
            taken.add(place)
            right += 1
        curve.append((right / total, right / count))
    return sum(max((p for r, p in curve if r >= k / 100), default=0.0) for k in range(101)) / 101


def scene(random: np.random.Generator, key: str, classes: int) -> tuple[Image, Image]:
    """What is there, and what a middling detector finds: shifted, missing, doubled, mistaken and invented objects."""
    there = random.integers(0, 5)
    corner = random.random((there, 2)) * 12
    boxes = np.concatenate([corner, corner + 2 + random.random((there, 2)) * 8], 1)
    truth = {"boxes": boxes, "labels": random.integers(0, classes, there)}
    chosen = random.integers(0, there, random.integers(0, 8)) if there else np.zeros(0, np.int64)
    found = {
        "boxes": boxes[chosen] + random.standard_normal((len(chosen), 4)) * 0.8,
        "labels": np.where(
            random.random(len(chosen)) < 0.8, truth["labels"][chosen], random.integers(0, classes, len(chosen))
        ),
        # Equal scores, too.
        "scores": random.random(len(chosen)).round(1),
    }
    if key == "masks":
        y, x = np.mgrid[:24, :24] + 0.5
        for image in (truth, found):
            b = image.pop("boxes")[:, :, None, None]
            image["masks"] = (x > b[:, 0]) & (x < b[:, 2]) & (y > b[:, 1]) & (y < b[:, 3])
    return found, truth


def tensors(images: list[Image]) -> list[dict[str, pydl.Tensor]]:
    return [{key: pydl.from_numpy(value) for key, value in image.items()} for image in images]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("key", ["boxes", "masks"])
def test_by_definition(key: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = [scene(random, key, 4) for _ in range(12)]
    preds, target = [p for p, _ in pairs], [t for _, t in pairs]
    thresholds = [0.3, 0.5, 0.75]
    table = np.array([[by_definition(preds, target, t, c, key) for t in thresholds] for c in range(4)])
    seen = ~np.isnan(table[:, 0])
    kind = "bbox" if key == "boxes" else "segm"
    ours = mean_average_precision(tensors(preds), tensors(target), iou_type=kind, iou_thresholds=thresholds)
    assert ours["map"] == pytest.approx(np.nanmean(table), rel=1e-12)
    assert 0 < ours["map"] < 1
    assert ours["map_50"] == pytest.approx(np.nanmean(table[:, 1]), rel=1e-12)
    assert ours["map_75"] == pytest.approx(np.nanmean(table[:, 2]), rel=1e-12)
    assert ours["classes"].tolist() == np.flatnonzero(seen).tolist()
    np.testing.assert_allclose(ours["map_per_class"].numpy(), table[seen].mean(1), rtol=1e-12)
    alone = mean_average_precision(preds, target, iou_type=kind)
    assert alone["map"] == alone["map_50"] == ours["map_50"] and "map_75" not in alone


# Worked by hand: three objects; found in order of score: right, wrong, right. Precision at recalls up to 1/3 is 1, up
# to 2/3 it is 2/3, beyond it is 0: (34 * 1 + 33 * 2/3) / 101.
SQUARES = pydl.tensor([[0.0, 0.0, 4.0, 4.0], [10.0, 0.0, 14.0, 4.0], [20.0, 0.0, 24.0, 4.0], [30.0, 0.0, 34.0, 4.0]])
HAND = (34 + 33 * 2 / 3) / 101


def found(boxes: pydl.Tensor, *scores: float, labels: list[int] | None = None) -> dict[str, pydl.Tensor]:
    labels = labels or [0] * len(scores)
    return {"boxes": boxes, "scores": pydl.tensor(list(scores)), "labels": pydl.tensor(labels)}


def there(boxes: pydl.Tensor, *labels: int) -> dict[str, pydl.Tensor]:
    return {"boxes": boxes, "labels": pydl.tensor(list(labels), dtype=pydl.int64)}


def test_by_hand() -> None:
    preds = found(SQUARES[[1, 3, 0]], 0.7, 0.8, 0.9)
    target = there(SQUARES[:3], 0, 0, 0)
    assert mean_average_precision([preds], [target])["map"] == pytest.approx(HAND)
    # The same objects in two images: the scores order all of them together.
    split = [found(SQUARES[[1, 3]], 0.7, 0.8), found(SQUARES[[0]], 0.9)]
    assert mean_average_precision(split, [there(SQUARES[1:3], 0, 0), there(SQUARES[:1], 0)])["map"] == pytest.approx(
        HAND
    )


@pytest.mark.parametrize("fmt", ["xywh", "cxcywh"])
def test_box_formats(fmt: str) -> None:
    preds = found(box_convert(SQUARES[[1, 3, 0]], "xyxy", fmt), 0.7, 0.8, 0.9)
    target = there(box_convert(SQUARES[:3], "xyxy", fmt), 0, 0, 0)
    assert mean_average_precision([preds], [target], box_format=fmt)["map"] == pytest.approx(HAND)


def test_an_object_is_found_once() -> None:
    """The better score has it, and the second one is wrong, also if it overlaps more."""
    preds = found(SQUARES[[0, 0, 1]] + pydl.tensor([[0.5], [0.0], [0.0]]), 0.9, 0.8, 0.7)
    ours = mean_average_precision([preds], [there(SQUARES[:2], 0, 0)])["map"]
    assert ours == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_nothing_found_or_nothing_there() -> None:
    nothing = found(pydl.zeros(0, 4))
    nothing["labels"] = pydl.zeros(0, dtype=pydl.int64)
    empty = there(pydl.zeros(0, 4))
    something = found(SQUARES[:1], 0.5)
    assert mean_average_precision([nothing], [there(SQUARES, 0, 0, 1, 1)])["map"] == 0.0
    for preds in (nothing, something):
        result = mean_average_precision([preds], [empty])
        assert math.isnan(result["map"]) and math.isnan(result["map_50"])
        assert result["classes"].shape == result["map_per_class"].shape == (0,)
    # False alarms in an empty image count against the class where it is elsewhere.
    both = mean_average_precision([found(SQUARES[:1], 0.9), something], [empty, there(SQUARES[:1], 0)])
    assert both["map"] == pytest.approx(0.5)
    assert math.isnan(mean_average_precision([], [])["map"])
    # A class that is nowhere does not count, however often it is predicted.
    preds = found(SQUARES[:2], 0.9, 0.8, labels=[0, 7])
    assert mean_average_precision([preds], [there(SQUARES[:1], 0)])["map"] == 1.0
    lists = {"boxes": [], "scores": [], "labels": []}
    assert mean_average_precision([lists], [there(SQUARES[:1], 0)])["map"] == 0.0
    masks = {"masks": pydl.zeros(0, 4, 4, dtype=pydl.bool), "scores": [], "labels": []}
    full = {"masks": pydl.ones(1, 4, 4, dtype=pydl.bool), "labels": [0]}
    assert mean_average_precision([masks], [full], iou_type="segm")["map"] == 0.0


def test_boxes_without_an_area_overlap_nothing() -> None:
    wrong = pydl.tensor([[4.0, 4.0, 0.0, 0.0], [2.0, 2.0, 2.0, 2.0], [math.nan, 0.0, 4.0, 4.0]])
    assert mean_average_precision([found(wrong, 0.9, 0.8, 0.7)], [there(SQUARES[:1], 0)])["map"] == 0.0
    point = pydl.tensor([[2.0, 2.0, 2.0, 2.0]])
    assert mean_average_precision([found(point, 0.9)], [there(point, 0)])["map"] == 0.0


def test_only_the_best_hundred_of_an_image_count() -> None:
    boxes = SQUARES[[3] * 100 + [0]]
    scores = [0.9] * 100 + [0.1]
    preds = found(boxes, *scores)
    assert mean_average_precision([preds], [there(SQUARES[:1], 0)])["map"] == 0.0
    assert mean_average_precision([preds], [there(SQUARES[:1], 0)], max_detections=101)["map"] == pytest.approx(1 / 101)


def test_the_threshold_is_reached_by_equality() -> None:
    half = pydl.tensor([[0.0, 0.0, 4.0, 2.0]])
    target = [there(SQUARES[:1], 0)]
    assert mean_average_precision([found(half, 0.9)], target)["map"] == 1.0
    assert mean_average_precision([found(half, 0.9)], target, iou_thresholds=[0.51])["map"] == 0.0
    assert mean_average_precision([found(SQUARES[:1], 0.9)], target, iou_thresholds=[1.0])["map"] == 1.0


good, truth = found(SQUARES[:1], 0.9), there(SQUARES[:1], 0)
masks = {"masks": pydl.ones(1, 4, 4), "scores": pydl.tensor([0.5]), "labels": pydl.tensor([0])}


@pytest.mark.parametrize(
    ("kind", "message", "call"),
    [
        (pydl.ShapeError, "got 1 and 0 of them", lambda: mean_average_precision([good], [])),
        (pydl.DTypeError, "preds to be a list", lambda: mean_average_precision(good, [truth])),
        (pydl.DTypeError, r"preds\[0\] to be a dictionary", lambda: mean_average_precision([1], [truth])),
        (pydl.ValueError, r"'scores' in preds\[0\]", lambda: mean_average_precision([truth], [truth])),
        (pydl.ValueError, "'masks' in preds", lambda: mean_average_precision([good], [truth], iou_type="segm")),
        (
            pydl.ShapeError,
            r"\(count, 4\), got \(1, 3\)",
            lambda: mean_average_precision([{**good, "boxes": SQUARES[:1, :3]}], [truth]),
        ),
        (
            pydl.ShapeError,
            r"as many boxes as scores and labels \(image 0\), got 2 boxes, 1 scores and 1 labels",
            lambda: mean_average_precision([{**good, "boxes": SQUARES[:2]}], [truth]),
        ),
        (
            pydl.ShapeError,
            "1 boxes and 2 labels in target",
            lambda: mean_average_precision([good], [there(SQUARES[:1], 0, 1)]),
        ),
        (
            pydl.ValueError,
            r"scores \(image 0\) has NaN",
            lambda: mean_average_precision([found(SQUARES[:1], math.nan)], [truth]),
        ),
        (
            pydl.DTypeError,
            "labels of preds .* class numbers",
            lambda: mean_average_precision([{**good, "labels": [0.5]}], [truth]),
        ),
        (pydl.DTypeError, "masks > 0.5", lambda: mean_average_precision([masks], [masks], iou_type="segm")),
        (
            pydl.ShapeError,
            r"one image size, got \(4, 4\) in preds and \(5, 4\)",
            lambda: mean_average_precision(
                [{**masks, "masks": pydl.ones(1, 4, 4).bool()}],
                [{**masks, "masks": pydl.ones(1, 5, 4).bool()}],
                iou_type="segm",
            ),
        ),
        (
            pydl.ShapeError,
            r"\(count, rows, columns\)",
            lambda: mean_average_precision([{**masks, "masks": pydl.ones(4, 4).bool()}], [masks], iou_type="segm"),
        ),
        (pydl.ValueError, "iou_type", lambda: mean_average_precision([], [], iou_type="mask")),
        (pydl.ValueError, "box_format", lambda: mean_average_precision([], [], box_format="yxyx")),
        (pydl.ValueError, "iou_thresholds", lambda: mean_average_precision([], [], iou_thresholds=[])),
        (pydl.ValueError, "iou_thresholds", lambda: mean_average_precision([], [], iou_thresholds=[0.0])),
        (pydl.ValueError, "max_detections", lambda: mean_average_precision([], [], max_detections=0)),
    ],
)
def test_errors(kind: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(kind, match=message):
        call()

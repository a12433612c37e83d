"""The scenes of digits that three programs of examples/ look at say the truth about themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import numpy as np
import pytest
from fresh import ROOT

import pydl

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def scenes() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "examples"))
        import scenes

        yield scenes
        for name in ("scenes", "segmentation", "detection", "instances"):
            sys.modules.pop(name, None)


def test_boxes_labels_and_masks_fit(scenes: ModuleType) -> None:
    made = scenes.make_scenes(200, seed=1)
    assert made.images.shape == (200, 1, 40, 40) and 0 <= made.images.min().item() < made.images.max().item() <= 1
    there = made.labels >= 0
    counts = there.sum(1)
    assert set(counts.tolist()) == {1, 2, 3, 4}
    # Digits first, then the empty places, which are zero.
    assert all(row[: sum(row)] == [True] * sum(row) for row in there.tolist())
    assert not made.boxes[~there].any() and not made.masks[~there].any()
    assert made.labels.unique().tolist() == list(range(-1, 10))
    # Strokes do not cover each other, lie on something dark, and their boxes fit tightly.
    assert made.masks.sum(1).max().item() == 1
    assert made.images[:, 0][made.masks.sum(1) > 0].mean().item() > 0.5
    assert made.images[:, 0][made.masks.sum(1) == 0].mean().item() < 0.1
    for (x1, y1, x2, y2), mask in zip(made.boxes[there].long().tolist(), made.masks[there].numpy(), strict=True):
        rows, columns = mask.nonzero()
        assert (x1, y1, x2, y2) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_classes_and_objects(scenes: ModuleType) -> None:
    made = scenes.make_scenes(20, seed=2)
    classes = made.classes()
    for i, known in enumerate(made.objects()):
        assert len(known["boxes"]) == len(known["labels"]) == len(known["masks"]) == (made.labels[i] >= 0).sum()
        drawn = np.zeros((40, 40), np.int64)
        for label, mask in zip(known["labels"].tolist(), known["masks"].numpy(), strict=True):
            drawn[mask == 1] = label + 1
        assert (classes[i].numpy() == drawn).all()
    truth = made.objects()
    found = [{**known, "scores": pydl.ones(len(known["labels"]))} for known in truth]
    for kind in ("bbox", "segm"):
        assert pydl.metrics.mean_average_precision(found, truth, iou_type=kind)["map"] == pytest.approx(1)


def test_held_out_digits_are_others(scenes: ModuleType) -> None:
    kept, held_out = scenes.digits(False), scenes.digits(True)
    assert len(kept[1]) + len(held_out[1]) == 1797 and len(held_out[1]) == 1797 // 5
    for size in scenes.SIZES:
        seen = {image.tobytes() for image in kept[0][size]}
        assert not seen & {image.tobytes() for image in held_out[0][size]}


def test_a_seed_makes_the_same_scenes(scenes: ModuleType) -> None:
    one, same, other = (scenes.make_scenes(5, seed=seed).images for seed in (3, 3, 4))
    assert pydl.equal(one, same) and not pydl.equal(one, other)
    assert not pydl.equal(one, scenes.make_scenes(5, held_out=True, seed=3).images)


def test_parts_and_sizes(scenes: ModuleType) -> None:
    made = scenes.make_scenes(6, size=64, most=6, noise=0)
    part = made.part(pydl.tensor([4, 2]))
    assert part.images.shape == (2, 1, 64, 64) and pydl.equal(part.boxes, made.boxes[[4, 2]])
    assert made.labels.shape == (6, 6) and (made.images == 0).float().mean().item() > 0.5


@pytest.mark.parametrize("name", ["segmentation", "detection", "instances"])
@pytest.mark.parametrize("arguments", [("--epochs", "0"), ("--scenes", "99"), ("--seed", "-1")])
def test_too_little_is_refused(
    scenes: ModuleType, name: str, arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        import_module(name).main(list(arguments))
    assert end.value.code == 2
    assert f"error: argument {arguments[0]}: expected" in capsys.readouterr().err

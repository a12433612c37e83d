"""The metrics against scikit-learn's, against their definitions, and at their edges."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import pydl
from pydl import metrics
from pydl.nn import functional as F

sklearn = pytest.importorskip("sklearn.metrics")
SEEDS = pytest.mark.parametrize("seed", range(4))


def labels(seed: int, size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """True classes and predicted ones, which are right about half the time; not every class need occur."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, count, size)
    return np.where(random.random(size) < 0.5, truth, random.integers(0, count, size)), truth


# --- classes


@SEEDS
@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.parametrize(("size", "count"), [(1, 1), (7, 2), (40, 5), (6, 30)])
def test_classes_are_scikit_learns(seed: int, size: int, count: int) -> None:
    found, truth = labels(seed, size, count)
    preds, target = pydl.from_numpy(found), pydl.from_numpy(truth)
    assert metrics.accuracy(preds, target) == sklearn.accuracy_score(truth, found)
    every = list(range(count))
    for mode in (None, "true", "pred", "all"):
        table = metrics.confusion_matrix(preds, target, count, normalize=mode)
        np.testing.assert_array_equal(
            table.numpy(), sklearn.confusion_matrix(truth, found, labels=every, normalize=mode)
        )
        assert table.dtype is (pydl.int64 if mode is None else pydl.float64)
    pairs = {"precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1_score}
    for name, ours in pairs.items():
        theirs = getattr(sklearn, f"{name}_score")
        for average in ("macro", "micro", "weighted"):
            assert ours(preds, target, average=average) == pytest.approx(
                theirs(truth, found, average=average, zero_division=0), rel=1e-12
            ), (name, average)
        each = theirs(truth, found, labels=every, average=None, zero_division=0)
        np.testing.assert_allclose(ours(preds, target, count, average=None).numpy(), each, rtol=1e-12)
        if count == 2:
            assert ours(preds, target, 2, average="binary") == pytest.approx(theirs(truth, found, zero_division=0))
    assert metrics.adjusted_rand_score(preds, target) == pytest.approx(sklearn.adjusted_rand_score(truth, found))


def test_binary_without_ones() -> None:
    zeros = pydl.zeros(3, dtype=pydl.bool)
    assert metrics.precision(zeros, zeros, average="binary") == metrics.f1_score(zeros, zeros, average="binary") == 0.0
    with pytest.raises(pydl.ValueError, match="classes 0 and 1, got 3 classes"):
        metrics.recall(pydl.tensor([2]), pydl.tensor([0]), average="binary")


@SEEDS
def test_scores_of_classes(seed: int) -> None:
    """Of scores the highest counts, whatever the shape, and the top k as scikit-learn counts them."""
    random = np.random.default_rng(seed)
    scores = random.standard_normal((5, 4, 3, 2)).astype(np.float32)
    truth = random.integers(0, 4, (5, 3, 2))
    preds, target = pydl.from_numpy(scores), pydl.from_numpy(truth)
    assert metrics.accuracy(preds, target) == (scores.argmax(1) == truth).mean()
    rows = np.moveaxis(scores, 1, -1).reshape(-1, 4)
    assert metrics.accuracy(preds, target, top_k=4) == 1.0
    for k in (1, 2, 3):
        theirs = sklearn.top_k_accuracy_score(truth.reshape(-1), rows, k=k, labels=range(4))
        assert metrics.accuracy(preds, target, top_k=k) == pytest.approx(theirs)
    assert metrics.confusion_matrix(preds, target).shape == (4, 4)
    half = preds.to(pydl.bfloat16).requires_grad_()
    assert metrics.accuracy(half, target) == (half.detach().float().numpy().argmax(1) == truth).mean()


def test_equal_scores_are_not_all_right() -> None:
    """A network that says the same of every class names one."""
    scores, target = pydl.zeros(4, 4), pydl.arange(4)
    assert [metrics.accuracy(scores, target, top_k=k) for k in (1, 2, 3, 4)] == [0.25, 0.5, 0.75, 1.0]


def test_ignored_targets() -> None:
    preds, target = pydl.tensor([0, 1, 1, 2]), pydl.tensor([0, -1, 0, 2])
    assert metrics.accuracy(preds, target, ignore_index=-1) == pytest.approx(2 / 3)
    assert metrics.confusion_matrix(preds, target, ignore_index=-1).sum().item() == 3
    scores = F.one_hot(preds, 3).float()
    assert metrics.accuracy(scores, target, ignore_index=-1, top_k=2) == 1.0
    assert metrics.mean_iou(preds, target, ignore_index=-1, per_class=True).tolist() == [0.5, 0.0, 1.0]
    with pytest.raises(pydl.ValueError, match="besides ignore_index"):
        metrics.accuracy(preds[1:2], target[1:2], ignore_index=-1)


def test_lists_arrays_and_small_integers_are_taken() -> None:
    assert metrics.accuracy([0, 1], np.array([0, 2], np.uint8)) == 0.5
    assert metrics.accuracy(pydl.tensor([True, False]), [1, 1]) == 0.5
    assert metrics.r2_score([1.0, 2.0], [1.0, 2.0]) == 1.0


# --- masks


@SEEDS
@pytest.mark.parametrize("count", [2, 4])
def test_mean_iou_is_the_jaccard_score(seed: int, count: int) -> None:
    found, truth = labels(seed, 60, count)
    preds, target = (pydl.from_numpy(x.reshape(3, 4, 5)) for x in (found, truth))
    flat = truth.reshape(-1), found.reshape(-1)
    assert metrics.mean_iou(preds, target) == pytest.approx(sklearn.jaccard_score(*flat, average="macro"))
    each = sklearn.jaccard_score(*flat, average=None)
    np.testing.assert_allclose(metrics.mean_iou(preds, target, per_class=True).numpy(), each)
    assert metrics.mean_iou(preds, target, include_background=False) == pytest.approx(each[1:].mean())
    scores = F.one_hot(preds, count).permute(0, 3, 1, 2).float()
    assert metrics.mean_iou(scores, target) == metrics.mean_iou(preds, target)


def test_mean_iou_leaves_out_what_does_not_occur() -> None:
    preds, target = pydl.tensor([[0, 2]]), pydl.tensor([[0, 2]])
    assert metrics.mean_iou(preds, target, 5) == 1.0
    each = metrics.mean_iou(preds, target, 5, per_class=True)
    assert each.isnan().tolist() == [False, True, False, True, True]
    # A class that is predicted and not there is wrong; so is one that is there and not predicted.
    assert metrics.mean_iou(pydl.tensor([1]), pydl.tensor([0])) == 0.0
    with pytest.raises(pydl.ValueError, match="besides the background"):
        metrics.mean_iou(pydl.zeros(2, dtype=pydl.int64), pydl.zeros(2, dtype=pydl.int64), include_background=False)


# --- key points


@SEEDS
@pytest.mark.parametrize("dimensions", [2, 3])
def test_pck_by_its_definition(seed: int, dimensions: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.random((6, 5, dimensions)) * 20
    found = truth + random.standard_normal(truth.shape) * 1.5
    seen = random.random((6, 5)) < 0.8
    seen[2] = False
    right, each = 0, np.zeros((5, 2))
    for i, j in itertools.product(range(6), range(5)):
        if seen[i, j]:
            box = truth[i][seen[i]]
            good = math.dist(found[i, j], truth[i, j]) <= 0.1 * max(np.ptp(box, axis=0))
            right += good
            each[j] += good, 1
    preds, target, visible = (pydl.from_numpy(x) for x in (found, truth, seen))
    assert 0 < metrics.pck(preds, target, visible=visible) == right / seen.sum() < 1
    np.testing.assert_array_equal(
        metrics.pck(preds, target, visible=visible, per_keypoint=True).numpy(), each[:, 0] / each[:, 1]
    )
    distance = np.linalg.norm(found - truth, axis=2)
    assert metrics.pck(preds, target, 0.2, scale=10.0) == (distance <= 2.0).mean()
    size = random.random(6) * 20 + 1
    assert metrics.pck(preds, target, scale=pydl.from_numpy(size)) == (distance <= 0.1 * size[:, None]).mean()


def test_pck_at_the_threshold() -> None:
    target = pydl.tensor([[0.0, 0.0], [10.0, 5.0]])
    assert metrics.pck(target + pydl.tensor([1.0, 0.0]), target) == 1.0
    assert metrics.pck(target + pydl.tensor([1.001, 0.0]), target) == 0.0
    never = pydl.tensor([True, False])
    assert metrics.pck(target, target, scale=1.0, visible=never, per_keypoint=True).isnan().tolist() == [False, True]


# --- numbers, letters, ranks


@SEEDS
@pytest.mark.parametrize("shape", [(2,), (9,), (9, 1), (9, 3)])
def test_r2_is_scikit_learns(seed: int, shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(seed)
    truth = random.standard_normal(shape)
    found = truth + random.standard_normal(shape)
    if len(shape) == 2:
        truth[:, 0] = 3.0  # nothing to explain
    for mode in ("uniform_average", "variance_weighted", "raw_values"):
        ours = metrics.r2_score(pydl.from_numpy(found), pydl.from_numpy(truth), multioutput=mode)
        theirs = sklearn.r2_score(truth, found, multioutput=mode)
        np.testing.assert_allclose(np.asarray(ours), theirs, rtol=1e-12)
    assert metrics.r2_score(truth, truth) == 1.0


@SEEDS
def test_bits_and_perplexity_are_of_the_cross_entropy(seed: int) -> None:
    random = np.random.default_rng(seed)
    logits = pydl.from_numpy(random.standard_normal((3, 7, 11)) * 50)
    target = pydl.from_numpy(random.integers(0, 11, (3, 7)))
    loss = F.cross_entropy(logits.view(-1, 11), target.view(-1)).item()
    assert metrics.bits_per_character(logits, target) == pytest.approx(loss / math.log(2), rel=1e-12)
    assert metrics.perplexity(logits / 50, target) == pytest.approx(
        math.exp(F.cross_entropy(logits.view(-1, 11) / 50, target.view(-1)).item()), rel=1e-12
    )
    target[0] = -100
    kept = F.cross_entropy(logits.view(-1, 11), target.view(-1)).item()
    assert metrics.bits_per_character(logits, target, ignore_index=-100) == pytest.approx(kept / math.log(2))


def test_what_the_model_excludes() -> None:
    """A letter of probability zero that comes costs without bound, and one that does not come costs nothing."""
    logits = pydl.tensor([[0.0, 0.0, -math.inf]])
    assert metrics.bits_per_character(logits, pydl.tensor([1])) == 1.0
    assert metrics.bits_per_character(logits, pydl.tensor([2])) == math.inf
    assert metrics.perplexity(logits, pydl.tensor([2])) == math.inf


@SEEDS
@pytest.mark.parametrize("digits", [1, 8])
def test_ranks_are_scikit_learns(seed: int, digits: int) -> None:
    """With and without equal scores."""
    random = np.random.default_rng(seed)
    scores = random.random(30).round(digits)
    truth = (random.random(30) < scores).astype(np.int64)
    truth[:2] = 0, 1
    preds, target = pydl.from_numpy(scores), pydl.from_numpy(truth)
    assert metrics.average_precision(preds, target) == pytest.approx(sklearn.average_precision_score(truth, scores))
    assert metrics.roc_auc(preds, target) == pytest.approx(sklearn.roc_auc_score(truth, scores))


def test_groups_at_the_edges() -> None:
    for one, other in ([[0], [5]], [[0, 0, 0], [1, 1, 1]], [[0, 1, 2], [2, 1, 0]], [[0, 0, 0], [0, 1, 2]]):
        assert metrics.adjusted_rand_score(one, other) == sklearn.adjusted_rand_score(one, other)


# --- errors

one, two, none = pydl.tensor([0]), pydl.tensor([0, 1]), pydl.tensor([], dtype=pydl.int64)
bad: list[tuple[type[Exception], str, Any]] = [
    (pydl.ShapeError, r"of one shape, got \(2,\) and \(1,\)", lambda: metrics.accuracy(two, one)),
    (pydl.DTypeError, r"compare: preds > 0.5", lambda: metrics.accuracy(pydl.tensor([0.2, 0.8]), two)),
    (pydl.DTypeError, "target of class numbers", lambda: metrics.accuracy(two, pydl.tensor([0.0, 1.0]))),
    (pydl.DTypeError, "to be a tensor, got str", lambda: metrics.accuracy("two", two)),
    (pydl.DTypeError, "uneven", lambda: metrics.accuracy([[1], [1, 2]], two)),
    (pydl.ValueError, "at least one prediction", lambda: metrics.accuracy(none, none)),
    (pydl.ValueError, "preds has NaN", lambda: metrics.accuracy(pydl.tensor([[0.0, math.nan]]), one)),
    (pydl.ShapeError, r"\(batch, classes, ...\) for target \(1,\)", lambda: metrics.accuracy(pydl.ones(2, 3), one)),
    (pydl.ShapeError, r"\(batch, classes, ...\)", lambda: metrics.accuracy(pydl.ones(1, 0), one)),
    (pydl.IndexError, "targets of 0 to 1 for 2 classes", lambda: metrics.accuracy(pydl.ones(1, 2), one + 2)),
    (pydl.IndexError, "got -1 to 0", lambda: metrics.confusion_matrix(two, two - 1)),
    (pydl.IndexError, "preds of 0 to 0 for 1", lambda: metrics.confusion_matrix(one + 1, one, 1)),
    (pydl.ValueError, "num_classes of 1 or more, got 0", lambda: metrics.mean_iou(one, one, 0)),
    (pydl.ValueError, "normalize", lambda: metrics.confusion_matrix(one, one, normalize="rows")),
    (pydl.ValueError, "average", lambda: metrics.f1_score(one, one, average="samples")),
    (pydl.ShapeError, "top_k = 2 needs scores", lambda: metrics.accuracy(two, two, top_k=2)),
    (pydl.ValueError, "top_k of 1 to the 3", lambda: metrics.accuracy(pydl.ones(1, 3), one, top_k=4)),
    (pydl.ValueError, "at least two samples", lambda: metrics.r2_score([1.0], [1.0])),
    (pydl.ValueError, "multioutput", lambda: metrics.r2_score([1.0, 2.0], [1.0, 2.0], multioutput="mean")),
    (pydl.ShapeError, "r2_score", lambda: metrics.r2_score(pydl.ones(1, 2, 3), pydl.ones(1, 2, 3))),
    (pydl.ValueError, "preds has NaN", lambda: metrics.r2_score([1.0, math.nan], [1.0, 2.0])),
    (pydl.ShapeError, "preds of shape", lambda: metrics.perplexity(pydl.ones(2, 3), one)),
    (pydl.IndexError, "targets of 0 to 2, got 3", lambda: metrics.perplexity(pydl.ones(1, 3), one + 3)),
    (pydl.ValueError, "at least one target", lambda: metrics.perplexity(pydl.ones(0, 3), none)),
    (pydl.ValueError, "highest logit is inf", lambda: metrics.perplexity(pydl.tensor([[0.0, math.inf]]), one)),
    (pydl.ValueError, "targets of 0 and 1", lambda: metrics.roc_auc([0.1, 0.2], [0, 2])),
    (pydl.ValueError, "only one of them", lambda: metrics.roc_auc([0.1, 0.2], [1, 1])),
    (pydl.ValueError, "a target that is 1", lambda: metrics.average_precision([0.1, 0.2], [0, 0])),
    (pydl.ShapeError, "key points of shape", lambda: metrics.pck(pydl.ones(3), pydl.ones(3))),
    (pydl.ShapeError, "visible of shape", lambda: metrics.pck(pydl.ones(2, 2), pydl.ones(2, 2), visible=[True])),
    (pydl.ShapeError, "scale", lambda: metrics.pck(pydl.ones(2, 2), pydl.ones(2, 2), scale=[1.0, 2.0])),
    (pydl.ValueError, "visible key point", lambda: metrics.pck(pydl.ones(1, 2), pydl.ones(1, 2), visible=[False])),
    (pydl.ValueError, "above 0", lambda: metrics.pck(pydl.ones(2, 2), pydl.ones(2, 2))),
    (pydl.ValueError, "above 0", lambda: metrics.pck(pydl.ones(2, 2), pydl.ones(2, 2), -1.0, scale=1.0)),
    (pydl.DTypeError, "class numbers", lambda: metrics.adjusted_rand_score([0.5], [0])),
]


@pytest.mark.parametrize(("kind", "message", "call"), bad)
def test_errors(kind: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_list_of_names() -> None:
    public = {n for n, v in vars(metrics).items() if callable(v)}
    assert public == set(metrics.__all__)


@pytest.mark.parametrize("stray", [2**40, 70_000])
def test_a_stray_class_number_is_an_error(stray: int) -> None:
    """Not a table of all pairs up to it."""
    with pytest.raises(pydl.ValueError, match="classes"):
        pydl.metrics.confusion_matrix(pydl.tensor([1, stray]), pydl.tensor([1, 2]))

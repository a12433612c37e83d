"""Parts of the course's programs against what they stand for: k-means, and layers that are no ready-made ones."""

from __future__ import annotations

import importlib
from types import ModuleType

import numpy as np
import pytest
from fresh import ROOT

import pydl
from pydl import nn
from pydl.nn import functional as F

pytest.importorskip("matplotlib")
pytest.importorskip("tqdm")
cluster = pytest.importorskip("sklearn.cluster")


@pytest.fixture(autouse=True)
def examples_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    pydl.manual_seed(0)


def program(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_lloyd_goes_where_scikit_learn_goes(count: int) -> None:
    points = pydl.randn(300, 3) + 4 * pydl.randint(3, (300, 1)).float()
    start = points[:count]
    centres, nearest, sums = program("clustering").lloyd(points, start, 300)
    theirs = cluster.KMeans(count, init=start.numpy(), n_init=1, tol=0).fit(points.numpy())
    np.testing.assert_allclose(centres.numpy(), theirs.cluster_centers_, atol=1e-4)
    assert (nearest.numpy() == theirs.labels_).all()
    assert sums == sorted(sums, reverse=True)
    assert sums[-1] == pytest.approx(theirs.inertia_, rel=1e-5)


def test_a_centre_without_points_starts_again() -> None:
    points = pydl.tensor([[0.0], [0.1], [10.0], [10.1]])
    centres, nearest, sums = program("clustering").lloyd(points, pydl.tensor([[0.0], [1000.0]]), 100)
    assert sorted(centres.flatten().tolist()) == pytest.approx([0.05, 10.05])
    assert sums[-1] == pytest.approx(0.01, rel=1e-3)
    assert nearest[0] == nearest[1] != nearest[2]


def test_kmeans_of_fewer_points_than_clusters() -> None:
    kmeans = program("clustering").kmeans
    centres, _, total, histories = kmeans(pydl.ones(6, 2), 3, restarts=2)
    assert centres.isfinite().all() and total == 0 and len(histories) == 2
    with pytest.raises(ValueError, match="expected 1 to 2 clusters"):
        kmeans(pydl.ones(2, 2), 3)


def test_plus_plus_begins_far_apart() -> None:
    """Groups so far apart that the next centre all but surely is in a group that has none."""
    points = pydl.cat([pydl.randn(50, 2) + 1e4 * place for place in range(6)])
    for _ in range(5):
        centres = program("clustering").plus_plus(points, 6)
        assert sorted((centres[:, 0] / 1e4).round().tolist()) == [0, 1, 2, 3, 4, 5]


def test_counts_are_of_the_layers() -> None:
    connections = program("connections")
    for kind in connections.KINDS:
        made = sum(p.numel() for p in connections.layer(kind, 6, 4).parameters())
        assert connections.count(kind, 6, 4) == made
    assert connections.count("full", 28, 10) == 784 * 7840 + 7840
    assert connections.count("full", 256, 1000) == 65536 * 65536000 + 65536000


def test_local_connections_with_shared_weights_are_a_convolution() -> None:
    local, shared = program("connections").LocallyConnected2d(2, 5, 3, 7), nn.Conv2d(2, 5, 3, padding=1)
    with pydl.no_grad():
        local.weight.copy_(shared.weight.reshape(5, 18, 1).expand(5, 18, 49))
        local.bias.copy_(shared.bias.reshape(5, 1).expand(5, 49))
    images = pydl.randn(3, 2, 7, 7)
    np.testing.assert_allclose(local(images).detach().numpy(), shared(images).flatten(2).detach().numpy(), atol=1e-5)


def test_modulated_convolution_has_weights_for_each_image() -> None:
    layer = program("stylegan").ModulatedConv2d(4, 6, kernel_size=3)
    x, w = pydl.randn(2, 4, 8, 8), pydl.randn(2, 32)
    result = layer(x, w).detach()
    for n in range(2):
        weights = layer.style(w[n]).reshape(1, 4, 1, 1) * layer.weight
        weights = weights / (weights.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        expected = F.conv2d(x[n : n + 1], weights, padding=1).detach()
        np.testing.assert_allclose(result[n : n + 1].numpy(), expected.numpy(), atol=1e-5)


def test_score_of_the_judge() -> None:
    """1 where the images say nothing, 10 where each digit is read without doubt and all are there."""
    gan = program("gan")

    class Sure(gan.Judge):
        def forward(self, images: pydl.Tensor) -> pydl.Tensor:
            return images[:, 0, 0, :1] * pydl.ones(10) if images.shape[-1] == 1 else images[:, 0, 0, :]

    judge = Sure().eval()
    assert judge.score(pydl.ones(20, 1, 1, 1)) == pytest.approx(1)
    certain = 50 * pydl.eye(10).repeat(3, 1).reshape(30, 1, 1, 10)
    assert judge.score(certain) == pytest.approx(10, rel=1e-4)
    assert judge.score(certain[:5]) == pytest.approx(5, rel=1e-4)

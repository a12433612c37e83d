"""Layers and losses of one's own, made of what PyTorch's modules are made of."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import pydl
from pydl import nn

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((2, 3, 6, 7)), RNG.standard_normal((4, 3, 3, 3)), RNG.standard_normal(4)


def outputs(lib: Any) -> list[Any]:
    modules = importlib.import_module(f"{lib.__name__}.nn.modules.utils")
    losses = importlib.import_module(f"{lib.__name__}.nn.modules.loss")
    functional = lib.nn.functional

    class Standardised(lib.nn.Conv2d):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            w = self.weight
            w = (w - w.mean((1, 2, 3), keepdim=True)) / w.std((1, 2, 3), keepdim=True)
            return self._conv_forward(x, w, self.bias)

    class Smoothed(losses._WeightedLoss):  # type: ignore[misc, name-defined]
        def __init__(self, weight: Any = None, reduction: str = "mean") -> None:
            super().__init__(weight=weight, reduction=reduction)

        def forward(self, x: Any, y: Any) -> Any:
            loss = -functional.log_softmax(x, 1) * self.weight * functional.one_hot(y, 3)
            return loss.sum() if self.reduction == "sum" else loss.mean()

    found = []
    for mode in ("zeros", "circular"):
        conv = Standardised(3, 4, 3, padding=modules._pair(1), stride=(2, 1), padding_mode=mode).double()
        with lib.no_grad():
            conv.weight.copy_(lib.from_numpy(W))
            conv.bias.copy_(lib.from_numpy(B))
        y = conv(lib.from_numpy(X))
        y.pow(2).sum().backward()
        found += [y.detach(), conv.weight.grad]
    scores, classes = lib.from_numpy(X[:, :, 0, 0]), lib.tensor([0, 2])
    for reduction in ("mean", "sum"):
        loss = Smoothed(lib.tensor([1.0, 2.0, 3.0]), reduction=reduction)
        found += [loss(scores, classes), lib.tensor(len(loss.state_dict()))]
    return [x.numpy() for x in found]


def test_as_torch() -> None:
    torch = pytest.importorskip("torch")
    for ours, theirs in zip(outputs(pydl), outputs(torch), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_other_numbers_of_dimensions() -> None:
    for kind, n in ((nn.Conv1d, 1), (nn.Conv3d, 3)):
        conv = kind(2, 3, 2, padding_mode="replicate", padding=1)
        x = pydl.randn(1, 2, *[4] * n)
        twice = (conv(x) - conv.bias.reshape(-1, *[1] * n)) * 2
        np.testing.assert_allclose(conv._conv_forward(x, conv.weight * 2, None).tolist(), twice.tolist(), atol=1e-5)


def test_kinds_of_layers() -> None:
    m = nn.modules
    for base, kinds in (
        (m.conv._ConvNd, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d)),
        (m.conv._ConvTransposeNd, (nn.ConvTranspose1d,)),
        (m.dropout._DropoutNd, (nn.Dropout, nn.Dropout2d)),
        (m.instancenorm._InstanceNorm, (nn.InstanceNorm1d,)),
        (m.loss._Loss, (nn.MSELoss, nn.CrossEntropyLoss)),
    ):
        assert all(issubclass(kind, base) for kind in kinds)
    assert not issubclass(nn.Conv2d, m.conv._ConvTransposeNd)


def test_tuples() -> None:
    u = nn.modules.utils
    assert (u._single(2), u._pair(2), u._triple(2), u._quadruple(2)) == ((2,), (2, 2), (2, 2, 2), (2, 2, 2, 2))
    assert u._pair([1, 2]) == (1, 2) and u._ntuple(5)("a") == ("a",)


def test_prefixes_come_off_with_their_metadata() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    wrapped = nn.DataParallel(net).state_dict()
    nn.modules.utils.consume_prefix_in_state_dict_if_present(wrapped, "module.")
    assert list(wrapped) == list(net.state_dict())
    assert wrapped._metadata == net.state_dict()._metadata  # type: ignore[attr-defined]
    net.load_state_dict(wrapped)

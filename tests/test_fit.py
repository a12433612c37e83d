"""The training loop: what it does is what one would write, and it ends well however it ends."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fresh import python

import pydl
from pydl import nn, optim
from pydl.nn import functional as F
from pydl.utils import fit
from pydl.utils.data import DataLoader, TensorDataset


def data(count: int = 10) -> list[tuple[pydl.Tensor, pydl.Tensor]]:
    """Batches of 4, 4 and 2."""
    generator = pydl.Generator().manual_seed(1)
    x = pydl.randn(count, 3, generator=generator)
    y = (x.sum(1, keepdim=True) > 0).float()
    return list(zip(x.split(4), y.split(4), strict=True))


def network() -> nn.Module:
    pydl.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 1))


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(pydl.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("clip", [None, 0.1])
def test_is_the_loop_that_one_would_write(clip: float | None) -> None:
    """The same weights to the bit, and the mean of the loss over the samples, not over the batches."""
    ours, theirs = network(), network()
    optimizer = optim.Adam(ours.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.StepLR(optimizer, 2, 0.1)
    curves = fit(
        ours,
        data(),
        F.binary_cross_entropy_with_logits,
        optimizer,
        4,
        scheduler=schedule,
        clip_grad_norm=clip,
        show=False,
    )
    pydl.manual_seed(0)
    network()
    optimizer = optim.Adam(theirs.parameters(), lr=0.01)
    schedule = optim.lr_scheduler.StepLR(optimizer, 2, 0.1)
    expected = []
    for _ in range(4):
        total = 0.0
        for x, y in data():
            loss = F.binary_cross_entropy_with_logits(theirs(x), y)
            optimizer.zero_grad()
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(theirs.parameters(), clip)
            optimizer.step()
            total += loss.item() * len(y)
        schedule.step()
        expected.append(total / 10)
    assert same(ours, theirs)
    assert curves == {"loss": expected}


def test_modes_and_grad_mode() -> None:
    """Training mode while it learns, evaluation mode and no graph while it is judged, and afterwards."""
    model = network()
    seen: list[tuple[bool, bool]] = []
    model[3].register_forward_hook(lambda module, given, result: seen.append((module.training, result.requires_grad)))

    def evaluate(model: nn.Module) -> dict[str, float]:
        model(data()[0][0])
        return {"answer": 42, "tensor": pydl.tensor(0.5)}

    optimizer = optim.SGD(model.parameters(), lr=0.1)
    fit(model, data(), F.mse_loss, optimizer, 2, evaluate=evaluate, show=False)
    with pydl.no_grad():
        curves = fit(model, data(), F.mse_loss, optimizer, 2, evaluate=evaluate, show=False)
        assert not pydl.is_grad_enabled()
    assert seen == [*[(True, True)] * 3, (False, False)] * 4
    assert not model.training and not model[2].training
    assert curves["answer"] == [42.0, 42.0] and curves["tensor"] == [0.5, 0.5] and len(curves["loss"]) == 2
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    assert fit(model, data(), F.mse_loss, optimizer, 1, evaluate=lambda m: 3, show=False)["score"] == [3.0]


def test_kinds_of_batches() -> None:
    x = data()[0][0]
    coder = nn.Linear(3, 3)
    optimizer = optim.SGD(coder.parameters(), lr=0.1)
    curves = fit(coder, [x], F.mse_loss, optimizer, 5, show=False)
    assert curves["loss"][-1] < curves["loss"][0]
    two = nn.Bilinear(3, 3, 1)
    optimizer = optim.SGD(two.parameters(), lr=0.1)
    fit(two, [(x, x, pydl.zeros(4, 1))], F.mse_loss, optimizer, 1, show=False)
    # What a target is, is between the data and the loss.
    target = {"mean": x.mean(1, keepdim=True)}
    line = nn.Linear(3, 1)
    optimizer = optim.SGD(line.parameters(), lr=0.1)
    fit(line, [[x, target]], lambda y, t: F.mse_loss(y, t["mean"]), optimizer, 1, device="cpu", show=False)
    loader = DataLoader(TensorDataset(x, x[:, :1]), batch_size=2, shuffle=True)
    curves = fit(line, loader, F.mse_loss, optimizer, 30, show=False)
    assert curves["loss"][-1] < curves["loss"][0]


def test_plateau_is_told_the_loss() -> None:
    model = nn.Linear(3, 1)
    optimizer = optim.SGD(model.parameters(), lr=1e-5)
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, threshold=0.5)
    fit(model, data(), F.mse_loss, optimizer, 4, scheduler=schedule, show=False)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(1e-6)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_loss_that_is_no_number(number: float) -> None:
    """The error says where, and the weights are those before."""
    model, count = network(), iter(range(100))
    before: dict[str, pydl.Tensor] = {}

    def loss(y: pydl.Tensor, target: pydl.Tensor) -> pydl.Tensor:
        if next(count) == 4:
            before.update({k: v.clone() for k, v in model.state_dict().items()})
            return y.mean().abs() * number
        return F.mse_loss(y, target)

    with pytest.raises(pydl.ValueError, match=rf"the loss is {number} in epoch 2, batch 2: .*learning rate"):
        fit(model, data(), loss, optim.SGD(model.parameters(), lr=0.1), 5, show=False)
    assert not model.training
    assert all(pydl.equal(v, before[k]) for k, v in model.state_dict().items())


def test_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C in the third epoch: two epochs' curves, a model to go on with, nothing raised."""
    model = network()
    count = iter(range(100))

    def batches() -> Iterator[Any]:
        for batch in data():
            if next(count) == 7:
                raise KeyboardInterrupt
            yield batch

    class Loader:
        __iter__ = staticmethod(batches)

    optimizer = optim.Adam(model.parameters())
    curves = fit(model, Loader(), F.mse_loss, optimizer, 5, evaluate=lambda m: 0.0)
    assert len(curves["loss"]) == len(curves["score"]) == 2
    assert "stopped in epoch 3 of 5" in capsys.readouterr().err
    assert not model.training and pydl.is_grad_enabled()
    assert len(fit(model, data(), F.mse_loss, optimizer, 1, show=False)["loss"]) == 1


def test_bar(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    fit(model, data(), F.mse_loss, optimizer, 2, evaluate=lambda m: {"accuracy": 0.25})
    told, shown = capsys.readouterr()
    assert told == "" and re.search(r"epoch 2/2.* 6/6 .*batch/s.*loss=0\.\d+, accuracy=0\.25", shown)
    fit(model, data(), F.mse_loss, optimizer, 1, show=False)
    assert capsys.readouterr() == ("", "")


def test_without_tqdm() -> None:
    """A line for each epoch."""
    code = """
import sys
sys.modules["tqdm"] = None
import pydl
from pydl import nn, optim
model, x = nn.Linear(2, 1), pydl.ones(3, 2)
optimizer = optim.SGD(model.parameters(), lr=0.1)
sys.stderr = sys.stdout
for show in (True, False):
    pydl.utils.fit(model, [(x, x[:, :1])], nn.functional.mse_loss, optimizer, 2, evaluate=lambda m: 7, show=show)
"""
    lines = python(code).splitlines()
    assert len(lines) == 2
    for i, line in enumerate(lines, 1):
        assert re.fullmatch(rf"epoch {i}/2: loss \d\S*, score 7", line)


line = nn.Linear(3, 1)
sgd = optim.SGD(line.parameters(), lr=0.1)


@pytest.mark.parametrize(
    ("kind", "message", "call"),
    [
        (pydl.ValueError, "epochs of 0 or more, got -1", lambda: fit(line, data(), F.mse_loss, sgd, -1)),
        (pydl.ValueError, "epochs of 0 or more, got 1.5", lambda: fit(line, data(), F.mse_loss, sgd, 1.5)),
        (pydl.ValueError, "no batches in epoch 1$", lambda: fit(line, [], F.mse_loss, sgd, 1)),
        (pydl.ValueError, "epoch 2: an iterator serves one", lambda: fit(line, iter(data()), F.mse_loss, sgd, 2)),
        (pydl.DTypeError, "got int", lambda: fit(line, [3], F.mse_loss, sgd, 1)),
        (pydl.DTypeError, "got tuple", lambda: fit(line, [(pydl.ones(2, 3),)], F.mse_loss, sgd, 1)),
        (pydl.ShapeError, r"one number, got \(4, 1\)", lambda: fit(line, data(), lambda y, t: y - t, sgd, 1)),
        (pydl.ShapeError, "one number, got float", lambda: fit(line, data(), lambda y, t: 0.5, sgd, 1)),
    ],
)
def test_errors(kind: type[Exception], message: str, call: Any) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_no_epochs() -> None:
    assert fit(line, data(), F.mse_loss, sgd, 0, show=False) == {"loss": []}

"""The examples run as a user runs them, in short; the README's accuracies in full are marked slow."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from fresh import ROOT, run

import pydl

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")
pytest.importorskip("tqdm")

DIGITS = ROOT / "examples" / "digits.py"


def digits(folder: Path, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, str(DIGITS), "--out", str(folder), *arguments], timeout, cwd=folder)


def accuracy_of(result: subprocess.CompletedProcess[str]) -> float:
    assert result.returncode == 0, result.stderr
    found = re.search(r"accuracy on the held-out fifth: (\d+\.\d+)%", result.stdout)
    assert found, result.stdout
    return float(found[1])


@pytest.mark.parametrize(("model", "epochs", "bound"), [("mlp", 6, 90.0), ("cnn", 3, 92.0)])
def test_digits(model: str, epochs: int, bound: float, tmp_path: Path) -> None:
    """Trains, tells, writes the weights and the picture, and predicts the same with the weights."""
    result = digits(tmp_path, "--model", model, "--epochs", str(epochs))
    accuracy = accuracy_of(result)
    assert accuracy >= bound
    # The summary, and the bar with loss and accuracy.
    assert re.search(r"(?i)parameters", result.stdout)
    assert f"{epochs}/{epochs}" in result.stderr and "loss=" in result.stderr and "accuracy=" in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["digits.png", "digits.safetensors"]

    image = (tmp_path / "digits.png").read_bytes()
    assert image.startswith(b"\x89PNG\r\n\x1a\n") and image.rstrip().endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", image[16:24])
    assert width >= 600 and height >= 300 and len(image) > 10_000
    from matplotlib.image import imread

    assert len({tuple(p) for p in imread(tmp_path / "digits.png")[::5, ::5, :3].reshape(-1, 3).tolist()}) > 10

    saved = pydl.load(tmp_path / "digits.safetensors")
    assert saved["model"] == model and all(w.isfinite().all().item() for w in saved["weights"].values())
    again = digits(tmp_path, "--load", str(tmp_path / "digits.safetensors"))
    assert accuracy_of(again) == accuracy


def test_digits_is_the_same_each_time(tmp_path: Path) -> None:
    """One seed, the same bits, whatever the number of threads; another seed, another network."""
    contents = []
    for name, threads, seed in (("a", "1", "3"), ("b", "3", "3"), ("c", "1", "4")):
        folder = tmp_path / name
        folder.mkdir()
        command = [sys.executable, str(DIGITS), "--out", str(folder), "--model", "mlp", "--epochs", "1", "--seed", seed]
        accuracy_of(run(command, cwd=folder, PYDL_NUM_THREADS=threads))
        contents.append((folder / "digits.safetensors").read_bytes())
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adagrad", "adadelta"])
def test_digits_with_each_optimizer(optimizer: str, tmp_path: Path) -> None:
    rate = {"sgd": "0.3", "adagrad": "0.01", "adadelta": "1"}.get(optimizer, "0.002")
    arguments = ("--model", "mlp", "--epochs", "3", "--batch-size", "64", "--optimizer", optimizer, "--lr", rate)
    assert accuracy_of(digits(tmp_path, *arguments)) > 50


@pytest.mark.parametrize(
    "arguments", [("--model", "rnn"), ("--epochs", "many"), ("--optimizer", "lion"), ("--load", "nowhere.safetensors")]
)
def test_digits_refuses(arguments: tuple[str, ...], tmp_path: Path) -> None:
    result = digits(tmp_path, *arguments)
    assert result.returncode != 0
    assert arguments[1] in result.stderr
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(("model", "bound"), [("mlp", 96.5), ("cnn", 98.5)])
def test_digits_keeps_its_promise(model: str, bound: float, tmp_path: Path) -> None:
    """What the README says of the whole training with seed 0."""
    assert accuracy_of(digits(tmp_path, "--model", model, "--seed", "0", timeout=600)) >= bound

"""examples/cnn.py reads MNIST's files where a user has them: here small made-up ones of the same format."""

from __future__ import annotations

import gzip
import re
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from fresh import ROOT, run

pytest.importorskip("sklearn")
pytest.importorskip("matplotlib")
pytest.importorskip("tqdm")


def write_idx(path: Path, values: np.ndarray) -> None:
    """An idx file of bytes: the magic number, the sizes, the values; gzipped where the name says so."""
    data = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy images of 28 x 28 with one bright bar: where it lies is the label."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.arange(count) % 4)
    images = generator.integers(0, 60, (count, 28, 28))
    for image, label in zip(images, labels, strict=True):
        line = 5 + 14 * (label % 2)
        (image if label < 2 else image.T)[line : line + 3, 4:24] = 220
    return images, labels


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_cnn_learns_files_of_mnist(ending: str, tmp_path: Path) -> None:
    for part, count in (("train", 400), ("t10k", 100)):
        images, labels = bars(count, seed=count)
        write_idx(tmp_path / f"{part}-images-idx3-ubyte{ending}", images)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte{ending}", labels)
    command = [sys.executable, str(ROOT / "examples" / "cnn.py"), "--mnist", str(tmp_path), "--epochs", "6"]
    result = run(command, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "28, 28" in result.stdout
    found = re.search(r"accuracy on held-out images: (\d+\.\d+)% of 100 ", result.stdout.splitlines()[-1])
    assert found and float(found[1]) >= 80, result.stdout


def test_cnn_without_the_files(tmp_path: Path) -> None:
    result = run([sys.executable, str(ROOT / "examples" / "cnn.py"), "--mnist", str(tmp_path)], cwd=tmp_path)
    assert result.returncode != 0
    assert "train-images-idx3-ubyte is not in" in result.stderr

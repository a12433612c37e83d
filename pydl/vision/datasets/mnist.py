"""MNIST and data sets in its format: idx files of small grey images and their labels."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, ops
from pydl.vision.datasets.utils import download
from pydl.vision.datasets.vision import Transform, VisionDataset
from pydl.vision.pillow import pillow

if TYPE_CHECKING:
    from pydl.tensor import Tensor

# The third byte of an idx file; numbers are big-endian.
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> np.ndarray[Any, Any]:
    """The array in an idx file, plain or gzipped.

    Raises:
        ValueError: it is no such file, or not all of one.
    """
    name = os.fspath(path)
    try:
        with gzip.open(name, "rb") if name.endswith(".gz") else open(name, "rb") as file:
            data = file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _C.ValueError(f"read_idx: {name} is damaged: {error}") from None
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in IDX_TYPES or len(data) < 4 + 4 * data[3]:
        raise _C.ValueError(f"read_idx: {name} is no idx file")
    shape = [int(n) for n in np.frombuffer(data, ">u4", data[3], 4)]
    dtype = np.dtype(IDX_TYPES[data[2]])
    start = 4 + 4 * data[3]
    if len(data) - start != math.prod(shape) * dtype.itemsize:
        raise _C.ValueError(
            f"read_idx: {name} has {len(data) - start} bytes after its header, expected "
            f"{math.prod(shape) * dtype.itemsize} for shape {tuple(shape)}"
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


class MNIST(VisionDataset):
    """Handwritten digits: 60,000 and 10,000 grey images of 28 x 28 (LeCun, Cortes, Burges).

    The files (``train-images-idx3-ubyte`` and so on, plain or with ``.gz``) are looked for in ``root/MNIST/raw``, in
    ``root/MNIST`` and in ``root``.

    Args:
        root: the folder.
        train: the training set, or the test set.
        transform: called with each image, one of Pillow's.
        target_transform: called with each label, an int.
        download: get the files that are not there from the network.

    Raises:
        StateError: the files are not there, or cannot be got.
        ValueError: a file is damaged.
    """

    mirrors = ["https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"]
    resources = [
        ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ]
    classes = [
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
        "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine",
    ]  # fmt: skip

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, None, transform, target_transform)
        self.train = train
        if download:
            self.download()
        self.data, self.targets = self.load()

    @property
    def raw_folder(self) -> str:
        """Where downloads go."""
        return str(self.root / type(self).__name__ / "raw")

    def find(self, name: str) -> Path | None:
        """A file in one of its places, plain or gzipped."""
        for folder in (Path(self.raw_folder), self.root / type(self).__name__, self.root):
            for path in (folder / name, folder / f"{name}.gz"):
                if path.is_file():
                    return path
        return None

    def load(self) -> tuple[Tensor, Tensor]:
        """Images (count, rows, columns) of uint8 and labels (count,) of int64."""
        part = "train" if self.train else "t10k"
        found = []
        for name in (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"):
            path = self.find(name)
            if path is None:
                raise _C.StateError(
                    f"{type(self).__name__}: {name} is not in {self.raw_folder}, nor above it in {self.root}; "
                    "download=True gets it"
                )
            found.append(read_idx(path))
        images, labels = found
        if images.ndim != 3 or images.dtype != np.uint8 or labels.shape != images.shape[:1]:
            raise _C.ValueError(
                f"{type(self).__name__}: expected images (count, rows, columns) of uint8 and as many labels, got "
                f"{images.shape} of {images.dtype} and {labels.shape}"
            )
        return ops.from_numpy(images), ops.from_numpy(labels.astype(np.int64))

    def download(self) -> None:
        """Get the files that are not there, from the first mirror that has them."""
        for filename, md5 in self.resources:
            if self.find(filename.removesuffix(".gz")) is None:
                download([mirror + filename for mirror in self.mirrors], Path(self.raw_folder), filename, md5)

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The label of each class."""
        return {name: i for i, name in enumerate(self.classes)}

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image = pillow(type(self).__name__).fromarray(self.data[index].numpy())
        return self.finish(image, int(self.targets[index]))

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        """Which set it is."""
        return f"Split: {'Train' if self.train else 'Test'}"


class FashionMNIST(MNIST):
    """Articles of clothing in MNIST's format (Xiao, Rasul, Vollgraf, arXiv:1708.07747)."""

    mirrors = ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"]
    resources = [
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ]
    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


class KMNIST(MNIST):
    """Cursive Japanese characters in MNIST's format (Clanuwat et al., arXiv:1812.01718)."""

    mirrors = ["http://codh.rois.ac.jp/kmnist/dataset/kmnist/"]
    resources = [
        ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
        ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
        ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
        ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
    ]
    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]

"""CIFAR-10 and CIFAR-100: colour images in pickled batches, read without running what a pickle may ask for."""

from __future__ import annotations

import os
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np

from pydl import _C
from pydl.vision.datasets.utils import download
from pydl.vision.datasets.vision import Transform, VisionDataset
from pydl.vision.pillow import pillow


class BatchReader(pickle.Unpickler):
    """Builds dicts, lists, numbers, strings and numpy's arrays, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """What a pickle may name: the parts of an array.

        Raises:
            UnpicklingError: it names anything else.
        """
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        if (module, name) == ("numpy", "ndarray"):
            return ArrayKind
        if name == "_reconstruct" and module in ("numpy.core.multiarray", "numpy._core.multiarray"):
            return empty_array
        if (module, name) == ("_codecs", "encode"):
            return encode
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed here")


class ArrayKind:
    """What stands for numpy's class of arrays in a pickle: `empty_array` makes one."""


def empty_array(subtype: Any, shape: Any, dtype: Any) -> np.ndarray[Any, Any]:
    """What an array is before its contents are set."""
    return np.ndarray((0,), np.uint8)


def encode(text: str, encoding: str = "latin1") -> bytes:
    """Bytes that were pickled as text."""
    return text.encode("latin1")


def read_batch(path: Path) -> dict[str, Any]:
    """What is in one of the files.

    Raises:
        ValueError: it is damaged, or something else.
    """
    try:
        with open(path, "rb") as file:
            found = BatchReader(file, encoding="latin1").load()
    except OSError:
        raise
    except Exception as error:  # a damaged pickle raises nearly anything
        raise _C.ValueError(f"read_batch: {path} is damaged or no batch: {error}") from None
    if not isinstance(found, dict):
        raise _C.ValueError(f"read_batch: expected a dict in {path}, got {type(found).__name__}")
    return {k.decode("latin1") if isinstance(k, bytes) else str(k): v for k, v in found.items()}


class CIFAR10(VisionDataset):
    """Photographs of ten kinds of things: 50,000 and 10,000 colour images of 32 x 32 (Krizhevsky, 2009).

    The files of the Python version are looked for in ``root/cifar-10-batches-py``, their archive in ``root``.

    Args:
        root: the folder.
        train: the training set, or the test set.
        transform: called with each image, one of Pillow's.
        target_transform: called with each label, an int.
        download: get the archive from the network if it is not there.

    ``data`` is (count, 32, 32, 3) of uint8, ``targets`` a list of ints, as in torchvision.

    Raises:
        StateError: the files are not there, or cannot be got.
        ValueError: a file is damaged.
    """

    base_folder = "cifar-10-batches-py"
    url = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    mirrors: list[str] = []
    filename = "cifar-10-python.tar.gz"
    tgz_md5: str | None = "c58f30108f718f92721af3b95e74349a"
    train_list = [f"data_batch_{i}" for i in range(1, 6)]
    test_list = ["test_batch"]
    meta = ("batches.meta", "label_names")
    labels = "labels"

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
        elif not self.complete() and (self.root / self.filename).is_file():
            self.extract(self.root / self.filename)
        if not self.complete():
            raise _C.StateError(
                f"{type(self).__name__}: the files are not in {self.folder}, nor {self.filename} in {self.root}; "
                "download=True gets them"
            )
        images: list[Any] = []
        self.targets: list[int] = []
        for name in self.train_list if train else self.test_list:
            batch = read_batch(self.folder / name)
            data: Any = batch.get("data")
            labels = batch.get(self.labels)
            fits = isinstance(data, np.ndarray) and data.dtype == np.uint8 and data.ndim == 2 and data.shape[1] == 3072
            if not fits or not isinstance(labels, list) or len(labels) != len(data):
                raise _C.ValueError(f"{type(self).__name__}: {name} holds no images (count, 3072) and as many labels")
            images.append(data)
            self.targets += [int(label) for label in labels]
        self.data = np.ascontiguousarray(np.concatenate(images).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        names = read_batch(self.folder / self.meta[0]).get(self.meta[1])
        if not isinstance(names, list):
            raise _C.ValueError(f"{type(self).__name__}: {self.meta[0]} holds no list {self.meta[1]}")
        self.classes = [str(name) for name in names]
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self.root / self.base_folder

    def complete(self) -> bool:
        """Whether all files are there."""
        return all((self.folder / name).is_file() for name in (*self.train_list, *self.test_list, self.meta[0]))

    def download(self) -> None:
        """Get the archive, unless the files are there."""
        if not self.complete():
            self.extract(download([self.url, *self.mirrors], self.root, self.filename, self.tgz_md5))

    def extract(self, archive: Path) -> None:
        """Take the files that are wanted, and no others, out of the archive."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with tarfile.open(archive, "r:*") as tar:
                for name in (*self.train_list, *self.test_list, self.meta[0]):
                    file = tar.extractfile(f"{self.base_folder}/{name}")
                    if file is None:
                        raise _C.ValueError(f"{type(self).__name__}: {name} in {archive} is no file")
                    part = self.folder / f".{name}.part"
                    part.write_bytes(file.read())
                    os.replace(part, self.folder / name)
        except (tarfile.TarError, KeyError, EOFError) as error:
            raise _C.ValueError(f"{type(self).__name__}: {archive} is damaged: {error}") from None

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        image = pillow(type(self).__name__).fromarray(self.data[index])
        return self.finish(image, self.targets[index])

    def __len__(self) -> int:
        return len(self.data)

    def extra_repr(self) -> str:
        """Which set it is."""
        return f"Split: {'Train' if self.train else 'Test'}"


class CIFAR100(CIFAR10):
    """`CIFAR10`'s like with a hundred kinds of things, 600 images of each; in ``root/cifar-100-python``."""

    base_folder = "cifar-100-python"
    url = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
    filename = "cifar-100-python.tar.gz"
    tgz_md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_list = ["train"]
    test_list = ["test"]
    meta = ("meta", "fine_label_names")
    labels = "fine_labels"

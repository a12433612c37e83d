"""Images in folders, one folder for each class."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from pydl import _C
from pydl.vision.datasets.vision import Transform, VisionDataset
from pydl.vision.pillow import pillow

IMG_EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
Path = str | os.PathLike[str]


def has_file_allowed_extension(filename: str, extensions: str | tuple[str, ...]) -> bool:
    """Whether the name ends in one of them, in letters of either case."""
    return filename.lower().endswith(extensions)


def is_image_file(filename: str) -> bool:
    """Whether the name is an image's."""
    return has_file_allowed_extension(filename, IMG_EXTENSIONS)


def find_classes(directory: Path) -> tuple[list[str], dict[str, int]]:
    """The names of the folders in a folder, sorted, and their numbers.

    Raises:
        FileNotFoundError: there are none.
    """
    classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {os.fspath(directory)}.")
    return classes, {name: i for i, name in enumerate(classes)}


def make_dataset(
    directory: Path,
    class_to_idx: dict[str, int] | None = None,
    extensions: str | tuple[str, ...] | None = None,
    is_valid_file: Callable[[str], bool] | None = None,
    allow_empty: bool = False,
) -> list[tuple[str, int]]:
    """The files of each class, at any depth below its folder, with the class's number.

    Raises:
        ValueError: not exactly one of ``extensions`` and ``is_valid_file`` is given.
        FileNotFoundError: a class has no file, and ``allow_empty`` is not set.
    """
    if (extensions is None) == (is_valid_file is None):
        raise _C.ValueError("Both extensions and is_valid_file cannot be None or not None at the same time")
    if is_valid_file is None:
        endings = (extensions,) if isinstance(extensions, str) else extensions

        def is_valid_file(name: str) -> bool:
            return has_file_allowed_extension(name, endings)  # type: ignore[arg-type]

    numbers = find_classes(directory)[1] if class_to_idx is None else class_to_idx
    found: list[tuple[str, int]] = []
    empty = []
    for name in sorted(numbers):
        before = len(found)
        for folder, _, files in sorted(os.walk(os.path.join(os.path.expanduser(directory), name), followlinks=True)):
            paths = [os.path.join(folder, file) for file in sorted(files)]
            found += [(path, numbers[name]) for path in paths if is_valid_file(path)]
        if len(found) == before:
            empty.append(name)
    if empty and not allow_empty:
        message = f"Found no valid file for the classes {', '.join(empty)}."
        if extensions is not None:
            message += (
                f" Supported extensions are: {extensions if isinstance(extensions, str) else ', '.join(extensions)}"
            )
        raise FileNotFoundError(message)
    return found


def pil_loader(path: Path) -> Any:
    """A file as an image of Pillow's in RGB."""
    with open(path, "rb") as file:
        return pillow("pil_loader").open(file).convert("RGB")


default_loader = pil_loader


class DatasetFolder(VisionDataset):
    """Files at ``root/class/.../name``: each is loaded by ``loader``, its target is the class's number.

    Raises:
        FileNotFoundError: there is no class, or one without files and ``allow_empty`` is not set.
    """

    def __init__(
        self,
        root: Path,
        loader: Callable[[str], Any],
        extensions: tuple[str, ...] | None = None,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, None, transform, target_transform)
        self.classes, self.class_to_idx = self.find_classes(self.root)
        self.samples = make_dataset(self.root, self.class_to_idx, extensions, is_valid_file, allow_empty)
        self.loader, self.extensions = loader, extensions
        self.targets = [target for _, target in self.samples]

    def find_classes(self, directory: Path) -> tuple[list[str], dict[str, int]]:
        """The classes and their numbers: a subclass may choose others."""
        return find_classes(directory)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        return self.finish(self.loader(path), target)

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """Images at ``root/class/.../name.png`` (or another of the usual kinds), as Pillow's in RGB."""

    def __init__(
        self,
        root: Path,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        loader: Callable[[str], Any] = default_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        extensions = IMG_EXTENSIONS if is_valid_file is None else None
        super().__init__(root, loader, extensions, transform, target_transform, is_valid_file, allow_empty)
        self.imgs = self.samples

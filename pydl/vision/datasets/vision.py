"""The base class of data sets of images."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydl import _C
from pydl.utils.data.dataset import Dataset

Transform = Callable[[Any], Any]


class StandardTransform:
    """One function for the image and one for the target."""

    def __init__(self, transform: Transform | None = None, target_transform: Transform | None = None) -> None:
        self.transform, self.target_transform = transform, target_transform

    def __call__(self, input: Any, target: Any) -> tuple[Any, Any]:
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self) -> str:
        parts = [f"Transform: {self.transform!r}"] if self.transform is not None else []
        parts += [f"Target transform: {self.target_transform!r}"] if self.target_transform is not None else []
        return "\n".join(["StandardTransform", *parts])


class VisionDataset(Dataset[Any]):
    """A data set of images below a folder ``root``; a subclass defines ``__getitem__`` and ``__len__``.

    Args:
        root: the folder.
        transforms: called with image and target, excludes the next two.
        transform: called with the image.
        target_transform: called with the target.

    Raises:
        ValueError: ``transforms`` and one of the others are given.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        transforms: Callable[[Any, Any], tuple[Any, Any]] | None = None,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
    ) -> None:
        if transforms is not None and (transform is not None or target_transform is not None):
            raise _C.ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.root = Path(root).expanduser()
        self.transform, self.target_transform = transform, target_transform
        self.transforms = transforms
        if transform is not None or target_transform is not None:
            self.transforms = StandardTransform(transform, target_transform)

    def __len__(self) -> int:
        raise NotImplementedError

    def finish(self, image: Any, target: Any) -> tuple[Any, Any]:
        """Image and target after the transforms."""
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def extra_repr(self) -> str:
        """What `repr` says besides."""
        return ""

    def __repr__(self) -> str:
        lines = [f"Number of datapoints: {len(self)}", f"Root location: {self.root}"]
        lines += self.extra_repr().splitlines()
        if self.transforms is not None:
            lines += repr(self.transforms).splitlines()
        return "\n    ".join([f"Dataset {type(self).__name__}", *lines])

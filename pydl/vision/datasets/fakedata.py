"""Random images, to try a program with."""

from __future__ import annotations

from typing import Any

from pydl import _C, dtypes, ops
from pydl.random import Generator
from pydl.vision.datasets.vision import Transform, VisionDataset


class FakeData(VisionDataset):
    """Images of noise with random labels, the same ones each time.

    Args:
        size: how many.
        image_size: channels, rows, columns.
        num_classes: of labels.
        transform: called with each image, one of Pillow's.
        target_transform: called with each label.
        random_offset: another one gives other images.
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__("", None, transform, target_transform)
        self.size, self.image_size, self.num_classes = size, tuple(image_size), num_classes
        self.random_offset = random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        from pydl.vision.transforms.functional import to_pil_image

        if not 0 <= index < self.size:
            raise _C.IndexError(f"FakeData: index {index} is out of range for {self.size} images")
        generator = Generator().manual_seed(index + self.random_offset)
        image = ops.randint(0, 256, self.image_size, generator=generator, dtype=dtypes.uint8)
        label = int(ops.randint(0, self.num_classes, (1,), generator=generator).item())
        return self.finish(to_pil_image(image), label)

    def __len__(self) -> int:
        return self.size

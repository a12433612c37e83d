"""Random transforms. They draw from pydl's generator: `pydl.manual_seed` repeats them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from pydl import _C, ops
from pydl.vision.transforms import functional as F
from pydl.vision.transforms.choose import Transform, chance, check_p, integer, span, two, uniform
from pydl.vision.transforms.functional import InterpolationMode


class RandomCrop(Transform):
    """A part of a given size at a random place.

    Args:
        size: rows and columns.
        padding: put around before.
        pad_if_needed: put around what lacks of the size.
        fill, padding_mode: of that.
    """

    shown = ("size", "padding")

    def __init__(
        self,
        size: Any,
        padding: Any = None,
        pad_if_needed: bool = False,
        fill: Any = 0,
        padding_mode: str = "constant",
    ) -> None:
        super().__init__()
        self.size = two("RandomCrop", size)
        self.padding, self.pad_if_needed, self.fill, self.padding_mode = padding, pad_if_needed, fill, padding_mode

    @staticmethod
    def get_params(img: Any, output_size: tuple[int, int]) -> tuple[int, int, int, int]:
        """A random place: top, left, rows, columns."""
        _, rows, columns = F.get_dimensions(img)
        high, wide = output_size
        if rows < high or columns < wide:
            raise _C.ValueError(f"Required crop size {(high, wide)} is larger than input image size {(rows, columns)}")
        if (rows, columns) == (high, wide):
            return 0, 0, rows, columns
        return integer(0, rows - high + 1), integer(0, columns - wide + 1), high, wide

    def forward(self, img: Any) -> Any:
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        _, rows, columns = F.get_dimensions(img)
        if self.pad_if_needed and columns < self.size[1]:
            img = F.pad(img, (self.size[1] - columns, 0), self.fill, self.padding_mode)
        if self.pad_if_needed and rows < self.size[0]:
            img = F.pad(img, (0, self.size[0] - rows), self.fill, self.padding_mode)
        return F.crop(img, *self.get_params(img, self.size))


class RandomResizedCrop(Transform):
    """A part of random place, area and shape, resized.

    Args:
        size: rows and columns of the result.
        scale: the part's area, of the image's.
        ratio: the part's width, of its height.
    """

    shown = ("size", "scale", "ratio")

    def __init__(
        self,
        size: Any,
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: Any = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.size = two("RandomResizedCrop", size)
        self.scale = span("RandomResizedCrop", scale, None, 0.0)
        self.ratio = span("RandomResizedCrop", ratio, None, 1e-6)
        self.interpolation, self.antialias = interpolation, antialias

    @staticmethod
    def get_params(img: Any, scale: Sequence[float], ratio: Sequence[float]) -> tuple[int, int, int, int]:
        """A random place: top, left, rows, columns."""
        _, rows, columns = F.get_dimensions(img)
        low, high = math.log(ratio[0]), math.log(ratio[1])
        for _ in range(10):
            area = rows * columns * uniform(scale[0], scale[1])
            shape = math.exp(uniform(low, high))
            w, h = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if 0 < w <= columns and 0 < h <= rows:
                return integer(0, rows - h + 1), integer(0, columns - w + 1), h, w
        w, h = columns, rows  # the middle, as near to the shapes as it can be
        if columns / rows < ratio[0]:
            h = round(columns / ratio[0])
        elif columns / rows > ratio[1]:
            w = round(rows * ratio[1])
        return (rows - h) // 2, (columns - w) // 2, h, w

    def forward(self, img: Any) -> Any:
        place = self.get_params(img, self.scale, self.ratio)
        return F.resized_crop(img, *place, self.size, self.interpolation, self.antialias)


class RandomHorizontalFlip(Transform):
    """Left and right exchanged, with probability ``p``."""

    shown = ("p",)

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = check_p("RandomHorizontalFlip", p)

    def forward(self, img: Any) -> Any:
        return F.hflip(img) if chance(self.p) else img


class RandomVerticalFlip(Transform):
    """Top and bottom exchanged, with probability ``p``."""

    shown = ("p",)

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = check_p("RandomVerticalFlip", p)

    def forward(self, img: Any) -> Any:
        return F.vflip(img) if chance(self.p) else img


class RandomGrayscale(Transform):
    """Without colour, with probability ``p``."""

    shown = ("p",)

    def __init__(self, p: float = 0.1) -> None:
        super().__init__()
        self.p = check_p("RandomGrayscale", p)

    def forward(self, img: Any) -> Any:
        return F.rgb_to_grayscale(img, F.get_image_num_channels(img)) if chance(self.p) else img


class ColorJitter(Transform):
    """Random brightness, contrast, saturation and hue, in a random order.

    Args:
        brightness, contrast, saturation: a number b, for factors from 1 - b to 1 + b, or the range.
        hue: a number up to 0.5, for parts of the circle from minus it to it, or the range.
    """

    shown = ("brightness", "contrast", "saturation", "hue")

    def __init__(self, brightness: Any = 0, contrast: Any = 0, saturation: Any = 0, hue: Any = 0) -> None:
        super().__init__()
        self.brightness = span("brightness", brightness, 1.0, 0.0)
        self.contrast = span("contrast", contrast, 1.0, 0.0)
        self.saturation = span("saturation", saturation, 1.0, 0.0)
        self.hue = span("hue", hue, 0.0, -0.5)
        if self.hue[1] > 0.5:
            raise _C.ValueError(f"hue: expected at most 0.5, got {hue}")

    def forward(self, img: Any) -> Any:
        steps = [
            (F.adjust_brightness, self.brightness, 1.0),
            (F.adjust_contrast, self.contrast, 1.0),
            (F.adjust_saturation, self.saturation, 1.0),
            (F.adjust_hue, self.hue, 0.0),
        ]
        for i in ops.randperm(4).tolist():
            function, (low, high), neutral = steps[i]
            if (low, high) != (neutral, neutral):
                img = function(img, uniform(low, high))
        return img


class RandomRotation(Transform):
    """Turned by random degrees: from minus to plus a number, or a range."""

    shown = ("degrees",)

    def __init__(
        self,
        degrees: Any,
        interpolation: Any = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Any = 0,
    ) -> None:
        super().__init__()
        self.degrees = span("degrees", degrees, None)
        self.interpolation, self.expand, self.center, self.fill = interpolation, expand, center, fill

    def forward(self, img: Any) -> Any:
        return F.rotate(img, uniform(*self.degrees), self.interpolation, self.expand, self.center, self.fill)


class RandomAffine(Transform):
    """Turned, moved, scaled and sheared at random.

    Args:
        degrees: a number, for minus it to it, or the range.
        translate: the most to move, of columns and of rows, from 0 to 1.
        scale: the range of factors.
        shear: degrees as ``degrees``, for the first axis; four numbers are the ranges of both axes.
        fill: the colour outside.
    """

    shown = ("degrees", "translate", "scale", "shear")

    def __init__(
        self,
        degrees: Any,
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: Any = None,
        interpolation: Any = InterpolationMode.NEAREST,
        fill: Any = 0,
        center: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.degrees = span("degrees", degrees, None)
        if translate is not None and (len(translate) != 2 or not all(0 <= t <= 1 for t in translate)):
            raise _C.ValueError(f"translate: expected two values between 0 and 1, got {translate}")
        if scale is not None and min(scale) <= 0:
            raise _C.ValueError(f"scale: expected values above 0, got {scale}")
        self.translate = translate
        self.scale = None if scale is None else span("scale", scale, None)
        if shear is None:
            self.shear: list[float] | None = None
        elif not isinstance(shear, int | float) and len(shear) == 4:
            self.shear = [*span("shear", shear[:2], None), *span("shear", shear[2:], None)]
        else:
            self.shear = list(span("shear", shear, None))
        self.interpolation, self.fill, self.center = interpolation, fill, center

    def get_params(self, rows: int, columns: int) -> tuple[float, tuple[int, int], float, tuple[float, float]]:
        """Random settings: angle, columns and rows to move, factor, shear."""
        angle = uniform(*self.degrees)
        move = (0, 0)
        if self.translate is not None:
            most = float(self.translate[0] * columns), float(self.translate[1] * rows)
            move = round(uniform(-most[0], most[0])), round(uniform(-most[1], most[1]))
        scale = 1.0 if self.scale is None else uniform(*self.scale)
        shear = (0.0, 0.0)
        if self.shear is not None:
            first = uniform(self.shear[0], self.shear[1])
            shear = first, uniform(self.shear[2], self.shear[3]) if len(self.shear) == 4 else 0.0
        return angle, move, scale, shear

    def forward(self, img: Any) -> Any:
        _, rows, columns = F.get_dimensions(img)
        settings = self.get_params(rows, columns)
        return F.affine(img, *settings, interpolation=self.interpolation, fill=self.fill, center=self.center)


class RandomErasing(Transform):
    """A random rectangle of a tensor erased, with probability ``p`` (Zhong et al., arXiv:1708.04896).

    Args:
        scale, ratio: the rectangle's area, of the image's, and width, of its height.
        value: what is put there: a number, one for each channel, or "random".
    """

    shown = ("p", "scale", "ratio", "value", "inplace")

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: Any = 0,
        inplace: bool = False,
    ) -> None:
        super().__init__()
        if isinstance(value, str) and value != "random":
            raise _C.ValueError("If value is str, it should be 'random'")
        self.p = check_p("RandomErasing", p)
        self.scale, self.ratio = span("scale", scale, None, 0.0), span("ratio", ratio, None, 1e-6)
        self.value, self.inplace = value, inplace

    def forward(self, img: Any) -> Any:
        if not chance(self.p):
            return img
        channels, rows, columns = img.shape[-3:]
        for _ in range(10):
            area = rows * columns * uniform(*self.scale)
            shape = math.exp(uniform(math.log(self.ratio[0]), math.log(self.ratio[1])))
            h, w = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if 0 < h < rows and 0 < w < columns:
                if self.value == "random":
                    value: Any = ops.randn(channels, h, w).to(img.dtype)
                else:
                    value = ops.tensor(self.value, dtype=img.dtype)
                    value = ops.reshape(value, (-1, 1, 1)) if value.ndim else value
                return F.erase(img, integer(0, rows - h + 1), integer(0, columns - w + 1), h, w, value, self.inplace)
        return img


class RandomApply(Transform):
    """All of the transforms, with probability ``p``, or none."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__()
        self.transforms, self.p = transforms, check_p("RandomApply", p)

    def forward(self, img: Any) -> Any:
        if chance(self.p):
            for t in self.transforms:
                img = t(img)
        return img

    def extra_repr(self) -> str:
        return f"p={self.p}, {list(self.transforms)}"


class RandomChoice:
    """One of the transforms, each alike or with probabilities in proportion to ``p``."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: Sequence[float] | None = None) -> None:
        if p is not None and len(p) != len(transforms):
            raise _C.ValueError(f"RandomChoice: expected {len(transforms)} probabilities, got {len(p)}")
        self.transforms, self.p = transforms, p

    def __call__(self, img: Any) -> Any:
        weights = ops.tensor([1.0 if self.p is None else float(self.p[i]) for i in range(len(self.transforms))])
        return self.transforms[int(ops.multinomial(weights, 1).item())](img)

    def __repr__(self) -> str:
        return f"RandomChoice({list(self.transforms)}, p={self.p})"


class RandomOrder:
    """All of the transforms in a random order."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for i in ops.randperm(len(self.transforms)).tolist():
            img = self.transforms[i](img)
        return img

    def __repr__(self) -> str:
        return f"RandomOrder({list(self.transforms)})"

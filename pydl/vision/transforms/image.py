"""What an image is: one of Pillow's, an array (rows, columns[, channels]) or a tensor (..., C, H, W)."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

import numpy as np

from pydl import _C, ops
from pydl.autograd.function import TensorBase
from pydl.vision.pillow import is_pil


class InterpolationMode(enum.Enum):
    """How values between pixels are found."""

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


# Pillow's numbers.
PIL_MODES = {"nearest": 0, "nearest-exact": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}


NUMBERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}


def mode_name(interpolation: Any) -> str:
    """The name of an interpolation, given as an `InterpolationMode` or by Pillow's number."""
    if isinstance(interpolation, InterpolationMode):
        return interpolation.value
    if isinstance(interpolation, int) and int(interpolation) in NUMBERS:
        return NUMBERS[int(interpolation)]
    raise _C.DTypeError(f"expected an InterpolationMode, got {interpolation!r}")


def expect_image(name: str, image: Any) -> None:
    """Refuse what is no image."""
    if is_pil(image) or (isinstance(image, np.ndarray) and image.ndim in (2, 3)):
        return
    if not isinstance(image, TensorBase):
        raise _C.DTypeError(
            f"{name}: expected an image of Pillow's, an array (rows, columns[, channels]) or a tensor, got "
            f"{type(image).__name__}"
        )
    if image.array.ndim < 2:
        raise _C.ShapeError(f"{name}: expected a tensor (..., rows, columns), got shape {tuple(image.array.shape)}")


def on_tensor(image: Any, f: Callable[[Any], Any]) -> Any:
    """A function of tensors (..., C, H, W) called with a tensor or an array."""
    if isinstance(image, TensorBase):
        return f(image)
    channels = image.reshape(*image.shape[:2], -1).transpose(2, 0, 1)
    out = f(ops.from_numpy(np.array(channels))).numpy().transpose(1, 2, 0)
    return np.ascontiguousarray(out[:, :, 0] if image.ndim == 2 and out.shape[2] == 1 else out)


def get_dimensions(img: Any) -> list[int]:
    """Channels, rows and columns."""
    expect_image("get_dimensions", img)
    if is_pil(img):
        return [len(img.getbands()), img.height, img.width]
    if isinstance(img, TensorBase):
        shape = img.array.shape
        return [1 if len(shape) == 2 else shape[-3], *shape[-2:]]
    return [1 if img.ndim == 2 else img.shape[2], *img.shape[:2]]


def get_image_size(img: Any) -> list[int]:
    """Columns and rows."""
    _, rows, columns = get_dimensions(img)
    return [columns, rows]


def get_image_num_channels(img: Any) -> int:
    """Channels."""
    return get_dimensions(img)[0]

"""The colours of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl import _C, ops
from pydl.vision.pillow import is_pil, pillow
from pydl.vision.transforms import tensors
from pydl.vision.transforms.image import expect_image, on_tensor


def to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """The brightness, in one channel or three alike."""
    return rgb_to_grayscale(img, num_output_channels)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """The brightness, in one channel or three alike."""
    expect_image("rgb_to_grayscale", img)
    if num_output_channels not in (1, 3):
        raise _C.ValueError("num_output_channels should be either 1 or 3")
    if is_pil(img):
        gray = img.convert("L")
        return gray if num_output_channels == 1 else pillow("grayscale").merge("RGB", [gray] * 3)

    def f(x: Any) -> Any:
        one = tensors.gray(x)
        return one if num_output_channels == 1 else ops.expand(one, (*x.shape[:-3], 3, *x.shape[-2:]))

    return on_tensor(img, f)


def enhanced(name: str, img: Any, factor: float) -> Any:
    """One of Pillow's enhancements."""
    pillow(name)
    from PIL import ImageEnhance

    return getattr(ImageEnhance, name)(img).enhance(factor)


def check_factor(name: str, factor: float) -> None:
    """Refuse a negative one."""
    if factor < 0:
        raise _C.ValueError(f"{name}: expected a factor of 0 or more, got {factor}")


def adjust_brightness(img: Any, brightness_factor: float) -> Any:
    """0 is black, 1 the image, 2 twice as bright."""
    expect_image("adjust_brightness", img)
    check_factor("adjust_brightness", brightness_factor)
    if is_pil(img):
        return enhanced("Brightness", img, brightness_factor)
    return on_tensor(img, lambda x: tensors.blend(x, 0.0, brightness_factor))


def adjust_contrast(img: Any, contrast_factor: float) -> Any:
    """0 is plain grey, 1 the image, 2 twice the contrast."""
    expect_image("adjust_contrast", img)
    check_factor("adjust_contrast", contrast_factor)
    if is_pil(img):
        return enhanced("Contrast", img, contrast_factor)
    return on_tensor(img, lambda x: tensors.blend(x, tensors.contrast_mean(x), contrast_factor))


def adjust_saturation(img: Any, saturation_factor: float) -> Any:
    """0 is black and white, 1 the image, 2 twice the colour."""
    expect_image("adjust_saturation", img)
    check_factor("adjust_saturation", saturation_factor)
    if is_pil(img):
        return enhanced("Color", img, saturation_factor)
    return on_tensor(img, lambda x: tensors.blend(x, tensors.floating(tensors.gray(x)), saturation_factor))


def adjust_hue(img: Any, hue_factor: float) -> Any:
    """The colours turned by a part of the circle, from -0.5 to 0.5."""
    expect_image("adjust_hue", img)
    if not -0.5 <= hue_factor <= 0.5:
        raise _C.ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if not is_pil(img):
        return on_tensor(img, lambda x: tensors.hue(x, hue_factor))
    if img.mode in ("L", "1", "I", "F"):
        return img
    h, s, v = img.convert("HSV").split()
    turned = (np.array(h, np.int32) + int(hue_factor * 255)) % 256
    return pillow("adjust_hue").merge("HSV", (pillow("hue").fromarray(turned.astype(np.uint8)), s, v)).convert(img.mode)

"""Images turned, moved, scaled and sheared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pydl import _C
from pydl.vision.pillow import is_pil
from pydl.vision.transforms import tensors
from pydl.vision.transforms.image import (
    PIL_MODES,
    InterpolationMode,
    expect_image,
    get_dimensions,
    mode_name,
    on_tensor,
)


def inverse_matrix(
    centre: tuple[float, float], angle: float, translate: Sequence[float], scale: float, shear: Sequence[float]
) -> list[float]:
    """From places of the result to places of the image: the map turns, shears and scales about a centre, then moves."""
    r, sx, sy = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    a = math.cos(r - sy) / math.cos(sy)
    b = -math.cos(r - sy) * math.tan(sx) / math.cos(sy) - math.sin(r)
    c = math.sin(r - sy) / math.cos(sy)
    d = -math.sin(r - sy) * math.tan(sx) / math.cos(sy) + math.cos(r)
    (p, q), (s, t) = (d / scale, -b / scale), (-c / scale, a / scale)  # the determinant of turn and shear is 1
    x, y = -centre[0] - translate[0], -centre[1] - translate[1]
    return [p, q, p * x + q * y + centre[0], s, t, s * x + t * y + centre[1]]


def warped(img: Any, matrix: list[float], size: tuple[int, int], mode: str, fill: Any) -> Any:
    """The image seen through a map from places of the result."""
    if is_pil(img):
        colour: Any = fill
        if fill is None:
            colour = 0
        elif isinstance(fill, list | tuple):
            colour = tuple(fill) if len(fill) > 1 else fill[0]
        if isinstance(colour, int | float) and len(img.getbands()) > 1:
            colour = (int(colour),) * len(img.getbands())
        return img.transform((size[1], size[0]), 0, matrix, PIL_MODES[mode], fillcolor=colour)
    return on_tensor(img, lambda x: tensors.warp(x, matrix, size, mode, fill))


def affine(
    img: Any,
    angle: float,
    translate: Sequence[int],
    scale: float,
    shear: Any,
    interpolation: Any = InterpolationMode.NEAREST,
    fill: Any = None,
    center: Sequence[float] | None = None,
) -> Any:
    """Turned clockwise by degrees, sheared, scaled about the middle (or ``center``: column, row) and moved.

    Raises:
        ValueError: a scale that is not above 0, or lists of another length.
    """
    expect_image("affine", img)
    if scale <= 0.0:
        raise _C.ValueError("Argument scale should be positive")
    shears = [shear, 0.0] if isinstance(shear, int | float) else [*shear, 0.0][:2]
    if len(translate) != 2:
        raise _C.ValueError("translate should be a sequence of length 2")
    _, rows, columns = get_dimensions(img)
    middle = (columns * 0.5, rows * 0.5) if center is None else (float(center[0]), float(center[1]))
    matrix = inverse_matrix(middle, angle, translate, scale, shears)
    return warped(img, matrix, (rows, columns), mode_name(interpolation), fill)


def rotate(
    img: Any,
    angle: float,
    interpolation: Any = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Sequence[float] | None = None,
    fill: Any = None,
) -> Any:
    """Turned counter-clockwise by degrees, about the middle or ``center``; with ``expand`` all of it is kept."""
    expect_image("rotate", img)
    _, rows, columns = get_dimensions(img)
    middle = (columns * 0.5, rows * 0.5) if center is None else (float(center[0]), float(center[1]))
    matrix = inverse_matrix(middle, -angle, (0.0, 0.0), 1.0, (0.0, 0.0))
    size = (rows, columns)
    if expand:
        size = tensors.rotated_size(angle, rows, columns)
        a, b, _, d, e, _ = matrix
        # The middle of the result shows the middle of the image.
        matrix[2] = columns * 0.5 - a * size[1] * 0.5 - b * size[0] * 0.5
        matrix[5] = rows * 0.5 - d * size[1] * 0.5 - e * size[0] * 0.5
    return warped(img, matrix, size, mode_name(interpolation), fill)

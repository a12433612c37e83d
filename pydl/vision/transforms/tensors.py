"""What transforms do to tensors (..., rows, columns). Arrays of numpy pass through here as well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes, ops

if TYPE_CHECKING:
    from pydl.tensor import Tensor

GRAY = (0.2989, 0.587, 0.114)


def limit(dtype: dtypes.dtype) -> float:
    """The value of white."""
    return 1.0 if dtype.is_floating_point else float(dtypes.iinfo(dtype).max)


def back(x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """A result computed in floating point, in the image's own dtype: rounded and cut off if that is an integer one."""
    if dtype.is_floating_point:
        return x.to(dtype)
    info = dtypes.iinfo(dtype)
    return ops.clamp(ops.round(x), info.min, info.max).to(dtype)


def floating(x: Tensor) -> Tensor:
    """The image in a floating dtype."""
    return x if x.dtype.is_floating_point and x.dtype.itemsize >= 4 else x.float()


def triangle(x: Any) -> Any:
    """The bilinear filter."""
    return np.maximum(1 - np.abs(x), 0)


def cubic(a: float) -> Any:
    """The bicubic filter (Keys, 1981)."""

    def weight(x: Any) -> Any:
        x = np.abs(x)
        near = ((a + 2) * x - (a + 3)) * x * x + 1
        far = ((x - 5) * x + 8) * x * a - 4 * a
        return np.where(x < 1, near, np.where(x < 2, far, 0.0))

    return weight


def box(x: Any) -> Any:
    """The box filter."""
    return ((x > -0.5) & (x <= 0.5)).astype(float)


# The filter and how far it reaches. Wide ones, for antialiasing, follow Pillow, whose bicubic has a = -0.5.
FILTERS = {"bilinear": (triangle, 1.0), "bicubic": (cubic(-0.5), 2.0), "box": (box, 0.5), "hamming": (None, 1.0)}
PLAIN = {"bilinear": (triangle, 1.0), "bicubic": (cubic(-0.75), 2.0)}


def weights(size: int, new: int, mode: str, antialias: bool) -> np.ndarray[Any, Any]:
    """The matrix (new, size) that resizes one side."""
    scale = size / new
    places = np.arange(new)
    if mode in ("nearest", "nearest-exact"):
        source = np.floor((places + 0.5) * scale if mode == "nearest-exact" else places * scale).astype(int)
        return np.eye(size)[np.minimum(source, size - 1)]  # type: ignore[no-any-return]
    if antialias:
        filter_, reach = FILTERS[mode]
        assert filter_ is not None
        wide = max(scale, 1.0)
        centre = (places + 0.5) * scale
        # Only whole samples inside of the reach count, as in Pillow.
        low = np.maximum((centre - reach * wide + 0.5).astype(int), 0)
        high = np.minimum((centre + reach * wide + 0.5).astype(int), size)
        at = np.arange(size)
        inside = (at >= low[:, None]) & (at < high[:, None])
        found = np.where(inside, filter_((at + 0.5 - centre[:, None]) / wide), 0.0)
        return found / found.sum(1, keepdims=True)  # type: ignore[no-any-return]
    filter_, reach = PLAIN[mode]
    centre = (places + 0.5) * scale - 0.5
    if mode == "bilinear":
        centre = np.clip(centre, 0, size - 1)
    found = np.zeros((new, size))
    first = np.floor(centre).astype(int)
    for k in range(1 - int(reach), int(reach) + 1):
        source = np.clip(first + k, 0, size - 1)
        np.add.at(found, (places, source), filter_(first + k - centre))
    return found


def resize(x: Tensor, size: tuple[int, int], mode: str, antialias: bool) -> Tensor:
    """Another size: a product with a matrix for each side."""
    rows, columns = x.shape[-2:]
    if min(*size, rows, columns) < 1:
        raise _C.ValueError(f"resize: expected sizes of 1 or more, got {(rows, columns)} and {size}")
    if (rows, columns) == size:
        return x
    if mode.startswith("nearest"):
        for dim, new in ((-2, size[0]), (-1, size[1])):
            source = weights(x.shape[dim], new, mode, False).argmax(1)
            x = ops.index_select(x, x.ndim + dim, ops.from_numpy(source.astype(np.int64)))
        return x
    image = floating(x)
    for dim, new in ((-1, size[1]), (-2, size[0])):
        matrix = ops.from_numpy(weights(x.shape[dim], new, mode, antialias)).to(image.dtype)
        image = ops.matmul(image, matrix.mT) if dim == -1 else ops.matmul(matrix, image)
        if not x.dtype.is_floating_point:  # Pillow keeps bytes between the two sides
            image = back(image, x.dtype).to(image.dtype)
    return back(image, x.dtype)


def pad(x: Tensor, sides: tuple[int, int, int, int], fill: Any, mode: str) -> Tensor:
    """More rows and columns on the left, top, right and bottom."""
    left, top, right, bottom = sides
    rows, columns = x.shape[-2:]
    if mode == "constant":
        if min(sides) < 0:
            raise _C.ValueError(f"pad: expected a padding of 0 or more, got {sides}")
        out = ops.zeros((*x.shape[:-2], rows + top + bottom, columns + left + right), dtype=x.dtype) + colour(x, fill)
        out = out.to(x.dtype)
        out[..., top : top + rows, left : left + columns] = x
        return out
    wanted = {"edge": "edge", "reflect": "reflect", "symmetric": "symmetric"}
    if mode not in wanted:
        raise _C.ValueError(f"pad: expected padding_mode constant, edge, reflect or symmetric, got {mode!r}")
    for dim, size, before, after in ((-2, rows, top, bottom), (-1, columns, left, right)):
        try:
            source = np.pad(np.arange(size), (before, after), mode=wanted[mode])  # type: ignore[call-overload]
        except ValueError as error:
            raise _C.ValueError(f"pad: {error}") from None
        x = ops.index_select(x, x.ndim + dim, ops.from_numpy(source.astype(np.int64)))
    return x


def colour(x: Tensor, fill: Any) -> Tensor:
    """A number, or one for each channel, as something to add to (..., channels, rows, columns)."""
    values = np.atleast_1d(np.asarray(0 if fill is None else fill, np.float64))
    if values.ndim != 1 or values.size not in (1, x.shape[-3] if x.ndim > 2 else 1):
        raise _C.ValueError(f"fill: expected a number or one for each channel, got {fill!r}")
    dtype = x.dtype if x.dtype.is_floating_point else dtypes.float32
    return ops.from_numpy(values.reshape(-1, 1, 1) if values.size > 1 else values).to(dtype)


def gray(x: Tensor) -> Tensor:
    """One channel: the brightness."""
    if x.shape[-3] == 1:
        return x
    if x.shape[-3] != 3:
        raise _C.ShapeError(f"rgb_to_grayscale: expected 1 or 3 channels, got {x.shape[-3]}")
    image = floating(x)
    mixed = sum(ops.select(image, x.ndim - 3, i) * w for i, w in enumerate(GRAY))
    mixed = ops.unsqueeze(mixed, -3)  # type: ignore[arg-type]
    # An integer image is cut off, not rounded, as in torchvision.
    return mixed.to(x.dtype)


def blend(x: Tensor, other: Any, factor: float) -> Tensor:
    """``factor`` of the image and the rest of another one, cut off at white."""
    image = floating(x) * factor + other * (1.0 - factor)
    return ops.clamp(image, 0.0, limit(x.dtype)).to(x.dtype)


def contrast_mean(x: Tensor) -> Tensor:
    """The mean brightness, one for each image."""
    one = gray(x) if x.shape[-3] == 3 else x
    return ops.mean(floating(one), (-3, -2, -1), keepdim=True)


def hue(x: Tensor, factor: float) -> Tensor:
    """The colours turned: through hue, saturation and value, and back."""
    if x.shape[-3] == 1:
        return x
    if x.shape[-3] != 3:
        raise _C.ShapeError(f"adjust_hue: expected 1 or 3 channels, got {x.shape[-3]}")
    image = floating(x) / limit(x.dtype)
    r, g, b = (ops.select(image, x.ndim - 3, i) for i in range(3))
    high, low = ops.maximum(ops.maximum(r, g), b), ops.minimum(ops.minimum(r, g), b)
    range_ = high - low
    flat = range_ == 0
    divisor = ops.where(flat, 1.0, range_)
    sector = ops.where(
        high == r, (g - b) / divisor, ops.where(high == g, 2.0 + (b - r) / divisor, 4.0 + (r - g) / divisor)
    )
    turned = ops.remainder(sector / 6.0 + factor, 1.0) * 6.0
    saturation = range_ / ops.where(high == 0, 1.0, high)
    channels = []
    for offset in (5.0, 3.0, 1.0):  # value - value * saturation * max(0, min(k, 4 - k, 1)) with k = (n + h) mod 6
        k = ops.remainder(turned + offset, 6.0)
        channels.append(high - high * saturation * ops.clamp(ops.minimum(k, 4.0 - k), 0.0, 1.0))
    return back(ops.stack(channels, -3) * limit(x.dtype), x.dtype)


def warp(x: Tensor, matrix: Sequence[float], size: tuple[int, int], mode: str, fill: Any) -> Tensor:
    """The image seen through an affine map from places of the result to places of the image, both from the corner.

    ``matrix`` is a, b, c, d, e, f: (a x + b y + c, d x + e y + f). Places outside have the fill colour.
    """
    a, b, c, d, e, f = matrix
    rows, columns = x.shape[-2:]
    y, at = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5, indexing="ij")
    sx, sy = a * at + b * y + c, d * at + e * y + f
    image = floating(x) - colour(x, fill)
    flat = ops.reshape(image, (*x.shape[:-2], rows * columns))

    def taken(ix: Any, iy: Any, weight: Any) -> Tensor:
        inside = (ix >= 0) & (ix < columns) & (iy >= 0) & (iy < rows)
        source = np.where(inside, iy * columns + ix, 0).astype(np.int64)
        picked = ops.index_select(flat, flat.ndim - 1, ops.from_numpy(source.reshape(-1)))
        return ops.reshape(picked, (*x.shape[:-2], *size)) * ops.from_numpy(np.where(inside, weight, 0.0)).to(
            flat.dtype
        )

    if mode == "nearest":
        out = taken(np.floor(sx).astype(int), np.floor(sy).astype(int), 1.0)
    elif mode == "bilinear":
        fx, fy = sx - 0.5, sy - 0.5
        x0, y0 = np.floor(fx).astype(int), np.floor(fy).astype(int)
        wx, wy = fx - x0, fy - y0
        out = taken(x0, y0, (1 - wx) * (1 - wy)) + taken(x0 + 1, y0, wx * (1 - wy))
        out = out + taken(x0, y0 + 1, (1 - wx) * wy) + taken(x0 + 1, y0 + 1, wx * wy)
    else:
        raise _C.ValueError(f"expected interpolation nearest or bilinear for this image, got {mode}")
    return back(out + colour(x, fill), x.dtype)


def convert(x: Tensor, dtype: dtypes.dtype) -> Tensor:
    """Another dtype with white kept white."""
    if x.dtype is dtype:
        return x
    if x.dtype.is_floating_point:
        if dtype.is_floating_point:
            return x.to(dtype)
        if x.dtype.itemsize <= 4 and dtype.itemsize >= 4:
            raise _C.StateError(f"convert_image_dtype: {x.dtype} cannot be converted to {dtype} without overflow")
        return (x * (limit(dtype) + 1.0 - 1e-3)).to(dtype)
    if dtype.is_floating_point:
        return x.to(dtype) / limit(x.dtype)
    have, want = int(limit(x.dtype)), int(limit(dtype))
    if have > want:
        return ops.div(x, (have + 1) // (want + 1), rounding_mode="floor").to(dtype)
    return x.to(dtype) * ((want + 1) // (have + 1))


def rotated_size(angle: float, rows: int, columns: int) -> tuple[int, int]:
    """How large an image must be to hold all of one that is turned."""
    t = math.radians(angle)
    wide = abs(columns * math.cos(t)) + abs(rows * math.sin(t))
    high = abs(columns * math.sin(t)) + abs(rows * math.cos(t))
    return math.ceil(high - 1e-7), math.ceil(wide - 1e-7)

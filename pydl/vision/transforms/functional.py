"""Transforms as functions of an image: Pillow's, an array (rows, columns[, channels]) or a tensor (..., C, H, W)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase
from pydl.vision.pillow import is_pil, pillow
from pydl.vision.transforms import tensors
from pydl.vision.transforms.affine import affine as affine
from pydl.vision.transforms.affine import rotate as rotate
from pydl.vision.transforms.color import adjust_brightness as adjust_brightness
from pydl.vision.transforms.color import adjust_contrast as adjust_contrast
from pydl.vision.transforms.color import adjust_hue as adjust_hue
from pydl.vision.transforms.color import adjust_saturation as adjust_saturation
from pydl.vision.transforms.color import rgb_to_grayscale as rgb_to_grayscale
from pydl.vision.transforms.color import to_grayscale as to_grayscale
from pydl.vision.transforms.image import PIL_MODES as PIL_MODES
from pydl.vision.transforms.image import InterpolationMode as InterpolationMode
from pydl.vision.transforms.image import expect_image as expect_image
from pydl.vision.transforms.image import get_dimensions as get_dimensions
from pydl.vision.transforms.image import get_image_num_channels as get_image_num_channels
from pydl.vision.transforms.image import get_image_size as get_image_size
from pydl.vision.transforms.image import mode_name as mode_name
from pydl.vision.transforms.image import on_tensor as on_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def pil_to_tensor(pic: Any) -> Tensor:
    """An image of Pillow's as a tensor (channels, rows, columns), the values as they are."""
    if not is_pil(pic):
        raise _C.DTypeError(f"pic should be PIL Image. Got {type(pic).__name__}")
    kinds = {"I": np.int32, "I;16": np.int16, "F": np.float32}
    values = np.array(pic, kinds.get(pic.mode, np.uint8))
    return ops.from_numpy(np.ascontiguousarray(values.reshape(pic.height, pic.width, -1).transpose(2, 0, 1)))


def to_tensor(pic: Any) -> Tensor:
    """An image of Pillow's, or an array (rows, columns[, channels]), as a tensor (channels, rows, columns).

    Bytes become float32 from 0 to 1; other values stay as they are.

    Raises:
        DTypeError: it is neither.
        ShapeError: the array has another number of dimensions.
    """
    if is_pil(pic):
        x = pil_to_tensor(pic)
        if pic.mode == "1":
            x = x * 255
    elif isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise _C.ShapeError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        x = ops.from_numpy(np.array(pic.reshape(*pic.shape[:2], -1).transpose(2, 0, 1)))
    else:
        raise _C.DTypeError(f"pic should be PIL Image or ndarray. Got {type(pic).__name__}")
    return x.float() / 255.0 if x.dtype is dtypes.uint8 else x


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """A tensor (channels, rows, columns), or an array (rows, columns[, channels]), as an image of Pillow's.

    Floating values from 0 to 1 of a tensor become bytes.
    """
    Image = pillow("to_pil_image")
    if isinstance(pic, TensorBase):
        x: Any = pic
        if x.ndim == 2:
            x = ops.unsqueeze(x, 0)
        if x.ndim != 3:
            raise _C.ShapeError(f"pic should be 2/3 dimensional. Got {x.ndim} dimensions.")
        if x.dtype.is_floating_point and mode != "F":
            x = (x.detach() * 255).to(dtypes.uint8)
        values = x.detach().numpy().transpose(1, 2, 0)
    elif isinstance(pic, np.ndarray):
        if pic.ndim not in (2, 3):
            raise _C.ShapeError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
        values = pic.reshape(*pic.shape[:2], -1)
    else:
        raise _C.DTypeError(f"pic should be Tensor or ndarray. Got {type(pic).__name__}.")
    count = values.shape[2]
    allowed = {1: ("L", "1", "I", "F", "I;16"), 2: ("LA",), 3: ("RGB", "YCbCr", "HSV"), 4: ("RGBA", "CMYK", "RGBX")}
    if count not in allowed:
        raise _C.ValueError(f"pic should not have > 4 channels. Got {count} channels.")
    own = {np.dtype(np.int16): "I;16", np.dtype(np.int32): "I", np.dtype(np.float32): "F"}
    natural = own.get(values.dtype, "L") if count == 1 else allowed[count][0]
    if mode is not None and mode not in allowed[count]:
        raise _C.ValueError(
            f"to_pil_image: expected mode {' or '.join(allowed[count])} for {count} channels, got {mode}"
        )
    if natural in ("L", "LA", "RGB", "RGBA") and values.dtype != np.uint8:
        raise _C.DTypeError(f"Input type {values.dtype} is not supported")
    values = np.ascontiguousarray(values[:, :, 0] if count == 1 else values)
    if natural == "I;16":
        values = values.astype("<u2")
    image = Image.fromarray(values)
    if mode is None or mode == image.mode:
        return image
    if count == 1:
        return image.convert(mode)
    return Image.merge(mode, image.split())  # the same numbers under another meaning


def convert_image_dtype(image: Tensor, dtype: dtypes.dtype = dtypes.float32) -> Tensor:
    """A tensor in another dtype, its range kept: 0 to 1 in floating point, 0 to the largest number in integers.

    Raises:
        StateError: the numbers are too large for the precision.
    """
    if not isinstance(image, TensorBase):
        raise _C.DTypeError(f"Input img should be Tensor Image, got {type(image).__name__}")
    return tensors.convert(image, dtype)


def normalize(tensor: Any, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Any:
    """``(tensor - mean) / std``, with one mean and deviation for each channel; an array's channels come last.

    Raises:
        DTypeError: the values are no floating ones.
        ValueError: a deviation is 0.
    """
    if isinstance(tensor, np.ndarray):
        if tensor.dtype.kind != "f":
            raise _C.DTypeError(f"normalize: expected floating values, got {tensor.dtype}")
        return on_tensor(tensor, lambda x: normalize(x, mean, std))
    if not isinstance(tensor, TensorBase):
        raise _C.DTypeError(f"img should be Tensor Image. Got {type(tensor).__name__}")
    x: Any = tensor
    if not x.dtype.is_floating_point:
        raise _C.DTypeError(f"Input tensor should be a float tensor. Got {x.dtype}.")
    if x.ndim < 3:
        raise _C.ShapeError(f"Expected tensor to be a tensor image of size (..., C, H, W). Got {tuple(x.shape)}")
    m, s = (ops.as_tensor(v, dtype=x.dtype) for v in (mean, std))
    if bool(ops.any(s == 0)):
        raise _C.ValueError(f"std evaluated to zero after conversion to {x.dtype}, leading to division by zero.")
    m, s = (ops.reshape(v, (-1, 1, 1)) if v.ndim == 1 else v for v in (m, s))
    return x.sub_(m).div_(s) if inplace else (x - m) / s


def output_size(rows: int, columns: int, size: Any, max_size: int | None) -> tuple[int, int]:
    """Rows and columns for a size: both, or that of the shorter side."""
    if not isinstance(size, int):
        size = list(size)
        if len(size) not in (1, 2):
            raise _C.ValueError("If size is a sequence, it should have 1 or 2 values")
        if len(size) == 2:
            if max_size is not None:
                raise _C.ValueError("max_size should only be passed if size specifies the length of the smaller edge")
            return int(size[0]), int(size[1])
        size = size[0]
    short, long = min(rows, columns), max(rows, columns)
    new_short, new_long = int(size), int(size * long / short)
    if max_size is not None:
        if max_size <= size:
            raise _C.ValueError(f"max_size = {max_size} must be strictly greater than size = {size}")
        if new_long > max_size:
            new_short, new_long = int(max_size * new_short / new_long), max_size
    return (new_short, new_long) if rows <= columns else (new_long, new_short)


def resize(
    img: Any,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Any:
    """Another size.

    Args:
        size: rows and columns, or the length of the shorter side.
        interpolation: of tensors and arrays nearest, nearest-exact, bilinear or bicubic.
        max_size: the most for the longer side, where ``size`` is the shorter one's.
        antialias: of tensors and arrays: made smaller, look at all pixels, as Pillow always does.
    """
    expect_image("resize", img)
    _, rows, columns = get_dimensions(img)
    new = output_size(rows, columns, size, max_size)
    mode = mode_name(interpolation)
    if is_pil(img):
        return img.resize((new[1], new[0]), PIL_MODES[mode])
    if mode not in ("nearest", "nearest-exact", "bilinear", "bicubic"):
        raise _C.ValueError(f"resize: expected nearest, nearest-exact, bilinear or bicubic for tensors, got {mode}")
    return on_tensor(img, lambda x: tensors.resize(x, new, mode, bool(antialias)))


def sides_of(padding: Any) -> tuple[int, int, int, int]:
    """Left, top, right and bottom from one number, two or four.

    Raises:
        ValueError: another number of numbers.
    """
    values = [padding] if isinstance(padding, int) else list(padding)
    if len(values) not in (1, 2, 4):
        raise _C.ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(values)} element tuple")
    left, top, right, bottom = (values * (4 // len(values))) if len(values) < 4 else values
    return int(left), int(top), int(right), int(bottom)


def through_array(img: Any, f: Callable[[Any], Any]) -> Any:
    """A function of arrays called with an image of Pillow's."""
    if img.mode == "P":
        out = pillow("pad").fromarray(f(np.asarray(img)))
        out = out.copy()
        out.putpalette(img.getpalette())
        return out
    return pillow("pad").fromarray(f(np.asarray(img))).convert(img.mode)


def pad(img: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """More pixels around: ``padding`` for all sides, for (left and right, top and bottom), or for each side.

    Args:
        fill: the new pixels' value, or one for each channel, where ``padding_mode`` is constant.
        padding_mode: constant, edge, reflect (without the edge) or symmetric (with it).
    """
    expect_image("pad", img)
    sides = sides_of(padding)
    if is_pil(img):
        return through_array(img, lambda a: pad(a, sides, fill, padding_mode))
    return on_tensor(img, lambda x: tensors.pad(x, sides, fill, padding_mode))


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of the image; what lies outside is 0."""
    expect_image("crop", img)
    if is_pil(img):
        return img.crop((left, top, left + width, top + height))

    def cut(x: Any) -> Any:
        rows, columns = x.shape[-2:]
        around = max(-left, 0), max(-top, 0), max(left + width - columns, 0), max(top + height - rows, 0)
        if any(around):
            x = tensors.pad(x, around, 0, "constant")
        y, z = max(top, 0), max(left, 0)
        return x[..., y : y + height, z : z + width]

    return on_tensor(img, cut)


def center_crop(img: Any, output_size: Any) -> Any:
    """The middle of the image, with 0 around where it is too small."""
    size = [output_size] * 2 if isinstance(output_size, int) else list(output_size) * (2 // len(output_size))
    _, rows, columns = get_dimensions(img)
    high, wide = size
    if wide > columns or high > rows:
        left, top = max(wide - columns, 0), max(high - rows, 0)
        img = pad(img, (left // 2, top // 2, (left + 1) // 2, (top + 1) // 2))
        _, rows, columns = get_dimensions(img)
    return crop(img, round((rows - high) / 2.0), round((columns - wide) / 2.0), high, wide)


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: Any,
    interpolation: Any = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Any:
    """`crop`, then `resize`."""
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def hflip(img: Any) -> Any:
    """Left and right exchanged."""
    expect_image("hflip", img)
    return img.transpose(0) if is_pil(img) else on_tensor(img, lambda x: ops.flip(x, (-1,)))


def vflip(img: Any) -> Any:
    """Top and bottom exchanged."""
    expect_image("vflip", img)
    return img.transpose(1) if is_pil(img) else on_tensor(img, lambda x: ops.flip(x, (-2,)))


def erase(img: Tensor, i: int, j: int, h: int, w: int, v: Any, inplace: bool = False) -> Tensor:
    """A tensor with the values ``v`` in a rectangle."""
    if not isinstance(img, TensorBase):
        raise _C.DTypeError(f"img should be Tensor. Got {type(img).__name__}")
    out: Any = img if inplace else img.clone()
    out[..., i : i + h, j : j + w] = v
    return out  # type: ignore[no-any-return]

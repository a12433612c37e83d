"""Windows of an image as columns, columns added up to an image, and channels moved into space and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydl import _C
from pydl.autograd.function import Function, apply
from pydl.ops.conv import Ints, each
from pydl.ops.copy import clone
from pydl.ops.operands import expect_tensor
from pydl.ops.view import permute, reshape, squeeze, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]


class Windows(NamedTuple):
    """How windows lie over an image of ``size``."""

    size: Ints
    kernel: Ints
    dilation: Ints
    padding: Ints
    stride: Ints

    def counts(self) -> Ints:
        """How many windows there are along each dimension."""
        return tuple([(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in zip(*self, strict=True)])

    def over(self, padded: _C.Array) -> _C.Array:
        """A view (batch, channels, kernel..., counts...) of a contiguous image that has its border."""
        batch, channels, _, width = padded.shape
        plane = padded.shape[2] * width
        (kh, kw), (dh, dw), (sh, sw) = self.kernel, self.dilation, self.stride
        return _C.as_strided(
            padded,
            (batch, channels, kh, kw, *self.counts()),
            (channels * plane, plane, dh * width, dw, sh * width, sw),
            0,
        )

    def bordered(self, batch: int, channels: int, code: int) -> tuple[_C.Array, _C.Array]:
        """Zeros of the image with its border, and the view of the image in it."""
        (h, w), (ph, pw) = self.size, self.padding
        out = _C.zeros((batch, channels, h + 2 * ph, w + 2 * pw), code)
        return out, _C.slice(_C.slice(out, 2, ph, 1, h), 3, pw, 1, w)


class Unfold(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, windows: Windows) -> _C.Array:
        ctx.windows, array = windows, x.array
        batch, channels = array.shape[:2]
        if any(windows.padding):
            padded, inside = windows.bordered(batch, channels, array.dtype)
            _C.copy_into(inside, array)
        else:
            padded = _C.contiguous(array)
        columns = _C.contiguous(windows.over(padded))
        shape = (batch, channels * math.prod(windows.kernel), math.prod(windows.counts()))
        columns = _C.reshape(columns, shape)
        return _C.clone(columns) if columns.storage_id == array.storage_id else columns

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # the columns added up
        return apply(Fold, g, ctx.windows)


class Fold(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, windows: Windows) -> _C.Array:
        ctx.windows, array = windows, x.array
        batch, rows = array.shape[:2]
        kh, kw = windows.kernel
        channels = rows // (kh * kw)
        parts = _C.reshape(array, (batch, channels, kh, kw, *windows.counts()))
        padded, inside = windows.bordered(batch, channels, array.dtype)
        view = windows.over(padded)
        for i in range(kh):
            for j in range(kw):  # the windows' elements (i, j) do not overlap
                _C.add_(_C.select(_C.select(view, 2, i), 2, j), _C.select(_C.select(parts, 2, i), 2, j))
        return _C.contiguous(inside)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # the windows of g
        return apply(Unfold, g, ctx.windows)


def windows_of(name: str, size: Ints, kernel_size: Sizes, dilation: Sizes, padding: Sizes, stride: Sizes) -> Windows:
    """The settings of both functions, checked.

    Raises:
        ShapeError: no window fits.
        ValueError: a setting is out of range.
    """
    windows = Windows(
        size,
        each(name, "kernel_size", kernel_size, 2),
        each(name, "dilation", dilation, 2),
        each(name, "padding", padding, 2),
        each(name, "stride", stride, 2),
    )
    positive = (*windows.kernel, *windows.dilation, *windows.stride)
    if any(not 1 <= n < 2**31 for n in positive) or any(not 0 <= n < 2**31 for n in windows.padding):
        raise _C.ValueError(
            f"{name}: expected kernel_size, dilation and stride of 1 or more and padding of 0 or more, got "
            f"{windows.kernel}, {windows.dilation}, {windows.stride} and {windows.padding}"
        )
    if any(n < 1 for n in size) or any(n < 1 for n in windows.counts()):
        raise _C.ShapeError(
            f"{name}: expected an image larger than the window, got sizes {size} with padding {windows.padding} for "
            f"windows of {windows.kernel}, dilation {windows.dilation}"
        )
    return windows


def unfold(input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """The windows of images as columns, as a convolution sees them: (batch, channels * kernel, windows).

    Args:
        input: (batch, channels, height, width), or without the batch.
        kernel_size, dilation, padding, stride: those of the convolution; zeros stand in the padding.

    Raises:
        ShapeError: the input is no image, or no window fits.
        ValueError: a setting is out of range.

    >>> pydl.nn.functional.unfold(pydl.arange(6.0).reshape(1, 1, 2, 3), 2)
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])
    """
    expect_tensor("unfold", input)
    ndim = input.array.ndim
    if ndim not in (3, 4):
        raise _C.ShapeError(
            f"unfold: expected an input (batch, channels, height, width) or without the batch, got {input.array.shape}"
        )
    x = input if ndim == 4 else unsqueeze(input, 0)
    y = apply(Unfold, x, windows_of("unfold", x.array.shape[2:], kernel_size, dilation, padding, stride))
    return y if ndim == 4 else squeeze(y, 0)


def fold(
    input: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Columns (batch, channels * kernel, windows) added up where they lie in images of ``output_size``.

    The transpose of `unfold` as a linear map: overlapping windows add up.

    Raises:
        ShapeError: the input has not as many rows and columns as the windows make.
        ValueError: a setting is out of range.

    >>> pydl.nn.functional.fold(pydl.ones(1, 4, 2), (2, 3), 2)
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """
    expect_tensor("fold", input)
    ndim = input.array.ndim
    windows = windows_of("fold", each("fold", "output_size", output_size, 2), kernel_size, dilation, padding, stride)
    rows, columns = math.prod(windows.kernel), math.prod(windows.counts())
    shape = input.array.shape
    if ndim not in (2, 3) or shape[-2] % rows or shape[-1] != columns:
        raise _C.ShapeError(
            f"fold: expected an input (batch, channels * {rows}, {columns}) for windows of {windows.kernel} over "
            f"{windows.size}, got {shape}"
        )
    x = input if ndim == 3 else unsqueeze(input, 0)
    y = apply(Fold, x, windows)
    return y if ndim == 3 else squeeze(y, 0)


def image_sizes(name: str, input: Tensor, least: int) -> tuple[Ints, Ints]:
    """The sizes before the last three or more dimensions, and those."""
    expect_tensor(name, input)
    shape = input.array.shape
    if len(shape) < least:
        raise _C.ShapeError(f"{name}: expected at least {least} dimensions (..., channels, space), got shape {shape}")
    return shape[:-3], shape[-3:]


def apart(result: Tensor, input: Tensor) -> Tensor:
    """The result, as a copy where nothing moved and it shows the input's memory."""
    return clone(result) if result.array.storage_id == input.array.storage_id else result


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Channels moved into space: (..., channels * r * r, height, width) to (..., channels, height * r, width * r).

    Source: Shi et al., "Real-time single image and video super-resolution", 2016.

    Raises:
        ShapeError: the channels are not divisible by ``r * r``.

    >>> pydl.nn.functional.pixel_shuffle(pydl.arange(4.0).reshape(1, 4, 1, 1), 2)
    tensor([[[[0., 1.],
              [2., 3.]]]])
    """
    outer, (channels, height, width) = image_sizes("pixel_shuffle", input, 3)
    r = upscale_factor
    if r < 1:
        raise _C.ValueError(f"pixel_shuffle: expected an upscale_factor of 1 or more, got {r}")
    if channels % (r * r):
        raise _C.ShapeError(f"pixel_shuffle: expected channels divisible by {r * r}, got shape {input.array.shape}")
    c = channels // (r * r)
    n = len(outer)
    x = reshape(input, (*outer, c, r, r, height, width))
    x = permute(x, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return apart(reshape(x, (*outer, c, height * r, width * r)), input)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Space moved into channels: the inverse of `pixel_shuffle`.

    Raises:
        ShapeError: height or width are not divisible by ``downscale_factor``.

    >>> pydl.nn.functional.pixel_unshuffle(pydl.arange(4.0).reshape(1, 1, 2, 2), 2).shape
    pydl.Size([1, 4, 1, 1])
    """
    outer, (channels, height, width) = image_sizes("pixel_unshuffle", input, 3)
    r = downscale_factor
    if r < 1:
        raise _C.ValueError(f"pixel_unshuffle: expected a downscale_factor of 1 or more, got {r}")
    if height % r or width % r:
        raise _C.ShapeError(f"pixel_unshuffle: expected sizes divisible by {r}, got shape {input.array.shape}")
    n = len(outer)
    x = reshape(input, (*outer, channels, height // r, r, width // r, r))
    x = permute(x, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return apart(reshape(x, (*outer, channels * r * r, height // r, width // r)), input)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Channels (dimension 1) dealt out over ``groups``: (groups, n) to (n, groups).

    Raises:
        ShapeError: the channels do not make so many groups.

    >>> pydl.nn.functional.channel_shuffle(pydl.arange(4.0).reshape(1, 4, 1), 2).flatten()
    tensor([0., 2., 1., 3.])
    """
    expect_tensor("channel_shuffle", input)
    shape = input.array.shape
    if groups < 1:
        raise _C.ValueError(f"channel_shuffle: expected groups of 1 or more, got {groups}")
    if len(shape) < 3 or shape[1] % groups:
        raise _C.ShapeError(
            f"channel_shuffle: expected an input (batch, channels, space...) with channels divisible by {groups}, got "
            f"{shape}"
        )
    x = reshape(input, (shape[0], groups, shape[1] // groups, *shape[2:]))
    return apart(reshape(permute(x, (0, 2, 1, *range(3, len(shape) + 1))), shape), input)

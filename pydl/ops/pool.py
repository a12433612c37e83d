"""Pooling: the maximum or the average under a window that moves over the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, apply_many, wrap
from pydl.ops.conv import Ints, batched, each
from pydl.ops.interpolate import AREA, Interpolate
from pydl.ops.view import squeeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]


class MaxPool(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, *settings: Any) -> tuple[_C.Array, _C.Array]:
        y, index = _C.max_pool(x.array, *settings)
        ctx.save(wrap(index))
        ctx.space = x.array.shape[2:]
        return y, index

    @staticmethod
    def backward(ctx: Any, g: Tensor, _: None) -> Any:  # zeros with g added at the maxima
        (index,) = ctx.saved_tensors
        return apply(PlaneScatter, g, index.array, ctx.space)


class AdaptiveMaxPool(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: Ints) -> tuple[_C.Array, _C.Array]:
        y, index = _C.adaptive_max_pool(x.array, sizes)
        ctx.save(wrap(index))
        ctx.space = x.array.shape[2:]
        return y, index

    @staticmethod
    def backward(ctx: Any, g: Tensor, _: None) -> Any:  # zeros with g added at the maxima
        (index,) = ctx.saved_tensors
        return apply(PlaneScatter, g, index.array, ctx.space)


class PlaneScatter(Function):
    """Zeros with x added at an index into each plane."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: _C.Array, space: Ints) -> _C.Array:
        ctx.index = index
        return _C.plane_scatter(x.array, index, space)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g at the index
        return apply(PlaneGather, g, ctx.index)


class PlaneGather(Function):
    """The elements of each plane at an index."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, index: _C.Array) -> _C.Array:
        ctx.index, ctx.space = index, x.array.shape[2:]
        return _C.plane_gather(x.array, index)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g added at the index
        return apply(PlaneScatter, g, ctx.index, ctx.space)


class AvgPool(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, *settings: Any) -> _C.Array:
        ctx.settings, ctx.space = settings, x.array.shape[2:]
        return _C.avg_pool(x.array, *settings)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / divisor, spread over the windows
        return apply(AvgPoolBackward, g, ctx.space, *ctx.settings)


class AvgPoolBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, space: Ints, *settings: Any) -> _C.Array:
        ctx.settings = settings
        return _C.avg_pool_backward(g.array, space, *settings)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the average of gg
        return apply(AvgPool, gg, *ctx.settings)


def max_pool(
    spaces: int,
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    dilation: Sizes,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    """max_pool1d, 2d and 3d."""
    name = f"max_pool{spaces}d"
    x, single = batched(name, input, spaces)
    kernel = each(name, "kernel_size", kernel_size, spaces)
    steps = kernel if stride is None or stride == () else each(name, "stride", stride, spaces)
    pads, spread = each(name, "padding", padding, spaces), each(name, "dilation", dilation, spaces)
    y, index = apply_many(MaxPool, x, kernel, steps, pads, spread, bool(ceil_mode))
    if single:
        y, index = squeeze(y, 0), squeeze(index, 0)
    return (y, index) if return_indices else y


def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum over windows of one dimension; see `max_pool2d`. Input (batch, channels, width).

    >>> pydl.max_pool1d(pydl.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    tensor([[[3., 2.]]])
    """
    return max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum over windows of two dimensions. NaN counts as the largest number.

    Args:
        input: (batch, channels, height, width), or without the batch.
        kernel_size: of the window.
        stride: steps between windows; the size of the window by default.
        padding: places of minus infinity on both sides, at most half a window.
        dilation: steps between the elements under a window.
        ceil_mode: let the last window reach beyond the end.
        return_indices: give the place of each maximum within its plane too.

    Raises:
        ShapeError: no window fits.
        ValueError: a setting is out of range.

    >>> pydl.max_pool2d(pydl.arange(16.0).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 5.,  7.],
              [13., 15.]]]])
    """
    return max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum over windows of three dimensions; see `max_pool2d`."""
    return max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool(
    spaces: int,
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Tensor:
    """avg_pool1d, 2d and 3d."""
    name = f"avg_pool{spaces}d"
    x, single = batched(name, input, spaces)
    kernel = each(name, "kernel_size", kernel_size, spaces)
    steps = kernel if stride is None or stride == () else each(name, "stride", stride, spaces)
    pads = each(name, "padding", padding, spaces)
    if divisor_override is not None and divisor_override == 0:
        raise _C.ValueError(f"{name}: expected a divisor_override other than 0")
    y = apply(AvgPool, x, kernel, steps, pads, bool(ceil_mode), bool(count_include_pad), divisor_override or 0)
    return squeeze(y, 0) if single else y


def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The average over windows of one dimension; see `avg_pool2d`. Input (batch, channels, width).

    >>> pydl.avg_pool1d(pydl.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    tensor([[[2., 1.]]])
    """
    return avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average over windows of two dimensions.

    Args:
        input: (batch, channels, height, width), or without the batch.
        kernel_size: of the window.
        stride: steps between windows; the size of the window by default.
        padding: zeros on both sides, at most half a window.
        ceil_mode: let the last window reach beyond the end.
        count_include_pad: divide by all elements under the window, those of the padding too.
        divisor_override: divide by this instead.

    Raises:
        ShapeError: no window fits.
        ValueError: a setting is out of range.

    >>> pydl.avg_pool2d(pydl.arange(16.0).reshape(1, 1, 4, 4), 2)
    tensor([[[[ 2.5000,  4.5000],
              [10.5000, 12.5000]]]])
    """
    return avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average over windows of three dimensions; see `avg_pool2d`."""
    return avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def target_sizes(name: str, size: Any, space: Ints) -> Ints:
    """The sizes to pool to; None keeps one."""
    if isinstance(size, str | bytes):
        raise _C.ValueError(f"{name}: expected output_size to be an int or {len(space)} of them, got {size!r}")
    given = (size,) * len(space) if size is None or isinstance(size, int) else tuple(size)
    if len(given) == 1:
        given *= len(space)
    if len(given) != len(space):
        raise _C.ValueError(f"{name}: expected output_size to be an int or {len(space)} of them, got {size}")
    out = tuple([n if m is None else int(m) for n, m in zip(space, given, strict=True)])
    if any(m < 0 for m in out):
        raise _C.ValueError(f"{name}: expected sizes of 0 or more, got {size}")
    if any(n == 0 for n in space):
        raise _C.ShapeError(f"{name}: expected a space that is not empty, got sizes {space}")
    return out


def adaptive_avg_pool(spaces: int, input: Tensor, output_size: Any) -> Tensor:
    """adaptive_avg_pool1d, 2d and 3d."""
    name = f"adaptive_avg_pool{spaces}d"
    x, single = batched(name, input, spaces)
    space = x.array.shape[2:]
    sizes = target_sizes(name, output_size, space)
    if all(m and n % m == 0 for n, m in zip(space, sizes, strict=True)):
        kernel = tuple([n // m for n, m in zip(space, sizes, strict=True)])
        y = apply(AvgPool, x, kernel, kernel, (0,) * spaces, False, True, 0)
    else:
        y = apply(Interpolate, x, sizes, AREA, False, False, [0.0] * spaces)
    return squeeze(y, 0) if single else y


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The average over ``output_size`` windows that cover one dimension evenly; see `adaptive_avg_pool2d`.

    >>> pydl.adaptive_avg_pool1d(pydl.arange(6.0).reshape(1, 1, 6), 2)
    tensor([[[1., 4.]]])
    """
    return adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The average over as many windows as ``output_size`` says (None: as many as elements) along height and width.

    Window i of m over n elements reaches from floor(i n / m) to ceil((i + 1) n / m).

    Raises:
        ShapeError: the input is no image, or empty.

    >>> pydl.adaptive_avg_pool2d(pydl.arange(16.0).reshape(1, 1, 4, 4), 1)
    tensor([[[[7.5000]]]])
    """
    return adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The average over ``output_size`` windows along three dimensions; see `adaptive_avg_pool2d`."""
    return adaptive_avg_pool(3, input, output_size)


def adaptive_max_pool(spaces: int, input: Tensor, output_size: Any, return_indices: bool) -> Any:
    """adaptive_max_pool1d, 2d and 3d."""
    name = f"adaptive_max_pool{spaces}d"
    x, single = batched(name, input, spaces)
    space = x.array.shape[2:]
    sizes = target_sizes(name, output_size, space)
    if all(m and n % m == 0 for n, m in zip(space, sizes, strict=True)):
        kernel = tuple([n // m for n, m in zip(space, sizes, strict=True)])
        y, index = apply_many(MaxPool, x, kernel, kernel, (0,) * spaces, (1,) * spaces, False)
    else:
        y, index = apply_many(AdaptiveMaxPool, x, sizes)
    if single:
        y, index = squeeze(y, 0), squeeze(index, 0)
    return (y, index) if return_indices else y


def as_numpy(x: _C.Array) -> Any:
    """x in a dtype that numpy has."""
    return _C.cast(x, 0) if x.dtype == 2 else x


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The maximum over ``output_size`` windows that cover one dimension evenly; see `adaptive_avg_pool2d`.

    >>> pydl.adaptive_max_pool1d(pydl.arange(6.0).reshape(1, 1, 6), 2)
    tensor([[[2., 5.]]])
    """
    return adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The maximum over ``output_size`` windows along height and width; see `adaptive_avg_pool2d`."""
    return adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The maximum over ``output_size`` windows along three dimensions; see `adaptive_avg_pool2d`."""
    return adaptive_max_pool(3, input, output_size, return_indices)

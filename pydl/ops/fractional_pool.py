"""Maxima of windows at pseudo-random places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import apply, wrap
from pydl.ops.conv import Ints, batched, each
from pydl.ops.create import from_array
from pydl.ops.pool import PlaneGather, as_numpy
from pydl.ops.random import rand
from pydl.ops.view import squeeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]


def fractional_starts(size: int, out: int, kernel: int, sample: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Where each window begins: (planes, out), by a random number in [0, 1) for each plane."""
    if out == 1:
        return np.full((sample.size, 1), size - kernel)
    alpha = sample.dtype.type(size - kernel) / sample.dtype.type(out - 1)
    steps = np.arange(out, dtype=sample.dtype)
    starts: np.ndarray[Any, Any] = ((steps + sample[:, None]) * alpha).astype(np.int64) - (sample * alpha).astype(
        np.int64
    )[:, None]
    starts[:, -1] = size - kernel
    return starts


def fractional_max_pool(
    spaces: int,
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None,
    output_ratio: float | Sequence[float] | None,
    return_indices: bool,
    samples: Tensor | None,
) -> Any:
    """fractional_max_pool2d and 3d."""
    name = f"fractional_max_pool{spaces}d"
    x, single = batched(name, input, spaces)
    if x.array.dtype > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {input.dtype.name}")
    space = x.array.shape[2:]
    kernel = each(name, "kernel_size", kernel_size, spaces)
    if (output_size is None) == (output_ratio is None):
        raise _C.ValueError(f"{name}: expected one of output_size and output_ratio, got both or neither")
    if output_ratio is not None:
        one = isinstance(output_ratio, int | float)
        ratios: Any = [output_ratio] * spaces if one else list(output_ratio)  # type: ignore[arg-type]
        if len(ratios) != spaces or any(not 0 < r < 1 for r in ratios):
            raise _C.ValueError(f"{name}: expected {spaces} ratios between 0 and 1, got {output_ratio}")
        out = tuple([int(n * r) for n, r in zip(space, ratios, strict=True)])
    else:
        assert output_size is not None
        out = each(name, "output_size", output_size, spaces)
    if any(k < 1 or m < 1 or m + k - 1 > n for n, m, k in zip(space, out, kernel, strict=True)):
        raise _C.ShapeError(
            f"{name}: expected an output_size of 1 or more with output_size + kernel_size - 1 at most the input's, got "
            f"{out} and {kernel} for {space}"
        )
    planes = x.array.shape[:2]
    if samples is None:
        samples = rand(*planes, spaces, dtype=input.dtype)
    if samples.array.shape != (*planes, spaces):
        raise _C.ShapeError(f"{name}: expected samples of shape {(*planes, spaces)}, got {samples.array.shape}")
    places = from_array(window_maxima(np.asarray(as_numpy(x.array)), np.asarray(as_numpy(samples.array)), out, kernel))
    y, index = apply(PlaneGather, x, places), wrap(places)
    if single:
        y, index = squeeze(y, 0), squeeze(index, 0)
    return (y, index) if return_indices else y


def window_maxima(
    x: np.ndarray[Any, Any], samples: np.ndarray[Any, Any], out: Ints, kernel: Ints
) -> np.ndarray[Any, Any]:
    """The place within its plane of the maximum under each window. As in PyTorch, the samples of two dimensions come
    width first, those of three depth first."""
    space, spaces = x.shape[2:], len(out)
    count = x.shape[0] * x.shape[1]
    flat = x.reshape(count, math.prod(space))
    at: Any = np.zeros((count,) + (1,) * (2 * spaces), np.int64)  # (planes, out..., kernel...)
    for d in range(spaces):
        starts = fractional_starts(
            space[d], out[d], kernel[d], samples.reshape(count, spaces)[:, 1 - d if spaces == 2 else d]
        )
        line = starts[:, :, None] + np.arange(kernel[d])
        shape = [1] * (2 * spaces)
        shape[d], shape[spaces + d] = out[d], kernel[d]
        at = at * space[d] + line.reshape(count, *shape)
    at = at.reshape(count, math.prod(out), math.prod(kernel))
    values = np.take_along_axis(flat[:, None, :], at, 2) if count else at
    best = values.argmax(-1)[..., None] if count else np.zeros((0, math.prod(out), 1), np.int64)
    return np.ascontiguousarray(np.take_along_axis(at, best, 2).reshape(*x.shape[:2], *out))


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """The maximum over windows at pseudo-random places (Graham, "Fractional max-pooling", 2014).

    Args:
        input: (batch, channels, height, width), or without the batch.
        kernel_size: of the windows.
        output_size: of the result; or ``output_ratio``, how it relates to the input's, below 1.
        return_indices: give the place of each maximum within its plane too.
        _random_samples: (batch, channels, 2) numbers in [0, 1) instead of random ones.

    Raises:
        ShapeError: the windows do not fit.
    """
    return fractional_max_pool(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """`fractional_max_pool2d` over three dimensions."""
    return fractional_max_pool(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)

"""Maxima put back where they were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydl import _C
from pydl.dtypes import int64
from pydl.ops.conv import batched, each
from pydl.ops.create import zeros
from pydl.ops.gather import scatter
from pydl.ops.operands import expect_tensor
from pydl.ops.view import reshape, squeeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]


def max_unpool(
    spaces: int,
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    output_size: Sequence[int] | None,
) -> Tensor:
    """max_unpool1d, 2d and 3d."""
    name = f"max_unpool{spaces}d"
    expect_tensor(name, indices)
    x, single = batched(name, input, spaces)
    if indices.array.shape != input.array.shape:
        raise _C.ShapeError(f"{name}: expected indices of shape {input.array.shape}, got {indices.array.shape}")
    if indices.array.dtype != int64.code:
        raise _C.DTypeError(f"{name}: expected indices of dtype int64, got {indices.dtype.name}")
    kernel = each(name, "kernel_size", kernel_size, spaces)
    steps = kernel if stride is None or stride == () else each(name, "stride", stride, spaces)
    pads = each(name, "padding", padding, spaces)
    if any(s < 1 for s in steps):
        raise _C.ValueError(f"{name}: expected a stride of 1 or more, got {steps}")
    usual = tuple([(n - 1) * s - 2 * p + k for n, s, p, k in zip(x.array.shape[2:], steps, pads, kernel, strict=True)])
    out = usual if output_size is None else tuple([int(n) for n in output_size])[-spaces:]
    if len(out) != spaces or any(not u - s < n < u + s for n, u, s in zip(out, usual, steps, strict=True)):
        raise _C.ValueError(f"{name}: expected an output_size within a stride of {usual}, got {output_size}")
    if any(n < 1 for n in out):
        raise _C.ShapeError(f"{name}: the result would have the sizes {out} (input {input.array.shape})")
    planes = x.array.shape[:2]
    target = zeros((*planes, math.prod(out)), dtype=input.dtype)
    size = x.array.size // max(math.prod(planes), 1)
    flat, places = reshape(x, (*planes, size)), reshape(indices, (*planes, size))
    y = reshape(scatter(target, 2, places, flat), (*planes, *out))
    return squeeze(y, 0) if single else y


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Maxima put back where they were, zeros elsewhere; see `max_unpool2d`.

    >>> y, where = pydl.nn.functional.max_pool1d(pydl.tensor([[[1.0, 3.0, 2.0, 0.0]]]), 2, return_indices=True)
    >>> pydl.nn.functional.max_unpool1d(y, where, 2)
    tensor([[[0., 3., 2., 0.]]])
    """
    return max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Maxima put back where they were, zeros elsewhere.

    Args:
        input, indices: what `max_pool2d` gives with ``return_indices``.
        kernel_size, stride, padding: those of the pooling.
        output_size: of the image, where several sizes lead to one result.

    Raises:
        IndexError: an index lies outside of the image.
        ShapeError: input and indices are not of one shape.
        ValueError: such an image does not lead to that input.
    """
    return max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Maxima put back where they were, zeros elsewhere; see `max_unpool2d`."""
    return max_unpool(3, input, indices, kernel_size, stride, padding, output_size)

"""Averages over the bins of boxes in images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply, wrap
from pydl.ops.concat import cat
from pydl.ops.conv import Ints, each
from pydl.ops.copy import to_code
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class RoiAlign(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, boxes: _C.Array, *settings: Any) -> _C.Array:
        ctx.boxes, ctx.shape, ctx.settings = boxes, x.array.shape, settings
        return _C.roi_align(x.array, boxes, *settings)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g spread over the samples of each bin
        return apply(RoiAlignBackward, g, ctx.boxes, ctx.shape, *ctx.settings)


class RoiAlignBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, boxes: _C.Array, shape: Ints, *settings: Any) -> _C.Array:
        ctx.boxes, ctx.settings = boxes, settings
        return _C.roi_align_backward(g.array, boxes, shape, *settings)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the averages of gg
        return apply(RoiAlign, gg, ctx.boxes, *ctx.settings)


def numbered(boxes: Sequence[Tensor]) -> Tensor:
    """Boxes (count, 4) of each image as one tensor (count, 5), the image's number first."""
    parts = []
    for i, part in enumerate(boxes):
        expect_tensor("roi_align", part)
        if part.array.ndim != 2 or part.array.shape[1] != 4:
            raise _C.ShapeError(f"roi_align: expected boxes of shape (count, 4), got {part.array.shape}")
        number = wrap(_C.full((part.array.shape[0], 1), _C.scalar(i, part.array.dtype)))
        parts.append(cat([number, part], 1))
    if not parts:
        raise _C.ShapeError("roi_align: expected boxes for each image, got an empty list")
    return cat(parts, 0)


def roi_align(
    input: Tensor,
    boxes: Tensor | Sequence[Tensor],
    output_size: int | Sequence[int],
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """The input averaged over a grid of bins in each box (He et al., "Mask R-CNN", 2017).

    Args:
        input: (batch, channels, height, width).
        boxes: (count, 5): image, x1, y1, x2, y2; or for each image a tensor (count, 4). No gradient reaches them.
        output_size: bins, (height, width).
        spatial_scale: what box coordinates are multiplied by.
        sampling_ratio: samples along each side of a bin; 0 or less: one for each element that it covers.
        aligned: shift by half an element, as the method's authors do now.

    Returns:
        (count, channels, height, width) of the bins.

    Raises:
        IndexError: a box names an image that is not there.
        ShapeError: the shapes do not fit.

    >>> x = pydl.arange(16.0).reshape(1, 1, 4, 4)
    >>> pydl.vision.ops.roi_align(x, pydl.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]]), 1, sampling_ratio=1)
    tensor([[[[5.]]]])
    """
    expect_tensor("roi_align", input)
    rois: Any = boxes if isinstance(boxes, TensorBase) else numbered(boxes)
    height, width = each("roi_align", "output_size", output_size, 2)
    if rois.array.dtype > 3 and input.array.dtype <= 3:
        rois = to_code(rois, input.array.dtype)
    # A copy: the caller may write to the boxes before backward.
    array = _C.clone(rois.array)
    return apply(RoiAlign, input, array, height, width, float(spatial_scale), int(sampling_ratio), bool(aligned))

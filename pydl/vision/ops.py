"""Boxes and regions of images: torchvision's ``torchvision.ops``. Boxes are (count, 4): x1, y1, x2, y2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, ops
from pydl.autograd.function import is_tensor
from pydl.nn import functional as F
from pydl.nn.modules.module import Module
from pydl.ops.roi_align import roi_align as roi_align

if TYPE_CHECKING:
    from pydl.tensor import Tensor

FORMATS = ("xyxy", "xywh", "cxcywh")


def check_boxes(name: str, boxes: Tensor) -> None:
    """Raise a ShapeError for what is not (..., 4)."""
    if not is_tensor(boxes):
        raise _C.DTypeError(f"{name}: expected a tensor of boxes, got {type(boxes).__name__}")
    if boxes.array.ndim < 1 or boxes.array.shape[-1] != 4:
        raise _C.ShapeError(f"{name}: expected boxes of shape (..., 4), got {boxes.array.shape}")


def box_convert(boxes: Tensor, in_fmt: str, out_fmt: str) -> Tensor:
    """Boxes in another format: "xyxy" (corners), "xywh" (corner and size) or "cxcywh" (centre and size).

    >>> pydl.vision.ops.box_convert(pydl.tensor([[1.0, 2.0, 5.0, 4.0]]), "xyxy", "cxcywh")
    tensor([[3., 3., 4., 2.]])
    """
    check_boxes("box_convert", boxes)
    if in_fmt not in FORMATS or out_fmt not in FORMATS:
        raise _C.ValueError(f"box_convert: expected formats of {', '.join(FORMATS)}; got {in_fmt!r} and {out_fmt!r}")
    if in_fmt == out_fmt:
        return ops.clone(boxes)
    a, b, c, d = ops.unbind(boxes, -1)
    if in_fmt == "cxcywh":
        a, b, c, d = a - 0.5 * c, b - 0.5 * d, a + 0.5 * c, b + 0.5 * d
    elif in_fmt == "xywh":
        c, d = a + c, b + d
    if out_fmt == "cxcywh":
        a, b, c, d = (a + c) / 2, (b + d) / 2, c - a, d - b
    elif out_fmt == "xywh":
        c, d = c - a, d - b
    return ops.stack([a, b, c, d], -1)


def box_area(boxes: Tensor, fmt: str = "xyxy") -> Tensor:
    """The area of each box.

    >>> pydl.vision.ops.box_area(pydl.tensor([[1.0, 2.0, 5.0, 4.0]]))
    tensor([8.])
    """
    check_boxes("box_area", boxes)
    if fmt not in FORMATS:
        raise _C.ValueError(f"box_area: expected a format of {', '.join(FORMATS)}; got {fmt!r}")
    a, b, c, d = ops.unbind(boxes, -1)
    return (c - a) * (d - b) if fmt == "xyxy" else c * d


def overlaps(name: str, boxes1: Tensor, boxes2: Tensor) -> tuple[Tensor, Tensor]:
    """The areas of the intersection and of the union of each pair, (..., count1, count2)."""
    check_boxes(name, boxes1)
    check_boxes(name, boxes2)
    if boxes1.array.ndim < 2 or boxes2.array.ndim < 2:
        raise _C.ShapeError(
            f"{name}: expected boxes of shape (count, 4), got {boxes1.array.shape} and {boxes2.array.shape}"
        )
    one, two = ops.unsqueeze(boxes1, -2), ops.unsqueeze(boxes2, -3)
    low = ops.maximum(one[..., :2], two[..., :2])
    high = ops.minimum(one[..., 2:], two[..., 2:])
    width, height = ops.unbind(ops.clamp(high - low, min=0), -1)
    inside = width * height
    both = ops.unsqueeze(box_area(boxes1), -1) + ops.unsqueeze(box_area(boxes2), -2)
    return inside, both - inside


def corners(boxes: Tensor, fmt: str) -> Tensor:
    """Boxes of any format as corners."""
    return boxes if fmt == "xyxy" else box_convert(boxes, fmt, "xyxy")


def box_iou(boxes1: Tensor, boxes2: Tensor, fmt: str = "xyxy") -> Tensor:
    """Intersection over union of each pair of boxes, (count1, count2).

    >>> a = pydl.tensor([[0.0, 0.0, 2.0, 2.0]])
    >>> pydl.vision.ops.box_iou(a, pydl.tensor([[1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0]]))
    tensor([[0.3333, 0.0000]])
    """
    inside, union = overlaps("box_iou", corners(boxes1, fmt), corners(boxes2, fmt))
    return inside / union


def generalized_box_iou(boxes1: Tensor, boxes2: Tensor) -> Tensor:
    """`box_iou` less the part of the smallest box around both that neither covers (Rezatofighi et al., 2019).

    >>> a = pydl.tensor([[0.0, 0.0, 1.0, 1.0]])
    >>> pydl.vision.ops.generalized_box_iou(a, pydl.tensor([[3.0, 0.0, 4.0, 1.0]]))
    tensor([[-0.5000]])
    """
    inside, union = overlaps("generalized_box_iou", boxes1, boxes2)
    one, two = ops.unsqueeze(boxes1, -2), ops.unsqueeze(boxes2, -3)
    low = ops.minimum(one[..., :2], two[..., :2])
    high = ops.maximum(one[..., 2:], two[..., 2:])
    width, height = ops.unbind(ops.clamp(high - low, min=0), -1)
    around = width * height
    return inside / union - (around - union) / around


def clip_boxes_to_image(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    """Boxes moved inside an image of (height, width).

    >>> pydl.vision.ops.clip_boxes_to_image(pydl.tensor([[-1.0, 2.0, 50.0, 60.0]]), (20, 30))
    tensor([[ 0.,  2., 30., 20.]])
    """
    check_boxes("clip_boxes_to_image", boxes)
    height, width = size
    x1, y1, x2, y2 = ops.unbind(boxes, -1)
    clipped = [ops.clamp(v, 0, most) for v, most in ((x1, width), (y1, height), (x2, width), (y2, height))]
    return ops.stack(clipped, -1)


def remove_small_boxes(boxes: Tensor, min_size: float) -> Tensor:
    """The indices of the boxes with both sides at least ``min_size``.

    >>> pydl.vision.ops.remove_small_boxes(pydl.tensor([[0.0, 0.0, 9.0, 1.0], [0.0, 0.0, 5.0, 5.0]]), 2.0)
    tensor([1])
    """
    check_boxes("remove_small_boxes", boxes)
    x1, y1, x2, y2 = ops.unbind(boxes, -1)
    keep = ((x2 - x1) >= min_size) & ((y2 - y1) >= min_size)
    return ops.reshape(ops.nonzero(keep), -1)


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """The boxes, best score first, that overlap no better one by more than ``iou_threshold``: their indices.

    Args:
        boxes: (count, 4).
        scores: (count,).
        iou_threshold: of the intersection over union; from it on upwards a box is left out.

    Raises:
        ShapeError: boxes and scores do not fit.

    >>> boxes = pydl.tensor([[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 9.0, 8.0], [20.0, 0.0, 29.0, 9.0]])
    >>> pydl.vision.ops.nms(boxes, pydl.tensor([0.5, 0.9, 0.7]), 0.5)
    tensor([1, 2])
    """
    check_boxes("nms", boxes)
    if boxes.array.ndim != 2 or scores.array.shape != boxes.array.shape[:1]:
        raise _C.ShapeError(
            f"nms: expected boxes (count, 4) and scores (count,), got {boxes.array.shape} and {scores.array.shape}"
        )
    corner = boxes.detach().float() if boxes.array.dtype in (2, 3) else boxes.detach()
    x1, y1, x2, y2 = np.ascontiguousarray(corner.numpy().T)
    score = scores.detach().double().numpy()
    order = np.argsort(-np.where(np.isnan(score), np.inf, score), kind="stable")
    area = (x2 - x1) * (y2 - y1)
    kept = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        width = np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest])
        height = np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest])
        inside = np.maximum(width, 0) * np.maximum(height, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            over = inside / (area[best] + area[rest] - inside) > iou_threshold
        order = rest[~over]
    return ops.from_numpy(np.array(kept, np.int64))


def batched_nms(boxes: Tensor, scores: Tensor, idxs: Tensor, iou_threshold: float) -> Tensor:
    """`nms` for each class in ``idxs`` (count,) by itself; the indices of all, best score first.

    >>> boxes = pydl.tensor([[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 9.0, 8.0]])
    >>> pydl.vision.ops.batched_nms(boxes, pydl.tensor([0.5, 0.9]), pydl.tensor([0, 1]), 0.5)
    tensor([1, 0])
    """
    check_boxes("batched_nms", boxes)
    if idxs.array.shape != boxes.array.shape[:1] or scores.array.shape != idxs.array.shape:
        raise _C.ShapeError(
            f"batched_nms: expected scores and idxs of shape {boxes.array.shape[:1]}, got {scores.array.shape} and "
            f"{idxs.array.shape}"
        )
    classes = idxs.numpy()
    kept = []
    for one in np.unique(classes):
        places = np.flatnonzero(classes == one)
        index = ops.from_numpy(places)
        part = nms(ops.index_select(boxes, 0, index), ops.index_select(scores, 0, index), iou_threshold)
        kept.append(places[part.numpy()])
    found = np.sort(np.concatenate(kept)) if kept else np.zeros(0, np.int64)
    order = np.argsort(-scores.detach().double().numpy()[found], kind="stable")
    return ops.from_numpy(found[order].astype(np.int64))


class RoIAlign(Module):
    """`roi_align` as a layer."""

    def __init__(
        self, output_size: int | Sequence[int], spatial_scale: float, sampling_ratio: int, aligned: bool = False
    ) -> None:
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale
        self.sampling_ratio, self.aligned = sampling_ratio, aligned

    def forward(self, input: Tensor, rois: Tensor | Sequence[Tensor]) -> Tensor:
        return roi_align(input, rois, self.output_size, self.spatial_scale, self.sampling_ratio, self.aligned)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, spatial_scale={self.spatial_scale}, "
            f"sampling_ratio={self.sampling_ratio}, aligned={self.aligned}"
        )


def sigmoid_focal_loss(
    inputs: Tensor, targets: Tensor, alpha: float = 0.25, gamma: float = 2, reduction: str = "none"
) -> Tensor:
    """Binary cross-entropy of logits, each element times ``(1 - p of the target) ** gamma`` (Lin et al., 2017).

    Args:
        inputs, targets: of one shape; targets 0 or 1.
        alpha: weight of the ones, the zeros get ``1 - alpha``; negative: no weights.
        gamma: how little the elements count that are right already.
        reduction: "none", "mean" or "sum".

    >>> pydl.vision.ops.sigmoid_focal_loss(pydl.zeros(1), pydl.ones(1))
    tensor([0.0433])
    """
    if reduction not in ("none", "mean", "sum"):
        raise _C.ValueError(f"sigmoid_focal_loss: expected reduction 'none', 'mean' or 'sum', got {reduction!r}")
    p = ops.sigmoid(inputs)
    loss: Any = F.binary_cross_entropy_with_logits(inputs, targets, reduction="none")
    loss = loss * (1 - (p * targets + (1 - p) * (1 - targets))) ** gamma
    if alpha >= 0:
        loss = loss * (alpha * targets + (1 - alpha) * (1 - targets))
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss  # type: ignore[no-any-return]

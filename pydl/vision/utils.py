"""Images of a batch side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase
from pydl.autograd.grad_mode import no_grad
from pydl.vision.transforms.functional import to_pil_image

if TYPE_CHECKING:
    from pydl.tensor import Tensor


@no_grad()
def make_grid(
    tensor: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """The images of a batch (count, channels, rows, columns), or of a list of them, as one image.

    Args:
        nrow: images in a row.
        padding: pixels between them, of ``pad_value``.
        normalize: stretch the values to 0 to 1, from ``value_range`` or from what there is, of all images together
            or, with ``scale_each``, of each by itself.

    Raises:
        DTypeError: no tensors.
        ShapeError: no images.

    >>> pydl.vision.utils.make_grid(pydl.ones(5, 1, 4, 4), nrow=3).shape
    pydl.Size([3, 14, 20])
    """
    images: Any = tensor
    if not isinstance(tensor, TensorBase):
        if not isinstance(tensor, list | tuple) or not all(isinstance(t, TensorBase) for t in tensor) or not tensor:
            raise _C.DTypeError(f"tensor or list of tensors expected, got {type(tensor).__name__}")
        images = ops.stack(list(tensor), 0)
    if images.ndim not in (2, 3, 4):
        raise _C.ShapeError(f"make_grid: expected images (count, channels, rows, columns), got {tuple(images.shape)}")
    if images.ndim < 4:
        images = ops.reshape(images, (1, *((1,) if images.ndim == 2 else ()), *images.shape))
    if images.shape[1] == 1:
        images = ops.cat([images] * 3, 1)
    if normalize:
        if value_range is not None:
            low, high = (float(v) for v in value_range)
            images = (ops.clamp(images, low, high) - low) / max(high - low, 1e-5)
        else:
            dims = (1, 2, 3) if scale_each else (0, 1, 2, 3)
            least, most = ops.amin(images, dims, keepdim=True), ops.amax(images, dims, keepdim=True)
            images = (images - least) / ops.clamp(most - least, min=1e-5)
    count, channels, rows, columns = images.shape
    if count == 1:
        return images[0]  # type: ignore[no-any-return]
    across = min(nrow, count)
    down = math.ceil(count / across)
    high_, wide = rows + padding, columns + padding
    grid = ops.full((channels, high_ * down + padding, wide * across + padding), pad_value, dtype=images.dtype)
    for i in range(count):
        y, x = i // across * high_ + padding, i % across * wide + padding
        grid[:, y : y + rows, x : x + columns] = images[i]
    return grid


@no_grad()
def save_image(tensor: Tensor | Sequence[Tensor], fp: Any, format: str | None = None, **kwargs: Any) -> None:
    """Write the images of a batch, side by side by `make_grid`, into a file.

    Args:
        fp: the file or its name; the name's ending says the kind, as ``format`` does.
        kwargs: of `make_grid`.
    """
    grid = make_grid(tensor, **kwargs)
    image = to_pil_image(ops.clamp(grid * 255 + 0.5, 0, 255).to(dtypes.uint8))
    image.save(fp, format=format)

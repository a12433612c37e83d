"""From a list of samples to one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase


def default_collate(batch: Sequence[Any]) -> Any:
    """Samples as one batch: tensors and arrays are stacked, numbers become a tensor, containers are gone into.

    Raises:
        ValueError: the samples differ in length or shape.
        DTypeError: there is nothing to make a batch of.

    >>> pydl.utils.data.default_collate([(1, 2.0), (3, 4.0)])
    [tensor([1, 3]), tensor([2., 4.], dtype=pydl.float64)]
    """
    first = batch[0]
    if isinstance(first, TensorBase):
        shapes = {x.array.shape for x in batch}
        if len(shapes) > 1:
            raise _C.ShapeError(
                f"default_collate: expected samples of one shape, got {', '.join(map(str, sorted(shapes)))}; "
                "give the DataLoader a collate_fn that pads them"
            )
        return ops.stack(list(batch))
    if isinstance(first, np.ndarray | np.generic) and np.asarray(first).dtype.kind in "fiub":
        try:
            return ops.from_numpy(np.stack(batch))
        except ValueError:
            shapes = {np.asarray(x).shape for x in batch}
            raise _C.ShapeError(f"default_collate: expected samples of one shape, got {sorted(shapes)}") from None
    if isinstance(first, float):
        return ops.tensor(list(batch), dtype=dtypes.float64)
    if isinstance(first, int):
        return ops.tensor(list(batch))
    if isinstance(first, str | bytes):
        return list(batch)
    if isinstance(first, Mapping):
        found = {key: default_collate([sample[key] for sample in batch]) for key in first}
        return found if type(first) is dict else type(first)(found)  # type: ignore[call-arg]
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*[default_collate(part) for part in zip(*batch, strict=True)])
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise _C.ValueError("default_collate: each element in list of batch should be of equal size")
        return [default_collate(part) for part in zip(*batch, strict=True)]
    raise _C.DTypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first).__name__}"
    )

"""From a list of samples to one batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase


def rebuilt_mapping(like: Mapping[Any, Any], values: dict[Any, Any]) -> Any:
    """The values in a mapping of the kind of ``like``; a dict where that cannot be made."""
    try:
        if type(like) is not dict and isinstance(like, MutableMapping):
            clone = copy.copy(like)  # keeps what else it has, such as a default
            clone.update(values)
            return clone
        return values if type(like) is dict else type(like)(values)  # type: ignore[call-arg]
    except TypeError:
        return values


def rebuilt_sequence(like: Sequence[Any], values: list[Any]) -> Any:
    """The values in a sequence of the kind of ``like``; a list where that cannot be made."""
    try:
        if type(like) is list:
            return values
        if isinstance(like, MutableSequence):
            clone = copy.copy(like)
            for i, value in enumerate(values):
                clone[i] = value
            return clone
        return type(like)(values)  # type: ignore[call-arg]
    except TypeError:
        return values


def is_numbers(x: Any) -> bool:
    """Whether it is an array, or a number, of numpy that a tensor can hold."""
    return isinstance(x, np.ndarray | np.generic) and x.dtype.kind in "fiub"


def default_collate(batch: Sequence[Any]) -> Any:
    """Samples as one batch: tensors and arrays are stacked, numbers become a tensor, containers are gone into.

    Strings and bytes stay lists. A tuple becomes a list of batches, a named tuple and a dict keep their kind.

    Raises:
        ValueError: the samples differ in length or shape.
        DTypeError: there is nothing to make a batch of, such as None.

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
    if is_numbers(first):
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
        return rebuilt_mapping(first, {key: default_collate([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*[default_collate(part) for part in zip(*batch, strict=True)])
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise _C.ValueError("default_collate: each element in list of batch should be of equal size")
        parts = [default_collate(part) for part in zip(*batch, strict=True)]
        return parts if isinstance(first, tuple) else rebuilt_sequence(first, parts)
    raise _C.DTypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first).__name__}"
    )


def default_convert(data: Any) -> Any:
    """A sample with its numpy arrays as tensors; containers are gone into, all else stays as it is.

    >>> pydl.utils.data.default_convert({"a": np.ones(2), "b": [1, "c"]})
    {'a': tensor([1., 1.], dtype=pydl.float64), 'b': [1, 'c']}
    """
    if isinstance(data, TensorBase):
        return data
    if is_numbers(data):
        return ops.as_tensor(data)
    if isinstance(data, Mapping):
        return rebuilt_mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple):
        parts = [default_convert(value) for value in data]
        return type(data)(*parts) if hasattr(data, "_fields") else parts
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return rebuilt_sequence(data, [default_convert(value) for value in data])
    return data


Collate = Callable[[list[Any]], Any]

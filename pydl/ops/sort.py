"""Order: sorting and the largest elements. NaN counts as the largest number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, return_types
from pydl.autograd.function import apply, wrap
from pydl.ops.copy import clone
from pydl.ops.gather import Gather
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import expect_tensor
from pydl.ops.reduce import dim_of
from pydl.ops.view import expand, reshape, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def values_of(x: _C.Array) -> np.ndarray[Any, Any]:
    """x as numpy sees it."""
    return np.asarray(_C.cast(x, 0) if x.dtype in (2, 3) else x)


def places(name: str, input: Tensor, dim: int, descending: bool) -> Tensor:
    """argsort under the name that the caller used."""
    expect_tensor(name, input)
    d = wrap_dim(name, dim_of(name, dim), input.array.ndim)
    return wrap(_C.sort(input.array, d, bool(descending)))


@numpy_names
def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """Where the elements along ``dim`` are in order; equal ones keep theirs, whether ``stable`` asks for it or not.

    >>> pydl.tensor([3, 1, 2]).argsort()
    tensor([1, 2, 0])
    """
    return places("argsort", input, dim, descending)


@numpy_names
def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool | None = False) -> return_types.sort:
    """The elements along ``dim`` in order, and where they were; equal ones keep theirs, ``stable`` or not.

    NaN is larger than any number.

    >>> values, indices = pydl.tensor([3, 1, 2]).sort()
    >>> values
    tensor([1, 2, 3])
    """
    indices = places("sort", input, dim, descending)
    return return_types.sort(apply(Gather, input, dim, indices), indices)


def msort(input: Tensor) -> Tensor:
    """The elements along the first dimension in order.

    >>> pydl.msort(pydl.tensor([[3, 1], [2, 4]]))
    tensor([[2, 1],
            [3, 4]])
    """
    return apply(Gather, input, 0, places("msort", input, 0, False))


@numpy_names
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> return_types.topk:
    """The ``k`` largest (or smallest) elements along ``dim`` and where they were, in order, ``sorted`` or not.

    NaN is larger than any number; of equal ones the first come first.

    Raises:
        ValueError: there are fewer.

    >>> pydl.tensor([3, 1, 2]).topk(2).values
    tensor([3, 2])
    """
    expect_tensor("topk", input)
    d = wrap_dim("topk", dim_of("topk", dim), input.array.ndim)
    k = dim_of("topk", k, "k")
    size = input.array.shape[d] if input.array.ndim else 1
    if not 0 <= k <= size:
        raise _C.ValueError(f"topk: expected k from 0 to {size} (dimension {d} of shape {input.array.shape}), got {k}")
    if not input.array.ndim:
        return return_types.topk(clone(input), wrap(_C.zeros((), 4)))
    indices = wrap(_C.topk(input.array, k, d, largest))
    return return_types.topk(apply(Gather, input, d, indices), indices)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """For each class number a row of zeros with a one in its place: (*tensor.shape, num_classes), int64.

    Raises:
        ValueError: a number is negative or too large.

    >>> pydl.one_hot(pydl.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    expect_tensor("one_hot", tensor)
    if tensor.array.dtype != 4:
        raise _C.DTypeError(f"one_hot: expected class numbers of dtype int64, got {tensor.dtype.name}")
    at = tensor.array
    low, high = 0, -1
    if at.size:
        low, high = (_C.item(bound(at, (), False)) for bound in (_C.reduce_min, _C.reduce_max))
    elif num_classes == -1:
        raise _C.ValueError("one_hot: expected num_classes where there are no class numbers")
    if num_classes == -1:
        num_classes = high + 1
    if num_classes < 1 or low < 0 or high >= num_classes:
        span = f"{low} to {high}" if at.size else "none"
        raise _C.ValueError(f"one_hot: expected class numbers from 0 to {num_classes - 1}, got {span}")
    out = _C.zeros((at.size, num_classes), 4)
    _C.scatter_into(out, 1, _C.reshape(at, (at.size, 1)), _C.scalar(1, 4), False)
    return reshape(wrap(out), (*at.shape, num_classes))


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Vectors as the coordinates of a grid: of n vectors n tensors of n dimensions, views.

    ``indexing="xy"`` exchanges the first two dimensions.

    >>> pydl.meshgrid(pydl.tensor([1, 2]), pydl.tensor([3, 4, 5]))[0]
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise _C.ValueError(f"meshgrid: expected indexing 'ij' or 'xy', got {indexing!r}")
    for x in tensors:
        expect_tensor("meshgrid", x)
        if x.array.ndim > 1:
            raise _C.ShapeError(f"meshgrid: expected vectors, got shape {x.array.shape}")
    swap = indexing == "xy" and len(tensors) > 1
    axes = list(range(len(tensors)))
    if swap:
        axes[0], axes[1] = 1, 0
    shape = [0] * len(tensors)
    for axis, x in zip(axes, tensors, strict=True):
        shape[axis] = x.array.size
    out = []
    for axis, x in zip(axes, tensors, strict=True):
        wide = [1] * len(tensors)
        wide[axis] = x.array.size
        out.append(expand(reshape(x, tuple(wide)), tuple(shape)))
    return tuple(out)

"""Distinct values and sets of them; numpy finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import TensorBase, wrap
from pydl.ops.create import from_array
from pydl.ops.operands import Number, expect_tensor, operand
from pydl.ops.reduce import dim_of
from pydl.ops.sort import values_of
from pydl.ops.view import wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def axis_of(name: str, input: Tensor, dim: int | None) -> int | None:
    """The dimension whose slices are compared; None for elements.

    Raises:
        IndexError: there is no such dimension.
        ShapeError: the slices are empty.
    """
    expect_tensor(name, input)
    if dim is None:
        return None
    shape = input.array.shape
    if not shape:
        raise _C.IndexError(f"{name}: expected a tensor with dimensions where dim is given, got a scalar")
    d = wrap_dim(name, dim_of(name, dim), len(shape))
    if 0 in (*shape[:d], *shape[d + 1 :]):
        raise _C.ShapeError(f"{name}: expected slices with elements along dimension {d}, got shape {shape}")
    return d


def gathered(values: np.ndarray[Any, Any], code: int, others: list[np.ndarray[Any, Any]]) -> Any:
    """numpy's results as tensors: one, or a tuple where there are several."""
    results = [wrap(_C.cast(from_array(np.ascontiguousarray(values)), code))]
    results += [wrap(from_array(np.asarray(x, np.int64, order="C"))) for x in others]
    return results[0] if len(results) == 1 else tuple(results)


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct values (or, along ``dim``, slices) in order; optionally where each element's is, and how many.

    Each NaN is a value of its own, and they come last. The values carry no gradient.

    >>> pydl.unique(pydl.tensor([2, 1, 2]))
    tensor([1, 2])
    """
    d = axis_of("unique", input, dim)
    if d is None:
        return distinct(input.array, return_inverse, return_counts)
    x = values_of(input.array)
    shape = (x.shape[d],)
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=d, equal_nan=False)
    others = [inverse.reshape(shape)] if return_inverse else []
    return gathered(values, input.array.dtype, [*others, counts] if return_counts else others)


def distinct(x: _C.Array, return_inverse: bool, return_counts: bool) -> Any:
    """unique of elements."""
    flat = _C.reshape(x, (x.size,))
    places = _C.sort(flat, 0, False)
    ordered = _C.gather(flat, 0, places)
    first = np.ones(x.size, bool)
    first[1:] = np.asarray(
        _C.ne(_C.slice(ordered, 0, 1, 1, max(x.size - 1, 0)), _C.slice(ordered, 0, 0, 1, max(x.size - 1, 0)))
    )
    starts = _C.mask_positions(from_array(first))
    results = [wrap(_C.index_get(ordered, 0, 1, starts))]
    if return_inverse:
        inverse = _C.empty(x.shape, 4)
        which = from_array(np.cumsum(first) - 1)
        _C.scatter_into(_C.reshape(inverse, (x.size,)), 0, places, which, False)
        results.append(wrap(inverse))
    if return_counts:
        results.append(wrap(from_array(np.diff(np.append(np.asarray(starts), x.size)))))
    return results[0] if len(results) == 1 else tuple(results)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The values (or, along ``dim``, slices) without those that equal the one before them.

    Optionally where each element's is, and how many there were.

    >>> pydl.unique_consecutive(pydl.tensor([1, 1, 2, 1]), return_counts=True)
    (tensor([1, 2, 1]), tensor([2, 1, 1]))
    """
    d = axis_of("unique_consecutive", input, dim)
    x = values_of(input.array)
    shape = x.shape if d is None else (x.shape[d],)
    rows = x.reshape(-1) if d is None else np.moveaxis(x, d, 0)
    first = np.ones(len(rows), bool)
    differs = rows[1:] != rows[:-1]
    first[1:] = np.any(differs, tuple(range(1, differs.ndim)))
    values = rows[first]
    if d is not None:
        values = np.moveaxis(values, 0, d)
    others = [(np.cumsum(first) - 1).reshape(shape)] if return_inverse else []
    if return_counts:
        others.append(np.diff(np.append(np.flatnonzero(first), len(rows))))
    return gathered(values, input.array.dtype, others)


def isin(
    elements: Tensor | Number,
    test_elements: Tensor | Number,
    *,
    assume_unique: bool = False,
    invert: bool = False,
) -> Tensor:
    """Where an element is one of ``test_elements``; with ``invert``, where it is none. NaN equals nothing.

    Raises:
        DTypeError: neither of the two is a tensor.

    >>> pydl.isin(pydl.tensor([1, 2, 3]), pydl.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    x: Any = elements
    y: Any = test_elements
    if isinstance(x, TensorBase):
        y = operand("isin", y, x)  # type: ignore[arg-type]
    else:
        expect_tensor("isin", y)
        x = operand("isin", x, y)
    code = _C.result_type(x.array, y.array)
    among, these = values_of(_C.cast(y.array, code)), values_of(_C.cast(x.array, code))
    return wrap(from_array(np.asarray(np.isin(these, among, assume_unique=assume_unique, invert=invert))))

"""Tensors joined as columns or in depth, and split the same ways; blocks, products and combinations of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import wrap
from pydl.dtypes import int64
from pydl.ops.axes import atleast_3d, several
from pydl.ops.concat import alike, cat, split, stack, tensor_split, vstack
from pydl.ops.create import from_array
from pydl.ops.operands import expect_tensor
from pydl.ops.view import ints, reshape

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors next to each other, along dimension 1; vectors count as columns.

    >>> pydl.column_stack([pydl.tensor([1, 2]), pydl.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    columns = [x if x.array.ndim > 1 else reshape(x, (x.array.size, 1)) for x in alike("column_stack", tensors)]
    return cat(columns, 1)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors behind each other, along dimension 2; vectors and matrices are made three-dimensional first.

    >>> pydl.dstack([pydl.tensor([1, 2]), pydl.tensor([3, 4])])
    tensor([[[1, 3],
             [2, 4]]])
    """
    return cat([atleast_3d(x) for x in alike("dstack", tensors)], 2)


def parts_along(name: str, input: Any, given: int | Sequence[int], dim: int, least: int) -> tuple[Tensor, ...]:
    """input in equal parts, or cut at indices, along a dimension.

    Raises:
        ShapeError: there are too few dimensions, or the parts are not equal.
    """
    expect_tensor(name, input)
    shape = input.array.shape
    if len(shape) < least:
        raise _C.ShapeError(f"{name}: expected at least {least} dimensions, got shape {shape}")
    if isinstance(given, int) and (given < 1 or shape[dim] % given):
        raise _C.ShapeError(f"{name}: {shape[dim]} elements (dimension {dim}) are not {given} equal parts")
    return tensor_split(input, given, dim)


def hsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Views cut along dimension 1 (of a vector along 0): equal parts, or pieces between indices.

    >>> pydl.hsplit(pydl.arange(4), 2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    expect_tensor("hsplit", input)
    return parts_along("hsplit", input, indices_or_sections, 0 if input.array.ndim == 1 else 1, 1)


def vsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Views cut along dimension 0, of matrices and more."""
    return parts_along("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Views cut along dimension 2."""
    return parts_along("dsplit", input, indices_or_sections, 2, 3)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """`split` into pieces of the sizes given."""
    return split(input, list(ints("split_with_sizes", (split_sizes,))), dim)


def joint_code(tensors: list[Tensor], scalars: list[Tensor]) -> int:
    """The dtype that holds the tensors, and the scalars as far as they are numbers of a higher kind."""
    code = tensors[0].array.dtype if tensors else scalars[0].array.dtype
    for x in tensors or scalars:
        code = _C.promote_types(code, x.array.dtype)
    high = scalars[0].array.dtype if scalars else code
    for x in scalars:
        high = _C.promote_types(high, x.array.dtype)
    return _C.result_type(_C.zeros((1,), code), _C.zeros((), high))


def block_diag(*tensors: Any) -> Tensor:
    """A matrix with the tensors (matrices, vectors as rows, scalars) along its diagonal, 0 elsewhere.

    Raises:
        ShapeError: a tensor has more than two dimensions.

    >>> pydl.block_diag(pydl.tensor([[1, 2]]), pydl.tensor(3))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    parts = several("block_diag", tensors)
    if not parts:
        return zeros(1, 0)
    for x in parts:
        if x.array.ndim > 2:
            raise _C.ShapeError(f"block_diag: expected at most 2 dimensions, got shape {x.array.shape}")
    # Scalars count less than the rest, as where numbers and tensors are added.
    code = joint_code([x for x in parts if x.array.ndim], [x for x in parts if not x.array.ndim])
    blocks = [to_code(reshape(x, (1,) * (2 - x.array.ndim) + x.array.shape), code) for x in parts]
    width = sum([x.array.shape[1] for x in blocks])
    rows, left = [], 0
    for x in blocks:
        height, size = x.array.shape
        gaps = [wrap(_C.zeros((height, n), code)) for n in (left, width - left - size)]
        rows.append(cat([gaps[0], x, gaps[1]], 1))
        left += size
    return cat(rows, 0)


def cartesian_prod(*tensors: Any) -> Tensor:
    """All combinations of one element of each vector, one in a row; of a single vector, the vector.

    Raises:
        ShapeError: a tensor is no vector.
        DTypeError: the dtypes differ.

    >>> pydl.cartesian_prod(pydl.tensor([1, 2]), pydl.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    parts = several("cartesian_prod", tensors)
    if not parts:
        raise _C.ValueError("cartesian_prod: expected at least one tensor, got none")
    for x in parts:
        if x.array.ndim != 1:
            raise _C.ShapeError(f"cartesian_prod: expected vectors, got shape {x.array.shape}")
        if x.array.dtype != parts[0].array.dtype:
            raise _C.DTypeError(f"cartesian_prod: expected one dtype, got {parts[0].dtype.name} and {x.dtype.name}")
    if len(parts) == 1:
        return parts[0]
    return stack([reshape(x, -1) for x in meshgrid(*parts, indexing="ij")], 1)


def choices(n: int, r: int, again: bool) -> np.ndarray[Any, Any]:
    """The ways to choose r of n places in ascending order, one in a row; each place once, or again and again."""
    rows = np.zeros((1, 0), np.int64)
    for k in range(r):
        last = rows[:, -1] if k else np.full(1, 0 if again else -1)
        first = last if again else last + 1
        # Without repetition, so many places have to remain for the rest.
        counts = n - (0 if again else r - k - 1) - first
        starts = np.repeat(first, counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = np.column_stack([np.repeat(rows, counts, 0), starts + within])
    return rows


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All ways to choose ``r`` elements of a vector, in its order, one in a row.

    Raises:
        ShapeError: ``input`` is no vector.
        ValueError: ``r`` is negative.

    >>> pydl.combinations(pydl.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    expect_tensor("combinations", input)
    if input.array.ndim != 1:
        raise _C.ShapeError(f"combinations: expected a vector, got shape {input.array.shape}")
    (r,) = ints("combinations", (r,))
    if r < 0:
        raise _C.ValueError(f"combinations: expected r of 0 or more, got {r}")
    if r == 0:
        return wrap(_C.empty((0,), input.array.dtype))
    n = input.array.shape[0]
    if r > n and not (with_replacement and n):
        return reshape(slice_dim(input, 0, 0, 1, 0), (0, r))
    # The memory there is, is asked for before numpy sees the sizes.
    total = math.comb(n + r - 1 if with_replacement else n, r)
    _C.empty(ints("combinations", (total, r)), int64.code)
    places = choices(n, r, with_replacement)
    return reshape(index_select(input, 0, wrap(from_array(places.reshape(-1)))), places.shape)


row_stack = vstack  # PyTorch's second name

from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.create import zeros  # noqa: E402
from pydl.ops.index import index_select  # noqa: E402
from pydl.ops.sort import meshgrid  # noqa: E402
from pydl.ops.view import slice_dim  # noqa: E402

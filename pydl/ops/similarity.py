"""Vectors of length 1, their angles, and the distances of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import wrap
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import as_float, expect_tensor, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def two(name: str, x1: Any, x2: Any) -> tuple[Tensor, Tensor, int]:
    """Both in one dtype and shape, and the number of the result's dtype: half numbers are rounded once, at the end.

    Raises:
        ShapeError: they do not broadcast.
    """
    expect_tensor(name, x1)
    expect_tensor(name, x2)
    x, y = pair(name, x1, x2)
    shape = tuple(_C.broadcast_shapes(name, x.array.shape, y.array.shape))
    x, y = (v if v.array.shape == shape else expand(v, shape) for v in (x, y))
    code = x.array.dtype
    return (to_code(x, 0), to_code(y, 0), code) if code in (2, 3) else (x, y, code)


def unit(x: Tensor, p: float, dim: Any, eps: float) -> Tensor:
    """x / max(|x|, eps) along dim."""
    return div(x, clamp(norm(x, p, dim, True), min=float(eps)))


@numpy_names
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """``sum(x1 * x2) / (max(|x1|, eps) * max(|x2|, eps))`` along ``dim``; the two broadcast.

    Raises:
        DTypeError: integers.
        IndexError: there is no such dimension.

    >>> pydl.cosine_similarity(pydl.tensor([3.0, 0.0]), pydl.tensor([4.0, 3.0]), dim=0)
    tensor(0.8000)
    """
    x, y, code = two("cosine_similarity", x1, x2)
    if code > 3:
        raise _C.DTypeError(f"cosine_similarity: expected a floating dtype, got {x.dtype.name}")
    return to_code(sum(mul(unit(x, 2.0, dim, eps), unit(y, 2.0, dim, eps)), dim), code)


# PyTorch takes an ``out`` and ignores gradients with it; pydl has no output arguments.
def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: None = None) -> Tensor:
    """``input / max(|input|, eps)`` with the p-norm along ``dim``: vectors of length 1.

    Raises:
        DTypeError: integers.
        ValueError: ``out`` is given.

    >>> pydl.nn.functional.normalize(pydl.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    if out is not None:
        raise _C.ValueError("normalize: expected out=None, pydl has no output arguments")
    expect_tensor("normalize", input)
    code = input.array.dtype
    if code > 3:
        raise _C.DTypeError(f"normalize: expected a floating dtype, got {input.dtype.name}")
    return to_code(unit(to_code(input, 0) if code > 1 else input, p, dim, eps), code)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """``|x1 - x2 + eps|``, the p-norm along the last dimension; the two broadcast.

    Raises:
        ShapeError: they do not broadcast.

    >>> pydl.nn.functional.pairwise_distance(pydl.tensor([[0.0, 0.0]]), pydl.tensor([[3.0, 4.0]]))
    tensor([5.0000])
    """
    x, y, code = two("pairwise_distance", x1, x2)
    length = norm(as_float(add(sub(x, y), float(eps))), p, -1, keepdim)
    return to_code(length, code) if code <= 3 else length


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The distances of the rows (n, size) from each other: (0, 1), (0, 2), ... (n - 2, n - 1), n (n - 1) / 2 of them.

    Raises:
        ShapeError: no matrix.
        DTypeError: integers.
        ValueError: ``p`` is negative.

    >>> pydl.nn.functional.pdist(pydl.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    expect_tensor("pdist", input)
    code = input.array.dtype
    if input.array.ndim != 2:
        raise _C.ShapeError(f"pdist: expected a matrix, got shape {input.array.shape}")
    if not p >= 0:
        raise _C.ValueError(f"pdist: expected p of 0 or more, got {p}")
    if code > 3:
        raise _C.DTypeError(f"pdist: expected a floating dtype, got {input.dtype.name}")
    rows = input.array.shape[0]
    pairs = np.flatnonzero(~np.tri(rows, dtype=bool))
    return index_select(reshape(cdist(input, input, p), rows * rows), 0, wrap(from_array(pairs)))


from pydl.ops.binary import add, div, mul, sub  # noqa: E402
from pydl.ops.clamp import clamp  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.create import from_array  # noqa: E402
from pydl.ops.distance import cdist  # noqa: E402
from pydl.ops.index import index_select  # noqa: E402
from pydl.ops.norm import norm  # noqa: E402
from pydl.ops.reduce import sum  # noqa: E402
from pydl.ops.view import expand, reshape  # noqa: E402

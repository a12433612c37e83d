"""Sums, means and maxima of bags of a table's rows, without the rows in memory one by one.

With y[b] = sum(scale[i] w[index[i]]) over the i of bag b, the three Functions of sums are each the others' derivatives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, apply, wrap
from pydl.ops.create import from_array
from pydl.ops.embedding import shares, shorten
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor

NAME = "embedding_bag"


class Bags(NamedTuple):
    """Indices of rows, int64, and where each bag's begin, with the end of the last one."""

    tokens: _C.Array
    offsets: _C.Array


class BagSum(Function):
    """share, where there is one, multiplies the gradient of the table only."""

    @staticmethod
    def forward(ctx: Any, w: Tensor, scale: Tensor | None, bags: Bags, share: Tensor | None) -> _C.Array:
        ctx.save(w, scale)
        ctx.bags, ctx.share = bags, share
        return _C.embedding_bag(w.array, *bags, None if scale is None else scale.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # dw[index[i]] += scale[i] g[bag of i]; g[bag of i] . w[index[i]]
        w, scale = ctx.saved_tensors
        a, b = ctx.edges[:2]
        dw = dscale = None
        if a is not None:
            factor = scale if ctx.share is None else ctx.share if scale is None else mul(scale, ctx.share)
            dw = apply(BagToRows, g, factor, ctx.bags, w.array.shape[0])
        if b is not None:
            dscale = apply(BagProduct, g, w, ctx.bags)
        return dw, dscale


class BagToRows(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, scale: Tensor | None, bags: Bags, rows: int) -> _C.Array:
        ctx.save(g, scale)
        ctx.bags = bags
        return _C.embedding_bag_backward(g.array, *bags, None if scale is None else scale.array, rows)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # sum(scale[i] gg[index[i]]); g[bag of i] . gg[index[i]]
        g, scale = ctx.saved_tensors
        a, b = ctx.edges[:2]
        dg = None if a is None else apply(BagSum, gg, scale, ctx.bags, None)
        return dg, None if b is None else apply(BagProduct, g, gg, ctx.bags)


class BagProduct(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, w: Tensor, bags: Bags) -> _C.Array:
        ctx.save(g, w)
        ctx.bags = bags
        return _C.embedding_bag_scale_grad(g.array, w.array, *bags)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # sum(gg[i] w[index[i]]); dw[index[i]] += gg[i] g[bag of i]
        g, w = ctx.saved_tensors
        a, b = ctx.edges[:2]
        dg = None if a is None else apply(BagSum, w, gg, ctx.bags, None)
        return dg, None if b is None else apply(BagToRows, g, gg, ctx.bags, w.array.shape[0])


class BagMax(Function):
    @staticmethod
    def forward(ctx: Any, w: Tensor, bags: Bags) -> _C.Array:
        y, row = _C.embedding_bag_max(w.array, *bags)
        ctx.shape, ctx.row = w.array.shape, row
        return y

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g to the row that was the largest, column by column
        zero = wrap(_C.scalar(0.0, g.array.dtype))
        none = _C.lt(ctx.row, _C.scalar(0, 4))  # of an empty bag
        at = wrap(_C.where(none, _C.scalar(0, 4), ctx.row))
        if not ctx.shape[0]:
            return wrap(_C.zeros(ctx.shape, g.array.dtype))
        return scatter_add(wrap(_C.zeros(ctx.shape, g.array.dtype)), 0, at, select_where(none, zero, g))


def bags_of(
    input: Tensor, rows: int, offsets: Tensor | None, include_last: bool, padding: int | None
) -> tuple[Bags, Any]:
    """The bags, and, where padding leaves indices out, the places in input of those that stay, flat.

    Raises:
        ShapeError: bags without offsets, offsets without bags, of other dimensions.
        ValueError: offsets that do not start at 0, fall, or go too far.
        IndexError: no such row.
    """
    ndim = input.array.ndim
    if ndim not in (1, 2):
        raise _C.ShapeError(f"{NAME}: expected an input of 1 or 2 dimensions, got shape {input.array.shape}")
    index = np.asarray(_C.checked_tokens(NAME, input.array, rows))
    if ndim == 2:
        if offsets is not None:
            raise _C.ValueError(f"{NAME}: expected no offsets for an input of 2 dimensions, whose rows are the bags")
        ends = np.arange(index.shape[0] + 1, dtype=np.int64) * index.shape[1]
        index = index.reshape(-1)
    else:
        if offsets is None:
            raise _C.ValueError(f"{NAME}: expected offsets for an input of 1 dimension")
        expect_tensor(NAME, offsets)
        if offsets.array.ndim != 1 or not 4 <= offsets.array.dtype <= 8:
            raise _C.ShapeError(
                f"{NAME}: expected integer offsets of 1 dimension, got {offsets.dtype.name} {offsets.array.shape}"
            )
        ends = np.asarray(_C.cast(offsets.array, 4))
        if include_last and not ends.size:
            raise _C.ValueError(f"{NAME}: expected at least one offset with include_last_offset")
        if not include_last:
            ends = np.append(ends, len(index))
        # Not by differences: those of huge offsets wrap round.
        if (ends.size > 1 and ends[0]) or (ends[1:] < ends[:-1]).any() or ends[-1] > len(index):
            raise _C.ValueError(
                f"{NAME}: expected offsets that start at 0 and rise to at most {len(index)}, got {offsets.tolist()}"
            )
        if ends.size == 1:
            ends = ends * 0  # no bag, wherever the last one would end
        index = index[: ends[-1]]
    kept = None
    if padding is not None:
        stays = index != padding
        if not stays.all():
            kept = np.flatnonzero(stays)
            ends = np.concatenate(([0], np.cumsum(stays)))[ends]
            index = index[kept]
    return Bags(from_array(np.array(index)), from_array(np.ascontiguousarray(ends))), kept


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sum, mean or maximum of the rows of ``weight`` (rows, size) that each bag names: (bags, size).

    Args:
        input: indices, (bags, length), or (count,) with offsets.
        offsets: where each bag begins in ``input``; with ``include_last_offset`` also where the last one ends.
        max_norm, norm_type, scale_grad_by_freq, sparse: as for `embedding`.
        mode: "sum", "mean" or "max"; an empty bag gives 0.
        per_sample_weights: a factor for each index, in ``input``'s shape; with "sum" only.
        padding_idx: an index that does not count; may count from the end.

    Raises:
        IndexError: an index is not from 0 to rows - 1.
        ShapeError: the shapes do not fit.
        ValueError: settings that do not go together.

    >>> table = pydl.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> pydl.nn.functional.embedding_bag(pydl.tensor([0, 1, 2]), table, pydl.tensor([0, 2]), mode="sum")
    tensor([[4., 6.],
            [5., 6.]])
    """
    expect_tensor(NAME, input)
    expect_tensor(NAME, weight)
    if weight.array.ndim != 2:
        raise _C.ShapeError(f"{NAME}: expected a weight of shape (rows, size), got {weight.array.shape}")
    code = weight.array.dtype
    if code > 3:
        raise _C.DTypeError(f"{NAME}: expected a weight of a floating dtype, got {weight.dtype.name}")
    if sparse:
        raise _C.ValueError(f"{NAME}: expected sparse=False, pydl has no sparse tensors")
    if mode not in ("sum", "mean", "max"):
        raise _C.ValueError(f"{NAME}: expected mode 'sum', 'mean' or 'max', got {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise _C.ValueError(f"{NAME}: expected scale_grad_by_freq=False with mode 'max'")
    scale = per_sample_weights
    if scale is not None:
        expect_tensor(NAME, scale)
        if mode != "sum":
            raise _C.ValueError(f"{NAME}: expected mode 'sum' with per_sample_weights, got {mode!r}")
        if scale.array.shape != input.array.shape:
            raise _C.ShapeError(
                f"{NAME}: expected per_sample_weights of the input's shape {input.array.shape}, got {scale.array.shape}"
            )
        if scale.array.dtype != code:
            raise _C.DTypeError(
                f"{NAME}: expected per_sample_weights of dtype {weight.dtype.name}, got {scale.dtype.name}"
            )
    rows = weight.array.shape[0]
    padding = None
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise _C.IndexError(f"{NAME}: expected padding_idx from {-rows} to {rows - 1}, got {padding_idx}")
        padding = padding_idx % rows
    bags, kept = bags_of(input, rows, offsets, include_last_offset, padding)
    if max_norm is not None:  # of every row that is named, the padding's too
        shorten(weight, _C.cast(input.array, 4), max_norm, norm_type)
    w = to_code(weight, 0) if code > 1 else weight
    if mode == "max":
        return to_code(apply(BagMax, w, bags), code)
    if scale is not None:
        scale = reshape(to_code(scale, w.array.dtype), (scale.array.size,))
        if kept is not None:
            scale = index_select(scale, 0, wrap(from_array(kept)))
        elif scale.array.size != bags.tokens.size:
            scale = slice_dim(scale, 0, 0, 1, bags.tokens.size)
    elif mode == "mean":
        sizes = np.diff(np.asarray(bags.offsets))
        factors = np.repeat(1 / np.maximum(sizes, 1), sizes)
        scale = wrap(_C.cast(from_array(factors), w.array.dtype))
    share = None
    if scale_grad_by_freq:
        share = reshape(shares(bags.tokens, rows, w.array.dtype), (bags.tokens.size,))
    return to_code(apply(BagSum, w, scale, bags, share), code)


from pydl.ops.binary import mul  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.gather import scatter_add  # noqa: E402
from pydl.ops.index import index_select  # noqa: E402
from pydl.ops.view import reshape, slice_dim  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

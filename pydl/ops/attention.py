"""Attention: each query's average of the values, weighted by how well the query fits the keys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply, grad_enabled, saved_output, wrap
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor

NAME = "scaled_dot_product_attention"


class Attention(Function):
    """softmax(scale q k^T + mask) v, without the matrix of scores in memory."""

    @staticmethod
    def forward(
        ctx: Function, q: Tensor, k: Tensor, v: Tensor, mask: _C.Array | None, scale: float, causal: bool
    ) -> _C.Array:
        ctx.save(q, k, v)
        ctx.settings = mask, scale, causal
        y, ctx.log_sum = _C.attention(q.array, k.array, v.array, mask, scale, causal)
        return ctx.keep(y)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        # With p = softmax(scale q k^T + mask): dv = p^T g, ds = p (g v^T - sum(g y)), dq = scale ds k,
        # dk = scale ds^T q. The kernel makes p again, block by block; for derivatives of it p is made as a whole.
        q, k, v = ctx.saved_tensors
        mask, scale, causal = ctx.settings
        a, b, c = (edge is not None for edge in ctx.edges[:3])
        if not grad_enabled():
            y = saved_output(ctx).array
            grads = _C.attention_backward(
                g.array, q.array, k.array, v.array, mask, y, ctx.log_sum, scale, causal, a, b, c
            )
            dq, dk, dv = (None if d is None else wrap(d) for d in grads)
        else:
            p = weights(q, k, None if mask is None else wrap(mask), scale, causal)
            dq = dk = dv = None
            if c:
                dv = matmul(transpose(p, -1, -2), g)
            if a or b:
                ds = mul(apply(SoftmaxBackward, matmul(g, transpose(v, -1, -2)), p, -1), scale)
                dq, dk = matmul(ds, k), matmul(transpose(ds, -1, -2), q)
        return tuple(
            None if d is None or not wanted else sum_to(d, x.array.shape)
            for d, x, wanted in ((dq, q, a), (dk, k, b), (dv, v, c))
        )


def weights(q: Tensor, k: Tensor, mask: Tensor | None, scale: float, causal: bool) -> Tensor:
    """softmax(scale q k^T + mask) as a whole; zeros for a query all of whose scores are -inf."""
    scores = matmul(q, transpose(k, -1, -2))
    if q.array.shape[-1]:
        scores = mul(scores, scale)
    code = scores.array.dtype
    nothing, never = wrap(_C.scalar(0.0, code)), wrap(_C.scalar(-math.inf, code))
    if causal:
        shape = scores.array.shape[-2:]
        query, key = (_C.arange_int(0, 1, n, 4) for n in shape)
        seen = _C.ge(_C.unsqueeze(query, 1), key)
        scores = select_where(seen, scores, never)
    if mask is not None:
        scores = select_where(mask.array, scores, never) if mask.array.dtype == 9 else add(scores, mask)
    if not scores.array.size:
        return scores
    # The row must not be NaN for its derivative to be 0.
    blind = _C.eq(_C.reduce_max(scores.array, (-1,), True), never.array)
    if not _C.any_nonzero(blind):
        return softmax(scores, -1)
    return select_where(blind, nothing, softmax(select_where(blind, nothing, scores), -1))


def heads_of(query: Tensor, key: Tensor, value: Tensor) -> tuple[int, int]:
    """How many heads the queries have, and the keys (and values), where groups of queries share them.

    Raises:
        ShapeError: the keys' heads do not divide the queries'.
    """
    q, k, v = query.array.shape, key.array.shape, value.array.shape
    if min(len(q), len(k), len(v)) < 3 or k[-3] != v[-3] or not k[-3] or q[-3] % k[-3]:
        raise _C.ShapeError(
            f"{NAME}: expected heads of key and value, dimension -3, that divide those of query, got {q}, {k} and {v}"
        )
    return q[-3], k[-3]


def in_groups(x: Tensor, heads: int, groups: int) -> Tensor:
    """(..., heads, rows, cols) as (..., groups, heads / groups, rows, cols); one head stays for all of them."""
    shape = x.array.shape
    if len(shape) < 3:
        return x
    split = (1, 1) if shape[-3] == 1 and heads > 1 else (groups, shape[-3] // groups)
    return reshape(x, (*shape[:-3], *split, *shape[-2:]))


def checked_mask(query: Tensor, key: Tensor, mask: Any) -> Tensor:
    """The mask, bool or in the query's dtype.

    Raises:
        DTypeError: of another dtype.
        ShapeError: it does not broadcast to (..., queries, keys).
    """
    expect_tensor(NAME, mask)
    code = query.array.dtype
    if mask.array.dtype not in (0, 9, code):
        raise _C.DTypeError(
            f"{NAME}: expected attn_mask of dtype bool, float32 or the query's {query.dtype.name}, got "
            f"{mask.dtype.name}"
        )
    scores = (*_C.broadcast_shapes(NAME, query.array.shape[:-2], key.array.shape[:-2]), query.array.shape[-2])
    scores = (*scores, key.array.shape[-2])
    shape = mask.array.shape
    fits = 2 <= len(shape) <= len(scores) and all(a in (1, b) for a, b in zip(shape[::-1], scores[::-1], strict=False))
    if not fits:
        raise _C.ShapeError(f"{NAME}: expected attn_mask to broadcast to (..., queries, keys) {scores}, got {shape}")
    return mask if mask.array.dtype in (9, code) else to_code(mask, code)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """``softmax(scale * query @ key.T + attn_mask) @ value`` for each head (Vaswani et al., arXiv:1706.03762).

    One kernel, which never holds the whole matrix of scores (Rabe and Staats, arXiv:2112.05682; Dao et al.,
    arXiv:2205.14135); with dropout, or for the gradient of a mask, a product of matrices.

    Args:
        query: (..., queries, size); key: (..., keys, size); value: (..., keys, value_size). The first dimensions
            broadcast.
        attn_mask: bool, True where a query may look, or numbers to be added to the scores; it broadcasts to
            (..., queries, keys). A query that may look nowhere gives zeros.
        dropout_p: the probability with which a weight is set to 0. There is no ``training`` here.
        is_causal: query i looks at the keys up to i.
        scale: ``1 / sqrt(size)`` by default.
        enable_gqa: neighbouring heads (dimension -3) of the queries share a head of the keys and values.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the dtypes differ.
        ValueError: ``is_causal`` with a mask.

    >>> q = pydl.zeros(1, 2, 3)
    >>> pydl.nn.functional.scaled_dot_product_attention(q, q, pydl.tensor([[[1.0], [3.0]]]), is_causal=True)
    tensor([[[1.],
             [2.]]])
    """
    operands: tuple[Any, ...] = (query, key, value)
    for x in operands:
        expect_tensor(NAME, x)
    if query.array.dtype != key.array.dtype or query.array.dtype != value.array.dtype or query.array.dtype > 3:
        raise _C.DTypeError(
            f"{NAME}: expected query, key and value of one floating dtype, got {query.dtype.name}, {key.dtype.name} "
            f"and {value.dtype.name}"
        )
    if min(x.array.ndim for x in operands) < 2:
        shapes = ", ".join(str(x.array.shape) for x in operands)
        raise _C.ShapeError(f"{NAME}: expected query, key and value of 2 dimensions or more, got {shapes}")
    if not isinstance(dropout_p, int | float) or not 0 <= dropout_p <= 1:
        raise _C.ValueError(f"{NAME}: expected dropout_p from 0 to 1, got {dropout_p}")
    if is_causal and attn_mask is not None:
        raise _C.ValueError(f"{NAME}: expected attn_mask or is_causal, got both")
    factor = scale_of(query) if scale is None else float(scale)
    mask = attn_mask
    if enable_gqa:
        heads, groups = heads_of(query, key, value)
        if mask is not None:
            mask = checked_mask(query, expand_heads(key, heads), mask)
        if heads != groups:
            shape = query.array.shape
            q, k, v = (in_groups(x, heads, groups) for x in operands)
            m = None if mask is None else in_groups(mask, heads, groups)
            y = attend(q, k, v, m, dropout_p, is_causal, factor)
            merged = (*_C.broadcast_shapes(NAME, shape[:-3], key.array.shape[:-3]), heads, shape[-2])
            return reshape(y, (*merged, value.array.shape[-1]))
    elif mask is not None:
        mask = checked_mask(query, key, mask)
    return attend(query, key, value, mask, dropout_p, is_causal, factor)


def scale_of(query: Tensor) -> float:
    """The usual scale."""
    size = query.array.shape[-1]
    return 1.0 / math.sqrt(size) if size else 1.0


def expand_heads(x: Tensor, heads: int) -> Tensor:
    """x, seen with so many heads: only its shape is looked at."""
    array = _C.select(x.array, -3, 0)
    shape = x.array.shape
    return wrap(_C.expand(_C.unsqueeze(array, array.ndim - 2), (*shape[:-3], heads, *shape[-2:])))


def attend(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float, causal: bool, scale: float
) -> Tensor:
    """Attention by the kernel, or by products of matrices where that does not do: see above."""
    if dropout_p or (mask is not None and mask._requires_grad and grad_enabled()):
        code = q.array.dtype
        if code > 1:
            m = mask if mask is None or mask.array.dtype == 9 else to_code(mask, 0)
            return to_code(attend(to_code(q, 0), to_code(k, 0), to_code(v, 0), m, dropout_p, causal, scale), code)
        return matmul(dropout(weights(q, k, mask, scale, causal), dropout_p), v)
    array = None
    if mask is not None:
        array = mask.array
        # The caller may write another mask there before backward.
        if grad_enabled() and any(isinstance(x, TensorBase) and x._requires_grad for x in (q, k, v)):
            array = _C.clone(array)
    return apply(Attention, q, k, v, array, scale, causal)


from pydl.ops.binary import add, mul  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.dropout import dropout  # noqa: E402
from pydl.ops.matmul import matmul  # noqa: E402
from pydl.ops.softmax import SoftmaxBackward, softmax  # noqa: E402
from pydl.ops.view import reshape, sum_to, transpose  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

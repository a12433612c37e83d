"""Rows of a table by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.blame import remember_write
from pydl.autograd.function import Function, apply, wrap
from pydl.ops.create import from_array
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Embedding(Function):
    @staticmethod
    def forward(ctx: Any, w: Tensor, tokens: _C.Array, padding_idx: int, scale: Tensor | None = None) -> _C.Array:
        ctx.tokens, ctx.rows, ctx.padding_idx, ctx.scale = tokens, w.array.shape[0], padding_idx, scale
        return _C.index_get(w.array, 0, 1, tokens)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g (by how often its token comes) added at the tokens
        if ctx.scale is not None:
            g = g * ctx.scale
        return apply(EmbeddingBackward, g, ctx.tokens, ctx.rows, ctx.padding_idx)


class EmbeddingBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, tokens: _C.Array, rows: int, padding_idx: int) -> _C.Array:
        ctx.tokens, ctx.padding_idx = tokens, padding_idx
        return _C.embedding_backward(g.array, tokens, rows, padding_idx)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg at the tokens, 0 where they are padding
        out = apply(Embedding, gg, ctx.tokens, ctx.padding_idx)
        if ctx.padding_idx < 0:
            return out
        kept = _C.ne(ctx.tokens, _C.scalar(ctx.padding_idx, ctx.tokens.dtype))
        return out * wrap(_C.cast(_C.unsqueeze(kept, kept.ndim), gg.array.dtype))


def shorten(weight: Tensor, tokens: _C.Array, max_norm: float, norm_type: float) -> None:
    """Scale the rows at the tokens, in place, so that no norm is above max_norm."""
    used = np.unique(np.asarray(tokens))
    rows = _C.index_get(weight.array, 0, 1, from_array(used))
    values = np.asarray(_C.cast(rows, 1))
    norms = np.linalg.norm(values, ord=norm_type, axis=1)
    long = norms > max_norm
    if long.any():
        scale = from_array(max_norm / (norms[long] + 1e-7))
        at = from_array(used[long])
        shorter = _C.mul(_C.index_get(_C.cast(weight.array, 1), 0, 1, at), _C.unsqueeze(scale, 1))
        _C.index_put_into(weight.array, 0, 1, at, shorter, False)
        remember_write(weight)


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of ``weight`` (rows, size) at ``input`` (any shape, integers): (*input.shape, size).

    Args:
        padding_idx: a row whose gradient stays 0; may count from the end.
        max_norm: rows that are used and whose norm is larger are scaled down to it, in place.
        norm_type: which norm.
        scale_grad_by_freq: divide each row's gradient by how often it is used.
        sparse: must be False, pydl has no sparse tensors.

    Raises:
        IndexError: a number is not from 0 to rows - 1.

    >>> table = pydl.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> pydl.embedding(pydl.tensor([1, 1, 0]), table)
    tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])
    """
    expect_tensor("embedding", input)
    expect_tensor("embedding", weight)
    if weight.array.ndim != 2:
        raise _C.ShapeError(f"embedding: expected a weight of shape (rows, size), got {weight.array.shape}")
    if sparse:
        raise _C.ValueError("embedding: expected sparse=False, pydl has no sparse tensors")
    rows = weight.array.shape[0]
    tokens = _C.checked_tokens("embedding", input.array, rows)
    skip = -1
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise _C.IndexError(f"embedding: expected padding_idx from {-rows} to {rows - 1}, got {padding_idx}")
        skip = padding_idx % rows
    if max_norm is not None:
        shorten(weight, tokens, max_norm, norm_type)
    if tokens.storage_id == input.array.storage_id and weight._requires_grad:
        tokens = _C.clone(tokens)  # the caller may write new numbers there before backward
    scale = shares(tokens, rows, weight.array.dtype) if scale_grad_by_freq else None
    return apply(Embedding, weight, tokens, skip, scale)


def shares(tokens: _C.Array, rows: int, code: int) -> Tensor:
    """1 / how often its row is used, for each token: (*tokens.shape, 1)."""
    at = np.asarray(tokens)
    share = (1 / np.bincount(at.reshape(-1), minlength=rows).clip(1))[at][..., None]
    return wrap(_C.cast(from_array(share), code))

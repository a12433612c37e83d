"""Attention with several heads and its projections, as one function."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import wrap
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor

NAME = "multi_head_attention_forward"


def added_mask(what: str, mask: Any, code: int) -> Tensor:
    """A mask to be added to the scores: -inf where a bool one is True.

    Raises:
        DTypeError: it is neither bool nor floating.
    """
    expect_tensor(NAME, mask)
    if mask.array.dtype == 9:
        zero, never = (_C.scalar(v, code) for v in (0.0, -math.inf))
        return wrap(_C.where(mask.array, never, zero))
    if mask.array.dtype > 3:
        raise _C.DTypeError(f"{NAME}: expected {what} of dtype bool or floating, got {mask.dtype.name}")
    return to_code(mask, code)


def expect_shape(what: str, x: Tensor, *shapes: tuple[int, ...]) -> None:
    """Raise a ShapeError where x has none of the shapes."""
    if x.array.shape not in shapes:
        raise _C.ShapeError(f"{NAME}: expected {what} of shape {' or '.join(map(str, shapes))}, got {x.array.shape}")


def projections(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    separate: tuple[Tensor | None, Tensor | None, Tensor | None] | None,
) -> tuple[Tensor, ...]:
    """query, key and value through their linear maps, in as few products as there are different inputs."""
    width = query.array.shape[-1]
    inputs = (query, key, value)
    biases = (None,) * 3 if bias is None else split(bias, width)
    if separate is None:
        if weight is None:
            raise _C.ValueError(f"{NAME}: expected in_proj_weight, got None")
        expect_shape("in_proj_weight", weight, (3 * width, width))
        if query is key and key is value:
            return split(linear(query, weight, bias), width, -1)
        if key is value:
            first = linear(query, narrow(weight, 0, 0, width), biases[0])
            rest = None if bias is None else narrow(bias, 0, width, 2 * width)
            return first, *split(linear(key, narrow(weight, 0, width, 2 * width), rest), width, -1)
        weights = split(weight, width)
    else:
        if any(w is None for w in separate):
            raise _C.ValueError(f"{NAME}: expected q_proj_weight, k_proj_weight and v_proj_weight, got None")
        weights = separate  # type: ignore[assignment]
        for what, x, w in zip("qkv", inputs, weights, strict=True):
            expect_shape(f"{what}_proj_weight", w, (width, x.array.shape[-1]))
    return tuple(linear(x, w, b) for x, w, b in zip(inputs, weights, biases, strict=True))


def longer_mask(mask: Tensor | None) -> Tensor | None:
    """The mask with one more key, which may be looked at."""
    if mask is None:
        return None
    zeros = wrap(_C.zeros((*mask.array.shape[:-1], 1), mask.array.dtype))
    return cat((mask, zeros), -1)


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention with several heads (Vaswani et al., arXiv:1706.03762): the result, and the weights or None.

    Args:
        query: (queries, width) or (queries, batch, width); key and value: (keys, ...) likewise.
        embed_dim_to_check: what width must be.
        in_proj_weight, in_proj_bias: of query, key and value one after the other, (3 * width, width), (3 * width,);
            or, with ``use_separate_proj_weight``, a weight for each.
        bias_k, bias_v: (1, 1, width): one more key and value for all.
        add_zero_attn: one more key and value of zeros.
        key_padding_mask: (batch, keys); attn_mask: (queries, keys) or (batch * num_heads, queries, keys). Bool, True
            where nothing may look, or numbers to be added to the scores.
        need_weights: give the weights too, (batch, queries, keys), or (batch, num_heads, queries, keys) without
            ``average_attn_weights``. Without them the scores are never in memory as a whole.
        static_k, static_v: (batch * num_heads, keys, width / num_heads), in place of the projected ones.
        is_causal: a promise that ``attn_mask`` is the causal one.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: settings that do not go together.
    """
    for x in (query, key, value):
        expect_tensor(NAME, x)
    ndim = query.array.ndim
    if ndim not in (2, 3) or key.array.ndim != ndim or value.array.ndim != ndim:
        shapes = ", ".join(str(x.array.shape) for x in (query, key, value))
        raise _C.ShapeError(
            f"{NAME}: expected query, key and value of 3 dimensions, or of 2 without a batch, got {shapes}"
        )
    if ndim == 2:
        # One tensor stays one, so that one product will do for it.
        seen = {id(x): unsqueeze(x, 1) for x in (query, key, value)}
        query, key, value = (seen[id(x)] for x in (query, key, value))
        if key_padding_mask is not None:
            expect_shape("key_padding_mask", key_padding_mask, (key.array.shape[0],))
            key_padding_mask = unsqueeze(key_padding_mask, 0)
    queries, batch, width = query.array.shape
    keys, code = key.array.shape[0], query.array.dtype
    if width != embed_dim_to_check:
        raise _C.ShapeError(f"{NAME}: expected {embed_dim_to_check} features, got {width} (query {query.array.shape})")
    if num_heads < 1 or width % num_heads:
        raise _C.ValueError(f"{NAME}: expected a number of heads that divides {width} features, got {num_heads}")
    same = key.array.shape[:2] if use_separate_proj_weight else key.array.shape
    if value.array.shape[: len(same)] != same or key.array.shape[1] != batch:
        raise _C.ShapeError(
            f"{NAME}: expected key and value of one shape with a batch of {batch}, got {key.array.shape} and "
            f"{value.array.shape}"
        )
    if is_causal and attn_mask is None:
        raise _C.ValueError(f"{NAME}: expected an attn_mask with is_causal, which only promises what that is")
    if (bias_k is None) != (bias_v is None):
        raise _C.ValueError(f"{NAME}: expected bias_k and bias_v, or neither")

    mask = padding = None
    causal = is_causal and key_padding_mask is None and not need_weights
    if attn_mask is not None:
        per_head = (batch * num_heads, queries, keys)
        expect_shape("attn_mask", attn_mask, (queries, keys), per_head)
        if not causal:
            mask = added_mask("attn_mask", attn_mask, code)
            if mask.array.ndim == 3:
                mask = reshape(mask, (batch, num_heads, queries, keys))
    if key_padding_mask is not None:
        expect_shape("key_padding_mask", key_padding_mask, (batch, keys))
        padding = added_mask("key_padding_mask", key_padding_mask, code)

    separate = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = projections(query, key, value, in_proj_weight, in_proj_bias, separate)
    if bias_k is not None and bias_v is not None:
        if static_k is not None or static_v is not None:
            raise _C.ValueError(f"{NAME}: expected no bias_k and bias_v with static_k or static_v")
        k, v = (cat((x, expand(b, (1, batch, width))), 0) for x, b in ((k, bias_k), (v, bias_v)))
        mask, padding = longer_mask(mask), longer_mask(padding)
    size = width // num_heads

    def heads(x: Tensor) -> Tensor:  # (batch, num_heads, rows, size)
        return permute(reshape(x, (x.array.shape[0], batch, num_heads, size)), (1, 2, 0, 3))

    q = heads(q)
    k, v = (
        heads(x) if static is None else reshape(static, (batch, num_heads, static.array.shape[1], size))
        for x, static in ((k, static_k), (v, static_v))
    )
    if add_zero_attn:
        zeros = wrap(_C.zeros((batch, num_heads, 1, size), code))
        k, v = cat((k, zeros), 2), cat((v, zeros), 2)
        mask, padding = longer_mask(mask), longer_mask(padding)
    if padding is not None:
        padding = reshape(padding, (batch, 1, 1, padding.array.shape[-1]))
        mask = padding if mask is None else add(mask, padding)
    drop = float(dropout_p) if training else 0.0

    weights = None
    if need_weights:
        scores = matmul(mul(q, 1.0 / math.sqrt(size)), transpose(k, -1, -2))
        weights = softmax(scores if mask is None else add(scores, mask), -1)
        if drop:
            weights = dropout(weights, drop)
        y = matmul(weights, v)
        if average_attn_weights:
            weights = mean(weights, 1)
        if ndim == 2:
            weights = squeeze(weights, 0)
    else:
        y = scaled_dot_product_attention(q, k, v, mask, drop, causal)
    y = linear(reshape(permute(y, (2, 0, 1, 3)), (queries, batch, width)), out_proj_weight, out_proj_bias)
    return (squeeze(y, 1) if ndim == 2 else y), weights


from pydl.ops.attention import scaled_dot_product_attention  # noqa: E402
from pydl.ops.binary import add, mul  # noqa: E402
from pydl.ops.concat import cat, split  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.dropout import dropout  # noqa: E402
from pydl.ops.matmul import linear, matmul  # noqa: E402
from pydl.ops.reduce import mean  # noqa: E402
from pydl.ops.softmax import softmax  # noqa: E402
from pydl.ops.view import expand, narrow, permute, reshape, squeeze, transpose, unsqueeze  # noqa: E402

"""Attention with several heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydl import _C, ops
from pydl.nn import functional as F
from pydl.nn import init
from pydl.nn.modules.linear import Linear
from pydl.nn.modules.module import Module
from pydl.nn.parameter import Parameter

if TYPE_CHECKING:
    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor


class NonDynamicallyQuantizableLinear(Linear):
    """A `Linear` by the name that it has inside PyTorch's MultiheadAttention."""


class MultiheadAttention(Module):
    """Attention with ``num_heads`` heads of ``embed_dim / num_heads`` (Vaswani et al., arXiv:1706.03762).

    Args:
        embed_dim: features of query and result.
        dropout: the probability with which a weight is set to 0 in training.
        bias: of the projections.
        add_bias_kv: learn one more key and value for every sequence.
        add_zero_attn: one more key and value of zeros.
        kdim, vdim: features of key and value; ``embed_dim`` by default.
        batch_first: tensors are (batch, length, features) rather than (length, batch, features).

    >>> layer = pydl.nn.MultiheadAttention(8, 2, batch_first=True)
    >>> x = pydl.zeros(3, 5, 8)
    >>> y, weights = layer(x, x, x)
    >>> y.shape, weights.shape
    (pydl.Size([3, 5, 8]), pydl.Size([3, 5, 5]))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise _C.ValueError(
                f"MultiheadAttention: expected embed_dim and num_heads above 0, got {embed_dim} and {num_heads}"
            )
        if embed_dim % num_heads:
            raise _C.ValueError(
                f"MultiheadAttention: expected embed_dim divisible by num_heads, got {embed_dim} and {num_heads}"
            )
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn

        def made(wanted: bool, *shape: int) -> Parameter | None:
            return Parameter(ops.empty(shape, dtype=dtype, device=device)) if wanted else None

        same = self._qkv_same_embed_dim
        self.register_parameter("q_proj_weight", made(not same, embed_dim, embed_dim))
        self.register_parameter("k_proj_weight", made(not same, embed_dim, self.kdim))
        self.register_parameter("v_proj_weight", made(not same, embed_dim, self.vdim))
        self.register_parameter("in_proj_weight", made(same, 3 * embed_dim, embed_dim))
        self.register_parameter("in_proj_bias", made(bias, 3 * embed_dim))
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        self.register_parameter("bias_k", made(add_bias_kv, 1, 1, embed_dim))
        self.register_parameter("bias_v", made(add_bias_kv, 1, 1, embed_dim))
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None and self.out_proj.bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The result and the weights (None without ``need_weights``); arguments as of the function.

        `pydl.nn.functional.multi_head_attention_forward` explains the masks.
        """
        swap = self.batch_first and query.dim() == 3
        if swap:
            # One tensor stays one, so that one product will do for it.
            seen = {id(x): x.transpose(0, 1) for x in (query, key, value)}
            query, key, value = (seen[id(x)] for x in (query, key, value))
        y, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            self.training,
            key_padding_mask,
            need_weights,
            attn_mask,
            not self._qkv_same_embed_dim,
            self.q_proj_weight,
            self.k_proj_weight,
            self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (y.transpose(0, 1) if swap else y), weights

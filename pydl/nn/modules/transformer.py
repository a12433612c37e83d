"""The Transformer: encoder, decoder and their layers (Vaswani et al., arXiv:1706.03762)."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.nn import functional as F
from pydl.nn import init
from pydl.nn.modules.attention import MultiheadAttention
from pydl.nn.modules.container import ModuleList
from pydl.nn.modules.dropout import Dropout
from pydl.nn.modules.linear import Linear
from pydl.nn.modules.module import Module
from pydl.nn.modules.normalization import LayerNorm

if TYPE_CHECKING:
    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor

    Activation = Callable[[Tensor], Tensor]


def activation_of(activation: str | Activation) -> Any:
    """The function of that name, or what was given.

    Raises:
        ValueError: a name other than "relu" and "gelu".
    """
    if not isinstance(activation, str):
        return activation
    known = {"relu": F.relu, "gelu": F.gelu}
    if activation not in known:
        raise _C.ValueError(f"Transformer: expected activation 'relu', 'gelu' or a function, got {activation!r}")
    return known[activation]


def square_subsequent_mask(sz: int, device: str | Device | None = None, dtype: DType | None = None) -> Tensor:
    """(sz, sz): 0 for the positions up to one's own, -inf for those after it."""
    return ops.triu(ops.full((sz, sz), -math.inf, dtype=dtype, device=device), 1)


def is_causal_mask(mask: Tensor | None, is_causal: bool | None, length: int) -> bool:
    """What the caller says, or, where that is None, whether the mask is the causal one of that length."""
    if is_causal is not None or mask is None:
        return bool(is_causal)
    if mask.shape != (length, length):
        return False
    causal = square_subsequent_mask(length, dtype=mask.dtype) if mask.is_floating_point() else None
    # A bool mask is never seen as causal, as in PyTorch: it compares with -inf as a bool.
    return causal is not None and ops.equal(mask, causal)


class FeedForward(Module):
    """What the layers of encoder and decoder share: attention to oneself, and two linear maps."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float,
        activation: str | Activation,
        layer_norm_eps: float,
        batch_first: bool,
        norm_first: bool,
        bias: bool,
        device: str | Device | None,
        dtype: DType | None,
        attentions: tuple[str, ...],
    ) -> None:
        super().__init__()
        for name in attentions:
            made = MultiheadAttention(
                d_model, nhead, dropout, bias, batch_first=batch_first, device=device, dtype=dtype
            )
            self.add_module(name, made)
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, device=device, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, device=device, dtype=dtype)
        self.norm_first = norm_first
        norms = range(1, len(attentions) + 2)
        for i in norms:
            self.add_module(f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype))
        for i in norms:
            self.add_module(f"dropout{i}", Dropout(dropout))
        self.activation = activation_of(activation)

    def _attend(
        self,
        name: str,
        dropout: str,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None,
        padding: Tensor | None,
        is_causal: bool,
    ) -> Tensor:
        y = self._modules[name](x, memory, memory, padding, False, mask, is_causal=is_causal)[0]  # type: ignore[misc]
        return self._modules[dropout](y)  # type: ignore[misc,no-any-return]

    def _feed(self, x: Tensor, dropout: str) -> Tensor:
        y = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return self._modules[dropout](y)  # type: ignore[misc,no-any-return]

    def _step(self, norm: str, x: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        """x + part(x), normalised before or after (Xiong et al., arXiv:2002.04745)."""
        normalize = self._modules[norm]
        if self.norm_first:
            return x + part(normalize(x))  # type: ignore[misc]
        return normalize(x + part(x))  # type: ignore[misc,no-any-return]


class TransformerEncoderLayer(FeedForward):
    """Attention of a sequence to itself, then two linear maps, each with dropout, residual sum and layer norm.

    Args:
        d_model: features; nhead: heads; dim_feedforward: features between the linear maps.
        activation: "relu", "gelu" or a function.
        batch_first: (batch, length, features) rather than (length, batch, features).
        norm_first: normalise before each part rather than after the sum.
        bias: of the linear maps and norms.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device,
            dtype, ("self_attn",),
        )  # fmt: skip

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """The sequence, transformed; masks as in `MultiheadAttention`."""
        x = self._step(
            "norm1",
            src,
            lambda x: self._attend("self_attn", "dropout1", x, x, src_mask, src_key_padding_mask, is_causal),
        )
        return self._step("norm2", x, lambda x: self._feed(x, "dropout2"))


class TransformerDecoderLayer(FeedForward):
    """Attention of a sequence to itself and to the encoder's result, then two linear maps; arguments as there."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device,
            dtype, ("self_attn", "multihead_attn"),
        )  # fmt: skip

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence, transformed; masks as in `MultiheadAttention`."""
        x = self._step(
            "norm1",
            tgt,
            lambda x: self._attend("self_attn", "dropout1", x, x, tgt_mask, tgt_key_padding_mask, tgt_is_causal),
        )
        x = self._step(
            "norm2",
            x,
            lambda x: self._attend(
                "multihead_attn", "dropout2", x, memory, memory_mask, memory_key_padding_mask, memory_is_causal
            ),
        )
        return self._step("norm3", x, lambda x: self._feed(x, "dropout3"))


class Stack(Module):
    """Copies of a layer, one after the other, and a norm."""

    norm: Module | None

    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def _length(self, x: Tensor) -> int:
        """How long the sequences are."""
        attention = getattr(self.layers[0], "self_attn", None) if len(self.layers) else None
        batch_first = x.dim() == 3 and bool(getattr(attention, "batch_first", False))
        return int(x.shape[1 if batch_first else 0])


class TransformerEncoder(Stack):
    """``num_layers`` copies of a layer, one after the other, then ``norm``.

    ``enable_nested_tensor`` and ``mask_check`` are PyTorch's and change nothing: pydl has no nested tensors. (PyTorch's
    fast path, outside of training, gives zeros where ``src_key_padding_mask`` is True; here stands what the layers make
    of those positions.)
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__(encoder_layer, num_layers, norm)
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """The sequence through all layers. ``is_causal`` None: find out whether ``mask`` is the causal one."""
        causal = is_causal_mask(mask, is_causal, self._length(src))
        x = src
        for layer in self.layers:
            x = layer(x, src_mask=mask, is_causal=causal, src_key_padding_mask=src_key_padding_mask)
        return x if self.norm is None else self.norm(x)


class TransformerDecoder(Stack):
    """``num_layers`` copies of a layer, one after the other, then ``norm``."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence through all layers, each of which looks at ``memory``, the encoder's result."""
        causal = is_causal_mask(tgt_mask, tgt_is_causal, self._length(tgt))
        x = tgt
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=causal,
                memory_is_causal=memory_is_causal,
            )
        return x if self.norm is None else self.norm(x)


class Transformer(Module):
    """An encoder and a decoder that looks at its result; parameters of two and more dimensions start as by Xavier.

    >>> model = pydl.nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    >>> model(pydl.zeros(3, 5, 8), pydl.zeros(3, 4, 8)).shape
    pydl.Size([3, 4, 8])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Activation = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, device=device, dtype=dtype)

        settings: tuple[Any, ...] = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device,
            dtype,
        )  # fmt: skip
        if custom_encoder is None:
            custom_encoder = TransformerEncoder(TransformerEncoderLayer(*settings), num_encoder_layers, norm())
        self.encoder = custom_encoder
        if custom_decoder is None:
            custom_decoder = TransformerDecoder(TransformerDecoderLayer(*settings), num_decoder_layers, norm())
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The decoder's result for ``tgt``, which looks at the encoder's for ``src``; masks as in the layers.

        Raises:
            ShapeError: the batches differ, or the features are not ``d_model``.
        """
        batch_dim = 0 if self.batch_first else 1
        if src.dim() == 3 and (tgt.dim() != 3 or src.shape[batch_dim] != tgt.shape[batch_dim]):
            raise _C.ShapeError(
                f"Transformer: expected src and tgt of one batch, got {src.array.shape} and {tgt.array.shape}"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise _C.ShapeError(
                f"Transformer: expected src and tgt of {self.d_model} features, got {src.array.shape} and "
                f"{tgt.array.shape}"
            )
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        return self.decoder(  # type: ignore[no-any-return]
            tgt,
            memory,
            tgt_mask,
            memory_mask,
            tgt_key_padding_mask,
            memory_key_padding_mask,
            tgt_is_causal,
            memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(
        sz: int, device: str | Device | None = None, dtype: DType | None = None
    ) -> Tensor:
        """(sz, sz): 0 for the positions up to one's own, -inf for those after it.

        >>> pydl.nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[0., -inf],
                [0., 0.]])
        """
        return square_subsequent_mask(sz, device, dtype)

    def _reset_parameters(self) -> None:
        for p in self.parameters():
            if p.dim() > 1:
                init.xavier_uniform_(p)

"""Tables of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.nn import functional as F
from pydl.nn import init
from pydl.nn.modules.module import Module
from pydl.nn.parameter import Parameter

if TYPE_CHECKING:
    from typing import Self

    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor


class Embedding(Module):
    """Rows of ``weight`` (num_embeddings, embedding_dim) by index: (...) to (..., embedding_dim).

    ``padding_idx``: a row that starts as zero and gets no gradient. ``max_norm``, ``norm_type``,
    ``scale_grad_by_freq`` and ``sparse`` as in `pydl.nn.functional.embedding`.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise _C.ValueError(f"Embedding: padding_idx {padding_idx} is not within {num_embeddings} embeddings")
            padding_idx %= num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        shape = (num_embeddings, embedding_dim)
        if _weight is None:
            self.weight = Parameter(ops.empty(shape, dtype=dtype, device=device), not _freeze)
            self.reset_parameters()
        else:
            if _weight.array.shape != shape:
                raise _C.ShapeError(f"Embedding: expected a weight of shape {shape}, got {_weight.array.shape}")
            self.weight = Parameter(_weight, not _freeze)

    def reset_parameters(self) -> None:
        """Draw new rows, normal with standard deviation 1; the padding row becomes zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            row = _C.select(self.weight.array, 0, self.padding_idx)
            _C.copy_into(row, _C.scalar(0.0, row.dtype))

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        if self.scale_grad_by_freq:
            text += f", scale_grad_by_freq={self.scale_grad_by_freq}"
        return text + (", sparse=True" if self.sparse else "")

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **settings: Any) -> Self:
        """A table of given rows, by default not trained.

        Raises:
            ShapeError: not a matrix.
        """
        if embeddings.array.ndim != 2:
            raise _C.ShapeError(f"Embedding: expected a matrix of embeddings, got shape {embeddings.array.shape}")
        rows, cols = embeddings.array.shape
        return cls(rows, cols, _weight=embeddings, _freeze=freeze, **settings)


class EmbeddingBag(Module):
    """Sums, means or maxima of bags of rows of ``weight`` (num_embeddings, embedding_dim).

    Settings as in `pydl.nn.functional.embedding_bag`; the row ``padding_idx`` starts as zero.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise _C.ValueError(
                    f"EmbeddingBag: padding_idx {padding_idx} is not within {num_embeddings} embeddings"
                )
            padding_idx %= num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.mode, self.sparse, self.include_last_offset = mode, sparse, include_last_offset
        shape = (num_embeddings, embedding_dim)
        if _weight is None:
            self.weight = Parameter(ops.empty(shape, dtype=dtype, device=device))
            self.reset_parameters()
        else:
            if _weight.array.shape != shape:
                raise _C.ShapeError(f"EmbeddingBag: expected a weight of shape {shape}, got {_weight.array.shape}")
            self.weight = Parameter(_weight)

    def reset_parameters(self) -> None:
        """Draw new rows, normal with standard deviation 1; the padding row becomes zero."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            row = _C.select(self.weight.array, 0, self.padding_idx)
            _C.copy_into(row, _C.scalar(0.0, row.dtype))

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        if self.scale_grad_by_freq:
            text += f", scale_grad_by_freq={self.scale_grad_by_freq}"
        text += f", mode={self.mode!r}"
        return text + (f", padding_idx={self.padding_idx}" if self.padding_idx is not None else "")

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **settings: Any) -> Self:
        """A table of given rows, by default not trained.

        Raises:
            ShapeError: not a matrix.
        """
        if embeddings.array.ndim != 2:
            raise _C.ShapeError(f"EmbeddingBag: expected a matrix of embeddings, got shape {embeddings.array.shape}")
        rows, cols = embeddings.array.shape
        made = cls(rows, cols, _weight=embeddings, **settings)
        made.weight.requires_grad = not freeze
        return made

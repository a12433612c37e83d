"""Sequences of several lengths in one tensor: padded to one length, or packed without padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase

if TYPE_CHECKING:
    from typing import Self

    from pydl.tensor import Tensor


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """Sequences step by step, without padding: what recurrent layers take for sequences of several lengths.

    Made by `pack_padded_sequence` and `pack_sequence`.

    Attributes:
        data: the rows of step 0 of all sequences, then those of step 1 of all that have one ..., (rows, ...).
        batch_sizes: how many sequences each step has.
        sorted_indices: the sequences in order of falling length, by which they lie in data; None: as they came.
        unsorted_indices: where each sequence that came lies in that order.
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        # A pair in place of data is PyTorch's old form of both.
        if batch_sizes is None:
            if not isinstance(data, list | tuple) or len(data) != 2:
                raise _C.ValueError("PackedSequence: expected data and batch_sizes, got one argument")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def _convert(self, data: Tensor) -> PackedSequence:
        """The same sequences with other data."""
        return self if data is self.data else type(self)(data, *self[1:])

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Data of another dtype or device, as `Tensor.to`; itself where nothing changes."""
        return self._convert(self.data.to(*args, **kwargs))

    def cpu(self) -> PackedSequence:
        """Data in the processor's memory."""
        return self._convert(self.data.cpu())

    def double(self) -> PackedSequence:
        """Data in float64."""
        return self._convert(self.data.double())

    def float(self) -> PackedSequence:
        """Data in float32."""
        return self._convert(self.data.float())

    def half(self) -> PackedSequence:
        """Data in float16."""
        return self._convert(self.data.half())

    def long(self) -> PackedSequence:
        """Data in int64."""
        return self._convert(self.data.long())

    def int(self) -> PackedSequence:
        """Data in int32."""
        return self._convert(self.data.int())

    def short(self) -> PackedSequence:
        """Data in int16."""
        return self._convert(self.data.to(dtypes.int16))

    def char(self) -> PackedSequence:
        """Data in int8."""
        return self._convert(self.data.to(dtypes.int8))

    def byte(self) -> PackedSequence:
        """Data in uint8."""
        return self._convert(self.data.to(dtypes.uint8))

    @property
    def is_cuda(self) -> bool:
        """Whether data is on a GPU."""
        return self.data.is_cuda


PackedSequence.__name__ = "PackedSequence"


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Where each index stands in a permutation; None of None."""
    if permutation is None:
        return None
    return ops.from_numpy(np.argsort(permutation.numpy(), kind="stable"))


def checked_lengths(name: str, lengths: Any, batch: int) -> np.ndarray[Any, Any]:
    """The lengths of so many sequences.

    Raises:
        ValueError: another number of them, or one below 1.
    """
    values: Any = np.asarray(lengths.tolist() if isinstance(lengths, TensorBase) else lengths)  # type: ignore[attr-defined]
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise _C.DTypeError(f"{name}: expected lengths as a list or 1-D tensor of ints, got {lengths!r}")
    if len(values) != batch:
        raise _C.ValueError(f"{name}: expected a length for each of {batch} sequences, got {len(values)}")
    if (values < 1).any():
        raise _C.ValueError(f"{name}: expected lengths of 1 or more, got {values.tolist()}")
    return np.asarray(values, np.int64)


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Leave out the padding of sequences (steps, batch, ...), or (batch, steps, ...) with ``batch_first``.

    Args:
        lengths: of each sequence, 1 or more.
        enforce_sorted: the lengths must fall from one sequence to the next; otherwise they are sorted here, and
            the result remembers their order.

    Raises:
        ValueError: the lengths do not fit.

    >>> packed = pydl.nn.utils.rnn.pack_padded_sequence(pydl.tensor([[1, 4], [2, 5], [3, 0]]), [3, 2])
    >>> packed.data, packed.batch_sizes
    (tensor([1, 4, 2, 5, 3]), tensor([2, 2, 1]))
    """
    name = "pack_padded_sequence"
    if not isinstance(input, TensorBase) or input.array.ndim < 2:
        given = input.array.shape if isinstance(input, TensorBase) else type(input).__name__
        raise _C.ShapeError(f"{name}: expected a tensor of shape (steps, batch, ...), got {given}")
    steps, batch = (input.array.shape[i] for i in ((1, 0) if batch_first else (0, 1)))
    sizes = checked_lengths(name, lengths, batch)
    if not batch:
        raise _C.ValueError(f"{name}: expected at least one sequence, got shape {input.array.shape}")
    if sizes.max() > steps:
        raise _C.ValueError(f"{name}: expected lengths up to the input's {steps} steps, got {sizes.max()}")
    order = None
    if enforce_sorted:
        if (np.diff(sizes) > 0).any():
            raise _C.ValueError(
                f"{name}: expected lengths that fall, got {sizes.tolist()}; pass enforce_sorted=False to have the "
                "sequences sorted"
            )
        step, sequence = np.nonzero(np.arange(steps)[:, None] < sizes)
        place = sequence
    else:
        order = np.argsort(-sizes, kind="stable")
        sizes = sizes[order]
        step, sequence = np.nonzero(np.arange(steps)[:, None] < sizes)
        place = order[sequence]
    rows = place * steps + step if batch_first else step * batch + place
    flat = ops.reshape(input, (steps * batch, *input.array.shape[2:]))
    data = ops.index_select(flat, 0, ops.from_numpy(rows))
    counts = np.bincount(step).astype(np.int64)
    return PackedSequence(data, ops.from_numpy(counts), None if order is None else ops.from_numpy(order))


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Undo `pack_padded_sequence`: (steps, batch, ...), or (batch, steps, ...), and the lengths.

    Args:
        padding_value: what stands after a sequence's end.
        total_length: how many steps the result has, at least those of the longest sequence, the default.

    Raises:
        ValueError: ``total_length`` is shorter.

    >>> packed = pydl.nn.utils.rnn.pack_sequence([pydl.tensor([1, 2, 3]), pydl.tensor([4, 5])])
    >>> pydl.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 2, 3],
            [4, 5, 0]]), tensor([3, 2]))
    """
    data, batch_sizes, _, unsorted = sequence
    counts = batch_sizes.numpy()
    steps, batch = len(counts), int(counts[0])
    if total_length is not None:
        if total_length < steps:
            raise _C.ValueError(
                f"pad_packed_sequence: expected total_length of the longest sequence's {steps} steps or more, got "
                f"{total_length}"
            )
        steps = total_length
    lengths = (counts[:, None] > np.arange(batch)).sum(0)
    step = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(step)) - np.repeat(np.cumsum(counts) - counts, counts)
    if unsorted is not None:
        where = unsorted.numpy()
        lengths = lengths[where]
        place = np.argsort(where, kind="stable")[place]
    rows = place * steps + step if batch_first else step * batch + place
    shape = data.array.shape[1:]
    empty = ops.full((steps * batch, *shape), padding_value, dtype=data.dtype)
    padded = ops.index_copy(empty, 0, ops.from_numpy(rows), data)
    return ops.reshape(padded, ((batch, steps) if batch_first else (steps, batch)) + shape), ops.from_numpy(lengths)


def tensors_of(name: str, sequences: Any) -> list[Tensor]:
    """A list of tensors from an iterable of them, or from one tensor along its first dimension.

    Raises:
        DTypeError: it is neither.
        ShapeError: it is empty, or a tensor has no dimension.
    """
    if isinstance(sequences, TensorBase):
        sequences = ops.unbind(sequences, 0)  # type: ignore[arg-type]
    elif not isinstance(sequences, Iterable):
        raise _C.DTypeError(f"{name}: expected an iterable of tensors, got {type(sequences).__name__}")
    found = list(sequences)
    for x in found:
        if not isinstance(x, TensorBase):
            raise _C.DTypeError(f"{name}: expected tensors, got {type(x).__name__}")
        if not x.array.ndim:
            raise _C.ShapeError(f"{name}: expected tensors of one dimension or more, got a scalar")
    if not found:
        raise _C.ShapeError(f"{name}: expected at least one tensor, got none")
    return found


def pad_sequence(
    sequences: Tensor | Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (length, ...) of several lengths as one tensor (steps, batch, ...), or (batch, steps, ...).

    Args:
        padding_side: whether ``padding_value`` comes after ("right") or before a sequence.

    Raises:
        ShapeError: they differ in more than their length.

    >>> pydl.nn.utils.rnn.pad_sequence([pydl.tensor([1, 2]), pydl.tensor([3])], batch_first=True)
    tensor([[1, 2],
            [3, 0]])
    """
    if padding_side not in ("left", "right"):
        raise _C.ValueError(f"pad_sequence: expected padding_side 'left' or 'right', got {padding_side!r}")
    found = tensors_of("pad_sequence", sequences)
    steps = max(x.array.shape[0] for x in found)
    shape = found[0].array.shape[1:]
    padded = []
    for x in found:
        if x.array.shape[1:] != shape:
            raise _C.ShapeError(
                f"pad_sequence: expected sequences that differ in length only, got {found[0].array.shape} and "
                f"{x.array.shape}"
            )
        missing = steps - x.array.shape[0]
        if missing:
            padding = ops.full((missing, *shape), padding_value, dtype=x.dtype)
            x = ops.cat([x, padding] if padding_side == "right" else [padding, x])
        padded.append(x)
    return ops.stack(padded, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False
) -> list[Tensor]:
    """Undo `pad_sequence`: the sequences, each (length, ...).

    Raises:
        ValueError: the lengths do not fit.
    """
    x = padded_sequences if batch_first else ops.transpose(padded_sequences, 0, 1)
    values = lengths.tolist() if isinstance(lengths, TensorBase) else list(lengths)
    if len(values) != x.array.shape[0] or any(not 0 <= n <= x.array.shape[1] for n in values):
        raise _C.ValueError(
            f"unpad_sequence: expected {x.array.shape[0]} lengths up to {x.array.shape[1]}, got {values}"
        )
    return [ops.narrow(ops.select(x, 0, i), 0, 0, n) for i, n in enumerate(values)]


def pack_sequence(sequences: Iterable[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (length, ...); they must come in order of falling length unless ``enforce_sorted=False``.

    >>> pydl.nn.utils.rnn.pack_sequence([pydl.tensor([1, 2, 3]), pydl.tensor([4, 5])]).data
    tensor([1, 4, 2, 5, 3])
    """
    found = tensors_of("pack_sequence", sequences)
    lengths = [x.array.shape[0] for x in found]
    return pack_padded_sequence(pad_sequence(found), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Undo `pack_sequence`: the sequences, each (length, ...)."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)

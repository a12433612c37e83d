"""nn.utils.rnn: padding and packing, there and back, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import seeds

import pydl
from pydl.nn.utils.rnn import (
    PackedSequence,
    invert_permutation,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

needs_torch = pytest.mark.skipif(torch is None, reason="needs torch")


@st.composite
def batches(draw: Any) -> tuple[list[int], tuple[int, ...], bool]:
    """Lengths, the shape of an element, batch_first."""
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=6))
    return lengths, draw(st.sampled_from([(), (1,), (3,), (2, 3)])), draw(st.booleans())


def padded_values(lengths: list[int], shape: tuple[int, ...], batch_first: bool, seed: int) -> Any:
    x = np.random.default_rng(seed).standard_normal((max(lengths), len(lengths), *shape))
    return x.swapaxes(0, 1).copy() if batch_first else x


def sequences(lengths: list[int], shape: tuple[int, ...], seed: int) -> list[pydl.Tensor]:
    rng = np.random.default_rng(seed)
    return [pydl.tensor(rng.standard_normal((n, *shape)), requires_grad=True) for n in lengths]


@given(batches(), seeds)
def test_packing_leaves_out_the_padding(batch: Any, seed: int) -> None:
    lengths, shape, batch_first = batch
    values = padded_values(lengths, shape, batch_first, seed)
    packed = pack_padded_sequence(pydl.tensor(values), lengths, batch_first, enforce_sorted=False)
    order = np.argsort(-np.array(lengths), kind="stable")
    steps = values.swapaxes(0, 1) if batch_first else values
    expected = [steps[t, b] for t in range(max(lengths)) for b in order if t < lengths[b]]
    np.testing.assert_array_equal(packed.data.numpy(), np.array(expected))
    assert packed.batch_sizes.tolist() == [sum(n > t for n in lengths) for t in range(max(lengths))]
    assert packed.sorted_indices.tolist() == order.tolist()
    assert order[packed.unsorted_indices.numpy()].tolist() == list(range(len(lengths)))


@given(batches(), seeds, st.integers(0, 3))
def test_there_and_back(batch: Any, seed: int, more: int) -> None:
    lengths, shape, batch_first = batch
    values = padded_values(lengths, shape, batch_first, seed)
    x = pydl.tensor(values, requires_grad=True)
    packed = pack_padded_sequence(x, pydl.tensor(lengths), batch_first, enforce_sorted=False)
    padded, back = pad_packed_sequence(packed, batch_first, -7.0, max(lengths) + more)
    assert back.tolist() == lengths and back.dtype == pydl.int64
    there = np.arange(max(lengths) + more) < np.array(lengths)[:, None]
    got = padded.detach().numpy() if batch_first else padded.detach().numpy().swapaxes(0, 1)
    start = values if batch_first else values.swapaxes(0, 1)
    np.testing.assert_array_equal(got[there], start[there[:, : max(lengths)]])
    assert (got[~there] == -7.0).all()
    padded.sum().backward()
    assert x.grad is not None
    grad = x.grad.numpy() if batch_first else x.grad.numpy().swapaxes(0, 1)
    assert (grad[there[:, : max(lengths)]] == 1).all() and (grad[~there[:, : max(lengths)]] == 0).all()


@given(batches(), seeds)
def test_lists_of_sequences(batch: Any, seed: int) -> None:
    lengths, shape, batch_first = batch
    start = sequences(lengths, shape, seed)
    padded = pad_sequence(start, batch_first)
    for a, b in zip(unpad_sequence(padded, lengths, batch_first), start, strict=True):
        assert a.shape == b.shape and a.tolist() == b.tolist()
    packed = pack_sequence(start, enforce_sorted=False)
    unpacked = unpack_sequence(packed)
    for a, b in zip(unpacked, start, strict=True):
        assert a.shape == b.shape and a.tolist() == b.tolist()
    (sum(x.sum() for x in unpacked) + padded.sum()).backward()
    assert all((x.grad.numpy() == 2).all() for x in start)


@needs_torch
@given(batches(), seeds, st.booleans(), st.sampled_from(["left", "right"]))
def test_against_torch(batch: Any, seed: int, is_sorted: bool, side: str) -> None:
    lengths, shape, batch_first = batch
    lengths = sorted(lengths, reverse=True) if is_sorted else lengths
    values = padded_values(lengths, shape, batch_first, seed)
    theirs = torch.nn.utils.rnn
    a = pack_padded_sequence(pydl.tensor(values), pydl.tensor(lengths), batch_first, is_sorted)
    b = theirs.pack_padded_sequence(torch.tensor(values), torch.tensor(lengths), batch_first, is_sorted)
    if len(set(lengths)) == len(lengths) or is_sorted:  # PyTorch leaves the order of equals open
        for x, y in zip(a, b, strict=True):
            assert (x is None) == (y is None)
            if x is not None:
                assert x.tolist() == y.tolist() and x.dtype.name == str(y.dtype).removeprefix("torch.")
    x, n = pad_packed_sequence(a, batch_first, 5.0)
    y, m = theirs.pad_packed_sequence(b, batch_first, 5.0)
    assert x.tolist() == y.tolist() and n.tolist() == m.tolist()
    parts = [v.detach() for v in sequences(lengths, shape, seed)]
    others = [torch.from_numpy(v.numpy().copy()) for v in parts]
    assert (
        pad_sequence(parts, batch_first, 2.0, padding_side=side).tolist()
        == theirs.pad_sequence(others, batch_first, 2.0, padding_side=side).tolist()
    )


def test_a_packed_sequence_is_a_tuple_with_methods() -> None:
    packed = pack_sequence([pydl.tensor([1.0, 2.0]), pydl.tensor([3.0])])
    data, sizes, order, back = packed
    assert data is packed.data and sizes.tolist() == [2, 1] and order is None and back is None
    assert repr(packed).startswith("PackedSequence(data=tensor([1., 3., 2.]), batch_sizes=tensor([2, 1]), sorted_")
    assert isinstance(packed, tuple) and not packed.is_cuda and packed.cpu() is packed and packed.float() is packed
    for name, dtype in {
        "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16", "char": "int8",
        "byte": "uint8",
    }.items():  # fmt: skip
        other = getattr(packed, name)()
        assert isinstance(other, PackedSequence) and other.data.dtype.name == dtype
        assert other.batch_sizes is packed.batch_sizes
    assert packed.to(pydl.float64).data.dtype == pydl.float64 and packed.to("cpu") is packed
    by_hand = PackedSequence(data, sizes, pydl.tensor([1, 0, 2]))
    assert by_hand.unsorted_indices.tolist() == [1, 0, 2]
    assert PackedSequence((data, sizes)).batch_sizes is sizes
    assert invert_permutation(None) is None and invert_permutation(pydl.tensor([2, 0, 1])).tolist() == [1, 2, 0]


ONES = pydl.ones(3, 2, 1)
ERRORS = [
    (lambda: pack_padded_sequence(ONES, [2, 3]), "ValueError", "enforce_sorted=False"),
    (lambda: pack_padded_sequence(ONES, [3]), "ValueError", "a length for each of 2 sequences, got 1"),
    (lambda: pack_padded_sequence(ONES, [3, 0]), "ValueError", "of 1 or more"),
    (lambda: pack_padded_sequence(ONES, [4, 1]), "ValueError", "up to the input's 3 steps, got 4"),
    (lambda: pack_padded_sequence(ONES, [1.5, 1]), "DTypeError", "lengths as a list"),
    (lambda: pack_padded_sequence(pydl.ones(3), [3]), "ShapeError", r"\(steps, batch, ...\)"),
    (lambda: pack_padded_sequence(pydl.ones(3, 0), []), "DTypeError", "lengths"),
    (lambda: pack_padded_sequence([1], [1]), "ShapeError", "got list"),
    (lambda: pad_packed_sequence(pack_sequence([pydl.ones(3)]), total_length=2), "ValueError", "total_length"),
    (lambda: pad_sequence([]), "ShapeError", "at least one tensor"),
    (lambda: pad_sequence(3), "DTypeError", "iterable"),
    (lambda: pad_sequence([1]), "DTypeError", "expected tensors, got int"),
    (lambda: pad_sequence([pydl.ones(())]), "ShapeError", "scalar"),
    (lambda: pad_sequence([pydl.ones(2, 3), pydl.ones(2, 4)]), "ShapeError", "differ in length only"),
    (lambda: pad_sequence([pydl.ones(2)], padding_side="top"), "ValueError", "'left' or 'right'"),
    (lambda: unpad_sequence(ONES, [3, 4]), "ValueError", "2 lengths up to 3"),
    (lambda: unpad_sequence(ONES, [3]), "ValueError", "2 lengths up to 3"),
    (lambda: PackedSequence(pydl.ones(2)), "ValueError", "data and batch_sizes"),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors(call: Any, kind: str, message: str) -> None:
    with pytest.raises(getattr(pydl, kind), match=message) as caught:
        call()
    assert isinstance(caught.value, RuntimeError)


def test_a_tensor_counts_as_its_rows() -> None:
    assert pad_sequence(pydl.tensor([[1, 2], [3, 4]])).tolist() == [[1, 3], [2, 4]]
    assert pad_sequence(x for x in [pydl.tensor([1])]).tolist() == [[1]]

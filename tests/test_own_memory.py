"""Operations that happen to change nothing: their results are copies where PyTorch's are, and views where those are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pydl

Call = Callable[[Any, Any], Any]

COPIES: list[Call] = [
    lambda t, x: x.flip(0),
    lambda t, x: x.flip(()),
    lambda t, x: t.flipud(x),
    lambda t, x: x.roll(0, 0),
    lambda t, x: x.roll(1, 0),
    lambda t, x: x.rot90(0, (0, 1)),
    lambda t, x: x.repeat(1, 1),
    lambda t, x: x.tile(1),
    lambda t, x: x.repeat_interleave(1, 0),
    lambda t, x: t.cat([x]),
    lambda t, x: t.stack([x]),
    lambda t, x: t.hstack([x]),
    lambda t, x: t.block_diag(x),
    lambda t, x: x.sum(0, keepdim=True),
    lambda t, x: x.amax(0, keepdim=True),
    lambda t, x: x.max(0)[0],
    lambda t, x: x.cumsum(0),
    lambda t, x: x.cummax(0)[0],
    lambda t, x: x.sort(0)[0],
    lambda t, x: x.index_select(0, t.tensor([0])),
    lambda t, x: x[t.tensor([0])],
    lambda t, x: x[t.tensor([True])],
    lambda t, x: x.tril(5),
    lambda t, x: x.clamp(-9, 9),
    lambda t, x: x.abs(),
    lambda t, x: x.pow(1),
    lambda t, x: x * 1,
    lambda t, x: x + 0,
    lambda t, x: x.nan_to_num(),
    lambda t, x: x.masked_fill(x != x, 0),
    lambda t, x: x.index_fill(0, t.zeros(0, dtype=t.int64), 1),
    lambda t, x: x.narrow_copy(0, 0, 1),
    lambda t, x: x.to(x.dtype, copy=True),
    lambda t, x: t.nn.functional.pixel_shuffle(x[None, None], 1),
    lambda t, x: t.nn.functional.pixel_shuffle(x.reshape(1, 4, 1, 1), 2),
    lambda t, x: t.nn.functional.pixel_unshuffle(x[None, None], 1),
    lambda t, x: t.nn.functional.channel_shuffle(x[None, None], 1),
    lambda t, x: t.nn.functional.pad(x[None], (0, 0), "replicate"),
    lambda t, x: t.nn.functional.interpolate(x[None], size=4),
    lambda t, x: t.nn.functional.avg_pool1d(x[None], 1),
    lambda t, x: t.nn.functional.max_pool1d(x[None], 1),
    lambda t, x: t.nn.functional.adaptive_avg_pool1d(x[None], 4),
    lambda t, x: t.nn.functional.unfold(x[None, None], 1),
]
VIEWS: list[Call] = [
    lambda t, x: x.reshape(4),
    lambda t, x: x.flatten(),
    lambda t, x: x.ravel(),
    lambda t, x: x.expand(1, 4),
    lambda t, x: x.contiguous(),
    lambda t, x: x.to(x.dtype),
    lambda t, x: x.detach(),
    lambda t, x: x.T,
    lambda t, x: x.unfold(0, 1, 1),
    lambda t, x: x.split(1)[0],
    lambda t, x: x.unbind(0)[0],
    lambda t, x: t.as_tensor(x),
    lambda t, x: t.einsum("ij->ji", x),
    lambda t, x: t.atleast_3d(x),
    lambda t, x: t.nn.functional.dropout(x, 0.5, False),
]


WHOLE: list[Call] = [
    lambda t, x: x.floor(),
    lambda t, x: x.ceil(),
    lambda t, x: x.trunc(),
    lambda t, x: x.round(),
    lambda t, x: x.abs(),
    lambda t, x: x.sign(),
    lambda t, x: x.flip(0),
    lambda t, x: x.clamp(0),
    lambda t, x: x.sum(0, keepdim=True),
]


def shared(t: Any, call: Call, dtype: str) -> bool:
    """Whether the result begins where its argument does."""
    x = t.arange(4, dtype=getattr(t, dtype)).reshape(1, 4)
    return call(t, x).data_ptr() == x.data_ptr()  # type: ignore[no-any-return]


CASES = [
    *[(call, "float32", False) for call in COPIES],
    *[(call, "int64", False) for call in WHOLE],
    *[(call, "float32", True) for call in VIEWS],
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_copies_and_views(case: int) -> None:
    call, dtype, expected = CASES[case]
    assert shared(pydl, call, dtype) is expected


@pytest.mark.parametrize("case", range(len(CASES)))
def test_as_torch(case: int) -> None:
    torch = pytest.importorskip("torch")
    call, dtype, expected = CASES[case]
    assert shared(torch, call, dtype) is expected


def test_writing_to_a_flipped_row_leaves_the_row() -> None:
    x = pydl.tensor([[1.0, 2.0]], requires_grad=True)
    y = x * 1
    y.flip(0).mul_(10)
    y.sum().backward()
    assert y.tolist() == [[1, 2]] and x.grad.tolist() == [[1, 1]]

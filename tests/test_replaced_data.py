"""Gradients and saved tensors that are no longer of the shape or dtype that forward saw: an error, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pydl
from pydl.nn import functional as F

DOUBLE = pydl.float64


@pytest.mark.parametrize("dtype", [pydl.float64, pydl.float16, pydl.int64])
def test_hooks_keep_the_dtype(dtype: Any) -> None:
    x = pydl.ones(2, 4, 8, requires_grad=True)
    for of in (x, F.group_norm(x, 2), F.layer_norm(x, (8,))):
        y = of * 1
        y.register_hook(lambda g: g.to(dtype))
        with pytest.raises(pydl.DTypeError, match="dtype float32 from the hook, got"):
            y.sum().backward()


def labels() -> pydl.Tensor:
    return pydl.ones(4, 2, dtype=pydl.int64)


# What is computed of a tensor of the shape, and what takes its place before backward.
REPLACED: dict[str, tuple[Callable[[Any], Any], tuple[int, ...], Any]] = {
    "group_norm": (lambda x: F.group_norm(x, 2), (4, 64, 64, 32), pydl.ones(4, 64, 64, 32, dtype=DOUBLE)),
    "group_norm of one channel": (
        lambda x: F.instance_norm(x),
        (4, 64, 64, 32),
        pydl.ones(4, 64, 64, 32, dtype=DOUBLE),
    ),
    "batch_norm": (
        lambda x: F.batch_norm(x, None, None, training=True),
        (4, 64, 64, 32),
        pydl.ones(4, 64, 64, 32, dtype=DOUBLE),
    ),
    "layer_norm": (lambda x: F.layer_norm(x, (32,)), (4, 64, 64, 32), pydl.ones(4, 64, 64, 32, dtype=DOUBLE)),
    "rms_norm": (lambda x: F.rms_norm(x, (32,)), (4, 64, 64, 32), pydl.ones(4, 64, 64, 32, dtype=DOUBLE)),
    "group_norm weight": (lambda w: F.group_norm(pydl.ones(2, 5000, 3), 2, w), (5000,), pydl.ones(1)),
    "layer_norm weight": (lambda w: F.layer_norm(pydl.ones(2, 5000), (5000,), w), (5000,), pydl.ones(1)),
    "rms_norm weight": (lambda w: F.rms_norm(pydl.ones(2, 5000), (5000,), w), (5000,), pydl.ones(1)),
    "batch_norm weight": (
        lambda w: F.batch_norm(pydl.ones(2, 5000, 3), None, None, w, training=True),
        (5000,),
        pydl.ones(1),
    ),
    "attention": (
        lambda q: F.scaled_dot_product_attention(q, pydl.ones(2, 100, 8), pydl.ones(2, 100, 8)),
        (2, 100, 8),
        pydl.ones(50000, 2, 100, 8)[:, 0],
    ),
    "grid_sample": (
        lambda x: F.grid_sample(x, pydl.zeros(1, 3, 3, 2)),
        (1, 2, 30, 30),
        pydl.ones(1, 2, 30, 30, dtype=DOUBLE),
    ),
    "ctc_loss": (lambda x: F.ctc_loss(x, labels(), [12] * 4, [2] * 4), (12, 4, 6), pydl.ones(1, 1, 1)),
    "ctc_loss classes": (lambda x: F.ctc_loss(x, labels(), [12] * 4, [2] * 4), (12, 4, 6), pydl.ones(12, 4, 1)),
    "ctc_loss dtype": (
        lambda x: F.ctc_loss(x, labels(), [12] * 4, [2] * 4),
        (12, 4, 6),
        pydl.ones(12, 4, 6, dtype=DOUBLE),
    ),
    "embedding_bag": (
        lambda w: F.embedding_bag(pydl.arange(1000), w, pydl.tensor([0, 10]), mode="sum"),
        (1000, 300),
        pydl.ones(1, 300),
    ),
    "embedding_bag weights": (
        lambda w: F.embedding_bag(
            pydl.arange(1000),
            w,
            pydl.tensor([0, 10]),
            mode="sum",
            per_sample_weights=pydl.ones(1000, requires_grad=True),
        ),
        (1000, 300),
        pydl.ones(1, 1),
    ),
}


@pytest.mark.parametrize("name", REPLACED)
def test_data_replaced_before_backward(name: str) -> None:
    function, shape, other = REPLACED[name]
    x = pydl.ones(*shape, requires_grad=True)
    y = function(x).sum()
    x.data = other
    with pytest.raises((pydl.ShapeError, pydl.DTypeError, pydl.IndexError), match=name.split()[0]):
        y.backward()


def test_no_bags_no_gradient() -> None:
    """One offset, of which nothing is taken: its indices are of no bag, and their factors have no share."""
    w = pydl.ones(4, 3, requires_grad=True)
    scale = pydl.ones(3, requires_grad=True)
    tokens, offsets = pydl.tensor([0, 1, 2]), pydl.tensor([3])
    y = F.embedding_bag(tokens, w, offsets, mode="sum", per_sample_weights=scale, include_last_offset=True)
    assert y.shape == (0, 3)
    y.sum().backward()
    assert scale.grad.tolist() == [0] * 3
    assert w.grad.tolist() == [[0] * 3] * 4


@pytest.mark.parametrize("offsets", [[0, 2**63 - 1, -(2**63), -1], [0, -(2**63)], [0, 4], [0, 2, 1], [1]])
def test_offsets_of_bags(offsets: list[int]) -> None:
    with pytest.raises(pydl.ValueError, match="embedding_bag: expected offsets"):
        F.embedding_bag(pydl.tensor([0, 1, 2]), pydl.ones(4, 3), pydl.tensor(offsets), mode="sum")

"""Sorting, selecting, picking, copying and reducing at the sizes where the kernels change their way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pydl

# Up to 40 elements are inserted one by one; up to 1024 lie on the stack, up to 131071 rows go side by side.
SIZES = [1, 2, 39, 40, 41, 100, 256, 1024, 1025, 4095, 4096, 5000, 131072, 200001]
KINDS = ["float32", "float64", "int64", "int32", "int16", "int8", "uint8"]


def filled(kind: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray[Any, Any]:
    """Numbers with many repeated ones; among floats NaN, infinities and both zeros."""
    rng = np.random.default_rng(seed)
    if kind[0] != "f":
        info = np.iinfo(kind)
        x = rng.integers(info.min, info.max, shape, endpoint=True, dtype=kind)
        return np.where(rng.random(shape) < 0.3, rng.integers(0, 5, shape).astype(kind), x)
    x = rng.standard_normal(shape).astype(kind)
    for value in (0.0, -0.0, math.nan, math.inf, -math.inf, 1e-42):
        x[rng.random(shape) < 0.05] = value
    return x


def stable_order(x: np.ndarray[Any, Any], descending: bool) -> np.ndarray[Any, Any]:
    if not descending:
        return np.argsort(x, -1, kind="stable")
    return x.shape[-1] - 1 - np.flip(np.argsort(np.flip(x, -1), -1, kind="stable"), -1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_sort(kind: str, size: int) -> None:
    rows = 1 if size > 5000 else 3 if size > 1025 else 18
    x = filled(kind, (rows, size), size)
    for descending in (False, True):
        order = stable_order(x, descending)
        values, indices = pydl.sort(pydl.from_numpy(x), -1, descending)
        assert np.array_equal(indices.numpy(), order)
        assert np.array_equal(values.numpy(), np.take_along_axis(x, order, -1), equal_nan=kind[0] == "f")


def test_sort_long_rows_together() -> None:
    x = filled("float32", (2, 150000))
    assert np.array_equal(pydl.argsort(pydl.from_numpy(x)).numpy(), stable_order(x, False))


@pytest.mark.parametrize("kind", ["float32", "int64"])
@pytest.mark.parametrize("size", [1, 5, 25, 64, 100, 513, 1000])
def test_topk(kind: str, size: int) -> None:
    for x in (filled(kind, (3, size)), np.arange(2 * size).reshape(2, size).astype(kind)):
        for largest in (False, True):
            order = stable_order(x, largest)
            for k in {k for k in (1, 2, 24, 25, size) if k <= size}:
                assert np.array_equal(pydl.topk(pydl.from_numpy(x), k, largest=largest).indices.numpy(), order[:, :k])


@pytest.mark.parametrize("shape", [(0,), (1,), (16384,), (16385,), (50000,), (300, 150), (41, 20, 50), (20000, 2)])
def test_positions(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    for share in (0.0, 0.01, 0.5, 1.0):
        x = rng.random(shape) < share
        assert np.array_equal(pydl.nonzero(pydl.from_numpy(x)).numpy(), np.argwhere(x))
        assert np.array_equal(pydl.from_numpy(x)[pydl.from_numpy(x)].numpy(), x[x])


def test_an_index_out_of_range_is_found_wherever_it_is() -> None:
    x = pydl.arange(10.0)
    for at in (0, 32767, 32768, 69999):
        for wrong in (-11, 10, 2**62, -(2**63)):
            index = np.zeros(70000, np.int64)
            index[at] = wrong
            for call in (lambda i: x[i], x.take, lambda i: x.index_add(0, i, pydl.zeros(70000))):
                with pytest.raises(IndexError, match=rf"got {wrong} at position \({at},\)"):
                    call(pydl.from_numpy(index))
    index = np.zeros(70000, np.int64)
    index[-1] = -1
    with pytest.raises(IndexError, match="got -1"):
        pydl.gather(x, 0, pydl.from_numpy(index))
    assert x[pydl.from_numpy(index)][-1].item() == 9


def test_bincount() -> None:
    rng = np.random.default_rng(2)
    for count, most in ((0, 1), (5, 3), (3000, 7), (200001, 500), (200001, 600)):
        x = rng.integers(0, most, count)
        assert np.array_equal(pydl.bincount(pydl.from_numpy(x)).numpy(), np.bincount(x))


@pytest.mark.parametrize(("space", "sizes"), [((7,), (3,)), ((5, 9), (2, 4)), ((3, 4), (8, 9)), ((4, 5, 6), (3, 2, 7))])
def test_adaptive_max_pool(space: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    x = filled("float64", (2, 3, *space))
    pool = getattr(pydl.nn.functional, f"adaptive_max_pool{len(space)}d")
    values, index = pool(pydl.from_numpy(x), sizes, return_indices=True)
    flat = x.reshape(2, 3, -1)
    for place in np.ndindex(*sizes):
        window = tuple(slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in zip(place, space, sizes, strict=True))
        under = np.arange(math.prod(space)).reshape(space)[window].reshape(-1)
        best = under[np.argmax(flat[..., under], -1)]  # the first, and the first NaN
        assert np.array_equal(index.numpy()[(..., *place)], best)
        expected = np.take_along_axis(flat, best[..., None], -1)[..., 0]
        assert np.array_equal(values.numpy()[(..., *place)], expected, equal_nan=True)


@pytest.mark.parametrize("size", [1, 7, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 127, 1023, 1024, 1100, 4000])
def test_nan_in_extremes(size: int) -> None:
    rng = np.random.default_rng(size)
    for kind in ("float32", "float64"):
        x = rng.standard_normal((3, size)).astype(kind)
        x[0] = -math.inf
        x[1, :: max(size // 3, 1)] = math.inf
        x[1, size // 2] = -math.inf
        for at in {None, 0, size // 2, size - 1}:
            y = x.copy()
            if at is not None:
                y[2, at] = math.nan
            for name, best in (("max", np.argmax), ("min", np.argmin)):
                for rows, dim in ((pydl.from_numpy(y), 1), (pydl.from_numpy(y.T.copy()), 0)):
                    values, indices = getattr(pydl, name)(rows, dim)
                    assert np.array_equal(indices.numpy(), best(y, 1))
                    assert np.array_equal(getattr(pydl, f"a{name}")(rows, dim).numpy(), values.numpy(), equal_nan=True)
                assert np.array_equal(values.numpy(), getattr(np, name)(y, 1), equal_nan=True)


@pytest.mark.parametrize("columns", [1, 2, 15, 33, 63, 64, 65, 100, 127, 129])
def test_sums_of_columns_side_by_side(columns: int) -> None:
    x = np.random.default_rng(columns).standard_normal((5, 40, columns)).astype("float32")
    for dims in ((1,), (0, 1), (0,)):
        for cut in (0, 1):  # all columns, and without the last
            y = x[..., : columns - cut]
            expected = y.astype("float64").sum(dims)
            np.testing.assert_allclose(pydl.from_numpy(x)[..., : columns - cut].sum(dims).numpy(), expected, atol=2e-5)


def test_copies_of_every_layout() -> None:
    rng = np.random.default_rng(3)
    for kind in ("float32", "float64", "uint8", "int16"):
        for shape in ((3, 4, 5), (2, 3, 40), (7, 33), (20000,), (2, 17000), (9, 9, 9, 9)):
            x = rng.integers(0, 100, shape).astype(kind)
            whole = pydl.from_numpy(x)
            views = [
                (whole.transpose(0, -1), np.swapaxes(x, 0, -1)),
                (whole[..., ::2], x[..., ::2]),
                (whole[..., ::-1], x[..., ::-1]),
                (whole[1:][..., 1:], x[1:][..., 1:]),
                (whole[..., :1].expand(*shape), np.broadcast_to(x[..., :1], shape)),
            ]
            for view, expected in views:
                assert np.array_equal(view.contiguous().numpy(), expected)
                to = pydl.zeros(*shape, dtype=view.dtype)
                if view.shape == to.shape:
                    to[..., ::-1] = view
                    assert np.array_equal(to.numpy(), expected[..., ::-1])


def test_bincount_of_the_largest_number() -> None:
    with pytest.raises(ValueError, match="bincount"):
        pydl.bincount(pydl.tensor([2**63 - 1]))

"""Products of bfloat16, which some processors have an instruction for: bounds, any layout, subnormal numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pydl

# Around its tiles of 6 x 64, its vectors of 16 and 32, its pairs, and the parts of k of 512.
SIZES = [1, 2, 5, 6, 7, 13, 16, 31, 33, 63, 64, 65, 100, 129]
DEPTHS = [*SIZES, 511, 512, 513, 1025]


def operand(rng: Any, shape: tuple[int, ...], transposed: bool, skip: bool) -> tuple[Any, Any]:
    """A stack of matrices in bfloat16, as a view if asked for, and its values in float64."""
    rows, cols = (shape[-1], shape[-2]) if transposed else shape[-2:]
    x = pydl.from_numpy(rng.standard_normal((*shape[:-2], rows + skip, cols + skip), "float32")).to(pydl.bfloat16)
    x = x[..., int(skip) :, int(skip) :]
    if transposed:
        x = x.transpose(-1, -2)
    return x, x.float().numpy().astype(np.float64)


def check(got: Any, exact: Any, magnitude: Any, k: int) -> None:
    error = np.abs(got.float().numpy() - exact)
    assert (error <= 2**-8 * np.abs(exact) + min(k, 260 + k / 8) * 2**-23 * magnitude + 2.0**-126).all()


@pytest.mark.parametrize("ways", ["nn", "nt", "tn", "tt"])
@pytest.mark.parametrize("batch", [(), (3,), (2, 2)])
def test_any_layout_and_size(ways: str, batch: tuple[int, ...]) -> None:
    rng = np.random.default_rng(len(batch) + ord(ways[0]) + 2 * ord(ways[1]))
    for _ in range(25):
        (m, n), k = rng.choice(SIZES, 2), rng.choice(DEPTHS)
        skips = rng.random(2) < 0.3
        x, a = operand(rng, (*batch, m, k), ways[0] == "t", skips[0])
        y, b = operand(rng, ((*batch, k, n) if rng.random() < 0.7 else (k, n)), ways[1] == "t", skips[1])
        check(pydl.matmul(x, y), a @ b, np.abs(a) @ np.abs(b), k)


def test_many_blocks_with_a_bias() -> None:
    rng = np.random.default_rng(0)
    x, a = operand(rng, (700, 1100), False, False)
    w, b = operand(rng, (300, 1100), False, False)
    bias, c = operand(rng, (1, 300), False, False)
    check(pydl.nn.functional.linear(x, w, bias[0]), a @ b.T + c, np.abs(a) @ np.abs(b).T + np.abs(c), 1101)


@pytest.mark.parametrize("place", [(0, 0), (3, 64), (5, 2)])
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("depth", [65, 66])
def test_subnormal_numbers_count(place: tuple[int, int], left: bool, depth: int) -> None:
    x = pydl.zeros(6, depth)
    x[place] = 1e-39
    y = pydl.full((depth, 6), 1e38)
    x, y = x.to(pydl.bfloat16), y.to(pydl.bfloat16)
    z = x @ y if left else y.transpose(0, 1) @ x.transpose(0, 1)
    expected = np.zeros((6, 6))
    line = place[0]
    expected[(line, slice(None)) if left else (slice(None), line)] = 0.1
    assert np.allclose(z.float().numpy(), expected, rtol=0.02, atol=0)


def test_infinity_and_nan() -> None:
    x = pydl.tensor([[np.inf, 1.0, 0.0], [0.0, 2.0, np.nan], [-np.inf, np.inf, 1.0]]).to(pydl.bfloat16)
    z = (x @ pydl.ones(3, 2).to(pydl.bfloat16)).float().numpy()
    assert (z[0] == np.inf).all() and np.isnan(z[1:]).all()


def test_the_same_bits_at_any_number_of_threads() -> None:
    rng = np.random.default_rng(0)
    before = pydl.get_num_threads()
    try:
        for m, k, n in ((200, 700, 130), (1, 1024, 1024), (64, 64, 64)):
            x, y = (operand(rng, shape, False, False)[0] for shape in ((m, k), (k, n)))
            results = []
            for threads in (1, 2, 3):
                pydl.set_num_threads(threads)
                results.append((x @ y).float().numpy())
            assert all(np.array_equal(results[0], r) for r in results)
    finally:
        pydl.set_num_threads(before)

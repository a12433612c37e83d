"""Values, gradients and dtypes against PyTorch, for every row of the op table that says how PyTorch writes it.

Skipped, visibly, where PyTorch is not installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from op_table import ALL, Row, rows
from strategies import seeds, tensor_of
from test_ops import convert, draw_values, results

import pydl

torch = pytest.importorskip("torch")

# PyTorch's advice about kl_div's averages.
pytestmark = pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
ROWS = [row for row in rows() if row.torch is not None and row.call is not None]
PAIRS = [(row, dtype) for row in ROWS for dtype in ALL if dtype in row.dtypes]


def both(row: Row, data: Any, seed: int, dtype: str, grad: bool) -> tuple[list[Any], list[Any]]:
    values = [np.array(convert(v, dtype)) for v in draw_values(row, data.draw, seed)]
    ours = [tensor_of(v, requires_grad=grad and v.dtype.kind == "f") for v in values]
    theirs = [torch.from_numpy(v.copy()) for v in values]
    for x in theirs:
        x.requires_grad_(grad and x.is_floating_point())
    return ours, theirs


@pytest.mark.parametrize(("row", "dtype"), PAIRS, ids=[f"{r}-{d}" for r, d in PAIRS])
@given(st.data(), seeds)
def test_value_and_dtype(row: Row, dtype: str, data: Any, seed: int) -> None:
    ours, theirs = both(row, data, seed, dtype, False)
    assert row.call is not None and row.torch is not None
    for a, b in zip(results(row.call(*ours)), results(row.torch(*theirs)), strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        assert a.dtype.name == str(b.dtype).removeprefix("torch."), str(row)
        np.testing.assert_allclose(
            a.double().numpy(),
            b.double().numpy(),
            rtol=1e-4 if dtype == "float32" else 1e-9,
            atol=1e-5 if dtype == "float32" else 1e-9,
        )


# PyTorch multiplies by 1/6 rounded to float32, in float64 too.
ROUNDED_THERE = {"hardsigmoid": 1e-7}


@pytest.mark.parametrize("row", [r for r in ROWS if r.grad], ids=str)
@given(st.data(), seeds)
def test_gradient(row: Row, data: Any, seed: int) -> None:
    ours, theirs = both(row, data, seed, "float64", True)
    assert row.call is not None and row.torch is not None
    mine, other = row.call(*ours), row.torch(*theirs)
    for a, b in zip(results(mine), results(other), strict=True):
        if not b.requires_grad or not b.numel():
            continue
        seed_gradient = np.random.default_rng(seed).standard_normal(tuple(b.shape))
        a.backward(pydl.from_numpy(np.asarray(seed_gradient)), retain_graph=True)
        b.backward(torch.from_numpy(np.asarray(seed_gradient)), retain_graph=True)
    for i, (x, y) in enumerate(zip(ours, theirs, strict=True)):
        if y.grad is not None:
            assert x.grad is not None, f"{row}: no gradient for operand {i}"
            np.testing.assert_allclose(
                x.grad.numpy(),
                y.grad.numpy(),
                rtol=ROUNDED_THERE.get(row.op, 1e-8),
                atol=1e-10,
                err_msg=f"{row}, operand {i}",
            )

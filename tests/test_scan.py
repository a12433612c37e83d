"""Running sums and products in half precision: their rows in the op table are of float32 and float64."""

from __future__ import annotations

import pytest

import pydl


@pytest.mark.parametrize("dtype", [pydl.bfloat16, pydl.float16])
def test_scans_of_half_numbers_have_gradients(dtype: pydl.dtype) -> None:
    """numpy, which goes through the recurrence, has no bfloat16."""
    x = pydl.tensor([1.0, 0.0, 2.0], dtype=dtype, requires_grad=True)
    x.cumprod(0).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [1, 3, 0]
    (g,) = pydl.autograd.grad(x.logcumsumexp(0).sum(), x)
    assert abs(g.sum().item() - 3) < 0.03 and g.dtype is dtype

"""Products with vectors of which only one operand needs a gradient, against the same with both."""

from __future__ import annotations

import pytest

import pydl

SHAPES = [((2, 3), (3,)), ((3,), (3, 4)), ((2, 3, 4), (4,)), ((3,), (3,)), ((4,), (2, 4, 3))]


@pytest.mark.parametrize(("left", "right"), SHAPES)
@pytest.mark.parametrize("dtype", [pydl.float32, pydl.float64, pydl.bfloat16])
def test_one_needs_a_gradient(left: tuple[int, ...], right: tuple[int, ...], dtype: pydl.dtype) -> None:
    generator = pydl.Generator().manual_seed(0)
    values = [pydl.randint(-3, 4, shape, generator=generator).to(dtype) for shape in (left, right)]
    found: dict[tuple[bool, bool], list[pydl.Tensor]] = {}
    for needs in ((True, True), (True, False), (False, True)):
        operands = [v.clone().requires_grad_(need) for v, need in zip(values, needs, strict=True)]
        y = pydl.matmul(*operands)
        wanted = [x for x in operands if x.requires_grad]
        first = pydl.autograd.grad((y * y).sum(), wanted, create_graph=True)
        second = pydl.autograd.grad(sum((g * g).sum() for g in first), wanted)
        found[needs] = [*first, *second]
    whole = found[True, True]
    assert found[True, False][0].tolist() == whole[0].tolist()
    assert found[False, True][0].tolist() == whole[1].tolist()
    assert all(g.isfinite().all() for grads in found.values() for g in grads)

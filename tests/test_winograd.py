"""Convolutions by Winograd's method against the direct sum: values, gradients, special values, the switch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pydl
from pydl import _C
from pydl.nn import functional as F

# Input, weight, settings; all large enough that the method pays in all three passes.
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((4, 16, 8, 8), (16, 16, 3, 3), {"padding": 1}),
    ((3, 64, 32, 32), (64, 64, 3, 3), {"padding": 1}),
    ((6, 40, 13, 17), (70, 40, 3, 3), {"padding": (0, 2)}),
    ((4, 48, 30, 11), (72, 48, 3, 3), {"padding": (2, 1)}),
    ((5, 96, 14, 14), (64, 96, 3, 3), {"padding": 1}),
    ((1, 64, 40, 90), (48, 64, 3, 3), {"padding": (1, 0)}),
    ((16, 128, 4, 4), (128, 128, 3, 3), {"padding": 1}),
    ((40, 16, 32, 32), (32, 16, 3, 3), {"padding": 1}),  # enough rounds to be shared among threads
    ((3, 64, 31, 27), (64, 64, 3, 3), {"padding": (1, 3), "dilation": 2}),
    ((2, 64, 31, 37), (48, 64, 3, 3), {"padding": (4, 3), "dilation": 3}),
    ((4, 128, 16, 16), (128, 64, 3, 3), {"padding": 1, "groups": 2}),
    ((4, 64, 16, 16), (64, 64, 5, 5), {"padding": 2}),
    ((3, 48, 19, 13), (70, 48, 5, 5), {"padding": (1, 4)}),
    ((2, 64, 31, 37), (48, 64, 5, 5), {"padding": (4, 3), "dilation": 2}),
    ((4, 64, 32, 32), (64, 64, 5, 5), {"padding": 0}),
    ((16, 128, 16, 16), (128, 128, 4, 4), {"padding": 1, "stride": 2}),
    ((32, 64, 18, 17), (96, 64, 4, 4), {"padding": (0, 3), "stride": 2}),
    ((4, 16, 16, 16, 16), (32, 16, 3, 3, 3), {"padding": 1}),
    ((2, 32, 7, 13, 18), (48, 32, 3, 3, 3), {"padding": (0, 1, 2)}),
    ((2, 32, 7, 13, 18), (48, 32, 2, 5, 5), {"padding": (1, 1, 2)}),
    ((2, 32, 7, 13, 18), (48, 32, 1, 3, 3), {"padding": (0, 1, 2)}),
]
PAGE = Path(__file__).parent.parent / "docs" / "numerics.md"
BOUNDS = dict(re.findall(r"^\| Winograd's method, (\dx\d) \| `(\d+) \* eps", PAGE.read_text(), re.MULTILINE))


def bound_of(shape: Any) -> float:
    kernel = shape[1][-2:]
    return float(BOUNDS[f"{kernel[0]}x{kernel[1]}"])


@pytest.fixture(autouse=True)
def allowed() -> Iterator[None]:
    with pydl.backends.cpu.winograd(True):
        yield


def conv(x: Any, w: Any, bias: Any, settings: dict[str, Any]) -> Any:
    return (F.conv2d if x.ndim == 4 else F.conv3d)(x, w, bias, **settings)


def operands(shape: Any, dtype: Any, seed: int = 0) -> list[Any]:
    x, w, settings = shape
    rng = np.random.default_rng(seed)
    y = conv(pydl.zeros(1, *x[1:]), pydl.zeros(*w), None, settings).shape
    return [rng.standard_normal(s).astype(dtype) for s in (x, w, w[:1], (x[0], *y[1:]))]


def passes(shape: Any, values: list[Any], winograd: bool) -> list[Any]:
    """The result and the gradients by input and weight."""
    x, w, bias, g = (pydl.from_numpy(v) for v in values)
    x.requires_grad_()
    w.requires_grad_()
    with pydl.backends.cpu.winograd(winograd):
        y = conv(x, w, bias, shape[-1])
        y.backward(g)
    return [y.detach().numpy(), x.grad.numpy(), w.grad.numpy()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_error(shape: Any, dtype: str) -> None:
    """Within the page's bound of the direct sum in float64, and another way than the direct one in the dtype."""
    values = operands(shape, dtype)
    exact = passes(shape, [v.astype(np.float64) for v in values], False)
    sizes = passes(shape, [np.abs(v).astype(np.float64) for v in values], False)
    direct = passes(shape, values, False)
    other = 0
    for got, want, plain, size in zip(passes(shape, values, True), exact, direct, sizes, strict=True):
        bound = bound_of(shape) * np.finfo(dtype).eps * size.max()
        assert np.abs(got - want).max() <= bound
        assert np.abs(plain - want).max() <= bound
        other += not np.array_equal(got, plain)
    assert other == 3, "the method was not used"


def test_activation_and_half() -> None:
    shape = SHAPES[1]
    x, w, bias, _ = (pydl.from_numpy(v) for v in operands(shape, "float32"))
    layer = pydl.nn.Conv2d(64, 64, 3, padding=1)
    layer.weight.data.copy_(w)
    layer.bias.data.copy_(bias)
    with pydl.no_grad():
        y = pydl.nn.Sequential(layer, pydl.nn.ReLU())(x)
        np.testing.assert_array_equal(y.numpy(), layer(x).relu().numpy())
        narrow = F.conv2d(x.bfloat16(), w.bfloat16(), padding=1)
        wide = F.conv2d(x.bfloat16().float(), w.bfloat16().float(), padding=1)
        np.testing.assert_array_equal(narrow.float().numpy(), wide.bfloat16().float().numpy())


@pytest.mark.parametrize("special", [np.inf, -np.inf, np.nan, 3e38])
@pytest.mark.parametrize("operand", [0, 1, 3])
@pytest.mark.parametrize("case", [0, 8, 12, 15, 18])
def test_special_values_stay_where_they_belong(case: int, operand: int, special: float) -> None:
    """One infinity, NaN or overflow: the results that do not see it are as if it were not there."""
    shape = SHAPES[case]
    values = operands(shape, "float32")
    values[operand][(1, 3, *(1, 1, 2)[-(values[operand].ndim - 2) :])] = special
    for got, want in zip(passes(shape, values, True), passes(shape, values, False), strict=True):
        np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
        np.testing.assert_array_equal(np.isinf(got), np.isinf(want))


@pytest.mark.parametrize("case", [4, 7, 10, 15, 17])
def test_same_bits_at_any_number_of_threads(case: int) -> None:
    before = pydl.get_num_threads()
    shape = SHAPES[case]
    values = operands(shape, "float32")
    results = []
    try:
        for threads in (1, 2, 3):
            pydl.set_num_threads(threads)
            results.append(passes(shape, values, True))
    finally:
        pydl.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_second_derivative() -> None:
    """The derivatives of the gradients are convolutions too: against the direct ones in float64."""

    def second(winograd: bool) -> list[Any]:
        x, w, _, g = (pydl.from_numpy(v) for v in operands(SHAPES[0], "float64"))
        x.requires_grad_()
        w.requires_grad_()
        with pydl.backends.cpu.winograd(winograd):
            (dx,) = pydl.autograd.grad(F.conv2d(x, w, padding=1), x, g, create_graph=True)
            (dx * dx).sum().backward()
        return [w.grad.numpy()]

    np.testing.assert_allclose(second(True)[0], second(False)[0], rtol=1e-9, atol=1e-9)


def test_switch() -> None:
    assert pydl.backends.cpu.winograd_allowed()
    with pydl.backends.cpu.winograd(False):
        assert not pydl.backends.cpu.winograd_allowed()
    assert pydl.backends.cpu.winograd_allowed()
    with pytest.raises(pydl.DTypeError, match=r"allow_winograd: expected a bool, got int"):
        pydl.backends.cpu.allow_winograd(1)  # type: ignore[arg-type]
    assert _C.winograd_allowed()


def test_memory_before_does_not_matter() -> None:
    """Lanes past the last channel hold what was in the scratch memory: it must not send the pass to the direct sum."""
    settings = (1, 1), (1, 1), (1, 1), 1
    passes_of: list[Any] = [
        lambda x, w, g: _C.conv_forward(x, w, None, *settings, 0),
        lambda x, w, g: _C.conv_input_grad(g, w, (32, 32), *settings),
        lambda x, w, g: _C.conv_weight_grad(g, x, (3, 3), *settings),
    ]
    rng = np.random.default_rng(3)
    shapes = (4, 60, 32, 32), (60, 60, 3, 3), (4, 60, 32, 32)
    arrays = [pydl.from_numpy(rng.standard_normal(shape).astype("f")).array for shape in shapes]
    for run in passes_of:
        found = []
        for value in (0.0, float("nan")):  # 64 channels: the same scratch memory, without such lanes
            run(*(pydl.full((n, 64, *space), value).array for n, space in ((4, (32, 32)), (64, (3, 3)), (4, (32, 32)))))
            found.append(np.asarray(run(*arrays)))
        np.testing.assert_array_equal(*found)

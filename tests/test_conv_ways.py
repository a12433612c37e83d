"""The ways a direct convolution is computed in large shapes: as products of matrices, and image by image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rows.conv import np_conv, np_conv_transpose

import pydl
from pydl.nn import functional as F

# Input, weight, settings: few places and many weights; then batches whose images are shared among threads.
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, int]]] = [
    ((1, 512, 4, 4), (512, 512, 3, 3), {"padding": 1}),
    ((1, 130, 5, 6), (600, 130, 3, 3), {"padding": 1}),
    ((3, 130, 6, 6), (600, 130, 3, 3), {"padding": 1, "stride": 2}),
    ((1, 90, 9, 8), (400, 90, 4, 4), {"dilation": 2}),
    ((2, 520, 3, 3), (1040, 520, 1, 1), {}),
    ((4, 60, 3, 3, 3), (70, 60, 2, 2, 2), {"padding": 1}),
    ((21, 20, 16, 16), (50, 20, 3, 3), {"padding": 1, "stride": 2}),
    ((37, 12, 9, 14), (33, 12, 3, 3), {"padding": 1}),
    ((35, 24, 19), (40, 12, 5), {"padding": 2, "groups": 2}),
    ((17, 8, 6, 7, 9), (9, 8, 3, 3, 3), {"padding": 1}),
    ((18, 16, 14, 14), (3, 16, 5, 5), {}),
]


@pytest.fixture(autouse=True)
def direct() -> Any:
    with pydl.backends.cpu.winograd(False):
        yield


def settings_of(settings: dict[str, int]) -> tuple[int, int, int, int]:
    return tuple(
        settings.get(name, 0 if name == "padding" else 1) for name in ("stride", "padding", "dilation", "groups")
    )


def weight_gradient(x: Any, g: Any, kernel: Any, settings: dict[str, int]) -> Any:
    """A convolution of x with g: over the images, channels being the batch, stride and dilation changed places."""
    stride, padding, dilation, groups = settings_of(settings)
    parts = []
    for x_part, g_part in zip(np.split(x, groups, 1), np.split(g, groups, 1), strict=True):
        part = np_conv(x_part.swapaxes(0, 1), g_part.swapaxes(0, 1), None, dilation, padding, stride)
        parts.append(part[(slice(None), slice(None), *map(slice, kernel))].swapaxes(0, 1))
    return np.concatenate(parts)


def exact(shape: Any, x: Any, w: Any, g: Any) -> list[Any]:
    stride, padding, dilation, groups = settings_of(shape[2])
    left = (x.shape[-1] + 2 * padding - dilation * (w.shape[-1] - 1) - 1) % stride  # that no tap reaches
    dx = np_conv_transpose(g, w, None, stride, padding, left, groups, dilation)
    return [
        np_conv(x, w, None, stride, padding, dilation, groups),
        dx,
        weight_gradient(x, g, w.shape[2:], shape[2]),
    ]


def operands(shape: Any, dtype: str) -> list[Any]:
    rng = np.random.default_rng(0)
    x, w = (rng.standard_normal(s).astype(dtype) for s in shape[:2])
    y = np_conv(x[:1], w, None, *settings_of(shape[2]))
    return [x, w, rng.standard_normal((len(x), *y.shape[1:])).astype(dtype)]


def passes(shape: Any, x: Any, w: Any, g: Any) -> list[Any]:
    a, b = pydl.from_numpy(x).requires_grad_(), pydl.from_numpy(w).requires_grad_()
    y = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.ndim](a, b, **shape[2])
    y.backward(pydl.from_numpy(g))
    return [y.detach().numpy(), a.grad.numpy(), b.grad.numpy()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_values_and_gradients(shape: Any, dtype: str) -> None:
    values = operands(shape, dtype)
    wide = [v.astype(np.float64) for v in values]
    sizes = exact(shape, *map(np.abs, wide))
    terms = [values[1][0].size, values[1][:, 0].size, values[2][:, 0].size]
    for got, want, size, n in zip(passes(shape, *values), exact(shape, *wide), sizes, terms, strict=True):
        assert got.shape == want.shape
        assert (np.abs(got - want) <= (n + 1) * np.finfo(dtype).eps * size).all()


@pytest.mark.parametrize("shape", [SHAPES[0], SHAPES[2], SHAPES[6], SHAPES[9]], ids=str)
def test_same_bits_at_any_number_of_threads(shape: Any) -> None:
    before = pydl.get_num_threads()
    values = operands(shape, "float32")
    results = []
    try:
        for threads in (1, 2, 3):
            pydl.set_num_threads(threads)
            results.append(passes(shape, *values))
    finally:
        pydl.set_num_threads(before)
    for other in results[1:]:
        for a, b in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("activation", [pydl.nn.ReLU, pydl.nn.GELU])
def test_bias_and_activation_of_few_places(activation: Any) -> None:
    layer = pydl.nn.Conv2d(256, 512, 3, padding=1)
    x = pydl.randn(1, 256, 4, 4)
    with pydl.no_grad():
        plain = F.conv2d(x, layer.weight, padding=1) + layer.bias.reshape(-1, 1, 1)
        np.testing.assert_array_equal(layer(x).numpy(), plain.numpy())
        y = pydl.nn.Sequential(layer, activation())(x)
        np.testing.assert_array_equal(y.numpy(), activation()(plain).numpy())


def test_infinities_of_few_places_meet_the_padding() -> None:
    """As in every convolution: a zero of the padding times an infinite weight is NaN."""
    x = pydl.ones(1, 128, 4, 4)
    w = pydl.ones(512, 128, 3, 3)
    w[7, 5, 0, 0] = float("inf")
    y = F.conv2d(x, w, padding=1)[0].numpy()
    assert np.isnan(y[7, 0]).all() and np.isnan(y[7, :, 0]).all() and np.isposinf(y[7, 1:, 1:]).all()
    assert np.isfinite(np.delete(y, 7, 0)).all()

"""Convolutions, forward with both gradients, in the shapes that networks use."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from case import Case, Library, values


def convolution(name: str, x: tuple[int, ...], w: tuple[int, ...], transposed: bool = False, **settings: Any) -> Case:
    """One convolution of x with w and its derivatives by both; w as the library takes it."""
    spaces = len(x) - 2
    call = f"conv{'_transpose' if transposed else ''}{spaces}d"

    def make(lib: Library) -> Callable[[], Any]:
        a, b = values(lib, *x).requires_grad_(), (values(lib, *w, seed=1) * 0.1).detach().requires_grad_()
        function = getattr(lib.nn.functional, call)
        with lib.no_grad():
            g = lib.ones_like(function(a, b, **settings))

        def run() -> Any:
            a.grad = b.grad = None
            y = function(a, b, **settings)
            y.backward(g)
            return b.grad

        return run

    each = settings.get("stride", 1), settings.get("padding", 0), settings.get("dilation", 1)
    stride, padding, dilation = each
    if transposed:  # every input value meets every tap
        outputs = math.prod((x[0], w[1] * settings.get("groups", 1), *x[2:]))
        taps = x[1] // settings.get("groups", 1) * math.prod(w[2:])
    else:
        sizes = [(n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(x[2:], w[2:], strict=True)]
        outputs, taps = math.prod((x[0], w[0], *sizes)), math.prod(w[1:])
    return Case(f"{call} {name}", make, 6.0 * outputs * taps)


def square(name: str, batch: int, channels: tuple[int, int], size: int, kernel: int, **settings: Any) -> Case:
    inner = channels[0] // settings.get("groups", 1)
    return convolution(
        f"{name} {channels[0]}->{channels[1]} {kernel}x{kernel} on {size}, batch {batch}",
        (batch, channels[0], size, size),
        (channels[1], inner, kernel, kernel),
        **settings,
    )


CONVOLUTIONS = [
    case
    for batch in (32, 1)
    for case in (
        square("same", batch, (3, 64), 32, 3, padding=1),
        square("same", batch, (64, 64), 32, 3, padding=1),
        square("same", batch, (128, 128), 16, 3, padding=1),
        square("same", batch, (256, 256), 8, 3, padding=1),
        square("same", batch, (512, 512), 4, 3, padding=1),
        square("1x1", batch, (64, 128), 32, 1),
        square("strided", batch, (64, 128), 32, 3, stride=2, padding=1),
        square("same", batch, (64, 64), 16, 5, padding=2),
        square("stem", batch // 4 or 1, (3, 64), 224, 7, stride=2, padding=3),
        square("depthwise", batch // 4 or 1, (32, 32), 112, 3, padding=1, groups=32),
        square("depthwise", batch, (192, 192), 14, 3, padding=1, groups=192),
        square("grouped", batch, (128, 128), 16, 3, padding=1, groups=4),
        square("dilated", batch, (64, 64), 32, 3, padding=2, dilation=2),
        square("MNIST", batch, (1, 32), 28, 3),
        square("MNIST", batch, (32, 64), 26, 3),
    )
] + [
    convolution("text, 100->100 over 64, batch 32", (32, 100, 64), (100, 100, 3), padding=1),
    convolution("audio, 1->32 by 80 over 16000, batch 8", (8, 1, 16000), (32, 1, 80), stride=4),
    convolution("16->32 3x3x3 on 16, batch 4", (4, 16, 16, 16, 16), (32, 16, 3, 3, 3), padding=1),
    convolution("DCGAN 256->128 4x4 on 8, batch 32", (32, 256, 8, 8), (256, 128, 4, 4), True, stride=2, padding=1),
    convolution("U-Net 64->32 2x2 on 32, batch 8", (8, 64, 32, 32), (64, 32, 2, 2), True, stride=2),
]

"""What the normalisations share: the derivative of their gradients, in differentiable operations.

With h = (x - mean(x)) r, r = 1 / sqrt(var(x) + eps), u = g weight and the projection
P(v) = v - mean(v) - h mean(v h), the gradients are dx = r P(u), dweight = sum(g h), dbias = sum(g).
Without centring (RMS normalisation) the terms mean(x) and mean(v) are left out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pydl import _C
from pydl.ops.reduce import reduce_sum
from pydl.ops.unary import rsqrt
from pydl.ops.view import reshape, sum_to

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def second_backward(
    g: Tensor,
    x: Tensor,
    weight: Tensor | None,
    dims: tuple[int, ...],
    eps: float,
    a: Tensor | None,
    c: Tensor | None,
    e: Tensor | None,
    centre: bool = True,
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """The gradients by g, x and weight of sum(a dx) + sum(c dweight) + sum(e dbias).

    Args:
        dims: of x, that the statistics were taken over.
        weight, c, e: in shapes that broadcast to x, of as many dimensions.
        centre: whether the mean is subtracted.
    """
    count = max(math.prod([x.array.shape[d] for d in dims]), 1)

    def mean(v: Tensor) -> Tensor:
        return reduce_sum(v, dims, True) * (1 / count)

    def project(v: Tensor) -> Tensor:
        return (v - mean(v) if centre else v) - h * mean(v * h)

    centred = x - mean(x) if centre else x
    r = rsqrt(mean(centred * centred) + eps)
    h = centred * r
    u = g if weight is None else g * weight
    dg: Tensor | None = None
    dw: Tensor | None = None
    dh: Tensor | None = None  # the gradient by h
    dx: Tensor | None = None
    if a is not None:
        pa = r * project(a)
        dg = pa if weight is None else pa * weight
        dw = None if weight is None else sum_to(g * pa, weight.array.shape)
        dh = -r * (mean(u * h) * a + mean(a * h) * u)
        dx = -r * r * h * mean(a * project(u))  # by way of r = (var + eps)^(-1/2)
    if c is not None:
        dg = c * h if dg is None else dg + c * h
        dh = c * g if dh is None else dh + c * g
    if e is not None:
        dg = e + x * 0 if dg is None else dg + e
    if dh is not None:
        through = r * project(dh)
        dx = through if dx is None else dx + through
    return dg, dx, dw


def by_channel(name: str, x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    """x * weight + bias, both (channels,), for x (batch, channels, ...).

    Raises:
        ShapeError: there are more or fewer channels.
    """
    channels = x.array.shape[1]
    wide = (channels,) + (1,) * (x.array.ndim - 2)
    for what, part in (("weight", weight), ("bias", bias)):
        if part is not None and part.array.shape != (channels,):
            raise _C.ShapeError(f"{name}: expected a {what} of shape ({channels},), got {part.array.shape}")
    if weight is not None:
        x = x * reshape(weight, wide)
    return x if bias is None else x + reshape(bias, wide)

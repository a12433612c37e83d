"""Images resampled to other sizes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply
from pydl.dtypes import uint8
from pydl.ops.copy import to_code
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Ints = tuple[int, ...]
NEAREST, NEAREST_EXACT, LINEAR, CUBIC, AREA = range(5)  # C++ InterpolateMode
# What each name means, for how many space dimensions.
MODES: dict[str, tuple[int, tuple[int, ...]]] = {
    "nearest": (NEAREST, (1, 2, 3)),
    "nearest-exact": (NEAREST_EXACT, (1, 2, 3)),
    "linear": (LINEAR, (1,)),
    "bilinear": (LINEAR, (2,)),
    "trilinear": (LINEAR, (3,)),
    "bicubic": (CUBIC, (2,)),
    "area": (AREA, (1, 2, 3)),
}


class Interpolate(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, out: Ints, *settings: Any) -> _C.Array:
        ctx.space, ctx.settings = x.array.shape[2:], settings
        return _C.interpolate(x.array, out, *settings)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # the transposed map of g
        return apply(InterpolateBackward, g, ctx.space, *ctx.settings)


class InterpolateBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, space: Ints, *settings: Any) -> _C.Array:
        ctx.out, ctx.settings = g.array.shape[2:], settings
        return _C.interpolate_backward(g.array, space, *settings)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the map of gg
        return apply(Interpolate, gg, ctx.out, *ctx.settings)


def each_number(what: str, value: Any, spaces: int) -> list[Any]:
    """One number for each space dimension."""
    values = list(value) if isinstance(value, list | tuple) else [value] * spaces
    if len(values) != spaces:
        raise _C.ValueError(f"interpolate: expected {what} to be a number or {spaces} of them, got {value}")
    for v in values:
        if not isinstance(v, int | float) or not math.isfinite(v):
            raise _C.ValueError(f"interpolate: expected finite numbers as {what}, got {value}")
    return values


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """The input (batch, channels, space...) resampled to ``size``, or to ``floor(scale_factor * size)``.

    Args:
        size: of each of the one to three space dimensions; or ``scale_factor``, one of the two.
        mode: "nearest", "nearest-exact" (rounds as other libraries do), "linear", "bilinear", "trilinear" (by the
            number of space dimensions), "bicubic" (two), "area" (averages, as adaptive pooling).
        align_corners: for the linear and cubic modes, whether the centres of the outermost elements stay where they
            are; otherwise their outer edges do.
        recompute_scale_factor: sample by the ratio of the sizes, not by the factor given.
        antialias: "bilinear" and "bicubic" average over all that lies under a larger step.

    Bytes (uint8) are for the nearest modes only, unlike PyTorch's, which round the others.

    Raises:
        ShapeError: the number of dimensions is not the mode's, or a size is 0.
        ValueError: a setting does not fit the mode, neither or both of size and scale_factor are given.

    >>> pydl.nn.functional.interpolate(pydl.tensor([[[0.0, 4.0]]]), size=4, mode="linear")
    tensor([[[0., 1., 3., 4.]]])
    """
    expect_tensor("interpolate", input)
    if mode not in MODES:
        raise _C.ValueError(f"interpolate: expected a mode of {', '.join(MODES)}; got {mode!r}")
    code, dims = MODES[mode]
    shape = input.array.shape
    spaces = len(shape) - 2
    if spaces not in dims:
        raise _C.ShapeError(
            f"interpolate: expected {' or '.join(str(n + 2) for n in dims)} dimensions for mode {mode!r} (batch, "
            f"channels, space...), got shape {shape}"
        )
    if align_corners is not None and code not in (LINEAR, CUBIC):
        raise _C.ValueError(f"interpolate: align_corners is for the linear and cubic modes, not for {mode!r}")
    if antialias and (code not in (LINEAR, CUBIC) or spaces != 2):
        raise _C.ValueError(f"interpolate: antialias is for 'bilinear' and 'bicubic', not for {mode!r}")
    if (size is None) == (scale_factor is None):
        raise _C.ValueError("interpolate: expected one of size and scale_factor, got both or neither")
    factors = [0.0] * spaces
    if size is not None:
        if recompute_scale_factor:
            raise _C.ValueError("interpolate: recompute_scale_factor is for scale_factor, not for size")
        out = tuple([int(n) for n in each_number("size", size, spaces)])
    else:
        scales = [float(f) for f in each_number("scale_factor", scale_factor, spaces)]
        out = tuple([math.floor(n * f) for n, f in zip(shape[2:], scales, strict=True)])
        if not recompute_scale_factor:
            factors = scales
    if any(n < 1 for n in shape[2:]) or any(n < (code != AREA) for n in out):
        raise _C.ShapeError(f"interpolate: expected sizes of 1 or more, got {shape[2:]} to {out}")
    if any(n >= 2**31 for n in (*shape[2:], *out)):
        raise _C.ShapeError(f"interpolate: expected sizes below 2^31, got {shape[2:]} to {out}")
    settings = (code, bool(align_corners), bool(antialias), factors)
    if input.array.dtype == uint8.code and code in (NEAREST, NEAREST_EXACT):
        return to_code(apply(Interpolate, to_code(input, 0), out, *settings), uint8.code)
    return apply(Interpolate, input, out, *settings)


def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """`interpolate` under its old name."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """`interpolate` by the nearest element."""
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """Bilinear `interpolate` with ``align_corners``."""
    return interpolate(input, size, scale_factor, "bilinear", True)

"""Images sampled at the places that a grid names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, grad_enabled, wrap
from pydl.dtypes import int64
from pydl.ops.clamp import clamp
from pydl.ops.concat import stack
from pydl.ops.copy import to_code
from pydl.ops.create import linspace, zeros
from pydl.ops.gather import gather, scatter_add
from pydl.ops.matmul import matmul
from pydl.ops.operands import expect_tensor
from pydl.ops.reduce import reduce_sum
from pydl.ops.rounding import remainder
from pydl.ops.unary import floor
from pydl.ops.unary import round as nearest
from pydl.ops.view import expand, ints, reshape, select, transpose
from pydl.ops.where import where

if TYPE_CHECKING:
    from pydl.tensor import Tensor

BILINEAR, NEAREST, BICUBIC = range(3)  # C++ SampleMode
ZEROS, BORDER, REFLECTION = range(3)  # C++ SamplePadding
MODES = {"bilinear": BILINEAR, "nearest": NEAREST, "bicubic": BICUBIC}
PADDINGS = {"zeros": ZEROS, "border": BORDER, "reflection": REFLECTION}
KEYS = -0.75  # the parameter of the cubic kernel

# An element along one dimension: where it is, whether it is inside, its weight, the weight's derivative by the grid.
Tap = tuple[Any, Any, Any, Any]


class GridSample(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, grid: Tensor, *settings: Any) -> _C.Array:
        ctx.save(x, grid)
        ctx.settings = settings
        return _C.grid_sample(x.array, grid.array, *settings)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g weight added at the elements, sum(g x dweight/dgrid)
        x, grid = ctx.saved_tensors
        if grad_enabled():  # the kernel's sums in differentiable ops
            return differentiable_backward(g, x, grid, *ctx.settings)
        dx, dgrid = _C.grid_sample_backward(g.array, x.array, grid.array, *ctx.settings)
        return wrap(dx), wrap(dgrid)


def padded(at: Tensor, slope: Tensor, size: int, padding: int, align: bool) -> tuple[Tensor, Tensor]:
    """Coordinates brought inside, and their derivatives."""
    if padding == ZEROS:
        return at, slope
    if padding == REFLECTION:
        low, span = (0.0, size - 1) if align else (-0.5, size)
        if span <= 0:
            return at * 0, slope * 0
        away = at - low
        slope = where(away < 0, -slope, slope)
        away = away.abs()
        odd = remainder(floor(away.detach() / span), 2) != 0
        rest = away - floor(away.detach() / span) * span
        at, slope = where(odd, span - rest, rest) + low, where(odd, -slope, slope)
    inside = (at > 0) & (at < size - 1)
    return clamp(at, 0, size - 1), where(inside, slope, slope * 0)


def cubic_weights(t: Tensor) -> list[tuple[Tensor, Tensor]]:
    """The four weights at a distance t behind the second element, and their derivatives by t (Keys, 1981)."""
    out: list[tuple[Tensor, Tensor]] = []
    for distance, sign in ((t + 1, 1), (t, 1), (1 - t, -1), (2 - t, -1)):
        d = distance
        if len(out) in (0, 3):
            weight = ((d * KEYS - 5 * KEYS) * d + 8 * KEYS) * d - 4 * KEYS
            slope = (d * (3 * KEYS) - 10 * KEYS) * d + 8 * KEYS
        else:
            weight = (d * (KEYS + 2) - (KEYS + 3)) * d * d + 1
            slope = (d * (3 * (KEYS + 2)) - 2 * (KEYS + 3)) * d
        out.append((weight, slope * sign))
    return out


def taps(c: Tensor, size: int, mode: int, padding: int, align: bool) -> list[Tap]:
    """Along one dimension, what coordinates in [-1, 1] take of which elements."""
    scale = (size - 1) / 2 if align else size / 2
    at = (c + 1) * scale if align else (c + 1) * scale - 0.5
    slope = c.detach() * 0 + scale

    def place(whole: Tensor) -> tuple[Tensor, Tensor]:
        whole = whole.detach()
        inside = (whole >= 0) & (whole <= size - 1)
        return to_code(where(inside, whole, whole * 0), int64.code), inside

    if mode != BICUBIC:
        at, slope = padded(at, slope, size, padding, align)
    if mode == NEAREST:
        return [(*place(nearest(at)), at * 0 + 1, at * 0)]
    low = floor(at.detach())
    t = at - low
    if mode == BILINEAR:
        return [(*place(low), 1 - t, -slope), (*place(low + 1), t, slope)]
    found = []
    for k, (weight, by_t) in enumerate(cubic_weights(t)):
        whole, _ = padded(low + (k - 1), slope, size, padding, align)
        found.append((*place(floor(whole)), weight, by_t * slope))
    return found


def differentiable_backward(
    g: Tensor, x: Tensor, grid: Tensor, mode: int, padding: int, align: bool
) -> tuple[Tensor, Tensor]:
    """The gradients by x and grid, element by element of each sample."""
    batch, channels, *space = x.array.shape
    spaces = len(space)
    points = g.array.size // max(batch * channels, 1) if channels else 0
    flat = reshape(x, (batch, channels, -1)) if x.array.size else reshape(x, (batch, channels, 1))
    u = reshape(g, (batch, channels, points))
    coordinates = reshape(grid, (batch, -1, spaces)) if points else reshape(grid, (batch, 0, spaces))
    lines = [taps(select(coordinates, 2, spaces - 1 - d), space[d], mode, padding, align) for d in range(spaces)]
    dx = flat.detach() * 0
    slopes: list[Any] = [select(coordinates, 2, d).detach() * 0 for d in range(spaces)]
    for combination in product(*lines):
        index: Any = 0
        inside: Any = True
        for d, (place, within, _, _) in enumerate(combination):
            index = index * space[d] + place
            inside = within & inside
        many = expand(reshape(index, (batch, 1, points)), (batch, channels, points))
        mask = reshape(to_code(inside, x.array.dtype), (batch, 1, points))
        weight: Any = 1.0
        for tap in combination:
            weight = tap[2] * weight
        dx = scatter_add(dx, 2, many, u * (reshape(weight, (batch, 1, points)) * mask))
        value = reduce_sum(gather(flat, 2, many) * mask * u, (1,), False)
        for d in range(spaces):
            part = combination[d][3]
            for other, tap in enumerate(combination):
                part = part if other == d else part * tap[2]
            slopes[d] = slopes[d] + value * part
    dgrid = stack([slopes[spaces - 1 - d] for d in range(spaces)], 2)
    return reshape(dx, x.array.shape), reshape(dgrid, grid.array.shape)


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The input sampled at the places in ``grid``: a spatial transformer (Jaderberg et al., 2015).

    Args:
        input: (batch, channels, height, width), or with a depth before the height.
        grid: (batch, height, width, 2) of the result, or (batch, depth, height, width, 3): for each element of the
            result the place to look at, x first, from -1 to 1 across the input.
        mode: "bilinear" (in three dimensions trilinear), "nearest", or "bicubic" (in two).
        padding_mode: what stands outside: "zeros", the "border" repeated, or its "reflection".
        align_corners: whether -1 and 1 are the centres of the outermost elements, or their outer edges.

    Raises:
        ShapeError: input and grid do not fit.
        DTypeError: they are not of one floating dtype.

    >>> x = pydl.tensor([[[[1.0, 3.0]]]])
    >>> pydl.nn.functional.grid_sample(x, pydl.zeros(1, 1, 1, 2), align_corners=True)
    tensor([[[[2.]]]])
    """
    expect_tensor("grid_sample", input)
    expect_tensor("grid_sample", grid)
    if mode not in MODES:
        raise _C.ValueError(f"grid_sample: expected mode 'bilinear', 'nearest' or 'bicubic', got {mode!r}")
    if padding_mode not in PADDINGS:
        raise _C.ValueError(
            f"grid_sample: expected padding_mode 'zeros', 'border' or 'reflection', got {padding_mode!r}"
        )
    return apply(GridSample, input, grid, MODES[mode], PADDINGS[padding_mode], bool(align_corners))


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid for `grid_sample` that an affine map of each image needs.

    Args:
        theta: (batch, 2, 3), or (batch, 3, 4) for three dimensions: the maps.
        size: of the result, (batch, channels, height, width) or with a depth.
        align_corners: as `grid_sample` will be told.

    Raises:
        ShapeError: theta and size do not fit.

    >>> theta = pydl.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> pydl.nn.functional.affine_grid(theta, (1, 1, 1, 2), align_corners=True)
    tensor([[[[-1.,  0.],
              [ 1.,  0.]]]])
    """
    expect_tensor("affine_grid", theta)
    shape = ints("affine_grid", (tuple(size),))
    spaces = len(shape) - 2
    if theta.array.dtype > 3:
        raise _C.DTypeError(f"affine_grid: expected a floating theta, got {theta.dtype.name}")
    if spaces not in (2, 3) or theta.array.shape != (shape[0], spaces, spaces + 1):
        raise _C.ShapeError(
            f"affine_grid: expected theta (batch, 2, 3) with a size of 4, or (batch, 3, 4) with a size of 5; got "
            f"{theta.array.shape} and {shape}"
        )
    if any(n < 1 for n in shape):
        raise _C.ShapeError(f"affine_grid: expected sizes of 1 or more, got {shape}")
    space = shape[2:]
    rows = []
    for d in reversed(range(spaces)):
        n = space[d]
        line = linspace(-1, 1, n, dtype=theta.dtype) if n > 1 else zeros(1, dtype=theta.dtype)
        if not align_corners:
            line = line * ((n - 1) / n)
        rows.append(expand(reshape(line, (1,) * d + (n,) + (1,) * (spaces - 1 - d)), space))
    rows.append(rows[0] * 0 + 1)
    base = reshape(stack(rows, -1), (1, -1, spaces + 1))
    return reshape(matmul(base, transpose(theta, 1, 2)), (shape[0], *space, spaces))

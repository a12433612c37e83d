"""Borders put around a tensor, of one value or of its own elements, and cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply
from pydl.ops.copy import clone
from pydl.ops.operands import expect_tensor, number_array
from pydl.ops.view import ints, slice_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Widths = tuple[tuple[int, int], ...]  # before and after, for each dimension


class Pad(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, widths: Widths, value: _C.Array) -> _C.Array:
        ctx.widths, shape = widths, x.array.shape
        out = _C.full(tuple([a + n + b for n, (a, b) in zip(shape, widths, strict=True)]), value)
        inside = out
        for d, (before, _) in enumerate(widths):
            inside = _C.slice(inside, d, before, 1, shape[d])
        _C.copy_into(inside, x.array)
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g inside the border
        return crop(g, ctx.widths)


def crop(x: Tensor, widths: Widths) -> Tensor:
    """A view without so many elements before and after in each dimension."""
    for d, (before, after) in enumerate(widths):
        if before or after:
            x = slice_dim(x, d, before, 1, x.array.shape[d] - before - after)
    return x


Strip = tuple[int, int, int]  # start, step and size along a dimension


def strips(mode: str, size: int, before: int, after: int) -> list[tuple[Strip, Strip]]:
    """For both ends of a dimension that has its border: where the border is, and which elements it takes."""
    first, end = before, before + size  # of the elements themselves
    if mode == "reflect":
        taken = (first + before, -1, before), (end - 2, -1, after)
    elif mode == "replicate":
        taken = (first, 1, 1), (end - 1, 1, 1)
    else:
        taken = (end - before, 1, before), (first, 1, after)
    both = ((0, 1, before), taken[0]), ((end, 1, after), taken[1])
    return [pair for pair in both if pair[0][2]]


class PadByElements(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, widths: Widths, mode: str) -> _C.Array:
        ctx.widths, ctx.mode, shape = widths, mode, x.array.shape
        out = _C.empty(tuple([a + n + b for n, (a, b) in zip(shape, widths, strict=True)]), x.array.dtype)
        inside = out
        for d, (before, _) in enumerate(widths):
            inside = _C.slice(inside, d, before, 1, shape[d])
        _C.copy_into(inside, x.array)
        for d, (before, after) in enumerate(widths):
            # The dimensions from here on have no border yet.
            part = out
            for later in range(d + 1, len(widths)):
                part = _C.slice(part, later, widths[later][0], 1, shape[later])
            for border, taken in strips(mode, shape[d], before, after):
                _C.copy_into(_C.slice(part, d, *border), _C.slice(part, d, *taken))
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, its border added to the elements that it was taken from
        return apply(PadByElementsBackward, g, ctx.widths, ctx.mode)


class PadByElementsBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, widths: Widths, mode: str) -> _C.Array:
        ctx.widths, ctx.mode = widths, mode
        part = _C.clone(g.array)
        for d in reversed(range(len(widths))):
            before, after = widths[d]
            size = part.shape[d] - before - after
            for border, taken in strips(mode, size, before, after):
                edge = _C.slice(part, d, *border)
                if mode == "replicate":
                    edge = _C.reduce_sum(edge, (d,), True)
                _C.add_(_C.slice(part, d, *taken), edge)
            part = _C.slice(part, d, before, 1, size)
        return _C.contiguous(part)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg with its border
        return apply(PadByElements, gg, ctx.widths, ctx.mode)


def pad_by_elements(input: Tensor, widths: Sequence[tuple[int, int]], mode: str) -> Tensor:
    """The last dimensions, as many as ``widths``, extended by elements of the input; negative widths cut off."""
    shape = input.array.shape
    ndim = len(shape)
    if not len(widths) < ndim <= len(widths) + 2:
        raise _C.ShapeError(
            f"pad: expected {len(widths)} padded dimensions behind channels, and maybe a batch before, for mode "
            f"{mode!r}; got shape {shape}"
        )
    if any(n == 0 for n in shape[ndim - len(widths) :]):
        raise _C.ShapeError(f"pad: expected elements to take for mode {mode!r}, got shape {shape}")
    around: Widths = ((0, 0),) * (ndim - len(widths)) + tuple(widths)
    cut: Widths = tuple([(max(-a, 0), max(-b, 0)) for a, b in around])
    more: Widths = tuple([(max(a, 0), max(b, 0)) for a, b in around])
    if mode == "circular":  # what is cut off does not come round again
        input = crop(input, cut)
    for d, width in enumerate(more):
        size = input.array.shape[d]
        longest = {"reflect": size - 1, "replicate": max(width), "circular": size}[mode]
        if max(width) > max(longest, 0):
            raise _C.ShapeError(
                f"pad: expected a padding of at most {longest} for mode {mode!r} in dimension {d}, got {width} for "
                f"shape {shape}"
            )
    out = apply(PadByElements, input, more, mode)
    return out if mode == "circular" else crop(out, cut)


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """The input with a border; negative widths cut elements off.

    Args:
        pad: widths before and after the last dimension, then before and after the one before it, and so on.
        mode: "constant" puts ``value`` there (0 by default); "reflect" mirrors at the first and last element,
            "replicate" repeats those, "circular" goes on at the other end.

    Raises:
        ShapeError: the input has too few dimensions, or too few elements to take or to cut off.
        ValueError: the mode is none of these.

    >>> pydl.nn.functional.pad(pydl.tensor([[1.0, 2.0, 3.0]]), (2, 1), "reflect")
    tensor([[3., 2., 1., 2., 3., 2.]])
    """
    expect_tensor("pad", input)
    flat = ints("pad", (tuple(pad),))
    shape = input.array.shape
    ndim = len(shape)
    if len(flat) % 2 or len(flat) > 2 * ndim:
        raise _C.ShapeError(f"pad: expected two widths for each of at most {ndim} dimensions, got {flat}")
    if any(abs(n) >= 2**62 for n in flat):
        raise _C.ShapeError(f"pad: the result is too large: {flat} around {shape}")
    widths = [(flat[i], flat[i + 1]) for i in range(len(flat) - 2, -1, -2)]
    around: Widths = ((0, 0),) * (ndim - len(widths)) + tuple(widths)
    for d, (n, (a, b)) in enumerate(zip(shape, around, strict=True)):
        if n + a + b < (mode == "reflect" and (a != 0 or b != 0)) or (
            mode in ("constant", "circular") and max(-a, 0) + max(-b, 0) > n
        ):
            raise _C.ShapeError(f"pad: expected elements to be left in dimension {d} of {shape}, got {(a, b)}")
    if mode != "constant":
        if mode not in ("reflect", "replicate", "circular"):
            raise _C.ValueError(f"pad: expected mode 'constant', 'reflect', 'replicate' or 'circular', got {mode!r}")
        if value is not None and value != 0:
            raise _C.ValueError(f"pad: expected no value for mode {mode!r}, got {value}")
        return pad_by_elements(input, widths, mode)
    inside = crop(input, tuple([(max(-a, 0), max(-b, 0)) for a, b in around]))
    more: Widths = tuple([(max(a, 0), max(b, 0)) for a, b in around])
    if any(a or b for a, b in more):
        return apply(Pad, inside, more, number_array("pad", 0 if value is None else value, input.array.dtype))
    return clone(inside)

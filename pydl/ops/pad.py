"""Borders put around a tensor, of one value or of its own elements, and cut off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, apply
from pydl.dtypes import int64
from pydl.ops.copy import clone
from pydl.ops.create import from_numpy
from pydl.ops.index import index_select
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


def places(mode: str, size: int, before: int, after: int) -> np.ndarray[Any, Any]:
    """Which of ``size`` elements stands at each place from ``-before`` to ``size + after``."""
    at = np.arange(-before, size + after, dtype=np.int64)
    if mode == "reflect":
        return size - 1 - abs(size - 1 - abs(at))
    return at.clip(0, size - 1) if mode == "replicate" else at % max(size, 1)


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
    if mode == "circular":  # what is cut off does not come round again
        input = crop(input, ((0, 0),) * (ndim - len(widths)) + tuple([(max(-a, 0), max(-b, 0)) for a, b in widths]))
        widths = [(max(a, 0), max(b, 0)) for a, b in widths]
    for d, (before, after) in enumerate(widths, ndim - len(widths)):
        size = input.array.shape[d]
        longest = {"reflect": size - 1, "replicate": max(before, after), "circular": size}[mode]
        if max(before, after) > longest:
            raise _C.ShapeError(
                f"pad: expected a padding of at most {longest} for mode {mode!r} in dimension {d}, got "
                f"{(before, after)} for shape {shape}"
            )
        if before or after:
            _C.empty((size + before + after,), int64.code)  # numpy would not say plainly that memory is short
            input = index_select(input, d, from_numpy(places(mode, size, before, after)))
    return input


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

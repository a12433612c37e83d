"""Sample frequencies of the Fourier transform, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pydl import _C
from pydl.dtypes import device as Device
from pydl.dtypes import dtype as DType
from pydl.ops.create import code_of, finish, from_array
from pydl.ops.index import roll
from pydl.ops.operands import expect_tensor
from pydl.ops.view import ints, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def spaced(
    name: str,
    first: int,
    count: int,
    n: int,
    d: float,
    dtype: DType | None,
    device: str | Device | None,
    requires_grad: bool,
) -> Tensor:
    """The numbers first, ..., first + count - 1, the negative ones at the end, each divided by n * d."""
    code = code_of(dtype)
    if code > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {dtype}")
    if n * d == 0:
        raise _C.ValueError(f"{name}: expected n and d other than 0, got {n} and {d}")
    array = _C.arange_float(float(first), 1.0, count, 1)
    values = np.roll(np.asarray(array), first) / (n * d)
    return finish(_C.cast(from_array(values), code), requires_grad, device)


def fft_fftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies of a transform of ``n`` samples that are ``d`` apart: 0, the positive ones, the negative ones.

    >>> pydl.fft.fftfreq(5)
    tensor([ 0.0000,  0.2000,  0.4000, -0.4000, -0.2000])
    """
    (n,) = ints("fft.fftfreq", (n,))
    if n < 0:
        raise _C.ValueError(f"fft.fftfreq: expected n above 0, got {n}")
    return spaced("fft.fftfreq", -(n // 2), n, n, d, dtype, device, requires_grad)


def fft_rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies that are not negative, of a transform of ``n`` real samples that are ``d`` apart.

    >>> pydl.fft.rfftfreq(5)
    tensor([0.0000, 0.2000, 0.4000])
    """
    (n,) = ints("fft.rfftfreq", (n,))
    if n < 0:
        raise _C.ValueError(f"fft.rfftfreq: expected n above 0, got {n}")
    return spaced("fft.rfftfreq", 0, n // 2 + 1, n, d, dtype, device, requires_grad)


def shifted(name: str, input: Tensor, dim: int | Sequence[int] | None, back: bool) -> Tensor:
    """Each dimension rolled by half of its size."""
    expect_tensor(name, input)
    shape = input.array.shape
    dims = range(len(shape)) if dim is None else [wrap_dim(name, d, len(shape)) for d in ints(name, (dim,))]
    if not len(dims) or not shape:
        return clone(input)
    return roll(input, tuple([(shape[d] + back) // 2 for d in dims]), tuple(dims))


def fft_fftshift(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """The frequency 0 moved from the beginning to the middle of each dimension.

    >>> pydl.fft.fftshift(pydl.tensor([0, 1, 2, -2, -1]))
    tensor([-2, -1,  0,  1,  2])
    """
    return shifted("fft.fftshift", input, dim, False)


def fft_ifftshift(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """The frequency 0 moved back from the middle to the beginning: undoes `fftshift`.

    >>> pydl.fft.ifftshift(pydl.tensor([-2, -1, 0, 1, 2]))
    tensor([ 0,  1,  2, -2, -1])
    """
    return shifted("fft.ifftshift", input, dim, True)


from pydl.ops.copy import clone  # noqa: E402

"""The windows of signal processing: weights that fall towards both ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.dtypes import device as Device
from pydl.dtypes import dtype as DType
from pydl.ops.create import code_of, finish, from_array
from pydl.ops.view import ints

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Values = np.ndarray[Any, Any]


def window(
    name: str,
    length: int,
    periodic: bool,
    shape: Callable[[Values], Values],
    dtype: DType | None,
    device: str | Device | None,
    requires_grad: bool,
) -> Tensor:
    """shape at the places of a window, from 0 to 1; a periodic one leaves out the last of one place more.

    Raises:
        ValueError: the length is negative.
        DTypeError: the dtype is not floating.
    """
    (length,) = ints(name, (length,))
    if length < 0:
        raise _C.ValueError(f"{name}: expected a length of 0 or more, got {length}")
    code = code_of(dtype)
    if code > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {dtype}")
    places = np.asarray(_C.arange_float(0.0, 1.0, length, 1))
    values = shape(places / (length if periodic else length - 1)) if length > 1 else np.ones(length)
    return finish(_C.cast(from_array(np.asarray(values)), code), requires_grad, device)


def cosines(*weights: float) -> Callable[[Values], Values]:
    """a - b cos(2 pi t) + c cos(4 pi t) ..., of weights a, b, c, ..."""
    return lambda t: np.asarray(sum((-1) ** k * w * np.cos(2 * np.pi * k * t) for k, w in enumerate(weights)))


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """``(1 - cos(2 pi n / N)) / 2``, where N is the length, or one less where not ``periodic``.

    >>> pydl.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return window("hann_window", window_length, periodic, cosines(0.5, 0.5), dtype, device, requires_grad)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """``alpha - beta cos(2 pi n / N)``, where N is the length, or one less where not ``periodic``."""
    return window("hamming_window", window_length, periodic, cosines(alpha, beta), dtype, device, requires_grad)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """``0.42 - cos(2 pi n / N) / 2 + 0.08 cos(4 pi n / N)``, where N is the length, or one less where not
    ``periodic``."""
    shape = cosines(0.42, 0.5, 0.08)
    return window("blackman_window", window_length, periodic, shape, dtype, device, requires_grad)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A triangle: ``1 - |2 n / N - 1|``, where N is the length, or one less where not ``periodic``."""

    def triangle(t: Values) -> Values:
        return np.asarray(1 - np.abs(2 * t - 1))

    return window("bartlett_window", window_length, periodic, triangle, dtype, device, requires_grad)


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """``I0(beta sqrt(1 - (2 n / N - 1)^2)) / I0(beta)``, where N is the length, or one less where not ``periodic``."""

    def bell(t: Values) -> Values:
        return np.asarray(np.i0(beta * np.sqrt(np.maximum(0, 1 - (2 * t - 1) ** 2))) / np.i0(float(beta)))

    return window("kaiser_window", window_length, periodic, bell, dtype, device, requires_grad)

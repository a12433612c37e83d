"""Tensors from whatever holds numbers, of single numbers, on a logarithmic scale, of given strides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes
from pydl.autograd.function import is_tensor
from pydl.dtypes import device as Device
from pydl.dtypes import dtype as DType
from pydl.ops.create import code_of, finish, from_array, from_dlpack, from_numpy, tensor
from pydl.ops.operands import Number, number_array
from pydl.ops.view import ints

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def asarray(
    obj: Any,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``obj`` (a tensor, a numpy array, another library's tensor, a buffer, numbers, lists) as a tensor, over the same
    memory where that is possible and ``copy`` is not True.

    Raises:
        ValueError: ``copy`` is False and a copy is needed.

    >>> pydl.asarray([1, 2])
    tensor([1, 2])
    """
    if is_tensor(obj):
        shared: Tensor | None = obj
    elif isinstance(obj, np.ndarray):
        shared = from_numpy(obj)
    elif hasattr(obj, "__dlpack__"):
        shared = from_dlpack(obj)
    elif isinstance(obj, bytes | bytearray | memoryview):
        shared = frombuffer(obj, dtype=dtypes.get_default_dtype() if dtype is None else dtype)
    else:
        shared = None
    if shared is None:
        if copy is False:
            raise _C.ValueError(f"asarray: {type(obj).__name__} has no memory to share without a copy")
        return tensor(obj, dtype=dtype, device=device, requires_grad=requires_grad)
    if device is not None:
        dtypes.check_device(device)
    out = shared if dtype is None else shared.to(dtype)
    if copy is False and out is not shared:
        raise _C.ValueError(f"asarray: no {dtype} over the memory of {shared.dtype} without a copy")
    if copy and out is shared:
        out = out.detach().clone() if requires_grad else out.clone()
    if requires_grad and not out.requires_grad:
        out = out.detach().requires_grad_()
    return out


def frombuffer(buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A vector over the memory of a Python buffer, from the byte ``offset`` on; a copy where that is read-only.

    Raises:
        ValueError: the buffer is too short, or no whole number of elements.

    >>> pydl.frombuffer(bytearray([1, 2, 3]), dtype=pydl.uint8)
    tensor([1, 2, 3], dtype=pydl.uint8)
    """
    code = code_of(dtype)
    kind = dtypes.DTYPES[code]
    try:
        data = memoryview(buffer).cast("B")
    except TypeError:
        raise _C.DTypeError(f"frombuffer: expected a buffer, got {type(buffer).__name__}") from None
    (count, offset) = ints("frombuffer", (count, offset))
    left = len(data) - offset
    if not 0 <= offset < len(data) or count == 0 or count < -1:
        raise _C.ValueError(
            f"frombuffer: expected an offset inside of {len(data)} bytes and a count above 0, got {offset} and {count}"
        )
    if count == -1 and left % kind.itemsize:
        raise _C.ValueError(f"frombuffer: {left} bytes are no whole number of {kind.name}")
    count = left // kind.itemsize if count == -1 else count
    if count * kind.itemsize > left:
        raise _C.ValueError(f"frombuffer: {count} elements of {kind.name} are more than {left} bytes")
    whole = np.frombuffer(data, np.uint8, count * kind.itemsize, offset)
    if kind.numpy is None:  # bfloat16: the upper halves of float32
        wide = whole.view(np.uint16).astype(np.uint32) << 16
        return finish(_C.cast(from_array(wide.view(np.float32)), code), requires_grad)
    return finish(from_array(whole.view(kind.numpy)), requires_grad)


def scalar_tensor(
    s: Number,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A number as a tensor without dimensions, of the default dtype unless one is given.

    >>> pydl.scalar_tensor(3)
    tensor(3.)
    """
    return finish(number_array("scalar_tensor", s, code_of(dtype)), requires_grad, device)


def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` numbers from ``base**start`` to ``base**end``, each the same factor larger than the one before.

    >>> pydl.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    (steps,) = ints("logspace", (steps,))
    if steps < 0:
        raise _C.ValueError(f"logspace: expected 0 or more steps, got {steps}")
    code = code_of(dtype)
    places = np.asarray(_C.arange_float(0.0, 1.0, steps, 1)) / max(steps - 1, 1)
    with np.errstate(all="ignore"):
        values = np.power(float(base), float(start) + places * (float(end) - float(start)))
    return finish(_C.cast(from_array(np.asarray(values)), code), requires_grad, device)


def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Uninitialised memory seen with any strides.

    >>> pydl.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    shape, strides = ints("empty_strided", (size,)), ints("empty_strided", (stride,))
    if len(shape) != len(strides) or min((*shape, *strides), default=0) < 0:
        raise _C.ShapeError(f"empty_strided: expected as many strides as sizes, none negative, got {shape}, {strides}")
    last = sum((n - 1) * step for n, step in zip(shape, strides, strict=True)) if math.prod(shape) else -1
    memory = _C.empty(ints("empty_strided", (last + 1,)), code_of(dtype))
    return finish(_C.as_strided(memory, shape, strides, 0), requires_grad, device)

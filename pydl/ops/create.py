"""New tensors: from numbers, lists, numpy arrays and other libraries' memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes
from pydl.autograd.function import TensorBase, is_tensor, wrap
from pydl.dtypes import device as Device
from pydl.dtypes import dtype as DType
from pydl.ops.operands import Number, check_fits, number_array
from pydl.ops.view import ints

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def finish(array: _C.Array, requires_grad: bool, device: str | Device | None = None) -> Tensor:
    """A leaf around a new array."""
    if device is not None:
        dtypes.check_device(device)
    x = wrap(array)
    if requires_grad:
        x.requires_grad = True
    return x


def code_of(dtype: DType | None) -> int:
    """The number of a dtype; None stands for the default."""
    if dtype is None:
        return dtypes.get_default_dtype().code
    return dtypes.as_dtype(dtype).code


def from_array(data: np.ndarray[Any, Any]) -> _C.Array:
    """An array over numpy's memory, or over a copy where that is read-only or not native."""
    if not data.dtype.isnative:
        data = data.astype(data.dtype.newbyteorder("="))
    if data.dtype not in dtypes.FROM_NUMPY:
        names = ", ".join(d.name for d in dtypes.FROM_NUMPY.values())
        raise _C.DTypeError(f"from_numpy: expected one of {names}, got an array of dtype {data.dtype}")
    aligned = data.flags.aligned and all(s % data.itemsize == 0 for s in data.strides)
    if not data.flags.writeable or not aligned:
        data = data.copy()
    return _C.from_buffer(data)


def tensor(
    data: Any, *, dtype: DType | None = None, device: str | Device | None = None, requires_grad: bool = False
) -> Tensor:
    """A tensor with a copy of ``data``: a number, nested lists, a numpy array, a tensor.

    Python floats become the default dtype, ints int64, bools bool.

    Raises:
        ValueError: the lists are ragged.

    >>> pydl.tensor([[1, 2], [3, 4]], dtype=pydl.float32)
    tensor([[1., 2.],
            [3., 4.]])
    """
    if isinstance(data, TensorBase):
        array = _C.clone(data.array) if dtype is None else _C.clone(_C.cast(data.array, code_of(dtype)))
        return finish(array, requires_grad, device)
    if isinstance(data, bool | int | float) and not isinstance(data, np.generic):  # np.float64 is a float
        code = code_of(dtype) if dtype is not None else natural_code(type(data))
        return finish(number_array("tensor", data, code), requires_grad, device)
    if dtype is not None:
        dtype = dtypes.DTYPES[code_of(dtype)]
    if isinstance(data, np.ndarray | np.generic):
        values = np.array(data)
    else:
        if isinstance(data, list | tuple) and any(is_tensor(x) for x in data):
            if dtype is None and all(is_tensor(x) or isinstance(x, int | float) for x in data):
                codes = [x.array.dtype if is_tensor(x) else natural_code(type(x)) for x in data]
                dtype = dtypes.DTYPES[reduce(_C.promote_types, codes)]
            # As in PyTorch, a tensor of one element in a list is a number, whatever its shape.
            data = [(x.item() if x.array.size == 1 else x.tolist()) if is_tensor(x) else x for x in data]
        try:
            values = np.array(data)
        except ValueError as error:
            raise _C.ValueError(f"tensor: expected nested lists of equal lengths ({error})") from None
        if values.dtype.kind == "f" and dtype is None and not contains_numpy(data):
            dtype = dtypes.get_default_dtype()
        if values.size == 0 and dtype is None:
            dtype = dtypes.get_default_dtype()
        check_numbers(data, values, code_of(dtype) if dtype is not None else natural_code(int))
    if dtype is not None and dtype.numpy is not None and values.dtype != dtype.numpy:
        values = values.astype(dtype.numpy)
    array = from_array(values)
    if dtype is not None:
        array = _C.cast(array, code_of(dtype))
    return finish(_C.clone(array), requires_grad, device)


def check_numbers(data: Any, values: np.ndarray[Any, Any], code: int) -> None:
    """Refuse what is no nested list of numbers, and numbers that do not fit a dtype."""
    kind = values.dtype.kind
    if kind not in "biuf" and not (kind == "O" and all(isinstance(x, int | float) for x in values.flat)):
        got = type(data).__name__ if not isinstance(data, list | tuple) else f"{type(data).__name__} {data!s:.60}"
        raise _C.DTypeError(f"tensor: expected numbers, nested lists of them, a numpy array or a tensor, got {got}")
    if values.size and kind != "b":
        check_fits("tensor", np.asarray(values.min()).item(), np.asarray(values.max()).item(), code)


def contains_numpy(data: Any) -> bool:
    """Whether the first number of nested lists is numpy's, whose dtype is meant as it is."""
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return isinstance(data, np.ndarray | np.generic)


def natural_code(kind: type) -> int:
    """The dtype of a Python number by itself."""
    if kind is bool:
        return dtypes.bool_.code
    return dtypes.int64.code if kind is int else dtypes.get_default_dtype().code


def as_tensor(data: Any, dtype: DType | None = None, device: str | Device | None = None) -> Tensor:
    """``data`` as a tensor, without a copy where it is a tensor or a numpy array of that dtype."""
    if is_tensor(data):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray):
        x = from_numpy(data)
        return x if dtype is None else x.to(dtype)
    return tensor(data, dtype=dtype, device=device)


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A tensor over the memory of a numpy array: each sees what the other writes.

    A read-only array, and one whose strides are no multiples of its item size, is copied.

    Raises:
        DTypeError: the dtype has no counterpart.

    >>> import numpy
    >>> a = numpy.zeros(2, dtype="float32")
    >>> pydl.from_numpy(a)[0] = 3
    >>> a
    array([3., 0.], dtype=float32)
    """
    if not isinstance(ndarray, np.ndarray):
        raise _C.DTypeError(f"from_numpy: expected a numpy array, got {type(ndarray).__name__}")
    return wrap(from_array(ndarray))


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor over the memory of another library's, by DLPack: the same memory, no copy."""
    if hasattr(ext_tensor, "__dlpack__"):
        ext_tensor = ext_tensor.__dlpack__()
    try:
        return wrap(_C.from_dlpack(ext_tensor))
    except _C.Error:
        raise
    except TypeError:
        raise _C.DTypeError(
            f"from_dlpack: expected an object with __dlpack__, got {type(ext_tensor).__name__}"
        ) from None


def extents(name: str, size: Any) -> tuple[int, ...]:
    """The sizes of a new tensor.

    Raises:
        ShapeError: one is negative, or there are more bytes than 64 bits can count.
    """
    shape = ints(name, size)
    for n in shape:
        if n < 0:
            raise _C.ShapeError(f"{name}: expected extents of 0 or more, got {shape}")
    if math.prod(shape) >= 1 << 60:
        raise _C.ShapeError(f"{name}: the size of {shape} overflows 64 bits")
    return shape


def full(
    size: Sequence[int],
    fill_value: Number,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor of one value; the dtype is the value's unless given.

    >>> pydl.full((2,), 7)
    tensor([7, 7])
    """
    code = natural_code(type(fill_value)) if dtype is None else code_of(dtype)
    shape = extents("full", (size,) if isinstance(size, int) else size)
    return finish(_C.full(shape, number_array("full", fill_value, code)), requires_grad, device)


def zeros(
    *sizes: Any,
    size: Any = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of zeros."""
    return finish(
        _C.zeros(extents("zeros", sizes if size is None else (*sizes, size)), code_of(dtype)), requires_grad, device
    )


def ones(
    *sizes: Any,
    size: Any = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of ones."""
    code, shape = code_of(dtype), extents("ones", sizes if size is None else (*sizes, size))
    return finish(_C.full(shape, _C.scalar(1, code)), requires_grad, device)


def empty(
    *sizes: Any,
    size: Any = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A tensor of whatever the memory held."""
    return finish(
        _C.empty(extents("empty", sizes if size is None else (*sizes, size)), code_of(dtype)), requires_grad, device
    )


def like_code(input: Tensor, dtype: DType | None) -> int:
    """The dtype of a tensor made like another."""
    return input.array.dtype if dtype is None else code_of(dtype)


def full_like(
    input: Tensor,
    fill_value: Number,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """A tensor of one value in the shape and dtype of ``input``."""
    code = like_code(input, dtype)
    return finish(_C.full(input.array.shape, number_array("full_like", fill_value, code)), requires_grad, device)


def zeros_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Zeros in the shape and dtype of ``input``."""
    return full_like(input, 0, dtype=dtype, device=device, requires_grad=requires_grad)


def ones_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Ones in the shape and dtype of ``input``."""
    return full_like(input, 1, dtype=dtype, device=device, requires_grad=requires_grad)


def empty_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Uninitialised memory in the shape and dtype of ``input``."""
    return finish(_C.empty(input.array.shape, like_code(input, dtype)), requires_grad, device)


def arange(
    start: Number | None = None,
    end: Number | None = None,
    step: Number = 1,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from ``start`` up to but without ``end``, ``step`` apart; one argument is the end.

    Raises:
        ValueError: the step is zero or leads away from the end.

    >>> pydl.arange(1, 2, 0.25)
    tensor([1.0000, 1.2500, 1.5000, 1.7500])
    """
    if end is None:
        start, end = None, start
    if end is None:
        raise _C.DTypeError("arange: expected an end")
    start = 0 if start is None else start
    if step == 0:
        raise _C.ValueError("arange: expected a step other than 0")
    floating = isinstance(start, float) or isinstance(end, float) or isinstance(step, float)
    if floating:
        span = (end - start) / step
        if not math.isfinite(span):
            raise _C.ValueError(f"arange: expected finite numbers, got {start}, {end} and {step}")
        size = math.ceil(span)
    else:
        size = -int((start - end) // step)
    if size < 0:
        raise _C.ValueError(f"arange: the sign of step {step} leads away from {end}, starting at {start}")
    code = code_of(dtype) if dtype is not None else natural_code(float if floating else int)
    (size,) = ints("arange", (size,))
    if not floating:
        start, step = ints("arange", (start, step))
    make = _C.arange_float if floating else _C.arange_int
    return finish(make(start, step, size, code), requires_grad, device)


def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """``steps`` numbers from ``start`` to ``end``, both included, equally far apart.

    >>> pydl.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    (steps,) = ints("linspace", (steps,))
    if steps < 0:
        raise _C.ValueError(f"linspace: expected 0 or more steps, got {steps}")
    array = _C.arange_float(0.0, 1.0, steps, dtypes.float64.code)
    values = np.asarray(array)
    with np.errstate(all="ignore"):
        values *= (float(end) - float(start)) / max(steps - 1, 1)
        values += float(start)
    if steps > 1:
        values[-1] = end
    values[:1] = start
    return finish(_C.cast(array, code_of(dtype)), requires_grad, device)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DType | None = None,
    device: str | Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A matrix with ones on the diagonal.

    >>> pydl.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    n, m = extents("eye", (n, n if m is None else m))
    out = _C.zeros((n, m), code_of(dtype))
    k = min(n, m)
    if k:
        diagonal = _C.as_strided(out, (k,), (m + 1,), 0)
        _C.copy_into(diagonal, _C.scalar(1, code_of(dtype)))
    return finish(out, requires_grad, device)

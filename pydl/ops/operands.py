"""From what a caller passes to tensors that an op can take: numbers, promotion, broadcasting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes
from pydl.autograd.function import TensorBase, needs_node, wrap

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Number = int | float | bool


def number_code(value: Any, like: int) -> int:
    """A Python number's dtype beside a tensor of dtype `like`: the tensor's, unless the number's kind is higher."""
    kind = type(value)
    if kind is bool or like <= 3:
        return like
    if kind is float:
        return dtypes.get_default_dtype().code
    return dtypes.int64.code if like == dtypes.bool_.code else like


def check_fits(name: str, smallest: Any, largest: Any, code: int) -> None:
    """Refuse Python numbers that an integer dtype does not hold: they would turn into others.

    Raises:
        ValueError: one is too large, infinite or NaN.
    """
    kind = dtypes.DTYPES[code]
    if kind in dtypes.LIMITS:
        low, high = dtypes.LIMITS[kind]
        for value in (smallest, largest):
            if not low <= value <= high:
                raise _C.ValueError(f"{name}: {value} does not fit {kind.name}")


def number_array(name: str, value: Any, code: int) -> _C.Array:
    """A Python number as a scalar array of a dtype, to be written as it is.

    Raises:
        DTypeError: it is no number.
        ValueError: the dtype does not hold it.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, int | float):
        raise _C.DTypeError(f"{name}: expected a number, got {type(value).__name__}")
    if code > 3:
        check_fits(name, value, value, code)
    try:
        return _C.scalar(bool(value) if code == dtypes.bool_.code else value, code)
    except OverflowError:
        raise _C.ValueError(f"{name}: {value} does not fit {dtypes.DTYPES[code].name}") from None


def number(name: str, value: Any, what: str) -> float:
    """A setting that is a number.

    Raises:
        DTypeError: it is none.
    """
    if isinstance(value, int | float | np.number):
        return float(value)
    raise _C.DTypeError(f"{name}: expected {what} to be a number, got {value!r}")


def operand(name: str, value: Any, like: Tensor) -> Tensor:
    """value as a tensor beside `like`: a tensor, a numpy array, a number.

    Raises:
        DTypeError: it is no tensor and no number.
    """
    if isinstance(value, TensorBase):
        return value  # type: ignore[return-value]
    found = _C.number_beside(value, like)
    if found is not None:
        return found
    if isinstance(value, np.generic):
        value = value.item()
    elif isinstance(value, np.ndarray):
        from pydl.ops.create import from_numpy

        return from_numpy(value)
    if isinstance(value, int | float):
        code = number_code(value, like.array.dtype)
        try:
            return wrap(_C.scalar(value, code))
        except OverflowError:
            raise _C.ValueError(f"{name}: {value} does not fit {dtypes.DTYPES[code].name}") from None
    raise _C.DTypeError(f"{name}: expected a tensor or a number, got {type(value).__name__}")


def pair(name: str, input: Any, other: Any) -> tuple[Tensor, Tensor]:
    """Both operands as tensors of one dtype, broadcast where a gradient has to find its way back."""
    if isinstance(input, TensorBase):
        if not isinstance(other, TensorBase):
            other = operand(name, other, input)  # type: ignore[arg-type]
            if other.array.dtype == input.array.dtype and not other.array.ndim:
                return input, other  # type: ignore[return-value]  # a scalar leaves the shape as it is
    else:
        if not isinstance(other, TensorBase):
            raise _C.DTypeError(f"{name}: expected a tensor, got {type(input).__name__} and {type(other).__name__}")
        input = operand(name, input, other)  # type: ignore[arg-type]
    match = _C.match(input.array, other.array)
    if match:
        return align(name, input, other, match)
    return input, other


def align(name: str, x: Tensor, y: Tensor, match: int) -> tuple[Tensor, Tensor]:
    """Convert and expand two tensors that differ in dtype (2) or shape (1)."""
    if match & 2:
        code = _C.result_type(x.array, y.array)
        x, y = to_code(x, code), to_code(y, code)
    # The kernels broadcast by themselves; only a gradient needs the step on the tape.
    if match & 1 and needs_node(x, y):
        shape = _C.broadcast_shapes(name, x.array.shape, y.array.shape)
        if needs_node(x) and x.array.shape != shape:
            x = expand(x, shape)
        if needs_node(y) and y.array.shape != shape:
            y = expand(y, shape)
    return x, y


def as_float(input: Tensor) -> Tensor:
    """input, converted to the default floating dtype where it holds integers or bool."""
    return input if input.array.dtype <= 3 else to_code(input, dtypes.get_default_dtype().code)


def expect_tensor(name: str, value: Any) -> None:
    """Raise a DTypeError that names the op where value is no tensor."""
    if not isinstance(value, TensorBase):
        raise _C.DTypeError(f"{name}: expected a tensor, got {type(value).__name__}")


from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.view import expand  # noqa: E402

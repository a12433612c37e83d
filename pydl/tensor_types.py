"""A class for each dtype, as old programs name tensors: ``LongTensor([1, 2])``, ``isinstance(x, FloatTensor)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl import _C, dtypes, ops
from pydl.autograd.function import is_tensor


class TensorType(type):
    """Calling one of its classes makes a `pydl.Tensor` of that dtype; every such tensor is an instance of it."""

    dtype: dtypes.dtype

    def __call__(cls, *data: Any) -> Any:
        if len(data) == 1 and not isinstance(data[0], int | np.integer | tuple):
            values = data[0]
            if is_tensor(values) and values.dtype is not cls.dtype:
                raise _C.DTypeError(f"{cls.__name__}: expected {cls.dtype.name}, got {values.dtype.name}; use .to()")
            return ops.tensor(list(values) if isinstance(values, range) else values, dtype=cls.dtype)
        if len(data) == 1 and isinstance(data[0], tuple):
            return ops.tensor(data[0], dtype=cls.dtype)
        return ops.empty(*(data or (0,)), dtype=cls.dtype)

    def __instancecheck__(cls, instance: object) -> bool:
        return is_tensor(instance) and instance.dtype is cls.dtype

    def __repr__(cls) -> str:
        return f"<class 'pydl.{cls.__name__}'>"


class FloatTensor(metaclass=TensorType):
    """Tensors of float32: made from lists or arrays, or, uninitialised, of sizes.

    >>> pydl.FloatTensor([1, 2])
    tensor([1., 2.])
    >>> isinstance(pydl.zeros(2), pydl.FloatTensor)
    True
    """

    dtype = dtypes.float32


class DoubleTensor(metaclass=TensorType):
    """Tensors of float64."""

    dtype = dtypes.float64


class HalfTensor(metaclass=TensorType):
    """Tensors of float16."""

    dtype = dtypes.float16


class BFloat16Tensor(metaclass=TensorType):
    """Tensors of bfloat16."""

    dtype = dtypes.bfloat16


class LongTensor(metaclass=TensorType):
    """Tensors of int64."""

    dtype = dtypes.int64


class IntTensor(metaclass=TensorType):
    """Tensors of int32."""

    dtype = dtypes.int32


class ShortTensor(metaclass=TensorType):
    """Tensors of int16."""

    dtype = dtypes.int16


class CharTensor(metaclass=TensorType):
    """Tensors of int8."""

    dtype = dtypes.int8


class ByteTensor(metaclass=TensorType):
    """Tensors of uint8."""

    dtype = dtypes.uint8


class BoolTensor(metaclass=TensorType):
    """Tensors of bool."""

    dtype = dtypes.bool_


ALL = (
    *(FloatTensor, DoubleTensor, HalfTensor, BFloat16Tensor),
    *(LongTensor, IntTensor, ShortTensor, CharTensor, ByteTensor, BoolTensor),
)


def name_of(dtype: dtypes.dtype) -> str:
    """The name of the class for a dtype, as ``Tensor.type()`` gives it."""
    return next(f"pydl.{kind.__name__}" for kind in ALL if kind.dtype is dtype)


def dtype_of(name: str, given: Any) -> dtypes.dtype:
    """The dtype meant by a dtype, a class, or its name: "torch.LongTensor".

    Raises:
        DTypeError: it is none of them.
    """
    if isinstance(given, dtypes.dtype):
        return given
    if isinstance(given, TensorType):
        return given.dtype
    if isinstance(given, str):
        for kind in ALL:
            if given in (f"torch.{kind.__name__}", f"pydl.{kind.__name__}"):
                return kind.dtype
    raise _C.DTypeError(f"{name}: expected a dtype, a class such as LongTensor or 'torch.LongTensor', got {given!r}")


def set_default_tensor_type(t: Any) -> None:
    """`set_default_dtype` by a class or its name.

    Raises:
        DTypeError: it is no floating one.
    """
    dtypes.set_default_dtype(dtype_of("set_default_tensor_type", t))

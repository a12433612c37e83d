"""Element types and devices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pydl import _C


class dtype:
    """An element type. There is one object for each; compare them with ``is`` or ``==``."""

    __slots__ = ("_bits", "code", "is_floating_point", "itemsize", "name", "numpy")

    def __init__(self, name: str, code: int, itemsize: int, floating: bool, numpy: str | None) -> None:
        self.name = name
        self.code = code
        self.itemsize = itemsize
        self.is_floating_point = floating
        self.numpy = None if numpy is None else np.dtype(numpy)
        self._bits = itemsize * 8

    @property
    def is_complex(self) -> bool:
        """False: pydl has no complex numbers."""
        return False

    @property
    def is_signed(self) -> bool:
        """Whether there are negative values."""
        return self.name not in ("uint8", "bool")

    def __repr__(self) -> str:
        return f"pydl.{self.name}"

    def __reduce__(self) -> str:
        return self.name if self.name != "bool" else "bool_"


float32 = dtype("float32", 0, 4, True, "float32")
float64 = dtype("float64", 1, 8, True, "float64")
bfloat16 = dtype("bfloat16", 2, 2, True, None)
float16 = dtype("float16", 3, 2, True, "float16")
int64 = dtype("int64", 4, 8, False, "int64")
int32 = dtype("int32", 5, 4, False, "int32")
int16 = dtype("int16", 6, 2, False, "int16")
int8 = dtype("int8", 7, 1, False, "int8")
uint8 = dtype("uint8", 8, 1, False, "uint8")
bool_ = dtype("bool", 9, 1, False, "bool")

# By number, in the order of the C++ enum.
DTYPES = (float32, float64, bfloat16, float16, int64, int32, int16, int8, uint8, bool_)
FROM_NUMPY = {d.numpy: d for d in DTYPES if d.numpy is not None}
# Python's types are taken for dtypes too, as PyTorch takes them.
PYTHON_TYPES: dict[type, dtype] = {float: float64, int: int64, bool: bool_}


def as_dtype(value: Any) -> dtype:
    """What a caller gave for a dtype: one, or a Python type that stands for one.

    Raises:
        DTypeError: it is neither.
    """
    if isinstance(value, dtype):
        return value
    if isinstance(value, type) and value in PYTHON_TYPES:
        return PYTHON_TYPES[value]
    raise _C.DTypeError(f"dtype: expected a pydl dtype such as pydl.float32, got {value!r}")


# The smallest and largest Python number that is written into an integer dtype; as in PyTorch a negative one
# counts from the end of an unsigned dtype's range.
LIMITS = {d: (-(2 ** (8 * d.itemsize - 1)), 2 ** (8 * d.itemsize - 1) - 1) for d in (int64, int32, int16, int8)}
LIMITS[uint8] = (-255, 255)


class finfo:
    """What a floating dtype holds: ``eps`` (1 to the next number), ``max``, ``min``, ``tiny`` (the smallest normal
    number, also ``smallest_normal``), ``resolution`` (10 to the minus the decimal digits kept), ``bits``, ``dtype``
    (its name). None stands for the default dtype.

    Raises:
        DTypeError: the dtype is not floating.

    >>> pydl.finfo(pydl.float32).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: dtype | None = None) -> None:
        kind = _default if type is None else type
        if not isinstance(kind, dtype) or not kind.is_floating_point:
            raise _C.DTypeError(f"finfo: expected a floating dtype, got {kind!r}; see iinfo for integers")
        self.bits, self.dtype = kind.itemsize * 8, kind.name
        digits, least = {"float32": (23, -126), "float64": (52, -1022), "bfloat16": (7, -126), "float16": (10, -14)}[
            kind.name
        ]
        self.eps = 2.0**-digits
        self.max = (2 - self.eps) * 2.0 ** (1 - least)
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0**least
        self.resolution = float(f"1e-{int(digits * math.log10(2))}")

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.tiny:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """What an integer dtype holds: ``min``, ``max``, ``bits`` and ``dtype``, its name.

    Raises:
        DTypeError: the dtype is no integer one.

    >>> pydl.iinfo(pydl.int8).max
    127
    """

    def __init__(self, type: dtype) -> None:
        if type not in LIMITS:
            raise _C.DTypeError(f"iinfo: expected an integer dtype, got {type!r}; see finfo for floating ones")
        self.bits, self.dtype = type.itemsize * 8, type.name
        low, self.max = LIMITS[type]
        self.min = low if type.is_signed else 0

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


# PyTorch's second names.
float_ = float32
double = float64
half = float16
long = int64
int_ = int32
short = int16

_default = float32


def get_default_dtype() -> dtype:
    """The dtype of floating tensors made without one: float32 unless changed."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Change the dtype of floating tensors made without one.

    Raises:
        DTypeError: ``d`` is not a floating dtype.
    """
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise _C.DTypeError(f"set_default_dtype: expected a floating dtype, got {d!r}")
    _default = d


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds both, by PyTorch's rules.

    Raises:
        DTypeError: one is no dtype.
    """
    for value in (type1, type2):
        if not isinstance(value, dtype):
            raise _C.DTypeError(f"promote_types: expected dtypes, got {value!r}")
    return DTYPES[_C.promote_types(type1.code, type2.code)]


class layout:
    """How elements lie in memory. There is one object, `pydl.strided`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"pydl.{self.name}"

    def __reduce__(self) -> str:
        return self.name


strided = layout("strided")


class memory_format:
    """In which order the elements of an image batch lie in memory. pydl's rows lie one after the other; where a format
    is asked for, that is taken as a wish, and the values are the same."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"pydl.{self.name}"

    def __reduce__(self) -> str:
        return self.name


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")


class device:
    """Where a tensor lives: ``device("cpu")``, ``device("cuda", 1)``, ``device("cuda:1")``."""

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: str | device, index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index
            return
        if not isinstance(type, str):
            raise _C.DTypeError(f"device: expected a string or a device, got {type!r}")
        name, colon, number = type.partition(":")
        if name not in ("cpu", "cuda") or (colon and not number.isdigit()):
            raise _C.DeviceError(f"device: expected 'cpu', 'cuda' or 'cuda:N', got {type!r}")
        self.type = name
        self.index = int(number) if colon else index

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, device):
            return NotImplemented
        return (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type='{self.type}'{index})"


cpu = device("cpu")
DEVICES = (cpu, device("cuda", 0))


def check_device(where: str | device | None) -> device:
    """The device, if this build has it.

    Raises:
        DeviceError: no backend for it is there.
    """
    found = cpu if where is None else device(where)
    if found.type != "cpu":
        raise _C.DeviceError(f"device: this build of pydl has no {found.type} backend, expected cpu")
    return found

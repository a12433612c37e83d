"""What a number is made of: sign, fraction, exponent; PyTorch's names for parts of complex numbers, of real ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes, return_types
from pydl.autograd.function import Function, apply1, apply2, apply_many, wrap
from pydl.autograd.inplace import in_place
from pydl.ops.create import from_array
from pydl.ops.operands import as_float, expect_tensor, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Frexp(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> tuple[_C.Array, _C.Array]:
        mantissa, exponent = np.frexp(np.asarray(x.array))
        ctx.exponent = wrap(from_array(np.asarray(exponent)))
        return from_array(np.asarray(mantissa)), ctx.exponent.array

    @staticmethod
    def backward(ctx: Any, g: Tensor, _: Any) -> Any:  # g / 2^exponent
        return mul(g, pow(2.0, neg(to_code(ctx.exponent, g.array.dtype))))


class Nextafter(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.moved = _C.ne(x.array, y.array)
        if x.array.dtype == 2:
            values = next_bfloat16(*[np.asarray(_C.cast(t.array, 0)) for t in (x, y)])
            return _C.cast(from_array(np.asarray(values)), 2)
        return from_array(np.asarray(np.nextafter(np.asarray(x.array), np.asarray(y.array))))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where x differs from y, else 0; 0
        zero = wrap(_C.scalar(0.0, g.array.dtype))
        return select_where(ctx.moved, g, zero), None if ctx.edges[1] is None else zeros_like(g)


def next_bfloat16(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """np.nextafter among the float32 that bfloat16 holds too: those whose last 16 bits are 0."""
    x, y = np.broadcast_arrays(x, y)
    away = (x < y) == (x > 0)  # from 0; the bits of a larger number are a larger integer
    bits = np.ascontiguousarray(x).view(np.int32) + np.where(away, 1 << 16, -(1 << 16)).astype(np.int32)
    tiny = np.where(y > 0, 1 << 16, np.int32(-(2**31)) + (1 << 16)).astype(np.int32)
    moved = np.where(x == 0, tiny, bits).astype(np.int32).view(np.float32)
    return np.asarray(np.where(np.isnan(x) | np.isnan(y), np.float32("nan"), np.where(x == y, y, moved)))


class Angle(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        a = x.array
        turned = _C.where(_C.lt(a, _C.scalar(0.0, a.dtype)), _C.scalar(math.pi, a.dtype), _C.scalar(0.0, a.dtype))
        return _C.where(_C.ne(a, a), a, turned)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0
        return zeros_like(g)


def floating(name: str, input: Any) -> Tensor:
    """input, a tensor of a floating dtype.

    Raises:
        DTypeError: it is none.
    """
    expect_tensor(name, input)
    if input.array.dtype > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {input.dtype.name}")
    return input  # type: ignore[no-any-return]


def frac(input: Tensor) -> Tensor:
    """What `trunc` takes away: the part behind the point, with the sign of ``input``.

    Raises:
        DTypeError: ``input`` is not floating.

    >>> pydl.frac(pydl.tensor([1.25, -2.5]))
    tensor([ 0.2500, -0.5000])
    """
    return sub(floating("frac", input), trunc(input))


def frac_(input: Tensor) -> Tensor:
    """In-place `frac`."""
    return in_place("frac_", frac, input)


def frexp(input: Tensor) -> return_types.frexp:
    """Mantissas in [0.5, 1) and exponents (int32) with ``input = mantissa * 2**exponent``.

    Raises:
        DTypeError: ``input`` is not floating.

    >>> pydl.frexp(pydl.tensor([8.0])).exponent
    tensor([4], dtype=pydl.int32)
    """
    x = floating("frexp", input)
    code = x.array.dtype
    mantissa, exponent = apply_many(Frexp, to_code(x, 0) if code > 1 else x)
    return return_types.frexp(to_code(mantissa, code), exponent)


def nextafter(input: Tensor, other: Tensor) -> Tensor:
    """The next number that the dtype holds after ``input`` in the direction of ``other``.

    Raises:
        DTypeError: neither is floating.

    >>> pydl.nextafter(pydl.tensor([1.0]), pydl.tensor([2.0])) > 1
    tensor([True])
    """
    x, y = pair("nextafter", input, other)
    return apply2(Nextafter, floating("nextafter", x), y)


def nextafter_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `nextafter`."""
    return in_place("nextafter_", nextafter, input, other)


def signbit(input: Tensor) -> Tensor:
    """Where the sign is a minus, that of -0 and of NaN too.

    >>> pydl.signbit(pydl.tensor([-1.0, -0.0, 0.0]))
    tensor([ True,  True, False])
    """
    expect_tensor("signbit", input)
    x = input.array
    sizes = x if x.dtype > 3 else _C.copysign(_C.scalar(1.0, x.dtype), x)
    return wrap(_C.lt(sizes, _C.scalar(0, sizes.dtype)))


def isposinf(input: Tensor) -> Tensor:
    """Where an element is infinite and positive."""
    expect_tensor("isposinf", input)
    x = input.array
    return wrap(_C.eq(x, _C.scalar(math.inf, x.dtype)) if x.dtype <= 3 else _C.zeros(x.shape, 9))


def isneginf(input: Tensor) -> Tensor:
    """Where an element is infinite and negative."""
    expect_tensor("isneginf", input)
    x = input.array
    return wrap(_C.eq(x, _C.scalar(-math.inf, x.dtype)) if x.dtype <= 3 else _C.zeros(x.shape, 9))


def isreal(input: Tensor) -> Tensor:
    """True everywhere: pydl has no complex numbers."""
    expect_tensor("isreal", input)
    return wrap(_C.full(input.array.shape, _C.scalar(True, 9)))


def real(input: Tensor) -> Tensor:
    """``input`` itself: it is real."""
    expect_tensor("real", input)
    return input


def imag(input: Tensor) -> Tensor:
    """An error, as in PyTorch: real numbers have no imaginary part.

    Raises:
        DTypeError: always.
    """
    expect_tensor("imag", input)
    raise _C.DTypeError(f"imag: expected a complex dtype, got {input.dtype.name}; pydl has no complex numbers")


# The conjugate of a real number is the number.
conj = conj_physical = conj_physical_ = resolve_conj = resolve_neg = real


def angle(input: Tensor) -> Tensor:
    """0 where a number is positive or zero, pi where it is negative, NaN for NaN. The gradient is 0.

    >>> pydl.angle(pydl.tensor([-1.0, 2.0]))
    tensor([3.1416, 0.0000])
    """
    expect_tensor("angle", input)
    return apply1(Angle, as_float(input))


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 where ``input`` is negative or NaN, 1 where it is positive, ``values`` where it is 0. It has no gradient.

    Raises:
        DTypeError: the dtypes differ.

    >>> pydl.heaviside(pydl.tensor([-1.0, 0.0, 2.0]), pydl.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    expect_tensor("heaviside", input)
    expect_tensor("heaviside", values)
    x, y = input.array, values.array
    if x.dtype != y.dtype:
        raise _C.DTypeError(f"heaviside: expected tensors of one dtype, got {input.dtype.name} and {values.dtype.name}")
    zero = _C.scalar(0, x.dtype)
    step = _C.cast(_C.gt(x, zero), x.dtype)
    return wrap(_C.where(_C.eq(x, zero), y, step))


def heaviside_(input: Tensor, values: Tensor) -> Tensor:
    """In-place `heaviside`."""
    return in_place("heaviside_", heaviside, input, values)


def whole(name: str, input: Any, other: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Two integer operands as numpy arrays of one dtype.

    Raises:
        DTypeError: one is floating or bool.
    """
    expect_tensor(name, input)
    expect_tensor(name, other)
    x, y = pair(name, input, other)
    if not 4 <= x.array.dtype <= 8:
        raise _C.DTypeError(f"{name}: expected integers, got {dtypes.DTYPES[x.array.dtype].name}")
    return np.asarray(x.array), np.asarray(y.array)


def gcd(input: Tensor, other: Tensor) -> Tensor:
    """The greatest common divisor of integers; of two zeros, 0.

    Raises:
        DTypeError: an operand is floating or bool.

    >>> pydl.gcd(pydl.tensor([12, -6]), pydl.tensor([8, 4]))
    tensor([4, 2])
    """
    return wrap(from_array(np.asarray(np.gcd(*whole("gcd", input, other)))))


def lcm(input: Tensor, other: Tensor) -> Tensor:
    """The least common multiple of integers; 0 where one of them is 0.

    Raises:
        DTypeError: an operand is floating or bool.

    >>> pydl.lcm(pydl.tensor([12, -6]), pydl.tensor([8, 4]))
    tensor([24, 12])
    """
    return wrap(from_array(np.asarray(np.lcm(*whole("lcm", input, other)))))


def gcd_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `gcd`."""
    return in_place("gcd_", gcd, input, other)


def lcm_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `lcm`."""
    return in_place("lcm_", lcm, input, other)


from pydl.ops.binary import mul, sub  # noqa: E402
from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.create import zeros_like  # noqa: E402
from pydl.ops.pow import pow  # noqa: E402
from pydl.ops.unary import neg, trunc  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

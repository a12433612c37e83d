"""Logic and bits, element by element: no gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import wrap
from pydl.autograd.inplace import assign, result_for
from pydl.ops.binary import write
from pydl.ops.operands import Number, expect_tensor, pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydl.tensor import Tensor


def bits(name: str, kernel: Callable[..., _C.Array], input: Any, other: Any) -> Tensor:
    """A kernel on the bits of two operands."""
    x, y = pair(name, input, other)
    return wrap(kernel(x.array, y.array))


def truth(x: _C.Array) -> _C.Array:
    """Where x is not 0."""
    return _C.cast(x, 9)


def bitwise_and(input: Tensor, other: Tensor | Number) -> Tensor:
    """``input & other`` of integers, bit by bit, or of bool.

    Raises:
        DTypeError: an operand is a floating one.

    >>> pydl.tensor([6, 5]) & 3
    tensor([2, 1])
    """
    return bits("bitwise_and", _C.bitwise_and, input, other)


def bitwise_or(input: Tensor, other: Tensor | Number) -> Tensor:
    """``input | other`` of integers, bit by bit, or of bool."""
    return bits("bitwise_or", _C.bitwise_or, input, other)


def bitwise_xor(input: Tensor, other: Tensor | Number) -> Tensor:
    """``input ^ other`` of integers, bit by bit, or of bool."""
    return bits("bitwise_xor", _C.bitwise_xor, input, other)


def bitwise_left_shift(input: Tensor, other: Tensor | Number) -> Tensor:
    """``input << other``; 0 where all bits are shifted out."""
    return bits("bitwise_left_shift", _C.bitwise_left_shift, input, other)


def bitwise_right_shift(input: Tensor, other: Tensor | Number) -> Tensor:
    """``input >> other``; the sign stays."""
    return bits("bitwise_right_shift", _C.bitwise_right_shift, input, other)


def bitwise_not(input: Tensor) -> Tensor:
    """``~input``: all bits changed; of bool, the opposite.

    >>> ~pydl.tensor([True, False])
    tensor([False,  True])
    """
    expect_tensor("bitwise_not", input)
    x = input.array
    return wrap(_C.bitwise_xor(x, _C.scalar(True if x.dtype == 9 else -1, x.dtype)))


def rlshift(input: Tensor, other: Tensor | Number) -> Tensor:
    """``other << input``."""
    return bits("bitwise_left_shift", _C.bitwise_left_shift, other, input)


def rrshift(input: Tensor, other: Tensor | Number) -> Tensor:
    """``other >> input``."""
    return bits("bitwise_right_shift", _C.bitwise_right_shift, other, input)


def bitwise_and_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `bitwise_and`."""
    return write("bitwise_and_", bitwise_and, _C.bitwise_and_, input, other)


def bitwise_or_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `bitwise_or`."""
    return write("bitwise_or_", bitwise_or, _C.bitwise_or_, input, other)


def bitwise_xor_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `bitwise_xor`."""
    return write("bitwise_xor_", bitwise_xor, _C.bitwise_xor_, input, other)


def bitwise_left_shift_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `bitwise_left_shift`."""
    return write("bitwise_left_shift_", bitwise_left_shift, _C.bitwise_left_shift_, input, other)


def bitwise_right_shift_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `bitwise_right_shift`."""
    return write("bitwise_right_shift_", bitwise_right_shift, _C.bitwise_right_shift_, input, other)


def bitwise_not_(input: Tensor) -> Tensor:
    """In-place `bitwise_not`."""
    return assign("bitwise_not_", input, bitwise_not(input))


def logical_and(input: Tensor, other: Tensor) -> Tensor:
    """Where both are not 0.

    >>> pydl.tensor([1.0, 0.0]).logical_and(pydl.tensor([2, 3]))
    tensor([ True, False])
    """
    expect_tensor("logical_and", input)
    expect_tensor("logical_and", other)
    return wrap(_C.bitwise_and(truth(input.array), truth(other.array)))


def logical_or(input: Tensor, other: Tensor) -> Tensor:
    """Where one of them, or both, is not 0."""
    expect_tensor("logical_or", input)
    expect_tensor("logical_or", other)
    return wrap(_C.bitwise_or(truth(input.array), truth(other.array)))


def logical_xor(input: Tensor, other: Tensor) -> Tensor:
    """Where exactly one of them is not 0."""
    expect_tensor("logical_xor", input)
    expect_tensor("logical_xor", other)
    return wrap(_C.bitwise_xor(truth(input.array), truth(other.array)))


def logical_not(input: Tensor) -> Tensor:
    """Where it is 0."""
    expect_tensor("logical_not", input)
    x = input.array
    return wrap(_C.eq(x, _C.scalar(0, x.dtype)))


def logical_and_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `logical_and`."""
    return assign("logical_and_", input, fit(input, logical_and(input, other)))


def logical_or_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `logical_or`."""
    return assign("logical_or_", input, fit(input, logical_or(input, other)))


def logical_xor_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `logical_xor`."""
    return assign("logical_xor_", input, fit(input, logical_xor(input, other)))


def logical_not_(input: Tensor) -> Tensor:
    """In-place `logical_not`."""
    return assign("logical_not_", input, fit(input, logical_not(input)))


def fit(input: Tensor, value: Tensor) -> Tensor:
    """A truth value as input's dtype writes it: 0 or 1."""
    return result_for("logical", input, value)

"""Comparisons, element by element: the results are bool and carry no gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import TensorBase, wrap
from pydl.autograd.inplace import in_place
from pydl.ops.operands import Number, expect_tensor, operand, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor

# The smallest and the largest int32, int16, int8 and uint8, by the number of the dtype.
_RANGES = {5: (-(2**31), 2**31 - 1), 6: (-(2**15), 2**15 - 1), 7: (-128, 127), 8: (0, 255)}


def operands(name: str, input: Any, other: Any) -> tuple[Tensor, Tensor]:
    """Both sides of a comparison in one dtype.

    A Python int that the tensor's dtype cannot hold is compared as it is (PyTorch wraps it around).
    """
    if type(other) is int and isinstance(input, TensorBase):
        limits = _RANGES.get(input.array.dtype)
        if limits is not None and not limits[0] <= other <= limits[1]:
            return wrap(_C.cast(input.array, 4)), operand(name, other, wrap(_C.scalar(0, 4)))
    return pair(name, input, other)


def eq(input: Tensor, other: Tensor | Number) -> Tensor:
    """Where ``input == other``.

    >>> pydl.tensor([1, 2, 3]) == 2
    tensor([False,  True, False])
    """
    x, y = operands("eq", input, other)
    return wrap(_C.eq(x.array, y.array))


def ne(input: Tensor, other: Tensor | Number) -> Tensor:
    """Where ``input != other``; NaN differs from everything."""
    x, y = operands("ne", input, other)
    return wrap(_C.ne(x.array, y.array))


def lt(input: Tensor, other: Tensor | Number) -> Tensor:
    """Where ``input < other``."""
    x, y = operands("lt", input, other)
    return wrap(_C.lt(x.array, y.array))


def le(input: Tensor, other: Tensor | Number) -> Tensor:
    """Where ``input <= other``."""
    x, y = operands("le", input, other)
    return wrap(_C.le(x.array, y.array))


def gt(input: Tensor, other: Tensor | Number) -> Tensor:
    """Where ``input > other``."""
    x, y = operands("gt", input, other)
    return wrap(_C.gt(x.array, y.array))


def ge(input: Tensor, other: Tensor | Number) -> Tensor:
    """Where ``input >= other``."""
    x, y = operands("ge", input, other)
    return wrap(_C.ge(x.array, y.array))


def same_dtype(name: str, input: Any, other: Any) -> None:
    """Raise a DTypeError where the two are not tensors of one dtype."""
    expect_tensor(name, input)
    expect_tensor(name, other)
    if input.array.dtype != other.array.dtype:
        raise _C.DTypeError(f"{name}: expected tensors of one dtype, got {input.dtype.name} and {other.dtype.name}")


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Where ``|input - other| <= atol + rtol * |other|``; infinities are close to themselves only.

    Raises:
        DTypeError: the dtypes differ.
        ValueError: a tolerance is negative.
    """
    same_dtype("isclose", input, other)
    if rtol < 0 or atol < 0:
        raise _C.ValueError(f"isclose: expected tolerances of at least 0, got rtol={rtol} and atol={atol}")
    x, y = input.array, other.array
    close = _C.eq(x, y)
    if equal_nan and x.dtype <= 3:
        close = _C.bitwise_or(close, _C.bitwise_and(_C.ne(x, x), _C.ne(y, y)))
    if rtol == 0 and atol == 0:
        return wrap(close)
    if x.dtype > 1:
        x, y = _C.cast(x, 1), _C.cast(y, 1)
    size = _C.abs(y)
    error = _C.abs(_C.sub(x, y))
    allowed = _C.add(_C.mul(size, _C.scalar(rtol, y.dtype)), _C.scalar(atol, y.dtype))
    finite = _C.lt(error, _C.scalar(float("inf"), y.dtype))
    return wrap(_C.bitwise_or(close, _C.bitwise_and(finite, _C.le(error, allowed))))


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close, as by `isclose`.

    >>> pydl.allclose(pydl.tensor([1.0]), pydl.tensor([1.0000001]))
    True
    """
    close = isclose(input, other, rtol, atol, equal_nan).array
    return int(_C.item(_C.count_nonzero(close, (), False))) == close.size


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether shapes and all elements are the same, of different dtypes after promotion.

    Raises:
        DTypeError: one is no tensor.

    >>> pydl.equal(pydl.tensor([1, 2]), pydl.tensor([1.0, 2.0]))
    True
    """
    expect_tensor("equal", input)
    expect_tensor("equal", other)
    if not _C.same_shape(input.array, other.array):
        return False
    alike = eq(input, other).array
    return int(_C.item(_C.count_nonzero(alike, (), False))) == alike.size


def eq_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `eq`: 1 where it holds, 0 elsewhere, in ``input``'s dtype."""
    return in_place("eq_", eq, input, other)


def ne_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `ne`: 1 where it holds, 0 elsewhere, in ``input``'s dtype."""
    return in_place("ne_", ne, input, other)


def lt_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `lt`: 1 where it holds, 0 elsewhere, in ``input``'s dtype."""
    return in_place("lt_", lt, input, other)


def le_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `le`: 1 where it holds, 0 elsewhere, in ``input``'s dtype."""
    return in_place("le_", le, input, other)


def gt_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `gt`: 1 where it holds, 0 elsewhere, in ``input``'s dtype."""
    return in_place("gt_", gt, input, other)


def ge_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `ge`: 1 where it holds, 0 elsewhere, in ``input``'s dtype."""
    return in_place("ge_", ge, input, other)


# PyTorch's second names.
not_equal, not_equal_, less, less_, less_equal, less_equal_ = ne, ne_, lt, lt_, le, le_
greater, greater_, greater_equal, greater_equal_ = gt, gt_, ge, ge_

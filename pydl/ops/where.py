"""Choosing between two tensors, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply, wrap
from pydl.autograd.inplace import assign, in_place, result_for
from pydl.ops.create import natural_code
from pydl.ops.operands import Number, align, expect_tensor, number_array, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Where(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, condition: _C.Array) -> _C.Array:
        ctx.condition, ctx.shapes = condition, (x.array.shape, y.array.shape)
        return _C.where(condition, x.array, y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where condition, g where not; never g * 0, which could be NaN
        a, b = ctx.edges[0], ctx.edges[1]
        zero = wrap(_C.scalar(0.0, g.array.dtype))
        dx = None if a is None else sum_to(apply(Where, g, zero, ctx.condition), ctx.shapes[0])
        dy = None if b is None else sum_to(apply(Where, zero, g, ctx.condition), ctx.shapes[1])
        return dx, dy


def select_where(condition: _C.Array, x: Tensor, y: Tensor) -> Tensor:
    """x where condition, y elsewhere; of one dtype, and the three broadcast."""
    return apply(Where, x, y, condition)


def condition_of(name: str, value: Any) -> _C.Array:
    """A bool array, from a bool tensor or, as PyTorch takes it too, one of uint8.

    Raises:
        DTypeError: it is neither.
    """
    expect_tensor(name, value)
    array: _C.Array = value.array
    if array.dtype == 9:
        return array
    if array.dtype == 8:
        return _C.cast(array, 9)
    raise _C.DTypeError(f"{name}: expected a tensor of dtype bool, got {value.dtype.name}")


@overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...


@overload
def where(condition: Tensor, input: Tensor | Number, other: Tensor | Number) -> Tensor: ...


def where(condition: Tensor, input: Tensor | Number | None = None, other: Tensor | Number | None = None) -> Any:
    """``input`` where ``condition`` (bool), ``other`` elsewhere; the three broadcast.

    What is not taken gets the gradient 0, even where it is infinite or NaN. With the condition alone: a
    tuple of the indices where it holds, one tensor for each dimension.

    Raises:
        DTypeError: ``condition`` is not bool.

    >>> x = pydl.tensor([-1.0, 2.0])
    >>> pydl.where(x > 0, x, 0.0)
    tensor([0., 2.])
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if input is None or other is None:
        raise _C.ValueError("where: expected both input and other, or neither")
    chosen = condition_of("where", condition)
    if isinstance(input, TensorBase):
        x, y = pair("where", input, other)
    elif isinstance(other, TensorBase):
        y, x = pair("where", other, input)
    else:
        x, y = lone_number("where", input), lone_number("where", other)
        match = _C.match(x.array, y.array)
        if match:
            x, y = align("where", x, y, match)
    return apply(Where, x, y, chosen)


def lone_number(name: str, value: Any) -> Tensor:
    """A Python number as a tensor of the dtype that it has by itself."""
    if not isinstance(value, int | float):
        raise _C.DTypeError(f"{name}: expected tensors or numbers, got {type(value).__name__}")
    return wrap(_C.scalar(value, natural_code(type(value))))


def filling(name: str, input: Tensor, value: Any) -> Tensor:
    """What masked_fill writes: a number or a 0-d tensor, in input's dtype."""
    if isinstance(value, TensorBase):
        if value.array.ndim:
            raise _C.ShapeError(
                f"{name}: expected a number or a tensor without dimensions, got shape {value.array.shape}"
            )
        return to_code(value, input.array.dtype)  # type: ignore[arg-type]
    return wrap(number_array(name, value, input.array.dtype))


def masked_fill(input: Tensor, mask: Tensor, value: Tensor | Number) -> Tensor:
    """``value`` where ``mask`` (bool), ``input`` elsewhere; input and mask broadcast.

    Raises:
        DTypeError: ``mask`` is not bool.

    >>> x = pydl.tensor([1.0, 2.0])
    >>> x.masked_fill(x > 1, 0.0)
    tensor([1., 0.])
    """
    expect_tensor("masked_fill", input)
    chosen = condition_of("masked_fill", mask)
    return apply(Where, filling("masked_fill", input, value), input, chosen)


def masked_fill_(input: Tensor, mask: Tensor, value: Tensor | Number) -> Tensor:
    """In-place `masked_fill`."""
    expect_tensor("masked_fill_", input)
    out = masked_fill(input, mask, value)
    return assign("masked_fill_", input, result_for("masked_fill_", input, out))


def nan_to_num(
    input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """``nan`` (0) for NaN, ``posinf`` and ``neginf`` (the dtype's largest and smallest number) for the infinities."""
    expect_tensor("nan_to_num", input)
    x = input.array
    if x.dtype > 3:
        return input
    largest = _LARGEST[x.dtype]
    inf = _C.scalar(float("inf"), x.dtype)
    out = masked_fill(input, wrap(_C.ne(x, x)), 0.0 if nan is None else nan)
    out = masked_fill(out, wrap(_C.eq(x, inf)), largest if posinf is None else posinf)
    return masked_fill(out, wrap(_C.eq(x, _C.neg(inf))), -largest if neginf is None else neginf)


def nan_to_num_(
    input: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """In-place `nan_to_num`."""
    return in_place("nan_to_num_", nan_to_num, input, nan, posinf, neginf)


# By the number of the dtype.
_LARGEST = (
    3.4028234663852886e38,
    1.7976931348623157e308,
    3.3895313892515355e38,
    65504.0,
)

from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.index import nonzero  # noqa: E402
from pydl.ops.view import sum_to  # noqa: E402

"""Signs, roots and rounding of one operand, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply1, apply2, saved_output, wrap
from pydl.autograd.inplace import in_place, overwrite
from pydl.ops.operands import Number, as_float, expect_tensor, pair

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def apply_float(cls: type[Function], x: Tensor) -> Tensor:
    """`apply1` of an op on floating numbers: integers and bool become the default dtype first.

    Raises:
        DTypeError: x is no tensor.
    """
    try:
        code = x.array.dtype
    except AttributeError:
        expect_tensor(cls.__name__.lower(), x)
        raise
    return apply1(cls, x if code <= 3 else as_float(x))


class Neg(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return -x.array

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # -g
        return neg(g)


class Abs(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.abs(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * sign(x)
        return mul(g, sign(ctx.saved_tensors[0]))


class Sign(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return _C.sign(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0
        return zeros_like(g)


class Copysign(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x)
        return ctx.keep(_C.copysign(x.array, y.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g where the sign stayed, -g where it changed, 0 where x is 0; 0
        a, z = ctx.saved_tensors[0].array, saved_output(ctx).array
        zero, one = _C.scalar(0.0, z.dtype), _C.scalar(1.0, z.dtype)
        same = _C.eq(_C.lt(z, zero), _C.lt(a, zero))
        factor = wrap(_C.where(_C.eq(a, zero), zero, _C.where(same, one, _C.neg(one))))
        return mul(g, factor), None if ctx.edges[1] is None else zeros_like(g)


class Square(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.square(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (x + x)
        (x,) = ctx.saved_tensors
        return mul(g, add(x, x))


class Sqrt(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.sqrt(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / (2 * y)
        return div(g, mul(saved_output(ctx), 2.0))


class Rsqrt(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.rsqrt(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # -g * y^3 / 2
        y = saved_output(ctx)
        return mul(mul(g, -0.5), mul(mul(y, y), y))


class Reciprocal(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.reciprocal(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # -g * y^2
        y = saved_output(ctx)
        return mul(neg(g), mul(y, y))


class Floor(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return _C.floor(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0
        return zeros_like(g)


class Ceil(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return _C.ceil(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0
        return zeros_like(g)


class Round(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return _C.round(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0
        return zeros_like(g)


class Trunc(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        return _C.trunc(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0
        return zeros_like(g)


def neg(input: Tensor) -> Tensor:
    """``-input``.

    Raises:
        DTypeError: ``input`` is bool.
    """
    return apply1(Neg, input)


def positive(input: Tensor) -> Tensor:
    """``input`` itself.

    Raises:
        DTypeError: ``input`` is bool.
    """
    if input.array.dtype == 9:
        raise _C.DTypeError("positive: expected a number, got bool")
    return input


def abs(input: Tensor) -> Tensor:
    """The absolute value. Its gradient at 0 is 0.

    >>> pydl.tensor([-2, 3]).abs()
    tensor([2, 3])
    """
    return apply1(Abs, input)


def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1 by the sign; NaN has the sign 0.

    >>> pydl.tensor([-2.0, 0.0, 3.0]).sign()
    tensor([-1.,  0.,  1.])
    """
    expect_tensor("sign", input)
    return apply1(Sign, input) if input.array.dtype != 9 else wrap(_C.clone(input.array))


def square(input: Tensor) -> Tensor:
    """``input * input``."""
    return apply1(Square, input)


def sqrt(input: Tensor) -> Tensor:
    """The square root; NaN for negative numbers."""
    return apply_float(Sqrt, input)


def rsqrt(input: Tensor) -> Tensor:
    """``1 / sqrt(input)``."""
    return apply_float(Rsqrt, input)


def reciprocal(input: Tensor) -> Tensor:
    """``1 / input``."""
    return apply_float(Reciprocal, input)


def floor(input: Tensor) -> Tensor:
    """The largest whole number not above each element."""
    return clone(input) if 4 <= input.array.dtype <= 8 else apply1(Floor, input)


def ceil(input: Tensor) -> Tensor:
    """The smallest whole number not below each element."""
    return clone(input) if 4 <= input.array.dtype <= 8 else apply1(Ceil, input)


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest whole number, the even one where two are equally near; ``decimals`` counts digits to keep.

    >>> pydl.tensor([0.5, 1.5, -2.7]).round()
    tensor([ 0.,  2., -3.])
    """
    if 4 <= input.array.dtype <= 8:
        return clone(input)
    if not decimals:
        return apply1(Round, input)
    code = input.array.dtype
    if code in (2, 3):
        return to_code(round(to_code(input, 0), decimals=decimals), code)
    if decimals < 0:
        return mul(apply1(Round, div(input, 10.0**-decimals)), 10.0**-decimals)
    return div(apply1(Round, mul(input, 10.0**decimals)), 10.0**decimals)


def trunc(input: Tensor) -> Tensor:
    """Each element without its fraction."""
    return clone(input) if 4 <= input.array.dtype <= 8 else apply1(Trunc, input)


def copysign(input: Tensor, other: Tensor | Number) -> Tensor:
    """The size of ``input`` with the sign of ``other``, that of -0 too."""
    x, y = pair("copysign", input, other)
    return apply2(Copysign, as_float(x), as_float(y))


def isnan(input: Tensor) -> Tensor:
    """Where an element is not a number: bool."""
    return wrap(_C.ne(input.array, input.array))


def isinf(input: Tensor) -> Tensor:
    """Where an element is infinite, of either sign: bool."""
    if input.array.dtype > 3:
        return wrap(_C.ne(input.array, input.array))
    size = _C.abs(input.array)
    return wrap(_C.eq(size, _C.scalar(float("inf"), size.dtype)))


def isfinite(input: Tensor) -> Tensor:
    """Where an element is neither infinite nor NaN: bool."""
    if input.array.dtype > 3:
        return wrap(_C.eq(input.array, input.array))
    size = _C.abs(input.array)
    return wrap(_C.lt(size, _C.scalar(float("inf"), size.dtype)))


def neg_(input: Tensor) -> Tensor:
    """In-place `neg`."""
    return overwrite("neg_", neg, _C.neg_, input)


def abs_(input: Tensor) -> Tensor:
    """In-place `abs`."""
    return overwrite("abs_", abs, _C.abs_, input)


def sign_(input: Tensor) -> Tensor:
    """In-place `sign`."""
    return overwrite("sign_", sign, _C.sign_, input)


def square_(input: Tensor) -> Tensor:
    """In-place `square`."""
    return overwrite("square_", square, _C.square_, input)


def sqrt_(input: Tensor) -> Tensor:
    """In-place `sqrt`."""
    return overwrite("sqrt_", sqrt, _C.sqrt_, input)


def rsqrt_(input: Tensor) -> Tensor:
    """In-place `rsqrt`."""
    return overwrite("rsqrt_", rsqrt, _C.rsqrt_, input)


def reciprocal_(input: Tensor) -> Tensor:
    """In-place `reciprocal`."""
    return overwrite("reciprocal_", reciprocal, _C.reciprocal_, input)


def floor_(input: Tensor) -> Tensor:
    """In-place `floor`."""
    return overwrite("floor_", floor, _C.floor_, input)


def ceil_(input: Tensor) -> Tensor:
    """In-place `ceil`."""
    return overwrite("ceil_", ceil, _C.ceil_, input)


def round_(input: Tensor) -> Tensor:
    """In-place `round`."""
    return overwrite("round_", round, _C.round_, input)


def trunc_(input: Tensor) -> Tensor:
    """In-place `trunc`."""
    return overwrite("trunc_", trunc, _C.trunc_, input)


def copysign_(input: Tensor, other: Tensor | Number) -> Tensor:
    """In-place `copysign`."""
    return in_place("copysign_", copysign, input, other)


# PyTorch's second names; those of numbers that could be complex mean the same for real ones.
absolute, absolute_, negative, negative_, fix, fix_ = abs, abs_, neg, neg_, trunc, trunc_
sgn, sgn_ = sign, sign_

from pydl.ops.binary import add, div, mul  # noqa: E402
from pydl.ops.copy import clone, to_code  # noqa: E402
from pydl.ops.create import zeros_like  # noqa: E402

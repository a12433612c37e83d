"""Circular and hyperbolic functions and their inverses, element by element; angles in radians."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply2, saved_output, wrap
from pydl.autograd.inplace import in_place, overwrite
from pydl.ops.operands import as_float, pair
from pydl.ops.unary import apply_float, neg, rsqrt, square

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Sin(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.sin(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * cos(x)
        (x,) = ctx.saved_tensors
        return mul(g, cos(x))


class Cos(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.cos(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # -g * sin(x)
        (x,) = ctx.saved_tensors
        return mul(neg(g), sin(x))


class Tan(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor) -> _C.Array:
        return ctx.keep(_C.tan(x.array))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * (1 + y^2)
        y = saved_output(ctx)
        return mul(g, add(square(y), 1.0))


class Asin(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.asin(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / sqrt(1 - x^2)
        (x,) = ctx.saved_tensors
        return mul(g, rsqrt(rsub(square(x), 1.0)))


class Acos(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.acos(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # -g / sqrt(1 - x^2)
        (x,) = ctx.saved_tensors
        return mul(neg(g), rsqrt(rsub(square(x), 1.0)))


class Atan(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.atan(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / (1 + x^2)
        (x,) = ctx.saved_tensors
        return div(g, add(square(x), 1.0))


class Sinh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.sinh(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * cosh(x)
        (x,) = ctx.saved_tensors
        return mul(g, cosh(x))


class Cosh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.cosh(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * sinh(x)
        (x,) = ctx.saved_tensors
        return mul(g, sinh(x))


class Asinh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.asinh(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / sqrt(x^2 + 1)
        (x,) = ctx.saved_tensors
        return mul(g, rsqrt(add(square(x), 1.0)))


class Acosh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.acosh(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / sqrt(x^2 - 1)
        (x,) = ctx.saved_tensors
        return mul(g, rsqrt(sub(square(x), 1.0)))


class Atanh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> _C.Array:
        ctx.save(x)
        return _C.atanh(x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g / (1 - x^2)
        (x,) = ctx.saved_tensors
        return div(g, rsub(square(x), 1.0))


class Atan2(Function):
    @staticmethod
    def forward(ctx: Any, y: Tensor, x: Tensor) -> _C.Array:
        ctx.save(y, x)
        return _C.atan2(y.array, x.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g * x / (x^2 + y^2), -g * y / (x^2 + y^2); 0 at the origin
        y, x = ctx.saved_tensors
        size = add(square(x), square(y))
        nothing, one = (wrap(_C.scalar(v, g.array.dtype)) for v in (0.0, 1.0))
        origin = _C.eq(size.array, nothing.array)
        ratio = select_where(origin, nothing, div(g, select_where(origin, one, size)))
        return None if ctx.edges[0] is None else mul(ratio, x), None if ctx.edges[1] is None else mul(neg(ratio), y)


def sin(input: Tensor) -> Tensor:
    """The sine."""
    return apply_float(Sin, input)


def cos(input: Tensor) -> Tensor:
    """The cosine."""
    return apply_float(Cos, input)


def tan(input: Tensor) -> Tensor:
    """The tangent."""
    return apply_float(Tan, input)


def asin(input: Tensor) -> Tensor:
    """The angle in [-pi/2, pi/2] whose sine it is; NaN outside of [-1, 1]."""
    return apply_float(Asin, input)


def acos(input: Tensor) -> Tensor:
    """The angle in [0, pi] whose cosine it is; NaN outside of [-1, 1]."""
    return apply_float(Acos, input)


def atan(input: Tensor) -> Tensor:
    """The angle in [-pi/2, pi/2] whose tangent it is."""
    return apply_float(Atan, input)


def sinh(input: Tensor) -> Tensor:
    """The hyperbolic sine."""
    return apply_float(Sinh, input)


def cosh(input: Tensor) -> Tensor:
    """The hyperbolic cosine."""
    return apply_float(Cosh, input)


def asinh(input: Tensor) -> Tensor:
    """The inverse of `sinh`."""
    return apply_float(Asinh, input)


def acosh(input: Tensor) -> Tensor:
    """The inverse of `cosh` from 0 on; NaN below 1."""
    return apply_float(Acosh, input)


def atanh(input: Tensor) -> Tensor:
    """The inverse of `tanh`; infinite at -1 and 1, NaN beyond."""
    return apply_float(Atanh, input)


def atan2(input: Tensor, other: Tensor) -> Tensor:
    """The angle of the point (``other``, ``input``) in [-pi, pi].

    >>> pydl.atan2(pydl.tensor([1.0]), pydl.tensor([-1.0]))
    tensor([2.3562])
    """
    y, x = pair("atan2", input, other)
    return apply2(Atan2, as_float(y), as_float(x))


def sin_(input: Tensor) -> Tensor:
    """In-place `sin`."""
    return overwrite("sin_", sin, _C.sin_, input)


def cos_(input: Tensor) -> Tensor:
    """In-place `cos`."""
    return overwrite("cos_", cos, _C.cos_, input)


def tan_(input: Tensor) -> Tensor:
    """In-place `tan`."""
    return overwrite("tan_", tan, _C.tan_, input)


def asin_(input: Tensor) -> Tensor:
    """In-place `asin`."""
    return overwrite("asin_", asin, _C.asin_, input)


def acos_(input: Tensor) -> Tensor:
    """In-place `acos`."""
    return overwrite("acos_", acos, _C.acos_, input)


def atan_(input: Tensor) -> Tensor:
    """In-place `atan`."""
    return overwrite("atan_", atan, _C.atan_, input)


def sinh_(input: Tensor) -> Tensor:
    """In-place `sinh`."""
    return overwrite("sinh_", sinh, _C.sinh_, input)


def cosh_(input: Tensor) -> Tensor:
    """In-place `cosh`."""
    return overwrite("cosh_", cosh, _C.cosh_, input)


def asinh_(input: Tensor) -> Tensor:
    """In-place `asinh`."""
    return overwrite("asinh_", asinh, _C.asinh_, input)


def acosh_(input: Tensor) -> Tensor:
    """In-place `acosh`."""
    return overwrite("acosh_", acosh, _C.acosh_, input)


def atanh_(input: Tensor) -> Tensor:
    """In-place `atanh`."""
    return overwrite("atanh_", atanh, _C.atanh_, input)


def atan2_(input: Tensor, other: Tensor) -> Tensor:
    """In-place `atan2`."""
    return in_place("atan2_", atan2, input, other)


# PyTorch's second names.
arcsin, arcsin_, arccos, arccos_, arctan, arctan_ = asin, asin_, acos, acos_, atan, atan_
arcsinh, arcsinh_, arccosh, arccosh_, arctanh, arctanh_ = asinh, asinh_, acosh, acosh_, atanh, atanh_
arctan2, arctan2_ = atan2, atan2_

from pydl.ops.binary import add, div, mul, rsub, sub  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

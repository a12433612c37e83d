"""Softmax and its logarithm along a dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, saved_output
from pydl.dtypes import dtype as DType
from pydl.ops.keywords import numpy_names
from pydl.ops.reduce import converted, reduce_sum

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Softmax(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dim: int) -> _C.Array:
        ctx.dim = dim
        return ctx.keep(_C.softmax(x.array, dim, False))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # y * (g - sum(g * y))
        return apply(SoftmaxBackward, g, saved_output(ctx), ctx.dim)


class SoftmaxBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, y: Tensor, dim: int) -> _C.Array:
        ctx.save(g, y)
        ctx.dim = dim
        return _C.softmax_backward(g.array, y.array, dim, False)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:
        # of g: y * (gg - sum(gg * y)); of y: gg * (g - sum(g * y)) - g * sum(gg * y)
        g, y = ctx.saved_tensors
        dims = (ctx.dim,)
        dy = None
        if ctx.edges[1] is not None:
            inner = sub(g, reduce_sum(mul(g, y), dims, True))
            dy = sub(mul(gg, inner), mul(g, reduce_sum(mul(gg, y), dims, True)))
        return apply(SoftmaxBackward, gg, y, ctx.dim), dy


class LogSoftmax(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dim: int) -> _C.Array:
        ctx.dim = dim
        return ctx.keep(_C.softmax(x.array, dim, True))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g - exp(y) * sum(g)
        return apply(LogSoftmaxBackward, g, saved_output(ctx), ctx.dim)


class LogSoftmaxBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, y: Tensor, dim: int) -> _C.Array:
        ctx.save(g, y)
        ctx.dim = dim
        return _C.softmax_backward(g.array, y.array, dim, True)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # of g: gg - sum(gg * exp(y)); of y: -gg * exp(y) * sum(g)
        g, y = ctx.saved_tensors
        dims = (ctx.dim,)
        weighted = mul(gg, exp(y))
        dy = None if ctx.edges[1] is None else mul(neg(weighted), reduce_sum(g, dims, True))
        return sub(gg, reduce_sum(weighted, dims, True)), dy


def along(name: str, input: Tensor, dim: Any, dtype: DType | None) -> Tensor:
    """input in the dtype asked for, for an op along one dimension.

    Raises:
        DTypeError: it is not floating.
    """
    if not hasattr(dim, "__index__"):
        raise _C.DTypeError(f"{name}: expected dim, an int, got {type(dim).__name__}")
    x = converted(name, input, dtype)
    if x.array.dtype > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {x.dtype.name}; give a dtype to convert to")
    return x


# torch.softmax's signature; that of torch.nn.functional guesses a dimension where none is given.
@numpy_names
def softmax(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """``exp(input) / sum(exp(input))`` along ``dim``: positive numbers that add up to 1, without overflow.

    Raises:
        IndexError: there is no such dimension.

    >>> pydl.tensor([0.0, 0.0]).softmax(0)
    tensor([0.5000, 0.5000])
    """
    return apply(Softmax, along("softmax", input, dim, dtype), dim)


@numpy_names
def log_softmax(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """The logarithm of `softmax`, exact where that rounds to 0 or 1."""
    return apply(LogSoftmax, along("log_softmax", input, dim, dtype), dim)


def softmin(input: Tensor, dim: int, *, dtype: DType | None = None) -> Tensor:
    """The `softmax` of ``-input``."""
    return apply(Softmax, neg(along("softmin", input, dim, dtype)), dim)


from pydl.ops.binary import mul, sub  # noqa: E402
from pydl.ops.exponential import exp  # noqa: E402
from pydl.ops.unary import neg  # noqa: E402

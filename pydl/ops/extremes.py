"""The largest and the smallest: of all elements, along dimensions, and of two tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, return_types
from pydl.autograd.function import Function, TensorBase, apply, apply2, saved_output, wrap
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import Number, expect_tensor, pair
from pydl.ops.reduce import Dims, Ints, checked_dims, dim_of, restore

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Amax(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.save(x)
        ctx.args = x.array.shape, dims, keepdim
        return ctx.keep(_C.reduce_max(x.array, dims, keepdim))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, shared by the elements that equal y
        (x,) = ctx.saved_tensors
        return share(g, x.array, saved_output(ctx).array, *ctx.args)


class Amin(Function):
    @staticmethod
    def forward(ctx: Function, x: Tensor, dims: Ints, keepdim: bool) -> _C.Array:
        ctx.save(x)
        ctx.args = x.array.shape, dims, keepdim
        return ctx.keep(_C.reduce_min(x.array, dims, keepdim))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, shared by the elements that equal y
        (x,) = ctx.saved_tensors
        return share(g, x.array, saved_output(ctx).array, *ctx.args)


def share(g: Tensor, x: _C.Array, y: _C.Array, shape: Ints, dims: Ints, keepdim: bool) -> Tensor:
    """A reduction's gradient, in equal parts to the elements of x that are its result y (NaN among NaN)."""
    whole = _C.spread(y, shape, dims, keepdim)
    same = _C.eq(x, whole)
    if _C.any_nonzero(_C.ne(y, y)):
        same = _C.bitwise_or(same, _C.bitwise_and(_C.ne(x, x), _C.ne(whole, whole)))
    count = wrap(_C.cast(_C.reduce_sum(same, dims, keepdim), g.array.dtype))
    parts = restore(div(g, count), shape, dims, keepdim)
    return select_where(same, parts, wrap(_C.scalar(0.0, g.array.dtype)))


class Pick(Function):
    """Along one dimension the elements at indices (shape with extent 1 there): max and min with their places."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, index: _C.Array) -> _C.Array:
        ctx.args = x.array.shape, dim, index
        return _C.gather(x.array, dim, index)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g at the indices
        return apply(Place, g, *ctx.args)


class Place(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, shape: Ints, dim: int, index: _C.Array) -> _C.Array:
        ctx.args = dim, index
        out = _C.zeros(shape, g.array.dtype)
        _C.scatter_into(out, dim, index, g.array, False)
        return out

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg at the indices
        return apply(Pick, gg, *ctx.args)


class Maximum(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return _C.maximum(x.array, y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g to the larger, half of it to each of two equal ones
        x, y = ctx.saved_tensors
        return halves(ctx, g, _C.lt(x.array, y.array), _C.gt(x.array, y.array), _C.eq(x.array, y.array))


class Minimum(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return _C.minimum(x.array, y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g to the smaller, half of it to each of two equal ones
        x, y = ctx.saved_tensors
        return halves(ctx, g, _C.gt(x.array, y.array), _C.lt(x.array, y.array), _C.eq(x.array, y.array))


def halves(ctx: Any, g: Tensor, loses: _C.Array, wins: _C.Array, ties: _C.Array) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of a choice between x and y, given where x loses and wins and where both are equal."""
    zero = wrap(_C.scalar(0.0, g.array.dtype))
    shared = select_where(ties, mul(g, 0.5), g)
    dx = None if ctx.edges[0] is None else select_where(loses, zero, shared)
    dy = None if ctx.edges[1] is None else select_where(wins, zero, shared)
    return dx, dy


class Fmax(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return _C.fmax(x.array, y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g to x where x >= y or y is NaN, to y elsewhere
        x, y = ctx.saved_tensors
        return parted(ctx, g, _C.bitwise_or(_C.ge(x.array, y.array), _C.ne(y.array, y.array)))


class Fmin(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save(x, y)
        return _C.fmin(x.array, y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g to x where x <= y or y is NaN, to y elsewhere
        x, y = ctx.saved_tensors
        return parted(ctx, g, _C.bitwise_or(_C.le(x.array, y.array), _C.ne(y.array, y.array)))


def parted(ctx: Any, g: Tensor, first: _C.Array) -> tuple[Tensor | None, Tensor | None]:
    """g to x where `first`, to y elsewhere."""
    zero = wrap(_C.scalar(0.0, g.array.dtype))
    dx = None if ctx.edges[0] is None else select_where(first, g, zero)
    dy = None if ctx.edges[1] is None else select_where(first, zero, g)
    return dx, dy


def picked(name: str, largest: bool, input: Tensor, dim: int, keepdim: bool) -> tuple[Tensor, Tensor]:
    """The extreme along a dimension and its place, which alone gets the gradient."""
    x = input.array
    d = wrap_dim(name, dim_of(name, dim), x.ndim)
    if x.ndim and not x.shape[d]:
        raise _C.IndexError(f"{name}: expected at least one element in dimension {d}, got shape {x.shape}")
    return taken(input, d, _C.arg_reduce(largest, x, d, True), keepdim)


def taken(input: Tensor, dim: int, index: _C.Array, keepdim: bool) -> tuple[Tensor, Tensor]:
    """The elements at one place along a dimension (index has extent 1 there), and the places."""
    if not input.array.ndim:
        return clone(input), wrap(index)
    values = apply(Pick, input, dim, index)
    return (values, wrap(index)) if keepdim else (squeeze(values, dim), wrap(_C.select(index, dim, 0)))


@numpy_names
def max(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
    """The largest element; along ``dim``, with its index; or of two tensors, as `maximum`. NaN wins.

    Without ``dim`` the gradient is shared by all elements that are the largest; along a dimension it goes to the
    one whose index is given, the first.

    Raises:
        ValueError: there are no elements.
        IndexError: there are none along ``dim``.

    >>> values, indices = pydl.tensor([[1.0, 3.0], [5.0, 4.0]]).max(dim=1)
    >>> values, indices
    (tensor([3., 5.]), tensor([1, 0]))
    """
    expect_tensor("max", input)
    if other is not None or isinstance(dim, TensorBase):
        return maximum(input, dim if other is None else other)
    if dim is None:
        return apply(Amax, input, (), False)
    return return_types.max(*picked("max", True, input, dim, keepdim))


@numpy_names
def min(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Tensor | None = None) -> Any:
    """The smallest element; along ``dim``, with its index; or of two tensors, as `minimum`. NaN wins.

    Gradients and errors as for `max`.
    """
    expect_tensor("min", input)
    if other is not None or isinstance(dim, TensorBase):
        return minimum(input, dim if other is None else other)
    if dim is None:
        return apply(Amin, input, (), False)
    return return_types.min(*picked("min", False, input, dim, keepdim))


@numpy_names
def amax(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The largest over ``dim``, or over everything; equal ones share the gradient.

    >>> pydl.tensor([[1.0, 3.0], [5.0, 4.0]]).amax(dim=(0, 1))
    tensor(5.)
    """
    return apply(Amax, input, some("amax", input, dim), keepdim)


@numpy_names
def amin(input: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The smallest over ``dim``, or over everything; equal ones share the gradient."""
    return apply(Amin, input, some("amin", input, dim), keepdim)


def some(name: str, input: Tensor, dim: Dims) -> Ints:
    """The dimensions to reduce, checked, with at least one element."""
    dims = checked_dims(name, input, dim)
    if input.array.size:
        return dims
    shape = input.array.shape
    if shape and 0 in ([shape[d] for d in dims] or shape):
        kind = _C.IndexError if dims else _C.ValueError  # as PyTorch
        raise kind(f"{name}: expected at least one element to reduce, got shape {shape}")
    return dims


@numpy_names
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> return_types.aminmax:
    """The smallest and the largest element, of all or along ``dim``; NaN wins. Equal ones share the gradient.

    Raises:
        ValueError: there are no elements.
        IndexError: there are none along ``dim``.

    >>> low, high = pydl.tensor([3, 1, 2]).aminmax()
    >>> low, high
    (tensor(1), tensor(3))
    """
    expect_tensor("aminmax", input)
    dims = some("aminmax", input, () if dim is None else dim_of("aminmax", dim))
    return return_types.aminmax(apply(Amin, input, dims, keepdim), apply(Amax, input, dims, keepdim))


def place_of(largest: bool, input: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    """The index of the extreme, along a dimension or in the flattened tensor."""
    name = "argmax" if largest else "argmin"
    expect_tensor(name, input)
    x = input.array
    if dim is None and not x.size:
        raise _C.IndexError(f"{name}: expected at least one element, got shape {x.shape}")
    if dim is not None:
        d = wrap_dim(name, dim_of(name, dim), x.ndim)
        if x.ndim and not x.shape[d]:
            raise _C.IndexError(f"{name}: expected at least one element in dimension {d}, got shape {x.shape}")
        return wrap(_C.arg_reduce(largest, x, d, keepdim))
    index = _C.arg_reduce(largest, _C.reshape(x, (x.size,)), 0, False)
    return wrap(_C.reshape(index, (1,) * x.ndim) if keepdim else index)


@numpy_names
def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the largest element along ``dim``, or in the flattened tensor; the first of equal ones.

    Raises:
        IndexError: there are no elements.

    >>> pydl.tensor([[1.0, 3.0], [5.0, 4.0]]).argmax(dim=1)
    tensor([1, 0])
    """
    return place_of(True, input, dim, keepdim)


@numpy_names
def argmin(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the smallest element along ``dim``, or in the flattened tensor; the first of equal ones."""
    return place_of(False, input, dim, keepdim)


def maximum(input: Tensor, other: Tensor | Number) -> Tensor:
    """The larger of two elements; NaN wins. Equal ones share the gradient.

    >>> pydl.maximum(pydl.tensor([1.0, 4.0]), pydl.tensor([3.0, 2.0]))
    tensor([3., 4.])
    """
    return apply2(Maximum, *pair("maximum", input, other))


def minimum(input: Tensor, other: Tensor | Number) -> Tensor:
    """The smaller of two elements; NaN wins. Equal ones share the gradient."""
    return apply2(Minimum, *pair("minimum", input, other))


def fmax(input: Tensor, other: Tensor | Number) -> Tensor:
    """The larger of two elements; a number wins over NaN."""
    x, y = pair("fmax", input, other)
    return apply2(Maximum, x, y) if x.array.dtype > 3 else apply2(Fmax, x, y)


def fmin(input: Tensor, other: Tensor | Number) -> Tensor:
    """The smaller of two elements; a number wins over NaN."""
    x, y = pair("fmin", input, other)
    return apply2(Minimum, x, y) if x.array.dtype > 3 else apply2(Fmin, x, y)


from pydl.ops.binary import div, mul  # noqa: E402
from pydl.ops.copy import clone  # noqa: E402
from pydl.ops.view import squeeze, wrap_dim  # noqa: E402
from pydl.ops.where import select_where  # noqa: E402

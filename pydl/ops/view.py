"""The same memory in another shape: nothing is copied, unless ``reshape`` has to."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply, apply_view
from pydl.ops.keywords import numpy_names

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Ints = tuple[int, ...]


def ints(name: str, args: Sequence[Any]) -> Ints:
    """Sizes or dimensions given one by one or as one sequence."""
    found = _C.ints(args)  # type: ignore[arg-type]
    if found is not None:
        return found
    if len(args) == 1 and isinstance(args[0], list | tuple):
        args = args[0]
    out = []
    for a in args:
        try:
            out.append(a.__index__())
        except (AttributeError, TypeError):  # numpy's arrays have the method, and refuse
            raise _C.DTypeError(f"{name}: expected ints, got {type(a).__name__} in {tuple(args)}") from None
        if not -(2**63) <= out[-1] < 2**63:
            raise _C.ShapeError(f"{name}: {out[-1]} overflows 64 bits")
    return tuple(out)


class Expand(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, shape: Ints) -> _C.Array:
        ctx.shape = x.array.shape
        return _C.expand(x.array, shape)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g summed over the dimensions that were made larger
        return sum_to(g, ctx.shape)


class View(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, shape: Ints) -> _C.Array:
        ctx.shape = x.array.shape
        return _C.view(x.array, shape)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g in x's shape
        return reshape(g, ctx.shape)


class Permute(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: Ints) -> _C.Array:
        ctx.dims = dims
        return _C.permute(x.array, dims)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, permuted back
        n = len(ctx.dims)
        back = [0] * n
        for i, d in enumerate(ctx.dims):
            back[d % n] = i
        return permute(g, tuple(back))


class Transpose(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim0: int, dim1: int) -> _C.Array:
        ctx.dims = dim0, dim1
        return _C.transpose(x.array, dim0, dim1)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, transposed back
        return transpose(g, *ctx.dims)


class Select(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, index: int) -> _C.Array:
        ctx.shape, ctx.dim, ctx.index = x.array.shape, dim, index
        return _C.select(x.array, dim, index)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g at the index
        return apply(SelectBackward, g, ctx.shape, ctx.dim, ctx.index)


class SelectBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, shape: Ints, dim: int, index: int) -> _C.Array:
        ctx.dim, ctx.index = dim, index
        out = _C.zeros(shape, g.array.dtype)
        _C.copy_into(_C.select(out, dim, index), g.array)
        return out

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg at the index
        return select(gg, ctx.dim, ctx.index)


class Slice(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, start: int, step: int, size: int) -> _C.Array:
        ctx.shape, ctx.range = x.array.shape, (dim, start, step, size)
        return _C.slice(x.array, dim, start, step, size)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g in the slice
        return apply(SliceBackward, g, ctx.shape, *ctx.range)


class SliceBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, shape: Ints, dim: int, start: int, step: int, size: int) -> _C.Array:
        ctx.range = dim, start, step, size
        out = _C.zeros(shape, g.array.dtype)
        _C.copy_into(_C.slice(out, dim, start, step, size), g.array)
        return out

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # the slice of gg
        return apply_view(Slice, gg, *ctx.range)


class Unsqueeze(Function):
    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int) -> _C.Array:
        ctx.shape = x.array.shape
        return _C.unsqueeze(x.array, dim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g in x's shape
        return reshape(g, ctx.shape)


class ReshapeCopy(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, shape: Ints) -> _C.Array:
        ctx.shape = x.array.shape
        return _C.reshape(x.array, shape)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g in x's shape
        return reshape(g, ctx.shape)


def expand(input: Tensor, *sizes: int | Sequence[int], size: Any = None) -> Tensor:
    """A view with dimensions of size 1 repeated to ``sizes``; -1 keeps a size. New dimensions come first.

    Raises:
        ShapeError: a dimension to change is not of size 1.

    >>> pydl.tensor([[1], [2]]).expand(2, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return apply_view(Expand, input, ints("expand", sizes if size is None else (*sizes, size)))


def view(input: Tensor, *shape: Any, size: Any = None) -> Tensor:
    """The same elements in another shape, one size of which may be -1; never a copy.

    Raises:
        ShapeError: the number of elements differs, or the strides do not allow it.

    >>> pydl.arange(6).view(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    return apply_view(View, input, ints("view", shape if size is None else (*shape, size)))


def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """The same elements in another shape, one size of which may be -1; a view where that is possible.

    Raises:
        ShapeError: the number of elements differs.

    >>> pydl.arange(6).reshape(3, 2).t().reshape(6)
    tensor([0, 2, 4, 1, 3, 5])
    """
    sizes = ints("reshape", sizes if shape is None else (*sizes, shape))
    if _C.can_view(input.array, sizes):
        return apply_view(View, input, sizes)
    return apply(ReshapeCopy, input, sizes)


def permute(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """A view with the dimensions in another order.

    >>> pydl.zeros(2, 3, 5).permute(2, 0, 1).shape
    pydl.Size([5, 2, 3])
    """
    return apply_view(Permute, input, ints("permute", order if dims is None else (*order, dims)))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """A view with two dimensions exchanged.

    >>> pydl.zeros(2, 3).transpose(0, 1).shape
    pydl.Size([3, 2])
    """
    return apply_view(Transpose, input, dim0, dim1)


def t(input: Tensor) -> Tensor:
    """A matrix with rows and columns exchanged; a vector or scalar as it is.

    Raises:
        ShapeError: more than two dimensions.
    """
    if input.array.ndim > 2:
        raise _C.ShapeError(f"t: expected at most 2 dimensions, got shape {input.array.shape}")
    return input if input.array.ndim < 2 else transpose(input, 0, 1)


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """A view of the elements at one index of a dimension, which goes away.

    Raises:
        IndexError: the index is out of range.

    >>> pydl.tensor([[1, 2], [3, 4]]).select(1, -1)
    tensor([2, 4])
    """
    return apply_view(Select, input, *ints("select", (dim, index)))


def slice_dim(input: Tensor, dim: int, start: int, step: int, size: int) -> Tensor:
    """A view of ``size`` elements of a dimension from ``start`` on, ``step`` apart (it may be negative)."""
    return apply_view(Slice, input, dim, start, step, size)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """A view of ``length`` elements of a dimension from ``start`` on, which is counted from the end when negative.

    Raises:
        IndexError: they reach outside of the dimension.

    >>> pydl.arange(5).narrow(0, 1, 3)
    tensor([1, 2, 3])
    """
    shape = input.array.shape
    if not shape:
        raise _C.ShapeError("narrow: expected at least one dimension, got a scalar")
    d = wrap_dim("narrow", dim, len(shape))
    first, count = ints("narrow", (start, length))
    first += shape[d] if first < 0 else 0
    if first < 0 or count < 0 or first + count > shape[d]:
        raise _C.IndexError(
            f"narrow: expected a start and a length within the {shape[d]} elements of dimension {d} of shape {shape}, "
            f"got {start} and {length}"
        )
    return apply_view(Slice, input, d, first, 1, count)


@numpy_names
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """A view with a dimension of size 1 put in at ``dim``.

    >>> pydl.zeros(3).unsqueeze(-1).shape
    pydl.Size([3, 1])
    """
    return apply_view(Unsqueeze, input, wrap_dim("unsqueeze", dim, input.array.ndim + 1))


def wrap_dim(name: str, dim: int, ndim: int) -> int:
    """A dimension counted from the end when negative.

    Raises:
        IndexError: there is no such dimension.
        DTypeError: it is no int.
    """
    extent = ndim or 1
    if type(dim) is not int:
        try:
            dim = index(dim)
        except TypeError:
            raise _C.DTypeError(f"{name}: expected dim to be an int, got {dim!r}") from None
    if not -extent <= dim < extent:
        raise _C.IndexError(f"{name}: expected a dimension from {-extent} to {extent - 1}, got {dim}")
    return dim % extent


@numpy_names
def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """A view without the dimensions of size 1: all of them, or those of ``dim`` that are of size 1.

    >>> pydl.zeros(1, 3, 1).squeeze().shape
    pydl.Size([3])
    """
    shape = input.array.shape
    if dim is None:
        return apply_view(View, input, tuple([n for n in shape if n != 1]))
    drop = {wrap_dim("squeeze", d, len(shape)) for d in ints("squeeze", (dim,))}
    return apply_view(View, input, tuple([n for d, n in enumerate(shape) if n != 1 or d not in drop]))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from ``start_dim`` to ``end_dim`` (inclusive) as one.

    >>> pydl.zeros(2, 3, 5).flatten(1).shape
    pydl.Size([2, 15])
    """
    shape = input.array.shape
    start = wrap_dim("flatten", start_dim, len(shape))
    end = wrap_dim("flatten", end_dim, len(shape))
    if start > end:
        raise _C.ValueError(f"flatten: expected start_dim <= end_dim, got {start_dim} and {end_dim}")
    size = 1
    for n in shape[start : end + 1]:
        size *= n
    return reshape(input, (*shape[:start], size, *shape[end + 1 :]))


def sum_to(g: Tensor, shape: Ints) -> Tensor:
    """g summed over the dimensions in which ``shape`` is smaller: the gradient of broadcasting.

    Raises:
        ShapeError: ``shape`` does not broadcast to g's.
    """
    have = g.array.shape
    if have == shape:
        return g
    added = len(have) - len(shape)
    if added < 0 or any(n not in (1, m) for n, m in zip(shape, have[added:], strict=True)):
        raise _C.ShapeError(f"sum_to: {shape} does not broadcast to {have}")
    dims = [*range(added), *(d + added for d, n in enumerate(shape) if n == 1 and have[d + added] != 1)]
    if dims:
        g = reduce_sum(g, tuple(dims), True)
    return reshape(g, shape) if added else g


from pydl.ops.reduce import reduce_sum  # noqa: E402

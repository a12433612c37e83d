"""Elements picked by indices and masks, and put there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.blame import remember_write
from pydl.autograd.function import Function, TensorBase, apply, grad_enabled, wrap
from pydl.autograd.inplace import assign
from pydl.ops.copy import to_code
from pydl.ops.indexing import BOOL, INT64, IndexGet, IndexPut, Plan, plan, viewed
from pydl.ops.operands import expect_tensor, number_array
from pydl.ops.view import expand, ints, reshape, wrap_dim

if TYPE_CHECKING:
    from pydl.ops.operands import Number
    from pydl.tensor import Tensor


class Flip(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dims: tuple[int, ...]) -> _C.Array:
        ctx.dims = dims
        out = x.array
        for d in dims:
            n = out.shape[d]
            out = _C.slice(out, d, n - 1, -1, n) if n else out
        return _C.clone(out)  # never `contiguous`: along a dimension of size 1 that is x's own memory

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, flipped back
        return apply(Flip, g, ctx.dims)


class Roll(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, shifts: tuple[int, ...], dims: tuple[int, ...]) -> _C.Array:
        ctx.shifts, ctx.dims = shifts, dims
        out = x.array
        for shift, d in zip(shifts, dims, strict=True):
            n = out.shape[d]
            cut = n - shift % n if n else 0
            if cut != n:
                out = _C.concat([_C.slice(out, d, cut, 1, n - cut), _C.slice(out, d, 0, 1, cut)], d)
        return _C.clone(out) if out is x.array else out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g, rolled back
        return apply(Roll, g, tuple([-s for s in ctx.shifts]), ctx.dims)


def index_array(name: str, index: Any, size: int, from_end: bool = False) -> _C.Array:
    """Indices into a dimension of that size, checked; negative ones are refused, as in PyTorch, or ``from_end``."""
    expect_tensor(name, index)
    array = index.array
    if array.dtype not in (INT64, INT64 + 1):
        raise _C.DTypeError(f"{name}: expected an index of dtype int64 or int32, got {index.dtype.name}")
    if array.ndim > 1:
        raise _C.ShapeError(f"{name}: expected an index of one dimension, got shape {array.shape}")
    array = array if array.dtype == INT64 else _C.cast(array, INT64)
    flat = array if array.ndim else _C.reshape(array, (1,))
    return own(_C.checked_index(name, flat, size, from_end), index.array)


def own(index: _C.Array, given: _C.Array) -> _C.Array:
    """index as a copy where it is what the caller gave, and may overwrite before backward."""
    return _C.clone(index) if index.storage_id == given.storage_id else index


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of ``input`` at the places along ``dim`` that ``index`` (count,) names.

    Raises:
        IndexError: an index lies outside of the dimension.

    >>> pydl.tensor([[1, 2], [3, 4], [5, 6]]).index_select(0, pydl.tensor([2, 0]))
    tensor([[5, 6],
            [1, 2]])
    """
    expect_tensor("index_select", input)
    d = wrap_dim("index_select", dim, input.array.ndim)
    if not input.array.ndim:
        return reshape(index_select(reshape(input, (1,)), 0, index), ())
    return apply(IndexGet, input, d, 1, index_array("index_select", index, input.array.shape[d]))


def placed(
    name: str, input: Tensor, dim: int, index: Tensor, source: Tensor, accumulate: bool, from_end: bool = False
) -> Tensor:
    """A copy of input with source put or added at the places of index along dim."""
    expect_tensor(name, input)
    expect_tensor(name, source)
    d = wrap_dim(name, dim, input.array.ndim)
    shape = input.array.shape
    places = index_array(name, index, shape[d] if shape else 1, from_end)
    wanted = (*shape[:d], places.size, *shape[d + 1 :]) if shape else ()
    if source.array.shape != wanted and source.array.ndim:
        raise _C.ShapeError(f"{name}: expected a source of shape {wanted}, got {source.array.shape}")
    if source.array.dtype != input.array.dtype:
        raise _C.DTypeError(f"{name}: expected a source of dtype {input.dtype.name}, got {source.dtype.name}")
    if not shape:
        whole = reshape(input, (1,))
        return reshape(apply(IndexPut, whole, reshape(source, (1,)), 0, 1, places, accumulate), ())
    return apply(IndexPut, input, source, d, 1, places, accumulate)


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
    """``input`` with ``alpha * source`` added at the places along ``dim`` that ``index`` (count,) names.

    Repeated indices add up, in their order. ``source`` has the shape of ``input`` but for ``count`` in ``dim``.

    Raises:
        IndexError: an index lies outside of the dimension.
        ShapeError: ``source`` does not fit.

    >>> pydl.zeros(3).index_add(0, pydl.tensor([0, 2, 0]), pydl.tensor([1.0, 2.0, 3.0]))
    tensor([4., 0., 2.])
    """
    return placed("index_add", input, dim, index, source if alpha == 1 else source * alpha, True)


def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Number = 1) -> Tensor:
    """In-place `index_add`."""
    scaled = source if alpha == 1 else source * alpha
    return assign("index_add_", input, placed("index_add_", input, dim, index, scaled, True))


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """``input`` with ``source`` put at the places along ``dim`` that ``index`` (count,) names.

    >>> pydl.zeros(3).index_copy(0, pydl.tensor([2]), pydl.tensor([5.0]))
    tensor([0., 0., 5.])
    """
    return placed("index_copy", input, dim, index, source, False)


def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """In-place `index_copy`."""
    return assign("index_copy_", input, placed("index_copy_", input, dim, index, source, False))


def index_fill(input: Tensor, dim: int, index: Tensor, value: Number | Tensor) -> Tensor:
    """``input`` with one value at the places along ``dim`` that ``index`` (count,) names.

    >>> pydl.ones(3).index_fill(0, pydl.tensor([0, 2]), 7)
    tensor([7., 1., 7.])
    """
    return filled("index_fill", input, dim, index, value)


def index_fill_(input: Tensor, dim: int, index: Tensor, value: Number | Tensor) -> Tensor:
    """In-place `index_fill`."""
    return assign("index_fill_", input, filled("index_fill_", input, dim, index, value))


def filled(name: str, input: Tensor, dim: int, index: Tensor, value: Number | Tensor) -> Tensor:
    """index_fill under the name that the caller used."""
    expect_tensor(name, input)
    code = input.array.dtype
    number = to_code(value, code) if isinstance(value, TensorBase) else wrap(number_array(name, value, code))
    if number.array.ndim:
        raise _C.ShapeError(f"{name}: expected a number or a scalar, got shape {number.array.shape}")
    return placed(name, input, dim, index, number, False, True)


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements of ``input``, seen as one row, at ``index``; the result has the shape of ``index``.

    Raises:
        IndexError: an index lies outside.

    >>> pydl.tensor([[1, 2], [3, 4]]).take(pydl.tensor([0, 3]))
    tensor([1, 4])
    """
    expect_tensor("take", input)
    expect_tensor("take", index)
    if index.array.dtype != INT64:
        raise _C.DTypeError(f"take: expected an index of dtype int64, got {index.dtype.name}")
    flat = input if input.array.ndim else reshape(input, (1,))
    places = own(_C.checked_index("take", index.array, flat.array.size, True), index.array)
    return apply(IndexGet, flat, 0, flat.array.ndim, places)


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements of ``input`` where ``mask`` is true, as one row; the two broadcast.

    >>> x = pydl.tensor([1.0, -2.0, 3.0])
    >>> x.masked_select(x > 0)
    tensor([1., 3.])
    """
    expect_tensor("masked_select", mask)
    if mask.array.dtype != BOOL:
        raise _C.DTypeError(f"masked_select: expected a mask of dtype bool, got {mask.dtype.name}")
    shape = _C.broadcast_shapes("masked_select", input.array.shape, mask.array.shape)
    positions = _C.mask_positions(_C.expand(mask.array, shape))
    x = input if input.array.shape == shape else expand(input, shape)
    if not shape:
        x = reshape(x, (1,))
    return apply(IndexGet, x, 0, x.array.ndim, positions)


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Where ``input`` is not zero: (count, dimensions) indices, or one tensor for each dimension.

    >>> pydl.tensor([[0, 1], [2, 0]]).nonzero()
    tensor([[0, 1],
            [1, 0]])
    """
    expect_tensor("nonzero", input)
    if not as_tuple:
        return wrap(_C.nonzero(input.array))
    array = input.array if input.array.ndim else _C.reshape(input.array, (1,))
    places = _C.nonzero(array)
    return tuple([wrap(_C.contiguous(_C.select(places, 1, d))) for d in range(array.ndim)])


def argwhere(input: Tensor) -> Tensor:
    """`nonzero` under numpy's name.

    >>> pydl.argwhere(pydl.tensor([0, 1, 1]))
    tensor([[1],
            [2]])
    """
    expect_tensor("argwhere", input)
    return wrap(_C.nonzero(input.array))


def put_plan(input: Tensor, indices: Sequence[Any]) -> Plan:
    """The plan of an index_put's indices; None stands for a whole dimension."""
    steps = plan(input.array, tuple([slice(None) if i is None else i for i in indices]))
    if type(steps) is not Plan:
        raise _C.IndexError("index_put: expected at least one tensor of indices, got none with a dimension")
    return steps


def index_put(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """``input`` with ``values`` put (or, with ``accumulate``, added) at ``input[indices]``.

    Repeated indices add up with ``accumulate``; without, the last one stays. ``values`` broadcasts.

    >>> at = (pydl.tensor([0, 0, 2]),)
    >>> pydl.zeros(3).index_put(at, pydl.tensor(1.0), accumulate=True)
    tensor([2., 0., 1.])
    """
    expect_tensor("index_put", values)
    if values.array.dtype != input.array.dtype:
        raise _C.DTypeError(f"index_put: expected values of dtype {input.dtype.name}, got {values.dtype.name}")
    steps = put_plan(input, indices)
    target = viewed(input, steps)
    out = apply(IndexPut, target, values, steps.first, steps.width, steps.places, accumulate)
    if steps.order is None:
        return out
    back = sorted(range(len(steps.order)), key=steps.order.__getitem__)
    return permute(out, tuple(back))


def index_put_(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """In-place `index_put`."""
    if grad_enabled() and (input._requires_grad or values._requires_grad or input.base is not None):
        return assign("index_put_", input, index_put(input, indices, values, accumulate))
    if values.array.dtype != input.array.dtype:
        raise _C.DTypeError(f"index_put_: expected values of dtype {input.dtype.name}, got {values.dtype.name}")
    steps = put_plan(input, indices)
    target = input.array if steps.order is None else _C.permute(input.array, steps.order)
    _C.index_put_into(target, steps.first, steps.width, steps.places, values.array, accumulate)
    remember_write(input)
    return input


def flip(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """A copy with the order of the elements along ``dims`` reversed.

    >>> pydl.tensor([[1, 2], [3, 4]]).flip(0)
    tensor([[3, 4],
            [1, 2]])
    """
    n = input.array.ndim
    wrapped = [wrap_dim("flip", d, n) for d in ints("flip", order if dims is None else (*order, dims))]
    if len(set(wrapped)) != len(wrapped):
        raise _C.ValueError(f"flip: a dimension comes twice in {order if dims is None else dims}")
    return apply(Flip, input, tuple(wrapped) if n else ())


def fliplr(input: Tensor) -> Tensor:
    """A copy with the columns (dimension 1) in reverse order."""
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """A copy with the rows (dimension 0) in reverse order."""
    return flip(input, 0)


def roll(input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
    """A copy with the elements moved along ``dims``; what leaves at the end comes in at the front.

    Without ``dims`` the elements are rolled as one row.

    >>> pydl.arange(4).roll(1)
    tensor([3, 0, 1, 2])
    """
    by = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    if dims is None or dims == ():
        if len(by) != 1:
            raise _C.ValueError(f"roll: expected one shift where there are no dims, got {by}")
        shape = input.array.shape
        return reshape(apply(Roll, reshape(input, (math.prod(shape),)), by, (0,)), shape)
    along = ints("roll", (dims,))
    if len(along) != len(by):
        raise _C.ValueError(f"roll: expected as many shifts as dims, got {by} and {along}")
    return apply(Roll, input, by, tuple([wrap_dim("roll", d, input.array.ndim) for d in along]))


from pydl.ops.view import permute  # noqa: E402

"""Writing into tensors that have a history.

An in-place operation gives the tensor a new node. Where the tensor is a view, the write is also a
write into its base: the base's new history is "the old one, except where the view shows", and
every other view of that base reads its own history anew from the base when it is next used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.blame import remember_write
from pydl.autograd.function import Function, apply, connect, grad_enabled, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydl.tensor import Tensor


def strided_like(g: _C.Array, base: _C.Array) -> _C.Array:
    """A copy of g laid out in memory exactly as base, so that base's views have the same geometry in it."""
    extent = base.storage_bytes // max(1, base_itemsize(base))
    flat = _C.zeros((extent,), g.dtype)
    placed = _C.as_strided(flat, base.shape, base.strides, base.offset)
    _C.copy_into(placed, g)
    return placed


def base_itemsize(x: _C.Array) -> int:
    """Bytes of one element."""
    from pydl.dtypes import DTYPES

    return DTYPES[x.dtype].itemsize


def overlaps(x: _C.Array) -> bool:
    """Whether a geometry may show an element of the memory more than once."""
    reach = 0
    for step, n in sorted([(abs(step), n) for step, n in zip(x.strides, x.shape, strict=True) if n > 1]):
        if step <= reach:
            return x.size > 0
        reach += step * (n - 1)
    return False


class ReadView(Function):
    """A view of a base, from its geometry alone: what a stale view's history becomes."""

    @staticmethod
    def forward(ctx: Any, base: Tensor, geometry: _C.Array) -> _C.Array:
        ctx.base_array = base.array
        ctx.geometry = geometry
        return geometry

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # the base's gradient: g where the view shows, 0 elsewhere
        return PlaceView.call(g, ctx.geometry, ctx.base_array)


class PlaceView(Function):
    """Zeros in the shape of a base with x where a view of it shows."""

    @staticmethod
    def call(x: Tensor, geometry: _C.Array, base: _C.Array) -> Tensor:
        return apply(PlaceView, x, geometry, base)

    @staticmethod
    def forward(ctx: Any, x: Tensor, geometry: _C.Array, base: _C.Array) -> _C.Array:
        ctx.geometry, ctx.base_array = geometry, base
        zero = strided_like(_C.full(base.shape, _C.scalar(0.0, x.array.dtype)), base)
        if overlaps(geometry):  # what is shown several times gets the sum
            from pydl.ops.strided import positions

            memory = _C.as_strided(zero, (zero.storage_bytes // base_itemsize(zero),), (1,), 0)
            places = positions(base, geometry.shape, geometry.strides, geometry.offset)
            _C.scatter_into(memory, 0, places.array, _C.reshape(x.array, (x.array.size,)), True)
            return zero
        part = _C.as_strided(zero, geometry.shape, geometry.strides, geometry.offset)
        _C.copy_into(part, x.array)
        return zero

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # what the view shows of g
        return TakeView.call(g, ctx.geometry, ctx.base_array)


class TakeView(Function):
    """The elements of x, shaped like a base, that a view of the base shows."""

    @staticmethod
    def call(x: Tensor, geometry: _C.Array, base: _C.Array) -> Tensor:
        return apply(TakeView, x, geometry, base)

    @staticmethod
    def forward(ctx: Any, x: Tensor, geometry: _C.Array, base: _C.Array) -> _C.Array:
        ctx.geometry, ctx.base_array = geometry, base
        placed = strided_like(x.array, base)
        return _C.contiguous(_C.as_strided(placed, geometry.shape, geometry.strides, geometry.offset))

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return PlaceView.call(g, ctx.geometry, ctx.base_array)


class WriteView(Function):
    """A base after value was written where a view of it shows; the memory is written already."""

    @staticmethod
    def forward(ctx: Any, base: Tensor, value: Tensor, geometry: _C.Array) -> _C.Array:
        ctx.geometry, ctx.base_array = geometry, base.array
        return base.array

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        # base: g with the written part 0; value: the written part of g
        part = TakeView.call(g, ctx.geometry, ctx.base_array)
        rest = None
        if ctx.edges[0] is not None:
            rest = g - PlaceView.call(part, ctx.geometry, ctx.base_array)
        return rest, part


class Overwrite(Function):
    """A tensor with a history after a constant was written over all of it: that history gets a gradient of zero."""

    shape: tuple[int, ...]
    code: int

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # 0
        return wrap(_C.zeros(ctx.shape, ctx.code))


def rebuild_view(x: Tensor) -> None:
    """A stale view's history, read anew from its base."""
    base = x.base
    assert base is not None
    seen = apply(ReadView, base, x.array)
    x.node, x._requires_grad = seen.node, seen._requires_grad
    x.base_node = base.node


def check_own_memory(name: str, x: Tensor) -> None:
    """Refuse to write in place where one element of memory stands for several: expand's result.

    Raises:
        StateError: it does.
    """
    a = x.array
    if not a.contiguous and a.size and any(step == 0 and n > 1 for step, n in zip(a.strides, a.shape, strict=True)):
        raise _C.StateError(
            f"{name}: expected memory of its own for each element to write to, got shape {a.shape} with strides "
            f"{a.strides} (an expanded view); clone() it first"
        )


def check_writable(name: str, x: Tensor) -> None:
    """Refuse to overwrite a leaf whose gradient is wanted.

    Raises:
        StateError: x, or what x is a view of, is such a leaf.
    """
    owner = x if x.base is None else x.base
    if owner._requires_grad and owner.node is None and grad_enabled():
        what = "a leaf" if owner is x else "a view of a leaf"
        raise _C.StateError(
            f"{name}: {what} that requires a gradient cannot be written in place; do it under "
            "pydl.no_grad(), or on a copy"
        )


def assign(name: str, x: Tensor, value: Tensor) -> Tensor:
    """x[...] = value with history; value has been converted to x's shape and dtype."""
    check_writable(name, x)
    check_own_memory(name, x)
    tracked = grad_enabled() and (x._requires_grad or value._requires_grad or x.base is not None)
    _C.copy_into(x.array, value.array)
    remember_write(x)
    if tracked:
        set_history(x, value)
    return x


def set_history(x: Tensor, value: Tensor) -> None:
    """x holds value's values now: take over its history, for the base too where x is a view."""
    base = x.base
    if base is None:
        if value._requires_grad or not x._requires_grad:
            x.node, x._requires_grad = value.node, value._requires_grad
            return
        past = Overwrite()
        past.shape, past.code = x.array.shape, x.array.dtype
        connect(past, (x,))
        x.node = past
        return
    if base.base_node is not None or base._requires_grad or value._requires_grad:
        node = WriteView()
        args = (base, value, x.array)
        node.geometry, node.base_array = x.array, base.array
        if connect(node, args):
            base.node, base._requires_grad = node, True
    rebuild_view(x)


def result_for(name: str, x: Tensor, value: Tensor) -> Tensor:
    """value, converted to x's dtype and broadcast to its shape, differentiably.

    Raises:
        ShapeError: value does not fit into x.
        DTypeError: the conversion would lose the kind of number (float to integer).
    """
    from pydl.dtypes import DTYPES
    from pydl.ops.copy import to_code
    from pydl.ops.view import expand

    have, want = DTYPES[value.array.dtype], DTYPES[x.array.dtype]
    if (have.is_floating_point and not want.is_floating_point) or (want.name == "bool" and have.name != "bool"):
        raise _C.DTypeError(f"{name}: the result of dtype {have.name} cannot be written into {want.name}")
    if value.array.dtype != x.array.dtype:
        value = to_code(value, x.array.dtype)
    if not _C.same_shape(value.array, x.array):
        if value.array.ndim > x.array.ndim or value.array.size > max(x.array.size, 1):
            raise _C.ShapeError(
                f"{name}: the result has shape {value.array.shape}, which does not fit in place of {x.array.shape}"
            )
        value = expand(value, x.array.shape)
    return value


def detached(x: Tensor) -> Tensor:
    """The same memory without history."""
    return wrap(x.array)


def snapshot(x: Tensor) -> Tensor:
    """x with its history in memory of its own: what an operation that overwrites x may save."""
    if x.base is not None and x.base.node is not x.base_node:
        rebuild_view(x)
    out = wrap(_C.clone(x.array))
    out.node, out._requires_grad = x.node, x._requires_grad
    return out


def overwrite(name: str, op: Callable[[Tensor], Tensor], kernel: Callable[[_C.Array], None], x: Tensor) -> Tensor:
    """The in-place form of a function of one operand: straight in memory, or with history where a gradient needs it."""
    if x.array.dtype > 3 or (grad_enabled() and (x._requires_grad or x.base is not None)):
        check_writable(name, x)
        return assign(name, x, result_for(name, x, op(snapshot(x))))
    kernel(x.array)
    remember_write(x)
    return x


def in_place(name: str, op: Callable[..., Tensor], x: Any, *args: Any, **settings: Any) -> Tensor:
    """The in-place form of an op without a kernel for it: the op's result, written over its first argument.

    Raises:
        StateError: x is a leaf whose gradient is wanted.
        ShapeError: the result is larger than x.
        DTypeError: x does not hold the result's kind of number.
    """
    from pydl.ops.operands import expect_tensor

    expect_tensor(name, x)
    check_writable(name, x)
    return assign(name, x, result_for(name, x, op(snapshot(x), *args, **settings)))

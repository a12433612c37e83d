"""``x[key]`` and ``x[key] = value``.

Ints, slices, None and Ellipsis give a view. Slices may have negative steps, which PyTorch refuses: they give a view
with a negative stride. A second '...' is refused, as in numpy; PyTorch reads on past it. Lists, numpy arrays and
tensors of integers (broadcast together) or bools pick elements into a copy. As in PyTorch, ints are applied first;
where the remaining arrays of indices are neighbours, the dimensions of their common shape stand in their place, else
in front.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pydl import _C
from pydl.autograd.blame import remember_write
from pydl.autograd.function import Function, TensorBase, apply, apply_view, grad_enabled, wrap
from pydl.autograd.inplace import assign

if TYPE_CHECKING:
    from pydl.tensor import Tensor

INT64, UINT8, BOOL = 4, 8, 9


class BasicIndex(Function):
    """x[key] for ints, slices, None and Ellipsis: a view."""

    is_view = True

    @staticmethod
    def forward(ctx: Any, x: Tensor, key: Any, array: _C.Array) -> _C.Array:
        ctx.key, ctx.shape = key, x.array.shape
        return array

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g at the key
        return apply(BasicIndexBackward, g, ctx.key, ctx.shape)


class BasicIndexBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, key: Any, shape: tuple[int, ...]) -> _C.Array:
        ctx.key = key
        out = _C.zeros(shape, g.array.dtype)
        _C.copy_into(_C.basic_index(out, key), g.array)
        return out

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg at the key
        return getitem(gg, ctx.key)


class IndexGet(Function):
    """x at an index into `count` dimensions from `first` on, seen as one."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, first: int, count: int, index: _C.Array) -> _C.Array:
        ctx.place, ctx.shape = (first, count, index), x.array.shape
        return _C.index_get(x.array, first, count, index)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g added at the index
        return apply(IndexGetBackward, g, ctx.shape, *ctx.place)


class IndexGetBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, shape: tuple[int, ...], first: int, count: int, index: _C.Array) -> _C.Array:
        ctx.place = first, count, index
        out = _C.zeros(shape, g.array.dtype)
        _C.index_put_into(out, first, count, index, g.array, True)
        return out

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg at the index
        return apply(IndexGet, gg, *ctx.place)


class IndexPut(Function):
    """A copy of x with value put or added at an index."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, value: Tensor, first: int, count: int, index: _C.Array, accumulate: bool
    ) -> _C.Array:
        ctx.place, ctx.shape, ctx.accumulate = (first, count, index), value.array.shape, accumulate
        out = _C.clone(x.array)
        _C.index_put_into(out, first, count, index, value.array, accumulate)
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # x: g with zeros at the index (g, where added); value: g at the index
        dx = dvalue = None
        if ctx.edges[0] is not None:
            zero = wrap(_C.scalar(0.0, g.array.dtype))
            dx = g if ctx.accumulate else apply(IndexPut, g, zero, *ctx.place, False)
        if ctx.edges[1] is not None:
            dvalue = sum_to(apply(IndexGet, g, *ctx.place), ctx.shape)
        return dx, dvalue


class Plan(NamedTuple):
    """A key split into a view of x and places in `width` of the view's dimensions from `first` on."""

    basic: Any  # the key of the view; None where it is x itself
    order: tuple[int, ...] | None  # a permutation of the view that makes the indexed dimensions neighbours
    first: int
    width: int
    places: _C.Array


def simple_entry(entry: Any) -> Any:
    """One entry of a key as an int, slice, None, Ellipsis, or a tensor of indices or bools.

    Raises:
        IndexError: it is nothing that an index can be.
    """
    kind = type(entry)
    if entry is None or entry is Ellipsis or kind is int or kind is slice:
        return entry
    if isinstance(entry, bool | np.bool_):
        return wrap(_C.scalar(bool(entry), BOOL))
    if isinstance(entry, np.ndarray | list | tuple | range):
        try:
            values = np.asarray(entry if not isinstance(entry, list) else [plain(e) for e in entry])
        except ValueError:
            raise _C.IndexError(f"index: expected nested lists of equal lengths, got {entry!s:.60}") from None
        if values.size == 0 and not isinstance(entry, np.ndarray):
            values = values.astype(np.int64)
        if values.dtype.kind not in "iub":
            raise _C.IndexError(
                f"index: expected ints, slices, None, '...', masks or arrays of ints, got an array of {values.dtype}"
            )
        if values.dtype.kind in "iu":
            values = values.astype(np.int64)
        entry = wrap(from_array(values))
    if isinstance(entry, TensorBase):
        code = entry.array.dtype
        if code == BOOL:
            return entry
        if code <= 3 or code == UINT8:
            raise _C.IndexError(
                f"index: expected a tensor of dtype int64 or bool, got {entry.dtype.name}"  # type: ignore[attr-defined]
                "; convert it with .long() or .bool()"
            )
        if not entry.array.ndim:
            return int(_C.item(entry.array))
        return entry if code == INT64 else wrap(_C.cast(entry.array, INT64))
    if hasattr(entry, "__index__"):
        return int(entry.__index__())
    raise _C.IndexError(f"index: expected ints, slices, None, '...', masks or arrays of ints, got {kind.__name__}")


def plain(entry: Any) -> Any:
    """Tensors inside a list as numbers."""
    return entry.tolist() if isinstance(entry, TensorBase) else entry  # type: ignore[attr-defined]


def plan(x: _C.Array, key: Any) -> Plan | Any:
    """How to follow a key; a key of ints, slices, None and Ellipsis alone comes back as one that C++ takes."""
    entries = [simple_entry(e) for e in (key if isinstance(key, tuple) else (key,))]
    if not any(isinstance(e, TensorBase) for e in entries):
        return tuple(entries)
    used = 0
    for e in entries:
        if isinstance(e, TensorBase):
            used += e.array.ndim if e.array.dtype == BOOL else 1
        elif e is not None and e is not Ellipsis:
            used += 1
    basic: list[Any] = []
    picks: list[tuple[int, _C.Array]] = []  # (dimension of the view, indices or mask)
    at = 0
    for e in entries:
        if not isinstance(e, TensorBase):
            basic.append(e)
            at += max(x.ndim - used, 0) if e is Ellipsis else 0 if isinstance(e, int) else 1
            continue
        picks.append((at, e.array))
        # A mask without dimensions keeps or drops all of x: an index into a new dimension of size 1.
        dims = e.array.ndim if e.array.dtype == BOOL else 1
        basic.extend([slice(None)] * dims if dims else [None])
        at += dims or 1
    view = _C.basic_index(x, tuple(basic))
    whole = all(e is Ellipsis or (isinstance(e, slice) and e == slice(None)) for e in basic)
    basic_key = None if whole else tuple(basic)
    for d, mask in picks:
        if mask.dtype == BOOL and mask.ndim and mask.shape != view.shape[d : d + mask.ndim]:
            raise _C.IndexError(
                f"index: expected a mask of shape {view.shape[d : d + mask.ndim]} for the dimensions from {d} on of "
                f"shape {view.shape}, got {mask.shape}"
            )
    if len(picks) == 1 and picks[0][1].dtype == BOOL:
        d, mask = picks[0]
        return Plan(basic_key, None, d, mask.ndim or 1, _C.mask_positions(mask))
    dims_of: list[int] = []
    indices: list[_C.Array] = []
    for d, index in picks:
        if index.dtype != BOOL:
            dims_of.append(d)
            indices.append(index)
        elif not index.ndim:
            dims_of.append(d)
            indices.append(_C.mask_positions(index))
        else:
            places = _C.nonzero(index)
            for k in range(index.ndim):
                dims_of.append(d + k)
                indices.append(_C.select(places, 1, k))
    try:
        linear = _C.linear_index(view, tuple(dims_of), indices)
    except _C.ShapeError as error:  # the arrays do not broadcast: to numpy and PyTorch an index that does not fit
        raise _C.IndexError(str(error)) from None
    first, count = dims_of[0], len(dims_of)
    if dims_of == list(range(first, first + count)):
        return Plan(basic_key, None, first, count, linear)
    rest = [d for d in range(view.ndim) if d not in dims_of]
    return Plan(basic_key, (*dims_of, *rest), 0, count, linear)


def getitem(input: Tensor, key: Any) -> Tensor:
    """``input[key]``."""
    array = _C.basic_index(input.array, key)
    if array is not None:
        if input._requires_grad or input.base is not None:
            return apply_view(BasicIndex, input, key, array)
        out = wrap(array)
        out.base, out.base_node = input, input.node
        return out
    if isinstance(key, TensorBase) and key.array.dtype == INT64 and key.array.ndim and input.array.ndim:
        return apply(IndexGet, input, 0, 1, _C.linear_index(input.array, (0,), [key.array]))
    steps = plan(input.array, key)
    if type(steps) is not Plan:
        return getitem(input, steps)
    return apply(IndexGet, viewed(input, steps), steps.first, steps.width, steps.places)


def viewed(x: Tensor, steps: Plan) -> Tensor:
    """What of x the index goes into."""
    if steps.basic is not None:
        x = getitem(x, steps.basic)
    return x if steps.order is None else permute(x, steps.order)


def setitem(input: Tensor, key: Any, value: Any) -> None:
    """``input[key] = value``: the value is converted to the dtype of ``input`` and broadcast.

    Raises:
        ShapeError: the value does not broadcast to what the key picks.
        IndexError: the key does not fit ``input``.
    """
    x = input.array
    if isinstance(value, TensorBase):
        source: Tensor = value  # type: ignore[assignment]
    elif isinstance(value, int | float):
        source = wrap(number_array("setitem", value, x.dtype))
    else:
        source = tensor(value)
    view = _C.basic_index(x, key)
    base = input.base
    tracked = (input._requires_grad or source._requires_grad or (base is not None and base._requires_grad)) and (
        grad_enabled()
    )
    steps = None
    if view is None:
        steps = plan(x, key)
        if type(steps) is not Plan:
            return setitem(input, steps, source)
    if steps is None:
        if tracked:
            assign("setitem", getitem(input, key), fitting(source, view.shape, x.dtype))
            return None
        # The copy converts, and broadcasts a scalar, by itself.
        if source.array.ndim and not _C.same_shape(source.array, view):
            source = fitting(source, view.shape, x.dtype)
        _C.copy_into(view, source.array)
        remember_write(input)
        return None
    view = x if steps.basic is None else _C.basic_index(x, steps.basic)
    source = without_ones(source, view.ndim - steps.width + steps.places.ndim)
    if tracked:
        target = viewed(input, steps)
        source = to_code(source, x.dtype)
        new = apply(IndexPut, target, source, steps.first, steps.width, steps.places, False)
        assign("setitem", target, new)
        return None
    if steps.order is not None:
        view = _C.permute(view, steps.order)
    _C.index_put_into(view, steps.first, steps.width, steps.places, source.array, False)
    remember_write(input)
    return None


def without_ones(value: Tensor, ndim: int) -> Tensor:
    """value without the leading dimensions of size 1 beyond ndim."""
    have = value.array.shape
    extra = len(have) - ndim
    if extra > 0 and all(n == 1 for n in have[:extra]):
        return reshape(value, have[extra:])
    return value


def fitting(value: Tensor, shape: tuple[int, ...], code: int) -> Tensor:
    """value in a dtype, expanded to a shape."""
    if value.array.dtype != code:
        value = to_code(value, code)
    if value.array.shape == shape:
        return value
    value = without_ones(value, len(shape))
    have = value.array.shape
    if len(have) > len(shape) or any(n not in (1, m) for n, m in zip(have[::-1], shape[::-1], strict=False)):
        raise _C.ShapeError(f"setitem: expected a value that broadcasts to {shape}, got {have}")
    return expand(value, shape)


from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.create import from_array, tensor  # noqa: E402
from pydl.ops.operands import number_array  # noqa: E402
from pydl.ops.view import expand, permute, reshape, sum_to  # noqa: E402

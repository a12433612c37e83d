"""Tensors joined, split and repeated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply, apply_many, apply_view, wrap
from pydl.dtypes import DTYPES, bool_, int64
from pydl.ops.copy import clone, to_code
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import expect_tensor
from pydl.ops.view import Slice, expand, ints, reshape, select, unsqueeze, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Cat(Function):
    @staticmethod
    def forward(ctx: Any, dim: int, *tensors: Tensor) -> _C.Array:
        ctx.dim, ctx.shapes = dim, [x.array.shape for x in tensors]
        return _C.concat([x.array for x in tensors], dim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # to each its part of g
        grads: list[Any] = [None]
        at, d = 0, ctx.dim % g.array.ndim
        for shape, edge in zip(ctx.shapes, ctx.edges[1:], strict=True):
            if len(shape) != g.array.ndim:  # an empty vector beside larger ones
                grads.append(None if edge is None else reshape(apply_view(Slice, g, d, 0, 1, 0), shape))
                continue
            grads.append(None if edge is None else apply_view(Slice, g, d, at, 1, shape[d]))
            at += shape[d]
        return tuple(grads)


class Stack(Function):
    @staticmethod
    def forward(ctx: Any, dim: int, *tensors: Tensor) -> _C.Array:
        ctx.dim = dim
        return _C.concat([_C.unsqueeze(x.array, dim) for x in tensors], dim)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # to each its part of g
        parts = [None if edge is None else select(g, ctx.dim, i) for i, edge in enumerate(ctx.edges[1:])]
        return (None, *parts)


class Pieces(Function):
    """Views of neighbouring parts of a dimension: one node for all, whose gradients are put together at once."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, d: int, sizes: tuple[int, ...]) -> tuple[_C.Array, ...]:
        ctx.dim, ctx.code = d, x.array.dtype
        out, at = [], 0
        for n in sizes:
            out.append(_C.slice(x.array, d, at, 1, n))
            at += n
        ctx.shapes = [part.shape for part in out]
        return tuple(out)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor | None) -> Any:  # the parts' gradients, one after the other
        parts = [wrap(_C.zeros(s, ctx.code)) if g is None else g for g, s in zip(grads, ctx.shapes, strict=True)]
        return apply(Cat, ctx.dim, *parts)


def alike(name: str, tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """The tensors, converted to the dtype that holds them all.

    Raises:
        ValueError: there is none.
        DTypeError: one is no tensor.
    """
    if not isinstance(tensors, list | tuple):
        raise _C.DTypeError(f"{name}: expected a list or tuple of tensors, got {type(tensors).__name__}")
    if not tensors:
        raise _C.ValueError(f"{name}: expected at least one tensor, got none")
    expect_tensor(name, tensors[0])
    code = first = tensors[0].array.dtype
    mixed = False
    for x in tensors:
        expect_tensor(name, x)
        if x.array.dtype != first:
            mixed = True
            code = _C.promote_types(code, x.array.dtype)
    return [to_code(x, code) for x in tensors] if mixed else tensors


@numpy_names
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors, one after the other along ``dim``; their other sizes are equal.

    Raises:
        ShapeError: the sizes do not fit.

    >>> pydl.cat([pydl.zeros(2), pydl.ones(1)])
    tensor([0., 0., 1.])
    """
    return apply(Cat, dim, *alike("cat", tensors))


concat = cat
concatenate = cat


@numpy_names
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape, next to each other along a new dimension.

    Raises:
        ShapeError: the shapes differ.

    >>> pydl.stack([pydl.zeros(2), pydl.ones(2)])
    tensor([[0., 0.],
            [1., 1.]])
    """
    parts = alike("stack", tensors)
    shape = parts[0].array.shape
    for i, x in enumerate(parts):
        if x.array.shape != shape:
            raise _C.ShapeError(f"stack: expected tensors of one shape, got {shape} and {x.array.shape} at place {i}")
    return apply(Stack, wrap_dim("stack", dim, len(shape) + 1), *parts)


def split(
    tensor: Tensor, split_size_or_sections: int | Sequence[int] | None = None, dim: int = 0, *, split_size: Any = None
) -> tuple[Tensor, ...]:
    """Views of ``tensor`` cut along ``dim``: pieces of one size (the last may be smaller), or of the sizes given.

    Raises:
        ValueError: the sizes do not add up to the dimension.

    >>> pydl.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    expect_tensor("split", tensor)
    if split_size_or_sections is None:
        split_size_or_sections = split_size  # the method's name for it
    if split_size_or_sections is None:
        raise _C.DTypeError("split: expected the size of the pieces")
    if not tensor.array.ndim:
        raise _C.ShapeError("split: expected a tensor with dimensions, got a scalar")
    d = wrap_dim("split", dim, tensor.array.ndim)
    size = tensor.array.shape[d]
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        if step < 0 or (step == 0 and size):
            raise _C.ValueError(f"split: expected pieces of 1 or more elements, got {step}")
        sizes = [min(step, size - at) for at in range(0, size, step)] if size else [0]
    else:
        sizes = list(split_size_or_sections)
        if any(n < 0 for n in sizes) or sum(sizes) != size:
            raise _C.ValueError(f"split: expected sizes that add up to {size} (dimension {d}), got {sizes}")
    return pieces(tensor, d, sizes)


def pieces(x: Tensor, d: int, sizes: Sequence[int]) -> tuple[Tensor, ...]:
    """Views of neighbouring parts of a dimension."""
    if len(sizes) < 2:  # no part, or all of it
        return tuple(apply_view(Slice, x, d, 0, 1, n) for n in sizes)
    base = x if x.base is None else x.base
    out = apply_many(Pieces, x, d, tuple(sizes))
    for part in out:
        part.base, part.base_node = base, base.node
    return out


@numpy_names
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most ``chunks`` views of equal size along ``dim``; the last may be smaller.

    >>> pydl.arange(5).chunk(2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    if chunks < 1:
        raise _C.ValueError(f"chunk: expected 1 or more chunks, got {chunks}")
    d = wrap_dim("chunk", dim, input.array.ndim)
    size = input.array.shape[d] if input.array.ndim else 0
    if not size:
        return split(input, [0] * chunks, d)
    return split(input, -(-size // chunks), d)


@numpy_names
def tensor_split(input: Tensor, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Views cut along ``dim``: a number of them whose sizes differ by at most 1, or cut before the places given.

    >>> pydl.arange(5).tensor_split(3)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    d = wrap_dim("tensor_split", dim, input.array.ndim)
    if not input.array.ndim:
        raise _C.ShapeError("tensor_split: expected a tensor with dimensions, got a scalar")
    size = input.array.shape[d]
    where: Any = indices_or_sections
    if hasattr(where, "tolist"):
        where = where.tolist()
    if isinstance(where, int):
        if where < 1:
            raise _C.ValueError(f"tensor_split: expected 1 or more sections, got {where}")
        small, larger = divmod(size, where)
        return pieces(input, d, [small + 1] * larger + [small] * (where - larger))
    out, start = [], 0
    for stop in (*where, None):
        begin, end, _ = slice(start, stop).indices(size)
        out.append(apply_view(Slice, input, d, begin, 1, max(end - begin, 0)))
        start = stop
    return tuple(out)


@numpy_names
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """A view for each index of ``dim``, which goes away.

    >>> pydl.tensor([[1, 2], [3, 4]]).unbind()
    (tensor([1, 2]), tensor([3, 4]))
    """
    if not input.array.ndim:
        raise _C.ShapeError("unbind: expected a tensor with dimensions, got a scalar")
    d = wrap_dim("unbind", dim, input.array.ndim)
    return tuple([select(input, d, i) for i in range(input.array.shape[d])])


def at_least(x: Tensor, ndim: int) -> Tensor:
    """x with dimensions of size 1 put in front until there are ndim of them."""
    while x.array.ndim < ndim:
        x = unsqueeze(x, 0)
    return x


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors next to each other: along dimension 1, vectors along 0.

    >>> pydl.hstack([pydl.zeros(2), pydl.ones(1)])
    tensor([0., 0., 1.])
    """
    parts = [at_least(x, 1) for x in alike("hstack", tensors)]
    return cat(parts, 0 if parts[0].array.ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors below each other, along dimension 0; vectors count as rows.

    >>> pydl.vstack([pydl.zeros(2), pydl.ones(2)])
    tensor([[0., 0.],
            [1., 1.]])
    """
    return cat([at_least(x, 2) for x in alike("vstack", tensors)], 0)


def repeat(input: Tensor, *counts: Any, repeats: Any = None) -> Tensor:
    """A copy with the whole tensor repeated so often along each dimension; further ones come in front.

    >>> pydl.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    times = ints("repeat", counts if repeats is None else (*counts, repeats))
    shape = input.array.shape
    added = len(times) - len(shape)
    if added < 0:
        raise _C.ShapeError(f"repeat: expected at least {len(shape)} numbers for shape {shape}, got {times}")
    if any(n < 0 for n in times):
        raise _C.ValueError(f"repeat: expected numbers of 0 or more, got {times}")
    sizes = (1,) * added + shape
    apart: list[int] = []  # each dimension as (times, size)
    wide: list[int] = []
    for n, size in zip(times, sizes, strict=True):
        apart += [1, size]
        wide += [n, size]
    out = tuple([n * size for n, size in zip(times, sizes, strict=True)])
    if len(apart) > 16:
        x = reshape(input, sizes)
        for d, n in enumerate(times):
            if n != 1:
                x = cat([x] * n, d) if n else apply_view(Slice, x, d, 0, 1, 0)
        return x if x is not input else clone(x)
    y = reshape(expand(reshape(input, tuple(apart)), tuple(wide)), out)
    return clone(y) if y.array.storage_id == input.array.storage_id else y


def tile(input: Tensor, *counts: Any, dims: Any = None) -> Tensor:
    """`repeat`, where fewer numbers than dimensions are taken for the last ones.

    >>> pydl.tensor([[1, 2]]).tile(2)
    tensor([[1, 2, 1, 2]])
    """
    times = ints("tile", counts if dims is None else (*counts, dims))
    return repeat(input, (1,) * (input.array.ndim - len(times)) + times)


@numpy_names
def repeat_interleave(
    input: Tensor, repeats: int | Tensor, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """A copy with each element (of ``dim``, else of all as one row) repeated in its place.

    >>> pydl.tensor([1, 2]).repeat_interleave(2)
    tensor([1, 1, 2, 2])
    """
    import numpy as np

    from pydl.ops.create import from_numpy
    from pydl.ops.index import index_select

    expect_tensor("repeat_interleave", input)
    if dim is None or not input.array.ndim:
        input = reshape(input, (-1,))
    d = wrap_dim("repeat_interleave", dim or 0, input.array.ndim)
    if isinstance(repeats, TensorBase):
        if repeats.array.dtype <= 3 or repeats.array.dtype == bool_.code:
            raise _C.DTypeError(f"repeat_interleave: expected integer repeats, got {DTYPES[repeats.array.dtype].name}")
        times = reshape(repeats, (-1,)).tolist()
    else:
        times = list(ints("repeat_interleave", (repeats,)))
    size = input.array.shape[d]
    if any(n < 0 for n in times) or len(times) not in (1, size):
        got = times if len(times) <= 8 else f"{len(times)} numbers from {min(times)} on"
        raise _C.ValueError(f"repeat_interleave: expected one number of 0 or more or {size} of them, got {got}")
    # numpy multiplies sizes without a look at overflow or at the memory there is: ours is asked for first.
    total = times[0] * size if len(times) == 1 else sum(times)
    if output_size is not None and output_size != total:
        raise _C.ValueError(f"repeat_interleave: expected an output_size of {total}, got {output_size}")
    _C.empty(ints("repeat_interleave", (total,)), int64.code)
    return index_select(input, d, from_numpy(np.repeat(np.arange(size, dtype=np.int64), times)))

"""Elements picked, and put or added, each by an index of its own along one dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply, wrap
from pydl.autograd.inplace import assign, in_place
from pydl.ops.copy import to_code
from pydl.ops.keywords import numpy_names
from pydl.ops.operands import expect_tensor, number_array
from pydl.ops.view import narrow, wrap_dim

if TYPE_CHECKING:
    from pydl.ops.operands import Number
    from pydl.tensor import Tensor


class Gather(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, index: Tensor) -> _C.Array:
        ctx.save(index)
        ctx.dim, ctx.shape = dim, x.array.shape
        return _C.gather(x.array, dim, index.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # zeros with g added at the index
        (index,) = ctx.saved_tensors
        return apply(GatherBackward, g, ctx.shape, ctx.dim, index)


class GatherBackward(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, shape: tuple[int, ...], dim: int, index: Tensor) -> _C.Array:
        ctx.save(index)
        ctx.dim = dim
        out = _C.zeros(shape, g.array.dtype)
        _C.scatter_into(out, dim, index.array, g.array, True)
        return out

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # gg at the index
        (index,) = ctx.saved_tensors
        return apply(Gather, gg, ctx.dim, index)


class Scatter(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, index: Tensor, src: Tensor) -> _C.Array:
        ctx.save(index)
        ctx.dim, ctx.scalar = dim, not src.array.ndim and index.array.ndim > 0
        out = _C.clone(x.array)
        _C.scatter_into(out, dim, index.array, src.array, False)
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # x: g with zeros at the index; src: g at the index
        (index,) = ctx.saved_tensors
        dx = dsrc = None
        if ctx.edges[0] is not None:
            dx = apply(Scatter, g, ctx.dim, index, wrap(_C.scalar(0.0, g.array.dtype)))
        if ctx.edges[3] is not None:
            dsrc = apply(Gather, g, ctx.dim, index)
            if ctx.scalar:
                dsrc = reduce_sum(dsrc, (), False)
        return dx, None, None, dsrc


class ScatterAdd(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, index: Tensor, src: Tensor) -> _C.Array:
        ctx.save(index)
        ctx.dim = dim
        out = _C.clone(x.array)
        _C.scatter_into(out, dim, index.array, src.array, True)
        return out

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # x: g; src: g at the index
        (index,) = ctx.saved_tensors
        return g, None, None, None if ctx.edges[3] is None else apply(Gather, g, ctx.dim, index)


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """``out[i][j][k] = input[i][index[i][j][k]][k]`` for ``dim`` 1; the result has the shape of ``index``.

    ``index`` (int64) has as many dimensions as ``input`` and is nowhere larger, except along ``dim``.

    Raises:
        IndexError: an index lies outside of the dimension.
        ShapeError: ``index`` does not fit ``input``.

    >>> pydl.tensor([[1, 2], [3, 4]]).gather(1, pydl.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    expect_tensor("gather", input)
    expect_tensor("gather", index)
    if sparse_grad:
        raise _C.ValueError("gather: expected sparse_grad=False, pydl has no sparse tensors")
    return apply(Gather, input, wrap_dim("gather", dim, input.array.ndim), index)


def source_for(name: str, input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """As much of src as index has places for.

    Raises:
        DTypeError: its dtype is not input's.
    """
    expect_tensor(name, index)
    if src.array.dtype != input.array.dtype:
        raise _C.DTypeError(f"{name}: expected a source of dtype {input.dtype.name}, got {src.dtype.name}")
    have, wanted = src.array.shape, index.array.shape
    if have != wanted and len(have) == len(wanted) and all(n >= m for n, m in zip(have, wanted, strict=True)):
        for d, size in enumerate(wanted):
            if have[d] != size:
                src = narrow(src, d, 0, size)
    return src


def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | Number | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
) -> Tensor:
    """A copy of ``input`` with ``out[i][index[i][j][k]][k] = src[i][j][k]`` for ``dim`` 1.

    ``src`` is a tensor at least as large as ``index``, or one number. ``reduce="add"`` adds instead, and
    "multiply" multiplies.

    Raises:
        IndexError: an index lies outside of the dimension.
        ShapeError: ``index`` does not fit ``input`` or ``src``.

    >>> pydl.zeros(2, 3).scatter(1, pydl.tensor([[2], [0]]), 1.0)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    expect_tensor("scatter", input)
    given = value if src is None else src
    if given is None:
        raise _C.ValueError("scatter: expected a src or a value, got neither")
    expect_tensor("scatter", index)
    dim = wrap_dim("scatter", dim, input.array.ndim)
    if isinstance(given, TensorBase):
        source = source_for("scatter", input, dim, index, given)
    else:
        source = wrap(number_array("scatter", given, input.array.dtype))
    if reduce is None:
        return apply(Scatter, input, dim, index, source)
    if reduce not in ("add", "multiply"):
        raise _C.ValueError(f"scatter: expected reduce None, 'add' or 'multiply', got {reduce!r}")
    return combine("scatter", input, dim, index, spread(source, index), "sum" if reduce == "add" else "prod", True)


def spread(source: Tensor, index: Tensor) -> Tensor:
    """A scalar source in the shape of index."""
    return source if source.array.ndim or not index.array.ndim else expand(source, index.array.shape)


def scatter_(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | Number | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
) -> Tensor:
    """In-place `scatter`."""
    if reduce == "multiply":  # it needs what was there for its gradient
        return in_place("scatter_", scatter, input, dim, index, src, value=value, reduce=reduce)
    return assign("scatter_", input, scatter(input, dim, index, src, value=value, reduce=reduce))


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy of ``input`` with ``src[i][j][k]`` added at ``out[i][index[i][j][k]][k]`` for ``dim`` 1.

    Repeated places add up, in the order of ``index``.

    >>> pydl.zeros(3).scatter_add(0, pydl.tensor([1, 1]), pydl.tensor([2.0, 3.0]))
    tensor([0., 5., 0.])
    """
    expect_tensor("scatter_add", input)
    expect_tensor("scatter_add", src)
    d = wrap_dim("scatter_add", dim, input.array.ndim)
    return apply(ScatterAdd, input, d, index, source_for("scatter_add", input, d, index, src))


def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """In-place `scatter_add`."""
    return assign("scatter_add_", input, scatter_add(input, dim, index, src))


@numpy_names
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """`gather` whose ``indices`` and ``input`` broadcast; without ``dim``, of ``input`` as one row.

    >>> x = pydl.tensor([[3, 1], [2, 4]])
    >>> pydl.take_along_dim(x, x.argsort(1), 1)
    tensor([[1, 3],
            [2, 4]])
    """
    expect_tensor("take_along_dim", input)
    expect_tensor("take_along_dim", indices)
    if dim is None:
        at = reshape(to_code(indices, 4), (-1,))
        return gather(
            reshape(input, (-1,)), 0, wrap(_C.checked_index("take_along_dim", at.array, input.array.size, False))
        )
    a, b = input.array.shape, indices.array.shape
    if len(a) != len(b):
        raise _C.ShapeError(f"take_along_dim: expected indices of {len(a)} dimensions for {a}, got {b}")
    d = wrap_dim("take_along_dim", dim, len(a))
    common = list(_C.broadcast_shapes("take_along_dim", (*a[:d], 1, *a[d + 1 :]), (*b[:d], 1, *b[d + 1 :])))
    common[d] = a[d]
    x = expand(input, tuple(common))
    common[d] = b[d]
    places = to_code(expand(indices, tuple(common)), 4)
    return gather(x, d, wrap(_C.checked_index("take_along_dim", places.array, a[d], True)))


from pydl.ops.reduce import reduce_sum  # noqa: E402
from pydl.ops.scatter_reduce import combine  # noqa: E402
from pydl.ops.view import expand, reshape  # noqa: E402

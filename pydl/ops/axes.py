"""Dimensions moved, added, split, repeated to fit: views, made of the ops of view.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.ops.operands import expect_tensor
from pydl.ops.view import expand, ints, permute, reshape, sum_to, transpose, view, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """A view with the dimensions ``source`` at the places ``destination``; the others keep their order.

    Raises:
        ValueError: the numbers of dimensions differ, or one comes twice.

    >>> pydl.zeros(2, 3, 5).movedim(0, -1).shape
    pydl.Size([3, 5, 2])
    """
    expect_tensor("movedim", input)
    n = input.array.ndim
    places = []
    for what, given in (("source", source), ("destination", destination)):
        dims = [wrap_dim("movedim", d, n) for d in ints("movedim", (given,))]
        if len(set(dims)) != len(dims):
            raise _C.ValueError(f"movedim: expected each dimension once in {what}, got {given}")
        places.append(dims)
    if len(places[0]) != len(places[1]):
        raise _C.ValueError(f"movedim: expected as many sources as destinations, got {source} and {destination}")
    if not n:
        return view(input, ())
    order = [d for d in range(n) if d not in places[0]]
    for to, d in sorted(zip(places[1], places[0], strict=True)):
        order.insert(to, d)
    return permute(input, order)


def ravel(input: Tensor) -> Tensor:
    """The elements as one dimension: a view where that is possible.

    >>> pydl.ravel(pydl.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    expect_tensor("ravel", input)
    return reshape(input, -1)


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One dimension split into several, one size of which may be -1.

    Raises:
        ShapeError: the sizes do not multiply to the dimension's.

    >>> pydl.zeros(6, 2).unflatten(0, (-1, 3)).shape
    pydl.Size([2, 3, 2])
    """
    expect_tensor("unflatten", input)
    if isinstance(sizes, int) or not len(sizes):
        raise _C.DTypeError(f"unflatten: expected sizes, a tuple of ints that is not empty, got {sizes!r}")
    shape = input.array.shape
    d = wrap_dim("unflatten", dim, len(shape))
    parts = ints("unflatten", (tuple(sizes),))
    size = shape[d] if shape else 1
    known = 1
    for n in parts:
        known *= 1 if n == -1 else n
    free = parts.count(-1)
    if free > 1 or any(n < -1 for n in parts) or (size % known if free and known else (free or known != size)):
        raise _C.ShapeError(f"unflatten: sizes {parts} do not multiply to {size}, the size of dimension {d}")
    return view(input, (*shape[:d], *[size // known if n == -1 else n for n in parts], *shape[d + 1 :]))


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """`view` in the shape of another tensor."""
    expect_tensor("view_as", other)
    return view(input, other.array.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`reshape` to the shape of another tensor."""
    expect_tensor("reshape_as", other)
    return reshape(input, other.array.shape)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`expand` to the shape of another tensor."""
    expect_tensor("expand_as", other)
    return expand(input, other.array.shape)


def broadcast_to(input: Tensor, *sizes: int | Sequence[int], size: Any = None) -> Tensor:
    """`expand` to a shape.

    >>> pydl.broadcast_to(pydl.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    expect_tensor("broadcast_to", input)
    return expand(input, ints("broadcast_to", sizes if size is None else (*sizes, size)))


def broadcast_shapes(*shapes: int | Sequence[int]) -> Any:
    """The shape that tensors of these shapes broadcast to: a `Size`.

    Raises:
        ShapeError: they do not broadcast.

    >>> pydl.broadcast_shapes((2, 1), (3,))
    pydl.Size([2, 3])
    """
    from pydl.tensor import Size

    out: tuple[int, ...] = ()
    for shape in shapes:
        sizes = ints("broadcast_shapes", (shape,))
        if any(n < 0 for n in sizes):
            raise _C.ShapeError(f"broadcast_shapes: expected sizes of 0 or more, got {sizes}")
        out = tuple(_C.broadcast_shapes("broadcast_shapes", out, sizes))
    return Size(out)


def several(name: str, tensors: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Tensors given one by one or as one list."""
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        tensors = tuple(tensors[0])
    for x in tensors:
        expect_tensor(name, x)
    return tensors


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Each tensor, expanded to the shape that all of them broadcast to.

    >>> [tuple(x.shape) for x in pydl.broadcast_tensors(pydl.zeros(2, 1), pydl.zeros(3))]
    [(2, 3), (2, 3)]
    """
    parts = several("broadcast_tensors", tensors)
    shape: tuple[int, ...] = ()
    for x in parts:
        shape = tuple(_C.broadcast_shapes("broadcast_tensors", shape, x.array.shape))
    return tuple([expand(x, shape) for x in parts])


def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """The sum over the dimensions in which ``size`` is smaller: what broadcasting back to ``input``'s shape repeats.
    Sums of integers are int64.

    Raises:
        ShapeError: ``size`` does not broadcast to the shape.

    >>> pydl.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    expect_tensor("sum_to_size", input)
    shape, have = ints("sum_to_size", size), input.array.shape
    added = len(have) - len(shape)
    if added < 0 or any(n not in (1, m) for n, m in zip(shape, have[added:], strict=True)):
        raise _C.ShapeError(f"sum_to_size: {shape} does not broadcast to {have}")
    out = sum_to(input, shape)
    return out if input.array.dtype <= 3 or (shape and shape == have) else to_code(out, 4)


def at_least(name: str, tensors: tuple[Any, ...], shapes: Any) -> Any:
    """Each tensor in the shape that `shapes` says for its own; one alone is no tuple."""
    single = len(tensors) == 1 and not isinstance(tensors[0], list | tuple)
    out = []
    for x in several(name, tensors):
        have = x.array.shape
        want = shapes(have)
        out.append(x if want == have else view(x, want))
    return out[0] if single else tuple(out)


def atleast_1d(*tensors: Any) -> Any:
    """Scalars as vectors of one element; a tuple where there are several tensors.

    >>> pydl.atleast_1d(pydl.tensor(3))
    tensor([3])
    """
    return at_least("atleast_1d", tensors, lambda shape: shape or (1,))


def atleast_2d(*tensors: Any) -> Any:
    """Scalars and vectors as matrices of one row; a tuple where there are several tensors.

    >>> pydl.atleast_2d(pydl.tensor([1, 2]))
    tensor([[1, 2]])
    """
    return at_least("atleast_2d", tensors, lambda shape: (1,) * (2 - len(shape)) + shape)


def atleast_3d(*tensors: Any) -> Any:
    """Fewer than three dimensions made three: a vector becomes (1, n, 1), a matrix (n, m, 1).

    >>> pydl.atleast_3d(pydl.zeros(2)).shape
    pydl.Size([1, 2, 1])
    """
    return at_least("atleast_3d", tensors, three)


def three(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape if len(shape) > 2 else ((1, 1, 1), (1, *shape, 1), (*shape, 1))[len(shape)]


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """A copy turned ``k`` times by 90 degrees in the plane of two dimensions, from the first towards the second.

    Raises:
        ValueError: the dimensions are not two different ones.

    >>> pydl.rot90(pydl.tensor([[0, 1], [2, 3]]))
    tensor([[1, 3],
            [0, 2]])
    """
    expect_tensor("rot90", input)
    n = input.array.ndim
    if n < 2:
        raise _C.ShapeError(f"rot90: expected at least 2 dimensions, got shape {input.array.shape}")
    plane = [wrap_dim("rot90", d, n) for d in ints("rot90", (dims,))]
    if len(plane) != 2 or plane[0] == plane[1]:
        raise _C.ValueError(f"rot90: expected two different dimensions, got {dims}")
    (turns,) = ints("rot90", (k,))
    a, b = plane
    turns %= 4
    if turns == 1:
        return transpose(flip(input, (b,)), a, b)
    if turns == 3:
        return flip(transpose(input, a, b), (b,))
    return flip(input, (a, b)) if turns else clone(input)


def adjoint(input: Tensor) -> Tensor:
    """A view with the last two dimensions exchanged: the adjoint of real matrices; a scalar as it is.

    Raises:
        ShapeError: it is a vector.
    """
    expect_tensor("adjoint", input)
    if not input.array.ndim:
        return input
    if input.array.ndim < 2:
        raise _C.ShapeError(f"adjoint: expected a matrix or a stack of them, got shape {input.array.shape}")
    return transpose(input, -2, -1)


def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`narrow` in memory of its own.

    >>> pydl.arange(5).narrow_copy(0, 1, 3)
    tensor([1, 2, 3])
    """
    expect_tensor("narrow_copy", input)
    return clone(narrow(input, dim, start, length))


# PyTorch's second names.
moveaxis, swapaxes, swapdims = movedim, transpose, transpose

from pydl.ops.copy import clone, to_code  # noqa: E402
from pydl.ops.index import flip  # noqa: E402
from pydl.ops.view import narrow  # noqa: E402

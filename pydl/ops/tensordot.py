"""Products over any dimensions: tensordot, inner, Kronecker's, the cross product."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, apply
from pydl.ops.matmul import matmul
from pydl.ops.operands import expect_tensor, pair
from pydl.ops.products import dot
from pydl.ops.reduce import reduce_sum
from pydl.ops.view import ints, permute, reshape, wrap_dim

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def expect_one_dtype(name: str, input: Any, other: Any) -> None:
    """Raise a DTypeError where the two are not tensors of one dtype."""
    expect_tensor(name, input)
    expect_tensor(name, other)
    if input.array.dtype != other.array.dtype:
        raise _C.DTypeError(f"{name}: expected tensors of one dtype, got {input.dtype.name} and {other.dtype.name}")


def tensordot(a: Tensor, b: Tensor, dims: int | Sequence[Any] | Tensor = 2) -> Tensor:
    """The products summed over pairs of dimensions: the last ``dims`` of ``a`` with the first of ``b``, or those of two
    lists. What is left of ``a`` comes first. A size 1 beside a larger one broadcasts.

    Raises:
        ShapeError: the sizes of a pair differ.
        DTypeError: the dtypes differ.

    >>> pydl.tensordot(pydl.ones(2, 3), pydl.ones(3, 4), dims=1).shape
    pydl.Size([2, 4])
    """
    expect_one_dtype("tensordot", a, b)
    m, n = a.array.ndim, b.array.ndim
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, int):
        if not 0 <= dims <= min(m, n):
            raise _C.ValueError(f"tensordot: expected dims from 0 to {min(m, n)}, got {dims}")
        first, second = list(range(m - dims, m)), list(range(dims))
    else:
        if not isinstance(dims, list | tuple) or len(dims) != 2:
            raise _C.ValueError(f"tensordot: expected an int or two lists of dimensions, got {dims!r}")
        first = [wrap_dim("tensordot", d, m) for d in ints("tensordot", (dims[0],))]
        second = [wrap_dim("tensordot", d, n) for d in ints("tensordot", (dims[1],))]
        if len(first) != len(second) or len(set(first)) != len(first) or len(set(second)) != len(second):
            raise _C.ValueError(f"tensordot: expected as many dimensions of both, each once, got {dims}")
    for i, j in zip(first, second, strict=True):
        p, q = a.array.shape[i] if m else 1, b.array.shape[j] if n else 1
        if p != q:
            if p == 1:
                b = reduce_sum(b, (j,), True)
            elif q == 1:
                a = reduce_sum(a, (i,), True)
            else:
                raise _C.ShapeError(
                    f"tensordot: expected equal sizes, got {p} (dimension {i} of {a.array.shape}) and {q} (dimension "
                    f"{j} of {b.array.shape})"
                )
    if not m or not n:
        return mul(a, b)
    rows = [d for d in range(m) if d not in first]
    columns = [d for d in range(n) if d not in second]
    left, right = [a.array.shape[d] for d in rows], [b.array.shape[d] for d in columns]
    inner = math.prod([a.array.shape[d] for d in first])
    x = reshape(permute(a, rows + first), (math.prod(left), inner))
    y = reshape(permute(b, second + columns), (inner, math.prod(right)))
    return reshape(matmul(x, y), (*left, *right))


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sums of products over the last dimensions; with a scalar, the product.

    Raises:
        ShapeError: the last sizes differ.
        DTypeError: the dtypes differ.

    >>> pydl.inner(pydl.tensor([1.0, 2.0]), pydl.tensor([3.0, 4.0]))
    tensor(11.)
    """
    expect_tensor("inner", input)
    expect_tensor("inner", other)
    x, y = input.array.shape, other.array.shape
    if not x or not y:
        return mul(input, other)
    expect_one_dtype("inner", input, other)
    if x[-1] != y[-1]:
        raise _C.ShapeError(f"inner: expected equal sizes of the last dimensions, got shapes {x} and {y}")
    return tensordot(input, other, ([-1], [-1]))


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """`dot`: the conjugate of a real number is the number."""
    return dot(input, other)


def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product: each element of ``input`` times the whole of ``other``, in its place.

    >>> pydl.kron(pydl.tensor([[1, 2]]), pydl.tensor([[1, 1]]))
    tensor([[1, 1, 2, 2]])
    """
    expect_tensor("kron", input)
    expect_tensor("kron", other)
    ndim = max(input.array.ndim, other.array.ndim)
    x = (1,) * (ndim - input.array.ndim) + input.array.shape
    y = (1,) * (ndim - other.array.ndim) + other.array.shape
    outer = reshape(input, tuple([n for size in x for n in (size, 1)]))
    block = reshape(other, tuple([n for size in y for n in (1, size)]))
    return reshape(mul(outer, block), tuple([p * q for p, q in zip(x, y, strict=True)]))


class Cross(Function):
    """The cross product along a dimension of 3 elements, of operands of one shape or that broadcast in the kernels."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, d: int) -> _C.Array:
        ctx.save_factors(x, y)
        ctx.d = d
        a = [_C.slice(x.array, d, i, 1, 1) for i in range(3)]
        b = [_C.slice(y.array, d, i, 1, 1) for i in range(3)]
        return _C.concat([a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3)], d)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # y x g, g x x
        x, y = ctx.saved_tensors
        dx = None if ctx.edges[0] is None else apply(Cross, y, g, ctx.d)
        return dx, None if ctx.edges[1] is None else apply(Cross, g, x, ctx.d)


def cross_along(name: str, input: Tensor, other: Tensor, dim: int) -> Tensor:
    """The cross product along a dimension of both."""
    x, y = pair(name, input, other)
    a, b = x.array.shape, y.array.shape
    if len(a) != len(b):
        raise _C.ShapeError(f"{name}: expected as many dimensions of both, got shapes {a} and {b}")
    d = wrap_dim(name, dim, len(a))
    if not a or a[d] != 3 or b[d] != 3:
        raise _C.ShapeError(f"{name}: expected 3 elements along dimension {dim}, got shapes {a} and {b}")
    return apply(Cross, x, y, d)


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of vectors of 3 elements along ``dim``; by default the first dimension of size 3.

    Raises:
        ShapeError: there is no such dimension.

    >>> pydl.cross(pydl.tensor([1, 0, 0]), pydl.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    expect_tensor("cross", input)
    expect_tensor("cross", other)
    if dim is None:
        if 3 not in input.array.shape:
            raise _C.ShapeError(f"cross: expected a dimension of size 3, got shape {input.array.shape}")
        dim = input.array.shape.index(3)
    return cross_along("cross", input, other, dim)


def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product of vectors of 3 elements along ``dim``; the rest broadcasts."""
    expect_tensor("linalg.cross", input)
    expect_tensor("linalg.cross", other)
    return cross_along("linalg.cross", input, other, dim)


from pydl.ops.binary import mul  # noqa: E402

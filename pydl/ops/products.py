"""Products of vectors and matrices under their own names, and Einstein's summation."""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, TensorBase, apply2
from pydl.autograd.inplace import in_place
from pydl.ops.matmul import matmul
from pydl.ops.operands import Number, expect_tensor
from pydl.ops.reduce import reduce_sum
from pydl.ops.view import permute, reshape, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def expect_dims(name: str, what: str, x: Tensor, ndim: int) -> None:
    """Raise a ShapeError where x has another number of dimensions."""
    expect_tensor(name, x)
    if x.array.ndim != ndim:
        raise _C.ShapeError(f"{name}: expected {what} of {ndim} dimensions, got shape {x.array.shape}")


def expect_shapes(name: str, fits: bool, x: Tensor, y: Tensor) -> None:
    """Raise a ShapeError with both shapes."""
    if not fits:
        raise _C.ShapeError(f"{name}: the sizes do not fit, got shapes {x.array.shape} and {y.array.shape}")


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices.

    >>> pydl.mm(pydl.ones(1, 2), pydl.ones(2, 1))
    tensor([[2.]])
    """
    expect_dims("mm", "a matrix", input, 2)
    expect_dims("mm", "a matrix", mat2, 2)
    expect_shapes("mm", input.array.shape[1] == mat2.array.shape[0], input, mat2)
    return matmul(input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two stacks of as many matrices: (batch, n, m) and (batch, m, p).

    >>> pydl.bmm(pydl.ones(3, 1, 2), pydl.ones(3, 2, 1)).shape
    pydl.Size([3, 1, 1])
    """
    expect_dims("bmm", "a stack of matrices", input, 3)
    expect_dims("bmm", "a stack of matrices", mat2, 3)
    a, b = input.array.shape, mat2.array.shape
    expect_shapes("bmm", a[0] == b[0] and a[2] == b[1], input, mat2)
    return matmul(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix and a vector.

    >>> pydl.mv(pydl.ones(2, 3), pydl.ones(3))
    tensor([3., 3.])
    """
    if not (isinstance(input, TensorBase) and isinstance(vec, TensorBase)) or not (
        input.array.ndim == 2 and vec.array.shape == input.array.shape[1:]
    ):
        expect_dims("mv", "a matrix", input, 2)
        expect_dims("mv", "a vector", vec, 1)
        expect_shapes("mv", False, input, vec)
    return matmul(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The sum of the products of two vectors' elements.

    >>> pydl.dot(pydl.tensor([1.0, 2.0]), pydl.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if not (isinstance(input, TensorBase) and isinstance(tensor, TensorBase)) or not (
        input.array.ndim == tensor.array.ndim == 1 and input.array.shape == tensor.array.shape
    ):
        expect_dims("dot", "a vector", input, 1)
        expect_dims("dot", "a vector", tensor, 1)
        expect_shapes("dot", False, input, tensor)
    return matmul(input, tensor)


class Outer(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> _C.Array:
        ctx.save_factors(x, y)
        return _C.mul(_C.unsqueeze(x.array, 1), y.array)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # g y, x g
        x, y = ctx.saved_tensors
        dx = None if ctx.edges[0] is None else matmul(g, y)
        return dx, None if ctx.edges[1] is None else matmul(x, g)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The product of each element of one vector with each of another: (n,) and (m,) give (n, m).

    >>> pydl.outer(pydl.tensor([1, 2]), pydl.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    expect_dims("outer", "a vector", input, 1)
    expect_dims("outer", "a vector", vec2, 1)
    if input.array.dtype != vec2.array.dtype:
        return unsqueeze(input, 1) * vec2
    return apply2(Outer, input, vec2)


def plus(name: str, input: Tensor, product: Tensor, beta: Number, alpha: Number) -> Tensor:
    """beta * input + alpha * product, where input broadcasts to product; beta 0 ignores what input holds.

    Raises:
        ShapeError: input is larger.
    """
    expect_tensor(name, input)
    shape = product.array.shape
    if _C.broadcast_shapes(name, input.array.shape, shape) != shape:
        raise _C.ShapeError(f"{name}: expected an input that broadcasts to {shape}, got shape {input.array.shape}")
    if input.array.dtype != product.array.dtype:
        raise _C.DTypeError(f"{name}: expected one dtype, got {input.dtype.name} and {product.dtype.name}")
    scaled = product if alpha == 1 else product * alpha
    if beta == 0:
        return scaled
    return (input if beta == 1 else input * beta) + scaled


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """``beta * input + alpha * (mat1 @ mat2)``.

    >>> pydl.addmm(pydl.ones(1), pydl.ones(1, 2), pydl.ones(2, 1))
    tensor([[3.]])
    """
    expect_dims("addmm", "a matrix", mat1, 2)
    expect_dims("addmm", "a matrix", mat2, 2)
    expect_shapes("addmm", mat1.array.shape[1] == mat2.array.shape[0], mat1, mat2)
    return plus("addmm", input, matmul(mat1, mat2), beta, alpha)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """``beta * input + alpha * (mat @ vec)``."""
    expect_dims("addmv", "a matrix", mat, 2)
    expect_dims("addmv", "a vector", vec, 1)
    expect_shapes("addmv", mat.array.shape[1] == vec.array.shape[0], mat, vec)
    return plus("addmv", input, matmul(mat, vec), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """``beta * input + alpha * (batch1 @ batch2)``, for stacks of matrices."""
    expect_dims("baddbmm", "a stack of matrices", batch1, 3)
    expect_dims("baddbmm", "a stack of matrices", batch2, 3)
    a, b = batch1.array.shape, batch2.array.shape
    expect_shapes("baddbmm", a[0] == b[0] and a[2] == b[1], batch1, batch2)
    return plus("baddbmm", input, matmul(batch1, batch2), beta, alpha)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """``beta * input + alpha * outer(vec1, vec2)``.

    >>> pydl.addr(pydl.ones(2), pydl.tensor([1.0, 2.0]), pydl.tensor([3.0, 4.0]))
    tensor([[4., 5.],
            [7., 9.]])
    """
    expect_dims("addr", "a vector", vec1, 1)
    expect_dims("addr", "a vector", vec2, 1)
    return plus("addr", *of_one_dtype(input, outer(vec1, vec2)), beta, alpha)


def of_one_dtype(input: Tensor, product: Tensor) -> tuple[Tensor, Tensor]:
    """Both in the dtype that holds both."""
    expect_tensor("addr", input)
    code = _C.promote_types(input.array.dtype, product.array.dtype)
    return to_code(input, code), to_code(product, code)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """``beta * input + alpha * sum(batch1 @ batch2)``: stacks (batch, n, m) and (batch, m, p), summed over the batch.

    >>> pydl.addbmm(pydl.zeros(1, 1), pydl.ones(3, 1, 2), pydl.ones(3, 2, 1))
    tensor([[6.]])
    """
    expect_dims("addbmm", "a stack of matrices", batch1, 3)
    expect_dims("addbmm", "a stack of matrices", batch2, 3)
    (count, rows, inner), b = batch1.array.shape, batch2.array.shape
    expect_shapes("addbmm", count == b[0] and inner == b[1], batch1, batch2)
    # The sum over the batch is one product of a wide and a tall matrix.
    wide = reshape(permute(batch1, (1, 0, 2)), (rows, count * inner))
    return plus("addbmm", input, matmul(wide, reshape(batch2, (count * inner, b[2]))), beta, alpha)


def addmm_(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """In-place `addmm`."""
    return in_place("addmm_", addmm, input, mat1, mat2, beta=beta, alpha=alpha)


def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """In-place `addmv`."""
    return in_place("addmv_", addmv, input, mat, vec, beta=beta, alpha=alpha)


def addr_(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """In-place `addr`."""
    return in_place("addr_", addr, input, vec1, vec2, beta=beta, alpha=alpha)


def addbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """In-place `addbmm`."""
    return in_place("addbmm_", addbmm, input, batch1, batch2, beta=beta, alpha=alpha)


def baddbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Tensor:
    """In-place `baddbmm`."""
    return in_place("baddbmm_", baddbmm, input, batch1, batch2, beta=beta, alpha=alpha)


ger = outer  # PyTorch's second name


# What the numbers of einsum's lists stand for.
LETTERS = string.ascii_uppercase + string.ascii_lowercase


@lru_cache(256)
def parse(equation: str, dims: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """The letters of each operand, of so many dimensions, and of the result.

    The dimensions under "..." get letters of their own, from a part of Unicode that nobody types.

    Raises:
        ValueError: the equation is not one, or does not fit the operands.
    """
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(dims):
        raise _C.ValueError(f"einsum: {equation!r} is for {len(terms)} operands, got {len(dims)}")
    for term in [*terms, right]:
        if not all(c in string.ascii_letters for c in term.replace("...", "", 1)):
            raise _C.ValueError(f"einsum: expected letters, ',', '...' and '->', got {equation!r}")
    spares = [n - len(term.replace("...", "")) for term, n in zip(terms, dims, strict=True)]
    for term, spare, n in zip(terms, spares, dims, strict=True):
        if spare < 0 or (spare > 0 and "..." not in term):
            raise _C.ValueError(f"einsum: {term!r} in {equation!r} does not fit an operand of {n} dimensions")
    hidden = max(spares)
    rest = "".join([chr(0xE000 + i) for i in range(hidden)])
    named = tuple([term.replace("...", rest[hidden - spare :]) for term, spare in zip(terms, spares, strict=True)])
    if arrow:
        result = right.replace("...", rest)
    else:
        letters = left.replace(",", "").replace("...", "")
        result = rest + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    if len(set(result)) != len(result) or not set(result) <= set("".join(named)):
        raise _C.ValueError(f"einsum: expected letters of the operands, each once, in the result of {equation!r}")
    return named, result


def sum_away(x: Tensor, term: str, keep: set[str]) -> tuple[Tensor, str]:
    """x with repeated letters taken along their diagonal and the letters outside `keep` summed over."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            sizes = x.array.shape
            if sizes[first] != sizes[second]:
                raise _C.ShapeError(
                    f"einsum: expected equal sizes for a repeated letter, got {sizes[first]} and {sizes[second]}"
                )
            x = diagonal(x, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    dims = tuple([i for i, letter in enumerate(term) if letter not in keep])
    if dims:
        x = reduce_sum(x, dims, False)
        term = "".join([letter for letter in term if letter in keep])
    return x, term


def ordered(x: Tensor, term: str, wanted: Sequence[str]) -> Tensor:
    """x with its dimensions in another order."""
    order = tuple([term.index(c) for c in wanted])
    return x if order == tuple(range(len(order))) else permute(x, order)


def shaped(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """x in a shape."""
    return x if x.array.shape == shape else reshape(x, shape)


def combine(x: Tensor, a: str, y: Tensor, b: str, keep: set[str], sizes: dict[str, int]) -> tuple[Tensor, str]:
    """The product of two operands, summed over the letters that only they have: one batched matrix product."""
    x, a = sum_away(x, a, set(b) | keep)
    y, b = sum_away(y, b, set(a) | keep)
    both = [c for c in a if c in b]
    batch = [c for c in both if c in keep]
    inner = [c for c in both if c not in keep]
    rows = [c for c in a if c not in b]
    columns = [c for c in b if c not in a]

    def arranged(t: Tensor, term: str, groups: tuple[list[str], ...]) -> Tensor:
        order = [c for group in groups for c in group]
        t = ordered(t, term, order)
        # A size 1 beside a larger one broadcasts, where the letter stays or is summed with its partner.
        wide = tuple([sizes[c] if c in both else n for c, n in zip(order, t.array.shape, strict=True)])
        t = t if wide == t.array.shape else expand(t, wide)
        shape, at = [], 0
        for group in groups:
            n = 1
            for size in wide[at : at + len(group)]:
                n *= size
            shape.append(n)
            at += len(group)
        return shaped(t, tuple(shape))

    left = arranged(x, a, (batch, rows, inner))
    right = arranged(y, b, (batch, inner, columns))
    shape = [sizes[c] for c in batch]
    shape += [x.array.shape[a.index(c)] for c in rows]
    shape += [y.array.shape[b.index(c)] for c in columns]
    return shaped(matmul(left, right), tuple(shape)), "".join([*batch, *rows, *columns])


def in_letters(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation and the operands of ``einsum(a, [0, 1], b, [1, 2], [0, 2])``: numbers from 0 to 51, or Ellipsis.

    Raises:
        ValueError: a list is missing, or holds something else.
    """
    terms = []
    for numbers in [*args[1::2], *(args[-1:] if len(args) % 2 else ())]:
        known = isinstance(numbers, list | tuple) and all(
            n is Ellipsis or (isinstance(n, int) and 0 <= n < 52) for n in numbers
        )
        if not known:
            raise _C.ValueError(
                f"einsum: expected an equation, or numbers from 0 to 51 for each operand, got {numbers}"
            )
        terms.append("".join(["..." if n is Ellipsis else LETTERS[n] for n in numbers]))
    result = "->" + terms.pop() if len(args) % 2 else ""
    return ",".join(terms) + result, args[: len(args) // 2 * 2 : 2]


def einsum(equation: Any, *operands: Any) -> Tensor:
    """The sum of products that ``equation`` describes: one letter for each dimension of each operand.

    Letters that the result leaves out are summed over; without ``->`` the result has the letters that come once, in
    alphabetical order. ``...`` stands for any further dimensions, which broadcast. Operands are combined from left to
    right, two at a time, by matrix products. Numbers may stand for letters, in a list behind each operand, and behind
    all one for the result: ``einsum(a, [0, 1], b, [1, 2], [0, 2])``.

    Raises:
        ValueError: the equation does not fit the operands.
        ShapeError: a letter has two sizes.

    >>> x = pydl.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> pydl.einsum("ij->j", x)
    tensor([4., 6.])
    >>> pydl.einsum("ij,kj->ik", x, x)
    tensor([[ 5., 11.],
            [11., 25.]])
    """
    if not isinstance(equation, str):
        equation, operands = in_letters((equation, *operands))
    elif len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    tensors = list(operands)
    for x in tensors:
        expect_tensor("einsum", x)
    if not tensors:
        raise _C.ValueError("einsum: expected at least one operand, got none")
    terms, result = parse(equation, tuple([x.array.ndim for x in tensors]))
    sizes: dict[str, int] = {}
    for term, x in zip(terms, tensors, strict=True):
        for letter, size in zip(term, x.array.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if known != size:
                if 1 not in (known, size):
                    raise _C.ShapeError(f"einsum: a letter of {equation!r} has the sizes {known} and {size}")
                sizes[letter] = max(known, size) if 0 not in (known, size) else 0
    out, term = tensors[0], terms[0]
    for i in range(1, len(tensors)):
        keep = set(result).union(*terms[i + 1 :])
        out, term = combine(out, term, tensors[i], terms[i], keep, sizes)
    out, term = sum_away(out, term, set(result))
    return ordered(out, term, result)


from pydl.ops.copy import to_code  # noqa: E402
from pydl.ops.diagonal import diagonal  # noqa: E402
from pydl.ops.view import expand  # noqa: E402

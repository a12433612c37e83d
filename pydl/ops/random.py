"""Random tensors. Every function takes a ``generator``; None stands for the one that `manual_seed` seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes
from pydl.autograd.blame import remember_write
from pydl.autograd.function import TensorBase, grad_enabled, wrap
from pydl.autograd.inplace import assign
from pydl.dtypes import device as Device
from pydl.dtypes import dtype as DType
from pydl.ops.create import code_of, extents, finish, from_array
from pydl.ops.operands import expect_tensor
from pydl.ops.view import ints
from pydl.random import Generator, default_generator

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Place = str | Device | None


def draw(generator: Generator | None, count: int) -> tuple[int, int]:
    """Seed and first block for a draw of count numbers.

    Raises:
        DTypeError: generator is none.
    """
    if generator is None:
        generator = default_generator
    elif not isinstance(generator, Generator):
        raise _C.DTypeError(f"generator: expected a pydl.Generator, got {type(generator).__name__}")
    return generator.reserve(count)


def overwrite(name: str, x: Tensor, write: Callable[[_C.Array], None]) -> Tensor:
    """Fill x in place; what it held is gone, and a history of it gets a gradient of zero."""
    expect_tensor(name, x)
    if grad_enabled() and (x._requires_grad or x.base is not None):
        fresh = _C.empty(x.array.shape, x.array.dtype)
        write(fresh)
        return assign(name, x, wrap(fresh))
    write(x.array)
    remember_write(x)
    return x


def floating(name: str, dtype: DType | None) -> int:
    """The number of a floating dtype; None stands for the default.

    Raises:
        DTypeError: it is no floating one.
    """
    code = code_of(dtype)
    if code > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {dtypes.DTYPES[code].name}")
    return code


def new_uniform(shape: tuple[int, ...], code: int, generator: Generator | None) -> _C.Array:
    out = _C.empty(shape, code)
    _C.uniform_into(out, *draw(generator, out.size), 0.0, 1.0)
    return out


def new_normal(
    shape: tuple[int, ...], code: int, generator: Generator | None, mean: float = 0.0, std: float = 1.0
) -> _C.Array:
    out = _C.empty(shape, code)
    _C.normal_into(out, *draw(generator, out.size), mean, std)
    return out


def rand(
    *sizes: Any,
    size: Any = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Place = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from the uniform distribution on [0, 1).

    >>> pydl.rand(2, 3).shape
    pydl.Size([2, 3])
    """
    shape = extents("rand", sizes if size is None else (*sizes, size))
    return finish(new_uniform(shape, floating("rand", dtype), generator), requires_grad, device)


def randn(
    *sizes: Any,
    size: Any = None,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Place = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from the normal distribution of mean 0 and variance 1.

    >>> pydl.randn(2, 3).shape
    pydl.Size([2, 3])
    """
    shape = extents("randn", sizes if size is None else (*sizes, size))
    return finish(new_normal(shape, floating("randn", dtype), generator), requires_grad, device)


def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Place = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """`rand` of the shape and dtype of ``input``."""
    code = floating("rand_like", input.dtype if dtype is None else dtype)
    return finish(new_uniform(input.array.shape, code, generator), requires_grad, device)


def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Place = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """`randn` of the shape and dtype of ``input``."""
    code = floating("randn_like", input.dtype if dtype is None else dtype)
    return finish(new_normal(input.array.shape, code, generator), requires_grad, device)


def check_range(name: str, low: int, high: int) -> None:
    """Raise a ValueError where [low, high) holds no integer, or one beyond 64 bits."""
    if not -(1 << 63) <= low < high <= (1 << 63) - 1:
        raise _C.ValueError(f"{name}: expected low < high, ints of 64 bits, got {low} and {high}")


def randint(
    low: Any = None,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Place = None,
    requires_grad: bool = False,
) -> Tensor:
    """Integers from ``low`` (0 where left out) up to but without ``high``, each equally likely; int64 by default.

    Raises:
        ValueError: there is no integer in the range.

    >>> pydl.randint(3, 4, (2,))
    tensor([3, 3])
    """
    if size is None:  # randint(high, size)
        low, high, size = 0, low, high
    elif high is None:  # randint(high, size=size)
        low, high = 0, low
    elif low is None:
        low = 0
    if size is None or not hasattr(low, "__index__") or not hasattr(high, "__index__"):
        raise _C.DTypeError("randint: expected ints low and high and a size")
    check_range("randint", int(low), int(high))
    out = _C.empty(
        extents("randint", (size,) if isinstance(size, int) else size), 4 if dtype is None else code_of(dtype)
    )
    _C.randint_into(out, *draw(generator, out.size), int(low), int(high))
    return finish(out, requires_grad, device)


def randint_like(
    input: Tensor,
    low: int,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Place = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """`randint` of the shape and dtype of ``input``."""
    if high is None:
        low, high = 0, low
    made = randint(low, high, input.array.shape, generator=generator, dtype=dtype or input.dtype, device=device)
    return finish(made.array, requires_grad)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Place = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from 0 to ``n - 1`` in random order; int64 by default.

    >>> pydl.randperm(1)
    tensor([0])
    """
    (size,) = ints("randperm", (n,))
    if size < 0:
        raise _C.ValueError(f"randperm: expected 0 or more numbers, got {n}")
    out = _C.permutation(size, *draw(generator, size))
    return finish(out if dtype is None else _C.cast(out, code_of(dtype)), requires_grad, device)


def probabilities(name: str, p: Any, code: int) -> _C.Array:
    """Probabilities as an array.

    Raises:
        ValueError: one lies outside [0, 1] or is NaN.
    """
    if isinstance(p, TensorBase):
        array = p.array
        if array.dtype > 3:
            raise _C.DTypeError(f"{name}: expected probabilities of a floating dtype, got {p.dtype.name}")  # type: ignore[attr-defined]
        if array.dtype in (2, 3):
            array = _C.cast(array, 0)
    else:
        array = _C.scalar(float(p), 1 if code == 1 else 0)
    values = np.asarray(array)
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise _C.ValueError(f"{name}: expected probabilities from 0 to 1, got {values.min()} to {values.max()}")
    return array


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """Ones with the probabilities that ``input`` holds (or ``p`` for every element), else zeros.

    Raises:
        ValueError: a probability lies outside [0, 1].

    >>> pydl.bernoulli(pydl.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    expect_tensor("bernoulli", input)
    chance = probabilities("bernoulli", input if p is None else p, input.array.dtype)
    out = _C.empty(input.array.shape, input.array.dtype)
    _C.bernoulli_into(out, *draw(generator, out.size), chance)
    return wrap(out)


def bernoulli_(input: Tensor, p: float | Tensor = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill ``input`` with ones, each with probability ``p``, and zeros."""
    chance = probabilities("bernoulli_", p, input.array.dtype)
    return overwrite("bernoulli_", input, lambda x: _C.bernoulli_into(x, *draw(generator, x.size), chance))


def uniform_(input: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill ``input`` from the uniform distribution on [from_, to).

    Raises:
        ValueError: ``from_`` is larger than ``to``, or one is not finite.
    """
    low, high = float(from_), float(to)
    if not (low <= high and math.isfinite(high - low)):
        raise _C.ValueError(f"uniform_: expected finite from_ <= to, got {from_} and {to}")
    return overwrite("uniform_", input, lambda x: _C.uniform_into(x, *draw(generator, x.size), low, high))


def check_std(name: str, std: float) -> float:
    """std as a float; a ValueError where it is negative or NaN."""
    if not std >= 0:
        raise _C.ValueError(f"{name}: expected a standard deviation of 0 or more, got {std}")
    return float(std)


def normal_(input: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill ``input`` from the normal distribution.

    Raises:
        ValueError: ``std`` is negative.
    """
    scale = check_std("normal_", std)
    return overwrite("normal_", input, lambda x: _C.normal_into(x, *draw(generator, x.size), float(mean), scale))


def normal(
    mean: Tensor | float,
    std: Tensor | float = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Place = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers from normal distributions: of one mean and deviation and a ``size``, or of tensors of them.

    Raises:
        ValueError: a deviation is negative.

    >>> pydl.normal(2.0, 0.0, (2,))
    tensor([2., 2.])
    """
    if not isinstance(mean, TensorBase) and not isinstance(std, TensorBase):
        if size is None:
            raise _C.ValueError("normal: expected a size where mean and std are numbers")
        shape = extents("normal", (size,) if isinstance(size, int) else size)
        out = new_normal(shape, floating("normal", dtype), generator, float(mean), check_std("normal", std))
        return finish(out, requires_grad, device)
    like = mean if isinstance(mean, TensorBase) else std
    if isinstance(std, TensorBase):
        lowest = _C.item(_C.reduce_min(std.array, (), False)) if std.array.size else 0.0
    else:
        lowest = std
    check_std("normal", lowest)
    code = floating("normal", like.dtype)  # type: ignore[union-attr]
    parts = [(x.array if isinstance(x, TensorBase) else _C.scalar(float(x), code)) for x in (mean, std)]
    parts = [_C.cast(a, code) for a in parts]
    whole = tuple(_C.broadcast_shapes("normal", parts[0].shape, parts[1].shape))
    noise = new_normal(whole, code, generator)
    _C.mul_(noise, parts[1])
    _C.add_(noise, parts[0])
    return finish(noise, requires_grad, device)


def random_(input: Tensor, from_: int = 0, to: int | None = None, *, generator: Generator | None = None) -> Tensor:
    """Fill ``input`` with integers from ``from_`` up to but without ``to``.

    ``random_(to)`` starts at 0. Without ``to``: up to what the dtype holds exactly.

    Raises:
        ValueError: there is no integer in the range.
    """
    if to is None and from_:
        from_, to = 0, from_
    if to is None:
        limits = {0: 1 << 24, 1: 1 << 53, 2: 1 << 8, 3: 1 << 11, 4: (1 << 63) - 1, 5: 1 << 31, 6: 1 << 15, 7: 1 << 7}
        to = {**limits, 8: 1 << 8, 9: 2}[input.array.dtype] + (1 if input.array.dtype <= 3 else 0)
    low, high = int(from_), int(to)
    check_range("random_", low, high)
    return overwrite("random_", input, lambda x: _C.randint_into(x, *draw(generator, x.size), low, high))


def exponential_(input: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill ``input`` from the exponential distribution of rate ``lambd``: -log(1 - u) / lambd.

    Raises:
        ValueError: ``lambd`` is not above 0.
    """
    if not lambd > 0:
        raise _C.ValueError(f"exponential_: expected lambd above 0, got {lambd}")

    def write(x: _C.Array) -> None:
        _C.uniform_into(x, *draw(generator, x.size), -1.0, 0.0)
        _C.neg_(x)  # (0, 1]
        _C.log_(x)
        _C.mul_(x, _C.scalar(-1.0 / lambd, x.dtype))

    return overwrite("exponential_", input, write)


def cauchy_(input: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill ``input`` from the Cauchy distribution: median + sigma tan(pi (u - 1/2)).

    Raises:
        ValueError: ``sigma`` is not above 0.
        DTypeError: ``input`` is not floating.
    """
    expect_floating("cauchy_", input)
    if not sigma > 0:
        raise _C.ValueError(f"cauchy_: expected sigma above 0, got {sigma}")

    def write(x: _C.Array) -> None:
        u = new_uniform(x.shape, 1, generator)
        values = median + sigma * np.tan(math.pi * (np.asarray(u) - 0.5))
        _C.copy_into(x, _C.cast(from_array(np.asarray(values)), x.dtype))

    return overwrite("cauchy_", input, write)


def log_normal_(input: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill ``input`` with the exponentials of numbers from the normal distribution.

    Raises:
        ValueError: ``std`` is not above 0.
        DTypeError: ``input`` is not floating.
    """
    expect_floating("log_normal_", input)
    if not std > 0:
        raise _C.ValueError(f"log_normal_: expected std above 0, got {std}")

    def write(x: _C.Array) -> None:
        _C.normal_into(x, *draw(generator, x.size), float(mean), float(std))
        _C.exp_(x)

    return overwrite("log_normal_", input, write)


def geometric_(input: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill ``input`` with the numbers of trials up to the first success, each of probability ``p``: 1, 2, ...

    Raises:
        ValueError: ``p`` is not between 0 and 1.
    """
    expect_tensor("geometric_", input)
    if not 0 < p < 1:
        raise _C.ValueError(f"geometric_: expected p between 0 and 1, got {p}")

    def write(x: _C.Array) -> None:
        u = 1.0 - np.asarray(new_uniform(x.shape, 1, generator))  # (0, 1]
        values = np.floor(np.log(u) / math.log1p(-p)) + 1.0
        _C.copy_into(x, _C.cast(from_array(np.asarray(values)), x.dtype))

    return overwrite("geometric_", input, write)


def expect_floating(name: str, input: Any) -> None:
    """Raise a DTypeError where input is no tensor of a floating dtype."""
    expect_tensor(name, input)
    if input.array.dtype > 3:
        raise _C.DTypeError(f"{name}: expected a tensor of a floating dtype, got {input.dtype.name}")


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with probabilities in proportion to ``input``, (categories,) or (rows, categories): int64.

    Raises:
        ValueError: a weight is negative or not finite, a row's weights are all 0, or, without ``replacement``, there
            are fewer weights above 0 than samples.

    >>> pydl.multinomial(pydl.tensor([0.0, 3.0, 0.0]), 1)
    tensor([1])
    """
    expect_tensor("multinomial", input)
    if input.array.dtype > 3 or input.array.ndim not in (1, 2):
        raise _C.ShapeError(
            f"multinomial: expected floating weights (categories,) or (rows, categories), got {input.dtype.name} "
            f"{input.array.shape}"
        )
    if not input.array.size:
        raise _C.ValueError(f"multinomial: expected at least one weight, got shape {input.array.shape}")
    *batch, categories = input.array.shape
    rows = _C.reshape(_C.cast(input.array, 1), (input.array.size // categories, categories))
    low, high = (_C.item(bound(rows, (), False)) for bound in (_C.reduce_min, _C.reduce_max))
    if not (low >= 0 and high < math.inf):
        raise _C.ValueError("multinomial: expected weights that are finite and not negative")
    if num_samples < 1:
        raise _C.ValueError(f"multinomial: expected 1 or more samples, got {num_samples}")
    least = 1 if replacement else num_samples
    if (np.asarray(_C.count_nonzero(rows, (1,), False)) < least).any():
        raise _C.ValueError(f"multinomial: expected at least {least} weights above 0 in each row")
    if replacement:
        weights = np.asarray(rows)
        u = np.asarray(new_uniform((len(weights), num_samples), 1, generator))
        sums = np.cumsum(weights, -1)
        out = np.empty(u.shape, np.int64)
        for i, total in enumerate(sums):
            last = np.flatnonzero(weights[i])[-1]
            out[i] = np.minimum(np.searchsorted(total, u[i] * total[-1], side="right"), last)
        index = from_array(out)
    else:
        # The race of Efraimidis and Spirakis: the smallest waiting times at rates in proportion to the weights.
        part = _C.sub(_C.scalar(1.0, 1), new_uniform(rows.shape, 1, generator))
        waits = _C.div(_C.neg(_C.log(part)), rows)
        waits = _C.where(_C.gt(rows, _C.scalar(0.0, 1)), waits, _C.scalar(math.inf, 1))
        index = _C.topk(waits, num_samples, 1, False)
    return wrap(_C.reshape(index, (*batch, num_samples)))

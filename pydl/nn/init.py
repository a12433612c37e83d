"""Starting values for parameters. Every function writes into its tensor, unrecorded, and returns it."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes, ops
from pydl.autograd.grad_mode import no_grad

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor that keeps the scale of activations through a nonlinearity; ``param`` is leaky_relu's slope.

    >>> pydl.nn.init.calculate_gain("tanh")
    1.6666666666666667
    """
    linear = ("linear", "sigmoid", "conv1d", "conv2d", "conv3d")
    if nonlinearity in (*linear, "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"):
        return 1.0
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "selu":
        return 3.0 / 4
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise _C.ValueError(f"calculate_gain: expected a number for negative_slope, got {slope!r}")
        return math.sqrt(2.0 / (1 + slope**2))
    raise _C.ValueError(f"calculate_gain: unsupported nonlinearity {nonlinearity!r}")


def fans(tensor: Tensor) -> tuple[int, int]:
    """The number of inputs that each output of a weight sees, and of outputs that see each input.

    Raises:
        ValueError: fewer than two dimensions.
    """
    shape = tensor.array.shape
    if len(shape) < 2:
        raise _C.ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def fan(tensor: Tensor, mode: str) -> int:
    """The one of the two `fans` that ``mode`` names."""
    if mode not in ("fan_in", "fan_out"):
        raise _C.ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return fans(tensor)[mode == "fan_out"]


# The names that programs know them by.
_calculate_fan_in_and_fan_out, _calculate_correct_fan = fans, fan


def is_empty(tensor: Tensor) -> bool:
    """Whether there is nothing to fill; warns as PyTorch does."""
    if tensor.array.size == 0:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform in [a, b)."""
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal with a mean and a standard deviation."""
    return tensor.normal_(mean, std, generator=generator)


@no_grad()
def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Normal, but only values from a to b: by the inverse of its distribution function, in float64; far out in a tail
    by rejection from an exponential distribution, Robert (1995)."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=2,
        )
    low, high = (a - mean) / std, (b - mean) / std
    mirrored = low > 0  # the left tail's small probabilities keep their digits
    if mirrored:
        low, high = -high, -low
    first, last = (math.erfc(-x / math.sqrt(2.0)) / 2 for x in (low, high))
    if last - first > 1e-9:
        u = draws(tensor.array.size, generator) * (last - first) + first
        z = ops.erfinv(ops.from_numpy(2 * u - 1)).numpy() * math.sqrt(2.0)
    elif high > -1:  # narrow: as good as uniform
        z = low + (high - low) * draws(tensor.array.size, generator)
    else:
        z = tail(tensor.array.size, low, high, generator)
    values = np.clip(-z if mirrored else z, *((-high, -low) if mirrored else (low, high))) * std + mean
    return write(tensor, ops.clamp(ops.from_numpy(values.reshape(tensor.array.shape)), a, b))


def draws(count: int, generator: Any) -> np.ndarray[Any, Any]:
    """Uniform numbers in [0, 1), in float64."""
    return ops.empty(count, dtype=dtypes.float64).uniform_(generator=generator).numpy()


def tail(count: int, low: float, high: float, generator: Any) -> np.ndarray[Any, Any]:
    """Standard normal numbers from low to high, where high is far below 0."""
    z = np.empty(count)
    left = np.arange(count)
    while left.size:
        # From high downwards the density falls about as exp(high x) does, and that much less is kept.
        u, keep = draws(left.size, generator), draws(left.size, generator)
        x = np.log1p(-u * -math.expm1(high * (high - low))) / high
        accepted = keep <= np.exp(-x * x / 2)
        z[left[accepted]] = high - x[accepted]
        left = left[~accepted]
    return z


def write(tensor: Tensor, values: Tensor) -> Tensor:
    """tensor[...] = values, unrecorded."""
    _C.copy_into(tensor.array, values.array)
    return tensor


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value everywhere."""
    _C.copy_into(tensor.array, _C.scalar(val, tensor.array.dtype))
    return tensor


def ones_(tensor: Tensor) -> Tensor:
    """Ones."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros."""
    return constant_(tensor, 0.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix.

    Raises:
        ValueError: not a matrix.
    """
    if tensor.array.ndim != 2:
        raise _C.ValueError("Only tensors with 2 dimensions are supported")
    return write(tensor, ops.eye(*tensor.array.shape, dtype=tensor.dtype))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution's weight that passes its input channels on, as far as there are output channels.

    Raises:
        ValueError: not a weight of 3, 4 or 5 dimensions, or its first one is not a multiple of ``groups``.
    """
    shape = tensor.array.shape
    if len(shape) not in (3, 4, 5):
        raise _C.ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if shape[0] % groups:
        raise _C.ValueError("dim 0 must be divisible by groups")
    out = shape[0] // groups
    values = np.zeros(shape, dtype=np.float32)
    middle = tuple(n // 2 for n in shape[2:])
    for group in range(groups):
        for channel in range(min(out, shape[1])):
            values[(group * out + channel, channel, *middle)] = 1
    return write(tensor, ops.from_numpy(values))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform in ±gain sqrt(6 / (fan_in + fan_out)): Glorot and Bengio (2010)."""
    bound = gain * math.sqrt(6.0 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal with standard deviation gain sqrt(2 / (fan_in + fan_out)): Glorot and Bengio (2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(fans(tensor))), generator)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Uniform in ±gain sqrt(3 / fan): He et al. (2015). ``a`` is leaky_relu's slope."""
    if is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * calculate_gain(nonlinearity, a) / math.sqrt(fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Normal with standard deviation gain / sqrt(fan): He et al. (2015). ``a`` is leaky_relu's slope."""
    if is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(fan(tensor, mode)), generator)


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """A matrix with orthogonal rows or columns, times gain: Saxe et al. (2013). Trailing dimensions count as one.

    Raises:
        ValueError: fewer than two dimensions.
    """
    if tensor.array.ndim < 2:
        raise _C.ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.array.size == 0:
        return tensor
    rows = tensor.array.shape[0]
    cols = tensor.array.size // rows
    drawn = ops.empty(rows, cols).normal_(0, 1, generator=generator).numpy()
    q, r = np.linalg.qr(drawn if rows >= cols else drawn.T)
    q = q * np.sign(np.diag(r))  # makes the distribution uniform: Mezzadri (2007)
    values = np.ascontiguousarray((q if rows >= cols else q.T) * gain, dtype=drawn.dtype)
    return write(tensor, ops.from_numpy(values.reshape(tensor.array.shape)))


@no_grad()
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """A matrix of which in each column a fraction ``sparsity`` is zero, the rest normal: Martens (2010).

    Raises:
        ValueError: not a matrix.
    """
    if tensor.array.ndim != 2:
        raise _C.ValueError("Only tensors with 2 dimensions are supported")
    rows, cols = tensor.array.shape
    zeros = math.ceil(sparsity * rows)
    values = ops.empty(rows, cols).normal_(0, std, generator=generator)
    drawn = values.numpy()
    for col in range(cols):
        drawn[ops.randperm(rows, generator=generator).numpy()[:zeros], col] = 0
    return write(tensor, values)


def deprecated(init: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A function under its name from before PyTorch 0.4, which warns."""
    old = init.__name__[:-1]

    @functools.wraps(init)
    def call(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"`nn.init.{old}` is now deprecated in favor of `nn.init.{init.__name__}`.", FutureWarning, stacklevel=2
        )
        return init(*args, **kwargs)

    call.__name__ = old
    call.__doc__ = f"`{init.__name__}` under its old name."
    return call


uniform, normal, constant = deprecated(uniform_), deprecated(normal_), deprecated(constant_)
eye, dirac, orthogonal, sparse = deprecated(eye_), deprecated(dirac_), deprecated(orthogonal_), deprecated(sparse_)
xavier_uniform, xavier_normal = deprecated(xavier_uniform_), deprecated(xavier_normal_)
kaiming_uniform, kaiming_normal = deprecated(kaiming_uniform_), deprecated(kaiming_normal_)

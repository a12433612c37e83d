"""Convolutions, which as in every such library do not flip the kernel (cross-correlations), and their transposes.

Forward, input gradient and weight gradient are three linear maps, each the derivative of the others; a transposed
convolution is the input gradient used as an operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydl import _C
from pydl.autograd.function import Function, apply, wrap
from pydl.ops.concat import cat
from pydl.ops.operands import expect_tensor
from pydl.ops.reduce import reduce_sum
from pydl.ops.view import reshape, slice_dim, squeeze, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor

NONE = 0  # C++ Activation
Ints = tuple[int, ...]


class Settings(NamedTuple):
    """What is neither input nor weight."""

    stride: Ints
    padding: Ints
    dilation: Ints
    groups: int


class ConvForward(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Tensor, b: Tensor | None, settings: Settings) -> _C.Array:
        ctx.save(x, w)
        ctx.settings = settings
        return _C.conv_forward(x.array, w.array, None if b is None else b.array, *settings, NONE)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # input_grad(g, w), weight_grad(g, x), sum of g by channel
        x, w = ctx.saved_tensors
        a, b, c = ctx.edges[:3]
        dx = None if a is None else apply(ConvInputGrad, g, w, x.array.shape[2:], ctx.settings)
        dw = None if b is None else apply(ConvWeightGrad, g, x, w.array.shape[2:], ctx.settings)
        return dx, dw, None if c is None else sum_by_channel(g)


class ConvInputGrad(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, w: Tensor, space: Ints, settings: Settings) -> _C.Array:
        ctx.save(g, w)
        ctx.settings = settings
        return _C.conv_input_grad(g.array, w.array, space, *settings)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # conv(gg, w), weight_grad(g, gg)
        g, w = ctx.saved_tensors
        a, b = ctx.edges[:2]
        dg = None if a is None else apply(ConvForward, gg, w, None, ctx.settings)
        dw = None if b is None else apply(ConvWeightGrad, g, gg, w.array.shape[2:], ctx.settings)
        return dg, dw


class ConvWeightGrad(Function):
    @staticmethod
    def forward(ctx: Any, g: Tensor, x: Tensor, kernel: Ints, settings: Settings) -> _C.Array:
        ctx.save(g, x)
        ctx.settings = settings
        return _C.conv_weight_grad(g.array, x.array, kernel, *settings)

    @staticmethod
    def backward(ctx: Any, gg: Tensor) -> Any:  # conv(x, gg), input_grad(g, gg)
        g, x = ctx.saved_tensors
        a, b = ctx.edges[:2]
        dg = None if a is None else apply(ConvForward, x, gg, None, ctx.settings)
        dx = None if b is None else apply(ConvInputGrad, g, gg, x.array.shape[2:], ctx.settings)
        return dg, dx


def sum_by_channel(g: Tensor) -> Tensor:
    """g (batch, channels, space...) summed over all but its channels."""
    return reduce_sum(g, (0, *range(2, g.array.ndim)), False)


def each(name: str, what: str, value: int | Sequence[int], spaces: int) -> Ints:
    """One int for each space dimension.

    Raises:
        ValueError: there are more or fewer.
    """
    if isinstance(value, int):
        return (value,) * spaces
    values = tuple([int(v) for v in value])
    if len(values) == 1:
        return values * spaces
    if len(values) != spaces:
        raise _C.ValueError(f"{name}: expected {what} to be an int or {spaces} of them, got {values}")
    return values


def batched(name: str, input: Tensor, spaces: int) -> tuple[Tensor, bool]:
    """input with a batch dimension, and whether it came without one.

    Raises:
        ShapeError: it has neither number of dimensions.
    """
    expect_tensor(name, input)
    ndim = input.array.ndim
    if ndim == spaces + 2:
        return input, False
    if ndim != spaces + 1:
        raise _C.ShapeError(
            f"{name}: expected an input of {spaces + 2} dimensions (batch, channels, space...) or one less without a "
            f"batch, got shape {input.array.shape}"
        )
    return unsqueeze(input, 0), True


def check_weight(name: str, weight: Tensor, bias: Tensor | None) -> None:
    """Raise a DTypeError where weight or bias is no tensor."""
    expect_tensor(name, weight)
    if bias is not None:
        expect_tensor(name, bias)


def conv(
    spaces: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Sequence[int],
    padding: str | int | Sequence[int],
    dilation: int | Sequence[int],
    groups: int,
) -> Tensor:
    """conv1d, conv2d and conv3d."""
    name = f"conv{spaces}d"
    check_weight(name, weight, bias)
    x, single = batched(name, input, spaces)
    steps = each(name, "stride", stride, spaces)
    spread = each(name, "dilation", dilation, spaces)
    extra: list[int] = []
    if isinstance(padding, str):
        if padding == "valid":
            pads: Ints = (0,) * spaces
        elif padding == "same":
            if any(s != 1 for s in steps):
                raise _C.ValueError(f"{name}: padding='same' is for a stride of 1, got {steps}")
            reach = [d * (k - 1) for d, k in zip(spread, weight.array.shape[2:], strict=False)]
            pads = tuple([(r + 1) // 2 for r in reach])
            # Where the reach is odd, PyTorch pads one more at the end; here both ends, and the first result goes.
            extra = [d + 2 for d, r in enumerate(reach) if r % 2]
        else:
            raise _C.ValueError(f"{name}: expected padding to be ints, 'same' or 'valid', got {padding!r}")
    else:
        pads = each(name, "padding", padding, spaces)
    y = apply(ConvForward, x, weight, bias, Settings(steps, pads, spread, groups))
    for d in extra:
        y = slice_dim(y, d, 1, 1, y.array.shape[d] - 1)
    return squeeze(y, 0) if single else y


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: str | int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution over one dimension; see `conv2d`. Input (batch, channels, width), weight (out, in / groups, width).

    >>> x = pydl.tensor([[[1.0, 2.0, 4.0, 8.0]]])
    >>> pydl.conv1d(x, pydl.tensor([[[-1.0, 1.0]]]))
    tensor([[[1., 2., 4.]]])
    """
    return conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: str | int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution over two dimensions.

    Args:
        input: (batch, in_channels, height, width), or without the batch.
        weight: (out_channels, in_channels / groups, kernel height, kernel width).
        bias: (out_channels,).
        stride: steps between the places of the kernel.
        padding: zeros on both sides of each dimension; "same" for as many results as inputs, "valid" for none.
        dilation: steps between the elements of the kernel.
        groups: the channels are cut into so many parts, each with kernels of its own.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: a setting is out of range.

    >>> pydl.conv2d(pydl.ones(1, 1, 3, 3), pydl.ones(1, 1, 3, 3), padding=1)
    tensor([[[[4., 6., 4.],
              [6., 9., 6.],
              [4., 6., 4.]]]])
    """
    return conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: str | int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution over three dimensions; see `conv2d`. Input (batch, channels, depth, height, width)."""
    return conv(3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose(
    spaces: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | Sequence[int],
    padding: int | Sequence[int],
    output_padding: int | Sequence[int],
    groups: int,
    dilation: int | Sequence[int],
) -> Tensor:
    """conv_transpose1d, 2d and 3d."""
    name = f"conv_transpose{spaces}d"
    check_weight(name, weight, bias)
    x, single = batched(name, input, spaces)
    settings = Settings(
        each(name, "stride", stride, spaces),
        each(name, "padding", padding, spaces),
        each(name, "dilation", dilation, spaces),
        groups,
    )
    more = each(name, "output_padding", output_padding, spaces)
    shape, kernel = x.array.shape, weight.array.shape
    if len(kernel) != spaces + 2 or shape[1] != kernel[0]:
        raise _C.ShapeError(
            f"{name}: input has {shape[1]} channels, weight expects {kernel[0] if kernel else 0} "
            f"(input {input.array.shape}, weight {kernel})"
        )
    if any(s < 1 for s in settings.stride) or any(d < 1 for d in settings.dilation):
        raise _C.ValueError(
            f"{name}: expected stride and dilation of 1 or more, got {settings.stride} and {settings.dilation}"
        )
    if any(not 0 <= m < max(s, d) for m, s, d in zip(more, settings.stride, settings.dilation, strict=True)):
        raise _C.ValueError(
            f"{name}: expected output_padding below stride or dilation, got {more} for stride {settings.stride} and "
            f"dilation {settings.dilation}"
        )
    space = tuple(
        [
            (n - 1) * s - 2 * p + d * (k - 1) + m + 1
            for n, s, p, d, k, m in zip(
                shape[2:], settings.stride, settings.padding, settings.dilation, kernel[2:], more, strict=True
            )
        ]
    )
    if any(n < 1 for n in space):
        raise _C.ShapeError(f"{name}: the result would have the sizes {space} (input {shape}, weight {kernel})")
    channels = kernel[1] * groups
    if bias is not None and bias.array.shape != (channels,):
        raise _C.ShapeError(f"{name}: expected a bias of shape ({channels},), got {bias.array.shape}")
    for d, (m, step) in enumerate(zip(more, settings.stride, strict=True)):
        if m >= step:  # the convolution of a result as long as that would have more elements than input
            sizes = list(x.array.shape)
            sizes[d + 2] = m // step
            x = cat([x, wrap(_C.zeros(tuple(sizes), x.array.dtype))], d + 2)
    y = apply(ConvInputGrad, x, weight, space, settings)
    if bias is not None:
        y = y + reshape(bias, (channels,) + (1,) * spaces)
    return squeeze(y, 0) if single else y


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Transposed convolution over one dimension; see `conv_transpose2d`.

    >>> pydl.conv_transpose1d(pydl.tensor([[[1.0, 2.0]]]), pydl.tensor([[[1.0, 1.0]]]), stride=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    return conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """The transpose of `conv2d` as a linear map of its input: what its gradient by the input computes.

    Args:
        input: (batch, in_channels, height, width), or without the batch.
        weight: (in_channels, out_channels / groups, kernel height, kernel width).
        bias: (out_channels,).
        stride, padding, groups, dilation: those of the convolution.
        output_padding: results that are added at the end of each dimension, where several sizes fit.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: a setting is out of range.
    """
    return conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    output_padding: int | Sequence[int] = 0,
    groups: int = 1,
    dilation: int | Sequence[int] = 1,
) -> Tensor:
    """Transposed convolution over three dimensions; see `conv_transpose2d`."""
    return conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)

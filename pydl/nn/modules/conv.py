"""Convolutions and transposed convolutions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.nn import functional as F
from pydl.nn import init
from pydl.nn.modules.module import Module
from pydl.nn.parameter import Parameter

if TYPE_CHECKING:
    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]


def each(value: Sizes, n: int) -> tuple[int, ...]:
    """A setting for each of n dimensions; one number stands for all."""
    return (value,) * n if isinstance(value, int) else tuple(value)


class ConvBase(Module):
    """Parameters and settings of a convolution over ``n`` dimensions."""

    n = 0
    transposed = False
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        output_padding: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: str | Device | None,
        dtype: DType | None,
    ) -> None:
        super().__init__()
        name = self._get_name()
        if groups <= 0:
            raise _C.ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise _C.ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise _C.ValueError("out_channels must be divisible by groups")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise _C.ValueError(
                f"{name}: expected padding_mode 'zeros', 'reflect', 'replicate' or 'circular', got {padding_mode!r}"
            )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride = each(kernel_size, self.n), each(stride, self.n)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise _C.ValueError(f"{name}: expected padding 'same', 'valid' or numbers, got {padding!r}")
            if padding == "same" and any(s != 1 for s in self.stride):
                raise _C.ValueError("padding='same' is not supported for strided convolutions")
        self.padding = padding if isinstance(padding, str) else each(padding, self.n)
        self.dilation = each(dilation, self.n)
        self.output_padding = each(output_padding, self.n)
        self.groups, self.padding_mode = groups, padding_mode
        channels = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        shape = (channels[0], channels[1] // groups, *self.kernel_size)
        self.weight = Parameter(ops.empty(shape, dtype=dtype, device=device))
        made = Parameter(ops.empty(out_channels, dtype=dtype, device=device)) if bias else None
        self.register_parameter("bias", made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new parameters, uniform in ±1 / sqrt(fan_in)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init.fans(self.weight)
            if fan_in != 0:
                bound = 1 / math.sqrt(fan_in)
                init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * len(self.padding):
            text += f", padding={self.padding}"
        if self.dilation != (1,) * len(self.dilation):
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * len(self.output_padding):
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class Conv(ConvBase):
    """The cross-correlation of (batch, in_channels, ...) with ``weight`` (out_channels, in_channels / groups, ...).

    ``padding`` may be "valid" (none) or "same" (the result has the input's size); ``padding_mode`` says
    what stands there: zeros, or values of the input.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode,
            device, dtype,
        )  # fmt: skip

    def convolve(self, function: Callable[..., Tensor], input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution itself, by the function for this number of dimensions."""
        padding = self.padding
        if self.padding_mode != "zeros":
            widths = [n for around in reversed(self.around()) for n in around]
            input = F.pad(input, widths, self.padding_mode)
            padding = (0,) * self.n
        return function(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def around(self) -> list[tuple[int, int]]:
        """How far the input is extended before and after, in each dimension."""
        if self.padding == "valid":
            return [(0, 0)] * self.n
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]
            return [(total // 2, total - total // 2) for total in totals]
        return [(p, p) for p in self.padding]  # type: ignore[misc]


class Conv1d(Conv):
    """`Conv` of (batch, in_channels, length)."""

    n = 1

    def forward(self, input: Tensor) -> Tensor:
        return self.convolve(F.conv1d, input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """With another weight and bias: PyTorch's name, for layers that change theirs."""
        return self.convolve(F.conv1d, input, weight, bias)


class Conv2d(Conv):
    """`Conv` of (batch, in_channels, height, width).

    >>> pydl.nn.Conv2d(3, 8, 3, padding=1)(pydl.zeros(2, 3, 5, 5)).shape
    pydl.Size([2, 8, 5, 5])
    """

    n = 2

    def forward(self, input: Tensor) -> Tensor:
        if self.padding_mode == "zeros":
            return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        return self.convolve(F.conv2d, input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """With another weight and bias: PyTorch's name, for layers that change theirs."""
        return self.convolve(F.conv2d, input, weight, bias)


class Conv3d(Conv):
    """`Conv` of (batch, in_channels, depth, height, width)."""

    n = 3

    def forward(self, input: Tensor) -> Tensor:
        return self.convolve(F.conv3d, input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """With another weight and bias: PyTorch's name, for layers that change theirs."""
        return self.convolve(F.conv3d, input, weight, bias)


class ConvTranspose(ConvBase):
    """The gradient of a convolution by its input, as a layer: each input element spreads over a window of the result.

    ``output_padding`` adds to the result's size on one side, since a strided convolution maps several
    sizes to one.
    """

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        if padding_mode != "zeros":
            raise _C.ValueError(f'Only "zeros" padding mode is supported for {self._get_name()}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def added(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """The output_padding that gives ``output_size``.

        Raises:
            ValueError: no padding below the stride gives it.
        """
        if output_size is None:
            return self.output_padding
        sizes = tuple(output_size)[-self.n :]
        padding: Any = self.padding
        found = []
        for d, size in enumerate(sizes):
            extent = input.array.shape[d - self.n]
            least = (extent - 1) * self.stride[d] - 2 * padding[d] + self.dilation[d] * (self.kernel_size[d] - 1) + 1
            if not least <= size < least + self.stride[d]:
                raise _C.ValueError(
                    f"{self._get_name()}: expected an output size from {least} to {least + self.stride[d] - 1} in "
                    f"dimension {d}, got {size} (input {input.array.shape})"
                )
            found.append(size - least)
        return tuple(found)

    def spread(self, function: Callable[..., Tensor], input: Tensor, output_size: Sequence[int] | None) -> Tensor:
        """The transposed convolution itself, by the function for this number of dimensions."""
        added = self.added(input, output_size)
        return function(input, self.weight, self.bias, self.stride, self.padding, added, self.groups, self.dilation)


class ConvTranspose1d(ConvTranspose):
    """`ConvTranspose` of (batch, in_channels, length)."""

    n = 1

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self.spread(F.conv_transpose1d, input, output_size)


class ConvTranspose2d(ConvTranspose):
    """`ConvTranspose` of (batch, in_channels, height, width)."""

    n = 2

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self.spread(F.conv_transpose2d, input, output_size)


class ConvTranspose3d(ConvTranspose):
    """`ConvTranspose` of (batch, in_channels, depth, height, width)."""

    n = 3

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return self.spread(F.conv_transpose3d, input, output_size)


# PyTorch's names, by which programs tell these layers from others.
_ConvNd, _ConvTransposeNd = ConvBase, ConvTranspose

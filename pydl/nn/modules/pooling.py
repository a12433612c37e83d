"""Pooling: the largest or the average value of each window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.nn import functional as F
from pydl.nn.modules.module import Module

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]
MaybeSizes = int | None | Sequence[int | None]


class MaxPool(Module):
    """Settings of max pooling; ``stride`` is the kernel's size unless given."""

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def settings(self) -> dict[str, Any]:
        """What goes to the function by keyword."""
        return {"ceil_mode": self.ceil_mode, "return_indices": self.return_indices}

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(MaxPool):
    """The maximum of each window of (batch, channels, length)."""

    def forward(self, input: Tensor) -> Any:
        return F.max_pool1d(input, self.kernel_size, self.stride, self.padding, self.dilation, **self.settings())


class MaxPool2d(MaxPool):
    """The maximum of each window of (batch, channels, height, width)."""

    def forward(self, input: Tensor) -> Any:
        return F.max_pool2d(input, self.kernel_size, self.stride, self.padding, self.dilation, **self.settings())


class MaxPool3d(MaxPool):
    """The maximum of each window of (batch, channels, depth, height, width)."""

    def forward(self, input: Tensor) -> Any:
        return F.max_pool3d(input, self.kernel_size, self.stride, self.padding, self.dilation, **self.settings())


class AvgPool1d(Module):
    """The average of each window of (batch, channels, length)."""

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        # A tuple, as PyTorch's one-dimensional average pooling shows it.
        stride = kernel_size if stride is None else stride
        self.kernel_size, self.stride, self.padding = (
            (n,) if isinstance(n, int) else tuple(n) for n in (kernel_size, stride, padding)
        )
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool(Module):
    """Settings of average pooling; ``divisor_override`` replaces the number of elements under the window."""

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def settings(self) -> tuple[Any, ...]:
        """What goes to the function after the input."""
        return (
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(AvgPool):
    """The average of each window of (batch, channels, height, width)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool2d(input, *self.settings())


class AvgPool3d(AvgPool):
    """The average of each window of (batch, channels, depth, height, width)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool3d(input, *self.settings())


class AdaptiveAvgPool(Module):
    """Average pooling whose windows are chosen so that the result has ``output_size``; None keeps a size."""

    def __init__(self, output_size: MaybeSizes) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(AdaptiveAvgPool):
    """`AdaptiveAvgPool` of (batch, channels, length)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(AdaptiveAvgPool):
    """`AdaptiveAvgPool` of (batch, channels, height, width)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(AdaptiveAvgPool):
    """`AdaptiveAvgPool` of (batch, channels, depth, height, width)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(input, self.output_size)


class AdaptiveMaxPool(Module):
    """Max pooling whose windows are chosen so that the result has ``output_size``; None keeps a size."""

    def __init__(self, output_size: MaybeSizes, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """`AdaptiveMaxPool` of (batch, channels, length)."""

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """`AdaptiveMaxPool` of (batch, channels, height, width)."""

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """`AdaptiveMaxPool` of (batch, channels, depth, height, width)."""

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


def each(value: Sizes, n: int) -> tuple[int, ...]:
    """A setting for each of n dimensions; one number stands for all."""
    return (value,) * n if isinstance(value, int) else tuple(value)


class MaxUnpool(Module):
    """Puts maxima back where max pooling found them, with zeros elsewhere."""

    n = 0

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        self.kernel_size, self.padding = each(kernel_size, self.n), each(padding, self.n)
        self.stride = each(kernel_size if stride is None else stride, self.n)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(MaxUnpool):
    """`MaxUnpool` of (batch, channels, length)."""

    n = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(MaxUnpool):
    """`MaxUnpool` of (batch, channels, height, width)."""

    n = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(MaxUnpool):
    """`MaxUnpool` of (batch, channels, depth, height, width)."""

    n = 3

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class LPPool(Module):
    """``sum(x ** norm_type) ** (1 / norm_type)`` of each window."""

    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(LPPool):
    """`LPPool` of (batch, channels, length)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(LPPool):
    """`LPPool` of (batch, channels, height, width)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(LPPool):
    """`LPPool` of (batch, channels, depth, height, width)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class FractionalMaxPool(Module):
    """The maximum of windows at pseudo-random places; the result's size or its ratio to the input's is given."""

    n = 0
    _random_samples: Tensor | None

    def __init__(
        self,
        kernel_size: Sizes,
        output_size: Sizes | None = None,
        output_ratio: float | Sequence[float] | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name = self._get_name()
        if (output_size is None) == (output_ratio is None):
            raise _C.ValueError(f"{name}: expected one of output_size and output_ratio, got both or neither")
        self.kernel_size, self.return_indices = each(kernel_size, self.n), return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each(output_size, self.n)
        self.output_ratio: tuple[float, ...] | None = None
        if output_ratio is not None:
            one = not isinstance(output_ratio, Sequence)
            self.output_ratio = (output_ratio,) * self.n if one else tuple(output_ratio)  # type: ignore[assignment,arg-type]
            if not all(0 < r < 1 for r in self.output_ratio):  # type: ignore[union-attr]
                raise _C.ValueError(f"{name}: output_ratio must be between 0 and 1 (got {output_ratio})")

    def settings(self) -> tuple[Any, ...]:
        """What goes to the function after the input."""
        return self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples


class FractionalMaxPool2d(FractionalMaxPool):
    """`FractionalMaxPool` of (batch, channels, height, width)."""

    n = 2

    def forward(self, input: Tensor) -> Any:
        return F.fractional_max_pool2d(input, *self.settings())


class FractionalMaxPool3d(FractionalMaxPool):
    """`FractionalMaxPool` of (batch, channels, depth, height, width)."""

    n = 3

    def forward(self, input: Tensor) -> Any:
        return F.fractional_max_pool3d(input, *self.settings())

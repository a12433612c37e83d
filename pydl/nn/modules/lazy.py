"""Layers that learn the number of their input's channels from the first input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.nn.modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, NormBase
from pydl.nn.modules.conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvBase,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from pydl.nn.modules.instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from pydl.nn.modules.linear import Linear
from pydl.nn.modules.module import Module
from pydl.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

if TYPE_CHECKING:
    from typing import Self

    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]


class LazyModuleMixin(Module):
    """Calls ``initialize_parameters`` with the first input, and then becomes ``cls_to_become``.

    Until then its parameters are `UninitializedParameter`; they are filled in place, so an optimizer may have them.
    """

    cls_to_become: type[Module] | None = None

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialise the parameters for an input: defined by every subclass."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {self._get_name()}")

    def has_uninitialized_params(self) -> bool:
        """Whether parameters or buffers are still without a shape."""
        return any(is_lazy(x) for x in (*self._parameters.values(), *self._buffers.values()))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.has_uninitialized_params() or type(self).cls_to_become is not None:
            self.initialize_parameters(*args, **kwargs)
            if self.has_uninitialized_params():
                raise _C.StateError(f"module {self._get_name()} has not been fully initialized")
            if type(self).cls_to_become is not None:
                self.__class__ = type(self).cls_to_become  # type: ignore[assignment]
                return self(*args, **kwargs)
        return super().__call__(*args, **kwargs)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        waiting = {name: buffer for name, buffer in self._buffers.items() if is_lazy(buffer)}
        super()._apply(fn, recurse)
        for name, buffer in waiting.items():  # still the ones that wait, with the converted dtype
            assert buffer is not None
            buffer.array = self._buffers[name].array  # type: ignore[union-attr]
            self._buffers[name] = buffer
        return self

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        for name, member in (*self._parameters.items(), *self._buffers.items()):
            if is_lazy(member) and prefix + name in destination:
                destination[prefix + name] = member

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        for name, member in (*self._parameters.items(), *self._buffers.items()):
            value = state_dict.get(prefix + name)
            if is_lazy(member) and value is not None and not is_lazy(value):
                member.materialize(tuple(value.shape))  # type: ignore[union-attr]
        super()._load_from_state_dict(state_dict, prefix, *rest)


class LazyLinear(LazyModuleMixin, Linear):
    """A `Linear` whose ``in_features`` is the size of the first input's last dimension."""

    cls_to_become = Linear

    def __init__(
        self,
        out_features: int,
        bias: bool = True,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(0, 0, False)
        self.out_features = out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new parameters, where there are any."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the number of features from an input."""
        fresh = self.has_uninitialized_params()
        self.in_features = input.array.shape[-1] if fresh else self.weight.array.shape[-1]
        if fresh:
            materialize(self.weight, (self.out_features, self.in_features))
            materialize(self.bias, (self.out_features,))
            self.reset_parameters()


def materialize(member: Any, shape: tuple[int, ...]) -> None:
    """Give a parameter or buffer its shape, where it has none."""
    if is_lazy(member):
        member.materialize(shape)


class LazyConv(LazyModuleMixin, ConvBase):
    """A convolution whose ``in_channels`` are those of the first input."""

    def make_lazy(self, out_channels: int, bias: bool, device: str | Device | None, dtype: DType | None) -> None:
        """Replace the empty parameters that the layer was made with."""
        self.out_channels = out_channels
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw new parameters, where there are any."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Take the number of channels from an input."""
        shape = input.array.shape
        if len(shape) not in (self.n + 1, self.n + 2):
            raise _C.ShapeError(
                f"{self._get_name()}: expected {self.n + 1}D (unbatched) or {self.n + 2}D (batched) input, got {shape}"
            )
        if not self.has_uninitialized_params():
            self.in_channels = (
                self.weight.array.shape[0] if self.transposed else self.weight.array.shape[1] * self.groups
            )
            return
        self.in_channels = shape[-self.n - 1]
        if self.in_channels % self.groups:
            raise _C.ValueError("in_channels must be divisible by groups")
        channels = (self.in_channels, self.out_channels) if self.transposed else (self.out_channels, self.in_channels)
        materialize(self.weight, (channels[0], channels[1] // self.groups, *self.kernel_size))
        materialize(self.bias, (self.out_channels,))
        self.reset_parameters()


class LazyForward(LazyConv):
    """What `LazyConv1d`, 2d and 3d are made with."""

    def __init__(
        self,
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
        # The channels are not known: the layer is made with none, without a bias.
        made: Callable[..., None] = super().__init__
        made(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode)
        self.make_lazy(out_channels, bias, device, dtype)


class LazyTranspose(LazyConv):
    """What `LazyConvTranspose1d`, 2d and 3d are made with."""

    def __init__(
        self,
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
        made: Callable[..., None] = super().__init__
        made(0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode)
        self.make_lazy(out_channels, bias, device, dtype)


class LazyConv1d(LazyForward, Conv1d):
    """A `Conv1d` whose ``in_channels`` are those of the first input."""

    cls_to_become = Conv1d


class LazyConv2d(LazyForward, Conv2d):
    """A `Conv2d` whose ``in_channels`` are those of the first input."""

    cls_to_become = Conv2d


class LazyConv3d(LazyForward, Conv3d):
    """A `Conv3d` whose ``in_channels`` are those of the first input."""

    cls_to_become = Conv3d


class LazyConvTranspose1d(LazyTranspose, ConvTranspose1d):
    """A `ConvTranspose1d` whose ``in_channels`` are those of the first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(LazyTranspose, ConvTranspose2d):
    """A `ConvTranspose2d` whose ``in_channels`` are those of the first input."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(LazyTranspose, ConvTranspose3d):
    """A `ConvTranspose3d` whose ``in_channels`` are those of the first input."""

    cls_to_become = ConvTranspose3d


class LazyNorm(LazyModuleMixin, NormBase):
    """A normalisation whose ``num_features`` are the channels of the first input."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: str | Device | None = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        self.affine, self.track_running_stats = affine, track_running_stats
        kind: dict[str, Any] = {"device": device, "dtype": dtype}
        if affine:
            self.weight = UninitializedParameter(**kind)
            if bias:
                self.bias = UninitializedParameter(**kind)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(**kind)
            self.running_var = UninitializedBuffer(**kind)
            self.num_batches_tracked = ops.tensor(0, dtype=dtypes.int64)

    def reset_parameters(self) -> None:
        """Set weight to 1, bias to 0, where there are any."""
        if not self.has_uninitialized_params() and self.num_features != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the number of channels from an input."""
        if input.array.ndim < 2:
            raise _C.ShapeError(f"{self._get_name()}: expected an input with channels, got shape {input.array.shape}")
        fresh = self.has_uninitialized_params()
        known = [x for x in (self.weight, self.running_mean) if x is not None and not is_lazy(x)]
        self.num_features = known[0].array.shape[0] if known else input.array.shape[1]
        if fresh:
            for member in (self.weight, self.bias, self.running_mean, self.running_var):
                materialize(member, (self.num_features,))
            self.reset_parameters()


class LazyBatchNorm1d(LazyNorm, BatchNorm1d):
    """A `BatchNorm1d` for as many channels as the first input has."""

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(LazyNorm, BatchNorm2d):
    """A `BatchNorm2d` for as many channels as the first input has."""

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(LazyNorm, BatchNorm3d):
    """A `BatchNorm3d` for as many channels as the first input has."""

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(LazyNorm, InstanceNorm1d):
    """An `InstanceNorm1d` for as many channels as the first input has."""

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(LazyNorm, InstanceNorm2d):
    """An `InstanceNorm2d` for as many channels as the first input has."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(LazyNorm, InstanceNorm3d):
    """An `InstanceNorm3d` for as many channels as the first input has."""

    cls_to_become = InstanceNorm3d

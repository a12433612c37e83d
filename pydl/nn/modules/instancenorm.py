"""Instance normalisation."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from pydl import _C, ops
from pydl.nn import functional as F
from pydl.nn.modules.batchnorm import NormBase

if TYPE_CHECKING:
    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor


class InstanceNorm(NormBase):
    """(x - mean) / sqrt(var + eps) * weight + bias: mean and var of each channel of each sample.

    With ``track_running_stats`` running averages of them are kept while training, and used in evaluation mode.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: str | Device | None = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        self.check_input(input)
        single = input.array.ndim == self.dims[0]
        channels = input.array.shape[0 if single else 1]
        if channels != self.num_features:
            message = f"{self._get_name()}: expected {self.num_features} channels, got {channels}"
            if self.affine:
                raise _C.ShapeError(f"{message} (input {input.array.shape})")
            warnings.warn(f"{message}; num_features is not used without affine", stacklevel=3)
        y = F.instance_norm(
            ops.unsqueeze(input, 0) if single else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return ops.squeeze(y, 0) if single else y


class InstanceNorm1d(InstanceNorm):
    """`InstanceNorm` of (batch, channels, length), or without the batch."""

    dims = (2, 3)


class InstanceNorm2d(InstanceNorm):
    """`InstanceNorm` of (batch, channels, height, width), or without the batch."""

    dims = (3, 4)


class InstanceNorm3d(InstanceNorm):
    """`InstanceNorm` of (batch, channels, depth, height, width), or without the batch."""

    dims = (4, 5)


# PyTorch's name, by which programs tell these layers from others.
_InstanceNorm = InstanceNorm

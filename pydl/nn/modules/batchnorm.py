"""Batch normalisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes, ops
from pydl.nn import functional as F
from pydl.nn import init
from pydl.nn.modules.module import Module
from pydl.nn.parameter import Parameter

if TYPE_CHECKING:
    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor


class NormBase(Module):
    """Parameters, running averages and settings of a normalisation by channel."""

    _version = 2
    dims: tuple[int, ...] = ()
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: str | Device | None = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        kind: dict[str, Any] = {"device": device, "dtype": dtype}
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            self.register_parameter(name, Parameter(ops.empty(num_features, **kind)) if wanted else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", ops.zeros(num_features, **kind) if tracked else None)
        self.register_buffer("running_var", ops.ones(num_features, **kind) if tracked else None)
        counter = ops.tensor(0, dtype=dtypes.int64) if tracked else None
        self.register_buffer("num_batches_tracked", counter)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the running averages."""
        if self.running_mean is not None and self.running_var is not None:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            assert self.num_batches_tracked is not None
            init.constant_(self.num_batches_tracked, 0)

    def reset_parameters(self) -> None:
        """Forget the running averages and set weight to 1, bias to 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def check_input(self, input: Tensor) -> None:
        """Raise a ShapeError for an input of the wrong number of dimensions."""
        if input.array.ndim not in self.dims:
            expected = " or ".join(f"{n}D" for n in self.dims)
            raise _C.ShapeError(
                f"{self._get_name()}: expected {expected} input, got {input.array.ndim}D input of shape "
                f"{input.array.shape}"
            )

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], *rest: Any
    ) -> None:
        # Version 1, or a plain dict, may lack the counter: as in PyTorch it then stays what it is.
        if (local_metadata.get("version") or 0) < 2 and self.num_batches_tracked is not None:
            state_dict.setdefault(prefix + "num_batches_tracked", self.num_batches_tracked)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)


class BatchNorm(NormBase):
    """(x - mean) / sqrt(var + eps) * weight + bias by channel (dimension 1), mean and var over all else.

    While training the statistics are the batch's, and running averages of them are kept: each time
    ``momentum`` of the new one (None: the plain average of all). In evaluation mode those are used.
    """

    def forward(self, input: Tensor) -> Tensor:
        self.check_input(input)
        momentum = self.momentum
        counter = self.num_batches_tracked
        if self.training and counter is not None:
            _C.add_(counter.array, _C.scalar(1, counter.array.dtype))
        if momentum is None:
            momentum = 1.0 / float(counter) if self.training and counter is not None else 0.0
        # The running figures go along while training only where they are kept.
        running = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if running else None,
            self.running_var if running else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )


class BatchNorm1d(BatchNorm):
    """`BatchNorm` of (batch, channels) or (batch, channels, length)."""

    dims = (2, 3)


class BatchNorm2d(BatchNorm):
    """`BatchNorm` of (batch, channels, height, width)."""

    dims = (4,)


class BatchNorm3d(BatchNorm):
    """`BatchNorm` of (batch, channels, depth, height, width)."""

    dims = (5,)


class SyncBatchNorm(BatchNorm):
    """`BatchNorm` of any number of dimensions. There is one process, so there is nothing to synchronise."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: str | Device | None = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def check_input(self, input: Tensor) -> None:
        """Raise a ShapeError for an input without channels."""
        if input.array.ndim < 2:
            raise _C.ShapeError(f"SyncBatchNorm: expected at least 2D input, got shape {input.array.shape}")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with a SyncBatchNorm in place of each BatchNorm in it."""
        made = module
        if isinstance(module, BatchNorm) and not isinstance(module, SyncBatchNorm):
            made = cls(module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats)
            made.process_group, made.training = process_group, module.training
            for name, parameter in module._parameters.items():
                made._parameters[name] = parameter
            for name, buffer in module._buffers.items():
                made._buffers[name] = buffer
        for name, child in module.named_children():
            made.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return made


# PyTorch's names, by which programs tell these layers from others.
_NormBase, _BatchNorm = NormBase, BatchNorm

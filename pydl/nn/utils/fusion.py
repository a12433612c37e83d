"""A layer and the batch normalisation behind it as one layer, for evaluation."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.autograd.grad_mode import no_grad
from pydl.nn.parameter import Parameter

if TYPE_CHECKING:
    from pydl.nn.modules.module import Module
    from pydl.tensor import Tensor


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A copy of a convolution that does what the batch normalisation behind it does too.

    Args:
        transpose: the convolution is a transposed one.

    Raises:
        AssertionError: one of them is in training mode, or ``bn`` keeps no running statistics.

    >>> conv, bn = pydl.nn.Conv2d(1, 2, 3).eval(), pydl.nn.BatchNorm2d(2).eval()
    >>> x = pydl.randn(1, 1, 5, 5)
    >>> pydl.allclose(pydl.nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-6)
    True
    """
    fused = copied(conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A copy of a linear layer that does what the batch normalisation behind it does too.

    Raises:
        AssertionError: as `fuse_conv_bn_eval`, or their widths differ.
    """
    fused = copied(linear, bn)
    if bn.num_features not in (1, linear.out_features):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, "
            f"got linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


@no_grad()
def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """The weight times bn_w / sqrt(bn_rv + eps) by output channel, and the bias that goes with it."""
    scale, bias = scale_and_bias(conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    shape = [1] * conv_w.ndim
    shape[1 if transpose else 0] = -1
    return parameters(conv_w * ops.reshape(scale, shape), bias, conv_w, conv_b)


@no_grad()
def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """The weight times bn_w / sqrt(bn_rv + eps) by output, and the bias that goes with it."""
    scale, bias = scale_and_bias(linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    return parameters(linear_w * ops.unsqueeze(scale, -1), bias, linear_w, linear_b)


def copied(layer: Module, bn: Any) -> Any:
    """A copy of the layer, once both have been looked at."""
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    return copy.deepcopy(layer)


def scale_and_bias(
    bias: Tensor | None, mean: Tensor, var: Tensor, eps: float, bn_w: Tensor | None, bn_b: Tensor | None
) -> tuple[Tensor, Tensor]:
    """bn_w / sqrt(var + eps), and (bias - mean) times that + bn_b."""
    scale = ops.rsqrt(var + eps)
    scale = scale if bn_w is None else scale * bn_w
    shifted = (-mean if bias is None else bias - mean) * scale
    return scale, shifted if bn_b is None else shifted + bn_b


def parameters(w: Tensor, b: Tensor, old_w: Tensor, old_b: Tensor | None) -> tuple[Parameter, Parameter]:
    """Weight and bias in the weight's dtype, which require gradients as those before did."""
    if w.shape != old_w.shape:
        raise _C.ShapeError(f"fuse: expected as many features as outputs, got weight {old_w.shape} and bias {b.shape}")
    wanted = old_b is not None and old_b.requires_grad
    return Parameter(w.to(old_w.dtype), old_w.requires_grad), Parameter(b.to(old_w.dtype), wanted)

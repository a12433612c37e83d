"""A weight divided by its largest singular value, recomputed before each forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydl import _C, ops
from pydl.autograd import no_grad
from pydl.nn.modules.conv import ConvTranspose
from pydl.nn.modules.module import Module
from pydl.nn.parameter import Parameter
from pydl.nn.utils.weight_norm import hook_of, parameter_of

if TYPE_CHECKING:
    from pydl.tensor import Tensor

M = TypeVar("M", bound=Module)


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight with one dimension as rows and all others as columns."""
    if dim:
        weight = ops.permute(weight, (dim, *(d for d in range(weight.array.ndim) if d != dim)))
    return ops.reshape(weight, (weight.array.shape[0], -1))


def unit(x: Tensor, eps: float) -> Tensor:
    """x divided by its length."""
    return ops.normalize(x, dim=0, eps=eps)


def random_unit(size: int, like: Tensor, eps: float) -> Tensor:
    """A random direction."""
    return unit(ops.randn(size, dtype=like.dtype), eps)


def check_iterations(n_power_iterations: int) -> None:
    """Refuse a number of iterations below 1.

    Raises:
        ValueError: it is one.
    """
    if n_power_iterations <= 0:
        raise _C.ValueError(
            "spectral_norm: Expected n_power_iterations to be positive, but got "
            f"n_power_iterations={n_power_iterations}"
        )


def rows_dim(module: Module, dim: int | None) -> int:
    """The dimension of the outputs, where none is given."""
    return (1 if isinstance(module, ConvTranspose) else 0) if dim is None else dim


class SpectralNorm:
    """The hook of `spectral_norm`."""

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        check_iterations(n_power_iterations)
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight; with iterations u and v come closer to the largest singular value's vectors first."""
        weight, u, v = (getattr(module, self.name + end) for end in ("_orig", "_u", "_v"))
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v = unit(ops.mv(ops.t(matrix), u), self.eps)
                    u = unit(ops.mv(matrix, v), self.eps)
                setattr(module, self.name + "_u", u)
                setattr(module, self.name + "_v", v)
        sigma: Tensor = ops.dot(u, ops.mv(matrix, v))
        return weight / sigma  # type: ignore[no-any-return]

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Replace a parameter by itself divided by its largest singular value.

    The parameter becomes ``name_orig``; the buffers ``name_u`` and ``name_v`` approach the singular vectors by
    ``n_power_iterations`` steps of the power method before each forward in training mode. Source: Miyato et al.,
    "Spectral normalization for generative adversarial networks", arXiv:1802.05957.

    Args:
        dim: the dimension of the outputs; by default 0, of transposed convolutions 1.

    Raises:
        StateError: the parameter is normalised already.
        ValueError: there is no such parameter.
    """
    if hook_of(module, SpectralNorm, name):
        raise _C.StateError(f"spectral_norm: cannot register two spectral_norm hooks on the same parameter {name}")
    weight = parameter_of("spectral_norm", module, name)
    hook = SpectralNorm(name, n_power_iterations, rows_dim(module, dim), eps)
    rows, columns = as_matrix(weight.detach(), hook.dim).array.shape
    u, v = random_unit(rows, weight, eps), random_unit(columns, weight, eps)
    del module._parameters[name]
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.detach())
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Undo `spectral_norm`: the parameter is one tensor again, with the value that it has now.

    Raises:
        ValueError: the parameter is not normalised.
    """
    found = hook_of(module, SpectralNorm, name)
    if found is None:
        raise _C.ValueError(f"remove_spectral_norm: spectral_norm of '{name}' not found in {type(module).__name__}")
    key, hook = found
    weight = hook.compute_weight(module, False).detach()
    for end in ("", "_u", "_v", "_orig"):
        delattr(module, name + end)
    module.register_parameter(name, Parameter(weight))
    del module._forward_pre_hooks[key]
    return module

"""A weight as length times direction, recomputed before each forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydl import _C, ops
from pydl.nn.modules.module import Module
from pydl.nn.parameter import Parameter

if TYPE_CHECKING:
    from pydl.tensor import Tensor

M = TypeVar("M", bound=Module)


def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norm over all dimensions but one, which stays; over all of them for ``dim=-1``."""
    if dim == -1:
        return ops.norm(v, pow)
    if not -v.array.ndim <= dim < v.array.ndim:
        raise _C.IndexError(f"norm_except_dim: expected dim of {v.array.ndim} dimensions, got {dim}")
    keep = dim % v.array.ndim
    return ops.norm(v, pow, tuple(d for d in range(v.array.ndim) if d != keep), keepdim=True)


def scaled(v: Tensor, g: Tensor, dim: int) -> Tensor:
    """``v * g / norm(v)``."""
    return v * (g / norm_except_dim(v, 2, dim))


class WeightNorm:
    """The hook of `weight_norm`."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight from its two parts."""
        return scaled(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def hook_of(module: Module, kind: type, name: str) -> Any:
    """The key and the hook of a kind for a parameter of the module, or None."""
    for key, (hook, _) in module._forward_pre_hooks.items():
        if isinstance(hook, kind) and hook.name == name:  # type: ignore[attr-defined]
            return key, hook
    return None


def parameter_of(what: str, module: Module, name: str) -> Parameter:
    """A parameter of the module.

    Raises:
        ValueError: there is none of that name.
    """
    weight = module._parameters.get(name)
    if weight is None:
        raise _C.ValueError(f"{what}: expected a parameter '{name}' in {type(module).__name__}, got none")
    return weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Replace a parameter by ``name_g``, its length, and ``name_v``, its direction: ``g * v / norm(v)``.

    A hook computes the parameter from them before each forward. Source: Salimans and Kingma, "Weight normalization",
    arXiv:1602.07868.

    Args:
        dim: the dimension that keeps a length for each index; None: one length for all.

    Raises:
        StateError: the parameter is normalised already.
        ValueError: there is no such parameter.

    >>> layer = pydl.nn.utils.weight_norm(pydl.nn.Linear(4, 3))
    >>> layer.weight_g.shape, layer.weight_v.shape
    (pydl.Size([3, 1]), pydl.Size([3, 4]))
    """
    if hook_of(module, WeightNorm, name):
        raise _C.StateError(f"weight_norm: cannot register two weight_norm hooks on the same parameter {name}")
    weight = parameter_of("weight_norm", module, name)
    hook = WeightNorm(name, dim)
    length = norm_except_dim(weight.detach(), 2, hook.dim)
    del module._parameters[name]
    module.register_parameter(name + "_g", Parameter(length))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    hook(module, ())
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Undo `weight_norm`: the parameter is one tensor again, with the value that it has now.

    Raises:
        ValueError: the parameter is not normalised.
    """
    found = hook_of(module, WeightNorm, name)
    if found is None:
        raise _C.ValueError(f"remove_weight_norm: weight_norm of '{name}' not found in {type(module).__name__}")
    key, hook = found
    weight = hook.compute_weight(module).detach()
    delattr(module, name)
    del module._parameters[name + "_g"], module._parameters[name + "_v"]
    setattr(module, name, Parameter(weight))
    del module._forward_pre_hooks[key]
    return module

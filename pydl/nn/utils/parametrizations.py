"""Ready-made parametrizations: weights with a length of their own, of spectral norm 1, or orthogonal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from pydl import _C, ops
from pydl.autograd import no_grad
from pydl.autograd.function import TensorBase
from pydl.nn.modules.module import Module
from pydl.nn.utils.parametrize import register_parametrization
from pydl.nn.utils.spectral_norm import as_matrix, check_iterations, random_unit, rows_dim, unit
from pydl.nn.utils.weight_norm import norm_except_dim, scaled

if TYPE_CHECKING:
    from pydl.tensor import Tensor

M = TypeVar("M", bound=Module)


def tensor_of(what: str, module: Module, name: str) -> Tensor:
    """A tensor of the module.

    Raises:
        ValueError: there is none of that name.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, TensorBase):
        raise _C.ValueError(f"{what}: {type(module).__name__} has no parameter or buffer with name '{name}'")
    return weight  # type: ignore[return-value]


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return scaled(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """``g * v / norm(v)`` in place of a parameter (arXiv:1602.07868): g is original0, v original1.

    Args:
        dim: the dimension that keeps a length for each index; None: one length for all.

    >>> layer = pydl.nn.utils.parametrizations.weight_norm(pydl.nn.Linear(4, 3))
    >>> layer.parametrizations.weight.original0.shape
    pydl.Size([3, 1])
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def from_old_names(state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """A state_dict of the older `pydl.nn.utils.weight_norm` fits too."""
        for old, new in ((f"{name}_g", "original0"), (f"{name}_v", "original1")):
            if prefix + old in state_dict:
                state_dict[f"{prefix}parametrizations.{name}.{new}"] = state_dict.pop(prefix + old)

    module._register_load_state_dict_pre_hook(from_old_names)
    return module


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        n = weight.array.ndim
        if not -n <= dim < n:
            raise _C.IndexError(f"spectral_norm: expected dim from {-n} to {n - 1}, got {dim}")
        check_iterations(n_power_iterations)
        self.dim = dim % n
        self.eps = eps
        if n > 1:
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            rows, columns = matrix.array.shape
            self.register_buffer("_u", random_unit(rows, weight, eps))
            self.register_buffer("_v", random_unit(columns, weight, eps))
            self._power_method(matrix, 15)

    def _power_method(self, matrix: Tensor, n_power_iterations: int) -> None:
        """Bring u and v closer to the largest singular value's vectors."""
        with no_grad():
            for _ in range(n_power_iterations):
                self._u = unit(ops.mv(matrix, self._v), self.eps)
                self._v = unit(ops.mv(ops.t(matrix), self._u), self.eps)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.array.ndim == 1:
            return unit(weight, self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        return weight / ops.dot(self._u, ops.mv(matrix, self._v))

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """A parameter divided by its largest singular value (arXiv:1802.05957), a vector by its length.

    In training mode each reading takes ``n_power_iterations`` steps of the power method.

    Args:
        dim: the dimension of the outputs; by default 0, of transposed convolutions 1.

    Raises:
        ValueError: there is no such parameter.
    """
    weight = tensor_of("spectral_norm", module, name)
    norm = _SpectralNorm(weight, n_power_iterations, rows_dim(module, dim), eps)
    register_parametrization(module, name, norm)
    return module


def reflected(x: Tensor) -> Tensor:
    """The first columns of a product of reflections.

    x (..., rows, columns) has their vectors below its diagonal, as LAPACK has: on the diagonal they have 1.
    """
    n, k = x.array.shape[-2:]
    below = ops.tril(x, -1)
    tau = 2.0 / (1.0 + ops.sum(below * below, -2, keepdim=True))
    unity = ops.eye(n, k, dtype=x.dtype)
    vectors = below + unity
    q = ops.expand(unity, x.array.shape)
    for i in range(k - 1, -1, -1):
        v = ops.narrow(vectors, -1, i, 1)
        q = q - ops.narrow(tau, -1, i, 1) * v * (ops.transpose(v, -1, -2) @ q)
    return q


def orthonormal(x: Tensor) -> Tensor:
    """x's columns made orthonormal one after the other: q of its qr with r's diagonal positive."""
    q, r = ops.linalg_qr(x)
    return q * ops.unsqueeze(ops.sign(ops.diagonal(r, 0, -2, -1)), -2)


def is_orthonormal(x: Tensor) -> bool:
    """Whether x's columns are, up to rounding."""
    n, k = x.array.shape[-2:]
    error = ops.transpose(x, -1, -2) @ x - ops.eye(k, dtype=x.dtype)
    return float(ops.abs(error).max().item()) < 10 * n * (2.0**-52 if x.array.dtype == 1 else 2.0**-23)


class _Orthogonal(Module):
    base: Tensor

    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool = True) -> None:
        super().__init__()
        self.shape = weight.array.shape
        self.orthogonal_map = orthogonal_map
        self.use_trivialization = use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Tensor) -> Tensor:
        n, k = x.array.shape[-2:]
        if n < k:
            return ops.transpose(self.tall(ops.transpose(x, -1, -2)), -1, -2)
        return self.tall(x)

    def tall(self, x: Tensor) -> Tensor:
        """The map of a matrix with as many rows as columns or more."""
        n, k = x.array.shape[-2:]
        if self.orthogonal_map == "householder":
            q = reflected(x) * ops.unsqueeze(ops.trunc(ops.diagonal(x, 0, -2, -1)).detach(), -2)
        else:
            x = ops.tril(x)
            if n != k:
                x = ops.cat([x, ops.zeros((*x.array.shape[:-1], n - k), dtype=x.dtype)], -1)
            a = x - ops.transpose(x, -1, -2)
            if self.orthogonal_map == "matrix_exp":
                q = ops.matrix_exp(a)
            else:
                one = ops.eye(n, dtype=x.dtype)
                q = ops.linalg_solve(one - a * 0.5, one + a * 0.5)
            q = ops.narrow(q, -1, 0, k)
        return self.base @ q if self.use_trivialization else q

    def right_inverse(self, value: Tensor) -> Tensor:
        if value.array.shape != self.shape:
            raise _C.ShapeError(
                f"orthogonal: Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape "
                f"{value.array.shape}."
            )
        n, k = self.shape[-2:]
        with no_grad():
            q = ops.transpose(value, -1, -2) if n < k else value
            if self.use_trivialization:
                return self.rebased(q)
            if self.orthogonal_map != "householder":
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            vectors, tau = np.linalg.qr(q.detach().numpy(), mode="raw")
            a = np.swapaxes(vectors, -1, -2).copy()
            places = np.arange(a.shape[-1])
            a[..., places, places] = np.sign(a[..., places, places]) * np.where(tau == 0, -1, 1)
            return ops.from_numpy(np.swapaxes(a, -1, -2).copy() if n < k else a)

    def rebased(self, q: Tensor) -> Tensor:
        """Put q into the base; the original that then gives q."""
        n, k = q.array.shape[-2:]
        if n != k:
            q = ops.cat([q, ops.randn((*q.array.shape[:-1], n - k), dtype=q.dtype)], -1)
        self.base = orthonormal(q) if n != k or not is_orthonormal(q) else ops.clone(q)
        rows, columns = self.shape[-2:]
        return ops.clone(ops.expand(-ops.eye(rows, columns, dtype=q.dtype), self.shape))


def orthogonal(
    module: M, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> M:
    """A parameter (..., m, n) with orthonormal columns, or rows where there are fewer of them.

    Args:
        orthogonal_map: how it is computed: "matrix_exp", of a skew matrix (the default for squares), "cayley",
            ``(1 + A / 2) / (1 - A / 2)``, or "householder", a product of reflections (the default otherwise).
        use_trivialization: keep the initial value as a base that the map is multiplied with (Lezcano-Casado,
            arXiv:1909.09501); a value that is not orthogonal is made so by its qr decomposition.

    Raises:
        ValueError: there is no such parameter, or it is no matrix.
    """
    weight = tensor_of("orthogonal", module, name)
    if weight.array.ndim < 2:
        raise _C.ValueError(
            f"orthogonal: Expected a matrix or batch of matrices. Got a tensor of {weight.array.ndim} dimensions."
        )
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.array.shape[-2] == weight.array.shape[-1] else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise _C.ValueError(
            f'orthogonal: orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    register_parametrization(module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True)
    return module

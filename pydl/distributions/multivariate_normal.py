"""The normal distribution of vectors."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.distributions import constraints
from pydl.distributions.distribution import Distribution
from pydl.distributions.normal import HALF_LOG_2PI
from pydl.distributions.triangular import cholesky, solve_triangular
from pydl.distributions.utils import size

if TYPE_CHECKING:
    from typing import Self

    from pydl.tensor import Tensor


class MultivariateNormal(Distribution):
    """The normal distribution of vectors (..., n): of mean ``loc`` and one of three matrices (..., n, n).

    Args:
        loc: the mean.
        covariance_matrix: positive definite.
        precision_matrix: the covariance matrix's inverse.
        scale_tril: the covariance matrix's lower triangular factor, of positive diagonal: the quickest.

    >>> d = pydl.distributions.MultivariateNormal(pydl.zeros(2), pydl.eye(2))
    >>> d.log_prob(pydl.zeros(2))
    tensor(-1.8379)
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        given = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        named = [(name, value) for name, value in given.items() if value is not None]
        if len(named) != 1:
            raise _C.ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        name, matrix = named[0]
        if loc.ndim < 1:
            raise _C.ValueError("loc must be at least one-dimensional.")
        if matrix.ndim < 2 or matrix.shape[-2:] != (loc.shape[-1], loc.shape[-1]):
            raise _C.ShapeError(
                f"MultivariateNormal: expected {name} (..., {loc.shape[-1]}, {loc.shape[-1]}) for loc of shape "
                f"{tuple(loc.shape)}, got {tuple(matrix.shape)}"
            )
        batch = ops.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        self.loc = ops.expand(loc, (*batch, loc.shape[-1]))
        self.__dict__[name] = ops.expand(matrix, (*batch, *matrix.shape[-2:]))
        super().__init__(batch, loc.shape[-1:], validate_args)
        if name == "scale_tril":
            self._factor = matrix
        elif name == "covariance_matrix":
            self._factor = cholesky(matrix)
        else:  # of P = U U^T turned about both diagonals; its inverse is the factor
            turned = cholesky(ops.flip(matrix, (-2, -1)))
            lower_inverse = ops.flip(turned, (-2, -1)).mT
            self._factor = solve_triangular(lower_inverse, ops.eye(loc.shape[-1], dtype=loc.dtype))

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        shape = size(batch_shape)
        n = self._event_shape[0]
        new = object.__new__(type(self))
        new.loc = ops.expand(self.loc, (*shape, n))
        new._factor = ops.expand(self._factor, (*shape, n, n))
        new._batch_shape, new._event_shape, new._validate_args = shape, self._event_shape, self._validate_args
        return new

    @cached_property
    def scale_tril(self) -> Tensor:
        """The covariance matrix's lower triangular factor."""
        return ops.expand(self._factor, (*self._batch_shape, *self._event_shape, *self._event_shape))

    @cached_property
    def covariance_matrix(self) -> Tensor:
        """The covariance matrix."""
        return ops.matmul(self.scale_tril, self.scale_tril.mT)

    @cached_property
    def precision_matrix(self) -> Tensor:
        """The covariance matrix's inverse."""
        inverse = solve_triangular(self.scale_tril, ops.eye(self._event_shape[0], dtype=self.loc.dtype))
        return ops.matmul(inverse.mT, inverse)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return ops.sum(ops.square(self.scale_tril), -1)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        noise = ops.randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + ops.squeeze(ops.matmul(self._factor, ops.unsqueeze(noise, -1)), -1)

    def half_log_det(self) -> Tensor:
        """Half the logarithm of the covariance matrix's determinant."""
        return ops.sum(ops.log(ops.diagonal(self._factor, 0, -2, -1)), -1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        white = solve_triangular(self._factor, ops.unsqueeze(value - self.loc, -1))
        distance = ops.sum(ops.square(white), (-2, -1))
        return -0.5 * distance - self.half_log_det() - self._event_shape[0] * HALF_LOG_2PI

    def entropy(self) -> Tensor:
        each = self._event_shape[0] * (0.5 + HALF_LOG_2PI) + self.half_log_det()
        return ops.expand(each, self._batch_shape)

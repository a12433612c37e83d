"""What the values of parameters and samples may be. ``constraint.check(values)`` is True where they satisfy it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import ops

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Constraint:
    """A set of values; ``event_dim`` is the number of dimensions on the right that make one value."""

    is_discrete = False
    event_dim = 0

    def check(self, value: Tensor) -> Any:
        """Whether each value is in the set."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return type(self).__name__.lstrip("_") + "()"


class _Real(Constraint):
    def check(self, value: Tensor) -> Any:
        return value == value  # all but NaN


class _RealVector(Constraint):
    event_dim = 1

    def check(self, value: Tensor) -> Any:
        return ops.all(value == value, -1)


class _Boolean(Constraint):
    is_discrete = True

    def check(self, value: Tensor) -> Any:
        return (value == 0) | (value == 1)


class _OneHot(Constraint):
    is_discrete = True
    event_dim = 1

    def check(self, value: Tensor) -> Any:
        return ops.all((value == 0) | (value == 1), -1) & (ops.sum(value, -1) == 1)


class _NonnegativeInteger(Constraint):
    is_discrete = True

    def check(self, value: Tensor) -> Any:
        return (value >= 0) & (ops.floor(value) == value)


class _IntegerInterval(Constraint):
    is_discrete = True

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    def check(self, value: Tensor) -> Any:
        return (ops.floor(value) == value) & (value >= self.lower_bound) & (value <= self.upper_bound)

    def __repr__(self) -> str:
        return f"IntegerInterval(lower_bound={self.lower_bound}, upper_bound={self.upper_bound})"


class _GreaterThan(Constraint):
    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound

    def check(self, value: Tensor) -> Any:
        return value > self.lower_bound

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}lower_bound={self.lower_bound})"


class _GreaterThanEq(_GreaterThan):
    def check(self, value: Tensor) -> Any:
        return value >= self.lower_bound


class _Interval(Constraint):
    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    def check(self, value: Tensor) -> Any:
        return (value >= self.lower_bound) & (value <= self.upper_bound)

    def __repr__(self) -> str:
        return f"Interval(lower_bound={self.lower_bound}, upper_bound={self.upper_bound})"


class _Simplex(Constraint):
    event_dim = 1

    def check(self, value: Tensor) -> Any:
        return ops.all(value >= 0, -1) & (ops.abs(ops.sum(value, -1) - 1) < 1e-6)


class _Square(Constraint):
    event_dim = 2

    def check(self, value: Tensor) -> Any:
        square = value.shape[-1] == value.shape[-2]
        return ops.full(value.shape[:-2], square, dtype=(value == value).dtype)


class _LowerCholesky(_Square):
    def check(self, value: Tensor) -> Any:
        lower = ops.all(ops.flatten(ops.tril(value) == value, -2), -1)
        return lower & ops.all(ops.diagonal(value, 0, -2, -1) > 0, -1)


class _PositiveDefinite(_Square):
    def check(self, value: Tensor) -> Any:
        import numpy as np

        if value.shape[-1] != value.shape[-2]:
            return super().check(value)
        matrices = value.detach().double().numpy()
        near = np.isclose(matrices, np.swapaxes(matrices, -1, -2), atol=1e-6).all((-1, -2))
        lowest = np.linalg.eigvalsh(np.where(near[..., None, None], matrices, np.eye(matrices.shape[-1])))[..., 0]
        return ops.from_numpy(np.asarray(near & (lowest > 0)))


class _IndependentConstraint(Constraint):
    """A constraint for whole groups of values."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint, self.count = base_constraint, reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    def check(self, value: Tensor) -> Any:
        good = self.base_constraint.check(value)
        return ops.all(ops.flatten(good, -self.count), -1) if self.count else good

    def __repr__(self) -> str:
        return f"IndependentConstraint({self.base_constraint!r}, {self.count})"


class _Dependent(Constraint):
    """One that only a distribution can tell."""


dependent = _Dependent()
boolean = _Boolean()
one_hot = _OneHot()
nonnegative_integer = _NonnegativeInteger()
real = _Real()
real_vector = _RealVector()
positive = _GreaterThan(0.0)
nonnegative = _GreaterThanEq(0.0)
unit_interval = _Interval(0.0, 1.0)
simplex = _Simplex()
lower_cholesky = _LowerCholesky()
positive_definite = _PositiveDefinite()
integer_interval = _IntegerInterval
greater_than = _GreaterThan
greater_than_eq = _GreaterThanEq
interval = _Interval
independent = _IndependentConstraint


def is_dependent(constraint: Any) -> bool:
    """Whether only a distribution can tell what it is."""
    return isinstance(constraint, _Dependent)

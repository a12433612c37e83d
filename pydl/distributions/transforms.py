"""Functions that can be undone, with the logarithm of how they stretch: what `TransformedDistribution` applies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.distributions import constraints
from pydl.distributions.constraints import Constraint
from pydl.distributions.utils import sum_rightmost

if TYPE_CHECKING:
    from pydl.tensor import Tensor


class Transform:
    """An invertible function of tensors, element by element: a subclass defines the three methods below `inv`."""

    bijective = True
    domain: Constraint = constraints.real
    codomain: Constraint = constraints.real
    sign = 1

    def __call__(self, x: Tensor) -> Tensor:
        return self._call(x)  # type: ignore[no-any-return]

    @property
    def inv(self) -> Transform:
        """The function that undoes this one."""
        return Inverse(self)

    def _call(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The logarithm of the derivative's absolute value, for ``y`` of ``x``."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Inverse(Transform):
    """Undoes another one."""

    def __init__(self, other: Transform) -> None:
        self.other = other
        self.domain, self.codomain, self.sign = other.codomain, other.domain, other.sign

    @property
    def inv(self) -> Transform:
        return self.other

    def _call(self, x: Any) -> Any:
        return self.other._inverse(x)

    def _inverse(self, y: Any) -> Any:
        return self.other._call(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -self.other.log_abs_det_jacobian(y, x)


class ExpTransform(Transform):
    """``exp(x)``."""

    codomain = constraints.positive

    def _call(self, x: Any) -> Any:
        return ops.exp(x)

    def _inverse(self, y: Any) -> Any:
        return ops.log(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x


class SigmoidTransform(Transform):
    """``1 / (1 + exp(-x))``."""

    codomain = constraints.unit_interval

    def _call(self, x: Any) -> Any:
        return ops.sigmoid(x)

    def _inverse(self, y: Any) -> Any:
        return ops.log(y) - ops.log1p(-y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -ops.softplus(-x) - ops.softplus(x)


class TanhTransform(Transform):
    """``tanh(x)``; its stretch is exact where the result is 1 already."""

    codomain = constraints.interval(-1.0, 1.0)

    def _call(self, x: Any) -> Any:
        return ops.tanh(x)

    def _inverse(self, y: Any) -> Any:
        return ops.atanh(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return 2.0 * (math.log(2.0) - x - ops.softplus(-2.0 * x))  # log(1 - tanh(x)^2)


class AffineTransform(Transform):
    """``loc + scale * x``; of ``event_dim`` dimensions the stretch is that of all elements together."""

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0) -> None:
        self.loc, self.scale, self.event_dim = loc, scale, event_dim
        if event_dim:
            self.domain = self.codomain = constraints.independent(constraints.real, event_dim)

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return sum_rightmost(ops.log(ops.abs(ops.zeros_like(x) + self.scale)), self.event_dim)


class ComposeTransform(Transform):
    """One after the other.

    Raises:
        ValueError: there is none.
    """

    def __init__(self, parts: Sequence[Transform]) -> None:
        if not parts:
            raise _C.ValueError("ComposeTransform: expected at least one transform")
        self.parts = list(parts)
        self.domain, self.codomain = parts[0].domain, parts[-1].codomain

    def _call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Any) -> Any:
        for part in reversed(self.parts):
            y = part._inverse(y)
        return y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        most = max(part.domain.event_dim for part in self.parts)
        total: Any = 0.0
        for part in self.parts:
            out = part(x)
            total = total + sum_rightmost(part.log_abs_det_jacobian(x, out), most - part.domain.event_dim)
            x = out
        return total

    def __repr__(self) -> str:
        return f"ComposeTransform({self.parts})"

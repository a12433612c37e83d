"""The base class of all distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydl import _C, ops
from pydl.autograd.function import TensorBase
from pydl.autograd.grad_mode import no_grad
from pydl.distributions import constraints
from pydl.distributions.constraints import Constraint
from pydl.distributions.utils import size
from pydl.tensor import Size

if TYPE_CHECKING:
    from typing import Self

    from pydl.tensor import Tensor


class Distribution:
    """A distribution, or, of shape ``batch_shape``, several independent ones; ``event_shape`` is that of one sample.

    Parameters and values are checked unless ``validate_args=False``, or for all after
    ``Distribution.set_default_validate_args(False)``.
    """

    has_rsample: ClassVar[bool] = False
    has_enumerate_support: ClassVar[bool] = False
    arg_constraints: ClassVar[dict[str, Constraint]] = {}
    _validate_args: bool = __debug__
    _given: str | None = None  # "probs" or "logits", of the distributions that take either

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions made from now on check.

        Raises:
            ValueError: neither True nor False.
        """
        if value not in (True, False):
            raise _C.ValueError(f"set_default_validate_args: expected True or False, got {value!r}")
        Distribution._validate_args = value

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None) -> None:
        self._batch_shape, self._event_shape = size(batch_shape), size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if not self._validate_args:
            return
        for name, constraint in self.arg_constraints.items():
            value = self.__dict__.get(name)
            if constraints.is_dependent(constraint) or not isinstance(value, TensorBase):
                continue
            what = f"Expected parameter {name} ({{}}) of distribution {self!r} to satisfy the constraint {constraint!r}"
            self.check_values(constraint, value, what)  # type: ignore[arg-type]

    @staticmethod
    def check_values(constraint: Constraint, value: Tensor, expected: str) -> None:
        """Raise a ValueError where a value lies outside."""
        if not bool(ops.all(constraint.check(value.detach()))):
            what = f"Tensor of shape {tuple(value.shape)}"
            raise _C.ValueError(f"{expected.format(what)}, but found invalid values:\n{value}")

    @property
    def batch_shape(self) -> Size:
        """How many distributions this is."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one sample of one of them."""
        return self._event_shape

    @property
    def support(self) -> Constraint:
        """What samples are."""
        raise NotImplementedError

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The most likely value."""
        raise NotImplementedError(f"{type(self).__name__} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return ops.sqrt(self.variance)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Samples of shape ``sample_shape``, the batch's and the event's together; they carry no gradient."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Samples that are functions of the parameters: gradients pass through them."""
        raise NotImplementedError(f"{type(self).__name__} has no rsample: its samples have no gradient")

    def sample_n(self, n: int) -> Tensor:
        """``sample((n,))``."""
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at ``value``."""
        raise NotImplementedError

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a sample of at most ``value``."""
        raise NotImplementedError(f"{type(self).__name__} does not implement cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The opposite of `cdf`."""
        raise NotImplementedError(f"{type(self).__name__} does not implement icdf")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values, along a first dimension of their own."""
        raise NotImplementedError(f"{type(self).__name__} does not implement enumerate_support")

    def entropy(self) -> Tensor:
        """The entropy, in nats."""
        raise NotImplementedError(f"{type(self).__name__} does not implement entropy")

    def perplexity(self) -> Tensor:
        """``exp(entropy)``."""
        return ops.exp(self.entropy())

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        """The same distribution for a larger batch.

        Raises:
            ShapeError: the parameters do not broadcast to it.
        """
        shape = size(batch_shape)
        other = {"probs", "logits"} - {self._given} if self._given else set()
        new = object.__new__(type(self))
        for name, value in self.__dict__.items():
            if name in other or (name not in self.arg_constraints and isinstance(value, TensorBase)):
                continue  # computed from the others when it is asked for
            if isinstance(value, TensorBase):
                own = self.arg_constraints[name].event_dim
                value = ops.expand(value, (*shape, *value.shape[value.ndim - own :]))  # type: ignore[attr-defined,arg-type]
            new.__dict__[name] = value
        new._batch_shape = shape
        return new

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size((*size(sample_shape), *self._batch_shape, *self._event_shape))

    def _validate_sample(self, value: Tensor) -> None:
        """Refuse values that are no samples.

        Raises:
            ValueError: no tensor, of another shape, or outside of the support.
        """
        if not self._validate_args:
            return
        if not isinstance(value, TensorBase):
            raise _C.ValueError("The value argument to log_prob must be a Tensor")
        events = len(self._event_shape)
        shape = tuple(value.shape)
        if len(shape) < events or shape[len(shape) - events :] != tuple(self._event_shape):
            raise _C.ShapeError(
                f"The right-most size of value must match event_shape: {shape} vs {tuple(self._event_shape)}."
            )
        for have, want in zip(reversed(shape), reversed((*self._batch_shape, *self._event_shape)), strict=False):
            if have != want and have != 1 and want != 1:
                raise _C.ShapeError(
                    f"Value is not broadcastable with batch_shape+event_shape: {shape} vs "
                    f"{(*self._batch_shape, *self._event_shape)}."
                )
        expected = (
            f"Expected value argument ({{}}) to be within the support ({self.support!r}) of the distribution {self!r}"
        )
        self.check_values(self.support, value, expected)

    def __repr__(self) -> str:
        parts = []
        for name in self.arg_constraints:
            value = self.__dict__.get(name)
            if isinstance(value, TensorBase) and (self._given in (None, name) or name not in ("probs", "logits")):
                parts.append(f"{name}: {value if value.numel() == 1 else tuple(value.shape)}")  # type: ignore[attr-defined]
        return f"{type(self).__name__}({', '.join(parts)})"

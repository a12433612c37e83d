"""Borders around the last dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydl import _C
from pydl.nn import functional as F
from pydl.nn.modules.module import Module

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Sizes = int | Sequence[int]


class Padding(Module):
    """A border of ``padding`` around the last dimensions: one width, or two for each dimension, the last first."""

    n = 0
    mode = "constant"

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self.n) if isinstance(padding, int) else tuple(padding)
        if len(self.padding) != 2 * self.n:
            raise _C.ValueError(f"{self._get_name()}: expected one width or {2 * self.n}, got {padding}")

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad(Padding):
    """A border of one value."""

    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(ConstantPad):
    """`ConstantPad` of the last dimension."""

    n = 1


class ConstantPad2d(ConstantPad):
    """`ConstantPad` of the last two dimensions."""

    n = 2


class ConstantPad3d(ConstantPad):
    """`ConstantPad` of the last three dimensions."""

    n = 3


class ZeroPad1d(ConstantPad1d):
    """A border of zeros around the last dimension."""

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """A border of zeros around the last two dimensions."""

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """A border of zeros around the last three dimensions."""

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReflectionPad(Padding):
    """A border that mirrors the input at its first and last element."""

    mode = "reflect"


class ReflectionPad1d(ReflectionPad):
    """`ReflectionPad` of the last dimension."""

    n = 1


class ReflectionPad2d(ReflectionPad):
    """`ReflectionPad` of the last two dimensions."""

    n = 2


class ReflectionPad3d(ReflectionPad):
    """`ReflectionPad` of the last three dimensions."""

    n = 3


class ReplicationPad(Padding):
    """A border that repeats the outermost elements."""

    mode = "replicate"


class ReplicationPad1d(ReplicationPad):
    """`ReplicationPad` of the last dimension."""

    n = 1


class ReplicationPad2d(ReplicationPad):
    """`ReplicationPad` of the last two dimensions."""

    n = 2


class ReplicationPad3d(ReplicationPad):
    """`ReplicationPad` of the last three dimensions."""

    n = 3


class CircularPad(Padding):
    """A border that goes on at the other end of the input."""

    mode = "circular"


class CircularPad1d(CircularPad):
    """`CircularPad` of the last dimension."""

    n = 1


class CircularPad2d(CircularPad):
    """`CircularPad` of the last two dimensions."""

    n = 2


class CircularPad3d(CircularPad):
    """`CircularPad` of the last three dimensions."""

    n = 3

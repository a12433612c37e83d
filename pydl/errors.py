"""The exceptions: each is an `Error`, a RuntimeError as PyTorch code expects, and the built-in of its kind."""

from pydl._C import DeviceError as DeviceError
from pydl._C import DTypeError as DTypeError
from pydl._C import Error as Error
from pydl._C import IndexError as IndexError
from pydl._C import OutOfMemoryError as OutOfMemoryError
from pydl._C import ShapeError as ShapeError
from pydl._C import StateError as StateError
from pydl._C import ValueError as ValueError


class LinAlgError(ValueError):
    """A matrix is singular, not positive definite, or an iteration does not converge."""


__all__ = [
    "DTypeError",
    "DeviceError",
    "Error",
    "IndexError",
    "LinAlgError",
    "OutOfMemoryError",
    "ShapeError",
    "StateError",
    "ValueError",
]

"""Names for annotations."""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import Any

from pydl.dtypes import device as _device
from pydl.dtypes import dtype as _dtype
from pydl.tensor import Size, Tensor

Number = builtins.int | builtins.float | builtins.bool
Device = _device | builtins.str | builtins.int | None
FileLike = builtins.str | os.PathLike[builtins.str] | Any
TensorOrTensors = Tensor | Sequence[Tensor]

_int = builtins.int
_float = builtins.float
_bool = builtins.bool
_size = (Size, list, tuple)
_TensorOrTensors = TensorOrTensors

__all__ = ["Device", "FileLike", "Number", "TensorOrTensors", "_device", "_dtype", "_size"]


def typename(obj: Any) -> str:
    """The full name of a type, or of a value's type; of a tensor, by its dtype as PyTorch writes it.

    >>> pydl.typename(pydl.ones(1)), pydl.typename(3)
    ('pydl.FloatTensor', 'int')
    """
    if isinstance(obj, Tensor):
        return obj.type()  # type: ignore[no-any-return]
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = getattr(kind, "__module__", None)
    return kind.__qualname__ if module in (None, "builtins") else f"{module}.{kind.__qualname__}"

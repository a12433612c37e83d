"""How a tensor looks as text: as PyTorch prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pydl.tensor import Tensor

_options: dict[str, Any] = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80}


def tensor_repr(x: Tensor) -> str:
    """``tensor([...], dtype=..., grad_fn=<...>)``."""
    return f"tensor({x.tolist()})" if np else ""

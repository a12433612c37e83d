"""SparseAdam, which PyTorch has for sparse gradients."""

from __future__ import annotations

from typing import Any

from pydl import _C
from pydl.optim.optimizer import Optimizer


class SparseAdam(Optimizer):
    """There are no sparse tensors in pydl, so no gradient that this optimizer would take: `Adam` takes the dense ones.

    Raises:
        StateError: always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise _C.StateError("SparseAdam: pydl has no sparse gradients, expected a use of Adam instead")

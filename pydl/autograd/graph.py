"""What PyTorch offers for looking into the graph: what saved tensors become, and where nodes are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pydl import _C
from pydl.autograd.function import Function as Node
from pydl.autograd.function import Slot, TensorBase

__all__ = ["Node", "disable_saved_tensors_hooks", "save_on_cpu", "saved_tensors_hooks"]

# Where PyTorch has another name for the operation than ours.
_NAMES = {
    "BasicIndex": "Slice",
    "BatchNorm": "NativeBatchNorm",
    "Cast": "ToCopy",
    "Contiguous": "Clone",
    "ConvForward": "Convolution",
    "CrossEntropy": "NllLoss",
    "IndexGet": "Index",
    "LayerNorm": "NativeLayerNorm",
    "Linear": "Addmm",
    "LogSumExp": "Logsumexp",
    "MatMul": "Mm",
    "PowNumber": "Pow",
    "ReshapeCopy": "UnsafeView",
    "SquaredError": "MseLoss",
    "SquaredErrorSum": "MseLoss",
}


def name_of(node: Node) -> str:
    """What a printed graph calls the node: ``MulBackward0``, of a user's `Function` ``CubeBackward``."""
    own = getattr(node, "cls", None)
    if own is not None:
        return f"{own.__name__}Backward"
    kind = type(node).__name__
    return f"{_NAMES.get(kind, kind)}Backward0"


class AccumulateGrad:
    """Where a graph ends: what adds up the gradient of the leaf ``variable``."""

    next_functions: tuple[tuple[Any, int], ...] = ()

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def name(self) -> str:
        """``AccumulateGrad``."""
        return "AccumulateGrad"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return hash((AccumulateGrad, id(self.variable)))

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self.variable):#x}>"


def next_of(edge: Any) -> tuple[Any, int]:
    """An edge of the graph as `Node.next_functions` shows it."""
    if isinstance(edge, Slot):
        return edge.node, edge.index
    return (AccumulateGrad(edge) if isinstance(edge, TensorBase) else edge), 0


class saved_tensors_hooks:
    """Raises a StateError: what operations save for backward passes through no hooks here.

    To use less memory between forward and backward see `pydl.utils.checkpoint`.
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        raise _C.StateError(
            "saved_tensors_hooks: saved tensors pass through no hooks in pydl; pydl.utils.checkpoint saves memory"
        )


class save_on_cpu:
    """Keep what backward needs in the CPU's memory, where it always is: makes no difference."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        self.pin_memory, self.device_type = pin_memory, device_type

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        pass


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the ``with`` `saved_tensors_hooks` raises an error, as it does outside."""
    yield

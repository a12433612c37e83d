"""Automatic differentiation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd import engine
from pydl.autograd.anomaly import detect_anomaly as detect_anomaly
from pydl.autograd.anomaly import is_anomaly_enabled as is_anomaly_enabled
from pydl.autograd.anomaly import set_detect_anomaly as set_detect_anomaly
from pydl.autograd.function import Function as Function
from pydl.autograd.grad_mode import enable_grad as enable_grad
from pydl.autograd.grad_mode import inference_mode as inference_mode
from pydl.autograd.grad_mode import is_grad_enabled as is_grad_enabled
from pydl.autograd.grad_mode import no_grad as no_grad
from pydl.autograd.grad_mode import set_grad_enabled as set_grad_enabled
from pydl.autograd.gradcheck import GradcheckError as GradcheckError
from pydl.autograd.gradcheck import gradcheck as gradcheck
from pydl.autograd.gradcheck import gradgradcheck as gradgradcheck

if TYPE_CHECKING:
    from pydl.autograd import forward_ad as forward_ad
    from pydl.autograd import functional as functional
    from pydl.autograd import graph as graph
    from pydl.autograd import profiler as profiler
    from pydl.autograd.variable import Variable as Variable
    from pydl.tensor import Tensor

# Modules and names that few programs use: loaded when one asks for them.
LATER = {
    "Variable": ("pydl.autograd.variable", "Variable"),
    "forward_ad": ("pydl.autograd.forward_ad", None),
    "functional": ("pydl.autograd.functional", None),
    "graph": ("pydl.autograd.graph", None),
    "profiler": ("pydl.autograd.profiler", None),
}


def __getattr__(name: str) -> Any:
    from pydl.later import load

    return load(__name__, LATER, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})


def many(x: Any) -> Sequence[Any]:
    """One or several as several."""
    return x if isinstance(x, list | tuple) else (x,)


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradients of ``tensors`` to the ``.grad`` of the leaves that they depend on."""
    grads = None if grad_tensors is None else many(grad_tensors)
    if inputs is None:
        engine.walk("backward", many(tensors), grads, retain_graph, create_graph, None)
        return
    from pydl.autograd.hooks import retained

    if not len(many(inputs)):
        raise _C.ValueError("backward: expected at least one tensor as inputs, or None for all leaves, got none")
    found = engine.walk("backward", many(tensors), grads, retain_graph, create_graph, many(inputs))
    assert found is not None
    fill = engine.Walk(create_graph, None)
    for x in many(inputs):
        g = found[engine.edge_of(x)]
        if g is not None and not retained(x):
            fill.accumulate(x, g, True)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of ``outputs`` by ``inputs``; no ``.grad`` is touched.

    Args:
        outputs, inputs: tensors.
        grad_outputs: what the gradients start from; 1 for an output of one element unless given.
        retain_graph: keep the graph for another walk; as ``create_graph`` unless given.
        create_graph: make the gradients differentiable.
        only_inputs: as PyTorch, only True.
        allow_unused: None, and no error, for an input that the outputs do not depend on.
        is_grads_batched: not supported: it needs a vectorising map.
        materialize_grads: zeros for such an input.

    Raises:
        StateError: an input is not part of the graph and ``allow_unused`` is not set.
        ValueError: there are no inputs, or settings exclude each other.

    >>> x = pydl.tensor(3.0, requires_grad=True)
    >>> (g,) = pydl.autograd.grad(x * x, x, create_graph=True)
    >>> pydl.autograd.grad(g, x)
    (tensor(2.),)
    """
    from pydl.autograd.function import wrap

    if is_grads_batched:
        raise _C.StateError("grad: is_grads_batched is not supported: there is no vmap; call grad once for each row")
    if not only_inputs:
        raise _C.ValueError("grad: expected only_inputs=True; for the .grad of leaves call backward")
    if materialize_grads and allow_unused is False:
        raise _C.ValueError("grad: materialize_grads=True excludes allow_unused=False")
    wanted = many(inputs)
    if not len(wanted):
        raise _C.ValueError("grad: expected at least one input, got none")
    for x in wanted:
        if not x._requires_grad:
            raise _C.StateError("grad: an input does not require a gradient")
    grads = None if grad_outputs is None else many(grad_outputs)
    found = engine.walk("grad", many(outputs), grads, retain_graph, create_graph, wanted)
    assert found is not None
    out = []
    for i, x in enumerate(wanted):
        g = found[engine.edge_of(x)]
        if g is None:
            if materialize_grads:
                g = wrap(_C.full(x.array.shape, _C.scalar(0.0, x.array.dtype)))
            elif not allow_unused:
                raise _C.StateError(
                    f"grad: input {i} was not used in the graph of the outputs; pass allow_unused=True to get None"
                )
        out.append(g)
    return tuple(out)

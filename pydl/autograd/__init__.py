"""Automatic differentiation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
    from pydl.tensor import Tensor


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
    found = engine.walk("backward", many(tensors), grads, retain_graph, create_graph, many(inputs))
    assert found is not None
    fill = engine.Walk(create_graph, None)
    for x in many(inputs):
        g = found[engine.edge_of(x)]
        if g is not None:
            fill.accumulate(x, g)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of ``outputs`` by ``inputs``; no ``.grad`` is touched.

    Raises:
        StateError: an input is not part of the graph and ``allow_unused`` is not set.

    >>> x = pydl.tensor(3.0, requires_grad=True)
    >>> (g,) = pydl.autograd.grad(x * x, x, create_graph=True)
    >>> pydl.autograd.grad(g, x)
    (tensor(2.),)
    """
    from pydl import _C
    from pydl.autograd.function import wrap

    wanted = many(inputs)
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

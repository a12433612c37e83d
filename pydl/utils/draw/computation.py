"""The graph of a computation: what backward will go through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.engine import edge_of, node_of
from pydl.autograd.function import Slot, TensorBase, is_tensor
from pydl.utils.draw.drawing import Drawing, Node
from pydl.utils.draw.tape import Names, below, name_of, operation, shapes

if TYPE_CHECKING:
    from pydl.nn import Module
    from pydl.tensor import Tensor


def make_dot(var: Tensor | Sequence[Tensor], params: Mapping[str, Tensor] | Module | None = None) -> Drawing:
    """Draw how a tensor was computed: torchviz's ``make_dot``.

    Each node is an operation that the tape remembers, with the shape of its result; where the arrows begin are the
    leaves, whose gradients backward computes. What needs no gradient (data, constants) is not on the tape.

    Args:
        var: the result, or several.
        params: names of tensors, such as ``dict(model.named_parameters())``, or the model itself. Tensors on the way
            may be named too; the others go by their operation.

    Returns:
        A `Drawing`, which prints as a table, and has ``render("graph.svg")``.

    Raises:
        StateError: ``var`` requires no gradient: there is no graph.
        DTypeError: ``var`` or a value of ``params`` is no tensor.

    >>> a, b = pydl.tensor(2.0, requires_grad=True), pydl.tensor(3.0, requires_grad=True)
    >>> print(pydl.utils.draw.make_dot((a * b + a).tanh(), params={"a": a, "b": b}))
    name  what  shape  from
    -------------------------
    a     leaf  ()
    b     leaf  ()
    mul   Mul   ()     a, b
    add   Add   ()     mul, a
    tanh  Tanh  ()     add
    """
    roots = [var] if is_tensor(var) else list(var)
    for x in roots:
        if not is_tensor(x):
            raise _C.DTypeError(f"make_dot: expected a tensor or several, got {type(x).__name__}")
        if not x.requires_grad:
            raise _C.StateError("make_dot: expected a tensor with a graph, got one that requires no gradient")
    if params is not None and not isinstance(params, Mapping):
        params = dict(params.named_parameters())
    given: dict[Any, str] = {}  # node, slot or leaf: its name
    for name, x in (params or {}).items():
        if not is_tensor(x):
            raise _C.DTypeError(f"make_dot: expected params to be tensors by name, got {name!r}: {type(x).__name__}")
        given.setdefault(key(edge_of(x)), name)

    ends = [edge_of(x) for x in roots]
    nodes = below(ends)
    known = shapes(roots)
    names = Names(given.values())
    drawn: dict[Any, Node] = {}
    result = {node_of(edge) for edge in ends}

    def leaf(x: TensorBase) -> None:
        if id(x) not in drawn:
            drawn[id(x)] = Node(given.get(id(x)) or names.give("leaf"), "leaf", "leaf", x.array.shape)

    for node in nodes:
        inputs = []
        for edge in node.edges:
            if isinstance(edge, TensorBase):
                leaf(edge)
            if edge is not None:
                inputs.append(drawn[key(edge) if isinstance(edge, TensorBase) else node_of(edge)].name)
        own = [given[k] for k in (node, *((node, i) for i in range(node.outputs))) if k in given]
        name = own[0] if own else names.give(name_of(node))
        kind = "output" if node in result else "operation"
        drawn[node] = Node(name, kind, operation(node), known.get(node), inputs)
    for edge in ends:
        if isinstance(edge, TensorBase):
            leaf(edge)
    return Drawing(list(drawn.values()))


def key(edge: Any) -> Any:
    """An edge as a key: leaves by who they are, since tensors compare element by element."""
    if isinstance(edge, Slot):
        return edge.node, edge.index
    return id(edge) if isinstance(edge, TensorBase) else edge

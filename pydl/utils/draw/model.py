"""The graph of a model: its modules, and how tensors flow between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.engine import edge_of, node_of
from pydl.autograd.function import Function, TensorBase, apply, is_tensor, next_id
from pydl.autograd.grad_mode import enable_grad
from pydl.random import default_generator
from pydl.utils._pytree import tree_leaves, tree_map
from pydl.utils.draw.drawing import Drawing, Node
from pydl.utils.draw.tape import Names, name_of, operation, shapes

if TYPE_CHECKING:
    from pydl.nn import Module


class Call:
    """One call of a module that is drawn whole: which edges it was given, and what it made."""

    def __init__(self, path: str, module: Any, group: tuple[str, ...], given: Any) -> None:
        self.path, self.what, self.group = path, type(module).__name__, group
        self.inputs: list[Any] = [edge_of(x) for x in tree_leaves(given) if is_tensor(x)]
        self.shape: tuple[int, ...] | None = None
        self.end = 0


class Mark(Function):
    """Stands on the tape where a module's result leaves it."""

    @staticmethod
    def forward(ctx: Any, x: Any, call: Call) -> _C.Array:
        ctx.call = call
        return _C.clone(x.array)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:  # g
        return g


class Trace:
    """What is noted while the model runs once."""

    def __init__(self, model: Module, depth: int | None) -> None:
        from pydl import nn

        self.calls: list[Call] = []
        self.sources: dict[int, Any] = {}  # of whole numbers, which the tape does not know: the call or input they are
        self.marked: list[Any] = []  # inputs and results on the tape
        self.alive: list[Any] = []  # keeps them, so that their ids stay theirs
        self.spans: list[tuple[int, int, tuple[str, ...]]] = []  # of the calls of containers: first, last, path
        self.open: list[tuple[str, int]] = []
        self.whole: Call | None = None
        self.containers = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
        self.depth = depth
        self.handles = []
        for path, module in model.named_modules():
            before, after = self.hooks(path, module)
            self.handles.append(module.register_forward_pre_hook(before, prepend=True, with_kwargs=True))
            self.handles.append(module.register_forward_hook(after))

    def end(self) -> None:
        """Note nothing more: backward may run parts of the model again."""
        for handle in self.handles:
            handle.remove()

    def drawn_whole(self, path: str, module: Any) -> bool:
        """Layers of pydl.nn are, as `torch.fx` takes them, and what has no parts, and what lies at the depth."""
        if self.depth is not None and path and path.count(".") + 1 >= self.depth:
            return True
        if type(module).__module__.startswith("pydl.nn."):
            return not isinstance(module, self.containers)
        return bool(path) and not any(True for _ in module.children())

    def hooks(self, path: str, module: Any) -> Any:
        whole = self.drawn_whole(path, module)

        def before(module: Any, args: Any, kwargs: Any) -> None:
            if self.whole is not None:
                return
            group = tuple(p for p, _ in self.open if p)
            if whole:
                self.whole = Call(path, module, group, (args, kwargs))
            else:
                self.open.append((path, next_id()))

        def after(module: Any, args: Any, result: Any) -> Any:
            call = self.whole
            if call is None:
                _, start = self.open[-1]
                self.spans.append((start, next_id(), tuple(p for p, _ in self.open if p)))
                self.open.pop()
                return None
            if not whole or call.path != path:
                return None  # a part of one that is drawn whole
            self.whole = None
            call.end = next_id()
            self.calls.append(call)
            first = next((x for x in tree_leaves(result) if isinstance(x, TensorBase)), None)
            call.shape = None if first is None else first.array.shape
            return tree_map(lambda x: self.mark(x, call), result)

        return before, after

    def mark(self, x: Any, what: Any) -> Any:
        """A copy of a tensor that is known to be an input, or a module's result."""
        if not isinstance(x, TensorBase):
            return x
        y: Any = x
        if y.is_floating_point():
            if not y._requires_grad:
                y = y.detach()
                y._requires_grad = True
            with enable_grad():
                y = apply(Mark, y, what)
            self.marked.append(y)
            return y
        y = y.clone()
        self.sources[id(y)] = what
        self.alive.append(y)
        return y

    def group_of(self, node: Function) -> tuple[str, ...]:
        """The containers in whose call the operation ran."""
        inside = [(start, path) for start, end, path in self.spans if start <= node.id <= end]
        return max(inside, default=(0, ()))[1]


def draw_graph(model: Module, input: Any, *, depth: int | None = None) -> Drawing:
    """Draw a model: its modules, the operations between them, and the tensors that flow from one to the next.

    The model is run once on the input, in evaluation mode; neither its mode, its gradients, its buffers nor the
    random numbers to come are changed. Layers of ``pydl.nn`` are one node each; of modules of your own the parts and
    the operations between them are shown in a box, unless they have no parts.

    Args:
        input: the input, or a tuple of several.
        depth: modules so many levels below the model are one node each: 1 shows only the model's own parts.

    Returns:
        A `Drawing`, which prints as a table, and has ``render("model.svg")``.

    Raises:
        DTypeError: ``input`` is no tensor and has none.
        ValueError: ``depth`` is below 1.

    >>> from pydl import nn
    >>> class Residual(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.conv = nn.Conv2d(4, 4, 3, padding=1)
    ...     def forward(self, x):
    ...         return (x + self.conv(x)).relu()
    >>> print(pydl.utils.draw.draw_graph(Residual(), pydl.ones(1, 4, 8, 8)))
    name    what    shape         from
    -----------------------------------------
    input   input   (1, 4, 8, 8)
    conv    Conv2d  (1, 4, 8, 8)  input
    add     Add     (1, 4, 8, 8)  input, conv
    relu    Relu    (1, 4, 8, 8)  add
    output  output  (1, 4, 8, 8)  relu
    """
    args = input if isinstance(input, tuple) else (input,)
    if not any(isinstance(x, TensorBase) for x in tree_leaves(args)):
        raise _C.DTypeError(f"draw_graph: expected a tensor or a tuple of tensors, got {type(input).__name__}")
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 1):
        raise _C.ValueError(f"draw_graph: expected depth of 1 or more, got {depth!r}")
    trace = Trace(model, depth)
    inputs: list[Any] = []

    def fresh(x: Any) -> Any:
        if isinstance(x, TensorBase):
            inputs.append(x)
        return trace.mark(x, x)

    modes = [(module, module.training) for module in model.modules()]
    frozen = [p for p in model.parameters() if not p._requires_grad and p.is_floating_point()]
    random = default_generator.get_state()
    try:
        for module, _ in modes:
            module.__dict__["training"] = False
        for p in frozen:
            p._requires_grad = True
        with enable_grad():
            outputs = [x for x in tree_leaves(model(*tree_map(fresh, args))) if is_tensor(x)]
        trace.end()
        return Drawing(nodes_of(trace, inputs, outputs, dict(model.named_parameters())))
    finally:
        for p in frozen:
            p._requires_grad = False
        default_generator.set_state(random)
        trace.end()
        for module, mode in modes:
            module.__dict__["training"] = mode


def nodes_of(trace: Trace, inputs: list[Any], outputs: list[Any], parameters: dict[str, Any]) -> list[Node]:
    """The tape and the calls as nodes of a drawing."""
    names = Names()
    drawn: dict[int, Node] = {}  # by id of: an input, a parameter, a call, an operation
    for x in inputs:
        drawn[id(x)] = Node(names.give("input"), "input", "input", x.array.shape)
    own = {id(p): name for name, p in parameters.items()}

    def ends(edge: Any) -> Any:
        """What is drawn where an edge comes from: a call, a tensor, a node of the tape; None for a constant."""
        if isinstance(edge, TensorBase):
            base = edge if id(edge) in trace.sources or edge.base is None else edge.base
            return trace.sources.get(id(base), edge if id(edge) in own else None)
        return node_of(edge).call if isinstance(node_of(edge), Mark) else node_of(edge)

    # From the results and from every call back to the inputs: what lies inside a call is not gone through.
    ready: dict[int, Any] = {id(call): call for call in trace.calls}
    stack = [ends(edge) for call in trace.calls for edge in call.inputs] + [ends(edge_of(x)) for x in outputs]
    while stack:
        x = stack.pop()
        if x is not None and id(x) not in ready:
            ready[id(x)] = x
            if isinstance(x, Function):
                stack += [ends(edge) for edge in x.edges if edge is not None]
    known = shapes([*trace.marked, *outputs])

    def add(x: Any) -> str | None:
        """The name of what an edge ends at; parameters are drawn where they are first used."""
        if x is not None and id(x) not in drawn and isinstance(x, TensorBase):
            drawn[id(x)] = Node(names.give(own[id(x)]), "leaf", "Parameter", x.array.shape)
        return drawn[id(x)].name if x is not None and id(x) in drawn else None

    def made_from(edges: Any) -> list[str]:
        found = [add(ends(edge)) for edge in edges if edge is not None]
        return list(dict.fromkeys(name for name in found if name is not None))

    order = [x for x in ready.values() if isinstance(x, Call | Function)]
    for x in sorted(order, key=lambda x: x.end if isinstance(x, Call) else x.id):
        if isinstance(x, Call):
            name = names.give(x.path or x.what.lower())
            drawn[id(x)] = Node(name, "module", x.what, x.shape, made_from(x.inputs), x.group)
        else:
            made = made_from(x.edges)
            drawn[id(x)] = Node(
                names.give(name_of(x)), "operation", operation(x), known.get(x), made, trace.group_of(x)
            )
    for x in outputs:
        drawn[id(x)] = Node(names.give("output"), "output", "output", x.array.shape, made_from([edge_of(x)]))
    return list(drawn.values())

"""Backward: walk the graph from the results to the leaves, youngest node first."""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import Function, Slot, TensorBase, nan_looked_for, refresh, wrap

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def edge_of(x: Tensor) -> Any:
    """What takes the gradient of x: its node, a slot of it, or x itself."""
    if x.base is not None and x.base.node is not x.base_node:
        refresh(x)
    return x if x.node is None else x.node


def node_of(edge: Any) -> Any:
    """The node behind an edge; None for a leaf."""
    if isinstance(edge, Slot):
        return edge.node
    return None if isinstance(edge, TensorBase) else edge


def wanted_nodes(roots: Iterable[Any], targets: set[Any]) -> set[Function]:
    """The nodes on a way from the roots to a target: the only ones that `grad` has to run."""
    wanted: set[Function] = set()
    done: set[Function] = set()
    stack: list[tuple[Function, bool]] = [(n, False) for n in roots if n is not None]
    while stack:
        node, after = stack.pop()
        if after:
            for edge in node.edges:
                if edge is not None and (edge in targets or node_of(edge) in wanted):
                    wanted.add(node)
                    break
        elif node not in done:
            done.add(node)
            stack.append((node, True))
            for edge in node.edges:
                below = node_of(edge) if edge is not None else None
                if below is not None and below not in done:
                    stack.append((below, False))
    return wanted


def oldest_users(roots: Iterable[Any]) -> dict[Any, int]:
    """The id of the oldest node that uses each leaf with hooks: once it has run, the leaf's gradient is complete."""
    users: dict[Any, int] = {}
    done: set[Function] = set()
    stack = [n for n in map(node_of, roots) if n is not None]
    while stack:
        node = stack.pop()
        if node in done:
            continue
        done.add(node)
        for edge in node.edges:
            if isinstance(edge, TensorBase):
                if edge.hooks:
                    users[edge] = min(users.get(edge, node.id), node.id)
            elif edge is not None:
                stack.append(node_of(edge))
    return users


class Complete:
    """In the heap: where all of the gradient of a leaf with hooks is there."""

    __slots__ = ("id", "leaf")
    hooks = True

    def __init__(self, leaf: Tensor, oldest_user: int) -> None:
        self.leaf = leaf
        self.id = oldest_user - 0.5

    def __lt__(self, other: Any) -> bool:  # youngest first, as nodes are
        return self.id > other.id  # type: ignore[no-any-return]

    def __gt__(self, other: Any) -> bool:  # what a node's < asks
        return self.id < other.id  # type: ignore[no-any-return]


class Keep:
    """The hook of `retain_grad`; the node that has it must not keep the tensor alive."""

    def __init__(self, x: Tensor) -> None:
        self.there = weakref.ref(x)

    def __call__(self, g: Tensor) -> None:
        found = self.there()
        if found is not None:
            found.grad = g if found.grad is None else found.grad + g


class After:
    """A hook that is called with a leaf after its gradient was added up."""

    __slots__ = ("call",)

    def __init__(self, call: Any) -> None:
        self.call = call


def call_hooks(hooks: dict[int, Any], g: Tensor) -> Tensor:
    """Let each hook see, and replace, a gradient."""
    for hook in tuple(hooks.values()):
        if type(hook) is After:
            continue
        new = hook(g)
        if new is not None:
            if not isinstance(new, TensorBase) or new.array.shape != g.array.shape:
                got = tuple(new.array.shape) if isinstance(new, TensorBase) else type(new).__name__
                raise _C.ShapeError(
                    f"register_hook: expected a gradient of shape {g.array.shape} from the hook, got {got}"
                )
            if new.array.dtype != g.array.dtype:
                raise _C.DTypeError(
                    f"register_hook: expected a gradient of dtype {g.dtype.name} from the hook, got {new.dtype.name}"  # type: ignore[attr-defined]
                )
            g = new  # type: ignore[assignment]
    return g


class Walk:
    """One pass of backward: the gradients that wait at nodes not yet run."""

    def __init__(self, create_graph: bool, targets: dict[Any, Tensor | None] | None) -> None:
        self.create_graph = create_graph
        self.targets = targets
        self.wanted: set[Function] | None = None
        # Youngest first, which is how nodes compare; a node is in here as long as something waits for it.
        self.heap: list[Any] = []
        self.waiting: dict[Any, Any] = {}
        # Sums made here belong to nobody else: the next term is added in place.
        self.own: set[int] = set()
        # Leaves with hooks wait for the whole of their gradient.
        self.roots: list[Any] = []
        self.users: dict[Any, int] | None = None
        self.incomplete: dict[Any, Complete] = {}
        self.running = False

    def add(self, old: Tensor, new: Tensor) -> Tensor:
        if self.create_graph:
            return old + new
        if id(old) in self.own:
            _C.add_(old.array, new.array)
            return old
        total = wrap(_C.add(old.array, new.array))
        self.own.add(id(total))
        return total

    def send(self, edge: Any, g: Tensor) -> None:
        """Bring a gradient to the far end of an edge."""
        targets = self.targets
        if targets is not None and edge in targets:
            have = targets[edge]
            targets[edge] = g if have is None else self.add(have, g)
        if isinstance(edge, Function):
            if self.wanted is None or edge in self.wanted:
                have = self.waiting.get(edge)
                if have is None:
                    heappush(self.heap, edge)
                self.waiting[edge] = g if have is None else self.add(have, g)
        elif isinstance(edge, Slot):
            node = edge.node
            if self.wanted is None or node in self.wanted:
                slots = self.waiting.get(node)
                if slots is None:
                    slots = self.waiting[node] = [None] * node.outputs
                    heappush(self.heap, node)
                have = slots[edge.index]
                slots[edge.index] = g if have is None else self.add(have, g)
        elif targets is None:
            self.accumulate(edge, g)

    def collect(self, leaf: Tensor, g: Tensor) -> None:
        """Hooks of a leaf are called once, with the whole of its gradient: right after its oldest user has run."""
        if self.users is None:
            self.users = oldest_users(self.roots)
        place = self.incomplete.get(leaf)
        if place is None:
            place = self.incomplete[leaf] = Complete(leaf, self.users.get(leaf, 0))
            self.waiting[place] = g
            heappush(self.heap, place)
        else:
            self.waiting[place] = self.add(self.waiting[place], g)

    def complete(self, leaf: Tensor, g: Tensor) -> None:
        """Let the hooks of a leaf see its gradient, and add that to .grad."""
        self.incomplete.pop(leaf, None)
        self.accumulate(leaf, call_hooks(leaf.hooks or {}, g), True)

    def accumulate(self, leaf: Tensor, g: Tensor, whole: bool = False) -> None:
        """Add to a leaf's .grad."""
        if leaf.hooks and not whole:
            self.collect(leaf, g)
            return
        have = leaf.grad
        if have is None:
            if not self.create_graph:
                # A gradient that only this walk holds is handed over; any other is copied, since
                # a later in-place change of one .grad must not change another.
                alone = not whole and self.running and holders(g) == holders_of_one()
                leaf.grad = wrap(g.array if alone and g.array.contiguous else _C.clone(g.array))
            else:
                from pydl.ops.copy import clone

                leaf.grad = clone(g)
        elif self.create_graph:
            leaf.grad = have + g
        else:
            _C.add_(have.array, g.array)
        if leaf.hooks:
            for hook in tuple(leaf.hooks.values()):
                if type(hook) is After:
                    hook.call(leaf)

    def run(self, retain_graph: bool) -> None:
        heap, waiting = self.heap, self.waiting
        own = self.own
        plain = self.targets is None
        look = nan_looked_for()
        self.running = True
        while heap:
            node = heappop(heap)
            g = waiting.pop(node)
            if own:
                # Not this walk's any more: backward may hand it on to several edges, or free its id for another.
                own.difference_update(map(id, g) if type(g) is list else (id(g),))
            if node.hooks:
                if type(node) is Complete:
                    self.complete(node.leaf, g)
                    continue
                g = node_hooks(node, g)
            grads = node.backward(node, g) if node.outputs == 1 else node.backward(node, *g)
            if not retain_graph:
                if node.saved:
                    node.saved = None
                node.output = None
            if type(grads) is not tuple:
                grads = (grads,)
            if look:
                from pydl.autograd.anomaly import check_nan

                check_nan(node, grads)
            for edge, g in zip(node.edges, grads):  # noqa: B905  (trailing settings have no gradient)
                if g is None or edge is None:
                    continue
                if plain and isinstance(edge, Function):  # `send`, for the edge that nearly all are
                    have = waiting.get(edge)
                    if have is None:
                        waiting[edge] = g
                        heappush(heap, edge)
                    else:
                        waiting[edge] = self.add(have, g)
                else:
                    self.send(edge, g)
            g = grads = None


def holders(g: Tensor) -> tuple[int, int, int]:
    """How many refer to a tensor, to its array, and to that one's memory."""
    array = g.array
    return sys.getrefcount(g), sys.getrefcount(array), array.references


class Counting(Walk):
    """A walk that only counts who holds the gradient that arrives at a leaf."""

    count = (0, 0, 0)

    def accumulate(self, leaf: Tensor, g: Tensor, whole: bool = False) -> None:
        self.count = holders(g)


class Fresh(Function):
    """A node whose gradient nobody else has."""

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return wrap(_C.zeros((), 0))


@functools.cache
def holders_of_one() -> tuple[int, int, int]:
    """What `holders` gives in `accumulate` for a gradient that only the walk has: Pythons differ."""
    walk, node = Counting(False, None), Fresh()
    node.edges = (object(),)
    walk.heap.append(node)
    walk.waiting[node] = wrap(_C.zeros((), 0))
    trace, profile = sys.gettrace(), sys.getprofile()
    sys.settrace(None)  # a debugger that looks at a frame's variables would be counted for good
    sys.setprofile(None)
    try:
        walk.run(False)
    finally:
        sys.settrace(trace)
        sys.setprofile(profile)
    return walk.count


def node_hooks(node: Function, g: Any) -> Any:
    """Hooks of non-leaf tensors sit on the node that made them, by output; that of `retain_grad` is the last."""
    hooks = tuple((node.hooks or {}).items())
    for last in (False, True):
        for key, (index, hook) in hooks:
            if (type(hook) is Keep) is not last:
                continue
            if node.outputs == 1:
                g = call_hooks({key: hook}, g)
            elif g[index] is not None:
                g[index] = call_hooks({key: hook}, g[index])
    return g


def target_hooks(edge: Any, g: Tensor, wanted: set[Function]) -> Tensor:
    """What the hooks of an input of `grad` make of its gradient; those of nodes that ran were called then.

    As in PyTorch, the gradient of such a node is returned as it was before its hooks.
    """
    node = node_of(edge)
    if node is None:
        return call_hooks(edge.hooks, g) if edge.hooks else g
    if not node.hooks or node in wanted:
        return g
    if node.outputs == 1:
        return node_hooks(node, g)  # type: ignore[no-any-return]
    grads: list[Tensor | None] = [None] * node.outputs
    grads[edge.index] = g
    return node_hooks(node, grads)[edge.index]  # type: ignore[no-any-return]


def start_gradients(name: str, roots: Sequence[Tensor], grads: Sequence[Tensor | None] | None) -> list[Tensor]:
    """The gradients to start with: what the caller gave, or one for a scalar."""
    if grads is None:
        grads = [None] * len(roots)
    if len(grads) != len(roots):
        raise _C.ValueError(f"{name}: expected {len(roots)} gradients, one for each tensor, got {len(grads)}")
    out = []
    for x, g in zip(roots, grads, strict=True):
        if not x._requires_grad:
            raise _C.StateError(
                f"{name}: the tensor does not require a gradient and no operation made it from one that does"
            )
        if g is None:
            if x.array.size != 1:
                raise _C.StateError(
                    f"{name}: a gradient is made up for a scalar only, got shape {x.array.shape}; give one, "
                    "or reduce the result, for example with .sum()"
                )
            g = wrap(_C.full(x.array.shape, _C.scalar(1.0, x.array.dtype)))
        elif not isinstance(g, TensorBase):
            raise _C.DTypeError(f"{name}: expected a tensor as gradient, got {type(g).__name__}")
        elif g.array.shape != x.array.shape:
            raise _C.ShapeError(f"{name}: expected a gradient of shape {x.array.shape}, got {g.array.shape}")
        elif g.array.dtype != x.array.dtype:
            from pydl.ops.copy import to_code

            g = to_code(g, x.array.dtype)
        out.append(g)
    return out


def walk(
    name: str,
    roots: Sequence[Tensor],
    grads: Sequence[Tensor | None] | None,
    retain_graph: bool | None,
    create_graph: bool,
    inputs: Sequence[Tensor] | None,
) -> dict[Any, Tensor | None] | None:
    """Run backward from roots; with inputs, collect their gradients instead of filling .grad."""
    if retain_graph is None:
        retain_graph = create_graph
    starts = start_gradients(name, roots, grads)
    targets: dict[Any, Tensor | None] | None = None
    if inputs is not None:
        targets = {edge_of(x): None for x in inputs}
    task = Walk(create_graph, targets)
    before = _C.set_grad_enabled(create_graph)
    try:
        root_edges = [edge_of(x) for x in roots]
        if targets is not None:
            task.wanted = wanted_nodes([node_of(e) for e in root_edges], set(targets))
        task.roots = root_edges
        for edge, g in zip(root_edges, starts, strict=True):
            task.send(edge, g)
        task.run(retain_graph)
        if targets is not None and task.wanted is not None:
            for edge, found in targets.items():
                if found is not None:
                    targets[edge] = target_hooks(edge, found, task.wanted)
    finally:
        _C.set_grad_enabled(before)
    return targets

"""Memory for time: a part of a network keeps its inputs only, and is computed again in backward."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from pydl import _C
from pydl.autograd import engine
from pydl.autograd.function import Function, Slot, TensorBase, grad_enabled, next_id, wrap
from pydl.random import default_generator
from pydl.utils._pytree import tree_flatten, tree_unflatten


class Checkpoint(Function):
    """The node of a part that is computed again: its edges are where the part's own graph ends.

    Forward runs with a graph, which is read for its edges (a closure's parameters show nowhere else) and dropped.
    """

    call: Callable[[list[Any]], list[Any]]
    state: Any
    roots: tuple[int, ...]
    shapes: list[tuple[Any, ...]]
    first: int

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:  # that of the part, computed again from the same state
        given = list(ctx.saved_tensors)[1:]
        now = None
        if ctx.state is not None:
            now = default_generator.get_state()
            default_generator.set_state(ctx.state)
        create_graph = _C.set_grad_enabled(True)
        try:
            outputs = ctx.call(given)
        finally:
            _C.set_grad_enabled(create_graph)
            if now is not None:
                default_generator.set_state(now)
        kinds = [kind(x) for x in outputs]
        if kinds != ctx.shapes:
            raise CheckpointError(
                f"checkpoint: computed again, the results have shapes, dtypes and gradients {kinds}, the first time "
                f"{ctx.shapes}; the function must do the same each time"
            )
        targets: dict[Any, Any] = dict.fromkeys(ctx.edges)
        roots = [engine.edge_of(outputs[i]) for i in ctx.roots]
        walk = engine.Walk(create_graph, targets)
        walk.wanted = inner_nodes(roots, set(targets), ctx.first)
        for root, g in zip(roots, grads, strict=True):
            if g is not None:
                walk.send(root, g)
        walk.run(create_graph)
        return tuple([targets[edge] for edge in ctx.edges])


class CheckpointError(_C.StateError):
    """A function did something else when it was computed again."""


def kind(x: Any) -> Any:
    """What must be the same the second time."""
    return (tuple(x.array.shape), x.array.dtype, x._requires_grad) if isinstance(x, TensorBase) else type(x).__name__


def inner_nodes(roots: list[Any], ends: set[Any], first: int) -> set[Function]:
    """The nodes between roots and ends.

    Raises:
        CheckpointError: the graph goes on past the ends.
    """
    seen: set[Function] = set()
    waiting = list(roots)
    while waiting:
        edge = waiting.pop()
        if edge is None or edge in ends or isinstance(edge, TensorBase):
            continue
        node = engine.node_of(edge)
        if node.id <= first:
            raise CheckpointError("checkpoint: computed again, the function used other tensors than the first time")
        if node not in seen:
            seen.add(node)
            waiting += node.edges
    return seen


def outer_edges(roots: list[Any], first: int) -> list[Any]:
    """Where the graph of a part ends: leaves, and what was there before its first node."""
    found: dict[Any, None] = {}
    seen: set[Function] = set()
    waiting = list(roots)
    while waiting:
        edge = waiting.pop()
        if edge is None:
            continue
        node = engine.node_of(edge)
        if node is None or node.id <= first:
            found[edge] = None
        elif node not in seen:
            seen.add(node)
            waiting += node.edges
    return list(found)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]] | None = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """``function(*args, **kwargs)`` whose intermediate results are not kept: backward computes them again.

    Args:
        function: must do the same the second time; its arguments and results may be nested containers.
        use_reentrant, debug, early_stop, determinism_check: accepted; there is one way, which gives gradients to
            closures and keyword arguments too, works with `autograd.grad` and can be differentiated twice.
        context_fn: returns two context managers, one for the first run and one for the second.
        preserve_rng_state: the second run draws the same random numbers.

    Raises:
        CheckpointError: in backward, where the function did not do the same.

    >>> x = pydl.tensor([1.0, 2.0], requires_grad=True)
    >>> pydl.utils.checkpoint.checkpoint(lambda x: x.exp().sin().sum(), x, use_reentrant=False).backward()
    >>> x.grad
    tensor([-2.4783,  3.3129])
    """
    flat, spec = tree_flatten((args, kwargs))
    first_context, second_context = context_fn() if context_fn is not None else (nullcontext(), nullcontext())
    if not grad_enabled():
        with first_context:
            return function(*args, **kwargs)
    for x in flat:
        if isinstance(x, TensorBase):
            engine.edge_of(x)  # type: ignore[arg-type]  # a stale view gets its history now
    state = default_generator.get_state() if preserve_rng_state else None
    first = next_id()  # the nodes of this call have larger ones
    with first_context:
        result = function(*args, **kwargs)
    outputs, out_spec = tree_flatten(result)
    inner = [i for i, x in enumerate(outputs) if made_after(x, first)]
    if not inner:
        return result
    node = Checkpoint()
    tensors = [i for i, x in enumerate(flat) if isinstance(x, TensorBase)]
    rest = [None if isinstance(x, TensorBase) else x for x in flat]

    def again(saved: list[Any]) -> list[Any]:
        whole = list(rest)
        for i, x in zip(tensors, saved, strict=True):
            whole[i] = x
        again_args, again_kwargs = tree_unflatten(whole, spec)
        with second_context:
            return tree_flatten(function(*again_args, **again_kwargs))[0]

    node.call, node.state, node.first = again, state, first
    node.shapes = [kind(x) for x in outputs]
    node.roots, node.outputs = tuple(inner), len(inner)
    node.save(None, *[flat[i] for i in tensors])  # never empty: a freed graph is told by it
    node.edges = tuple(outer_edges([engine.edge_of(outputs[i]) for i in inner], first))
    node.id = next_id()
    for slot, i in enumerate(inner):
        out = wrap(outputs[i].array)
        out.node = node if len(inner) == 1 else Slot(node, slot)
        out._requires_grad = True
        outputs[i] = out
    return tree_unflatten(outputs, out_spec)


def made_after(x: Any, first: int) -> bool:
    """Whether x is a tensor that an operation since then made, and that requires a gradient."""
    if not isinstance(x, TensorBase) or not x._requires_grad:
        return False
    node = engine.node_of(engine.edge_of(x))  # type: ignore[arg-type]
    return node is not None and node.id > first


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """A sequence of modules in ``segments`` parts; all but the last are checkpointed.

    Raises:
        ValueError: fewer than one segment, or more than there are modules.

    >>> net = pydl.nn.Sequential(pydl.nn.Linear(2, 2), pydl.nn.ReLU(), pydl.nn.Linear(2, 1))
    >>> pydl.utils.checkpoint.checkpoint_sequential(net, 2, pydl.ones(1, 2)).shape
    pydl.Size([1, 1])
    """
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise _C.ValueError(f"checkpoint_sequential: unknown settings {sorted(kwargs)}")
    modules = list(functions.children()) if hasattr(functions, "children") else list(functions)
    if not 1 <= segments <= len(modules):
        raise _C.ValueError(f"checkpoint_sequential: expected 1 to {len(modules)} segments, got {segments}")
    size = len(modules) // segments
    starts = [i * size for i in range(segments)] + [len(modules)]

    def part(start: int, end: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for module in modules[start:end]:
                x = module(x)
            return x

        return run

    for start, end in itertools.pairwise(starts[:-1]):
        input = checkpoint(part(start, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return part(starts[-2], starts[-1])(input)


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Accepted without effect: the second run always goes to its end."""
    yield


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Accepted without effect."""
    yield

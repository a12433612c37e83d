"""What a drawing reads off the tape."""

from __future__ import annotations

import re
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

from pydl import _C, ops
from pydl.autograd.engine import node_of
from pydl.autograd.function import Function, Slot, TensorBase
from pydl.autograd.grad_mode import no_grad
from pydl.dtypes import DTYPES


def operation(node: Function) -> str:
    """The name of the operation: ``Mul``, where graphs say ``MulBackward0``."""
    return re.sub(r"Backward\d*$", "", node.name())


def name_of(node: Function) -> str:
    """The operation's name as a program writes it: ``log_softmax`` for ``LogSoftmax``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation(node)).lower()


class Names:
    """Names that are each given once: ``mul``, ``mul_1``, ``mul_2``."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self.next: dict[str, int] = {}

    def give(self, name: str) -> str:
        given, count = name, self.next.get(name, 0)
        while given in self.taken:
            count += 1
            given = f"{name}_{count}"
        self.next[name] = count
        self.taken.add(given)
        return given


def below(roots: Iterable[Any]) -> list[Function]:
    """All nodes that the edges come from, each after those it is made from."""
    found: set[Function] = set()
    stack = [node_of(edge) for edge in roots if edge is not None]
    while stack:
        node = stack.pop()
        if node is not None and node not in found:
            found.add(node)
            stack += [node_of(edge) for edge in node.edges if edge is not None]
    return sorted(found, key=lambda node: node.id)


@no_grad()
def shapes(roots: Iterable[Any]) -> dict[Function, tuple[int, ...]]:
    """The shape of each node's (first) result, as far as it can be told.

    The tape knows how to go back, not what it came past: a gradient of zeros is sent down from the results, and
    each node's has the shape of its result. Nothing is added to any ``.grad``, and no hook is called.
    """
    found: dict[Function, tuple[int, ...]] = {}
    waiting: dict[Function, list[Any]] = {}
    heap: list[tuple[int, Function]] = []

    def send(edge: Any, g: Any) -> None:
        node = node_of(edge)
        if node is not None:
            if node not in waiting:
                waiting[node] = [None] * node.outputs
                heappush(heap, (-node.id, node))
            index = edge.index if isinstance(edge, Slot) else 0
            waiting[node][index] = g

    for x in roots:
        if x.node is not None:
            send(x.node, ops.zeros(*x.array.shape, dtype=DTYPES[x.array.dtype]))
    while heap:
        _, node = heappop(heap)
        given = waiting.pop(node)
        first = next(g for g in given if g is not None)
        found[node] = first.array.shape
        try:
            grads = node.backward(node, *given)
        except _C.Error:
            continue  # Its memory was freed by an earlier backward: below here no shapes are known.
        for edge, g in zip(node.edges, grads if isinstance(grads, tuple) else (grads,), strict=False):
            if edge is not None and isinstance(g, TensorBase):
                send(edge, g)
    return found

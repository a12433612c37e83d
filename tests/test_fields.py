"""The fields of tensors and nodes, which lie in C: what Python does to them must not end the process."""

from __future__ import annotations

import contextlib
import gc
from typing import Any

import pytest

import pydl
from pydl import _C


def test_a_class_in_use_outlives_its_cyclic_instances() -> None:
    class Own(pydl.nn.Parameter):
        pass

    class Node(_C.NodeFields):
        pass

    p = Own(pydl.ones(3))
    p.register_hook(lambda g, p=p: None)
    node = Node()
    node.hooks = [node]
    del p, node
    gc.collect()
    assert Own.__mro__ and Node.__mro__
    assert Own(pydl.ones(2)).shape == (2,)


def test_cycles_through_a_node_are_collected() -> None:
    for name in ("edges", "outputs", "hooks", "saved", "versions", "output"):

        class Node(_C.NodeFields):
            pass

        node = Node()
        setattr(node, name, (node,))
        del node
        gc.collect()
        assert not any(type(thing) is Node for thing in gc.get_objects()), name


@pytest.mark.parametrize("name", ["array", "node", "base", "base_node", "hooks"])
def test_tensors_without_a_field(name: str) -> None:
    """An error, or as if nothing were there."""
    uses: list[Any] = [lambda x: x + x, lambda x: x * 2, lambda x: x[0], lambda x: x.view(-1), lambda x: x.sum()]
    for use in uses:
        for x in (pydl.ones(2, 3, requires_grad=True), pydl.ones(2, 3, requires_grad=True)[0]):
            delattr(x, name)
            with contextlib.suppress(AttributeError, TypeError, RuntimeError):
                use(x)


def test_nodes_without_a_field() -> None:
    for name in ("saved", "versions", "output", "edges", "hooks", "outputs"):
        node = _C.NodeFields()
        delattr(node, name)
        for use in (
            lambda n: n.saved_tensors,
            _C.saved_output,
            lambda n: n.keep(pydl.ones(2).array),
            lambda n: n.save(),
        ):
            with contextlib.suppress(AttributeError, TypeError, RuntimeError):
                use(node)
    node = _C.NodeFields()
    node.saved = (pydl.ones(1),)
    node.versions = ()
    with pytest.raises(AttributeError):  # `lost` is a Function's
        print(node.saved_tensors)


def test_what_is_no_base() -> None:
    x = pydl.ones(2, requires_grad=True)
    x.base = 5  # type: ignore[assignment]
    assert x[0].item() == 1


def test_ints_of_other_things() -> None:
    for thing in (None, 5, "ab", {1}, pydl.ones(1)):
        assert _C.ints(thing) is None
    assert _C.ints((2, 3)) == (2, 3)

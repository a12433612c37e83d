"""Nested lists, tuples and dicts as a flat list of what they hold, and back."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from pydl import _C


class TreeSpec(NamedTuple):
    """The shape of a tree: the kind of its root (None for a leaf), what else the kind needs, the branches."""

    kind: type | None
    context: Any
    children: tuple[TreeSpec, ...]

    @property
    def num_leaves(self) -> int:
        """How many values the tree holds."""
        return 1 if self.kind is None else sum(child.num_leaves for child in self.children)


LEAF = TreeSpec(None, None, ())


def tree_flatten(tree: Any) -> tuple[list[Any], TreeSpec]:
    """The values of nested lists, tuples (named ones too) and dicts in order, and the shape to put them back into.

    >>> from pydl.utils._pytree import tree_flatten, tree_unflatten
    >>> values, spec = tree_flatten({"a": [1, 2], "b": (3,)})
    >>> values, tree_unflatten([v * 10 for v in values], spec)
    ([1, 2, 3], {'a': [10, 20], 'b': (30,)})
    """
    kind = type(tree)
    context: Any = None
    if kind in (dict, OrderedDict, defaultdict):
        context, branches = list(tree), list(tree.values())
        if kind is defaultdict:
            context = (tree.default_factory, context)
    elif kind in (list, tuple) or (isinstance(tree, tuple) and hasattr(tree, "_fields")):
        branches = list(tree)
    else:
        return [tree], LEAF
    values: list[Any] = []
    specs = []
    for branch in branches:
        below, spec = tree_flatten(branch)
        values += below
        specs.append(spec)
    return values, TreeSpec(kind, context, tuple(specs))


def tree_unflatten(leaves: Any, treespec: TreeSpec) -> Any:
    """The opposite of `tree_flatten`.

    Raises:
        ValueError: the number of values is not the tree's.
    """
    leaves = list(leaves)
    if len(leaves) != treespec.num_leaves:
        raise _C.ValueError(f"tree_unflatten: expected {treespec.num_leaves} values, got {len(leaves)}")
    return build(iter(leaves), treespec)


def build(leaves: Any, spec: TreeSpec) -> Any:
    """A tree from an iterator over its values."""
    if spec.kind is None:
        return next(leaves)
    branches = [build(leaves, child) for child in spec.children]
    if spec.kind is defaultdict:
        return defaultdict(spec.context[0], zip(spec.context[1], branches, strict=True))
    if issubclass(spec.kind, dict):
        return spec.kind(zip(spec.context, branches, strict=True))
    if hasattr(spec.kind, "_fields"):
        return spec.kind(*branches)
    return branches if spec.kind is list else tuple(branches)


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """The tree with ``func`` of each value; of several trees of one shape, ``func`` of their values together."""
    values, spec = tree_flatten(tree)
    return tree_unflatten([func(*each) for each in zip(values, *map(tree_leaves, rests), strict=True)], spec)


def tree_leaves(tree: Any) -> list[Any]:
    """The values of a tree."""
    return tree_flatten(tree)[0]

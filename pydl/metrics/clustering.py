"""Groups without names: whether two ways to divide the same things agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from pydl.metrics.checks import classes, same_shape


def adjusted_rand_score(preds: Any, target: Any) -> float:
    """The Rand index adjusted for chance (Hubert and Arabie, 1985): 1 for the same groups, about 0 for random ones.

    Counts the pairs of things that both put together. The numbers that groups go by do not matter; swapping ``preds``
    and ``target`` changes nothing.

    Args:
        preds, target: the group of each thing, of one shape.

    Raises:
        DTypeError: groups are floating.
        ShapeError: the shapes differ.
        ValueError: there is nothing.

    >>> pydl.metrics.adjusted_rand_score(pydl.tensor([5, 5, 0, 0, 0]), pydl.tensor([0, 0, 1, 1, 2]))
    0.5454545454545454
    """
    found, truth = classes("adjusted_rand_score", "preds", preds), classes("adjusted_rand_score", "target", target)
    same_shape("adjusted_rand_score", found, truth)
    rows, columns = (np.unique(x.reshape(-1), return_inverse=True)[1].reshape(-1) for x in (found, truth))
    table = np.bincount(rows * (columns.max() + 1) + columns, minlength=(rows.max() + 1) * (columns.max() + 1))
    table = table.reshape(rows.max() + 1, columns.max() + 1)

    def pairs(count: Any) -> int:
        return sum(n * (n - 1) // 2 for n in np.ravel(count).tolist())

    together, ours, theirs, all_pairs = pairs(table), pairs(table.sum(1)), pairs(table.sum(0)), pairs(found.size)
    # The same groups, also where there is one group or each thing is one of its own.
    if together == ours == theirs:
        return 1.0
    expected = ours * theirs / all_pairs
    return (together - expected) / ((ours + theirs) / 2 - expected)

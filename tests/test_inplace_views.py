"""In-place operations on views of tensors with a history: the gradients of everything are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pydl

torch = pytest.importorskip("torch")

VIEWS: dict[str, Callable[[Any], Any]] = {
    "whole": lambda y: y,
    "row": lambda y: y[1],
    "column": lambda y: y[:, 1],
    "transposed": lambda y: y.transpose(0, 2),
    "slice": lambda y: y[..., 1:],
    "flat": lambda y: y.reshape(-1),
}


class Drawn:
    """What an operation on a view of a shape needs, drawn once and given to both libraries."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
        self.dim = int(rng.integers(len(shape)))
        size = shape[self.dim]
        self.include_self = bool(rng.integers(2))
        some = [2 if d == self.dim else n for d, n in enumerate(shape)]
        self.arrays: dict[str, np.ndarray[Any, Any]] = {
            "source": rng.uniform(0.5, 2.0, shape),
            "slices": rng.uniform(0.5, 2.0, some),
            "few": rng.uniform(0.5, 2.0, 3),
            "index": rng.integers(0, size, shape),
            "apart": np.argsort(rng.random(shape), self.dim),
            "two": rng.permutation(size)[:2],
            "places": rng.permutation(int(np.prod(shape)))[:3],
            "mask": rng.random(shape) < 0.5,
        }


def reduced(reduce: str) -> Callable[[Any, Any, Drawn], Any]:
    return lambda v, t, s: v.scatter_reduce_(s.dim, t["index"], t["source"], reduce, include_self=s.include_self)


OPS: dict[str, Callable[[Any, Any, Drawn], Any]] = {
    "cumsum_": lambda v, t, s: v.cumsum_(s.dim),
    "cumprod_": lambda v, t, s: v.cumprod_(s.dim),
    "scatter_reduce_ sum": reduced("sum"),
    "scatter_reduce_ mean": reduced("mean"),
    "scatter_reduce_ prod": reduced("prod"),
    "scatter_reduce_ amax": reduced("amax"),
    "scatter_reduce_ amin": reduced("amin"),
    "scatter_": lambda v, t, s: v.scatter_(s.dim, t["apart"], t["source"]),
    "scatter_add_": lambda v, t, s: v.scatter_add_(s.dim, t["index"], t["source"]),
    "index_add_": lambda v, t, s: v.index_add_(s.dim, t["two"], t["slices"]),
    "index_copy_": lambda v, t, s: v.index_copy_(s.dim, t["two"], t["slices"]),
    "index_fill_": lambda v, t, s: v.index_fill_(s.dim, t["two"], 3.0),
    "masked_fill_": lambda v, t, s: v.masked_fill_(t["mask"], 3.0),
    "masked_scatter_": lambda v, t, s: v.masked_scatter_(t["mask"], t["source"]),
    "put_": lambda v, t, s: v.put_(t["places"], t["few"]),
    "lerp_": lambda v, t, s: v.lerp_(t["source"], 0.7),
    "renorm_": lambda v, t, s: v.renorm_(2, s.dim, 1.0),
}


def gradients(lib: Any, op: str, view: str, x: np.ndarray[Any, Any], drawn: Drawn) -> dict[str, np.ndarray[Any, Any]]:
    """Write into a view of x * 2, use it, its base and another view, and go back."""
    tensors = {"x": x, **drawn.arrays}
    tensors = {k: lib.from_numpy(np.array(v)) for k, v in tensors.items()}
    leaves = {k: v.requires_grad_() for k, v in tensors.items() if v.is_floating_point()}
    base = tensors["x"] * 2
    other, part = base[0], VIEWS[view](base)
    assert OPS[op](part, tensors, drawn) is part
    weights = lib.from_numpy(np.arange(1.0, 1 + x.size).reshape(x.shape))
    result = (base * weights).sum() + (part * part).sum() + (other * 3).sum()
    result.backward()
    zero = np.zeros(())
    found = {k: zero if v.grad is None else v.grad.numpy() for k, v in leaves.items()}
    return {"result": np.asarray(result.item()), **found}


# renorm takes two dimensions or more.
PAIRS = [(op, view) for op in OPS for view in VIEWS if (op, view) != ("renorm_", "flat")]


@pytest.mark.parametrize(("op", "view"), PAIRS)
def test_gradients(op: str, view: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x = rng.uniform(0.5, 2.0, (3, 4, 3)) * rng.choice([-1, 1], (3, 4, 3))
        shape = VIEWS[view](x).shape if view != "transposed" else (3, 4, 3)
        drawn = Drawn(rng, shape)
        ours = gradients(pydl, op, view, x, drawn)
        theirs = gradients(torch, op, view, x, drawn)
        for name, expected in theirs.items():
            np.testing.assert_allclose(ours[name], expected, rtol=1e-9, atol=1e-12, err_msg=f"{name}, seed {seed}")

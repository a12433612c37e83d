"""Hooks of tensors: how often, when and with what they are called, the same as in PyTorch where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pydl


def leaf(lib: Any, *values: float) -> Any:
    return lib.tensor(list(values), dtype=lib.float64, requires_grad=True)


def of_a_leaf_used_often(lib: Any, seen: list[Any]) -> Any:
    x = leaf(lib, 1, 2)
    x.register_hook(lambda g: (seen.append(g.tolist()), g + 1)[1])
    x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
    y = x * 2
    (x * x * y + y).sum().backward()
    (x * 3).sum().backward()
    return x.grad


def of_leaves_by_their_oldest_users(lib: Any, seen: list[Any]) -> Any:
    x, w, b = leaf(lib, 1, 2), leaf(lib, 3, 4), leaf(lib, 5, 6)
    for name, p in (("x", x), ("w", w), ("b", b)):
        p.register_hook(lambda g, name=name: seen.append((name, g.tolist())))
    y = (x * 2).exp()
    y.register_hook(lambda g: seen.append(("y", g.tolist())))
    (y * w + b + w).sum().backward()
    seen.sort(key=str)  # of leaves that are ready together, any may be first
    return [x.grad, w.grad, b.grad]


def of_a_root(lib: Any, seen: list[Any]) -> Any:
    x = leaf(lib, 1)
    x.register_hook(lambda g: (seen.append(g.tolist()), g * 2)[1])
    x.backward()
    lib.autograd.backward([x, x * 3])
    return x.grad


def what_a_hook_returns_is_not_written(lib: Any, seen: list[Any]) -> Any:
    x, mine = leaf(lib, 1, 2), lib.ones(2, dtype=lib.float64)
    x.register_hook(lambda g: mine)
    x.sum().backward()
    x.sum().backward()
    seen.append(mine.tolist())
    return x.grad


def what_a_hook_sees_is_not_written(lib: Any, seen: list[Any]) -> Any:
    x, kept = leaf(lib, 1, 2), []
    x.register_hook(kept.append)
    (x * x).sum().backward()
    (x * x).sum().backward()
    seen.extend(g.tolist() for g in kept)
    return x.grad


def retain_grad_is_last(lib: Any, seen: list[Any]) -> Any:
    x = leaf(lib, 1, 2)
    y = x * 2
    y.register_hook(lambda g: g * 3)
    y.retain_grad()
    y.register_hook(lambda g: g * 5)
    (y * y).sum().backward()
    return [x.grad, y.grad]


def of_inputs_of_grad(lib: Any, seen: list[Any]) -> Any:
    x = leaf(lib, 1, 2)
    x.register_hook(lambda g: (seen.append(g.tolist()), g * 10)[1])
    x.register_post_accumulate_grad_hook(lambda p: seen.append("no"))
    y = x * 2
    y.register_hook(lambda g: (seen.append(g.tolist()), g * 100)[1])
    y.retain_grad()
    found = [lib.autograd.grad((x * x * x).sum(), x)]
    found += [lib.autograd.grad((y * y).sum(), y, retain_graph=True), [y.grad]]
    found += [lib.autograd.grad((y * y).sum(), (y, x))]
    a, b = (x * 2).unbind()
    a.register_hook(lambda g: g * 7)
    found += [lib.autograd.grad(a * b * a, (a, b))]
    assert x.grad is None
    return [g for some in found for g in some]


def of_inputs_of_backward(lib: Any, seen: list[Any]) -> Any:
    x = leaf(lib, 1, 2)
    x.register_hook(lambda g: (seen.append(g.tolist()), g * 10)[1])
    x.register_post_accumulate_grad_hook(lambda p: seen.append("after"))
    y = x * 2
    y.register_hook(lambda g: g * 3)
    y.retain_grad()
    (y * y).sum().backward(inputs=[x])
    z = x * 2
    (z * z).sum().backward(inputs=[z])
    w = x * 2
    w.retain_grad()
    (w * w).sum().backward(inputs=[w])
    return [x.grad, y.grad, z.grad, w.grad]


def second_derivatives(lib: Any, seen: list[Any]) -> Any:
    x = leaf(lib, 1, 2)
    handle = x.register_hook(lambda g: g * 2)
    (x * x * x).sum().backward(create_graph=True)
    first = x.grad
    x.grad = None
    handle.remove()
    first.sum().backward()
    return [first, x.grad]


CASES: list[Callable[[Any, list[Any]], Any]] = [
    of_a_leaf_used_often,
    of_leaves_by_their_oldest_users,
    of_a_root,
    what_a_hook_returns_is_not_written,
    what_a_hook_sees_is_not_written,
    retain_grad_is_last,
    of_inputs_of_grad,
    of_inputs_of_backward,
    second_derivatives,
]


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("case", CASES)
def test_as_torch(case: Callable[[Any, list[Any]], Any]) -> None:
    torch = pytest.importorskip("torch")
    results = []
    for lib in (pydl, torch):
        seen: list[Any] = []
        found = case(lib, seen)
        results.append((seen, [g.detach().numpy() for g in (found if isinstance(found, list) else [found])]))
    assert results[0][0] == results[1][0]
    assert len(results[0][1]) == len(results[1][1])
    for ours, theirs in zip(results[0][1], results[1][1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_leaf_sees_the_whole_of_its_gradient_once() -> None:
    x = leaf(pydl, 1.0, 2.0)
    x.register_hook(lambda g: g.clamp(-1, 1))
    (x * x + x * 5).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_an_optimizer_in_backward_steps_as_soon_as_a_gradient_is_complete() -> None:
    """The order is what saves memory: the last layer's step comes before the first layer's backward."""
    w = [leaf(pydl, 1.0), leaf(pydl, 2.0), leaf(pydl, 3.0)]
    order: list[Any] = []
    for i, p in enumerate(w):
        p.register_post_accumulate_grad_hook(lambda p, i=i: order.append(i))
    a = pydl.ones(1, dtype=pydl.float64) * w[0]
    a.register_hook(lambda g: order.append("a"))
    b = a * w[1]
    b.register_hook(lambda g: order.append("b"))
    (b * w[2]).backward()
    assert order == [2, "b", 1, "a", 0]


def test_no_inputs_are_an_error() -> None:
    with pytest.raises(RuntimeError, match="expected at least one tensor as inputs"):
        leaf(pydl, 1.0).backward(inputs=[])

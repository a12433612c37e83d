"""Gradients that become .grad without a copy, and those that may not."""

from __future__ import annotations

from typing import Any

import numpy as np
from fresh import python

import pydl


def test_a_gradient_is_handed_over_only_if_nobody_else_has_it() -> None:
    made: list[Any] = []

    class Double(pydl.autograd.Function):
        """Keeps of its gradient nothing, the tensor, or the array alone."""

        @staticmethod
        def forward(ctx: Any, x: Any, keep: str) -> Any:
            ctx.keep = keep
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            out = g * 2
            made.append({"nothing": out.data_ptr(), "tensor": out, "array": out.array}[ctx.keep])
            return out, None

    for keep in ("nothing", "tensor", "array"):
        x = pydl.ones(3, requires_grad=True)
        Double.apply(x, keep).backward(pydl.ones(3))
        x.grad.add_(1)
        if keep == "nothing":
            assert x.grad.data_ptr() == made[-1]
        else:
            assert np.asarray(made[-1] if keep == "array" else made[-1].detach().array).tolist() == [2, 2, 2]
        assert x.grad.tolist() == [3, 3, 3]


def test_gradients_with_a_graph_are_copies() -> None:
    a, b = (pydl.tensor([1.0, 2.0, 3.0], requires_grad=True) for _ in range(2))
    g = pydl.tensor([1.0, 2.0, 3.0])
    (a + b).backward(g, create_graph=True)
    a.grad.detach().zero_()
    assert b.grad.tolist() == g.tolist() == [1.0, 2.0, 3.0]


def test_a_tracer_does_not_change_who_holds_a_gradient() -> None:
    python(
        """
import sys
import pydl

def look(frame, event, argument):
    frame.f_locals
    return look

sys.settrace(look)
x = pydl.ones(2, requires_grad=True)
(x * 2).sum().backward()
sys.settrace(None)

class Keep(pydl.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        h = g * 2
        kept.extend([h] * 4)
        return h

kept = []
Keep.apply(x).sum().backward()
x.grad = None
Keep.apply(x).sum().backward()
x.grad.zero_()
assert kept[-1].tolist() == [2.0, 2.0]
"""
    )

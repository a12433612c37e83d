"""Gradients that become .grad without a copy, and those that may not."""

from __future__ import annotations

from typing import Any

import numpy as np

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

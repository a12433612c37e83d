"""Recurrent layers and attention, forward and with all gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from case import Case, Library, known, values

GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def recurrent(kind: str, steps: int, batch: int, width: int, backward: bool) -> Case:
    """A layer over so many steps, as wide as its input."""

    def make(lib: Library) -> Callable[[], Any]:
        layer = known(lib, getattr(lib.nn, kind)(width, width))
        x, g = values(lib, steps, batch, width), values(lib, steps, batch, width, seed=1)
        if backward:
            x.requires_grad_()

        def run() -> Any:
            if not backward:
                with lib.no_grad():
                    return layer(x)[0]
            x.grad = None
            layer.zero_grad()
            y = layer(x)[0]
            y.backward(g)
            return x.grad

        return run

    work = 2.0 * steps * batch * GATES[kind] * width * 2 * width
    name = f"{kind} of {width}, {steps} steps, batch {batch}"
    return Case(name + (" and back" if backward else ""), make, work * (3 if backward else 1))


def attention(
    q: tuple[int, ...], k: tuple[int, ...], backward: bool, causal: bool = False, mask: str = "", apart: bool = False
) -> Case:
    """Attention of queries and keys of these shapes; apart: the heads lie side by side, as layers have them."""

    def make(lib: Library) -> Callable[[], Any]:
        def operand(shape: tuple[int, ...], seed: int) -> Any:
            if not apart:
                return values(lib, *shape, seed=seed)
            return values(lib, shape[0], shape[2], shape[1], shape[3], seed=seed).transpose(1, 2)

        operands = [operand(shape, i) for i, shape in enumerate((q, k, k))]
        bias = None
        if mask:
            bias = values(lib, q[-2], k[-2], seed=5)
            if mask == "bool":
                bias = bias < 1
        if backward:
            operands = [x.detach().requires_grad_() for x in operands]
        g = operand(q, 4)
        attend = lib.nn.functional.scaled_dot_product_attention

        def run() -> Any:
            y = attend(*operands, attn_mask=bias, is_causal=causal)
            if not backward:
                return y
            for x in operands:
                x.grad = None
            y.backward(g)
            return operands[1].grad

        return run

    name = f"attention {'x'.join(map(str, q))}" + ("" if q == k else f" {'x'.join(map(str, k))}")
    name += " causal" * causal + f" {mask} mask" * bool(mask) + " side by side" * apart + " and back" * backward
    work = 4.0 * math.prod(q) * k[-2] / (2 if causal else 1)
    return Case(name, make, work * (3.5 if backward else 1))


SMALL, LONG, ONE, CACHE = (12, 4, 64, 32), (4, 8, 512, 64), (1, 8, 1, 64), (1, 8, 512, 64)

SEQUENCES = [
    *[
        recurrent(kind, *shape, backward)
        for shape in ((64, 32, 256), (16, 1, 64), (16, 8, 64))
        for kind in GATES
        for backward in (False, True)
    ],
    *[
        attention(*shapes, backward, causal, mask)
        for shapes in ((SMALL, SMALL), (LONG, LONG))
        for backward in (False, True)
        for causal, mask in ((False, ""), (True, ""), (False, "bool"), (False, "float"))
    ],
    *[attention(SMALL, SMALL, backward, True, apart=True) for backward in (False, True)],
    *[attention(ONE, CACHE, backward) for backward in (False, True)],
    attention(ONE, CACHE, False, mask="bool"),
]

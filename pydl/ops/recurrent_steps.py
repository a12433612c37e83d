"""One direction of a recurrent layer over whole sequences: a kernel, and the same from ops for derivatives of it."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.autograd.engine import walk
from pydl.autograd.function import Function, apply_many, apply_view, grad_enabled, saved_output, wrap
from pydl.ops.matmul import NONE, linear
from pydl.ops.view import View, narrow

if TYPE_CHECKING:
    from pydl.tensor import Tensor

TANH, RELU, GRU, LSTM = range(4)  # C++ RecurrentKind
GATES = (1, 1, 3, 4)
Grads = tuple["Tensor | None", ...]


class Steps:
    """How the rows of a batch of sequences lie: step by step, the sequences in order, the longest first."""

    def __init__(self, sizes: np.ndarray[Any, Any], uniform: bool) -> None:
        bounds = np.zeros(len(sizes) + 1, np.int64)
        np.cumsum(sizes, out=bounds[1:])
        self.bounds = bounds
        self.batch = int(sizes[0])
        self.rows = int(bounds[-1])
        self.uniform = uniform
        self.offsets = _C.from_buffer(bounds)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @cached_property
    def before(self) -> np.ndarray[Any, Any]:
        """For each row but the first step's, the row of the same sequence one step earlier."""
        sizes = np.diff(self.bounds)
        return np.asarray(np.arange(self.batch, self.rows) - np.repeat(sizes[:-1], sizes[1:]))

    @cached_property
    def last(self) -> np.ndarray[Any, Any]:
        """The row of each sequence's last step."""
        lengths = (np.diff(self.bounds)[:, None] > np.arange(self.batch)).sum(0)
        return np.asarray(self.bounds[lengths - 1] + np.arange(self.batch))

    def but_first(self, x: _C.Array) -> _C.Array:
        """All rows but those of the first step."""
        return _C.slice(x, 0, self.batch, 1, self.rows - self.batch)

    def but_last(self, x: _C.Array) -> _C.Array:
        """The rows one step before those of `but_first`, in their order."""
        if self.uniform:
            return _C.slice(x, 0, 0, 1, self.rows - self.batch)
        return _C.index_get(x, 0, 1, _C.from_buffer(self.before))

    def start(self, x: _C.Array, reverse: bool) -> _C.Array:
        """The row of each sequence that is computed first."""
        if self.uniform or not reverse:
            return _C.slice(x, 0, self.rows - self.batch if reverse else 0, 1, self.batch)
        return _C.index_get(x, 0, 1, _C.from_buffer(self.last))

    def end(self, x: _C.Array, reverse: bool) -> _C.Array:
        """The row of each sequence that is computed last, in memory of its own."""
        return _C.clone(self.start(x, not reverse))


@lru_cache(64)
def even_steps(count: int, batch: int) -> Steps:
    """The steps of sequences of one length."""
    return Steps(np.full(count, batch), True)


class Recurrent(Function):
    """x (rows, features) and the layer's weights to y (rows, size) and the sequences' last h, of an LSTM c too."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        h0: Tensor | None,
        c0: Tensor | None,
        w_ih: Tensor,
        w_hh: Tensor,
        b_ih: Tensor | None,
        b_hh: Tensor | None,
        w_hr: Tensor | None,
        kind: int,
        steps: Steps,
        reverse: bool,
    ) -> tuple[_C.Array, ...]:
        bias, inner = array(b_ih), array(b_hh)
        if kind != GRU and inner is not None:
            bias, inner = inner if bias is None else _C.add(bias, inner), None
        gates = _C.matmul(x.array, _C.transpose(w_ih.array, 0, 1), bias, NONE)
        first = None if h0 is None else _C.matmul(h0.array, _C.transpose(w_hh.array, 0, 1), None, NONE)
        y, cells = _C.recurrent_forward(
            kind, gates, w_hh.array, array(w_hr), inner, steps.offsets, reverse, array(h0), array(c0), first
        )
        # What the kernel keeps for backward is saved as tensors, to be freed with the rest.
        kept = [None if a is None or a is y else wrap(a) for a in (gates, cells)]
        ctx.save(x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr, *kept)
        ctx.settings = kind, steps, reverse
        h = steps.end(y, reverse)
        if kind != LSTM or cells is None:
            return ctx.keep(y), h
        return ctx.keep(y), h, steps.end(cells, reverse)

    @staticmethod
    def backward(ctx: Any, g_y: Tensor | None, g_h: Tensor | None, g_c: Tensor | None = None) -> Any:
        # dx: the gradients of the gates' sums, by the kernel. Of x: dx w_ih; of w_ih: dx^T x; of w_hh: dx^T h, with h
        # from the step before; of the biases: sum(dx). A GRU's dx differ on the side of h: dhidden.
        if grad_enabled():
            return composed_backward(ctx, (g_y, g_h, g_c))
        x, h0, c0, w_ih, w_hh, _, _, w_hr, gates, cells = ctx.saved_tensors
        kind, steps, reverse = ctx.settings
        y = saved_output(ctx).array
        gates = y if gates is None else gates.array
        dx, dhidden, carry, dh = _C.recurrent_backward(
            kind, gates, y, array(cells), w_hh.array, array(w_hr), steps.offsets, reverse, array(h0), array(c0),
            array(g_y), array(g_h), array(g_c),
        )  # fmt: skip
        wants = [edge is not None for edge in ctx.edges]
        out: list[_C.Array | None] = [None] * 8
        if wants[0]:
            out[0] = _C.matmul(dx, w_ih.array, None, NONE)
        start = steps.start(dhidden, reverse)
        if wants[1]:
            dh0 = _C.matmul(start, w_hh.array, None, NONE)
            if kind == GRU and carry is not None:
                _C.add_(dh0, carry)
            out[1] = dh0
        if wants[2]:
            out[2] = carry
        if wants[3]:
            out[3] = product(dx, x.array)
        if wants[4]:
            if reverse:
                dw = product(steps.but_last(dhidden), steps.but_first(y))
            else:
                dw = product(steps.but_first(dhidden), steps.but_last(y))
            if h0 is not None:
                _C.add_(dw, product(start, h0.array))
            out[4] = dw
        if wants[5] or wants[6]:
            out[5] = _C.reduce_sum(dx, (0,), False)
            out[6] = _C.reduce_sum(dhidden, (0,), False) if kind == GRU else out[5]
        if wants[7] and dh is not None:
            hidden = cells.array.shape[1]
            full = _C.mul(_C.slice(gates, 1, 3 * hidden, 1, hidden), _C.tanh(cells.array))
            out[7] = product(dh, full)
        return tuple([None if a is None else wrap(a) for a in out])


def array(x: Tensor | None) -> _C.Array | None:
    """x's memory, if there is an x."""
    return None if x is None else x.array


def product(x: _C.Array, y: _C.Array) -> _C.Array:
    """x^T y, summed over the rows."""
    return _C.matmul(_C.transpose(x, 0, 1), y, None, NONE)


def composed_backward(ctx: Any, grads: Grads) -> Grads:
    """The gradients once more, as part of a graph: those of the same layer composed from ops."""
    # Where an operand is given twice, each of its places gets a gradient of its own.
    inputs = [None if t is None else apply_view(View, t, t.array.shape) for t in ctx.saved_tensors[:8]]
    outputs = composed(*inputs, *ctx.settings)  # type: ignore[arg-type]
    # Without c no gradient of it; and c need not depend on all that h does.
    pairs = [(y, g) for y, g in zip(outputs, grads) if g is not None and y._requires_grad]  # noqa: B905
    targets = [t for t, edge in zip(inputs, ctx.edges) if t is not None and edge is not None]  # noqa: B905
    found = walk("recurrent", [y for y, _ in pairs], [g for _, g in pairs], None, True, targets)
    assert found is not None
    return tuple([None if t is None else found.get(t.node) for t in inputs])


def composed(
    x: Tensor,
    h0: Tensor | None,
    c0: Tensor | None,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None,
    b_hh: Tensor | None,
    w_hr: Tensor | None,
    kind: int,
    steps: Steps,
    reverse: bool,
) -> tuple[Tensor, ...]:
    """What `Recurrent` computes, step by step."""
    from pydl.ops.concat import cat
    from pydl.ops.index import index_select

    hidden = w_hh.array.shape[0] // GATES[kind]
    h_first = wrap(_C.zeros((steps.batch, w_hh.array.shape[1]), x.array.dtype)) if h0 is None else h0
    c_first = wrap(_C.zeros((steps.batch, hidden), x.array.dtype)) if c0 is None else c0
    h, c, have = h_first, c_first, 0
    inputs = linear(x, w_ih, b_ih)
    all_h, all_c = [], []
    bounds = steps.bounds.tolist()
    for t in range(len(steps) - 1, -1, -1) if reverse else range(len(steps)):
        rows = bounds[t + 1] - bounds[t]
        h, c = reach(h, h_first, have, rows), reach(c, c_first, have, rows)
        h, c = cell(kind, narrow(inputs, 0, bounds[t], rows), linear(h, w_hh, b_hh), h, c, hidden)
        if w_hr is not None:
            h = linear(h, w_hr)
        have = rows
        all_h.append(h)
        all_c.append(c)
    if reverse:
        all_h.reverse()
        all_c.reverse()
    ends = wrap(_C.from_buffer(np.arange(steps.batch) if reverse else steps.last))
    y = cat(all_h)
    if kind != LSTM:
        return y, index_select(y, 0, ends)
    return y, index_select(y, 0, ends), index_select(cat(all_c), 0, ends)


def reach(state: Tensor, first: Tensor, have: int, rows: int) -> Tensor:
    """The state for so many rows: where there are more than it has, sequences begin."""
    from pydl.ops.concat import cat

    if have >= rows:
        return narrow(state, 0, 0, rows)
    new = narrow(first, 0, have, rows - have)
    return cat([state, new]) if have else new


def cell(kind: int, x: Tensor, inner: Tensor, h: Tensor, c: Tensor, hidden: int) -> tuple[Tensor, Tensor]:
    """h and c after a step, from x w_ih^T + b_ih and h w_hh^T + b_hh."""
    from pydl.ops.activation import relu, sigmoid, tanh

    if kind == TANH:
        return tanh(x + inner), c
    if kind == RELU:
        return relu(x + inner), c
    if kind == GRU:
        r = sigmoid(narrow(x, 1, 0, hidden) + narrow(inner, 1, 0, hidden))
        z = sigmoid(narrow(x, 1, hidden, hidden) + narrow(inner, 1, hidden, hidden))
        n = tanh(narrow(x, 1, 2 * hidden, hidden) + r * narrow(inner, 1, 2 * hidden, hidden))
        return n + z * (h - n), c
    i, f, g, o = [narrow(x + inner, 1, k * hidden, hidden) for k in range(4)]
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    return sigmoid(o) * tanh(c), c


def run(kind: int, steps: Steps, reverse: bool, x: Tensor, state: Any, weights: Any) -> tuple[Tensor, ...]:
    """`Recurrent` of weights (w_ih, w_hh, b_ih, b_hh, w_hr), the last three or None, and state (h0, c0) or None."""
    h0, c0 = state
    return apply_many(Recurrent, x, h0, c0, *weights, kind, steps, reverse)

"""Recurrent layers over whole sequences, stacked and in both directions, and single steps of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C
from pydl.ops.concat import cat, stack
from pydl.ops.copy import to_code
from pydl.ops.dropout import dropout as drop
from pydl.ops.operands import expect_tensor
from pydl.ops.recurrent_steps import GATES, GRU, LSTM, RELU, TANH, Steps, even_steps, run
from pydl.ops.view import reshape, select, transpose, unsqueeze

if TYPE_CHECKING:
    from pydl.tensor import Tensor

State = tuple["Tensor | None", "Tensor | None"]


def expect_shape(name: str, what: str, x: Tensor, shape: tuple[int, ...], like: Tensor) -> None:
    """Refuse an operand of another shape or dtype.

    Raises:
        ShapeError, DTypeError: it is one.
    """
    expect_tensor(name, x)
    if x.array.shape != shape:
        raise _C.ShapeError(f"{name}: expected {what} of shape {shape}, got {x.array.shape}")
    if x.array.dtype != like.array.dtype:
        raise _C.DTypeError(f"{name}: expected {what} of the input's dtype {like.dtype}, got {x.dtype}")


def checked_weights(
    name: str, kind: int, x: Tensor, weights: Sequence[Tensor], has_biases: bool, features: int
) -> tuple[Any, ...]:
    """One direction's weights as `run` takes them, for inputs of so many features.

    Raises:
        ShapeError, DTypeError: their shapes do not fit each other, or their dtype the input's.
    """
    gates = GATES[kind]
    w_ih, w_hh = weights[:2]
    expect_tensor(name, w_hh)
    rows, size = w_hh.array.shape if w_hh.array.ndim == 2 else (-1, -1)
    if rows < 0 or rows % gates:
        raise _C.ShapeError(
            f"{name}: expected a hidden weight of shape ({gates} * hidden_size, size), got {w_hh.array.shape}"
        )
    projection = weights[-1] if len(weights) == 3 + 2 * has_biases else None
    expect_shape(name, "an input weight", w_ih, (rows, features), x)
    expect_shape(name, "a hidden weight", w_hh, (rows, size if projection is not None else rows // gates), x)
    b_ih, b_hh = weights[2:4] if has_biases else (None, None)
    for bias in (b_ih, b_hh):
        if bias is not None:
            expect_shape(name, "a bias", bias, (rows,), x)
    if projection is not None:
        expect_shape(name, "a projection", projection, (size, rows // gates), x)
    return w_ih, w_hh, b_ih, b_hh, projection


def packed_steps(name: str, data: Tensor, batch_sizes: Tensor) -> Steps:
    """The steps of packed sequences.

    Raises:
        ShapeError, DTypeError, ValueError: the batch sizes are not whole numbers that fall, or do not add up to the
            rows of data.
    """
    expect_tensor(name, batch_sizes)
    if batch_sizes.array.ndim != 1 or batch_sizes.array.dtype <= 3 or not batch_sizes.array.size:
        raise _C.DTypeError(
            f"{name}: expected batch sizes as integers, one for each step, got {batch_sizes.array.shape} "
            f"{batch_sizes.dtype}"
        )
    sizes = batch_sizes.numpy().astype(np.int64)
    if data.array.ndim != 2 or data.array.shape[0] != sizes.sum():
        raise _C.ShapeError(
            f"{name}: expected packed data of shape ({sizes.sum()}, features), the sum of the batch sizes, got "
            f"{data.array.shape}"
        )
    if sizes[-1] < 1 or (np.diff(sizes) > 0).any():
        raise _C.ValueError(f"{name}: expected batch sizes of 1 or more, each at most the one before it, got {sizes}")
    return Steps(sizes, False)


def layers(
    name: str,
    kind: int,
    input: Tensor,
    steps: Steps,
    hx: State,
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
) -> tuple[Tensor, ...]:
    """The rows of a stack of layers and the last states of each layer and direction, from rows (rows, features).

    Raises:
        ShapeError, DTypeError: an operand does not fit the others.
    """
    code = input.array.dtype
    if code > 3:
        raise _C.DTypeError(f"{name}: expected an input of a floating dtype, got {input.dtype}")
    directions = 2 if bidirectional else 1
    runs = num_layers * directions
    each = len(params) // runs if num_layers > 0 else 0
    fewest = 4 if has_biases else 2
    if not each or len(params) != each * runs or not fewest <= each <= fewest + (kind == LSTM):
        raise _C.ShapeError(
            f"{name}: expected {fewest} weights for each of {num_layers} layers and {directions} directions, "
            f"got {len(params)} in all"
        )
    weights = []
    features = input.array.shape[1]
    for i in range(0, len(params), each):
        weights.append(checked_weights(name, kind, input, params[i : i + each], has_biases, features))
        if len(weights) % directions == 0:
            features = directions * weights[-1][1].array.shape[1]
    rows, size = weights[0][1].array.shape
    for what, state, width in (("h0", hx[0], size), ("c0", hx[1], rows // GATES[kind])):
        if state is not None:
            expect_shape(name, what, state, (runs, steps.batch, width), input)
    if code > 1:  # half types are storage
        wide = [to_code(p, 0) for p in params]
        h0, c0 = (None if s is None else to_code(s, 0) for s in hx)
        rest = has_biases, num_layers, dropout, train, bidirectional
        results = layers(name, kind, to_code(input, 0), steps, (h0, c0), wide, *rest)
        return tuple([to_code(y, code) for y in results])
    x = input
    ends: list[list[Tensor]] = []
    for layer in range(num_layers):
        outputs = []
        for direction in range(directions):
            i = layer * directions + direction
            h0, c0 = (None if s is None else select(s, 0, i) for s in hx)
            y, *end = run(kind, steps, direction == 1, x, (h0, c0), weights[i])
            outputs.append(y)
            ends.append(end)
        x = outputs[0] if directions == 1 else cat(outputs, 1)
        if dropout and train and layer + 1 < num_layers:
            x = drop(x, dropout, True)
    return (x, *[unsqueeze(e[0], 0) if runs == 1 else stack(e) for e in zip(*ends, strict=True)])


def sequences(name: str, kind: int, input: Tensor, rest: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """A public function in either of its forms: (hx, params, ..., batch_first) or (batch_sizes, hx, params, ...).

    Raises:
        ShapeError, DTypeError, ValueError: see `layers` and `packed_steps`.
    """
    expect_tensor(name, input)
    packed = isinstance(rest[2], list | tuple)
    batch_sizes, hx, *settings = rest if packed else (None, *rest)
    if kind != LSTM:
        hx = hx, None
    elif hx is None:
        hx = None, None
    elif not isinstance(hx, list | tuple) or len(hx) != 2:
        raise _C.DTypeError(f"{name}: expected hx as (h0, c0), got {type(hx).__name__}")
    if not isinstance(settings[0], list | tuple):
        raise _C.DTypeError(f"{name}: expected params as a list of tensors, got {type(settings[0]).__name__}")
    if packed:
        return layers(name, kind, input, packed_steps(name, input, batch_sizes), hx, *settings)
    batch_first = settings.pop()
    if input.array.ndim != 3 or not input.array.shape[1 if batch_first else 0]:
        order = "(batch, steps, features)" if batch_first else "(steps, batch, features)"
        raise _C.ShapeError(f"{name}: expected an input of shape {order}, steps 1 or more, got {input.array.shape}")
    x = transpose(input, 0, 1) if batch_first else input
    count, batch, features = x.array.shape
    rows = reshape(x, (count * batch, features))
    y, *ends = layers(name, kind, rows, even_steps(count, batch), hx, *settings)
    y = reshape(y, (count, batch, y.array.shape[1]))
    return (transpose(y, 0, 1) if batch_first else y, *ends)


# One signature stands for PyTorch's two: that of packed sequences has batch_sizes between input and hx, and no
# batch_first. The names are those of the other one.
def lstm(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> tuple[Tensor, Tensor, Tensor]:
    """A stack of long short-term memories (Hochreiter and Schmidhuber, 1997) over whole sequences: output, h_n, c_n.

    For each step, layer and direction, with sigmoid s::

        i, f, o = s(W_i x + U_i h), s(W_f x + U_f h), s(W_o x + U_o h)    # biases left out
        g = tanh(W_g x + U_g h)
        c = f * c + i * g
        h = o * tanh(c)                                                   # projected: W_hr h

    Args:
        input: (steps, batch, features), or (batch, steps, features) with ``batch_first``.
        hx: (h0, c0), each (layers * directions, batch, size); None: zeros.
        params: for each layer and direction w_ih, w_hh (4 * hidden, ...), with ``has_biases`` b_ih and b_hh, and
            for a projection w_hr (size, hidden).
        dropout: of each layer's output but the last one's, while ``train``.

    Raises:
        ShapeError, DTypeError: an operand does not fit the others.

    >>> w = [pydl.full((4, 1), 0.5), pydl.full((4, 1), 0.5)]
    >>> y, h, c = pydl.lstm(pydl.ones(2, 1, 1), None, w, False, 1, 0.0, False, False, False)
    >>> y.flatten()
    tensor([0.1743, 0.3091])
    """
    y, h, c = sequences(
        "lstm", LSTM, input, (hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    )
    return y, h, c


def gru(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> tuple[Tensor, Tensor]:
    """A stack of gated recurrent units (Cho et al., arXiv:1406.1078) over whole sequences: output and h_n.

    For each step, with sigmoid s::

        r, z = s(W_r x + U_r h), s(W_z x + U_z h)    # biases left out
        n = tanh(W_n x + r * (U_n h))
        h = n + z * (h - n)

    Arguments and errors as for `lstm`; ``hx`` is h0 alone.
    """
    y, h = sequences(
        "gru", GRU, input, (hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    )
    return y, h


def rnn_tanh(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> tuple[Tensor, Tensor]:
    """A stack of plain recurrent layers (Elman, 1990), ``h = tanh(W x + U h)``: output and h_n.

    Arguments and errors as for `lstm`; ``hx`` is h0 alone.
    """
    y, h = sequences(
        "rnn_tanh", TANH, input, (hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    )
    return y, h


def rnn_relu(
    input: Tensor,
    hx: Any,
    params: Any,
    has_biases: Any,
    num_layers: Any,
    dropout: Any,
    train: Any,
    bidirectional: Any,
    batch_first: Any,
) -> tuple[Tensor, Tensor]:
    """`rnn_tanh` with ``max(0, x)`` in place of tanh."""
    y, h = sequences(
        "rnn_relu", RELU, input, (hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    )
    return y, h


def step(name: str, kind: int, input: Tensor, hx: State, weights: Sequence[Tensor | None]) -> tuple[Tensor, ...]:
    """A single step: h, and of an LSTM c."""
    expect_tensor(name, input)
    expect_tensor(name, hx[0])
    if input.array.ndim != 2 or input.array.dtype > 3:
        raise _C.ShapeError(
            f"{name}: expected an input of shape (batch, features), floating, got {input.array.shape} {input.dtype}"
        )
    w_ih, w_hh, b_ih, b_hh = weights
    checked_weights(name, kind, input, (w_ih, w_hh), False, input.array.shape[1])  # type: ignore[arg-type]
    batch, (rows, size) = input.array.shape[0], w_hh.array.shape  # type: ignore[union-attr]
    for bias in (b_ih, b_hh):
        if bias is not None:
            expect_shape(name, "a bias", bias, (rows,), input)
    for what, state in zip(("h", "c"), hx, strict=True):
        if state is not None:
            expect_shape(name, what, state, (batch, size), input)
    code = input.array.dtype
    operands = [input, *hx, *weights]
    if code > 1:  # half types are storage
        operands = [None if x is None else to_code(x, 0) for x in operands]
    x, h, c, *rest = operands
    outs = run(kind, even_steps(1, batch), False, x, (h, c), (*rest, None))  # type: ignore[arg-type]
    outs = outs[0], *outs[2:]
    return tuple([to_code(y, code) for y in outs]) if code > 1 else outs


def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of an `lstm` from (h, c), each (batch, hidden): the new h and c. Input (batch, features).

    Raises:
        ShapeError, DTypeError: an operand does not fit the others.

    >>> state = pydl.zeros(1, 1), pydl.ones(1, 1)
    >>> pydl.lstm_cell(pydl.ones(1, 1), state, pydl.ones(4, 1), pydl.ones(4, 1))
    (tensor([[0.6277]]), tensor([[1.2878]]))
    """
    if not isinstance(hx, list | tuple) or len(hx) != 2:
        raise _C.DTypeError(f"lstm_cell: expected hx as (h, c), got {type(hx).__name__}")
    h, c = step("lstm_cell", LSTM, input, tuple(hx), (w_ih, w_hh, b_ih, b_hh))
    return h, c


def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of a `gru` from h (batch, hidden): the new h. Input (batch, features); errors as for `lstm_cell`."""
    return step("gru_cell", GRU, input, (hx, None), (w_ih, w_hh, b_ih, b_hh))[0]


def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of `rnn_tanh` from h (batch, hidden): the new h. Input (batch, features); errors as for `lstm_cell`."""
    return step("rnn_tanh_cell", TANH, input, (hx, None), (w_ih, w_hh, b_ih, b_hh))[0]


def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of `rnn_relu` from h (batch, hidden): the new h. Input (batch, features); errors as for `lstm_cell`."""
    return step("rnn_relu_cell", RELU, input, (hx, None), (w_ih, w_hh, b_ih, b_hh))[0]

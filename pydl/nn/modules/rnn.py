"""Recurrent layers: RNN, LSTM and GRU over whole sequences, and single cells."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from pydl import _C, ops
from pydl.autograd.function import TensorBase
from pydl.nn import init
from pydl.nn.modules.module import Module
from pydl.nn.parameter import Parameter
from pydl.nn.utils.rnn import PackedSequence

if TYPE_CHECKING:
    from pydl.dtypes import device as Device
    from pydl.dtypes import dtype as DType
    from pydl.tensor import Tensor

FUNCTIONS: dict[str, Any] = {"RNN_TANH": ops.rnn_tanh, "RNN_RELU": ops.rnn_relu, "LSTM": ops.lstm, "GRU": ops.gru}
GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


def check_size(name: str, what: str, value: Any) -> None:
    """Refuse what is no size.

    Raises:
        DTypeError, ValueError: not an int, or below 1.
    """
    if not isinstance(value, int):
        raise _C.DTypeError(f"{name}: {what} should be of type int, got: {type(value).__name__}")
    if value <= 0:
        raise _C.ValueError(f"{name}: {what} must be greater than zero, got {value}")


class RNNBase(Module):
    """What `RNN`, `LSTM` and `GRU` share.

    Of layer k: weight_ih_lk (gates * hidden_size, features), weight_hh_lk (gates * hidden_size, size), bias_ih_lk,
    bias_hh_lk (gates * hidden_size,) and, with ``proj_size``, weight_hr_lk (proj_size, hidden_size); with the suffix
    ``_reverse`` those of the other direction. All start uniform in ``±1 / sqrt(hidden_size)``.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        name = self._get_name()
        if mode not in GATES:
            raise _C.ValueError(f"{name}: Unrecognized RNN mode: {mode}")
        for what, flag in (("bias", bias), ("batch_first", batch_first)):
            if not isinstance(flag, bool):
                raise _C.DTypeError(f"{name}: {what} should be of type bool, got: {type(flag).__name__}")
        check_size(name, "input_size", input_size)
        check_size(name, "hidden_size", hidden_size)
        check_size(name, "num_layers", num_layers)
        if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout <= 1:
            raise _C.ValueError(
                f"{name}: dropout should be a number in range [0, 1], the probability of an element being zeroed, "
                f"got {dropout}"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=3,
            )
        if proj_size and mode != "LSTM":
            raise _C.ValueError(f"{name}: proj_size argument is only supported for LSTM, not RNN or GRU")
        if not 0 <= proj_size < hidden_size:
            raise _C.ValueError(f"{name}: proj_size has to be 0 or from 1 to hidden_size - 1, got {proj_size}")
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size

        directions = 2 if bidirectional else 1
        gates, size = GATES[mode] * hidden_size, proj_size or hidden_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[:directions]:
                features = size * directions if layer else input_size
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (gates, features), "weight_hh": (gates, size)}
                if bias:
                    shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                names = []
                for part, shape in shapes.items():
                    names.append(f"{part}_l{layer}{suffix}")
                    self.register_parameter(names[-1], Parameter(ops.empty(shape, dtype=dtype, device=device)))
                self._all_weights.append(names)
        self.reset_parameters()

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name) for name in self._flat_weights_names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing: it is there for PyTorch's sake, where parameters on a GPU have to lie side by side."""

    def reset_parameters(self) -> None:
        """Draw new parameters."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Refuse an input of another dtype, or with other features, than the layer was made for.

        Raises:
            ShapeError, ValueError: it is one.
        """
        name = self._get_name()
        if not isinstance(input, TensorBase):
            raise _C.DTypeError(f"{name}: expected a tensor or a PackedSequence, got {type(input).__name__}")
        dims = (2,) if batch_sizes is not None else (2, 3)
        if input.array.ndim not in dims:
            expected = "packed data to be 2D" if batch_sizes is not None else "input to be 2D or 3D"
            raise _C.ShapeError(f"{name}: Expected {expected}, got {input.array.ndim}D tensor instead")
        if input.array.shape[-1] != self.input_size:
            raise _C.ShapeError(
                f"{name}: input.size(-1) must be equal to input_size. Expected {self.input_size}, got "
                f"{input.array.shape[-1]} (input {input.array.shape})"
            )
        weight = self._flat_weights[0]
        if input.array.dtype != weight.array.dtype:
            raise _C.ValueError(
                f"{name}: input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). Convert input: "
                f"input.to({weight.dtype}), or convert model: model.to({input.dtype})"
            )

    def check_hidden(self, states: list[Tensor], batched: bool, batch: int) -> None:
        """Refuse states of another shape than the input asks for.

        Raises:
            ShapeError: it is one.
        """
        name = self._get_name()
        runs = self.num_layers * (2 if self.bidirectional else 1)
        for i, state in enumerate(states):
            if not isinstance(state, TensorBase):
                raise _C.DTypeError(f"{name}: expected hx as tensors, got {type(state).__name__}")
            if state.array.ndim != 2 + batched:
                kind = "batched 3-D" if batched else "unbatched 2-D"
                raise _C.ShapeError(
                    f"{name}: For {kind} input, hx should also be {2 + batched}-D but got {state.array.ndim}-D tensor"
                )
            size = self.hidden_size if i else self.proj_size or self.hidden_size
            expected = (runs, batch, size) if batched else (runs, size)
            if state.array.shape != expected:
                which = f"hidden[{i}]" if len(states) > 1 else "hidden"
                raise _C.ShapeError(f"{name}: Expected {which} size {expected}, got {list(state.array.shape)}")

    def run(self, input: Any, states: list[Tensor] | None) -> tuple[Any, list[Tensor]]:
        """Output and last states, in the form of the input and the initial states."""
        function = FUNCTIONS[self.mode]
        settings = self.bias, self.num_layers, self.dropout, self.training, self.bidirectional
        weights = self._flat_weights
        if isinstance(input, PackedSequence):
            data, batch_sizes, order, back = input
            self.check_input(data, batch_sizes)
            if states is not None:
                self.check_hidden(states, True, int(batch_sizes[0]))
                if order is not None:
                    states = [ops.index_select(s, 1, order) for s in states]
            y, *ends = function(data, batch_sizes, self.joined(states), weights, *settings)
            if back is not None:
                ends = [ops.index_select(s, 1, back) for s in ends]
            return PackedSequence(y, batch_sizes, order, back), ends
        self.check_input(input, None)
        batched, batch_dim = input.array.ndim == 3, 0 if self.batch_first else 1
        if states is not None:
            self.check_hidden(states, batched, input.array.shape[batch_dim] if batched else 1)
        if not batched:
            input = ops.unsqueeze(input, batch_dim)
            states = None if states is None else [ops.unsqueeze(s, 1) for s in states]
        y, *ends = function(input, self.joined(states), weights, *settings, self.batch_first)
        if not batched:
            return ops.squeeze(y, batch_dim), [ops.squeeze(s, 1) for s in ends]
        return y, ends

    def joined(self, states: list[Tensor] | None) -> Any:
        """States as the function takes them."""
        return states if states is None or self.mode == "LSTM" else states[0]

    def extra_repr(self) -> str:
        s = f"{self.input_size}, {self.hidden_size}"
        for name, default in (
            ("proj_size", 0),
            ("num_layers", 1),
            ("bias", True),
            ("batch_first", False),
            ("dropout", 0.0),
            ("bidirectional", False),
        ):
            value = getattr(self, name)
            if value != default:
                s += f", {name}={value}"
        return s


class RNN(RNNBase):
    """Plain recurrent layers over whole sequences: ``h = tanh(W_ih x + b_ih + W_hh h + b_hh)``, or relu of it.

    Input (steps, batch, input_size), with ``batch_first`` (batch, steps, input_size), (steps, input_size) or a
    `PackedSequence`; initial state hx (layers * directions, batch, hidden_size), by default 0. Returns the last
    layer's h of every step, directions side by side, and each layer's last h.

    >>> output, h = pydl.nn.RNN(4, 3, num_layers=2)(pydl.zeros(5, 1, 4))
    >>> output.shape, h.shape
    (pydl.Size([5, 1, 3]), pydl.Size([2, 1, 3]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise _C.ValueError(f"RNN: Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        rest = num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, *rest)
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        y, ends = self.run(input, None if hx is None else [hx])
        return y, ends[0]


class LSTM(RNNBase):
    """Long short-term memories over whole sequences; see `pydl.lstm` for what they compute.

    Input as for `RNN`; initial states hx = (h0, c0), by default 0: h0 (layers * directions, batch, size) with size
    ``proj_size`` or else ``hidden_size``, c0 (layers * directions, batch, hidden_size). Returns the last layer's h of
    every step and (h, c) of the last one.

    >>> output, (h, c) = pydl.nn.LSTM(4, 3, bidirectional=True)(pydl.zeros(5, 1, 4))
    >>> output.shape, c.shape
    (pydl.Size([5, 1, 6]), pydl.Size([2, 1, 3]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        rest = num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype
        super().__init__("LSTM", input_size, hidden_size, *rest)

    def forward(self, input: Any, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        if hx is not None and (not isinstance(hx, list | tuple) or len(hx) != 2):
            raise _C.DTypeError(f"LSTM: expected hx as (h0, c0), got {type(hx).__name__}")
        y, (h, c) = self.run(input, None if hx is None else list(hx))
        return y, (h, c)


class GRU(RNNBase):
    """Gated recurrent units over whole sequences; see `pydl.gru` for what they compute.

    Input, state and result as for `RNN`.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        rest = num_layers, bias, batch_first, dropout, bidirectional, proj_size, device, dtype
        super().__init__("GRU", input_size, hidden_size, *rest)

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        y, ends = self.run(input, None if hx is None else [hx])
        return y, ends[0]


class RNNCellBase(Module):
    """What `RNNCell`, `LSTMCell` and `GRUCell` share.

    weight_ih (gates * hidden_size, input_size), weight_hh (gates * hidden_size, hidden_size), bias_ih and bias_hh
    (gates * hidden_size,) start uniform in ``±1 / sqrt(hidden_size)``.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        self.weight_ih = Parameter(ops.empty((gates, input_size), dtype=dtype, device=device))
        self.weight_hh = Parameter(ops.empty((gates, hidden_size), dtype=dtype, device=device))
        if bias:
            self.bias_ih = Parameter(ops.empty(gates, dtype=dtype, device=device))
            self.bias_hh = Parameter(ops.empty(gates, dtype=dtype, device=device))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new parameters."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def run(self, function: Any, input: Tensor, states: list[Tensor] | None) -> list[Tensor]:
        """The function's result for an input with or without a batch; states None: zeros."""
        name = self._get_name()
        count = 2 if function is ops.lstm_cell else 1
        if not isinstance(input, TensorBase) or input.array.ndim not in (1, 2):
            given = f"{input.array.ndim}D" if isinstance(input, TensorBase) else type(input).__name__
            raise _C.ShapeError(f"{name}: Expected input to be 1D or 2D, got {given} instead")
        if input.array.shape[-1] != self.input_size:
            raise _C.ShapeError(
                f"{name}: expected {self.input_size} features in the input, got {input.array.shape[-1]} "
                f"(input {input.array.shape})"
            )
        expected = (*input.array.shape[:-1], self.hidden_size)
        if states is None:
            states = [ops.zeros(expected, dtype=input.dtype)] * count
        for i, state in enumerate(states):
            which = f"hx[{i}]" if count > 1 else "hx"
            if not isinstance(state, TensorBase):
                raise _C.DTypeError(f"{name}: expected {which} as a tensor, got {type(state).__name__}")
            if state.array.shape != expected:
                raise _C.ShapeError(f"{name}: Expected {which} of shape {expected}, got {state.array.shape}")
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        if input.array.ndim == 2:
            result = function(input, tuple(states) if count > 1 else states[0], *weights)
            return list(result) if count > 1 else [result]
        states = [ops.unsqueeze(s, 0) for s in states]
        result = function(ops.unsqueeze(input, 0), tuple(states) if count > 1 else states[0], *weights)
        return [ops.squeeze(s, 0) for s in (result if count > 1 else [result])]

    def extra_repr(self) -> str:
        s = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            s += f", bias={self.bias}"
        return s


class RNNCell(RNNCellBase):
    """One step of an `RNN`: input (batch, input_size) and hx (batch, hidden_size), by default 0, to the new h.

    >>> pydl.nn.RNNCell(4, 3)(pydl.zeros(2, 4)).shape
    pydl.Size([2, 3])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise _C.ValueError(f"RNNCell: Unknown nonlinearity: {self.nonlinearity}")
        function = ops.rnn_tanh_cell if self.nonlinearity == "tanh" else ops.rnn_relu_cell
        return self.run(function, input, None if hx is None else [hx])[0]

    def extra_repr(self) -> str:
        s = super().extra_repr()
        return s if self.nonlinearity == "tanh" else f"{s}, nonlinearity={self.nonlinearity}"


class LSTMCell(RNNCellBase):
    """One step of an `LSTM`: input (batch, input_size) and hx = (h, c), by default 0, to the new (h, c)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        if hx is not None and (not isinstance(hx, list | tuple) or len(hx) != 2):
            raise _C.DTypeError(f"LSTMCell: expected hx as (h, c), got {type(hx).__name__}")
        h, c = self.run(ops.lstm_cell, input, None if hx is None else list(hx))
        return h, c


class GRUCell(RNNCellBase):
    """One step of a `GRU`: input (batch, input_size) and hx (batch, hidden_size), by default 0, to the new h."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: str | Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self.run(ops.gru_cell, input, None if hx is None else [hx])[0]

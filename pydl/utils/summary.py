"""What a model is made of: for each layer its output, parameters, multiply-adds and memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydl import _C, ops
from pydl.autograd.function import TensorBase
from pydl.dtypes import dtype as DType
from pydl.nn.modules.module import Module
from pydl.random import default_generator


@dataclass
class Layer:
    """One line of a summary."""

    name: str
    depth: int
    kind: str
    output: Any = None  # shapes of the results
    parameters: int = 0  # the module's own
    multiply_adds: int = 0  # the module's own
    bytes: int = 0  # of the results
    calls: int = 0
    leaf: bool = True


@dataclass
class Summary:
    """What `summary` returns: `str` of it is the table, its fields are the figures."""

    layers: list[Layer]
    total_parameters: int
    trainable_parameters: int
    multiply_adds: int
    input_bytes: int
    output_bytes: int  # of all leaf layers' results
    parameter_bytes: int

    def __str__(self) -> str:
        heads = ("Layer", "Type", "Output", "Parameters", "Mult-adds", "Memory")
        rows = [
            (
                "  " * layer.depth + layer.name,
                layer.kind,
                shape_text(layer.output) if layer.calls else "(not called)",
                f"{layer.parameters:,}" if layer.parameters else "-",
                f"{layer.multiply_adds:,}" if layer.multiply_adds else "-",
                size_text(layer.bytes) if layer.leaf and layer.calls else "-",
            )
            for layer in self.layers
        ]
        widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]

        def line(row: Sequence[str]) -> str:
            cells = [row[i].ljust(widths[i]) if i < 3 else row[i].rjust(widths[i]) for i in range(len(row))]
            return "  ".join(cells).rstrip()

        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        frozen = self.total_parameters - self.trainable_parameters
        kinds = f" ({self.trainable_parameters:,} trainable, {frozen:,} frozen)" if frozen else ""
        memory = (
            f"{size_text(self.parameter_bytes)} parameters and buffers, {size_text(self.input_bytes)} input, "
            f"{size_text(self.output_bytes)} results"
        )
        totals = [
            f"Parameters: {self.total_parameters:,}{kinds}",
            f"Multiply-adds: {self.multiply_adds:,}",
            f"Memory: {memory}",
        ]
        return "\n".join([line(heads), rule, *map(line, rows), rule, *totals])

    __repr__ = __str__


def size_text(n: int) -> str:
    """Bytes as people read them."""
    if n < 1024:
        return f"{n} B"
    for unit in ("KB", "MB"):
        n_units = n / 1024 if unit == "KB" else n / 1024**2
        if n_units < 1024:
            return f"{n_units:.1f} {unit}"
    return f"{n / 1024**3:.1f} GB"


def shape_text(output: Any) -> str:
    """The shapes of results: one, or several."""
    shapes = [str(tuple(s)) for s in output or ()]
    return shapes[0] if len(shapes) == 1 else "[" + ", ".join(shapes) + "]"


def tensors_in(x: Any) -> list[Any]:
    """The tensors in nested containers."""
    if isinstance(x, TensorBase):
        return [x]
    if isinstance(x, dict):
        x = list(x.values())
    return [t for part in x for t in tensors_in(part)] if isinstance(x, list | tuple) else []


def multiply_adds(module: Module, given: Any, output: Any) -> int:
    """The multiplications with an addition that a layer needs for one call.

    A product by a weight counts each weight for each place where it is used; normalisation counts one
    for each element (its scale and shift); activations, pooling and the like count none.
    """
    from pydl import nn
    from pydl.nn.modules.batchnorm import BatchNorm
    from pydl.nn.modules.conv import Conv, ConvTranspose

    results = tensors_in(output)
    if not results:
        return 0
    count: int = results[0].array.size
    if isinstance(module, nn.Linear):
        return count * module.in_features
    if isinstance(module, Conv):
        return count * math.prod(module.weight.array.shape[1:])
    if isinstance(module, ConvTranspose):
        # Each element of the input meets every weight of its channel.
        return int(given[0].array.size) * math.prod(module.weight.array.shape[1:])
    if isinstance(module, BatchNorm | nn.LayerNorm):
        return count
    return 0


def summary(
    model: Module,
    input: Any,
    *,
    dtype: DType | None = None,
) -> Summary:
    """Send an input through a model and note what every layer makes of it.

    Neither the mode, the gradients, the buffers nor the random numbers to come are changed: the pass
    is made in evaluation mode, unrecorded.

    Args:
        input: the input, a tuple of several, or the shape of one (with the batch), a tuple of ints.
        dtype: of an input given by its shape.

    >>> print(pydl.summary(pydl.nn.Sequential(pydl.nn.Linear(4, 3), pydl.nn.ReLU()), (2, 4)))
    Layer       Type        Output  Parameters  Mult-adds  Memory
    -------------------------------------------------------------
    Sequential  Sequential  (2, 3)           -          -       -
      0         Linear      (2, 3)          15         24    24 B
      1         ReLU        (2, 3)           -          -    24 B
    -------------------------------------------------------------
    Parameters: 15
    Multiply-adds: 24
    Memory: 60 B parameters and buffers, 32 B input, 48 B results
    """
    if isinstance(input, TensorBase):
        args: tuple[Any, ...] = (input,)
    elif isinstance(input, tuple | list) and input and all(isinstance(n, int) for n in input):
        args = (ops.zeros(*input, dtype=dtype),)
    elif isinstance(input, tuple | list) and input:
        args = tuple(input)
    else:
        raise _C.DTypeError(f"summary: expected a tensor, a tuple of tensors or a shape, got {input!r}")

    lines: dict[Module, Layer] = {}
    for path, module in model.named_modules():
        own = sum(p.array.size for p in module._parameters.values() if p is not None)
        name = path.rpartition(".")[2] if path else module._get_name()
        leaf = not any(True for _ in module.children())
        depth = path.count(".") + 1 if path else 0
        lines[module] = Layer(name, depth, module._get_name(), parameters=own, leaf=leaf)

    def note(module: Module, given: Any, result: Any) -> None:
        line = lines[module]
        found = tensors_in(result)
        line.calls += 1
        line.output = [x.array.shape for x in found]
        line.bytes += sum(x.nbytes for x in found)
        line.multiply_adds += multiply_adds(module, given, result)

    modes = [(module, module.training) for module in lines]
    handles = [module.register_forward_hook(note) for module in lines]
    random = default_generator.get_state()
    before = _C.set_grad_enabled(False)
    try:
        for module, _ in modes:
            module.__dict__["training"] = False
        model(*args)
    finally:
        _C.set_grad_enabled(before)
        default_generator.set_state(random)
        for handle in handles:
            handle.remove()
        for module, mode in modes:
            module.__dict__["training"] = mode
    parameters = list(model.parameters())
    layers = list(lines.values())
    return Summary(
        layers,
        sum(p.array.size for p in parameters),
        sum(p.array.size for p in parameters if p.requires_grad),
        sum(layer.multiply_adds for layer in layers),
        sum(x.nbytes for x in tensors_in(args)),
        sum(layer.bytes for layer in layers if layer.leaf),
        sum(x.nbytes for x in [*parameters, *model.buffers()]),
    )

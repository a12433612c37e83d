"""Derivatives against finite differences, in float64, along random directions.

One number tells as much as a whole Jacobian: with v random, s(x) = <v, f(x)> has the gradient
J^T v, and its derivative along a random u is <J^T v, u>. A wrong entry of J shows in it almost
surely (the method of HIPS autograd's test_util). Only when it does is the entry looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes
from pydl.autograd.function import TensorBase, wrap

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Values = np.ndarray[Any, Any]


def from_numpy(values: Values) -> Tensor:
    """A leaf over numpy's memory."""
    return wrap(_C.from_buffer(values))


def in_double(x: Tensor) -> Tensor:
    """x in float64, without its history."""
    return wrap(_C.cast(x.array, dtypes.float64.code))


class GradcheckError(_C.Error, AssertionError):
    """A derivative that is not what finite differences say."""


def is_checked(x: Any) -> bool:
    """Whether an input takes part: floating and asking for a gradient."""
    return isinstance(x, TensorBase) and x._requires_grad and x.array.dtype <= 3


class Check:
    """A function with its inputs in float64 and a random projection of its outputs."""

    def __init__(self, func: Callable[..., Any], inputs: Sequence[Any], seed: int) -> None:
        self.func = func
        self.inputs = inputs
        self.checked = [i for i, x in enumerate(inputs) if is_checked(x)]
        if not self.checked:
            raise _C.ValueError("gradcheck: expected at least one floating input with requires_grad=True")
        self.values = {i: np.array(in_double(inputs[i]).numpy()) for i in self.checked}
        self.random = np.random.default_rng(seed)
        self.projection: list[Values] | None = None

    def tensors(self, values: dict[int, Values], track: bool) -> list[Any]:
        out: list[Any] = []
        for i, x in enumerate(self.inputs):
            if i in values:
                t = from_numpy(np.array(values[i]))
                t._requires_grad = track
                out.append(t)
            elif isinstance(x, TensorBase) and x.array.dtype <= 3:
                out.append(in_double(x))  # type: ignore[arg-type]
            else:
                out.append(x)
        return out

    def outputs(self, tensors: list[Any]) -> list[Tensor]:
        result = self.func(*tensors)
        results = result if isinstance(result, tuple | list) else (result,)
        found = [y for y in results if isinstance(y, TensorBase) and y.array.dtype <= 3]
        for i, y in enumerate(found):
            if y.array.dtype != dtypes.float64.code:
                raise _C.DTypeError(
                    f"gradcheck: floating output {i} of float64 inputs has dtype {dtypes.DTYPES[y.array.dtype].name}, "
                    "too coarse for finite differences; expected a function that keeps float64"
                )
        return found  # type: ignore[return-value]

    def has_graph(self) -> bool:
        """Whether an output is differentiable at all."""
        before = _C.set_grad_enabled(True)
        try:
            return any(y._requires_grad for y in self.outputs(self.tensors(self.values, True)))
        finally:
            _C.set_grad_enabled(before)

    def project(self, outputs: list[Tensor]) -> list[Values]:
        if self.projection is None:
            self.projection = [np.asarray(self.random.standard_normal(tuple(y.shape))) for y in outputs]
        return self.projection

    def scalar(self, values: dict[int, Values]) -> float:
        """s(x), summed in numpy so that the check does not lean on the ops it checks."""
        before = _C.set_grad_enabled(False)
        try:
            outputs = self.outputs(self.tensors(values, False))
        finally:
            _C.set_grad_enabled(before)
        return float(sum(np.sum(v * y.detach().numpy()) for v, y in zip(self.project(outputs), outputs, strict=True)))

    def analytic(self) -> dict[int, Values]:
        from pydl import autograd

        before = _C.set_grad_enabled(True)
        try:
            tensors = self.tensors(self.values, True)
            outputs = self.outputs(tensors)
            pairs = [(y, v) for y, v in zip(outputs, self.project(outputs), strict=True) if y._requires_grad]
            wanted = [tensors[i] for i in self.checked]
            if not pairs:  # the gradients of a linear function's gradients, for one
                return {i: np.zeros_like(self.values[i]) for i in self.checked}
            grads = autograd.grad(
                [y for y, _ in pairs], wanted, [from_numpy(np.asarray(v)) for _, v in pairs], allow_unused=True
            )
        finally:
            _C.set_grad_enabled(before)
        found = {}
        for i, g in zip(self.checked, grads, strict=True):
            found[i] = np.zeros_like(self.values[i]) if g is None else np.array(g.detach().numpy())
            if found[i].shape != self.values[i].shape:
                raise GradcheckError(
                    f"gradcheck: input {i} has shape {self.values[i].shape}, its gradient {found[i].shape}"
                )
        return found

    def along(self, i: int, direction: Values, eps: float) -> float:
        """The derivative of s by input i along a direction, by central differences."""
        up = {**self.values, i: self.values[i] + eps * direction}
        down = {**self.values, i: self.values[i] - eps * direction}
        return (self.scalar(up) - self.scalar(down)) / (2 * eps)


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    *,
    directions: int = 2,
    seed: int = 0,
) -> bool:
    """Whether the gradients of ``func`` at ``inputs`` agree with central differences.

    Floating inputs are converted to float64 whatever their dtype; those with ``requires_grad`` are
    checked, along ``directions`` random directions each.

    Raises:
        GradcheckError: they disagree; the message names the input, the element and both values. Or no output
            depends on an input.
        DTypeError: the function makes float32 or less of float64.

    >>> pydl.autograd.gradcheck(lambda x: x * x, pydl.ones(3, requires_grad=True))
    True
    """
    if isinstance(inputs, TensorBase):
        inputs = (inputs,)
    check = Check(func, inputs, seed)
    if not check.has_graph():
        if not raise_exception:
            return False
        raise GradcheckError(
            "gradcheck: expected an output that is floating and depends on the inputs, got none: the function is "
            "constant, or leaves the graph (integers, detach(), numpy, no_grad)"
        )
    return compare(check, eps, atol, rtol, raise_exception, directions)


def compare(check: Check, eps: float, atol: float, rtol: float, raise_exception: bool, directions: int) -> bool:
    """The comparison itself, for functions that may be constant."""
    analytic = check.analytic()
    for i in check.checked:
        value = check.values[i]
        if not value.size:
            continue
        for _ in range(directions):
            u = check.random.standard_normal(value.shape)
            numeric = check.along(i, u, eps)
            exact = float(np.sum(analytic[i] * u))
            scale = max(abs(numeric), abs(exact))
            if not abs(numeric - exact) <= atol + rtol * scale:
                if raise_exception:
                    raise GradcheckError(locate(check, i, analytic[i], eps, numeric, exact))
                return False
    return True


def locate(check: Check, i: int, analytic: Values, eps: float, numeric: float, exact: float) -> str:
    """The element that is furthest from its finite difference."""
    value = check.values[i]
    worst, place, pair = -1.0, (), (exact, numeric)
    for index in list(np.ndindex(value.shape))[:4096]:
        unit = np.zeros_like(value)
        unit[index] = 1.0
        n = check.along(i, unit, eps)
        a = float(analytic[index])
        gap = abs(a - n) if np.isfinite(a - n) else np.inf
        if gap > worst:
            worst, place, pair = gap, index, (a, n)
    return (
        f"gradcheck: input {i}, element {place}: backward says {pair[0]:.9g}, finite differences {pair[1]:.9g} "
        f"(along a random direction {exact:.9g} and {numeric:.9g})"
    )


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    *,
    directions: int = 2,
    seed: int = 0,
) -> bool:
    """Whether the second derivatives agree: `gradcheck` of the gradients as functions of the inputs
    and of the gradients that come in.

    Raises:
        GradcheckError: they disagree.
    """
    from pydl import autograd

    if isinstance(inputs, TensorBase):
        inputs = (inputs,)
    first = Check(func, inputs, seed)
    outputs = first.outputs(first.tensors(first.values, True))
    # Only outputs with a gradient have a second one.
    live = [k for k, y in enumerate(outputs) if y._requires_grad]
    if not live:
        return True
    if grad_outputs is None:
        incoming = [from_numpy(np.asarray(first.random.standard_normal(tuple(outputs[k].shape)))) for k in live]
    else:
        given = grad_outputs if isinstance(grad_outputs, tuple | list) else (grad_outputs,)
        incoming = [in_double(given[k]) for k in live]
    for g in incoming:
        g._requires_grad = True
    count = len(inputs)
    places = first.checked

    def gradients(*args: Any) -> tuple[Tensor, ...]:
        before = _C.set_grad_enabled(True)
        try:
            tensors = list(args[:count])
            for i in places:
                if not tensors[i]._requires_grad:
                    tensors[i] = tensors[i].detach()
                    tensors[i]._requires_grad = True
            results = first.outputs(tensors)
            grads = autograd.grad(
                [results[k] for k in live],
                [tensors[i] for i in places],
                list(args[count:]),
                create_graph=True,
                allow_unused=True,
                materialize_grads=True,
            )
        finally:
            _C.set_grad_enabled(before)
        return grads

    check = Check(gradients, (*inputs, *incoming), seed + 1)
    return compare(check, eps, atol, rtol, raise_exception, directions)

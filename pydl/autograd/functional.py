"""Jacobians, Hessians and their products with vectors.

``inputs`` is a tensor or a tuple of tensors, the arguments of ``func``; results are nested in the same way: a tensor
for a tensor, a tuple for a tuple. With ``create_graph`` the results can be differentiated again. With ``strict`` a
result that does not depend on an input is an error; without, its derivative is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydl import _C, autograd
from pydl.autograd.function import TensorBase
from pydl.autograd.grad_mode import enable_grad
from pydl.ops.concat import stack
from pydl.ops.create import ones_like, zeros, zeros_like

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Tensors = Any  # a tensor or a tuple of tensors


def as_tuple(name: str, what: str, x: Any) -> tuple[Tensor, ...]:
    """A tensor or a sequence of tensors as a tuple.

    Raises:
        DTypeError: it is neither.
    """
    values = tuple(x) if isinstance(x, tuple | list) else (x,)
    for i, value in enumerate(values):
        if not isinstance(value, TensorBase):
            raise _C.DTypeError(
                f"{name}: expected {what} to be a tensor or a tuple of tensors, got {type(value).__name__} at {i}"
            )
    return values


def fresh(inputs: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    """The inputs as tensors of their own that require a gradient; with create_graph part of the caller's graph."""
    return tuple([x.clone() if create_graph and x.requires_grad else x.detach().requires_grad_() for x in inputs])


def gradients(
    name: str,
    outputs: tuple[Tensor, ...],
    inputs: tuple[Tensor, ...],
    weights: tuple[Tensor, ...],
    create_graph: bool,
    strict: bool = False,
    what: str = "the outputs",
) -> tuple[Tensor, ...]:
    """The gradients of outputs times weights, the graph kept; zeros where there is no dependence.

    Raises:
        StateError: with strict, where there is none.
    """
    ways = [(y, v) for y, v in zip(outputs, weights, strict=True) if y.requires_grad]
    found: tuple[Any, ...] = (None,) * len(inputs)
    if ways:
        roots, grads = zip(*ways, strict=True)
        found = autograd.grad(roots, inputs, grads, retain_graph=True, create_graph=create_graph, allow_unused=True)
    if strict:
        for i, g in enumerate(found):
            if g is None:
                raise _C.StateError(f"{name}: {what} do not depend on input {i}, which strict=True does not allow")
            if create_graph and not g.requires_grad:
                raise _C.StateError(
                    f"{name}: the derivative by input {i} depends on no input, which strict=True does not allow"
                )
    return tuple([zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)])


def nest(values: tuple[Any, ...], like: Any) -> Any:
    """A tuple where like is one, else its only member."""
    return values if isinstance(like, tuple | list) else values[0]


def finish(values: tuple[Tensor, ...], create_graph: bool) -> tuple[Tensor, ...]:
    """Results, without their history unless it is asked for."""
    return values if create_graph else tuple([x.detach() for x in values])


def vectors(name: str, v: Any, like: tuple[Tensor, ...], of: str) -> tuple[Tensor, ...]:
    """The caller's vectors, one for each tensor of like and of its shape; 1 where like is a single number.

    Raises:
        ShapeError: they do not fit.
        StateError: there is none and like is no single number.
    """
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise _C.StateError(f"{name}: v may be left out only where there is one {of} of one element")
        return (ones_like(like[0]),)
    given = as_tuple(name, "v", v)
    if [x.shape for x in given] != [x.shape for x in like]:
        raise _C.ShapeError(
            f"{name}: expected v of the {of}s' shapes {[tuple(x.shape) for x in like]}, got "
            f"{[tuple(x.shape) for x in given]}"
        )
    return given


def run(name: str, func: Callable[..., Any], inputs: tuple[Tensor, ...], strict: bool) -> tuple[Any, tuple[Any, ...]]:
    """What func returns, and that as a tuple."""
    result = func(*inputs)
    outputs = as_tuple(name, "the function's outputs", result)
    if strict:
        for i, y in enumerate(outputs):
            if not y.requires_grad:
                raise _C.StateError(f"{name}: output {i} depends on no input, which strict=True does not allow")
    return result, outputs


def scalar(name: str, outputs: tuple[Tensor, ...]) -> None:
    """Refuse all but one output of one element."""
    if len(outputs) != 1 or outputs[0].numel() != 1:
        shapes = [tuple(y.shape) for y in outputs]
        raise _C.StateError(f"{name}: expected a function with one output of one element, got shapes {shapes}")


def basis(x: Tensor, i: int) -> Tensor:
    """Zeros of the shape of x with a one at element i."""
    out = zeros_like(x)
    out.view(-1)[i] = 1.0
    return out


def check_strategy(name: str, strategy: str) -> None:
    """Refuse all but the one way that there is."""
    if strategy != "reverse-mode":
        raise _C.ValueError(f"{name}: expected strategy 'reverse-mode' (there is no forward mode), got {strategy!r}")


def jacobian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivatives of each output by each input: ``J[i][j]`` has the shape of output i and then of input j.

    ``vectorize`` is accepted and makes no difference: there is one backward for each element of the outputs.

    Raises:
        StateError: with ``strict``, an output does not depend on an input.
        ValueError: another strategy.

    >>> pydl.autograd.functional.jacobian(lambda x: x * x, pydl.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    check_strategy("jacobian", strategy)
    with enable_grad():
        given = fresh(as_tuple("jacobian", "inputs", inputs), create_graph)
        result, outputs = run("jacobian", func, given, strict)
        rows = []
        for k, y in enumerate(outputs):
            parts: list[list[Tensor]] = [[] for _ in given]
            for i in range(y.numel()):
                grads = gradients(
                    "jacobian", (y,), given, (basis(y, i),), create_graph, strict, f"the elements of output {k}"
                )
                for part, g in zip(parts, grads, strict=True):
                    part.append(g)
            row = [
                stack(part).view(y.shape + x.shape) if part else zeros(y.shape + x.shape, dtype=x.dtype)
                for part, x in zip(parts, given, strict=True)
            ]
            rows.append(nest(finish(tuple(row), create_graph), inputs))
    return nest(tuple(rows), result)


def hessian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function with one result: ``H[i][j]`` has the shape of input i and then of input j.

    Raises:
        StateError: the result is not one number, or, with ``strict``, does not depend on an input.

    >>> pydl.autograd.functional.hessian(lambda x: (x**3).sum(), pydl.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    check_strategy("hessian", outer_jacobian_strategy)

    def first(*given: Tensor) -> tuple[Tensor, ...]:
        _, outputs = run("hessian", func, given, strict)
        scalar("hessian", outputs)
        weights = (ones_like(outputs[0]),)
        return gradients("hessian", outputs, given, weights, True, strict, "the result's elements")

    found = jacobian(first, as_tuple("hessian", "inputs", inputs), create_graph, strict)
    return nest(tuple([nest(row, inputs) for row in found]), inputs)


def vjp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v``, of the outputs' shapes, with the Jacobian.

    Raises:
        ShapeError: ``v`` does not fit the outputs.
        StateError: ``v`` is missing and the output no single number.

    >>> pydl.autograd.functional.vjp(lambda x: x * x, pydl.tensor([1.0, 2.0]), pydl.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        given = fresh(as_tuple("vjp", "inputs", inputs), create_graph)
        result, outputs = run("vjp", func, given, strict)
        found = gradients("vjp", outputs, given, vectors("vjp", v, outputs, "output"), create_graph, strict)
    return nest(finish(outputs, create_graph), result), nest(finish(found, create_graph), inputs)


def jvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of the Jacobian with ``v``, of the inputs' shapes.

    Two backwards: J'u is linear in u, and the derivative of its product with v by u is Jv.

    Raises:
        ShapeError: ``v`` does not fit the inputs.

    >>> pydl.autograd.functional.jvp(lambda x: x * x, pydl.tensor([1.0, 2.0]), pydl.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        given = fresh(as_tuple("jvp", "inputs", inputs), create_graph)
        tangents = vectors("jvp", v, given, "input")
        result, outputs = run("jvp", func, given, strict)
        weights = tuple([zeros_like(y).requires_grad_() for y in outputs])
        pulled = gradients("jvp", outputs, given, weights, True, strict)
        found = gradients("jvp", pulled, weights, tangents, create_graph)
    return nest(finish(outputs, create_graph), result), nest(finish(found, create_graph), result)


def vhp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of ``v``, of the inputs' shapes, with the Hessian.

    Raises:
        ShapeError: ``v`` does not fit the inputs.
        StateError: the result is not one number.

    >>> pydl.autograd.functional.vhp(lambda x: (x**3).sum(), pydl.tensor([1.0, 2.0]), pydl.tensor([1.0, 10.0]))
    (tensor(9.), tensor([  6., 120.]))
    """
    return times_hessian("vhp", func, inputs, v, create_graph, strict)


def hvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """``func(*inputs)``, and the product of the Hessian with ``v``: that of `vhp`, since the Hessian is symmetric.

    Raises:
        ShapeError: ``v`` does not fit the inputs.
        StateError: the result is not one number.
    """
    return times_hessian("hvp", func, inputs, v, create_graph, strict)


def times_hessian(
    name: str, func: Callable[..., Any], inputs: Tensors, v: Tensors | None, create_graph: bool, strict: bool
) -> tuple[Any, Any]:
    """`vhp` under the name that its errors give."""
    with enable_grad():
        given = fresh(as_tuple(name, "inputs", inputs), create_graph)
        tangents = vectors(name, v, given, "input")
        result, outputs = run(name, func, given, strict)
        scalar(name, outputs)
        first = gradients(name, outputs, given, (ones_like(outputs[0]),), True, strict)
        found = gradients(name, first, given, tangents, create_graph, strict, "the first derivatives")
    return nest(finish(outputs, create_graph), result), nest(finish(found, create_graph), inputs)

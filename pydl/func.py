"""Functions of functions: gradients without ``.grad`` and ``requires_grad``, modules called with given weights.

They nest: ``grad(grad(f))`` is the second derivative. There is no ``vmap`` and no forward mode.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from pydl import _C, autograd
from pydl.autograd import engine
from pydl.autograd.function import TensorBase, grad_enabled
from pydl.autograd.functional import basis
from pydl.autograd.functional import jvp as reverse_jvp
from pydl.autograd.grad_mode import enable_grad
from pydl.nn.utils.stateless import functional_call as functional_call
from pydl.ops.concat import stack
from pydl.ops.create import ones_like, zeros, zeros_like
from pydl.utils._pytree import tree_flatten, tree_map, tree_unflatten

if TYPE_CHECKING:
    from pydl.nn.modules.module import Module
    from pydl.tensor import Tensor


def followed(x: Any) -> Any:
    """A tensor as one of its own that requires a gradient, part of the caller's graph if it is in one."""
    if not isinstance(x, TensorBase):
        return x
    if x._requires_grad and grad_enabled():
        return x.clone()  # type: ignore[attr-defined]
    return x.detach().requires_grad_()  # type: ignore[attr-defined]


class Level:
    """One function that is differentiated: the fresh tensors that it is given, and what of a result may be seen."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.outer = grad_enabled()
        self.own: list[Tensor] = []

    def enter(self, tree: Any) -> Any:
        """The tree with fresh tensors.

        Raises:
            DTypeError: a value in it is no floating tensor.
        """
        for x in tree_flatten(tree)[0]:
            if not isinstance(x, TensorBase) or x.array.dtype > 3:
                got = x.dtype.name if isinstance(x, TensorBase) else type(x).__name__  # type: ignore[attr-defined]
                raise _C.DTypeError(f"{self.name}: expected a floating tensor to differentiate by, got {got}")
        with_history = tree_map(followed, tree)
        self.own += tree_flatten(with_history)[0]
        return with_history

    def leave(self, tree: Any) -> Any:
        """The tree without the graph of this level, unless tensors from outside it are in that graph too."""
        fresh_leaves = {id(x) for x in self.own if x.node is None}

        def clean(x: Any) -> Any:
            if not isinstance(x, TensorBase) or not x._requires_grad:
                return x
            keep = self.outer and reaches_others(x, fresh_leaves)
            return x if keep else x.detach()  # type: ignore[attr-defined]

        return tree_map(clean, tree)


def reaches_others(x: Any, known: set[int]) -> bool:
    """Whether a leaf other than the known ones is in the graph of x."""
    seen = set()
    stack_ = [engine.edge_of(x)]
    while stack_:
        edge = stack_.pop()
        if isinstance(edge, TensorBase):
            if id(edge) not in known:
                return True
            continue
        node = engine.node_of(edge)
        if node not in seen:
            seen.add(node)
            stack_ += [below for below in node.edges if below is not None]
    return False


def chosen(name: str, args: tuple[Any, ...], argnums: int | tuple[int, ...]) -> tuple[int, ...]:
    """The numbers of the arguments to differentiate by.

    Raises:
        ValueError: there is no such argument.
    """
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    for i in numbers:
        if not isinstance(i, int) or not -len(args) <= i < len(args):
            raise _C.ValueError(f"{name}: expected argnums below {len(args)}, the number of arguments, got {argnums}")
    places = tuple([i % len(args) for i in numbers])
    if len(set(places)) != len(places) or not places:
        raise _C.ValueError(f"{name}: expected different argnums, got {argnums}")
    return places


def split(name: str, result: Any, has_aux: bool) -> tuple[Any, Any]:
    """What a function returned, and its second part where there is one."""
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise _C.ValueError(f"{name}: has_aux=True expects the function to return (output, aux)")
    return result


def grads_of(outputs: list[Any], inputs: list[Any], weights: list[Any], create_graph: bool) -> list[Any]:
    """Gradients, zeros where there is no dependence."""
    ways = [(y, v) for y, v in zip(outputs, weights, strict=True) if isinstance(y, TensorBase) and y._requires_grad]
    if not ways or not inputs:
        return [zeros_like(x) for x in inputs]
    roots, grads = zip(*ways, strict=True)
    found = autograd.grad(roots, inputs, grads, retain_graph=True, create_graph=create_graph, allow_unused=True)
    return [zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)]


def grad_and_value(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Any:
    """A function that returns the gradient of ``func`` and what ``func`` returns: see `grad`."""

    def of(*args: Any, **kwargs: Any) -> Any:
        places = chosen("grad", args, argnums)
        level = Level("grad")
        given = list(args)
        for i in places:
            given[i] = level.enter(args[i])
        with enable_grad():
            value, aux = split("grad", func(*given, **kwargs), has_aux)
            if not isinstance(value, TensorBase) or value.array.size != 1:
                got = tuple(value.array.shape) if isinstance(value, TensorBase) else type(value).__name__
                raise _C.ShapeError(f"grad: expected the function to return a tensor of one element, got {got}")
            trees = [given[i] for i in places]
            inputs, spec = tree_flatten(trees)
            one = ones_like(value)  # type: ignore[arg-type]
            found = tree_unflatten(grads_of([value], inputs, [one], level.outer), spec)
        out = tuple(level.leave(found)) if isinstance(argnums, tuple) else level.leave(found[0])
        value = level.leave(value)
        return (out, (value, level.leave(aux))) if has_aux else (out, value)

    return of


def grad(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Any:
    """A function that returns the gradient of ``func``, whose result is one number.

    Args:
        func: differentiated by tensors, or by nested containers of them.
        argnums: by which of its arguments; for a tuple of numbers the gradients are a tuple.
        has_aux: ``func`` returns ``(output, aux)``; then the result is ``(gradient, aux)``.

    Raises:
        ShapeError: ``func`` returns more than one number.
        DTypeError: an argument to differentiate by is no floating tensor.

    >>> f = pydl.func.grad(lambda x: x**3)
    >>> f(pydl.tensor(2.0)), pydl.func.grad(f)(pydl.tensor(2.0))
    (tensor(12.), tensor(12.))
    """
    both = grad_and_value(func, argnums, has_aux)

    def of(*args: Any, **kwargs: Any) -> Any:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return of


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """``func(*primals)``, and a function from weights of the output's shape to their product with the Jacobian.

    >>> y, pull = pydl.func.vjp(lambda x: x * x, pydl.tensor([1.0, 2.0]))
    >>> y, pull(pydl.tensor([1.0, 10.0]))
    (tensor([1., 4.]), (tensor([ 2., 40.]),))
    """
    level = Level("vjp")
    given = tuple([level.enter(x) for x in primals])
    with enable_grad():
        result, aux = split("vjp", func(*given), has_aux)
    outputs, out_spec = tree_flatten(result)
    inputs, in_spec = tree_flatten(given)

    def pull(*cotangents: Any) -> Any:
        tree = cotangents[0] if len(cotangents) == 1 else cotangents
        weights, spec = tree_flatten(tree)
        if spec != out_spec:
            raise _C.ValueError("vjp: expected cotangents nested like the function's result")
        outer = grad_enabled()
        with enable_grad():
            found = grads_of(outputs, inputs, weights, outer)
        return level.leave(tree_unflatten(found, in_spec))

    seen = level.leave(result)
    return (seen, pull, level.leave(aux)) if has_aux else (seen, pull)


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """``func(*primals)``, and the product of the Jacobian with ``tangents``, by two backwards.

    >>> pydl.func.jvp(lambda x: x * x, (pydl.tensor(3.0),), (pydl.tensor(1.0),))
    (tensor(9.), tensor(6.))
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise _C.DTypeError("jvp: expected primals and tangents to be tuples")
    level = Level("jvp")
    given = tuple([level.enter(x) for x in primals])
    aux: list[Any] = []

    def plain(*xs: Tensor) -> Any:
        value, more = split("jvp", func(*xs), has_aux)
        aux.append(more)
        return value

    value, product = reverse_jvp(plain, given, tangents, create_graph=level.outer, strict=strict)
    value, product = level.leave(value), level.leave(product)
    return (value, product, level.leave(aux[0])) if has_aux else (value, product)


def jacrev(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Any:
    """A function that returns the Jacobian of ``func``: output's shape, then input's. ``chunk_size`` has no effect.

    >>> pydl.func.jacrev(lambda x: x * x)(pydl.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def of(*args: Any, **kwargs: Any) -> Any:
        places = chosen("jacrev", args, argnums)
        level = Level("jacrev")
        given = list(args)
        for i in places:
            given[i] = level.enter(args[i])
        with enable_grad():
            result, aux = split("jacrev", func(*given, **kwargs), has_aux)
            outputs, out_spec = tree_flatten(result)
            inputs, in_spec = tree_flatten([given[i] for i in places])
            trees = []
            for y in outputs:
                if not isinstance(y, TensorBase):
                    raise _C.DTypeError(f"jacrev: expected the function to return tensors, got {type(y).__name__}")
                ones = [basis(y, i) for i in range(y.array.size)]  # type: ignore[arg-type]
                rows = [grads_of([y], inputs, [one], level.outer) for one in ones]
                shape = y.array.shape
                parts = [
                    stack([row[k] for row in rows]).view(shape + x.shape)
                    if rows
                    else zeros(shape + x.shape, dtype=x.dtype)
                    for k, x in enumerate(inputs)
                ]
                found = tree_unflatten(parts, in_spec)
                trees.append(tuple(found) if isinstance(argnums, tuple) else found[0])
        out = level.leave(tree_unflatten(trees, out_spec))
        return (out, level.leave(aux)) if has_aux else out

    return of


def jacfwd(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Any:
    """`jacrev` by the name of PyTorch's forward mode: the same values; there is no forward mode here."""
    return jacrev(func, argnums, has_aux=has_aux)


def hessian(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Any:
    """A function that returns the second derivatives of ``func``.

    >>> pydl.func.hessian(lambda x: (x**3).sum())(pydl.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacrev(jacrev(func, argnums), argnums)


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters, and the buffers, of several modules of one kind, stacked by path.

    Raises:
        ValueError: there is none, or they differ in class or mode.
    """
    several = list(models)
    if not several:
        raise _C.ValueError("stack_module_state: expected at least one module, got none")
    if len({type(m) for m in several}) > 1 or len({m.training for m in several}) > 1:
        raise _C.ValueError("stack_module_state: expected modules of one class, all training or all in eval")

    def together(each: list[dict[str, Tensor]]) -> dict[str, Any]:
        out = {}
        for name, first in each[0].items():
            joined = stack([members[name] for members in each]).detach()
            out[name] = joined.requires_grad_() if first.requires_grad else joined
        return out

    parameters = [dict(m.named_parameters()) for m in several]
    return together(parameters), together([dict(m.named_buffers()) for m in several])  # type: ignore[arg-type]


def missing(name: str, instead: str) -> NoReturn:
    """The error of what pydl does not have."""
    raise _C.StateError(f"func.{name}: pydl has no {name}; {instead}")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> NoReturn:
    """Raises a StateError: there is no vectorising map here."""
    missing("vmap", "write the operations for a batch, or stack the results of a loop")


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> NoReturn:
    """Raises a StateError: there is no tracing here."""
    missing("functionalize", "write the function without in-place operations")


def linearize(func: Callable[..., Any], *primals: Any) -> NoReturn:
    """Raises a StateError: there is no forward mode here."""
    missing("linearize", "use func.jvp at each vector")

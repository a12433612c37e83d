"""User-defined operations: checks around a Function's static methods, in PyTorch's style."""

from __future__ import annotations

from typing import Any

from pydl import _C
from pydl.autograd.function import Function, Slot, TensorBase, connect, grad_enabled, wrap
from pydl.autograd.inplace import check_writable


class FunctionCtx:
    """What a user's forward and backward see as ``ctx``."""

    def __init__(self, cls: type[Function]) -> None:
        self._name = cls.__name__
        self._kept = Function()
        self._fixed: frozenset[int] = frozenset()
        self._dirty: tuple[Any, ...] = ()
        self._materialize = True
        self.needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward; an in-place write to one in between is an error there."""
        for x in tensors:
            if x is not None and not isinstance(x, TensorBase):
                raise _C.DTypeError(
                    f"{self._name}.save_for_backward: expected tensors or None, got {type(x).__name__}; other values "
                    "are kept as attributes of ctx"
                )
        self._kept.save(*tensors)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept."""
        return self._kept.saved_tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """These results carry no gradient."""
        self._fixed = frozenset(id(x) for x in tensors)

    def mark_dirty(self, *tensors: Any) -> None:
        """These arguments were written in place by forward and are among its results."""
        for x in tensors:
            if not isinstance(x, TensorBase):
                raise _C.DTypeError(f"{self._name}.mark_dirty: expected tensors, got {type(x).__name__}")
        self._dirty = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True) or None for a result without a gradient."""
        self._materialize = value


class Custom(Function):
    """The node of a user's Function."""

    cls: type[Function]
    ctx: FunctionCtx
    likes: list[_C.Array]

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The user's backward, its results checked."""
        user: FunctionCtx = ctx.ctx
        if ctx.saved is None:
            user._kept.saved = None
        given = list(grads)
        if user._materialize:
            for i, g in enumerate(given):
                if g is None:
                    like = ctx.likes[i]
                    given[i] = wrap(_C.full(like.shape, _C.scalar(0.0, like.dtype)))
        found = ctx.cls.backward(user, *given)
        if not isinstance(found, tuple):
            found = (found,)
        if len(found) != len(ctx.edges) and not all(g is None for g in found[len(ctx.edges) :]):
            raise _C.StateError(
                f"{user._name}.backward: expected {len(ctx.edges)} gradients, one for each argument of forward, "
                f"got {len(found)}"
            )
        if len(found) < len(ctx.edges):
            raise _C.StateError(
                f"{user._name}.backward: expected {len(ctx.edges)} gradients, one for each argument of forward, "
                f"got {len(found)}"
            )
        return tuple(
            check_grad(user._name, i, g, shape) for i, (g, shape) in enumerate(zip(found, ctx.shapes, strict=False))
        )


def check_grad(name: str, i: int, g: Any, like: Any) -> Any:
    """A gradient that fits its argument; one that broadcast made larger is summed back."""
    if g is None or like is None:
        return g
    shape, code = like
    if not isinstance(g, TensorBase):
        raise _C.DTypeError(f"{name}.backward: expected a tensor or None for argument {i}, got {type(g).__name__}")
    if g.array.shape != shape:
        from pydl.ops.view import sum_to

        try:
            g = sum_to(g, shape)  # type: ignore[arg-type]
        except _C.ShapeError:
            raise _C.ShapeError(
                f"{name}.backward: expected a gradient of shape {shape} for argument {i}, got {g.array.shape}"
            ) from None
    if g.array.dtype != code:
        from pydl.ops.copy import to_code

        g = to_code(g, code)
    return g


def apply_custom(cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a user's forward without recording, then record the whole as one node."""
    if kwargs:
        raise _C.DTypeError(f"{cls.__name__}.apply: expected positional arguments only, got {sorted(kwargs)}")
    node = Custom()
    needed = grad_enabled() and connect(node, args)
    ctx = FunctionCtx(cls)
    ctx.needs_input_grad = tuple([isinstance(x, TensorBase) and x._requires_grad for x in args])
    before = _C.set_grad_enabled(False)
    try:
        setup = getattr(cls, "setup_context", None)
        if setup is None:
            results = cls.forward(ctx, *args)
        else:
            results = cls.forward(*args)
            setup(ctx, args, results)
    finally:
        _C.set_grad_enabled(before)
    many = isinstance(results, tuple)
    given = results if many else (results,)
    for x in given:
        if many and x is not None and not isinstance(x, TensorBase):
            continue
        if not isinstance(x, TensorBase) and not many:
            raise _C.DTypeError(
                f"{cls.__name__}.forward: expected a tensor or a tuple of tensors, got {type(x).__name__}"
            )
    if needed:
        for x in ctx._dirty:
            check_writable(cls.__name__, x)
    outs = [finish(x, args, ctx) if isinstance(x, TensorBase) else x for x in given]
    if needed:
        node.cls, node.ctx = cls, ctx
        node.outputs = len(outs)
        node.saved = (None,)  # freed by the engine like any other: see backward
        node.versions = (0,)
        node.shapes = [(x.array.shape, x.array.dtype) if isinstance(x, TensorBase) else None for x in args]
        node.likes = [x.array if isinstance(x, TensorBase) else None for x in outs]  # type: ignore[misc]
        for i, (x, original) in enumerate(zip(outs, given, strict=True)):
            if isinstance(x, TensorBase) and x.array.dtype <= 3 and id(original) not in ctx._fixed:
                x.node = node if len(outs) == 1 else Slot(node, i)
                x._requires_grad = True
    return tuple(outs) if many else outs[0]


def finish(x: Any, args: tuple[Any, ...], ctx: FunctionCtx) -> Any:
    """A result as a tensor of its own: an argument handed through is not the argument itself."""
    if any(x is a for a in ctx._dirty):
        return x
    if any(x is a for a in args) or x.node is not None:
        return wrap(x.array)
    return x

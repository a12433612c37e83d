"""The tape: what a tensor remembers of the operation that made it.

Every operation is a `Function`. Calling one makes an instance, the node: it keeps what backward will
need and an edge to each input. An edge is whatever takes the gradient at the other end: the node
that made the input, one `Slot` of a node with several outputs, or, for a leaf, the tensor itself.
"""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeGuard

from pydl import _C

if TYPE_CHECKING:
    from pydl.tensor import Tensor

grad_enabled = _C.grad_enabled
# Where each node was made, by id: filled while `set_detect_anomaly` is on.
lines: dict[int, tuple[Any, int] | None] = {}
_LINES_KEPT = 1_000_000
_lines_remembered = False
# Whether backward looks for NaN too.
_look_for_nan = False


def remember_line(node_id: int) -> None:
    """Note where the node with this id is being made."""
    from pydl.autograd.blame import users_place

    if len(lines) >= _LINES_KEPT:
        del lines[next(iter(lines))]
    lines[node_id] = users_place()


def remember_lines(mode: bool, nan: bool = False) -> tuple[bool, bool]:
    """Whether to remember from now on where nodes are made, and to look for NaN in backward; returns what it was."""
    global _lines_remembered, _look_for_nan
    before = _lines_remembered, _look_for_nan
    _lines_remembered, _look_for_nan = mode, nan
    _C.bind_tape(refresh, remember_line if mode else None)
    return before


def nan_looked_for() -> bool:
    """Whether backward is to find NaN an error."""
    return _look_for_nan


def lines_remembered() -> bool:
    """Whether `remember_lines` is on."""
    return _lines_remembered


class TensorBase(_C.TensorFields):
    """The fields of a tensor, which lie in a C struct; `pydl.Tensor` adds the methods.

    ``array`` is the memory; ``node`` what made the tensor (None for a leaf); ``base``, of a view, the
    tensor whose memory it shows, and ``base_node`` the base's node when ``node`` was made: another one
    there now makes it stale.
    """

    __slots__ = ()

    array: _C.Array
    node: Function | Slot | None
    grad: Tensor | None
    base: Tensor | None
    base_node: Function | Slot | None
    hooks: dict[int, Any] | None
    _requires_grad: bool


def is_tensor(x: object) -> TypeGuard[Tensor]:
    """Whether x is a tensor."""
    return isinstance(x, TensorBase)


# A leaf tensor around an array; pydl.tensor says which class that is.
wrap = _C.wrap
bind_tensor = _C.bind_tensor
# Give a node its edges, one for each argument; False where no argument requires a gradient.
connect = _C.connect
# An id as a node that was made now would get.
next_id = _C.next_id
# The result of forward as a tensor that knows its node, which is connected.
record = _C.record
# The same for a result that shows the memory of x, the last argument.
record_view = _C.record_view
# Whether an operation on these tensors may have to be recorded.
needs_node = _C.needs_node
# The result that forward kept by `ctx.keep`, as part of the graph again.
saved_output = _C.saved_output


class Slot:
    """One output of a node that has several."""

    __slots__ = ("index", "node")

    def __init__(self, node: Function, index: int) -> None:
        self.node = node
        self.index = index


class Function(_C.NodeFields):
    """An operation and, made by calling it, a node of the graph.

    Subclass it with two static methods, as in PyTorch, and call it by ``apply``::

        class Cube(Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x * x

            @staticmethod
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                return g * 3 * x * x

        y = Cube.apply(x)

    ``backward`` gets one gradient for each output and returns one for each argument of ``forward``
    (None where there is none). Written in differentiable operations, it can be differentiated again.
    """

    # The fields, which lie in a C struct (csrc/bindings/node.cpp), as do the methods that fill them: `save` keeps
    # tensors for backward and which version of their memory it was, `keep` the result of forward.
    id: int  # a node is made after those that made its inputs: counting down is a topological order
    edges: tuple[Any, ...]
    outputs: int
    hooks: dict[int, Any] | None
    saved: tuple[Tensor | None, ...] | None
    versions: tuple[int, ...]
    output: _C.Array | None  # the result, where backward needs it: see saved_output
    is_view: ClassVar[bool] = False

    if TYPE_CHECKING:  # settings that forward leaves for backward

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """Compute the result; ``ctx`` is the node."""
        raise NotImplementedError("Function: a subclass defines forward(ctx, *args)")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """The gradients of the arguments, from those of the results."""
        raise NotImplementedError("Function: a subclass defines backward(ctx, *grads)")

    def lost(self) -> Exception:
        """The error for saved values that are no longer there, or no longer what they were."""
        from pydl.autograd.blame import overwritten

        array = self.output
        if array is not None and array.version != self.output_version:
            return _C.StateError(overwritten(self, array, self.output_version))
        if not self.saved:
            return _C.StateError(
                f"backward: the graph of {type(self).__name__} was already used and freed. Call the first "
                "backward with retain_graph=True to go through it a second time"
            )
        for x, version in zip(self.saved, self.versions, strict=True):
            if x is not None and x.array.version != version:
                return _C.StateError(overwritten(self, x.array, version))
        raise AssertionError("lost: nothing is")

    @property
    def needs_input_grad(self) -> tuple[bool, ...]:
        """For each argument of forward, whether its gradient is wanted."""
        return tuple([edge is not None for edge in self.edges])

    def name(self) -> str:
        """What graphs call this operation: PyTorch's name for its derivative, as ``MulBackward0``."""
        from pydl.autograd.graph import name_of

        return name_of(self)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {builtins.id(self):#x}>"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each argument of forward the node that made it, or that adds up a leaf's gradient, and which of
        the node's outputs it was; ``(None, 0)`` where there is no gradient."""
        from pydl.autograd.graph import next_of

        return tuple([next_of(edge) for edge in self.edges])

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward and, where an input requires a gradient, record the node."""
        from pydl.autograd.custom import apply_custom

        return apply_custom(cls, args, kwargs)


def refresh(x: Tensor) -> None:
    """Give a view that others of its base wrote past the history that it has now."""
    from pydl.autograd.inplace import rebuild_view

    rebuild_view(x)


remember_lines(False)


class _Discard(_C.DiscardFields, Function):
    """What forward gets for a node when nothing is recorded: it keeps nothing, so forward must not read back
    what it sets."""


_discard = _Discard()


def apply1(cls: type[Function], x: Tensor) -> Tensor:
    """`apply` to one tensor and nothing else."""
    if needs_node(x):
        ctx = cls()
        return record(ctx, cls.forward(ctx, x), x)
    return wrap(cls.forward(_discard, x))


def apply2(cls: type[Function], x: Tensor, y: Tensor) -> Tensor:
    """`apply` to two tensors and nothing else."""
    if needs_node(x, y):
        ctx = cls()
        return record(ctx, cls.forward(ctx, x, y), x, y)
    return wrap(cls.forward(_discard, x, y))


def apply(cls: type[Function], *args: Any) -> Tensor:
    """Call one of pydl's own operations: forward takes tensors and settings, returns one array."""
    ctx = cls()
    return record(ctx, cls.forward(ctx, *args), *args)


def apply_view(cls: type[Function], x: Tensor, *settings: Any) -> Tensor:
    """`apply` for an operation whose result shows the memory of its first argument."""
    ctx = cls()
    return record_view(ctx, cls.forward(ctx, x, *settings), x)


def apply_many(cls: type[Function], *args: Any) -> tuple[Tensor, ...]:
    """`apply` for an operation with several results: forward returns a tuple of arrays.

    Results of an integer dtype carry no gradient.
    """
    ctx = cls()
    arrays = cls.forward(ctx, *args)
    ctx.outputs = len(arrays)
    outs = tuple([wrap(array) for array in arrays])
    if grad_enabled() and connect(ctx, args):
        for i, out in enumerate(outs):
            if out.array.dtype <= 3:
                out.node = Slot(ctx, i)
                out._requires_grad = True
    return outs


class Once(Function):
    """A gradient from a backward that `once_differentiable` marks."""

    @staticmethod
    def forward(ctx: Any, found: Tensor, *grads: Tensor) -> _C.Array:
        return found.array

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:  # of a backward that is not differentiable
        raise _C.StateError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Mark the ``backward`` of a user's `Function` whose operations autograd does not see.

    It runs without being recorded; what it returns cannot be differentiated again, which is an error, not 0.
    """

    @functools.wraps(backward)
    def once(ctx: Any, *grads: Any) -> Any:
        before = _C.set_grad_enabled(False)
        try:
            found = backward(ctx, *grads)
        finally:
            _C.set_grad_enabled(before)
        ways = [g for g in grads if is_tensor(g) and g._requires_grad]
        if not before or not ways:
            return found
        several = found if isinstance(found, tuple) else (found,)
        marked = tuple([apply(Once, x, *ways) if is_tensor(x) else x for x in several])
        return marked if isinstance(found, tuple) else marked[0]

    return once

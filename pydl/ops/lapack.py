"""numpy's linear algebra on arrays: what its functions take and give, and the errors that they end in."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from pydl import _C
from pydl.autograd.function import Function, Slot, TensorBase, grad_enabled, is_tensor, wrap
from pydl.errors import LinAlgError
from pydl.ops.create import from_array
from pydl.ops.operands import expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor

P = ParamSpec("P")
R = TypeVar("R")
_SEARCHED = 10_000


def in_single(op: Callable[P, R]) -> Callable[P, R]:
    """The op, with tensors of half numbers computed in float32 and rounded at the end (PyTorch refuses them)."""

    @functools.wraps(op)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        halves = [v.array.dtype for v in (*args, *kwargs.values()) if isinstance(v, TensorBase)]
        narrow = [code for code in halves if code in (2, 3)]
        if not narrow:
            return op(*args, **kwargs)
        wide: Any = [widened(v) for v in args]
        settings: Any = {name: widened(v) for name, v in kwargs.items()}
        out: Any = op(*wide, **settings)
        return narrowed(out, narrow[0])  # type: ignore[no-any-return]

    return run


def widened(value: Any) -> Any:
    """A tensor of half numbers in float32; anything else as it is."""
    return to_code(value, 0) if is_tensor(value) and value.array.dtype in (2, 3) else value


def narrowed(value: Any, code: int) -> Any:
    """The float32 tensors of a result in another dtype."""
    if is_tensor(value):
        return to_code(value, code) if value.array.dtype == 0 else value
    parts = [narrowed(v, code) for v in value]
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def expect_matrices(name: str, x: Any, square: bool = True) -> None:
    """Raise an error where x is no floating tensor of matrices.

    Raises:
        DTypeError: it is no tensor, or not floating.
        ShapeError: it has fewer than two dimensions, or its matrices are not square.
    """
    expect_tensor(name, x)
    if x.array.dtype > 3:
        raise _C.DTypeError(f"{name}: expected a floating dtype, got {x.dtype.name}")
    shape = x.array.shape
    if len(shape) < 2:
        raise _C.ShapeError(f"{name}: expected a matrix or a stack of them, got shape {shape}")
    if square and shape[-1] != shape[-2]:
        raise _C.ShapeError(f"{name}: expected square matrices, got shape {shape}")


def lapack(name: str, f: Callable[..., Any], x: _C.Array, *rest: Any) -> Any:
    """f of the arrays as numpy's; what it gives, as arrays.

    Raises:
        LinAlgError: numpy's, with the place of the matrix in its stack.
    """
    values = [np.asarray(a) if isinstance(a, _C.Array) else a for a in (x, *rest)]
    with np.errstate(all="ignore"):
        try:
            out = f(*values)
        except np.linalg.LinAlgError as error:
            raise LinAlgError(f"{name}: {said(error)}{place(f, values)}") from None
    return tuple([array_of(v) for v in out]) if isinstance(out, tuple) else array_of(out)


def said(error: Exception) -> str:
    """numpy's message as the end of a sentence."""
    text = str(error)
    return f"the {text[0].lower()}{text[1:]}" if "matrix" in text.lower() else text


def place(f: Callable[..., Any], values: list[Any]) -> str:
    """Which matrix of a stack it was."""
    stack = values[0].shape[:-2]
    if not stack or np.prod(stack) > _SEARCHED:
        return ""
    for index in np.ndindex(*stack):
        own = [v[index] if isinstance(v, np.ndarray) and v.shape[: len(stack)] == stack else v for v in values]
        try:
            f(*own)
        except np.linalg.LinAlgError:
            return f" (the matrix at {index if len(index) > 1 else index[0]} of the stack)"
    return ""


def array_of(values: Any) -> _C.Array:
    """An array with numpy's values."""
    return from_array(np.ascontiguousarray(values) if np.ndim(values) else np.asarray(values))


def keep_many(ctx: Function, *arrays: _C.Array) -> tuple[_C.Array, ...]:
    """Keep several results for backward, which gets them by `kept`; returns them."""
    ctx.save(*[wrap(array) for array in arrays])
    return arrays


def kept(ctx: Function) -> tuple[Tensor, ...]:
    """The results that forward kept by `keep_many`, as part of the graph again."""
    outs = tuple([wrap(x.array) for x in ctx.saved_tensors])
    if grad_enabled():
        for i, out in enumerate(outs):
            out.node = Slot(ctx, i)
            out._requires_grad = True
    return outs


from pydl.ops.copy import to_code  # noqa: E402

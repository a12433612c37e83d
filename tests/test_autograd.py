"""The tape: modes, hooks, user-defined functions, in-place writes, freed graphs, aliasing of gradients."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import pydl
from pydl.autograd import Function, grad
from pydl.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck


def leaf(*values: float) -> pydl.Tensor:
    return pydl.tensor(list(values), dtype=pydl.float64, requires_grad=True)


def test_sums_over_paths_and_calls() -> None:
    x = leaf(1, 2)
    y = x * x + x
    y.sum().backward()
    assert x.grad.tolist() == [3, 5]
    (x * 2).sum().backward()
    assert x.grad.tolist() == [5, 7]


def test_accumulates_in_the_same_tensor() -> None:
    x = leaf(1, 2)
    (x * 3).sum().backward()
    kept = x.grad
    (x * 3).sum().backward()
    assert x.grad is kept
    assert kept.tolist() == [6, 6]


def test_gradients_never_share_memory() -> None:
    """add hands one gradient to both operands, reshape hands on a view, a user may keep the one given."""
    x, y = leaf(1, 2), leaf(3, 4)
    given = pydl.ones(2, dtype=pydl.float64)
    (x + y).backward(given)
    x.grad.zero_()
    assert y.grad.tolist() == [1, 1]
    assert given.tolist() == [1, 1]
    z = leaf(1, 2, 3, 4)
    seed = pydl.ones(2, 2, dtype=pydl.float64)
    z.reshape(2, 2).backward(seed)
    z.grad.mul_(5)
    assert seed.tolist() == [[1, 1], [1, 1]]


def test_saved_tensor_returned_as_gradient_is_copied() -> None:
    class Keeps(Function):
        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor) -> pydl.Tensor:
            ctx.kept = pydl.ones(2, dtype=pydl.float64)
            holder.append(ctx.kept)
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: pydl.Tensor) -> pydl.Tensor:
            return ctx.kept

    holder: list[pydl.Tensor] = []
    x = leaf(1, 2)
    Keeps.apply(x).sum().backward()
    x.grad.mul_(9)
    assert holder[0].tolist() == [1, 1]


def test_promotion() -> None:
    """A cast on the way forward is a cast on the way back: each gradient has its tensor's dtype."""
    x = pydl.tensor([1.0, 2.0], requires_grad=True)
    y = leaf(3, 4)
    z = x * y
    assert z.dtype is pydl.float64
    z.sum().backward()
    assert x.grad.dtype is pydl.float32
    assert y.grad.dtype is pydl.float64
    assert (x.grad.tolist(), y.grad.tolist()) == ([3, 4], [1, 2])


def test_second_backward_needs_retain_graph() -> None:
    x = leaf(2)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [8]
    with pytest.raises(pydl.StateError, match=r"retain_graph=True"):
        y.backward()


def test_backward_of_non_scalar_and_of_no_graph() -> None:
    with pytest.raises(pydl.StateError, match="scalar"):
        (leaf(1, 2) * 2).backward()
    with pytest.raises(pydl.StateError, match="does not require a gradient"):
        pydl.ones(1).backward()
    with pytest.raises(pydl.ShapeError, match=r"shape \(2,\), got \(3,\)"):
        (leaf(1, 2) * 2).backward(pydl.ones(3, dtype=pydl.float64))


def test_grad_leaves_dot_grad_alone() -> None:
    x, y = leaf(1, 2), leaf(3, 4)
    gx, gy = grad((x * y).sum(), [x, y])
    assert gx.tolist() == [3, 4]
    assert gy.tolist() == [1, 2]
    assert x.grad is None
    with pytest.raises(pydl.StateError, match="not used"):
        grad((x * 2).sum(), [y])
    assert grad((x * 2).sum(), [y], allow_unused=True) == (None,)
    middle = x * y
    (g,) = grad((middle * middle).sum(), [middle])
    assert g.tolist() == [6, 16]


def test_grad_runs_only_what_it_needs() -> None:
    ran = []

    class Watched(Function):
        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor) -> pydl.Tensor:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: pydl.Tensor) -> pydl.Tensor:
            ran.append(1)
            return g * 2

    x, y = leaf(1), leaf(2)
    grad((Watched.apply(x) * y).sum(), [y])
    assert not ran


def test_higher_order() -> None:
    x = leaf(2)
    y = (x * x * x).sum()
    (g,) = grad(y, x, create_graph=True)
    (h,) = grad(g.sum(), x, create_graph=True)
    (k,) = grad(h.sum(), x)
    assert (g.item(), h.item(), k.item()) == (12, 12, 6)


def test_modes() -> None:
    x = leaf(1)
    with pydl.no_grad():
        assert not (x * 2).requires_grad
        with pydl.enable_grad():
            assert (x * 2).requires_grad
        assert not pydl.is_grad_enabled()

    @pydl.no_grad()
    def f() -> pydl.Tensor:
        return x * 2

    assert not f().requires_grad
    assert pydl.is_grad_enabled()
    with pydl.set_grad_enabled(False):
        assert not pydl.is_grad_enabled()
    assert pydl.is_grad_enabled()
    with pytest.raises(ZeroDivisionError), pydl.no_grad():
        raise ZeroDivisionError
    assert pydl.is_grad_enabled()


def test_grad_mode_is_per_thread() -> None:
    seen = []
    with pydl.no_grad():
        thread = threading.Thread(target=lambda: seen.append(pydl.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_hooks() -> None:
    x = leaf(1, 2)
    y = x * 3
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    handle = x.register_hook(lambda g: g * 10)
    y.sum().backward()
    assert seen == [[1, 1]]
    assert x.grad.tolist() == [30, 30]
    handle.remove()
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3]
    x.register_hook(lambda g: pydl.ones(5))
    with pytest.raises(pydl.ShapeError, match="register_hook"):
        (x * 3).sum().backward()


def test_retain_grad() -> None:
    x = leaf(1, 2)
    y = x * 3
    y.retain_grad()
    (y * y).sum().backward()
    assert y.grad.tolist() == [6, 12]


class Cube(Function):
    @staticmethod
    def forward(ctx: Any, x: pydl.Tensor, factor: float) -> pydl.Tensor:
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x * x * x * factor

    @staticmethod
    def backward(ctx: Any, g: pydl.Tensor) -> tuple[pydl.Tensor, None]:
        (x,) = ctx.saved_tensors
        return g * 3 * x * x * ctx.factor, None


def test_user_function() -> None:
    x = leaf(1, 2)
    Cube.apply(x, 2.0).sum().backward()
    assert x.grad.tolist() == [6, 24]
    assert gradcheck(lambda t: Cube.apply(t, 2.0), [x])
    assert gradgradcheck(lambda t: Cube.apply(t, 2.0), [x])
    y = Cube.apply(x, 1.0)
    y.sum().backward()
    with pytest.raises(pydl.StateError, match="retain_graph"):
        y.sum().backward()


def test_user_function_with_two_results() -> None:
    class Split(Function):
        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor) -> tuple[pydl.Tensor, pydl.Tensor]:
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, a: pydl.Tensor, b: pydl.Tensor) -> pydl.Tensor:
            return a * 2 + b * 3

    x = leaf(1, 2)
    first, second = Split.apply(x)
    second.sum().backward()
    assert x.grad.tolist() == [3, 3]
    x.grad = None
    first, second = Split.apply(x)
    (first + second).sum().backward()
    assert x.grad.tolist() == [5, 5]


def test_user_function_errors() -> None:
    class Wrong(Function):
        result: Any = None

        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor, y: pydl.Tensor) -> pydl.Tensor:
            return x + y

        @staticmethod
        def backward(ctx: Any, g: pydl.Tensor) -> Any:
            return Wrong.result

    x, y = leaf(1, 2), leaf(3, 4)
    for result, error, words in (
        (pydl.ones(2, dtype=pydl.float64), pydl.StateError, "expected 2 gradients"),
        ((pydl.ones(3, dtype=pydl.float64), None), pydl.ShapeError, r"shape \(2,\) for argument 0"),
        ((1.0, None), pydl.DTypeError, "expected a tensor or None"),
    ):
        Wrong.result = result
        with pytest.raises(error, match=words):
            Wrong.apply(x, y).sum().backward()
    assert x.grad is None


def test_gradcheck_finds_a_wrong_gradient() -> None:
    class Off(Function):
        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor) -> pydl.Tensor:
            return x * x

        @staticmethod
        def backward(ctx: Any, g: pydl.Tensor) -> pydl.Tensor:
            wrong = pydl.tensor([2.0, 4.0, 6.5], dtype=pydl.float64)
            return g * wrong

    x = leaf(1, 2, 3)
    with pytest.raises(GradcheckError, match=r"input 0, element \(2,\): backward says .* finite differences"):
        gradcheck(Off.apply, [x])
    assert gradcheck(Off.apply, [x], raise_exception=False) is False


def test_gradcheck_refuses_what_it_cannot_check() -> None:
    x = leaf(1, 2)
    constants: dict[str, Any] = {
        "integers": lambda x: x.long(),
        "detached": lambda x: x.detach() * 2,
        "constant": lambda x: pydl.ones(2, dtype=pydl.float64),
        "nothing": lambda x: None,
    }
    for func in constants.values():
        with pytest.raises(GradcheckError, match="expected an output that is floating and depends on the inputs"):
            gradcheck(func, x)
        assert gradcheck(func, x, raise_exception=False) is False
    with pytest.raises(pydl.DTypeError, match="output 0 of float64 inputs has dtype float32, too coarse"):
        gradcheck(lambda x: x.float() * 1, x)
    assert gradgradcheck(lambda x: x * 3, x)  # its second derivative is 0


def test_a_function_writes_no_leaf() -> None:
    class Twice(Function):
        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor) -> pydl.Tensor:
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx: Any, g: pydl.Tensor) -> pydl.Tensor:
            return g * 2

    with pytest.raises(pydl.StateError, match="Twice: a leaf that requires a gradient cannot be written"):
        Twice.apply(leaf(1, 2))
    with pytest.raises(pydl.StateError, match="Twice: a view of a leaf"):
        Twice.apply(leaf(1, 2)[:1])
    x = leaf(1, 2)
    Twice.apply(x * 1).sum().backward()
    assert x.grad.tolist() == [2, 2]
    with pydl.no_grad():
        assert Twice.apply(x).tolist() == [2, 4]


def test_a_function_saves_tensors_only() -> None:
    class Power(Function):
        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor, n: int) -> pydl.Tensor:
            ctx.save_for_backward(x, None, n)
            return x**n

    with pytest.raises(pydl.DTypeError, match=r"Power\.save_for_backward: expected tensors or None, got int"):
        Power.apply(leaf(1, 2), 3)


def test_a_constant_written_over_a_history_gives_zeros() -> None:
    writes: dict[str, Any] = {
        "zero_": lambda h: h.zero_(),
        "fill_": lambda h: h.fill_(3.0),
        "copy_": lambda h: h.copy_(pydl.ones(2, dtype=pydl.float64)),
        "setitem": lambda h: h.__setitem__(slice(None), 1.0),
    }
    for name, write in writes.items():
        x = leaf(1, 2)
        h = x * 1
        write(h)
        assert h.requires_grad, name
        h.sum().backward()
        assert x.grad.tolist() == [0, 0], name
    x = leaf(1, 2)
    h = x * 1
    h.zero_()
    h.add_(x * 5)
    h.sum().backward()
    assert x.grad.tolist() == [5, 5]


def test_a_gradient_of_another_dtype_is_converted() -> None:
    for dtype in (pydl.float32, pydl.float16, pydl.int64):
        x = leaf(1, 2)
        (x * 2).backward(pydl.ones(2, dtype=dtype))
        assert x.grad.dtype is pydl.float64
        assert x.grad.tolist() == [2, 2]
    with pytest.raises(pydl.DTypeError, match="backward: expected a tensor as gradient, got int"):
        (leaf(1) * 1).backward(1)  # type: ignore[arg-type]


def test_gradcheck_is_in_double_whatever_the_dtype() -> None:
    assert gradcheck(lambda x: x * x * x, pydl.tensor([1.0, 2.0], requires_grad=True), atol=1e-8, rtol=1e-7)


def test_inplace_on_a_leaf() -> None:
    x = leaf(1, 2)
    with pytest.raises(pydl.StateError, match="leaf"):
        x.add_(1)
    with pytest.raises(pydl.StateError, match="view of a leaf"):
        x[0] = 5
    with pydl.no_grad():
        x.add_(1)
    assert x.tolist() == [2, 3]


def test_inplace_write_to_a_saved_value_names_both_lines() -> None:
    x = leaf(1, 2)
    y = x * 2
    z = y * y
    y.add_(1)
    with pytest.raises(pydl.StateError, match=r"modified in place.*written by .*test_autograd\.py:\d+"):
        z.sum().backward()


def test_anomaly_mode_names_the_line_that_saved() -> None:
    x = leaf(1, 2)
    with pydl.autograd.detect_anomaly():
        y = x * 2
        z = y * y
    y.add_(1)
    assert not pydl.autograd.is_anomaly_enabled()
    with pytest.raises(pydl.StateError, match=r"saved by .*test_autograd\.py:\d+; written by .*test_autograd\.py:\d+"):
        z.sum().backward()


def test_inplace_keeps_gradients_right() -> None:
    x = leaf(1, 2)
    y = x * 2
    y.mul_(3)
    y += x
    y.sum().backward()
    assert x.grad.tolist() == [7, 7]


def test_write_through_views() -> None:
    x = leaf(1, 2, 3, 4)
    base = (x * 1).reshape(2, 2)
    row, column = base[0], base[:, 0]
    row.mul_(10)
    (base.sum() + column.sum()).backward()
    assert x.grad.tolist() == [20, 10, 2, 1]
    assert column.tolist() == [10, 3]


def test_assignment_into_zeros_carries_gradients() -> None:
    x = leaf(5, 6)
    out = pydl.zeros(2, 2, dtype=pydl.float64)
    other = out[1]
    out[0] = x * 2
    other.copy_(x * 3)
    (out * out).sum().backward()
    assert x.grad.tolist() == [2 * (10 * 2 + 15 * 3), 2 * (12 * 2 + 18 * 3)]


def test_data_and_detach() -> None:
    x = leaf(1, 2)
    y = x * x
    x.data.mul_(10)
    assert x.tolist() == [10, 20]
    y.sum().backward()
    kept = x.detach()
    assert not kept.requires_grad
    kept.zero_()
    assert x.tolist() == [0, 0]


def test_graph_is_freed_with_its_result() -> None:
    x = leaf(1, 2)
    y = x * x
    node = weakref.ref(y.grad_fn) if hasattr(type(y.grad_fn), "__weakref__") else None
    del y
    if node is not None:
        assert node() is None, "a node must not be part of a reference cycle"


def test_long_chain_does_not_recurse() -> None:
    x = leaf(1)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.sum().backward()
    assert x.grad.tolist() == [1]
    del y
    gc.collect()


def test_requires_grad_rules() -> None:
    with pytest.raises(pydl.DTypeError, match="floating"):
        pydl.tensor([1, 2], requires_grad=True)
    y = leaf(1) * 2
    with pytest.raises(pydl.StateError, match="leaf"):
        y.requires_grad = False
    assert leaf(1).is_leaf
    assert not y.is_leaf


def test_exception_in_backward_leaves_everything_usable() -> None:
    class Fails(Function):
        @staticmethod
        def forward(ctx: Any, x: pydl.Tensor) -> pydl.Tensor:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: pydl.Tensor) -> pydl.Tensor:
            raise KeyError("oops")

    x = leaf(1, 2)
    with pytest.raises(KeyError):
        Fails.apply(x).sum().backward()
    assert pydl.is_grad_enabled()
    (x * 2).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2, 2])

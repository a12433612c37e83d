"""Modes as decorators: of generators, without parentheses, in threads; NaN in anomaly mode; `once_differentiable`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

import pydl
from pydl.autograd import Function, grad
from pydl.autograd.function import once_differentiable


def leaf(*values: float) -> pydl.Tensor:
    return pydl.tensor(list(values), dtype=pydl.float64, requires_grad=True)


def recorded() -> bool:
    return (leaf(1) * 2).requires_grad


@pytest.mark.parametrize("mode", [pydl.no_grad, pydl.inference_mode, pydl.enable_grad])
def test_a_mode_decorates_without_parentheses(mode: Any) -> None:
    @mode
    def f(x: int, *, y: int) -> tuple[int, bool]:
        return x + y, recorded()

    with pydl.set_grad_enabled(mode is not pydl.enable_grad):
        assert f(1, y=2) == (3, mode is pydl.enable_grad)
        assert f.__name__ == "f"
        assert pydl.is_grad_enabled() is (mode is not pydl.enable_grad)


def test_set_grad_enabled_decorates() -> None:
    decorated = pydl.set_grad_enabled(False)(recorded)
    assert pydl.is_grad_enabled()
    assert not decorated()
    assert pydl.is_grad_enabled()
    assert pydl.inference_mode(False)(recorded)()


def test_set_grad_enabled_goes_back_each_time() -> None:
    mode = pydl.set_grad_enabled(False)
    with mode:
        assert not pydl.is_grad_enabled()
    assert pydl.is_grad_enabled()
    with mode:
        assert not pydl.is_grad_enabled()
    assert pydl.is_grad_enabled()


def test_generators_run_in_the_mode_and_their_users_do_not() -> None:
    seen: list[Any] = []

    @pydl.no_grad()
    def numbers() -> Generator[bool, str, str]:
        try:
            for _ in range(2):
                seen.append((yield recorded()))
            try:
                yield recorded()
            except KeyError:
                seen.append(("thrown", recorded()))
                yield recorded()
            return "end"
        finally:
            seen.append(("closed", recorded()))

    steps = numbers()
    assert not next(steps) and recorded()
    assert not steps.send("a") and recorded()
    assert not steps.send("b") and recorded()
    assert not steps.throw(KeyError()) and recorded()
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == "end"
    assert seen == ["a", "b", ("thrown", False), ("closed", False)]
    other = numbers()
    next(other)
    other.close()
    assert seen[-1] == ("closed", False) and len(seen) == 5
    assert recorded()
    failing = numbers()
    next(failing)
    with pytest.raises(ZeroDivisionError):
        failing.throw(ZeroDivisionError())
    assert recorded()


def test_calls_of_a_decorated_function_in_two_threads_are_apart() -> None:
    inside, leave = threading.Event(), threading.Event()
    after: list[bool] = []

    @pydl.no_grad()
    def both(first: bool) -> None:
        if first:
            inside.set()
            assert leave.wait(10)
        else:
            leave.set()
            thread.join()

    def run_first() -> None:
        both(True)
        after.append(pydl.is_grad_enabled())

    thread = threading.Thread(target=run_first)
    thread.start()
    assert inside.wait(10)
    with pydl.set_grad_enabled(False):
        both(False)
        assert not pydl.is_grad_enabled()
    assert after == [True] and pydl.is_grad_enabled()


def nan_of(x: pydl.Tensor) -> pydl.Tensor:
    return (x * 0).sqrt().sum()


def test_anomaly_mode_finds_nan_in_backward() -> None:
    x = leaf(1, 4)
    nan_of(x).backward()  # silent without the mode
    assert x.grad.isnan().all()
    message = r"Function 'MulBackward0', which .*test_grad_modes\.py:\d+ called, returned nan values in its 0th output"
    with pytest.raises(RuntimeError, match=message), pydl.autograd.detect_anomaly():
        nan_of(x).backward()
    with pydl.autograd.set_detect_anomaly(True, check_nan=False):
        nan_of(x).backward()
    with pydl.autograd.detect_anomaly(), pydl.autograd.set_detect_anomaly(False):
        nan_of(x).backward()
    with pydl.autograd.detect_anomaly():
        (x * x).sum().backward()


class Cube(Function):
    seen: list[bool] = []

    @staticmethod
    def forward(ctx: Any, x: pydl.Tensor) -> pydl.Tensor:
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: pydl.Tensor) -> Any:
        (x,) = ctx.saved_tensors
        Cube.seen.append(pydl.is_grad_enabled())
        return g * 3 * x * x


def test_once_differentiable() -> None:
    x = leaf(2.0)
    (g,) = grad(Cube.apply(x).sum(), x)
    assert g.item() == 12 and not g.requires_grad
    (g,) = grad(Cube.apply(x).pow(2).sum(), x, create_graph=True)
    assert g.item() == 2 * 8 * 12 and g.requires_grad
    with pytest.raises(RuntimeError, match="differentiate twice"):
        g.sum().backward()
    assert not any(Cube.seen)


def test_once_differentiable_as_torch() -> None:
    torch = pytest.importorskip("torch")

    def twice(lib: Any, mark: Callable[..., Any]) -> str:
        class Double(lib.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: Any, y: Any) -> Any:
                return x * 2, y * 3

            @staticmethod
            @mark
            def backward(ctx: Any, g: Any, h: Any) -> Any:
                return g * 2, None

        x = lib.tensor([2.0], requires_grad=True)
        (g,) = lib.autograd.grad(Double.apply(x, x)[0].exp().sum(), x, create_graph=True)
        try:
            g.sum().backward()
        except RuntimeError as error:
            return str(error)
        return "differentiated"

    assert twice(pydl, once_differentiable) == twice(torch, torch.autograd.function.once_differentiable)

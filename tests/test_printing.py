"""What tensors, sizes and graphs look like as text: as PyTorch's do."""

from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any

import numpy as np
import pytest

import pydl

VALUES: dict[str, Any] = {
    "scalars": [1.0, 1, True, 1e10, 1e-10, float("nan"), -float("inf"), 3.14159265, 1000000.0],
    "whole": [[1.0, 2.0], [1000.0, 1.0], [1001.0, 1.0], [99999.0, 1.0], [1e8, 1.0], [1e9, 2e9], [0.0, -0.0]],
    "fractions": [[1e-5, 1.0], [1e-3, 1e5], [1e8, 1.5], [0.1, 0.25, 100.0], [1e38, 1e-38], [100000.5, 1.0]],
    "not finite": [[np.nan, 1.0], [np.nan, np.inf], [np.nan, -np.inf, 1.5, 1e-8]],
    "others": [[], [[]], [True, False], [1, -200, 30], [2**40, 1], [[[1.5]]]],
    "long": [list(range(30)), list(range(1001)), [float(v) for v in range(1200)], [v / 7 for v in range(70)]],
}


@pytest.mark.parametrize("name", VALUES)
def test_tensors_look_like_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    for value in VALUES[name]:
        assert repr(pydl.tensor(value)) == repr(torch.tensor(value)), value


def test_whole_numbers_far_apart_are_scientific() -> None:
    assert repr(pydl.tensor([1000.0, 1.0])) == "tensor([1000.,    1.])"
    assert repr(pydl.tensor([1001.0, 1.0])) == "tensor([1.0010e+03, 1.0000e+00])"


def test_a_profile_sets_all_options() -> None:
    pydl.set_printoptions(linewidth=40)
    try:
        assert repr(pydl.arange(12)).count("\n") == 1
        pydl.set_printoptions(profile="default")
        assert repr(pydl.arange(12)).count("\n") == 0
    finally:
        pydl.set_printoptions(profile="default")


def test_scalars_in_formatted_text_are_numbers() -> None:
    loss = pydl.tensor(1.5, requires_grad=True)
    assert f"{loss} {loss * 2:.2f} {pydl.tensor(7):03d} {pydl.tensor([1.5])}" == "1.5 3.00 007 tensor([1.5000])"
    assert f"{loss!s}" == "tensor(1.5000, requires_grad=True)"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{pydl.tensor([1.5]):.2f}"


def test_parts_of_a_size_are_sizes() -> None:
    size = pydl.ones(2, 3).shape
    for made in (size[1:], add(size, (1,)), add((1,), size), size * 2, 2 * size):
        assert type(made) is pydl.Size
    assert repr(add(size[1:], (1,))) == "pydl.Size([3, 1])" and add((1,), size) == (1, 2, 3) and size[-1] == 3
    with pytest.raises(TypeError):
        add([1], size)


def test_reversed_is_a_tensor() -> None:
    assert reversed(pydl.tensor([[1, 2], [3, 4]])).tolist() == [[3, 4], [1, 2]]  # type: ignore[attr-defined]
    assert reversed(pydl.tensor(3)).item() == 3  # type: ignore[attr-defined]


class Cube(pydl.autograd.Function):
    """A user's operation."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g


GRAPHS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "mul": (lambda x: x * 2, "MulBackward0"),
    "sum": (lambda x: x.sum(), "SumBackward0"),
    "mm": (lambda x: x @ x, "MmBackward0"),
    "pow": (lambda x: x**3, "PowBackward0"),
    "double": (lambda x: x.double(), "ToCopyBackward0"),
    "slice": (lambda x: x[:1], "SliceBackward0"),
    "logsumexp": (lambda x: x.logsumexp(1), "LogsumexpBackward0"),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_nodes_have_pytorchs_names(name: str) -> None:
    call, expected = GRAPHS[name]
    y = call(pydl.ones(2, 2, requires_grad=True))
    assert y.grad_fn.name() == expected
    assert repr(y).endswith(f"grad_fn=<{expected}>)") and repr(y.grad_fn).startswith(f"<{expected} object at 0x")
    torch = pytest.importorskip("torch")
    assert call(torch.ones(2, 2, requires_grad=True)).grad_fn.name() == expected


def test_a_users_node_has_its_name() -> None:
    y = Cube.apply(pydl.ones(1, requires_grad=True))
    assert y.grad_fn.name() == "CubeBackward" and repr(y) == "tensor([1.], grad_fn=<CubeBackward>)"


def test_a_graph_can_be_walked() -> None:
    x = pydl.ones(2, 2, requires_grad=True)
    loss = pydl.nn.functional.mse_loss(pydl.relu(x * x), pydl.zeros(2, 2))
    (relu, index), (nothing, _) = loss.grad_fn.next_functions[:2]
    assert (relu.name(), index, nothing) == ("ReluBackward0", 0, None)
    mul = relu.next_functions[0][0]
    (left, _), (right, _) = mul.next_functions
    assert left.variable is x and left == right and len({left, right}) == 1 and left.next_functions == ()
    assert repr(left).startswith("<AccumulateGrad object at 0x") and left.name() == "AccumulateGrad"
    assert (x.sort(1)[0] * 1).grad_fn.next_functions[0][1] == 0


def test_equal_promotes() -> None:
    assert pydl.equal(pydl.tensor([1, 2]), pydl.tensor([1.0, 2.0]))
    assert not pydl.equal(pydl.tensor([1, 2]), pydl.tensor([1.5, 2.0]))
    assert not pydl.equal(pydl.tensor([1, 2]), pydl.tensor([1.0, 2.0, 3.0]))
    with pytest.raises(TypeError, match="equal: "):
        pydl.equal(pydl.tensor([1]), 1)  # type: ignore[arg-type]

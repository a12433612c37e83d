"""What a row cannot say of linalg: singular matrices, messages, names, and what is not there."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest

import pydl
from pydl import linalg, not_now


def test_names_are_the_ops() -> None:
    """linalg implements nothing: each function is that of ops."""
    tree = ast.parse(Path(linalg.__file__).read_text())
    for node in tree.body:
        named = isinstance(node, ast.ImportFrom | ast.Assign)
        assert named or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    assert linalg.inv is pydl.inverse and linalg.matmul is pydl.matmul and linalg.det is pydl.det
    for name in linalg.__all__:
        function = getattr(linalg, name)
        assert function in (getattr(pydl.ops, f"linalg_{name}", None), getattr(pydl.ops, name, None), pydl.inverse) or (
            name in ("LinAlgError", "eig", "eigvals")
        )


def test_a_singular_matrix_is_named_by_its_place() -> None:
    stack = pydl.eye(3).repeat(2, 4, 1, 1)
    stack[1, 2, 0, 0] = 0
    with pytest.raises(linalg.LinAlgError, match=r"linalg\.inv: the singular matrix \(the matrix at \(1, 2\)"):
        linalg.inv(stack)
    with pytest.raises(pydl.LinAlgError, match=r"linalg\.cholesky: the matrix is not positive definite$"):
        linalg.cholesky(-pydl.eye(2))
    assert issubclass(linalg.LinAlgError, RuntimeError) and issubclass(linalg.LinAlgError, ValueError)


def test_the_gradient_of_a_singular_determinant() -> None:
    """The cofactors, of a matrix of rank n - 1 and of less."""
    x = pydl.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]], dtype=pydl.float64, requires_grad=True)
    x.det().backward()
    expected = [[4.0, 4.0, -4.0], [-2.0, -2.0, 2.0], [0.0, 0.0, 0.0]]
    assert x.grad is not None and np.allclose(x.grad.numpy(), expected, atol=1e-12)
    y = pydl.zeros(3, 3, dtype=pydl.float64, requires_grad=True)
    (g,) = pydl.autograd.grad(y.det(), y, create_graph=True)
    assert not g.any()
    two = pydl.diag(pydl.tensor([1.0, 1.0, 0.0, 0.0], dtype=pydl.float64)).requires_grad_()
    (g,) = pydl.autograd.grad(two.det(), two, create_graph=True)
    assert not g.detach().any()
    (second,) = pydl.autograd.grad(g[2, 2], two)  # d^2 det / dx22 dx33 = 1
    assert second[3, 3].item() == pytest.approx(1.0) and float(second.abs().sum()) == pytest.approx(1.0)


def test_the_size_of_a_singular_determinant() -> None:
    sign, size = pydl.slogdet(pydl.zeros(2, 2))
    assert sign.item() == 0 and size.item() == -float("inf")
    assert pydl.logdet(pydl.zeros(2, 2)).item() == -float("inf")
    with pytest.raises(pydl.LinAlgError):
        pydl.logdet(pydl.zeros(2, 2, requires_grad=True)).backward()


def test_without_errors() -> None:
    stack = pydl.stack([pydl.eye(2), pydl.zeros(2, 2), 2 * pydl.eye(2)])
    inverse, info = linalg.inv_ex(stack)
    assert info.tolist() == [0, 1, 0] and inverse[2].tolist() == [[0.5, 0.0], [0.0, 0.5]] and inverse[1].isnan().all()
    result, info = linalg.solve_ex(stack, pydl.ones(2, 1))
    assert info.tolist() == [0, 1, 0] and result[0].tolist() == [[1.0], [1.0]]
    stack[0] = pydl.tensor([[1.0, 2.0], [2.0, 1.0]])
    factor, info = linalg.cholesky_ex(stack)
    assert info.tolist() == [2, 1, 0] and factor[0].tril().isnan().any() and not factor[2].isnan().any()


def test_equal_singular_values() -> None:
    """The values have a gradient where the vectors have none."""
    x = pydl.eye(3, dtype=pydl.float64, requires_grad=True)
    linalg.svdvals(x).sum().backward()
    assert x.grad is not None and np.allclose(x.grad.numpy(), np.eye(3))
    x.grad = None
    linalg.eigvalsh(x).sum().backward()
    assert x.grad is not None and np.allclose(x.grad.numpy(), np.eye(3))


def test_an_overwritten_result_is_noticed() -> None:
    x = pydl.eye(3, requires_grad=True)
    u, s, _ = linalg.svd(x * 2)
    with pydl.no_grad():
        u.zero_()
    with pytest.raises(pydl.StateError):
        s.sum().backward()


def test_matrix_exp_of_large_matrices() -> None:
    turn = pydl.tensor([[0.0, -20.0], [20.0, 0.0]], dtype=pydl.float64)
    expected = [[np.cos(20.0), -np.sin(20.0)], [np.sin(20.0), np.cos(20.0)]]
    assert np.allclose(pydl.matrix_exp(turn).numpy(), expected, atol=1e-12)


def test_the_order_of_a_chain() -> None:
    """(10, 1000) (1000, 2) (2, 500): from the left 2 * 10 * 1000 + 10 * 2 * 500 products, from the right far more."""
    from pydl.ops.matrix_power import order

    assert order([10, 1000, 2, 500])[0][2] == 1
    assert order([10, 2, 1000, 2])[0][2] == 0


FFT = [name for name in pydl.fft.__all__ if not name.endswith(("freq", "shift"))]


@pytest.mark.parametrize("name", FFT)
def test_transforms_say_that_there_are_no_complex_numbers(name: str) -> None:
    with pytest.raises(RuntimeError, match=rf"fft\.{name}: pydl has no complex numbers"):
        getattr(pydl.fft, name)(pydl.ones(2, 2))


CALLS = {
    "complex numbers": [
        lambda: pydl.complex(pydl.ones(1), pydl.ones(1)),
        lambda: pydl.polar(pydl.ones(1), pydl.ones(1)),
        lambda: pydl.view_as_complex(pydl.ones(2)),
        lambda: pydl.view_as_real(pydl.ones(2)),
        lambda: pydl.stft(pydl.ones(8), 4, return_complex=True),
        lambda: pydl.istft(pydl.ones(8), 4),
        lambda: linalg.eig(pydl.eye(2)),
        lambda: linalg.eigvals(pydl.eye(2)),
        lambda: pydl.ones(1).imag,
    ],
    "sparse tensors are not": [
        lambda: pydl.sparse_coo_tensor([[0]], [1.0], (2,)),
        lambda: pydl.sparse_csr_tensor([0], [0], [1.0]),
        lambda: pydl.sparse_csc_tensor([0], [0], [1.0]),
        lambda: pydl.sparse_bsr_tensor([0], [0], [1.0]),
        lambda: pydl.sparse_bsc_tensor([0], [0], [1.0]),
        lambda: pydl.sparse_compressed_tensor([0], [0], [1.0]),
        lambda: pydl.ones(1).to_sparse(),
    ],
    "quantised tensors are not": [
        lambda: pydl.quantize_per_tensor(pydl.ones(1), 0.1, 0, None),
        lambda: pydl.quantize_per_channel(pydl.ones(1), pydl.ones(1), pydl.ones(1), 0, None),
        lambda: pydl.quantize_per_tensor_dynamic(pydl.ones(1), None, False),
        lambda: pydl.dequantize(pydl.ones(1)),
    ],
    "named tensors are not": [
        lambda: pydl.ones(1).align_to("a"),
        lambda: pydl.ones(1).refine_names("a"),
        lambda: pydl.ones(1).rename("a"),
    ],
    "between processes is not": [lambda: pydl.ones(1).share_memory_()],
    "removed in PyTorch": [
        lambda: pydl.eig(pydl.eye(2)),
        lambda: pydl.symeig(pydl.eye(2)),
        lambda: pydl.lstsq(pydl.eye(2), pydl.eye(2)),
        lambda: pydl.matrix_rank(pydl.eye(2)),
        lambda: pydl.solve(pydl.eye(2), pydl.eye(2)),
    ],
}


@pytest.mark.parametrize(("message", "call"), [(m, c) for m, calls in CALLS.items() for c in calls])
def test_what_is_not_there_says_so(message: str, call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RuntimeError, match=message):
        call()


@pytest.mark.parametrize("name", ["symbolic_trace", "wrap", "Graph", "GraphModule", "Tracer", "Interpreter"])
def test_fx_is_not_there(name: str) -> None:
    with pytest.raises(RuntimeError, match=rf"fx\.{name}: fx is not part of pydl"):
        getattr(pydl.fx, name)(pydl.nn.Linear(1, 1))


@pytest.mark.parametrize("name", ["mm", "addmm", "sum", "softmax", "log_softmax", "spdiags"])
def test_sparse_is_not_there(name: str) -> None:
    arguments = [pydl.ones(1, 1)] * (3 if name in ("addmm", "spdiags") else 2)
    with pytest.raises(RuntimeError, match=rf"sparse\.{name}: sparse tensors are not part of pydl"):
        getattr(pydl.sparse, name)(*arguments)


def test_every_name_of_not_now_is_tried() -> None:
    public = [n for n, f in vars(not_now).items() if inspect.isfunction(f)]
    helpers = {"complex_numbers", "named_tensors", "quantised_tensors", "removed", "sparse_tensors"}
    assert len(set(public) - helpers) == sum(map(len, CALLS.values())) - 1  # imag is an op


@pytest.mark.parametrize("name", ["add", "matmul", "sum", "cat", "exp", "linalg_inv_ex"])
def test_out_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="out"):
        getattr(pydl, name)(pydl.eye(2), out=pydl.eye(2))


def test_the_exponential_of_one_infinite_element() -> None:
    x = pydl.tensor([[[-float("inf")]], [[float("inf")]], [[0.0]]])
    assert pydl.matrix_exp(x).reshape(-1).tolist() == [0, float("inf"), 1]

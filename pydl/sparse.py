"""PyTorch's ``torch.sparse``: its names exist, and say when called that there are no sparse tensors."""

from __future__ import annotations

from typing import Any, NoReturn

from pydl.not_now import sparse_tensors


def mm(mat1: Any, mat2: Any) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse.mm")


def addmm(mat: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse.addmm")


def sum(input: Any, dim: Any = None, dtype: Any = None) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse.sum")


def softmax(input: Any, dim: int, *, dtype: Any = None) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse.softmax")


def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse.log_softmax")


def spdiags(diagonals: Any, offsets: Any, shape: Any, layout: Any = None) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse.spdiags")

"""PyTorch's names for what pydl does not have. They exist so that a program that mentions them starts, and say plainly
what is missing when they are called.

Complex numbers, sparse, quantised and named tensors are not part of pydl, nor is ``out=``: no function has
such an argument, and Python says so.
"""

from __future__ import annotations

from typing import Any, NoReturn

from pydl import _C


class NotNowError(_C.Error, NotImplementedError):
    """pydl does not have this part of PyTorch."""


class Missing:
    """A dtype or a layout of PyTorch's that pydl does not have. It can be compared with those that there are."""

    __slots__ = ("name", "why")

    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why

    def __repr__(self) -> str:
        return f"pydl.{self.name} ({self.why})"


complex32 = chalf = Missing("complex32", "pydl has no complex numbers")
complex64 = cfloat = Missing("complex64", "pydl has no complex numbers")
complex128 = cdouble = Missing("complex128", "pydl has no complex numbers")
qint8, quint8, qint32 = (Missing(n, "quantised tensors are not part of pydl") for n in ("qint8", "quint8", "qint32"))
uint16, uint32, uint64 = (Missing(n, "pydl's only unsigned dtype is uint8") for n in ("uint16", "uint32", "uint64"))
sparse_coo, sparse_csr = (Missing(n, "sparse tensors are not part of pydl") for n in ("sparse_coo", "sparse_csr"))


def complex_numbers(name: str) -> NoReturn:
    """Raise the error for what needs complex numbers."""
    raise NotNowError(f"{name}: pydl has no complex numbers")


def sparse_tensors(name: str) -> NoReturn:
    """Raise the error for what needs sparse tensors."""
    raise NotNowError(f"{name}: sparse tensors are not part of pydl; use dense ones")


def quantised_tensors(name: str) -> NoReturn:
    """Raise the error for what needs quantised tensors."""
    raise NotNowError(f"{name}: quantised tensors are not part of pydl")


def named_tensors(name: str) -> NoReturn:
    """Raise the error for what names dimensions."""
    raise NotNowError(f"{name}: dimensions without names only: named tensors are not part of pydl")


# Complex numbers.


def complex(real: Any, imag: Any) -> NoReturn:
    """An error: there are no complex numbers."""
    complex_numbers("complex")


def polar(abs: Any, angle: Any) -> NoReturn:
    """An error: there are no complex numbers."""
    complex_numbers("polar")


def view_as_complex(input: Any) -> NoReturn:
    """An error: there are no complex numbers."""
    complex_numbers("view_as_complex")


def view_as_real(input: Any) -> NoReturn:
    """An error: there are no complex numbers."""
    complex_numbers("view_as_real")


def stft(input: Any, n_fft: int, *args: Any, **kwargs: Any) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("stft")


def istft(input: Any, n_fft: int, *args: Any, **kwargs: Any) -> NoReturn:
    """An error: its input would be complex."""
    complex_numbers("istft")


def linalg_eig(A: Any) -> NoReturn:
    """An error: the eigenvalues of matrices that are not symmetric are complex."""
    complex_numbers("linalg.eig")


def linalg_eigvals(A: Any) -> NoReturn:
    """An error: the eigenvalues of matrices that are not symmetric are complex."""
    complex_numbers("linalg.eigvals")


# Sparse tensors.


def sparse_coo_tensor(indices: Any, values: Any, size: Any = None, **settings: Any) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse_coo_tensor")


def sparse_csr_tensor(crow_indices: Any, col_indices: Any, values: Any, size: Any = None, **settings: Any) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse_csr_tensor")


def sparse_csc_tensor(ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, **settings: Any) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse_csc_tensor")


def sparse_bsr_tensor(crow_indices: Any, col_indices: Any, values: Any, size: Any = None, **settings: Any) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse_bsr_tensor")


def sparse_bsc_tensor(ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, **settings: Any) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse_bsc_tensor")


def sparse_compressed_tensor(
    compressed_indices: Any, plain_indices: Any, values: Any, size: Any = None, **settings: Any
) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("sparse_compressed_tensor")


def to_sparse(input: Any, *args: Any, **settings: Any) -> NoReturn:
    """An error: there are no sparse tensors."""
    sparse_tensors("to_sparse")


# Quantised tensors.


def quantize_per_tensor(input: Any, scale: Any, zero_point: Any, dtype: Any) -> NoReturn:
    """An error: there are no quantised tensors."""
    quantised_tensors("quantize_per_tensor")


def quantize_per_channel(input: Any, scales: Any, zero_points: Any, axis: int, dtype: Any) -> NoReturn:
    """An error: there are no quantised tensors."""
    quantised_tensors("quantize_per_channel")


def quantize_per_tensor_dynamic(input: Any, dtype: Any, reduce_range: bool) -> NoReturn:
    """An error: there are no quantised tensors."""
    quantised_tensors("quantize_per_tensor_dynamic")


def dequantize(input: Any) -> NoReturn:
    """An error: there are no quantised tensors."""
    quantised_tensors("dequantize")


# Named tensors.


def align_to(input: Any, *names: Any) -> NoReturn:
    """An error: dimensions have no names."""
    named_tensors("align_to")


def refine_names(input: Any, *names: Any) -> NoReturn:
    """An error: dimensions have no names."""
    named_tensors("refine_names")


def rename(input: Any, *names: Any, **rename_map: Any) -> NoReturn:
    """An error: dimensions have no names."""
    named_tensors("rename")


# Memory that processes share.


def share_memory_(input: Any) -> NoReturn:
    """An error: each process has its own memory."""
    raise NotNowError("share_memory_: memory shared between processes is not part of pydl; send copies")


# What PyTorch removed, with its words for where to look.


def removed(name: str, instead: str) -> NoReturn:
    """Raise the error for a name that PyTorch has removed."""
    raise NotNowError(f"{name}: removed in PyTorch, use {instead}")


def eig(input: Any, eigenvectors: bool = False) -> NoReturn:
    """An error: removed in PyTorch."""
    removed("eig", "linalg.eigh for symmetric matrices")


def lstsq(input: Any, A: Any) -> NoReturn:
    """An error: removed in PyTorch."""
    removed("lstsq", "linalg.lstsq, whose arguments are the other way round")


def matrix_rank(input: Any, tol: Any = None, symmetric: bool = False) -> NoReturn:
    """An error: removed in PyTorch."""
    removed("matrix_rank", "linalg.matrix_rank")


def solve(input: Any, A: Any) -> NoReturn:
    """An error: removed in PyTorch."""
    removed("solve", "linalg.solve, whose arguments are the other way round")


def symeig(input: Any, eigenvectors: bool = False, upper: bool = True) -> NoReturn:
    """An error: removed in PyTorch."""
    removed("symeig", "linalg.eigh or linalg.eigvalsh")

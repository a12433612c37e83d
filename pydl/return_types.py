"""What operations with two results give: named tuples with PyTorch's names, ``return_types.max`` and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def _show(result: Any) -> str:
    """A result as PyTorch prints it: a line for each field."""
    fields = ",\n".join(f"{name}={value!r}" for name, value in zip(result._fields, result, strict=True))
    return f"pydl.return_types.{type(result).__name__}(\n{fields})"


class _ValuesIndices(NamedTuple):
    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return _show(self)


class max(_ValuesIndices):
    __slots__ = ()


class min(_ValuesIndices):
    __slots__ = ()


class cummax(_ValuesIndices):
    __slots__ = ()


class cummin(_ValuesIndices):
    __slots__ = ()


class sort(_ValuesIndices):
    __slots__ = ()


class topk(_ValuesIndices):
    __slots__ = ()


class median(_ValuesIndices):
    __slots__ = ()


class nanmedian(_ValuesIndices):
    __slots__ = ()


class mode(_ValuesIndices):
    __slots__ = ()


class kthvalue(_ValuesIndices):
    __slots__ = ()


class aminmax(NamedTuple):
    min: Tensor
    max: Tensor

    def __repr__(self) -> str:
        return _show(self)


class frexp(NamedTuple):
    mantissa: Tensor
    exponent: Tensor

    def __repr__(self) -> str:
        return _show(self)


class slogdet(NamedTuple):
    sign: Tensor
    logabsdet: Tensor

    def __repr__(self) -> str:
        return _show(self)


class linalg_slogdet(NamedTuple):
    sign: Tensor
    logabsdet: Tensor

    def __repr__(self) -> str:
        return _show(self)


class qr(NamedTuple):
    Q: Tensor
    R: Tensor

    def __repr__(self) -> str:
        return _show(self)


class linalg_qr(NamedTuple):
    Q: Tensor
    R: Tensor

    def __repr__(self) -> str:
        return _show(self)


class svd(NamedTuple):
    U: Tensor
    S: Tensor
    V: Tensor

    def __repr__(self) -> str:
        return _show(self)


class linalg_svd(NamedTuple):
    U: Tensor
    S: Tensor
    Vh: Tensor

    def __repr__(self) -> str:
        return _show(self)


class linalg_eigh(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor

    def __repr__(self) -> str:
        return _show(self)


class linalg_lstsq(NamedTuple):
    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor

    def __repr__(self) -> str:
        return _show(self)


class linalg_inv_ex(NamedTuple):
    inverse: Tensor
    info: Tensor

    def __repr__(self) -> str:
        return _show(self)


class linalg_cholesky_ex(NamedTuple):
    L: Tensor
    info: Tensor

    def __repr__(self) -> str:
        return _show(self)


class linalg_solve_ex(NamedTuple):
    result: Tensor
    info: Tensor

    def __repr__(self) -> str:
        return _show(self)


class triangular_solve(NamedTuple):
    solution: Tensor
    cloned_coefficient: Tensor

    def __repr__(self) -> str:
        return _show(self)

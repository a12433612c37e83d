"""Questions about tensors, and the tensor without its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes
from pydl.autograd.function import TensorBase, wrap
from pydl.dtypes import dtype as DType
from pydl.ops.operands import expect_tensor, number_code

if TYPE_CHECKING:
    from pydl.tensor import Tensor


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a floating one.

    >>> pydl.is_floating_point(pydl.tensor([1]))
    False
    """
    expect_tensor("is_floating_point", input)
    return input.array.dtype <= 3


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative values."""
    expect_tensor("is_signed", input)
    return dtypes.DTYPES[input.array.dtype].is_signed


def is_complex(input: Tensor) -> bool:
    """False: pydl has no complex numbers."""
    expect_tensor("is_complex", input)
    return False


# Nothing is waiting to be conjugated or negated either, nor was made to be used without gradients for ever.
is_conj = is_neg = is_inference = is_complex


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element of a tensor is not 0.

    Raises:
        ValueError: there are more, or none.

    >>> pydl.is_nonzero(pydl.tensor([0.0]))
    False
    """
    expect_tensor("is_nonzero", input)
    if input.array.size != 1:
        raise _C.ValueError(f"is_nonzero: expected a tensor of one element, got shape {input.array.shape}")
    return bool(_C.item(input.array))


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether the shapes are the same."""
    expect_tensor("is_same_size", input)
    expect_tensor("is_same_size", other)
    return _C.same_shape(input.array, other.array)


def is_storage(obj: Any) -> bool:
    """False: pydl shows no storages, only tensors."""
    return False


def get_device(input: Tensor) -> int:
    """The number of the GPU that holds the memory; -1 for the CPU."""
    expect_tensor("get_device", input)
    index = dtypes.DEVICES[input.array.device].index
    return -1 if index is None else index


def detach(input: Tensor) -> Tensor:
    """The same memory as a leaf that requires no gradient.

    >>> pydl.ones(1, requires_grad=True).detach().requires_grad
    False
    """
    expect_tensor("detach", input)
    return wrap(input.array)


def detach_(input: Tensor) -> Tensor:
    """Forget the history of this tensor."""
    expect_tensor("detach_", input)
    input.node = input.base = input.base_node = None
    input._requires_grad = False
    return input


def result_type(tensor1: Any, tensor2: Any) -> DType:
    """The dtype in which an operation on the two, tensors or numbers, computes.

    >>> pydl.result_type(pydl.tensor([1]), 1.0)
    pydl.float32
    """
    both = [tensor1, tensor2]
    for value in both:
        if not isinstance(value, TensorBase | int | float):
            raise _C.DTypeError(f"result_type: expected tensors or numbers, got {type(value).__name__}")
    tensors = [v for v in both if isinstance(v, TensorBase)]
    if len(tensors) == 2:
        return dtypes.DTYPES[_C.result_type(tensors[0].array, tensors[1].array)]
    if tensors:
        number = next(v for v in both if not isinstance(v, TensorBase))
        return dtypes.DTYPES[number_code(number, tensors[0].array.dtype)]
    kinds = [dtypes.get_default_dtype() if isinstance(v, float) else DTYPE_OF[type(v)] for v in both]
    return dtypes.promote_types(*kinds)


DTYPE_OF = {bool: dtypes.bool_, int: dtypes.int64}


def can_cast(from_: DType, to: DType) -> bool:
    """Whether a result of one dtype may be written into another: not from floating numbers to integers, nor from
    anything else to bool.

    >>> pydl.can_cast(pydl.float64, pydl.int64)
    False
    """
    for value in (from_, to):
        if not isinstance(value, DType):
            raise _C.DTypeError(f"can_cast: expected dtypes, got {type(value).__name__}")
    lossy = from_.is_floating_point and not to.is_floating_point
    return not (lossy or (to is dtypes.bool_ and from_ is not to))

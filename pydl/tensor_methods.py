"""The methods of Tensor that stand for no operation: new tensors like it, what kind it is, Python functions over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pydl import _C, dtypes, ops
from pydl.autograd.blame import remember_write
from pydl.autograd.function import Slot, TensorBase
from pydl.autograd.inplace import check_writable
from pydl.ops.operands import check_fits, expect_tensor

if TYPE_CHECKING:
    from pydl.tensor import Tensor

Place = str | dtypes.device | None


class TensorMethods(TensorBase):
    """What `pydl.Tensor` inherits."""

    __slots__ = ()

    # New tensors of this one's dtype.

    def new_tensor(
        self,
        data: Any,
        *,
        dtype: dtypes.dtype | None = None,
        device: Place = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """A tensor with a copy of ``data``, of this tensor's dtype."""
        return ops.tensor(data, dtype=self._kind(dtype), device=device, requires_grad=requires_grad)

    def new_empty(
        self,
        *sizes: Any,
        size: Any = None,
        dtype: dtypes.dtype | None = None,
        device: Place = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Uninitialised memory of this tensor's dtype."""
        return ops.empty(*sizes, size=size, dtype=self._kind(dtype), device=device, requires_grad=requires_grad)

    def new_zeros(
        self,
        *sizes: Any,
        size: Any = None,
        dtype: dtypes.dtype | None = None,
        device: Place = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Zeros of this tensor's dtype."""
        return ops.zeros(*sizes, size=size, dtype=self._kind(dtype), device=device, requires_grad=requires_grad)

    def new_ones(
        self,
        *sizes: Any,
        size: Any = None,
        dtype: dtypes.dtype | None = None,
        device: Place = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """Ones of this tensor's dtype."""
        return ops.ones(*sizes, size=size, dtype=self._kind(dtype), device=device, requires_grad=requires_grad)

    def new_full(
        self,
        size: Any,
        fill_value: Any,
        *,
        dtype: dtypes.dtype | None = None,
        device: Place = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        """One value in a shape, of this tensor's dtype."""
        return ops.full(size, fill_value, dtype=self._kind(dtype), device=device, requires_grad=requires_grad)

    def new(self, *data: Any) -> Tensor:
        """`new_tensor` of lists and arrays, `new_empty` of sizes: an older name of both."""
        from pydl.tensor import Size

        if len(data) == 1 and not isinstance(data[0], int | Size):
            return self.new_tensor(data[0])
        return self.new_empty(*(data or (0,)))

    def _kind(self, dtype: dtypes.dtype | None) -> dtypes.dtype:
        return dtypes.DTYPES[self.array.dtype] if dtype is None else dtype

    def __contains__(self, element: Any) -> bool:
        if not isinstance(element, TensorBase | int | float):
            raise _C.DTypeError(f"in: expected a tensor or a number, got {type(element).__name__}")
        return bool(ops.any(ops.eq(self, element)))  # type: ignore[arg-type]

    # What kind of tensor it is.

    @property
    def layout(self) -> dtypes.layout:
        """`pydl.strided`: there is no other."""
        return dtypes.strided

    @property
    def is_cpu(self) -> bool:
        """Whether the memory is the CPU's."""
        return dtypes.DEVICES[self.array.device].type == "cpu"

    @property
    def is_sparse(self) -> bool:
        """False: there are no sparse tensors."""
        return False

    is_sparse_csr = is_quantized = is_nested = is_meta = is_mkldnn = is_mps = is_xpu = is_sparse

    def is_pinned(self, device: Place = None) -> bool:
        """False: without a GPU there is nothing that pages are locked for."""
        return False

    def is_shared(self) -> bool:
        """False: no memory is shared between processes."""
        return False

    def is_set_to(self, tensor: Tensor) -> bool:
        """Whether another tensor shows the same memory in the same shape and strides."""
        expect_tensor("is_set_to", tensor)
        a, b = self.array, tensor.array
        return (a.storage_id, a.offset, a.shape, a.strides) == (b.storage_id, b.offset, b.shape, b.strides)

    def to_dense(self, dtype: dtypes.dtype | None = None, *, masked_grad: bool = True) -> Any:
        """The tensor itself, converted where a dtype is given: it is dense."""
        return self if dtype is None else self.to(dtype)  # type: ignore[attr-defined]

    # The graph.

    @property
    def output_nr(self) -> int:
        """Which of the results of the operation that made it."""
        return self.node.index if isinstance(self.node, Slot) else 0

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad` was called, of a tensor that is no leaf."""
        from pydl.autograd.hooks import retained

        return retained(self)  # type: ignore[arg-type]

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> Any:
        """Call ``hook(tensor)`` each time after backward has added to the ``.grad`` of this leaf.

        Raises:
            StateError: it requires no gradient, or is no leaf.
        """
        from pydl.autograd.hooks import register_after

        return register_after(self, hook)  # type: ignore[arg-type]

    # Python functions, element by element: slow.

    def apply_(self, callable: Callable[[Any], Any]) -> Any:
        """Replace each element by ``callable(element)``, a number.

        Raises:
            StateError: the tensor requires a gradient.
        """
        return self._called("apply_", callable)

    def map_(self, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Any:
        """Replace each element by ``callable(element, other)``, with the element of another tensor in its place."""
        return self._called("map_", callable, tensor)

    def map2_(self, x: Tensor, y: Tensor, callable: Callable[[Any, Any, Any], Any]) -> Any:
        """Replace each element by ``callable(element, x, y)``, with the elements of two other tensors in its place."""
        return self._called("map2_", callable, x, y)

    def _called(self, name: str, call: Callable[..., Any], *others: Tensor) -> Any:
        if self._requires_grad:
            raise _C.StateError(f"{name}: a tensor that requires a gradient; use .detach()")
        check_writable(name, self)  # type: ignore[arg-type]
        columns = [self, *others]
        for x in others:
            expect_tensor(name, x)
            if x.array.dtype != self.array.dtype:
                kinds = [dtypes.DTYPES[t.array.dtype].name for t in columns]
                raise _C.DTypeError(f"{name}: expected tensors of one dtype, got {' and '.join(kinds)}")
        lists = [ops.expand(x, self.array.shape).reshape(-1).tolist() for x in columns]  # type: ignore[arg-type]
        kind = dtypes.DTYPES[self.array.dtype]
        results = [call(*row) for row in zip(*lists, strict=True)]
        for value in results:
            if not isinstance(value, int | float):
                raise _C.DTypeError(f"{name}: expected the function to give numbers, got {type(value).__name__}")
            if kind in dtypes.LIMITS:
                check_fits(name, value, value, kind.code)
        if not kind.is_floating_point:
            results = [bool(v) if kind is dtypes.bool_ else int(v) for v in results]
        values = np.array(results, np.float64 if kind.is_floating_point else np.int64)
        new = _C.cast(ops.from_numpy(values).array, kind.code)
        _C.copy_into(self.array, _C.reshape(new, self.array.shape))
        remember_write(self)  # type: ignore[arg-type]
        return self

    # Conversion.

    def byte(self) -> Any:
        """Convert to uint8."""
        return self.to(dtypes.uint8)  # type: ignore[attr-defined]

    def char(self) -> Any:
        """Convert to int8."""
        return self.to(dtypes.int8)  # type: ignore[attr-defined]

    def short(self) -> Any:
        """Convert to int16."""
        return self.to(dtypes.int16)  # type: ignore[attr-defined]

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the class for this dtype, or the tensor converted to a dtype, given as one, as such a class, or
        by its name.

        >>> pydl.ones(1).type()
        'pydl.FloatTensor'
        >>> pydl.ones(1).type("torch.LongTensor")
        tensor([1])
        """
        from pydl.tensor_types import dtype_of, name_of

        if dtype is None:
            return name_of(dtypes.DTYPES[self.array.dtype])
        return self.to(dtype_of("type", dtype))  # type: ignore[attr-defined]

"""What PyTorch makes of the calls that fuzz.py draws: for those that both libraries take, the results are compared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

import pydl

OWNERS = {
    "ops": (torch.nn.functional, torch, torch.special),
    "functional": (torch.nn.functional,),
    "methods": (torch.Tensor,),
    "specials": (torch.Tensor,),
    "linalg": (torch.linalg,),
    "fft": (torch.fft,),
}
# Not compared: what is random, memory as it was found, an order or a sign that is left open, copies for others.
OPEN = """
    alpha_dropout bernoulli bernoulli_ cauchy_ dropout dropout1d dropout2d dropout3d exponential_ feature_alpha_dropout
    fractional_max_pool2d fractional_max_pool3d geometric_ gumbel_softmax log_normal_ multinomial normal normal_ poisson
    rand rand_like randint randint_like randn randn_like random_ randperm rrelu rrelu_ uniform_
    empty empty_like empty_strided new new_empty resize_ resize_as_ set_ as_strided as_strided_
    data_ptr storage_offset stride is_contiguous is_set_to
    argsort kthvalue median mode msort nanmedian sort topk unique unique_consecutive
    cholesky_ex cond eig eigh inv_ex lobpcg lstsq lu lu_factor matrix_rank pinv qr svd
    __array__ __dlpack__ __dlpack_device__ __format__ numpy tolist
"""
# Where pydl gives another result on purpose, or PyTorch's is no result to agree with.
DIFFERENT = {
    "hardswish": "0 at minus infinity, its limit; PyTorch gives NaN",
    "hardswish_": "as hardswish",
    "softplus": "finite where exp of the input is not",
    "soft_margin_loss": "finite where exp of the input is not",
    "polygamma": "PyTorch's float32 loses digits below -100",
    "polygamma_": "as polygamma",
    "i0": "of int8 finite up to 91; PyTorch's overflows at 89",
    "triplet_margin_loss": "a difference of distances, which may be of a million",
    "gelu": "inf at inf; PyTorch's vectors in float32 give NaN there",
    "softsign": "of -128 in int8 too",
    "histc": "half numbers are put into bins in float32",
    "std_mean": "the mean of infinities is infinite",
    "var_mean": "as std_mean",
    "matrix_exp": "which elements infinities make NaN is open",
    "multilabel_soft_margin_loss": "weights of more dimensions than the input",
    "__contains__": "numbers are compared as numbers; PyTorch makes an int32 of 2**62 first",
    "normalize": "norms of an order like 1e300",
    "triangular_solve": "which elements infinities make NaN is open",
    "slogdet": "of NaN the sign is open",
    "logspace": "as linspace",
    "linspace": "the first and the last are as given, infinite ones too",
    "pixel_unshuffle": "PyTorch leaves the channels of empty images as they are",
    "cholesky_inverse": "of what is no factor",
    "threshold": "numbers are compared as numbers; PyTorch makes -1 a byte of 255 first",
    "threshold_": "as threshold",
    "trapezoid": "sums of bytes are no bytes",
    "trapz": "as trapezoid",
    "cumulative_trapezoid": "as trapezoid",
}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "greater", "greater_equal", "less", "less_equal", "not_equal")
FLOATING = (pydl.float64, pydl.float32, pydl.bfloat16, pydl.float16)
TOLERANCE = {"float32": 1e-3, "float64": 1e-6, "bfloat16": 5e-2, "float16": 1e-2}


def dtype_of(dtype: pydl.dtype) -> torch.dtype:
    found: torch.dtype = getattr(torch, dtype.name)
    return found


def convert(value: Any) -> Any:
    """An argument as PyTorch takes it, with memory of its own."""
    if isinstance(value, pydl.Tensor):
        plain = value.detach()
        half = plain.dtype is pydl.bfloat16
        x = torch.from_numpy(np.array((plain.float() if half else plain).numpy()))
        return (x.bfloat16() if half else x).requires_grad_(value.requires_grad)
    if isinstance(value, pydl.dtype):
        return dtype_of(value)
    if isinstance(value, list):
        return [convert(v) for v in value]
    if type(value) is tuple:
        return tuple(convert(v) for v in value)
    return value


class Call:
    """One call in PyTorch, with its arguments as they are now; `compare` makes it."""

    def __init__(self, family: str, name: str, owner: Any, arguments: list[Any]) -> None:
        self.function = None
        if name in OPEN.split() or name in DIFFERENT or family not in OWNERS:
            return
        tensors = [a for a in [owner, *arguments] if isinstance(a, pydl.Tensor)]
        if ("_loss" in name or "cross_entropy" in name or "similarity" in name) and len({x.dtype for x in tensors}) > 1:
            return  # pydl promotes, PyTorch takes one operand's dtype
        if name in ("min", "max") and len(tensors) > 1 and len(arguments) + (owner is not None) > 2:
            return  # a tensor as the dimension
        if name == "__getitem__" and any(isinstance(a, list) for a in arguments):
            return  # a list is an array, as PyTorch announces it; there it still means a tuple
        whole = [x for x in tensors if x.dtype not in (pydl.bool, *FLOATING)]
        if name.rstrip("_") in COMPARISONS and any(
            isinstance(a, int) and not pydl.iinfo(x.dtype).min <= a <= pydl.iinfo(x.dtype).max
            for a in arguments
            for x in whole
        ):
            return  # pydl compares numbers, PyTorch wraps them round first: there 5 <= 2**31 is False in int16
        integers = [x for x in tensors if not x.dtype.is_floating_point and x.numel()]
        # Integers that no float holds, and settings that are NaN: of one shape and dtype is enough.
        self.close = all(x.double().abs().max().item() < 2**24 for x in integers)
        self.close &= not any(isinstance(a, float) and a != a for a in arguments)
        self.function = next((f for o in OWNERS[family] if callable(f := getattr(o, name, None))), None)
        self.arguments = [convert(a) for a in arguments]
        if owner is not None:
            self.arguments.insert(0, convert(owner))

    def compare(self, result: Any) -> str | None:
        """Nothing where PyTorch refuses the call; "" where it gives the same; or else what differs."""
        if self.function is None:
            return None
        try:
            theirs = self.function(*self.arguments)
        except Exception:
            return None
        return difference(result, theirs, self.close)


def difference(ours: Any, theirs: Any, close: bool) -> str | None:
    """What differs between two results, "" for nothing, None where they cannot be compared."""
    if isinstance(ours, pydl.Tensor) and isinstance(theirs, torch.Tensor):
        return tensor_difference(ours, theirs, close)
    if isinstance(ours, tuple | list) and isinstance(theirs, tuple | list):
        if len(ours) != len(theirs):
            return f"{len(ours)} results, PyTorch gives {len(theirs)}"
        found = [difference(a, b, close) for a, b in zip(ours, theirs, strict=True)]
        return next((d for d in found if d), "" if all(d == "" for d in found) else None)
    if isinstance(ours, pydl.dtype) and isinstance(theirs, torch.dtype):
        return "" if dtype_of(ours) is theirs else f"{ours}, PyTorch gives {theirs}"
    number = int | float
    if isinstance(ours, number) and isinstance(theirs, number):
        same = (
            not close
            or ours == theirs
            or math.isclose(ours, theirs, rel_tol=1e-3)
            or (ours != ours and theirs != theirs)
        )
        return "" if same else f"{ours}, PyTorch gives {theirs}"
    if isinstance(ours, pydl.Tensor | number) != isinstance(theirs, torch.Tensor | number):
        return f"a {type(ours).__name__}, PyTorch gives a {type(theirs).__name__}"
    return None


def tensor_difference(ours: pydl.Tensor, theirs: torch.Tensor, close: bool) -> str | None:
    if theirs.is_complex() or theirs.is_sparse or theirs.is_quantized:
        return None
    if tuple(ours.shape) != tuple(theirs.shape):
        return f"shape {tuple(ours.shape)}, PyTorch gives {tuple(theirs.shape)}"
    if dtype_of(ours.dtype) is not theirs.dtype:
        return f"{ours.dtype}, PyTorch gives {theirs.dtype}"
    a = ours.detach().double().numpy()
    b = theirs.detach().double().numpy()
    if ours.dtype.itemsize == 2 and ours.dtype.is_floating_point:
        b = np.where(np.isfinite(b), b, a)  # where half numbers overflow on the way is left open
    if not close:
        return ""
    tolerance = TOLERANCE.get(ours.dtype.name, 0)
    finite = np.abs(b[np.isfinite(b)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    if np.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True):
        return ""
    with np.errstate(all="ignore"):
        at = np.unravel_index(np.argmax(np.nan_to_num(np.abs(a - b), nan=np.inf)), a.shape)
    return f"{a[at]} at {tuple(map(int, at))} of {a.shape} {ours.dtype}, PyTorch gives {b[at]}"

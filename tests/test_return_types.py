"""Results of two tensors: named tuples, with PyTorch's names and looks."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pydl

CALLS: dict[str, Callable[[Any], Any]] = {
    "max": lambda x: x.max(1),
    "min": lambda x: x.min(1),
    "cummax": lambda x: x.cummax(1),
    "cummin": lambda x: x.cummin(1),
    "sort": lambda x: x.sort(1),
    "topk": lambda x: x.topk(2, 1),
    "median": lambda x: x.median(1),
    "nanmedian": lambda x: x.nanmedian(1),
    "mode": lambda x: x.mode(1),
    "kthvalue": lambda x: x.kthvalue(2, 1),
    "aminmax": lambda x: x.aminmax(dim=1),
}
X = np.array([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]], "float32")


@pytest.mark.parametrize("name", CALLS)
def test_named_tuples(name: str) -> None:
    result = CALLS[name](pydl.from_numpy(X))
    first, second = result
    fields = ("min", "max") if name == "aminmax" else ("values", "indices")
    assert isinstance(result, tuple) and isinstance(result, getattr(pydl.return_types, name))
    assert type(result).__name__ == name and result._fields == fields
    assert getattr(result, fields[0]) is first is result[0]
    assert getattr(result, fields[1]) is second is result[1]
    for again in (copy.copy(result), pickle.loads(pickle.dumps(result))):
        assert type(again) is type(result) and pydl.equal(again[0], first)


@pytest.mark.parametrize("name", CALLS)
def test_looks(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = CALLS[name](pydl.from_numpy(X)), CALLS[name](torch.from_numpy(X))
    assert repr(ours) == repr(theirs).replace("torch.", "pydl.")

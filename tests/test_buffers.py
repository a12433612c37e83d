"""Tensors over memory of others."""

from __future__ import annotations

import array

import numpy as np
import pytest

import pydl


def test_asarray_shares_where_it_can() -> None:
    a = np.zeros(3, np.float32)
    x = pydl.asarray(a)
    x[0] = 1
    assert a[0] == 1 and pydl.asarray(x) is x
    y = pydl.asarray(a, copy=True)
    y[1] = 5
    assert a[1] == 0
    assert pydl.asarray(a, dtype=pydl.int64).tolist() == [1, 0, 0] and pydl.asarray(3.5).item() == 3.5
    with pytest.raises(pydl.ValueError):
        pydl.asarray(a, dtype=pydl.float64, copy=False)
    assert pydl.asarray(a, requires_grad=True).requires_grad and not pydl.asarray(a).requires_grad
    assert pydl.asarray(bytearray(8), dtype=pydl.int64).tolist() == [0]


def test_frombuffer() -> None:
    data = array.array("i", [1, 2, 3, 4])
    x = pydl.frombuffer(data, dtype=pydl.int32)
    x[0] = 9
    assert data[0] == 9
    assert pydl.frombuffer(data, dtype=pydl.int32, count=2, offset=4).tolist() == [2, 3]
    fixed = pydl.frombuffer(b"\x01\x02", dtype=pydl.uint8)
    fixed[0] = 7  # a copy: bytes do not change
    assert fixed.tolist() == [7, 2]
    odd = pydl.frombuffer(bytearray(b"\0" * 9), dtype=pydl.int64, offset=1)
    assert odd.tolist() == [0]
    half = np.array([1.5, -2.0], np.float32).view(np.uint16)[1::2].tobytes()
    assert pydl.frombuffer(half, dtype=pydl.bfloat16).tolist() == [1.5, -2.0]
    assert pydl.frombuffer(data, dtype=pydl.float32, requires_grad=True).requires_grad


def test_single_numbers() -> None:
    assert pydl.scalar_tensor(3).dtype is pydl.float32 and pydl.scalar_tensor(3, dtype=pydl.int8).item() == 3
    assert pydl.scalar_tensor(2.5, requires_grad=True).requires_grad


def test_strides_of_new_memory() -> None:
    x = pydl.empty_strided((2, 3), (3, 1), dtype=pydl.int32).fill_(4)
    assert x.stride() == (3, 1) and x.tolist() == [[4] * 3] * 2
    assert pydl.empty_strided((0, 3), (3, 1)).numel() == 0 and pydl.empty_strided((), ()).shape == ()

"""Indexing with drawn keys against numpy: values, gradients, assignment, sharing of memory, messages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pydl

sizes = st.integers(1, 4)


@st.composite
def slices(draw: Any, size: int) -> slice:
    place = st.none() | st.integers(-size - 2, size + 2)
    return slice(draw(place), draw(place), draw(st.sampled_from([None, 1, 2, 3, -1, -2])))


@st.composite
def basic_keys(draw: Any) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """A shape and a key of ints, slices, None and '...'."""
    shape = tuple(draw(st.lists(sizes, min_size=1, max_size=4)))
    key: list[Any] = []
    for size in shape[: draw(st.integers(0, len(shape)))]:
        if draw(st.booleans()) and draw(st.booleans()):
            key.append(None)
        key.append(draw(st.integers(-size, size - 1) | slices(size)))
    if draw(st.booleans()):
        key.insert(draw(st.integers(0, len(key))), Ellipsis)
        # What follows '...' belongs to the last dimensions.
        at = key.index(Ellipsis)
        left = [k for k in key[at + 1 :] if k is not None]
        for k, size in zip(left, shape[len(shape) - len(left) :], strict=True):
            if isinstance(k, int) and not -size <= k < size:
                key[key.index(k, at)] = 0
    return shape, tuple(key)


@st.composite
def array_keys(draw: Any) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    """A shape and a key of slices, None, '...', arrays of indices that broadcast, and at most one mask.

    No ints: numpy counts them among the arrays, PyTorch and pydl apply them first.
    """
    shape = tuple(draw(st.lists(sizes, min_size=1, max_size=4)))
    common = tuple(draw(st.lists(sizes, max_size=2)))
    key: list[Any] = []
    masked = False
    for size in shape[: draw(st.integers(1, len(shape)))]:
        kind = draw(st.sampled_from(["slice", "indices", "indices", "mask"]))
        count = common[-1] if common else 1
        if kind == "slice":
            key.append(draw(slices(size)))
        elif kind == "mask" and not masked and count <= size:
            masked = True
            on = draw(st.permutations([True] * count + [False] * (size - count)))
            key.append(np.array(on))
        else:
            ones = [draw(st.booleans()) for _ in common]
            place = [1 if one else n for one, n in zip(ones, common, strict=True)] or [1]
            values = draw(
                st.lists(st.integers(-size, size - 1), min_size=int(np.prod(place)), max_size=int(np.prod(place)))
            )
            key.append(np.array(values, dtype=np.int64).reshape(place))
        if draw(st.integers(0, 4)) == 0:
            key.append(None)
    if draw(st.integers(0, 3)) == 0:
        key.append(Ellipsis)
    return shape, tuple(key)


def numbers(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).standard_normal(shape)


def for_pydl(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(pydl.from_numpy(k) if isinstance(k, np.ndarray) else k for k in key)


@given(basic_keys() | array_keys())
def test_getitem_and_its_gradient(case: Any) -> None:
    shape, key = case
    a = numbers(shape)
    x = pydl.tensor(a, requires_grad=True)
    y = x[for_pydl(key)]
    expected = a[key]
    np.testing.assert_array_equal(y.detach().numpy(), expected)
    w = numbers(expected.shape)
    y.backward(pydl.tensor(w))
    grad = np.zeros(shape)
    np.add.at(grad, key, w)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), grad, rtol=1e-12)


@given(basic_keys() | array_keys(), st.booleans(), st.integers(0, 2))
def test_setitem_and_its_gradients(case: Any, tracked: bool, ones: int) -> None:
    # As numpy and PyTorch, a value may have more dimensions than its place, of size 1 and in front.
    shape, key = case
    a = numbers(shape)
    flat = np.arange(a.size).reshape(shape)[key].reshape(-1)
    if len(set(flat)) != flat.size:
        return  # which of the values written to one place stays is nobody's promise
    part = a[key].shape
    v = numbers((1,) * ones + part[len(part) // 2 :]) + 10
    start = pydl.tensor(a, requires_grad=tracked)
    value = pydl.tensor(v, requires_grad=tracked)
    x = start * 1
    x[for_pydl(key)] = value
    expected = a.copy()
    expected[key] = v.reshape(v.shape[ones:])  # numpy takes no array for a single element
    np.testing.assert_array_equal(x.detach().numpy(), expected)
    if not tracked:
        return
    w = numbers(shape)
    x.backward(pydl.tensor(w))
    rest = w.copy()
    rest[key] = 0
    assert start.grad is not None and value.grad is not None
    np.testing.assert_array_equal(start.grad.numpy(), rest)
    taken = w[key]
    taken = taken.sum(tuple(range(len(part) // 2))).reshape(v.shape)
    np.testing.assert_allclose(value.grad.numpy(), taken, rtol=1e-12, atol=1e-12)


@given(basic_keys())
def test_basic_keys_give_views(case: Any) -> None:
    shape, key = case
    x = pydl.zeros(*shape)
    y = x[key]
    y += 1
    assert x.sum().item() == y.numel()
    assert x._version == y._version


def test_ints_are_applied_before_arrays() -> None:
    x = pydl.arange(24).reshape(2, 3, 4)
    assert x[0, :, [1, 2]].shape == (3, 2)
    assert x[:, [0, 1], 1].shape == (2, 2)


def test_what_counts_as_an_index() -> None:
    x = pydl.arange(12).reshape(3, 4)
    assert x[np.int64(1)].tolist() == x[1].tolist() == x[pydl.tensor(1)].tolist()
    assert x[pydl.tensor([2, 0], dtype=pydl.int32)].tolist() == x[[2, 0]].tolist() == x[range(2, -1, -2)].tolist()
    assert x[[True, False, True]].tolist() == x[[0, 2]].tolist()
    assert x[True].shape == (1, 3, 4)
    assert x[False].shape == (0, 3, 4)
    assert x[[]].shape == (0, 4)
    assert x[()].shape == (3, 4)
    assert [row.tolist() for row in x] == x.tolist()


def test_assignment_converts_and_broadcasts() -> None:
    x = pydl.zeros(2, 3, dtype=pydl.int64)
    x[0] = 1.7
    x[1, 1:] = pydl.tensor([[[5.0, 6.0]]])
    assert x.tolist() == [[1, 1, 1], [0, 5, 6]]
    y = pydl.zeros(3)
    y[y == 0] = pydl.tensor(2.0)
    assert y.tolist() == [2.0, 2.0, 2.0]
    z = pydl.arange(4)
    z[1:] = z[:-1]
    assert z.tolist() == [0, 0, 1, 2]


def test_an_index_written_later_does_not_change_the_gradient() -> None:
    for pick in (lambda x, i: x[i], lambda x, i: x.index_select(0, i), lambda x, i: x.take(i)):
        x = pydl.zeros(3, requires_grad=True)
        i = pydl.tensor([0, 1])
        y = pick(x, i)
        i[0] = 2
        y.sum().backward()
        assert x.grad is not None
        assert x.grad.tolist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (3, r"index: expected -3 to 2 in dimension 0 of shape \(3, 4\), got 3"),
        ((0, -5), r"index: expected -4 to 3 in dimension 1 of shape \(3, 4\), got -5"),
        ((0, 0, 0), r"index: expected at most 2 indices for shape \(3, 4\), got 3"),
        ([0, 7], r"index: expected -3 to 2 in dimension 0 of shape \(3, 4\), got 7 at position \(1,\)"),
        (([0, 1], [0, 1, 2]), r"index: shapes \(2,\) and \(3,\) do not broadcast"),
        ([True, False], r"index: expected a mask of shape \(3,\)"),
        ("a", "index: expected ints, slices"),
        (slice("a", None), "index: expected the parts of a slice"),
    ],
)
def test_errors_name_index_dimension_and_size(key: Any, message: str) -> None:
    with pytest.raises(pydl.IndexError, match=message):
        pydl.zeros(3, 4)[key]

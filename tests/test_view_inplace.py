"""Tensors that change their shape, and views that overlap: histories stay right."""

from __future__ import annotations

import pytest

import pydl


def test_a_shape_changed_in_place_keeps_the_history() -> None:
    x = pydl.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    y = x * 2
    before = y[0]  # a view made before
    assert y.t_() is y and y.shape == (3, 1)
    (y * pydl.tensor([[1.0], [10.0], [100.0]])).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [[2.0, 20.0, 200.0]]
    x.grad = None
    y = x * 2
    before = y[0]
    y.squeeze_(0)
    (before * pydl.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [[2.0, 4.0, 6.0]]


def test_a_view_changed_in_place() -> None:
    x = pydl.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    row = y[1]
    row.unsqueeze_(0)
    assert row.shape == (1, 2)
    row.mul_(10)
    y.sum().backward()
    assert y.tolist() == [[1.0, 2.0], [30.0, 40.0]]
    assert x.grad is not None and x.grad.tolist() == [[1.0, 1.0], [10.0, 10.0]]


def test_under_no_grad() -> None:
    x = pydl.ones(2, 1, requires_grad=True)
    y = x * 3
    with pydl.no_grad():
        y.squeeze_()
    y.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [[3.0], [3.0]]
    x.grad = None
    with pydl.no_grad():
        x.squeeze_()
    assert x.is_leaf and x.requires_grad and x.shape == (2,)
    (x * 2).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2.0, 2.0]


def test_resize_grows() -> None:
    x = pydl.arange(6.0)[2:].resize_(2, 4)
    assert x.shape == (2, 4) and x.tolist()[0] == [2.0, 3.0, 4.0, 5.0]
    x.fill_(1.0)
    y = pydl.arange(4)
    assert y.resize_(2).tolist() == [0, 1] and y.resize_(2, 2).tolist() == [[0, 1], [2, 3]]
    with pytest.raises(pydl.OutOfMemoryError):
        y.resize_(1 << 50)
    assert y.tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("windows", [lambda x: x.unfold(0, 3, 1), lambda x: x.as_strided((3, 3), (1, 1))])
def test_overlapping_views_after_a_write(windows) -> None:  # type: ignore[no-untyped-def]
    """Each element is shown up to three times; its gradient is the sum, also when the base was written since."""
    x = pydl.arange(5.0).requires_grad_()
    y = x * 1
    seen = windows(y)
    y.mul_(2)
    assert seen.tolist() == [[0.0, 2.0, 4.0], [2.0, 4.0, 6.0], [4.0, 6.0, 8.0]]
    seen.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2.0, 4.0, 6.0, 4.0, 2.0]


def test_nothing_can_be_written_anywhere() -> None:
    """An empty tensor has no element that stands for several, whatever its strides."""
    x = pydl.ones(1, 0).expand(3, 0)
    for write in (lambda: x.sign_(), lambda: x.add_(1), lambda: x.copy_(pydl.ones(1, 0)), lambda: x.eq_(1)):
        assert write().shape == (3, 0)

"""Creation: values, dtypes and shapes, as PyTorch has them."""

from __future__ import annotations

import math

import numpy as np
import pytest

import pydl


def same(x: pydl.Tensor, values: object, dtype: pydl.dtype) -> None:
    assert x.dtype is dtype
    np.testing.assert_array_equal(x.numpy(), np.array(values))


def test_tensor_dtypes() -> None:
    same(pydl.tensor(1), 1, pydl.int64)
    same(pydl.tensor(1.5), 1.5, pydl.float32)
    same(pydl.tensor(True), True, pydl.bool_)
    same(pydl.tensor([1, 2.5]), [1, 2.5], pydl.float32)
    same(pydl.tensor([]), [], pydl.float32)
    same(pydl.tensor([[], []]), [[], []], pydl.float32)
    same(pydl.tensor(np.float64(2)), 2, pydl.float64)
    same(pydl.tensor(np.arange(3, dtype=np.int16)), [0, 1, 2], pydl.int16)
    same(pydl.tensor([1, 0], dtype=pydl.bool_), [True, False], pydl.bool_)
    same(pydl.tensor([pydl.tensor(1.0), pydl.tensor(2.0)]), [1, 2], pydl.float32)
    same(pydl.tensor([pydl.tensor([1.0]), pydl.tensor([[2]])]), [1, 2], pydl.float32)
    same(pydl.tensor([pydl.tensor(0.1, dtype=pydl.float64), 2]), [0.1, 2], pydl.float64)
    same(pydl.tensor([pydl.tensor(1), 2.5, True]), [1, 2.5, 1], pydl.float32)


def test_tensor_copies() -> None:
    a = np.zeros(2, np.float32)
    x, y = pydl.tensor(a), pydl.from_numpy(a)
    a[0] = 5
    assert x.tolist() == [0, 0]
    assert y.tolist() == [5, 0]
    assert pydl.as_tensor(a).data_ptr() == y.data_ptr()
    assert pydl.tensor(y).data_ptr() != y.data_ptr()


def test_constants() -> None:
    same(pydl.zeros(2, 3), np.zeros((2, 3)), pydl.float32)
    same(pydl.zeros((2, 3)), np.zeros((2, 3)), pydl.float32)
    same(pydl.ones(2, dtype=pydl.int8), [1, 1], pydl.int8)
    same(pydl.full((2,), 3), [3, 3], pydl.int64)
    same(pydl.full((2,), 3.5, dtype=pydl.float64), [3.5, 3.5], pydl.float64)
    same(pydl.full((), True), True, pydl.bool_)
    same(pydl.eye(2, 3), np.eye(2, 3), pydl.float32)
    like = pydl.ones(2, dtype=pydl.int32)
    same(pydl.zeros_like(like), [0, 0], pydl.int32)
    same(pydl.ones_like(like, dtype=pydl.float64), [1, 1], pydl.float64)
    same(pydl.full_like(like, 7), [7, 7], pydl.int32)
    assert pydl.empty_like(like).shape == (2,)


def test_ranges() -> None:
    same(pydl.arange(3), [0, 1, 2], pydl.int64)
    same(pydl.arange(5, 0, -2), [5, 3, 1], pydl.int64)
    same(pydl.arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75], pydl.float32)
    same(pydl.arange(3, dtype=pydl.float64), [0, 1, 2], pydl.float64)
    same(pydl.arange(2, 2), [], pydl.int64)
    same(pydl.linspace(0, 1, 3), [0, 0.5, 1], pydl.float32)
    same(pydl.linspace(0, 1, 1), [0], pydl.float32)
    assert pydl.linspace(math.inf, 0, 1).tolist() == [math.inf] and pydl.linspace(0, math.inf, 2)[0].item() == 0
    assert pydl.linspace(-3, 10, 5)[-1].item() == 10


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        (pydl.int8, 300),
        (pydl.int8, -129),
        (pydl.int8, 127.5),
        (pydl.uint8, 256),
        (pydl.uint8, -256),
        (pydl.int16, 2**15),
        (pydl.int32, 2**31),
        (pydl.int64, 2**63),
        (pydl.int64, 2.0**63),
        (pydl.int64, float("nan")),
        (pydl.int32, float("-inf")),
    ],
)
def test_numbers_that_do_not_fit(dtype: pydl.dtype, value: float) -> None:
    """Written as they are, not computed with: no silent other number."""
    x = pydl.zeros(3, dtype=dtype)
    index, mask = pydl.tensor([0]), pydl.tensor([True, False, True])
    calls = {
        "tensor": (lambda: pydl.tensor(value, dtype=dtype), lambda: pydl.tensor([[0, value]], dtype=dtype)),
        "full": (lambda: pydl.full((2,), value, dtype=dtype),),
        "full_like": (lambda: pydl.full_like(x, value),),
        "fill_": (lambda: x.fill_(value),),
        "setitem": (lambda: x.__setitem__(0, value), lambda: x.__setitem__(mask, value)),
        "masked_fill": (lambda: x.masked_fill(mask, value),),
        "index_fill": (lambda: x.index_fill(0, index, value),),
        "scatter": (lambda: x.scatter(0, index, value),),
    }
    for name, several in calls.items():
        for call in several:
            with pytest.raises(pydl.ValueError, match=rf"^{name}: .* does not fit {dtype.name}$"):
                call()
    assert x.tolist() == [0, 0, 0]


def test_numbers_at_the_ends_of_a_dtype() -> None:
    same(pydl.tensor([-128, 127], dtype=pydl.int8), [-128, 127], pydl.int8)
    same(pydl.tensor([2**63 - 1, -(2**63)]), [2**63 - 1, -(2**63)], pydl.int64)
    same(pydl.full((1,), -1, dtype=pydl.uint8), [255], pydl.uint8)  # as PyTorch has it
    same(pydl.tensor([-1], dtype=pydl.uint8), [255], pydl.uint8)
    same(pydl.tensor([2.7, -2.7], dtype=pydl.int64), [2, -2], pydl.int64)
    same(pydl.full((1,), float("nan"), dtype=pydl.bool_), [True], pydl.bool_)
    same(pydl.tensor([2, 0], dtype=pydl.bool_), [True, False], pydl.bool_)
    same(pydl.tensor(np.array([300]), dtype=pydl.int8), [44], pydl.int8)  # a conversion between dtypes wraps


def test_tensor_of_no_numbers() -> None:
    for data in ("abc", {}, {"a": 1}, ["a"], [None], 1j, None):
        with pytest.raises(pydl.DTypeError, match=r"^tensor: expected numbers, nested lists .* got "):
            pydl.tensor(data)


def test_names_that_programs_ask_for() -> None:
    assert not pydl.cuda.is_available()
    assert pydl.cuda.device_count() == 0
    x = pydl.ones(2, 3)
    assert not x.is_cuda
    assert x.pin_memory() is x
    assert pydl.is_tensor(x)
    assert not pydl.is_tensor(np.ones(2))
    assert pydl.numel(x) == 6
    with pytest.raises(pydl.DTypeError, match="numel: expected a tensor, got int"):
        pydl.numel(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", [pydl.float32, pydl.float64, pydl.float16])
def test_finfo(dtype: pydl.dtype) -> None:
    ours, numpys = pydl.finfo(dtype), np.finfo(dtype.numpy)
    for name in ("eps", "max", "min", "tiny", "smallest_normal", "resolution", "bits"):
        assert getattr(ours, name) == getattr(numpys, name), name
    assert ours.dtype == dtype.name


def test_infos() -> None:
    half = pydl.finfo(pydl.bfloat16)
    assert (half.eps, half.max, half.tiny) == (0.0078125, 3.3895313892515355e38, 1.1754943508222875e-38)
    assert half.resolution == 0.01
    assert repr(pydl.finfo()) == (
        "finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07, "
        "smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)"
    )
    for dtype in (pydl.int64, pydl.int32, pydl.int16, pydl.int8, pydl.uint8):
        ours, numpys = pydl.iinfo(dtype), np.iinfo(dtype.numpy)
        assert (ours.min, ours.max, ours.bits) == (numpys.min, numpys.max, numpys.bits)
    assert repr(pydl.iinfo(pydl.uint8)) == "iinfo(min=0, max=255, dtype=uint8)"
    for call in (lambda: pydl.finfo(pydl.int8), lambda: pydl.iinfo(pydl.float32), lambda: pydl.iinfo(pydl.bool_)):
        with pytest.raises(pydl.DTypeError, match=r"info: expected an? .* dtype, got pydl"):
            call()


def test_numpy_arrays_beside_tensors() -> None:
    x, a = pydl.tensor([1.0, 2.0]), np.array([3.0, 4.0])
    same(x + a, [4, 6], pydl.float64)
    same(a + x, [4, 6], pydl.float64)
    same(x * a.astype(np.float32), [3, 8], pydl.float32)
    same(a * x, [3, 8], pydl.float64)
    same(a - x, [2, 2], pydl.float64)
    same(a / x, [3, 2], pydl.float64)
    same(x - a, [-2, -2], pydl.float64)
    same(a > x, [True, True], pydl.bool_)
    same(x == a, [False, False], pydl.bool_)
    same(x + np.ones((2, 1)), [[2, 3], [2, 3]], pydl.float64)
    y = pydl.ones(2, requires_grad=True)
    (y * a).sum().backward()
    assert y.grad.tolist() == [3, 4]
    with pytest.raises(pydl.DTypeError, match="expected one of float32"):
        x + np.array(["a", "b"])


def test_numpy_ints_as_dimensions() -> None:
    x, d = pydl.arange(6.0).reshape(2, 3), np.int64(1)
    for op in (pydl.sum, pydl.mean, pydl.amax, pydl.softmax, pydl.squeeze, pydl.flip, pydl.argmax, pydl.cumsum):
        assert op(x, d).tolist() == op(x, 1).tolist(), op.__name__
    assert x.sum((np.int64(0), 1)).item() == 15


def test_empty_tensors_of_any_shape_are_printed() -> None:
    assert repr(pydl.zeros(0, 2**31, 2**31)) == "tensor([], size=(0, 2147483648, 2147483648))"
    assert repr(pydl.zeros((0, 2**62, 2**62))) == f"tensor([], size=(0, {2**62}, {2**62}))"


def test_diagonals_far_away() -> None:
    x = pydl.ones(2, 2)
    assert pydl.tril(x, -(2**63)).sum() == 0
    assert pydl.tril(x, 2**63 - 1).sum() == 4
    assert pydl.triu(x, 2**63 - 1).sum() == 0
    assert pydl.tril_indices(3, 2).tolist() == [[0, 1, 1, 2, 2], [0, 0, 1, 0, 1]]
    assert pydl.triu_indices(2, 3, 1).tolist() == [[0, 0, 1], [1, 2, 2]]


def test_tensor_of_nothing() -> None:
    assert pydl.Tensor().shape == (0,)


def test_default_dtype() -> None:
    try:
        pydl.set_default_dtype(pydl.float64)
        assert pydl.zeros(1).dtype is pydl.float64
        assert pydl.tensor(1.5).dtype is pydl.float64
        assert (pydl.tensor(1) / 2).dtype is pydl.float64
    finally:
        pydl.set_default_dtype(pydl.float32)
    with pytest.raises(pydl.DTypeError):
        pydl.set_default_dtype(pydl.int64)


def test_unknown_device() -> None:
    with pytest.raises(pydl.DeviceError, match="cuda"):
        pydl.zeros(1, device="cuda")
    with pytest.raises(pydl.DeviceError, match="expected 'cpu'"):
        pydl.zeros(1, device="tpu")
    assert pydl.zeros(1, device="cpu").device == pydl.device("cpu")


def test_pythons_types_are_dtypes() -> None:
    for kind, dtype in ((float, pydl.float64), (int, pydl.int64), (bool, pydl.bool)):
        assert pydl.zeros(2, dtype=kind).dtype is dtype  # type: ignore[arg-type]
        assert pydl.tensor([1], dtype=kind).dtype is pydl.arange(2, dtype=kind).dtype is dtype  # type: ignore[arg-type]
        assert pydl.ones(2).to(kind).dtype is pydl.ones(2).to(dtype=kind).dtype is dtype  # type: ignore[arg-type]
    for wrong in (str, complex, "float32"):
        with pytest.raises(TypeError):
            pydl.zeros(2, dtype=wrong)  # type: ignore[arg-type]


def test_python_types_are_dtypes_in_reductions_too() -> None:
    x = pydl.tensor([1.5, 2.5])
    assert x.sum(dtype=int).dtype is pydl.int64
    assert x.prod(dtype=float).dtype is pydl.float64
    assert pydl.tensor([1, 2]).mean(dtype=float).item() == 1.5
    assert x.cumsum(0, dtype=int).tolist() == [1, 3]
    assert x.softmax(0, dtype=float).dtype is pydl.float64
    for call in (x.sum, x.prod, x.mean):
        with pytest.raises(pydl.DTypeError, match="expected a pydl dtype"):
            call(dtype="int")

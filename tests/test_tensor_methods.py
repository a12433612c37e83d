"""The methods of Tensor that are no operations, held to PyTorch's where it is installed."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest

import pydl

KINDS = ("float32", "float64", "bfloat16", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")


def test_new_tensors() -> None:
    x = pydl.tensor([1, 2], dtype=pydl.int32)
    assert x.new_zeros(2, 3).dtype is pydl.int32 and x.new_zeros((2, 3)).tolist() == [[0] * 3] * 2
    assert x.new_ones(2, dtype=pydl.float64, requires_grad=True).requires_grad
    assert x.new_full((2,), 7).tolist() == [7, 7] and x.new_full((), 7, dtype=pydl.float32).item() == 7.0
    assert x.new_empty(2, 0).shape == (2, 0)
    made = x.new_tensor([1.5, 2.0])
    assert made.dtype is pydl.int32 and made.tolist() == [1, 2]
    assert (
        x.new(3).shape == (3,)
        and x.new([4]).tolist() == [4]
        and x.new().shape == (0,)
        and x.new((1, 2)).tolist() == [1, 2]
    )
    with pytest.raises(pydl.ValueError):
        x.new_full((1,), 2**40)


@pytest.mark.parametrize("name", KINDS)
def test_what_kind(name: str) -> None:
    x = pydl.ones(2, dtype=getattr(pydl, name))
    assert x.layout is pydl.strided and repr(x.layout) == "pydl.strided"
    assert x.is_cpu and x.get_device() == -1 and not pydl.is_storage(x)
    asked = (x.is_sparse, x.is_sparse_csr, x.is_quantized, x.is_nested, x.is_meta, x.is_mkldnn, x.is_mps, x.is_xpu)
    assert not any(asked) and not x.is_pinned() and not x.is_shared() and not x.is_inference() and not x.is_conj()
    assert x.to_dense() is x
    short = {"float32": "Float", "float64": "Double", "bfloat16": "BFloat16", "float16": "Half", "int64": "Long"}
    short |= {"int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool"}
    kind = getattr(pydl, short[name] + "Tensor")
    assert x.type() == f"pydl.{short[name]}Tensor" and isinstance(x, kind) and not isinstance(2, kind)
    assert pydl.zeros(1).type(kind).dtype is x.dtype and pydl.zeros(1).type(x.dtype).dtype is x.dtype
    assert pydl.zeros(1).type(f"torch.{short[name]}Tensor").dtype is x.dtype
    assert kind([1, 0]).dtype is x.dtype and kind(2, 3).shape == (2, 3) and kind().numel() == 0
    assert kind(np.ones(2)).tolist() == [1, 1] and kind(range(2)).tolist() == [0, 1] and kind((1, 0)).tolist() == [1, 0]
    assert kind(x).tolist() == x.tolist()
    with pytest.raises(pydl.DTypeError):
        kind(pydl.ones(1, dtype=pydl.float32 if name != "float32" else pydl.float64))
    with pytest.raises(pydl.DTypeError):
        x.type("LongTensor")


def test_conversions() -> None:
    x = pydl.tensor([1.7, -2.0])
    assert x.char().dtype is pydl.int8 and x.short().dtype is pydl.int16 and x.byte().dtype is pydl.uint8
    assert pickle.loads(pickle.dumps(pydl.strided)) is pydl.strided


def test_default_tensor_type() -> None:
    try:
        pydl.set_default_tensor_type("torch.DoubleTensor")
        assert pydl.zeros(1).dtype is pydl.float64
        with pytest.raises(pydl.DTypeError):
            pydl.set_default_tensor_type(pydl.LongTensor)
    finally:
        pydl.set_default_tensor_type(pydl.FloatTensor)
    assert pydl.zeros(1).dtype is pydl.float32


def test_python_functions() -> None:
    x = pydl.arange(6).reshape(2, 3).t()
    assert x.apply_(lambda v: v * 2) is x and x.tolist() == [[0, 6], [2, 8], [4, 10]]
    y = pydl.ones(2).double()
    assert y.map_(pydl.tensor([3.0], dtype=pydl.float64), lambda a, b: a + b).tolist() == [4.0, 4.0]
    assert y.map2_(y, y, lambda a, b, c: a + b + c).tolist() == [12.0, 12.0]
    assert pydl.ones(2).long().apply_(lambda v: v + 0.5).tolist() == [1, 1]
    half = pydl.ones(2, dtype=pydl.bfloat16)
    assert half.apply_(lambda v: v / 2).tolist() == [0.5, 0.5]
    assert pydl.tensor([True]).apply_(lambda v: 0).tolist() == [False]
    big = pydl.tensor([2**60 + 1])
    assert big.apply_(lambda v: v + 2).tolist() == [2**60 + 3]
    for call in (
        lambda: pydl.ones(1, requires_grad=True).apply_(lambda v: v),
        lambda: pydl.ones(1).apply_(lambda v: "a"),
        lambda: pydl.ones(1).map_(pydl.ones(3), lambda a, b: a),
        lambda: pydl.ones(1).map_(pydl.tensor([1]), lambda a, b: a),
        lambda: pydl.tensor([1], dtype=pydl.int8).apply_(lambda v: 300),
        lambda: pydl.tensor([1]).apply_(lambda v: float("nan")),
    ):
        with pytest.raises(pydl.Error):
            call()
    with pytest.raises(ZeroDivisionError):
        x.apply_(lambda v: v // 0)
    assert x.tolist() == [[0, 6], [2, 8], [4, 10]]


def test_a_written_element_is_noticed() -> None:
    x = pydl.ones(2, requires_grad=True)
    y = x * 1
    z = (y * y).sum()
    y.detach().apply_(lambda v: v + 1)
    with pytest.raises(pydl.StateError):
        z.backward()


def test_the_same_memory() -> None:
    x = pydl.arange(6)
    assert x.is_set_to(x.view(6)) and not x.is_set_to(x[1:]) and not x.is_set_to(x.clone())
    assert pydl.ones(2, 2, requires_grad=True).unbind()[1].output_nr == 0
    values, indices = pydl.linalg.eigh(pydl.eye(2, requires_grad=True))
    assert (values.output_nr, indices.output_nr) == (0, 1)


def test_retained_gradients() -> None:
    x = pydl.ones(2, requires_grad=True)
    y = x * 2
    assert not x.retains_grad and not y.retains_grad
    x.retain_grad()
    y.retain_grad()
    y.retain_grad()  # a second time does nothing
    assert not x.retains_grad and y.retains_grad
    (y * 3).sum().backward()
    assert y.grad is not None and y.grad.tolist() == [3.0, 3.0]


def test_hooks_after_accumulation() -> None:
    x = pydl.ones(2, requires_grad=True)
    seen = []
    x.register_hook(lambda g: g * 10)
    handle = x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist()))
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    assert seen == [[20.0, 20.0], [40.0, 40.0]]
    handle.remove()
    (x * 2).sum().backward()
    assert len(seen) == 2

    def step(p: pydl.Tensor) -> None:
        with pydl.no_grad():
            p -= 0.1 * p.grad
        p.grad = None

    y = pydl.ones(1, requires_grad=True)
    y.register_post_accumulate_grad_hook(step)
    (y * 2).backward()
    assert y.item() == pytest.approx(0.8) and y.grad is None
    (g,) = pydl.autograd.grad(y * 2, y)  # no accumulation, no hook
    assert y.item() == pytest.approx(0.8) and g.item() == 2.0
    for bad in (pydl.ones(1), y * 2):
        with pytest.raises(pydl.StateError):
            bad.register_post_accumulate_grad_hook(step)


def test_nonzero() -> None:
    assert pydl.is_nonzero(pydl.tensor([[2]])) and not pydl.tensor(0.0).is_nonzero()
    assert pydl.tensor(float("nan")).is_nonzero()


def test_dtypes_together() -> None:
    torch = pytest.importorskip("torch")
    for a, b in itertools.product(KINDS, KINDS):
        assert pydl.can_cast(getattr(pydl, a), getattr(pydl, b)) == torch.can_cast(getattr(torch, a), getattr(torch, b))
        for first, second in itertools.product(((), (1,)), repeat=2):
            mine = pydl.result_type(*[pydl.ones(s, dtype=getattr(pydl, n)) for n, s in ((a, first), (b, second))])
            theirs = torch.result_type(*[torch.ones(s, dtype=getattr(torch, n)) for n, s in ((a, first), (b, second))])
            assert str(theirs) == f"torch.{mine.name}", (a, b, first, second)
    for number in (True, 1, 1.0):
        for a in KINDS:
            mine = pydl.result_type(pydl.ones(1, dtype=getattr(pydl, a)), number)
            assert str(torch.result_type(torch.ones(1, dtype=getattr(torch, a)), number)) == f"torch.{mine.name}"
        for other in (True, 1, 1.0):
            assert str(torch.result_type(number, other)) == f"torch.{pydl.result_type(number, other).name}"


def test_arrays_beside_tensors() -> None:
    x = pydl.ones(2, 2, requires_grad=True)
    y = x @ np.array([[1.0, 2.0], [3.0, 4.0]])
    assert y.dtype is pydl.float64 and y.tolist() == [[4.0, 6.0], [4.0, 6.0]]
    y.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [[3.0, 7.0], [3.0, 7.0]]
    assert (np.ones(2, "float32") @ pydl.ones(2)).item() == 2.0
    with pytest.raises(pydl.DTypeError):
        x @ 2


N = 100_000


def test_cauchy() -> None:
    pydl.manual_seed(0)
    x = pydl.empty(N, dtype=pydl.float64).cauchy_(3, 2)
    low, middle, high = np.quantile(x.numpy(), (0.25, 0.5, 0.75))
    # The quartiles lie at median - sigma and median + sigma; their deviation is pi sigma / (2 sqrt(n)) and a bit more.
    assert abs(middle - 3) < 0.05 and abs(low - 1) < 0.1 and abs(high - 5) < 0.1


def test_log_normal() -> None:
    pydl.manual_seed(0)
    x = pydl.empty(N, dtype=pydl.float64).log_normal_(0.5, 0.25)
    logs = x.log()
    assert abs(logs.mean().item() - 0.5) < 0.005 and abs(logs.std().item() - 0.25) < 0.005


@pytest.mark.parametrize("dtype", [pydl.float32, pydl.int64])
def test_geometric(dtype: pydl.dtype) -> None:
    pydl.manual_seed(0)
    x = pydl.empty(N, dtype=dtype).geometric_(0.3).double()
    assert x.min().item() == 1.0 and x.frac().any().item() is False
    assert abs(x.mean().item() - 1 / 0.3) < 5 * (0.7 / 0.09 / N) ** 0.5
    assert abs((x == 2).double().mean().item() - 0.21) < 5 * (0.21 / N) ** 0.5


def test_filling_repeats_with_the_seed() -> None:
    fills = (
        lambda x, g=None: x.cauchy_(generator=g),
        lambda x, g=None: x.log_normal_(generator=g),
        lambda x, g=None: x.geometric_(0.2, generator=g),
    )
    for fill in fills:
        pydl.manual_seed(3)
        first, second = fill(pydl.empty(9)).tolist(), fill(pydl.empty(9)).tolist()
        pydl.manual_seed(3)
        assert fill(pydl.empty(9)).tolist() == first != second
        own = [fill(pydl.empty(9), pydl.Generator().manual_seed(5)).tolist() for _ in range(2)]
        assert own[0] == own[1]
        x = pydl.ones(3, requires_grad=True)
        y = x * 1
        assert fill(y) is y
        y.sum().backward()
        assert x.grad is not None and x.grad.tolist() == [0.0, 0.0, 0.0]


def test_dtypes_that_are_not_there() -> None:
    """They can be named and compared; using one says what is missing."""
    x = pydl.ones(1)
    complex_ones = (pydl.complex32, pydl.complex64, pydl.complex128, pydl.cfloat, pydl.cdouble, pydl.chalf)
    for missing in (*complex_ones, pydl.qint8, pydl.quint8, pydl.qint32, pydl.uint16, pydl.uint32, pydl.uint64):
        assert x.dtype != missing
        calls = (
            lambda m=missing: x.to(m),
            lambda m=missing: x.to(dtype=m),
            lambda m=missing: x.type(m),
            lambda m=missing: pydl.zeros(2, dtype=m),
            lambda m=missing: pydl.tensor([1], dtype=m),
            lambda m=missing: pydl.promote_types(m, pydl.int64),
            lambda m=missing: pydl.can_cast(pydl.int64, m),
        )
        for call in calls:
            with pytest.raises(pydl.DTypeError):
                call()
        with pytest.raises(pydl.DTypeError, match=missing.why):
            x.to(missing)
    assert x.layout not in (pydl.sparse_coo, pydl.sparse_csr)


def test_to() -> None:
    x = pydl.ones(2)
    assert x.to("cpu") is x and x.to(pydl.float32) is x and x.to(x) is x and x.to(device="cpu", dtype=pydl.float32) is x
    assert x.to(pydl.device("cpu"), pydl.float64).dtype is pydl.float64 and x.to(x.double()).dtype is pydl.float64
    assert x.to("cpu", non_blocking=True) is x and x.to(pydl.float32, True) is x
    assert x.to(pydl.float32, False, True) is not x and x.to("cpu", copy=True) is not x
    assert x.to(other=x.long()).dtype is pydl.int64 and x.to(None, pydl.int64).dtype is pydl.int64
    assert x.to(memory_format=pydl.preserve_format) is x
    for call in (lambda: x.to(1.5), lambda: x.to([1]), lambda: x.to(np.ones(1))):
        with pytest.raises(pydl.DTypeError):
            call()
    for call in (lambda: x.to(0), lambda: x.to("cuda"), lambda: x.to(device="xpu:1")):
        with pytest.raises(pydl.DeviceError):
            call()
    with pytest.raises(TypeError):
        x.to(kind=pydl.int64)  # type: ignore[call-arg]


def test_memory_formats_are_wishes() -> None:
    x = pydl.arange(24).reshape(1, 2, 3, 4)
    assert x.contiguous(memory_format=pydl.channels_last).tolist() == x.tolist()
    assert x.clone(memory_format=pydl.contiguous_format).tolist() == x.tolist()
    assert x.is_contiguous() and not x.is_contiguous(memory_format=pydl.channels_last)
    assert x.permute(0, 3, 1, 2).is_contiguous(memory_format=pydl.channels_last)
    assert pydl.zeros_like(x, memory_format=pydl.preserve_format).shape == x.shape
    assert pickle.loads(pickle.dumps(pydl.channels_last)) is pydl.channels_last
    assert pydl.newaxis is None and pydl.inf > pydl.pi > pydl.e and pydl.nan != pydl.nan


def test_three_operands_of_three_dtypes() -> None:
    """A scalar counts only where its kind is higher than that of all operands with dimensions."""
    x, wide, count = pydl.ones(1), pydl.tensor(3.0, dtype=pydl.float64), pydl.tensor([2])
    assert x.addcmul(wide, count).dtype is pydl.float32
    assert count.addcmul(wide, pydl.tensor(1)).dtype is pydl.float64
    assert x.addcdiv(count, count).dtype is pydl.float32


def test_bytes_divided_by_what_is_no_byte() -> None:
    x = pydl.tensor([100], dtype=pydl.int8)
    assert (x / 400).tolist() == [0.25] and (400 / x).tolist() == [4.0] and (x / 2**31).item() > 0
    assert pydl.true_divide(x, 400).tolist() == [0.25]


def test_numpy_functions_give_tensors() -> None:
    """As in PyTorch, `np.sqrt(loss)` goes on as a tensor."""
    x = pydl.tensor([1.0, 4.0], dtype=pydl.float64)
    for y, dtype in ((np.sqrt(x), pydl.float64), (np.add(x, 1), pydl.float64), (np.argmax(x), pydl.int64)):
        assert type(y) is pydl.Tensor and y.dtype == dtype
    assert np.sqrt(x).tolist() == [1, 2] and np.sqrt(x[1]).item() == 2
    assert np.isnan(x).dtype == pydl.bool
    assert type(np.concatenate([x, x])) is type(np.asarray(x)) is np.ndarray
    assert type(np.sqrt(x.numpy())) is np.ndarray
    assert np.exp2(x, dtype=np.longdouble).dtype == np.longdouble


def test_whole_quotients_of_numbers_by_tensors() -> None:
    x = pydl.tensor([2, 3])
    assert (7 // x).tolist() == [3, 2] and (7 % x).tolist() == [1, 1] and (-7 // x).tolist() == [-4, -3]
    assert (7.5 // x).tolist() == [3.0, 2.0] and (7.5 % x).dtype == pydl.float32
    with pytest.raises(ValueError, match="division by zero"):
        7 // pydl.tensor([0])

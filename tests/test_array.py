"""Memory shared with numpy and other libraries: without copies, for how long, what is refused; _C.Array itself."""

from __future__ import annotations

import ast
import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pydl
from pydl import _C

NUMPY_DTYPES = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
LAYOUTS: dict[str, Any] = {
    "contiguous": lambda a: a,
    "transposed": lambda a: a.T,
    "sliced": lambda a: a[1:, ::2],
    "negative": lambda a: a[::-1, ::-2],
    "broadcast": lambda a: np.broadcast_to(a[:1], a.shape),
    "row": lambda a: a[2],
    "one number": lambda a: a[1, 2, ...],
    "empty": lambda a: a[:0],
    "inner dimension empty": lambda a: a[:, 3:3],
    "new dimension": lambda a: a[:, None, :],
}


def numbers(dtype: str) -> np.ndarray[Any, Any]:
    return (np.arange(24).reshape(4, 6) % 3).astype(dtype)


def address(a: np.ndarray[Any, Any]) -> int:
    return int(a.__array_interface__["data"][0])


@pytest.mark.parametrize("dtype", NUMPY_DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_numpy_both_ways_without_a_copy(dtype: str, layout: str) -> None:
    a = LAYOUTS[layout](numbers(dtype))
    x = pydl.from_numpy(a)
    assert x.dtype is getattr(pydl, dtype)
    assert tuple(x.shape) == a.shape
    assert x.tolist() == a.tolist()
    back = x.numpy()
    assert back.dtype == a.dtype and back.shape == a.shape
    np.testing.assert_array_equal(back, a)
    if a.flags.writeable and a.size:
        assert x.data_ptr() == address(a) == address(back)
        steps = [s for s, n in zip(a.strides, a.shape, strict=True) if n > 1]
        assert [s * a.itemsize for s, n in zip(x.stride(), a.shape, strict=True) if n > 1] == steps
        assert [s for s, n in zip(back.strides, a.shape, strict=True) if n > 1] == steps
        back[...] = 1
        assert (a == 1).all() and x.tolist() == a.tolist()


@pytest.mark.parametrize("dtype", NUMPY_DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_dlpack_with_numpy(dtype: str, layout: str) -> None:
    a = LAYOUTS[layout](numbers(dtype))
    x = pydl.from_numpy(a)
    seen = np.from_dlpack(x)
    assert seen.dtype == a.dtype
    np.testing.assert_array_equal(seen, a)
    assert not a.size or address(seen) == x.data_ptr()
    if a.flags.writeable and dtype != "bool" and layout != "empty":
        y = pydl.from_dlpack(a)
        assert y.tolist() == a.tolist() and y.dtype is x.dtype
        if a.size:
            assert y.data_ptr() == address(a)


@pytest.mark.parametrize("name", [*NUMPY_DTYPES, "bfloat16"])
@pytest.mark.parametrize("layout", ["contiguous", "transposed", "sliced", "one number", "empty"])
def test_dlpack_with_torch(name: str, layout: str) -> None:
    torch = pytest.importorskip("torch")
    x = LAYOUTS[layout](pydl.arange(24).reshape(4, 6).to(getattr(pydl, name)))
    there = torch.from_dlpack(x)
    assert there.dtype == getattr(torch, name)
    assert there.tolist() == x.tolist()
    if x.numel():
        assert there.data_ptr() == x.data_ptr()
        assert there.stride() == x.stride()
        there.fill_(1)
        assert x.to(pydl.int64).unique().tolist() == [1]
    back = pydl.from_dlpack(LAYOUTS[layout](torch.arange(24).reshape(4, 6).to(getattr(torch, name))))
    assert back.dtype is x.dtype and back.shape == x.shape


def test_read_only_is_copied() -> None:
    a = numbers("float32")
    a.flags.writeable = False
    x = pydl.from_numpy(a)
    x += 1
    np.testing.assert_array_equal(a, numbers("float32"))
    np.testing.assert_array_equal(x.numpy(), numbers("float32") + 1)


@pytest.mark.parametrize("dtype", ["float32", "int16", "int64", "float16"])
def test_other_byte_order_is_copied(dtype: str) -> None:
    a = numbers(dtype).astype(np.dtype(dtype).newbyteorder("S"))
    x = pydl.from_numpy(a)
    assert x.dtype is getattr(pydl, dtype)
    assert x.tolist() == a.tolist()


def test_misaligned_and_odd_strides_are_copied() -> None:
    misaligned = np.zeros(4 * 6 + 1, np.uint8)[1:].view(np.float32)
    misaligned[:] = np.arange(6)
    assert pydl.from_numpy(misaligned).tolist() == [0, 1, 2, 3, 4, 5]
    record = np.zeros(3, np.dtype([("a", "u1"), ("b", "<f4")]))
    record["b"] = [1, 2, 3]
    assert pydl.from_numpy(record["b"]).tolist() == [1, 2, 3]


@pytest.mark.parametrize("dtype", ["complex64", "uint16", "uint64", "datetime64[s]", "U3", "O", "V4"])
def test_dtypes_without_counterpart_are_refused(dtype: str) -> None:
    with pytest.raises(pydl.DTypeError, match=r"from_numpy: expected one of float32.*got an array of dtype"):
        pydl.from_numpy(np.zeros(2, dtype))


def test_longdouble_is_refused_or_double() -> None:
    if np.dtype(np.longdouble).itemsize == 8:
        pytest.skip("this machine's long double is a double")
    with pytest.raises(pydl.DTypeError, match="from_numpy"):
        pydl.from_numpy(np.zeros(2, np.longdouble))


@pytest.mark.parametrize("thing", [memoryview(b"abc"), b"abc", bytearray(4), [1, 2], None, 3])
def test_only_numpy_arrays(thing: Any) -> None:
    with pytest.raises(pydl.DTypeError, match=rf"from_numpy: expected a numpy array, got {type(thing).__name__}"):
        pydl.from_numpy(thing)


def test_the_core_refuses_odd_buffers() -> None:
    """_C.from_buffer is private, but nothing that reaches it ends the process."""
    with pytest.raises((BufferError, TypeError)):
        _C.from_buffer(b"abc")
    with pytest.raises(TypeError):
        _C.from_buffer(3)
    for dtype in ("complex64", "uint16", "U3"):
        with pytest.raises(TypeError):
            _C.from_buffer(np.zeros(2, dtype))
    with pytest.raises(pydl.ShapeError, match="not a multiple"):
        _C.from_buffer(np.zeros(3, np.dtype([("a", "u1"), ("b", "<f4")]))["b"])
    with pytest.raises(pydl.Error):
        _C.from_buffer(np.zeros((1,) * 20, np.float32))


def test_bfloat16_says_what_to_do() -> None:
    x = pydl.ones(2, dtype=pydl.bfloat16)
    with pytest.raises(TypeError, match=r"bfloat16.*float\(\)"):
        x.numpy()
    with pytest.raises(TypeError, match="bfloat16"):
        np.asarray(x)
    assert x.tolist() == [1, 1]


def test_gradients_must_be_detached() -> None:
    x = pydl.ones(2, requires_grad=True)
    for call in (x.numpy, lambda: np.asarray(x), x.__dlpack__):
        with pytest.raises(pydl.StateError, match="detach"):
            call()
    assert address(x.detach().numpy()) == x.data_ptr()
    assert address(x.numpy(force=True)) == x.data_ptr()
    assert (2 * x).numpy(force=True).tolist() == [2, 2]
    with pytest.raises(TypeError, match="bfloat16"):
        pydl.ones(2, dtype=pydl.bfloat16).numpy(force=True)
    with pytest.raises(TypeError):
        x.numpy(True)  # type: ignore[misc]


def test_array_protocol() -> None:
    x = pydl.arange(6).reshape(2, 3)
    assert address(np.asarray(x)) == x.data_ptr()
    assert address(np.array(x)) != x.data_ptr()
    assert np.asarray(x, dtype=np.float32).dtype == np.float32
    assert np.add(x, 1).tolist() == [[1, 2, 3], [4, 5, 6]]
    assert (np.ones((2, 3)) @ np.asarray(x).T).shape == (2, 2)
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        with pytest.raises(ValueError):
            np.asarray(x, dtype=np.float32, copy=False)


def test_the_memory_outlives_either_owner() -> None:
    a = np.arange(1000.0)
    watch = weakref.ref(a)
    x = pydl.from_numpy(a)[10:20]
    del a
    gc.collect()
    assert watch() is not None, "the tensor keeps numpy's memory"
    assert x.tolist() == list(range(10, 20))
    del x
    gc.collect()
    assert watch() is None, "and lets it go"

    y = pydl.arange(1000)
    b = y.numpy()[10:20]
    before = y.array.references
    c = np.from_dlpack(y)[10:20]
    assert y.array.references > before
    del y
    pydl.full((1000,), 7)  # would take the block had it been freed
    assert b.tolist() == c.tolist() == list(range(10, 20))


def test_memory_goes_back_after_a_round_trip() -> None:
    _C.empty_cache()
    before = _C.memory_stats()["in_use"]
    for _ in range(50):
        x = pydl.zeros(10000)
        y = pydl.from_numpy(x.numpy())
        z = pydl.from_dlpack(y)
        np.from_dlpack(z)
        z.__dlpack__()  # a capsule that nobody takes
    del x, y, z
    gc.collect()
    assert _C.memory_stats()["in_use"] == before


def test_a_capsule_is_taken_once() -> None:
    capsule = pydl.arange(3).__dlpack__()
    assert pydl.from_dlpack(capsule).tolist() == [0, 1, 2]
    with pytest.raises(pydl.Error, match="from_dlpack"):
        pydl.from_dlpack(capsule)


@pytest.mark.parametrize("thing", [None, 3, "x", [1.0], object()])
def test_from_dlpack_wants_the_protocol(thing: Any) -> None:
    with pytest.raises(pydl.DTypeError, match=rf"from_dlpack: expected .*got {type(thing).__name__}"):
        pydl.from_dlpack(thing)


def test_from_dlpack_refuses_foreign_dtypes() -> None:
    with pytest.raises(pydl.DTypeError, match="from_dlpack: no dtype of pydl"):
        pydl.from_dlpack(np.zeros(3, np.uint16))
    with pytest.raises(pydl.DTypeError, match="from_dlpack: no dtype of pydl"):
        pydl.from_dlpack(np.zeros(3, np.complex64))


def test_dlpack_device() -> None:
    assert pydl.ones(1).__dlpack_device__() == (1, 0)


def stub_properties() -> dict[str, str]:
    """The table that .ci/stubs.py writes the type's properties from."""
    source = Path(__file__).parent.parent / ".ci" / "stubs.py"
    for node in ast.parse(source.read_text()).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "PROPERTIES"
        ):
            return dict(ast.literal_eval(node.value))
    raise AssertionError("no PROPERTIES in .ci/stubs.py")


def test_the_stub_lists_the_properties() -> None:
    table = stub_properties()
    there = {name for name in dir(_C.Array) if not name.startswith("_")}
    assert there == set(table)
    x = pydl.ones(2, 3).array
    for name, kind in table.items():
        assert type(getattr(x, name)).__name__ == kind.split("[")[0], name
        with pytest.raises(AttributeError):
            setattr(x, name, getattr(x, name))


def test_properties_of_a_view() -> None:
    x = pydl.arange(24).reshape(4, 6)
    y = x[1:, ::2].array
    assert (y.shape, y.strides, y.offset, y.ndim, y.size, y.contiguous) == ((3, 3), (6, 2), 6, 2, 9, False)
    assert y.storage_id == x.array.storage_id
    assert y.storage_bytes == 24 * 8
    assert y.data_ptr == x.array.data_ptr + 6 * 8
    assert y.dtype == pydl.int64.code and y.device == 0


def test_arrays_are_made_by_ops_alone() -> None:
    with pytest.raises(TypeError):
        _C.Array()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        type("Mine", (_C.Array,), {})


def test_versions_count_writes() -> None:
    x = pydl.zeros(4)
    view = x[1:3]
    before = x.array.version
    x + 1
    x.sum()
    x.numpy()
    assert x.array.version == before, "reading is no write"
    for write in (
        lambda: x.add_(1),
        lambda: view.mul_(2),
        lambda: x.fill_(3),
        lambda: x.__setitem__(0, 5),
        lambda: x.zero_(),
        lambda: x.copy_(pydl.ones(4)),
    ):
        before = x.array.version
        write()
        assert x.array.version > before
        assert view.array.version == x.array.version, "views share the count"

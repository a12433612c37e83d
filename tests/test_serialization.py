"""Files: what is saved comes back; damaged and hostile files give an error; saves are atomic."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pydl
from pydl import nn, optim

FILE = "x.safetensors"


def equal(a, b):
    if isinstance(a, pydl.Tensor):
        return type(a) is type(b) and a.dtype is b.dtype and a.shape == b.shape and a.tolist() == b.tolist()
    if isinstance(a, dict):
        return type(a) is type(b) and list(a) == list(b) and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    return type(a) is type(b) and (a == b or (a != a and b != b))


def there_and_back(x):
    file = io.BytesIO()
    pydl.save(x, file)
    return pydl.load(io.BytesIO(file.getvalue()))


def test_everything_comes_back(tmp_path):
    x = {
        "tensors": [pydl.arange(6).view(2, 3).t(), pydl.zeros(0, 3), pydl.tensor(3.5)],
        "numbers": (1, -(2**70), 0.1, float("inf"), float("-inf"), float("nan"), True, None, "täxt \n\"'"),
        3: OrderedDict(b=1, a={"nested": ()}),
        (1, "k"): pydl.float16,
        None: pydl.zeros(2, 3).shape,
        "device": pydl.device("cpu"),
        "numpy": np.arange(4, dtype=np.int16),
        2.5: {},
        "": pydl.ones(1),
        "__metadata__": pydl.ones(2),
    }
    pydl.save(x, tmp_path / FILE)
    assert equal(x, pydl.load(tmp_path / FILE))
    assert equal(x, pydl.load(str(tmp_path / FILE), map_location="cpu", weights_only=True))
    assert os.listdir(tmp_path) == [FILE]
    assert equal(there_and_back(np.float32(2)), 2.0)
    for single in (None, 5, [], pydl.ones(2)):
        assert equal(there_and_back(single), single)


@pytest.mark.parametrize("dtype", [d.name if d.name != "bool" else "bool_" for d in pydl.dtypes.DTYPES])
def test_every_dtype(dtype):
    dtype = getattr(pydl.dtypes, dtype)
    x = pydl.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]).to(dtype)
    assert equal(there_and_back(x), x)
    assert equal(there_and_back(x[:, 1]), x[:, 1])


def test_bfloat16_keeps_its_bits():
    values = [1.0, -0.0, 3.1415927, 1e-40, 3e38, float("inf"), float("-inf")]
    x = pydl.tensor(values).bfloat16()
    assert equal(there_and_back(x), x)
    assert np.isnan(there_and_back(pydl.tensor([float("nan")]).bfloat16()).float().numpy()).all()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(values)
def test_any_nesting_comes_back(x):
    assert equal(there_and_back(x), x)


def test_shared_memory_is_stored_once_and_shared_again(tmp_path):
    tied = nn.Sequential(nn.Linear(64, 64, bias=False), nn.Linear(64, 64, bias=False))
    tied[1].weight = tied[0].weight
    pydl.save({"model": tied.state_dict(), "again": tied[0].weight}, tmp_path / FILE)
    assert (tmp_path / FILE).stat().st_size < 64 * 64 * 4 * 1.5
    found = pydl.load(tmp_path / FILE)
    first, second = found["model"]["0.weight"], found["model"]["1.weight"]
    first.mul_(0)
    assert not second.numpy().any() and not found["again"].detach().numpy().any()
    assert isinstance(found["again"], nn.Parameter) and found["again"].requires_grad
    assert not first.requires_grad


def test_a_model_and_its_optimizer(tmp_path):
    net = nn.Linear(3, 2)
    optimizer = optim.Adam(net.parameters())
    net(pydl.ones(1, 3)).sum().backward()
    optimizer.step()
    pydl.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, tmp_path / FILE)
    found = pydl.load(tmp_path / FILE)
    assert found["epoch"] == 3 and equal(found["net"], OrderedDict(net.state_dict()))
    assert equal(found["optimizer"], optimizer.state_dict())


def test_other_readers_and_other_writers(tmp_path):
    numpy = pytest.importorskip("safetensors.numpy")
    pydl.save({"a": pydl.ones(2, 3), "b": {"c": pydl.arange(3)}}, tmp_path / FILE)
    found = numpy.load_file(tmp_path / FILE)
    assert list(found) and np.array_equal(found["a"], np.ones((2, 3))) and np.array_equal(found["b.c"], [0, 1, 2])
    theirs = {"w": np.arange(6, dtype=np.float64).reshape(2, 3), "flag": np.array([True, False])}
    numpy.save_file(theirs, tmp_path / "y", metadata={"format": "pt"})
    ours = pydl.load(tmp_path / "y")
    assert ours["w"].dtype is pydl.float64 and ours["w"].tolist() == theirs["w"].tolist()
    assert ours["flag"].tolist() == [True, False]


def test_what_cannot_be_saved_is_named(tmp_path):
    for bad, message in [
        ({"model": {"optimizer": {"fn": len}}}, r"model\.optimizer\.fn: builtin_function_or_method"),
        ([1, [2, {3}]], r"cannot save 1\.1: set"),
        (nn.Linear(1, 1), r"the object: Linear .*; save its state_dict\(\)"),
        ({"k": {object(): 1}}, "a key of k: object"),
        ({"c": 1j}, "c: complex"),
    ]:
        with pytest.raises(TypeError, match=message):
            pydl.save(bad, tmp_path / FILE)
    loop = []
    loop.append(loop)
    with pytest.raises(ValueError, match="contains itself"):
        pydl.save({"l": loop}, tmp_path / FILE)
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested deeper"):
        pydl.save(deep, tmp_path / FILE)
    assert os.listdir(tmp_path) == []


def valid():
    file = io.BytesIO()
    pydl.save({"a": pydl.arange(8).float(), "b": [pydl.ones(2, 2), {"c": 1}]}, file)
    return file.getvalue()


def with_header(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def with_tree(tree):
    tree = tree if isinstance(tree, str) else json.dumps(tree)
    tensor = {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}
    return with_header({"__metadata__": {"pydl": tree}, "t": tensor}, bytes(8))


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"a": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


HOSTILE = {
    "empty": b"",
    "short": b"\x01\x02",
    "garbage": bytes(range(256)) * 8,
    "zeros": bytes(64),
    "huge header": (2**63).to_bytes(8, "little") + b"{}",
    "all ones": b"\xff" * 64,
    "no json": with_header(b"not json at all"),
    "json list": with_header([1, 2]),
    "json number": with_header(3),
    "deep header": with_header(b'{"a":' * 100000),
    "deep list header": with_header(b"[" * 100000),
    "offsets past the end": with_header(entry(offsets=(0, 800)), bytes(8)),
    "offsets backwards": with_header(entry(offsets=(8, 0)), bytes(8)),
    "offsets negative": with_header(entry(offsets=(-8, 0)), bytes(8)),
    "size does not fit": with_header(entry(shape=(3,)), bytes(8)),
    "size overflows": with_header(entry(shape=(2**62, 2**62)), bytes(8)),
    "negative size": with_header(entry(shape=(-2,)), bytes(8)),
    "trailing bytes": with_header(entry(), bytes(80)),
    "dtype unknown": with_header(entry(dtype="Q7"), bytes(8)),
    "dtype that pydl lacks": with_header(entry(dtype="U32"), bytes(8)),
    "too many dimensions": with_header(entry(shape=(1,) * 40 + (2,)), bytes(8)),
    "overlap": with_header({**entry(), "b": entry()["a"]}, bytes(8)),
    "metadata no dict": with_header({"__metadata__": 5, **entry()}, bytes(8)),
    "metadata no strings": with_header({"__metadata__": {"pydl": 5}, **entry()}, bytes(8)),
    "tree no json": with_tree("{"),
    "tree deep": with_tree("[" * 100000 + "]" * 100000),
    "tree rather deep": with_tree("[" * 400 + "]" * 400),
    "tree huge number": with_tree("9" * 10000),
    "tree unknown tensor": with_tree({"tensor": "none"}),
    "tree tensor no name": with_tree({"tensor": ["t"]}),
    "tree unknown node": with_tree({"exec": "import os"}),
    "tree empty node": with_tree({}),
    "tree two kinds": with_tree({"tuple": [], "dict": []}),
    "tree bad dict": with_tree({"dict": [[1]]}),
    "tree bad key": with_tree({"dict": [[[1], 2]]}),
    "tree bad pairs": with_tree({"dict": 7}),
    "tree bad float": with_tree({"float": "1; import os"}),
    "tree bad dtype": with_tree({"dtype": "__class__"}),
    "tree dtype no name": with_tree({"dtype": [1]}),
    "tree float no name": with_tree({"float": {}}),
    "tree numpy no name": with_tree({"numpy": {}}),
    "tree bad device": with_tree({"device": "gpu"}),
    "tree bad size": with_tree({"size": [1, "2"]}),
    "tree gradient of integers": with_tree({"tensor": "t", "requires_grad": True}),
    "tree parameter of integers": with_tree({"tensor": "t", "parameter": True, "requires_grad": True}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_an_error(name, tmp_path):
    (tmp_path / FILE).write_bytes(HOSTILE[name])
    with pytest.raises(ValueError, match=r"load: cannot read .*safetensors"):
        pydl.load(tmp_path / FILE)


def test_files_of_text_and_arguments_of_pytorch():
    with pytest.raises(TypeError, match="opened for bytes, got one of str"):
        pydl.load(io.StringIO("text"))
    file = io.BytesIO()
    pydl.save([1], file, pickle_protocol=4, _use_new_zipfile_serialization=False)
    assert pydl.load(io.BytesIO(file.getvalue()), "cpu", None, weights_only=False, mmap=True) == [1]


def test_a_device_that_is_not_there():
    with pytest.raises(ValueError, match="cuda"):
        pydl.load(io.BytesIO(valid()), map_location="cuda")


def test_every_truncation_gives_an_error():
    data = valid()
    for n in range(len(data)):
        with pytest.raises(ValueError, match="load: cannot read the file"):
            pydl.load(io.BytesIO(data[:n]))


def test_flipped_bytes_never_crash():
    data = valid()
    rng = np.random.default_rng(0)
    for _ in range(1500):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), rng.integers(1, 4)):
            broken[at] = rng.integers(0, 256)
        try:
            pydl.load(io.BytesIO(bytes(broken)))
        except ValueError as error:
            assert str(error).startswith("load: cannot read")  # noqa: PT017


def test_bools_of_other_bytes_are_true():
    data = with_header({"f": {"dtype": "BOOL", "shape": [3], "data_offsets": [0, 3]}}, b"\x00\x02\xff")
    assert pydl.load(io.BytesIO(data))["f"].tolist() == [False, True, True]


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError):
        pydl.load(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        pydl.save(1, tmp_path / "none" / FILE)
    with pytest.raises(OSError):
        pydl.save(1, tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    pydl.save("old", tmp_path / FILE)

    def fail(*args):
        raise OSError("disk full")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fail)
            with pytest.raises(OSError, match="disk full"):
                pydl.save("new", tmp_path / FILE)
        assert pydl.load(tmp_path / FILE) == "old" and os.listdir(tmp_path) == [FILE]


def test_links_and_modes_stay(tmp_path):
    pydl.save(1, tmp_path / "real")
    os.chmod(tmp_path / "real", 0o640)
    os.symlink(tmp_path / "real", tmp_path / "link")
    pydl.save(2, tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and pydl.load(tmp_path / "real") == 2
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o640


KILLED = """
import sys, pydl
big = pydl.ones(4_000_000)
print("ready", flush=True)
while True:
    pydl.save({"big": big}, sys.argv[1])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_save_killed_in_the_middle_leaves_the_old_file(tmp_path):
    path = tmp_path / FILE
    pydl.save({"big": pydl.ones(4_000_000)}, path)
    folder = os.path.dirname(os.path.dirname(pydl.__file__))
    for pause in (0.02, 0.05, 0.11):
        child = subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, cwd=folder)
        child.stdout.readline()
        time.sleep(pause)
        child.kill()
        child.wait()
        child.stdout.close()
        assert pydl.load(path)["big"].sum().item() == 4_000_000
    pydl.save("next", path)
    assert os.listdir(tmp_path) == [FILE]  # what the killed ones left is gone


def test_saves_of_several_threads(tmp_path):
    threads = [threading.Thread(target=pydl.save, args=([i] * 1000, tmp_path / FILE)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    found = pydl.load(tmp_path / FILE)
    assert len(found) == 1000 and len(set(found)) == 1 and os.listdir(tmp_path) == [FILE]

"""Files of torch.save: what is read, what is refused, and that nothing of them runs."""

import collections
import io
import os
import resource
import struct
import zipfile

import numpy as np
import pytest
from torch_files import archive, call, several, storage, tensor, value

import pydl
from pydl import nn, optim

MARK, DICT, LIST = b"(", b"}", b"]"


def load(data):
    return pydl.load(io.BytesIO(data))


def same(ours, theirs, torch):
    """Whether what was loaded is what was saved."""
    if isinstance(theirs, torch.Tensor):
        values = theirs.detach().float() if theirs.dtype is torch.bfloat16 else theirs.detach()
        mine = ours.detach().float() if ours.dtype is pydl.bfloat16 else ours.detach()
        return (
            isinstance(ours, nn.Parameter) == isinstance(theirs, torch.nn.Parameter)
            and str(ours.dtype)[5:] == str(theirs.dtype)[6:]
            and tuple(ours.shape) == tuple(theirs.shape)
            and ours.stride() == theirs.stride()
            and ours.requires_grad == theirs.requires_grad
            and np.array_equal(mine.numpy(), values.numpy())
        )
    if isinstance(theirs, dict):
        return type(ours) is type(theirs) and all(
            a == b and same(ours[a], theirs[b], torch) for a, b in zip(ours, theirs, strict=True)
        )
    if isinstance(theirs, torch.Size):
        return type(ours) is pydl.Size and tuple(ours) == tuple(theirs)
    if isinstance(theirs, list | tuple):
        return type(ours) is type(theirs) and all(same(a, b, torch) for a, b in zip(ours, theirs, strict=True))
    if isinstance(theirs, torch.dtype | torch.device):
        return str(ours).split(".")[-1] == str(theirs).split(".")[-1]
    return type(ours) is type(theirs) and ours == theirs


def saved(torch, x, **how):
    file = io.BytesIO()
    torch.save(x, file, **how)
    return file.getvalue()


DTYPES = ["float32", "float64", "bfloat16", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"]


def test_everything_that_torch_saves_comes_back():
    torch = pytest.importorskip("torch")
    base = torch.arange(24.0).reshape(4, 6)
    x = {
        "dtypes": {d: torch.tensor([[0, 1, 1], [1, 0, 1]]).to(getattr(torch, d)) for d in DTYPES},
        "views": [base, base.t(), base[1:, ::2], base[0], base[2, 3], base[:, :1], torch.ones(1).expand(3, 2)],
        "empty": [torch.empty(0), torch.empty(3, 0, 2), torch.tensor(3.5)],
        "parameters": torch.nn.Parameter(torch.randn(2, 3).t()),
        "frozen": torch.nn.Parameter(torch.ones(2), requires_grad=False),
        "leaf": torch.ones(2, requires_grad=True),
        "buffer": torch.nn.Buffer(torch.ones(2)),
        "size": base.shape,
        "kinds": [torch.float16, torch.device("cpu")],
        "numbers": (1, -5, 300, 70000, 2**80, 0.1, float("inf"), True, None),
        "text": ["", "täxt", b"", b"bytes\xff", bytearray(b"q")],
        "sets": [{1, "a"}, frozenset([2]), set()],
        "ordered": collections.OrderedDict(b=1, a={}),
        3: {None: 1, (1, "k"): 2, 2.5: 3, True: 4},
    }
    assert same(load(saved(torch, x)), x, torch)
    assert load(saved(torch, collections.Counter("aab"))) == collections.Counter("aab")
    for single in (base, 5, [], "x"):
        assert same(load(saved(torch, single)), single, torch)
    assert same(load(saved(torch, x, pickle_protocol=4)), x, torch)


def test_shared_memory_stays_shared():
    torch = pytest.importorskip("torch")
    base = torch.arange(12.0).reshape(3, 4)
    tied = torch.nn.Linear(4, 4)
    found = load(saved(torch, {"base": base, "view": base[1:, ::2], "a": tied.weight, "b": [tied.weight]}))
    found["base"][1, 0] = 77
    assert found["view"].tolist() == [[77, 6], [8, 10]]
    assert found["a"] is found["b"][0]


def test_attributes_of_a_tensor_are_left_out():
    torch = pytest.importorskip("torch")
    x = torch.ones(2)
    x.note = "kept by torch"
    found = load(saved(torch, [x]))[0]
    assert found.tolist() == [1, 1] and not hasattr(found, "note")


def test_files_without_checksums():
    torch = pytest.importorskip("torch")
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        assert load(saved(torch, torch.arange(3))).tolist() == [0, 1, 2]
    finally:
        torch.serialization.set_crc32_options(before)


def network(library):
    n = library.nn
    library.manual_seed(0)
    head = [n.Flatten(), n.Linear(64, 8), n.LayerNorm(8), n.Linear(8, 3)]
    # A bias before batch norm has a gradient of rounding errors alone, which Adam makes steps of.
    return n.Sequential(n.Conv2d(2, 4, 3, padding=1, bias=False), n.BatchNorm2d(4), n.ReLU(), *head)


def test_a_checkpoint_of_torch_goes_on_here(tmp_path):
    torch = pytest.importorskip("torch")
    theirs = network(torch)
    other = torch.optim.Adam(theirs.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.StepLR(other, 2)
    x = np.random.default_rng(0).standard_normal((5, 2, 4, 4)).astype("float32")

    def step(model, optimizer, schedule, x):
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        schedule.step()
        return loss.item()

    for _ in range(3):
        step(theirs, other, schedule, torch.tensor(x))
    state = {
        "model": theirs.state_dict(),
        "optimizer": other.state_dict(),
        "schedule": schedule.state_dict(),
        "epoch": 3,
    }
    torch.save(state, tmp_path / "c.pt")
    found = pydl.load(tmp_path / "c.pt", map_location="cpu", weights_only=True, mmap=True)
    ours = network(pydl)
    mine = optim.Adam(ours.parameters(), lr=5.0)
    plan = optim.lr_scheduler.StepLR(mine, 2)
    assert repr(ours.load_state_dict(found["model"])) == "<All keys matched successfully>"
    mine.load_state_dict(found["optimizer"])
    plan.load_state_dict(found["schedule"])
    assert found["epoch"] == 3
    losses = [step(theirs, other, schedule, torch.tensor(x)) for _ in range(5)]
    np.testing.assert_allclose([step(ours, mine, plan, pydl.tensor(x)) for _ in range(5)], losses, rtol=1e-4)
    theirs.eval(), ours.eval()
    want = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(pydl.tensor(x)).detach().numpy(), want, rtol=2e-3, atol=2e-4)


def test_a_model_of_ours_goes_on_in_torch(tmp_path):
    torch = pytest.importorskip("torch")
    numpy = pytest.importorskip("safetensors.numpy")
    ours, theirs = network(pydl).eval(), network(torch).eval()
    pydl.save(ours.state_dict(), tmp_path / "m.safetensors")
    found = numpy.load_file(tmp_path / "m.safetensors")
    theirs.load_state_dict({k: torch.tensor(v) for k, v in found.items()})
    x = np.random.default_rng(0).standard_normal((5, 2, 4, 4)).astype("float32")
    np.testing.assert_allclose(
        theirs(torch.tensor(x)).detach().numpy(), ours(pydl.tensor(x)).detach().numpy(), rtol=1e-4, atol=1e-5
    )
    try:
        from safetensors.torch import load_file
    except ImportError:
        return
    theirs.load_state_dict(load_file(tmp_path / "m.safetensors"))


def test_what_pydl_lacks_is_named():
    torch = pytest.importorskip("torch")
    for bad, message in [
        (torch.nn.Linear(1, 1), r"names torch\.nn\.modules\.linear\.Linear, a whole module: save its state_dict\(\)"),
        ({"x": 1j}, r"builtins\.complex, and pydl has no complex numbers"),
        (torch.ones(2, dtype=torch.complex64), "ComplexFloatStorage, and pydl has no complex"),
        (torch.ones(2).to_sparse(), "no sparse tensors"),
        (torch.zeros(2, dtype=torch.uint16), r"torch\.uint16, which pydl does not have"),
        (print, r"builtins\.print, which is neither a tensor, a number nor a container"),
        (np.float64(3), "numpy.*which is neither"),
    ]:
        with pytest.raises(ValueError, match=message):
            load(saved(torch, bad))


def test_a_file_made_by_hand():
    data = np.arange(6, dtype="float32")
    instructions = several(tensor(), tensor(1, (2,), (3,), True), tensor(0, (0, 3), (3, 1)), tensor(2, (), ()))
    found = load(archive(instructions, {"0": data.tobytes()}))
    assert [x.tolist() for x in found] == [[[0, 1, 2], [3, 4, 5]], [1, 4], [], 2]
    assert found[1].requires_grad and not found[0].requires_grad
    found[0][0, 1] = 50
    assert found[1].tolist() == [50, 4]
    untyped = storage(kind=b"ctorch.storage\nUntypedStorage\n", count=24)
    args = (value(0), value((3,)), value((1,)), value(False), value(None), b"ctorch\nint64\n")
    whole = np.arange(3).tobytes()
    assert load(archive(call("torch._utils", "_rebuild_tensor_v3", untyped, *args), {"0": whole})).tolist() == [0, 1, 2]
    state = call("collections", "OrderedDict") + DICT + value("_metadata") + value({"": {"version": 2}}) + b"s" + b"b"
    assert load(archive(state))._metadata == {"": {"version": 2}}
    odd = archive(tensor(0, (3,), (1,), of=storage(count=3, kind=b"ctorch\nBoolStorage\n")), {"0": b"\x00\x02\xff"})
    assert load(odd).tolist() == [False, True, True]


RAN = []


def ran(*args):
    """What no file may reach."""
    RAN.append(args)


HOSTILE = {
    "os.system": (call("os", "system", value("echo bad")), "posix.system|os.system"),
    "posix.system": (call("posix", "system", value("echo bad")), "posix.system, which is neither"),
    "eval": (call("builtins", "eval", value("1")), "builtins.eval"),
    "python 2's eval": (call("__builtin__", "eval", value("1")), "builtins.eval"),
    "getattr": (call("builtins", "getattr", value("x"), value("upper")), "builtins.getattr"),
    "this test": (call("test_torch_files", "ran", value(1)), "test_torch_files.ran"),
    "torch.load": (call("torch", "load", value("x")), "torch.load, which pydl does not have"),
    "a path of names": (b"ctorch\nTensor.__class__\n", r"torch.Tensor.__class__"),
    "a stacked name": (value("os") + value("system") + b"\x93" + several(value("ls")) + b"R", "os.system"),
    "a name that is no text": (value(3) + value(4) + b"\x93", "3.4"),
    "an instance": (MARK + b"ios\nsystem\n", "instruction INST"),
    "an object": (MARK + b"cos\nsystem\n" + value("ls") + b"o", "os.system"),
    "a new object": (b"ctorch\nTensor\n)\x81", "instruction NEWOBJ"),
    "an extension": (b"\x82\x01", "instruction EXT1"),
    "protocol 0": (b"I1\n", "instruction INT"),
    "a text id": (b"Pstorage\n", "instruction PERSID"),
    "a call of a value": (value(3) + several() + b"R", "no function: int"),
    "a call of a dtype": (b"ctorch\nfloat32\n" + several() + b"R", "no function: dtype"),
    "a call of a tensor class": (b"ctorch\nTensor\n" + several() + b"R", "no function"),
    "a call with a list": (b"ccollections\nOrderedDict\n" + LIST + b"R", "list where it cannot be"),
    "too many arguments": (call("torch", "Size", value((1,)), value(2)), "TypeError"),
    "a size of text": (call("torch", "Size", value(("a",))), "sizes or strides"),
    "an unknown device": (call("torch", "device", value("abacus")), "abacus"),
    "an encoding": (call("_codecs", "encode", value("a"), value("rot13")), "encoding 'rot13'"),
    "append to a tuple": (several() + value(1) + b"a", "tuple where it cannot be"),
    "append to a tensor": (tensor() + value(1) + b"a", "Tensor where it cannot be"),
    "an item of a list": (LIST + value(1) + value(1) + b"s", "list where it cannot be"),
    "odd items": (DICT + MARK + value(1) + b"u", "damaged"),
    "a list for a key": (DICT + LIST + value(1) + b"s", "list for a key"),
    "a deep key": (DICT + several() + b"\x85" * 100000 + value(1) + b"s", "tuple for a key"),
    "a deep member": (call("builtins", "set", LIST + several() + b"\x85" * 100000 + b"a"), "tuple for a key"),
    "an empty stack": (b"a", "damaged|IndexError"),
    "an empty pop": (b"t", "damaged"),
    "a mark below": (value(1) + MARK + b"\x85\x85Rt", "damaged|not there|no function"),
    "an unknown memo": (b"h\x05", "KeyError"),
    "an unknown instruction": (b"\xff", "damaged"),
    "a huge memo": (value(1) + b"r" + struct.pack("<I", 2**32 - 1) + b"j" + struct.pack("<I", 2**32 - 2), "KeyError"),
    "a huge string": (b"X" + struct.pack("<I", 2**31), "damaged"),
    "a huge number": (b"\x8b" + struct.pack("<i", 2**31 - 1), "damaged"),
    "a huge text": (b"\x8d" + struct.pack("<Q", 2**62), "damaged"),
    "no storage": (tensor(of=value(None)), "without a storage"),
    "an id that is a number": (value(3) + b"Q", "no storage"),
    "an id of a module": (several(value("module"), *[value(1)] * 4) + b"Q", "no storage"),
    "a storage of a tensor class": (storage(kind=b"ctorch\nTensor\n"), "damaged reference"),
    "a storage of negative size": (storage(count=-6), "damaged reference"),
    "a storage with a number for a key": (storage(key=3), "damaged reference"),
    "a missing storage": (tensor(of=storage(key="7")), "no entry 'archive/data/7'"),
    "another entry": (tensor(of=storage(key="../data.pkl")), "no entry"),
    "a storage too long": (tensor(of=storage(count=7)), "24 bytes, 7 elements of pydl.float32 would have 28"),
    "a storage too short": (tensor(of=storage(count=5)), "24 bytes, 5 elements of pydl.float32 would have 20"),
    "a storage of another dtype": (tensor(of=storage(kind=b"ctorch\nLongStorage\n")), "would have 48"),
    "two dtypes": (several(tensor(), tensor(of=storage(kind=b"ctorch\nIntStorage\n"))), "with two dtypes or sizes"),
    "complex": (tensor(of=storage(kind=b"ctorch\nComplexFloatStorage\n")), "no complex numbers"),
    "quantised": (b"ctorch\nQInt8Storage\n", "no quantised"),
    "past the end": (tensor(1), "reaches past"),
    "an offset before": (tensor(-1), "offset -1"),
    "an offset far away": (tensor(2**70), "reaches past"),
    "a bool for an offset": (tensor(True), "offset True"),
    "a text for an offset": (tensor("1"), "offset '1'"),
    "a negative stride": (tensor(5, (2, 3), (-3, -1)), "sizes or strides"),
    "a negative size": (tensor(0, (-1, 3)), "sizes or strides"),
    "a size too large": (tensor(0, (4, 3)), "reaches past"),
    "sizes that overflow": (tensor(0, (2**61, 2**61), (2**61, 8)), "reaches past"),
    "a size past 64 bits": (tensor(0, (2**64,), (1,)), "sizes or strides"),
    "more strides than sizes": (tensor(0, (6,), (1, 1)), "with strides"),
    "many dimensions": (tensor(0, (1,) * 17, (1,) * 17), "with strides"),
    "sizes that are no tuple": (tensor(0, 3, 1), "int where it cannot be"),
    "a gradient of integers": (
        tensor(0, (3,), (1,), True, storage(count=3, kind=b"ctorch\nLongStorage\n")),
        "gradient of a tensor",
    ),
    "a parameter of a number": (call("torch._utils", "_rebuild_parameter", value(3), value(True)), "without a tensor"),
    "a class of its own": (
        call(
            "torch._tensor", "_rebuild_from_type_v2", b"cos\nsystem\n", b"ctorch\nTensor\n", value(("ls",)), value({})
        ),
        "os.system",
    ),
    "a class of its own, called": (
        call(
            "torch._tensor", "_rebuild_from_type_v2", b"ctorch\nSize\n", b"ctorch\nTensor\n", value(((1,),)), value({})
        ),
        "class of its own",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pickles_give_an_error_and_run_nothing(name, capfd):
    instructions, message = HOSTILE[name]
    with pytest.raises(ValueError, match=f"load: cannot read the file: .*({message})"):
        load(archive(instructions))
    assert not RAN and capfd.readouterr() == ("", "")


def test_hostile_archives_give_an_error():
    good = archive(tensor())
    assert load(good).shape == (2, 3)
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w") as file:
        file.writestr("a/data.pkl", b"N.")
        file.writestr("b/data.pkl", b"N.")
    for data, message in [
        (archive(tensor(), compress=True), "compressed"),
        (archive(tensor(), byteorder="big"), "big-endian"),
        (archive(value(1), **{"constants.pkl": b""}), "TorchScript"),
        (archive(value(1), names="elsewhere/x"), None),
        (z.getvalue(), "2 entries data.pkl"),
        (archive(value(1)).replace(b"data.pkl", b"dota.pkl"), "0 entries data.pkl"),
        (good[:-1], "truncated, or no zip file"),
        (good[:100], "truncated, or no zip file"),
        (b"PK\x03\x04", "truncated, or no zip file"),
        (archive(value(1))[:-30] + bytes(30), "truncated, or no zip file"),
        (archive(b"\x88" + b"0" * 10), "instruction POP"),
    ]:
        if message is None:
            assert load(data) == 1
            continue
        with pytest.raises(ValueError, match=message):
            load(data)
    # A bomb: 1 GB that is 1 MB in the file.
    bomb = archive(tensor(of=storage(count=2**28), size=(2**28,), stride=(1,)), {"0": bytes(2**30 >> 6)}, compress=True)
    with pytest.raises(ValueError, match="compressed"):
        load(bomb)


def test_entries_that_share_their_bytes_do_not_multiply():
    """A hundred entries of a directory that point to the same megabyte."""
    views = [tensor(of=storage(str(i), 2**18), size=(1,), stride=(1,)) for i in range(100)]
    data = archive(LIST + MARK + b"".join(views) + b"e", {"0": bytes(2**20)})
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as z:
        first = z.getinfo("archive/data/0")
        for i in range(1, 100):
            info = zipfile.ZipInfo(f"archive/data/{i}")
            info.header_offset, info.file_size, info.compress_size = first.header_offset, 2**20, 2**20
            info.CRC = first.CRC
            z.filelist.append(info)
            z.NameToInfo[info.filename] = info
        z._didModify = True
    with pytest.raises(ValueError, match="larger than the file"):
        load(out.getvalue())


def attempt(data):
    """An exception of the right kind, or a value."""
    try:
        load(data)
    except ValueError as error:
        assert str(error).startswith("load: cannot read")  # noqa: PT017


def fuzzed():
    """A file with a bit of everything."""
    kinds = several(tensor(), tensor(1, (2,), (3,)), call("torch", "Size", value((1, 2))), value({"a": [1.5, None]}))
    return archive(kinds + value(b"bytes") + call("builtins", "set", value([1, 2])) + b"\x87")


def test_truncated_files_give_an_error():
    data = fuzzed()
    load(data)
    for n in np.linspace(0, len(data) - 1, 300).astype(int):
        with pytest.raises(ValueError, match="load: cannot read the file"):
            load(data[:n])


def test_flipped_bits_never_crash():
    data, rng = fuzzed(), np.random.default_rng(0)
    for at in rng.permutation(len(data))[:300]:
        for bit in range(8):
            broken = bytearray(data)
            broken[at] ^= 1 << bit
            attempt(bytes(broken))


def test_flipped_bits_of_a_pickle_never_crash():
    """With checksums that fit, so that the pickle is what fails."""
    whole, rng = fuzzed(), np.random.default_rng(1)
    with zipfile.ZipFile(io.BytesIO(whole)) as z:
        pickled = z.read("archive/data.pkl")[2:-1]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for at in range(len(pickled)):
        for bit in rng.permutation(8)[:4]:
            broken = bytearray(pickled)
            broken[at] ^= 1 << bit
            attempt(archive(bytes(broken)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KB


def test_names_that_are_real_functions_here_are_refused():
    """Whatever is imported: nothing is looked up."""
    for function in (os.system, os.remove, io.open, pydl.load):
        with pytest.raises(ValueError, match="which is neither"):
            load(archive(call(function.__module__, function.__name__, value("x"))))


def test_the_safetensors_reader_is_not_confused():
    with pytest.raises(ValueError, match="safetensors"):
        load(b"PK\x05\x06" + bytes(100))

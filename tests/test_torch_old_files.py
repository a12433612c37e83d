"""Files of torch.save from before PyTorch 1.6: pickles and storages one after the other."""

import io

import numpy as np
import pytest
from torch_files import call, old_file, old_storage, several, tensor, value

import pydl
from pydl import nn


def load(data):
    return pydl.load(io.BytesIO(data))


def test_a_file_made_by_hand():
    data = np.arange(6, dtype="float32")
    views = several(tensor(of=old_storage()), tensor(1, (2,), (3,), True, of=old_storage()), value({"epoch": 3}))
    found = load(old_file(views, {"0": data.tobytes()}))
    assert found[0].tolist() == [[0, 1, 2], [3, 4, 5]] and found[1].tolist() == [1, 4] and found[1].requires_grad
    assert found[2] == {"epoch": 3}
    found[0][0, 1] = 50
    assert found[1].tolist() == [50, 4]
    assert load(old_file(value("nothing"), {})) == "nothing"


def test_what_torch_writes():
    torch = pytest.importorskip("torch")
    base = torch.arange(12.0).reshape(3, 4)
    x = {
        "base": base,
        "view": base[1:, ::2],
        "half": torch.tensor([1.5, -2.0]).half(),
        "bfloat16": torch.tensor([1.5, -2.0]).bfloat16(),
        "bool": torch.tensor([True, False]),
        "long": torch.arange(3),
        "empty": torch.empty(0, 3),
        "model": torch.nn.Linear(2, 3).state_dict(),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "rest": (1, [2.5, None], torch.Size([1, 2]), torch.float16),
    }
    file = io.BytesIO()
    torch.save(x, file, _use_new_zipfile_serialization=False)
    found = load(file.getvalue())
    assert list(found) == list(x)
    for key in ("base", "view", "half", "bfloat16", "bool", "long", "empty"):
        assert found[key].tolist() == x[key].tolist() and str(found[key].dtype)[5:] == str(x[key].dtype)[6:]
        assert found[key].stride() == x[key].stride()
    assert repr(nn.Linear(2, 3).load_state_dict(found["model"])) == "<All keys matched successfully>"
    assert found["model"]["weight"].tolist() == x["model"]["weight"].tolist()
    assert type(found["parameter"]) is nn.Parameter and found["rest"][:2] == (1, [2.5, None])
    found["base"][1, 0] = 77
    assert found["view"].tolist() == [[77, 6], [8, 10]]
    for whole in (torch.nn.Linear(1, 1), {"x": 1j}):
        file = io.BytesIO()
        torch.save(whole, file, _use_new_zipfile_serialization=False)
        with pytest.raises(ValueError, match=r"no complex numbers|no storage|whole module"):
            load(file.getvalue())


HOSTILE = {
    "os.system": (old_file(call("os", "system", value("echo bad"))), "os.system, which is neither"),
    "big-endian": (old_file(value(1), little=False), "big-endian"),
    "a reference of five": (old_file(tensor()), "no storage"),
    "a module": (old_file(several(value("module"), *[value(1)] * 3) + b"Q"), "no storage"),
    "a part of another": (old_file(tensor(of=old_storage(view=("1", 0, 2)))), "part of another"),
    "a storage too long": (old_file(tensor(of=old_storage(count=5))), "reaches past"),
    "a storage of another size": (old_file(tensor(of=old_storage(count=7))), "cut off, or has another size"),
    "a huge storage": (old_file(tensor(of=old_storage(count=2**40))), "larger than the file"),
    "two sizes": (old_file(several(tensor(of=old_storage()), tensor(of=old_storage(count=7)))), "dtypes or sizes"),
    "a storage that is missing": (old_file(tensor(of=old_storage()), {}), "lacks the storages"),
    "a storage of nothing": (old_file(value(1)), "that nothing shows"),
    "a storage twice": (old_file(tensor(of=old_storage()), {"0": bytes(24)})[:-32].replace(b"]q", b"]q"), "cut off"),
    "another count": (old_file(tensor(of=old_storage()), counts={"0": 2**63}), "cut off, or has another size"),
    "nothing after the number": (old_file(value(1))[:15], "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_an_error(name, capfd):
    data, message = HOSTILE[name]
    with pytest.raises(ValueError, match=f"load: cannot read the file: .*({message})"):
        load(data)
    assert capfd.readouterr() == ("", "")


def test_truncations_and_flipped_bits():
    data = old_file(several(tensor(of=old_storage()), call("torch", "Size", value((1, 2))), value({"a": [1.5, None]})))
    load(data)
    for n in range(len(data)):
        with pytest.raises(ValueError, match="load: cannot read the file"):
            load(data[:n])
    for at in range(len(data)):
        for bit in range(8):
            broken = bytearray(data)
            broken[at] ^= 1 << bit
            try:
                load(bytes(broken))
            except ValueError as error:
                assert str(error).startswith("load: cannot read")  # noqa: PT017

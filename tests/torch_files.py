"""Files as `torch.save` writes them, made by hand: instructions of a pickle, and the archive around it."""

import io
import pickle
import zipfile

STORAGE = b"ctorch\nFloatStorage\n"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def value(x):
    """The instructions that push a plain value."""
    return pickle.dumps(x, 2)[2:-1]


def several(*items):
    """A tuple of what these instructions push."""
    return b"(" + b"".join(items) + b"t"


def call(module, name, *args):
    """A function of a module, called."""
    return f"c{module}\n{name}\n".encode() + several(*args) + b"R"


def storage(key="0", count=6, kind=STORAGE):
    return several(value("storage"), kind, value(key), value("cpu"), value(count)) + b"Q"


def tensor(offset=0, size=(2, 3), stride=(3, 1), requires_grad=False, of=None):
    """A tensor; by default of a storage of 6 float32."""
    args = (value(offset), value(size), value(stride), value(requires_grad), call("collections", "OrderedDict"))
    return REBUILD + several(storage() if of is None else of, *args) + b"R"


def archive(instructions, storages=None, compress=False, names=None, **more):
    """The file of a pickle made of instructions."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as z:
        z.writestr((names or "archive") + "/data.pkl", b"\x80\x02" + instructions + b".")
        z.writestr("archive/byteorder", more.pop("byteorder", "little"))
        for key, data in ({"0": bytes(24)} if storages is None else storages).items():
            z.writestr(f"archive/data/{key}", data)
        for name, data in more.items():
            z.writestr(f"archive/{name}", data)
    return out.getvalue()


def old_storage(key="0", count=6, kind=STORAGE, view=None):
    return several(value("storage"), kind, value(key), value("cpu"), value(count), value(view)) + b"Q"


def old_file(instructions, storages=None, little=True, counts=None):
    """The file of a pickle made of instructions, as PyTorch wrote it before 1.6."""
    storages = {"0": bytes(24)} if storages is None else storages
    machine = {"protocol_version": 1001, "little_endian": little, "type_sizes": {"int": 4}}
    parts = [pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2), pickle.dumps(machine, 2)]
    parts += [b"\x80\x02" + instructions + b".", pickle.dumps(list(storages), 2)]
    for key, data in storages.items():
        parts += [(counts or {}).get(key, len(data) // 4).to_bytes(8, "little"), data]
    return b"".join(parts)

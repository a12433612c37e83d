"""Files: tensors as safetensors, and what they are nested in as a JSON tree beside them. No pickle.

A file of `save` is a safetensors file that any reader of the format can open; the tree stands in its
metadata under "pydl". Loading a file never runs code from it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors

from pydl import _C, dtypes
from pydl.autograd.function import TensorBase, wrap

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from pydl.tensor import Tensor

TREE = "pydl"  # the tree's key in the metadata
MAX_DEPTH = 200  # of nested containers
LONGEST_HEADER = 100_000_000  # bytes, as in safetensors
NAMES = {
    "F32": dtypes.float32,
    "F64": dtypes.float64,
    "BF16": dtypes.bfloat16,
    "F16": dtypes.float16,
    "I64": dtypes.int64,
    "I32": dtypes.int32,
    "I16": dtypes.int16,
    "I8": dtypes.int8,
    "U8": dtypes.uint8,
    "BOOL": dtypes.bool_,
}
CODES = {d.code: name for name, d in NAMES.items()}
_next_part = itertools.count().__next__


def to_bytes(array: _C.Array) -> Any:
    """The elements in order, row by row: a buffer over the array's memory where that is possible."""
    if array.dtype == dtypes.bfloat16.code:
        # numpy has no bfloat16: it is the upper half of a float32.
        wide = np.asarray(_C.contiguous(_C.cast(array, dtypes.float32.code)))
        return (wide.view(np.uint32) >> 16).astype(np.uint16)
    return np.asarray(_C.contiguous(array))


def from_bytes(data: Any, dtype: dtypes.dtype, shape: tuple[int, ...]) -> _C.Array:
    """The opposite of `to_bytes`: an array with memory of its own."""
    if math.prod(shape) == 0:
        return _C.zeros(shape, dtype.code)
    if dtype is dtypes.bfloat16:
        wide = np.frombuffer(data, np.uint16).astype(np.uint32) << 16
        return _C.cast(_C.from_buffer(wide.view(np.float32).reshape(shape)), dtype.code)
    values = np.frombuffer(data, dtype.numpy).reshape(shape)
    if dtype is dtypes.bool_:
        values = values.view(np.uint8) != 0  # other bytes than 0 and 1 are no bool for C++
    array = _C.empty(shape, dtype.code)
    np.asarray(array)[...] = values
    return array


def deepcopy(x: Tensor, memo: dict[Any, Any]) -> Tensor:
    """`copy.deepcopy` of a tensor: a leaf with memory of its own, and its gradient.

    As in PyTorch the whole memory is copied that a tensor shows a part of, once, and other views that are copied
    along show the same copy.

    Raises:
        StateError: it has a history, which cannot be copied.
    """
    if id(x) in memo:
        return memo[id(x)]  # type: ignore[no-any-return]
    if x.node is not None:
        raise _C.StateError("deepcopy: only a leaf can be copied; use .detach().clone()")
    array = x.array
    key = "memory", array.storage_id, array.dtype
    if key not in memo:
        count = array.storage_bytes // dtypes.DTYPES[array.dtype].itemsize
        # The array itself is kept too, so that no other memory gets its id meanwhile.
        memo[key] = array, _C.clone(_C.as_strided(array, (count,), (1,), 0))
    copied = rebuild(type(x), _C.as_strided(memo[key][1], array.shape, array.strides, array.offset), x._requires_grad)
    memo[id(x)] = copied
    if x.grad is not None:
        copied.grad = deepcopy(x.grad, memo)
    return copied


def reduce(x: Tensor) -> tuple[Any, ...]:
    """How `pickle` keeps a tensor: its class, bytes, dtype and shape; not its history or gradient."""
    data = to_bytes(x.array).tobytes()
    return unpickle, (type(x), data, x.array.dtype, x.array.shape, x._requires_grad)


def unpickle(cls: type[Tensor], data: bytes, code: int, shape: tuple[int, ...], requires_grad: bool) -> Tensor:
    """The opposite of `reduce`."""
    return rebuild(cls, from_bytes(data, dtypes.DTYPES[code], shape), requires_grad)


def rebuild(cls: type[Tensor], array: _C.Array, requires_grad: bool) -> Tensor:
    """A leaf of a class of tensors."""
    x = cls.__new__(cls)
    x.array = array
    x.node = x.grad = x.base = x.base_node = x.hooks = None
    x._requires_grad = requires_grad
    return x


class Encoder:
    """From nested containers to a tree and tensors by name."""

    def __init__(self) -> None:
        self.tensors: dict[str, _C.Array] = {}
        self.names: dict[tuple[Any, ...], str] = {}  # of memory that was seen before

    def name_for(self, path: str) -> str:
        """A name of a tensor that no other has."""
        name = path or "tensor"
        for i in itertools.count(1):
            if name not in self.tensors and name != "__metadata__":
                return name
            name = f"{path or 'tensor'}#{i}"
        raise AssertionError

    def store(self, array: _C.Array, path: str) -> str:
        """Put an array among the tensors, once; returns its name."""
        key = (array.storage_id, array.offset, array.shape, array.strides, array.dtype)
        if key not in self.names:
            name = self.names[key] = self.name_for(path)
            self.tensors[name] = array
        return self.names[key]

    def encode(self, x: Any, path: str, above: tuple[int, ...] = ()) -> Any:
        """A value as JSON can hold it.

        Raises:
            DTypeError: a value that cannot be saved; the message names its path.
            ValueError: a container holds itself, or they are nested too deep.
        """
        kind = type(x)
        if x is None or kind in (bool, int, str):
            return x
        if kind is float:
            return x if math.isfinite(x) else {"float": repr(x)}
        if isinstance(x, TensorBase):
            from pydl.nn.parameter import Parameter

            node: dict[str, Any] = {"tensor": self.store(x.array, path)}
            if isinstance(x, Parameter):
                node["parameter"] = True
            if x._requires_grad:
                node["requires_grad"] = True
            return node
        if isinstance(x, np.generic) and x.dtype.kind in "fiub":
            return self.encode(x.item(), path, above)
        if isinstance(x, np.ndarray) and x.dtype in dtypes.FROM_NUMPY:
            return {"numpy": self.store(_C.from_buffer(np.array(x)), path)}
        if kind is dtypes.dtype:
            return {"dtype": x.name}
        if kind is dtypes.device:
            return {"device": str(x)}
        if kind in (list, tuple, dict, OrderedDict) or is_size(x):
            where = path or "the object"
            if id(x) in above:
                raise _C.ValueError(f"save: {where} contains itself")
            if len(above) >= MAX_DEPTH:
                raise _C.ValueError(f"save: {where} is nested deeper than {MAX_DEPTH} levels")
            above = (*above, id(x))
            if isinstance(x, dict):
                pairs = [[self.encode_key(k, path), self.encode(v, join(path, k), above)] for k, v in x.items()]
                return {"dict" if kind is dict else "ordered": pairs}
            items = [self.encode(v, join(path, i), above) for i, v in enumerate(x)]
            if kind is list:
                return items
            return {"tuple" if kind is tuple else "size": items}
        hint = "; save its state_dict()" if hasattr(x, "state_dict") else ""
        raise _C.DTypeError(
            f"save: cannot save {path or 'the object'}: {kind.__name__} (what can be saved: tensors, numpy arrays, "
            f"numbers, strings, None, dtypes, and lists, tuples and dicts of them){hint}"
        )

    def encode_key(self, key: Any, path: str) -> Any:
        """A dict's key: a string, a number, None, or a tuple of them."""
        if key is None or type(key) in (bool, int, str, float):
            return self.encode(key, path)
        if type(key) is tuple:
            return {"tuple": [self.encode_key(k, path) for k in key]}
        raise _C.DTypeError(f"save: cannot save a key of {path or 'the object'}: {type(key).__name__}")

    def write(self, file: Any, tree: str) -> None:
        """Put everything into a file: the length of the header, the header, the tensors one after the other."""
        # Large elements first, so that each tensor lies at a multiple of its item size.
        order = sorted(self.tensors.items(), key=lambda item: -dtypes.DTYPES[item[1].dtype].itemsize)
        header: dict[str, Any] = {"__metadata__": {TREE: tree}}
        at = 0
        for name, array in order:
            end = at + array.size * dtypes.DTYPES[array.dtype].itemsize
            header[name] = {"dtype": CODES[array.dtype], "shape": list(array.shape), "data_offsets": [at, end]}
            at = end
        text = json.dumps(header, ensure_ascii=False).encode()
        text += b" " * (-len(text) % 8)
        file.write(len(text).to_bytes(8, "little") + text)
        for _, array in order:
            if array.size:
                file.write(to_bytes(array).reshape(-1).data.cast("B"))


def is_size(x: Any) -> bool:
    """Whether it is a tensor's shape."""
    from pydl.tensor import Size

    return type(x) is Size


def join(path: str, key: Any) -> str:
    """The path of a member."""
    return f"{path}.{key}" if path else str(key)


class Decoder:
    """From a tree and tensors by name to nested containers."""

    def __init__(self, tensors: dict[str, tuple[dtypes.dtype, tuple[int, ...], Any]]) -> None:
        self.tensors = tensors
        self.made: dict[str, _C.Array] = {}

    def array(self, name: Any) -> _C.Array:
        """The tensor of a name, made once."""
        if not isinstance(name, str) or name not in self.tensors:
            raise Damaged(f"the tree names a tensor {name!r} that is not there")
        if name not in self.made:
            dtype, shape, data = self.tensors[name]
            self.made[name] = from_bytes(data, dtype, shape)
        return self.made[name]

    def decode(self, x: Any, depth: int = 0) -> Any:
        """The opposite of `Encoder.encode`."""
        if depth > MAX_DEPTH + 2:
            raise Damaged("the tree is nested too deep")
        if isinstance(x, list):
            return [self.decode(v, depth + 1) for v in x]
        if not isinstance(x, dict):
            return x
        if "tensor" in x:
            return self.tensor(x)
        if len(x) != 1:
            raise Damaged("the tree has a node without a meaning")
        ((kind, value),) = x.items()
        if kind == "numpy" and self.array(value).dtype != dtypes.bfloat16.code:
            return np.array(wrap(self.array(value)).numpy())
        if kind == "float" and value in ("inf", "-inf", "nan"):
            return float(value)
        if kind == "dtype" and isinstance(value, str) and value in DTYPE_NAMES:
            return DTYPE_NAMES[value]
        if kind == "device" and isinstance(value, str):
            return dtypes.device(value)
        if isinstance(value, list):
            if kind == "tuple":
                return tuple([self.decode(v, depth + 1) for v in value])
            if kind == "size" and all(type(n) is int for n in value):
                from pydl.tensor import Size

                return Size(value)
            if kind in ("dict", "ordered") and all(isinstance(p, list) and len(p) == 2 for p in value):
                pairs = [(self.decode(k, depth + 1), self.decode(v, depth + 1)) for k, v in value]
                try:
                    return dict(pairs) if kind == "dict" else OrderedDict(pairs)
                except TypeError:
                    raise Damaged("the tree has a key that cannot be one") from None
        raise Damaged(f"the tree has a node of unknown kind {kind!r}")

    def tensor(self, x: dict[str, Any]) -> Tensor:
        """A tensor as its node describes it."""
        array = self.array(x["tensor"])
        wanted = x.get("requires_grad") is True
        if wanted and array.dtype > 3:
            raise Damaged("the tree wants a gradient of a tensor that has none")
        out = wrap(array)
        if x.get("parameter") is True:
            from pydl.nn.parameter import Parameter

            return Parameter(out, wanted)
        out._requires_grad = wanted
        return out


DTYPE_NAMES = {d.name: d for d in dtypes.DTYPES}


class Damaged(Exception):
    """What is wrong with a file."""


def save(
    obj: Any,
    f: str | os.PathLike[str] | BinaryIO,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write tensors, and what they are nested in, into one file.

    Lists, tuples, dicts (OrderedDicts too), numbers, strings, None, dtypes and numpy arrays may be nested
    as you like. Tensors that show the same memory in the same way are stored once and share it again when
    loaded. The file is written beside its name, brought to disk and then renamed: an interrupted save
    leaves the old file as it was. The arguments beside the first two are taken for PyTorch's sake, without effect.

    Raises:
        DTypeError: there is something that cannot be saved; the message names its path.

    >>> import io
    >>> file = io.BytesIO()
    >>> pydl.save({"step": 3, "weights": [pydl.ones(2)]}, file)
    >>> pydl.load(io.BytesIO(file.getvalue()))
    {'step': 3, 'weights': [tensor([1., 1.])]}
    """
    from pathlib import Path  # here: a tenth of the time of `import pydl`

    encoder = Encoder()
    tree = json.dumps(encoder.encode(obj, ""), ensure_ascii=False, allow_nan=False)
    if hasattr(f, "write"):
        encoder.write(f, tree)
        return
    # A link stays one: what it points to is replaced.
    path = Path(os.path.realpath(f))
    remove_leftovers(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}-{_next_part()}.tmp")
    try:
        with open(beside, "xb") as file:
            encoder.write(file, tree)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(beside, path.stat().st_mode & 0o777)
        os.replace(beside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def remove_leftovers(path: Path) -> None:
    """Delete what saves into this name left behind when their process was killed."""
    import glob

    for found in glob.glob(glob.escape(str(path.with_name(f".{path.name}."))) + "*.tmp"):
        pid = found.removesuffix(".tmp").rsplit(".", 1)[1].split("-")[0]
        if not pid.isdigit():
            continue
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            with contextlib.suppress(OSError):
                os.unlink(found)
        except (OSError, OverflowError):
            pass


def load(
    f: str | os.PathLike[str] | BinaryIO,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save` wrote, or what PyTorch's ``torch.save`` did; of any other safetensors file, a dict of its
    tensors.

    Of PyTorch's files those are read that hold tensors, parameters, numbers, strings, dtypes and containers of
    them: state_dicts, checkpoints. Tensors that share memory there share it here. See `pydl.torch_format`.

    Args:
        map_location: the device to load to; must be the CPU in this build. Tensors that were saved on another
            device come to the CPU in any case.
        weights_only, mmap, pickle_module: taken for PyTorch's sake, without effect: no file can run code here.

    Raises:
        ValueError: the file is damaged, has something in it that cannot be read, or is neither kind of file.
    """
    from pydl import torch_format

    if map_location is not None and not callable(map_location) and not isinstance(map_location, dict):
        dtypes.check_device(map_location)
    if hasattr(f, "read"):
        name, data = "the file", f.read()
    else:
        with open(f, "rb") as file:
            name, data = str(f), file.read()
    if not isinstance(data, bytes | bytearray | memoryview):
        raise _C.DTypeError(f"load: expected a file opened for bytes, got one of {type(data).__name__}")
    data = bytes(data)
    try:
        if data.startswith((torch_format.ZIP, torch_format.OLD)):
            return torch_format.read(data, from_bytes)
        tensors, tree = parse(data)
        decoder = Decoder(tensors)
        if tree is NO_TREE:
            return {key: wrap(decoder.array(key)) for key in tensors}
        return decoder.decode(tree)
    except (Damaged, torch_format.Refused, _C.Error) as error:
        raise _C.ValueError(f"load: cannot read {name}: {error}") from None


NO_TREE = object()


def parse(data: bytes) -> tuple[dict[str, tuple[dtypes.dtype, tuple[int, ...], Any]], Any]:
    """A file's tensors, unconverted, and its tree, or NO_TREE."""
    if len(data) < 8:
        raise Damaged(f"it has {len(data)} bytes, a safetensors file at least 8")
    length = int.from_bytes(data[:8], "little")
    if length > min(len(data) - 8, LONGEST_HEADER):
        raise Damaged(f"its header claims {length} bytes of {len(data)}: it is truncated, or no safetensors file")
    try:
        # Checks the header, the offsets and the sizes.
        found = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
        header = json.loads(data[8 : 8 + length])
        metadata = header.get("__metadata__") or {}
        tree = json.loads(metadata[TREE]) if TREE in metadata else NO_TREE
    except safetensors.SafetensorError as error:
        raise Damaged(str(error)) from None
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        raise Damaged(f"its header is damaged ({type(error).__name__}: {error})") from None
    tensors = {}
    for name, entry in found:
        if entry["dtype"] not in NAMES:
            raise Damaged(f"tensor {name!r} has dtype {entry['dtype']}, which pydl does not have")
        shape = tuple(entry["shape"])
        if len(shape) > 16:
            raise Damaged(f"tensor {name!r} has {len(shape)} dimensions, pydl's have at most 16")
        tensors[name] = NAMES[entry["dtype"]], shape, entry["data"]
    return tensors, tree

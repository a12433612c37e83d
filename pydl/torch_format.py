"""The files of `torch.save`: a pickle and the bytes of each storage, in a zip archive or, before PyTorch 1.6, one
after the other. They are read without unpickling.

A pickle is a program, and `pickle.load` would run it. Here `pickletools` takes it apart, and `Reader` follows
only those instructions that build containers, numbers, strings and tensors; a name that it does not know ends
the reading. The format: https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

import io
import pickletools
import zipfile
import zlib
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydl import _C, dtypes
from pydl.autograd.function import TensorBase, wrap

if TYPE_CHECKING:
    from pydl.tensor import Tensor

ZIP = b"PK\x03\x04"
OLD = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")  # the first pickle of a file from before PyTorch 1.6
LONGEST_PICKLE = 100_000_000  # bytes
MOST_STEPS = 10_000_000  # of a pickle
DEEPEST_KEY = 10  # of tuples in a key
STORAGES = {
    "FloatStorage": dtypes.float32,
    "DoubleStorage": dtypes.float64,
    "BFloat16Storage": dtypes.bfloat16,
    "HalfStorage": dtypes.float16,
    "LongStorage": dtypes.int64,
    "IntStorage": dtypes.int32,
    "ShortStorage": dtypes.int16,
    "CharStorage": dtypes.int8,
    "ByteStorage": dtypes.uint8,
    "BoolStorage": dtypes.bool_,
}
DTYPES = {d.name: d for d in dtypes.DTYPES}
TENSOR_TYPES = {("torch", "Tensor"), ("torch.nn.parameter", "Parameter"), ("torch.nn.parameter", "Buffer")}
VALUES = {
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
}  # fmt: skip
SIMPLE: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


FromBytes = Callable[[Any, dtypes.dtype, tuple[int, ...]], _C.Array]


class Refused(Exception):
    """What is wrong with a file."""


class StorageType:
    """The class of a storage: its dtype, or None where only the bytes are known."""

    def __init__(self, dtype: dtypes.dtype | None) -> None:
        self.dtype = dtype


class TensorType:
    """What stands for a class of tensors."""


class Storage:
    """A storage that tensors show; its memory is read when the first one does."""

    def __init__(self, dtype: dtypes.dtype | None, key: str, count: int) -> None:
        self.dtype, self.key, self.count = dtype, key, count


class Archive:
    """The entries of a zip file, whose bytes lie in it as they are."""

    fields = 5  # of a reference to a storage

    def __init__(self, data: bytes, from_bytes: FromBytes) -> None:
        self.data, self.from_bytes = memoryview(data), from_bytes
        self.entries = {info.filename: info for info in zipfile.ZipFile(io.BytesIO(data)).infolist()}
        pickles = [name for name in self.entries if name.rsplit("/", 1)[-1] == "data.pkl"]
        if len(pickles) != 1:
            raise Refused(f"it is a zip file with {len(pickles)} entries data.pkl, a file of torch.save has one")
        self.prefix = pickles[0].removesuffix("data.pkl")
        if f"{self.prefix}constants.pkl" in self.entries:
            raise Refused("it is a TorchScript program (torch.jit.save), which pydl cannot run; save its state_dict()")
        if bytes(self.read("byteorder", b"little")) != b"little":
            raise Refused("it was written on a big-endian machine")

    def read(self, name: str, default: bytes | None = None) -> memoryview:
        """The bytes of an entry."""
        info = self.entries.get(self.prefix + name)
        if info is None:
            if default is None:
                raise Refused(f"it has no entry {self.prefix + name!r}")
            return memoryview(default)
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size or info.flag_bits & 1:
            raise Refused(f"its entry {info.filename!r} is compressed or encrypted, which torch.save does not do")
        at = info.header_offset
        if bytes(self.data[at : at + 4]) != ZIP:
            raise Refused(f"its entry {info.filename!r} is not where its directory says")
        lengths = [int.from_bytes(self.data[at + i : at + i + 2], "little") for i in (26, 28)]
        begin = at + 30 + sum(lengths)
        found = self.data[begin : begin + info.file_size]
        if len(found) != info.file_size:
            raise Refused(f"its entry {info.filename!r} is cut off")
        # PyTorch leaves the checksum 0 where set_crc32_options(False) has turned it off.
        if info.CRC != 0 and zlib.crc32(found) != info.CRC:
            raise Refused(f"its entry {info.filename!r} is damaged: its checksum is wrong")
        return found

    def array(self, key: str, dtype: dtypes.dtype, count: int) -> _C.Array:
        """The memory of a storage."""
        data = self.read(f"data/{key}")
        if len(data) != count * dtype.itemsize:
            raise Refused(
                f"its storage {key!r} has {len(data)} bytes, {count} elements of {dtype} would have "
                f"{count * dtype.itemsize}"
            )
        return self.from_bytes(data, dtype, (count,))

    def object(self) -> Any:
        """What the file holds."""
        pickled = bytes(self.read("data.pkl"))
        if len(pickled) > LONGEST_PICKLE:
            raise Refused(f"its pickle has {len(pickled)} bytes, at most {LONGEST_PICKLE} are read")
        return Reader(self).build(io.BytesIO(pickled))


class Sequence:
    """A file from before PyTorch 1.6: a pickle each of a number to know it by, a version, facts of the machine, the
    object and the storages' keys; then the number of elements and the bytes of each storage, in the keys' order."""

    fields = 6

    def __init__(self, data: bytes, from_bytes: FromBytes) -> None:
        self.data, self.from_bytes = memoryview(data), from_bytes
        self.arrays: dict[str, tuple[dtypes.dtype, _C.Array]] = {}

    def array(self, key: str, dtype: dtypes.dtype, count: int) -> _C.Array:
        """Memory for a storage, which stands later in the file."""
        array = _C.zeros((count,), dtype.code)
        self.arrays[key] = dtype, array
        return array

    def object(self) -> Any:
        """What the file holds."""
        file = io.BytesIO(self.data)
        for _ in range(2):
            Reader(self).build(file)
        machine = Reader(self).build(file)
        if not isinstance(machine, dict) or machine.get("little_endian") is not True:
            raise Refused("it was written on a big-endian machine, or is damaged")
        found = Reader(self).build(file)
        keys = Reader(self).build(file)
        at = file.tell()
        for key in expect(list, keys):
            if key not in self.arrays:
                raise Refused(f"it has a storage {key!r} that nothing shows")
            dtype, array = self.arrays.pop(key)
            end = at + 8 + array.size * dtype.itemsize
            if end > len(self.data) or int.from_bytes(self.data[at : at + 8], "little") != array.size:
                raise Refused(f"its storage {key!r} is cut off, or has another size than its tensors say")
            _C.copy_into(array, self.from_bytes(self.data[at + 8 : end], dtype, (array.size,)))
            at = end
        if self.arrays:
            raise Refused(f"it lacks the storages {sorted(self.arrays)}")
        return found


class Reader:
    """Follows a pickle and builds what it describes.

    Args:
        archive: where the storages are.
    """

    def __init__(self, archive: Archive | Sequence) -> None:
        self.archive = archive
        self.arrays: dict[str, _C.Array] = {}
        self.left = len(archive.data)  # bytes that storages may still take: no two have the same
        self.calls: dict[tuple[str, str], Callable[..., Any]] = {
            ("collections", "OrderedDict"): self.ordered,
            ("collections", "Counter"): self.counter,
            ("builtins", "set"): self.members,
            ("builtins", "frozenset"): lambda *items: frozenset(self.members(*items)),
            ("builtins", "bytes"): lambda: b"",
            ("builtins", "bytearray"): lambda data=b"": bytearray(expect(bytes, data)),
            ("_codecs", "encode"): self.encode,
            ("torch", "Size"): self.size,
            ("torch", "device"): dtypes.device,
            ("torch._utils", "_rebuild_tensor"): self.tensor,
            ("torch._utils", "_rebuild_tensor_v2"): self.tensor,
            ("torch._utils", "_rebuild_tensor_v3"): self.untyped,
            ("torch._utils", "_rebuild_parameter"): self.parameter,
            ("torch._utils", "_rebuild_parameter_with_state"): self.parameter,
            ("torch._tensor", "_rebuild_from_type_v2"): self.from_type,
        }
        self.known = set(map(id, self.calls.values()))

    # Names.

    def find(self, module: Any, name: Any) -> Any:
        """What a name of the pickle stands for here.

        Raises:
            Refused: anything that is no tensor, container or number.
        """
        module = "builtins" if module == "__builtin__" else module
        if (module, name) in self.calls:
            return self.calls[module, name]
        if (module, name) in TENSOR_TYPES:
            return TensorType()
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        if module in ("torch", "torch.cuda") and name in STORAGES:
            return StorageType(STORAGES[name])
        if module == "torch.storage" and name == "UntypedStorage":
            return StorageType(None)
        reason = "which is neither a tensor, a number nor a container of them"
        if "complex" in str(name).lower():
            reason = "and pydl has no complex numbers"
        elif "sparse" in str(name):
            reason = "and pydl has no sparse tensors"
        elif str(name).startswith(("_rebuild_qtensor", "Q", "q")):
            reason = "and pydl has no quantised tensors"
        elif module == "torch":
            reason = "which pydl does not have"
        elif str(module).startswith("torch.nn.modules"):
            reason = "a whole module: save its state_dict() instead"
        raise Refused(f"it names {module}.{name}, {reason}; nothing of it was run")

    # What names build.

    def ordered(self, pairs: Any = ()) -> OrderedDict[Any, Any]:
        out: OrderedDict[Any, Any] = OrderedDict()
        for pair in expect(list | tuple, pairs):
            key, value = expect(list | tuple, pair)
            out[checked_key(key)] = value
        return out

    def counter(self, counts: Any = None) -> Counter[Any]:
        return Counter(expect(dict, counts if counts is not None else {}))

    def members(self, items: Any = ()) -> set[Any]:
        return {checked_key(x) for x in expect(list | tuple, items)}

    def encode(self, text: Any, encoding: Any) -> bytes:
        if encoding != "latin1":
            raise Refused(f"it has bytes in an encoding {encoding!r}")
        return bytes(expect(str, text).encode("latin1"))

    def size(self, sizes: Any = ()) -> Any:
        from pydl.tensor import Size

        return Size(expect_sizes(sizes))

    def tensor(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        requires_grad: Any = False,
        *_: Any,
    ) -> Tensor:
        """A tensor over a storage, with its strides."""
        if not isinstance(storage, Storage) or storage.dtype is None:
            raise Refused("it has a tensor without a storage")
        shape, strides = expect_sizes(size), expect_sizes(stride)
        if len(shape) != len(strides) or len(shape) > 16 or type(offset) is not int or offset < 0:
            raise Refused(f"it has a tensor of shape {shape} with strides {strides} and offset {offset!r}")
        if requires_grad and not storage.dtype.is_floating_point:
            raise Refused(f"it wants the gradient of a tensor of {storage.dtype}")
        memory = self.array(storage)
        if 0 in shape:
            array = _C.zeros(shape, storage.dtype.code)
        else:
            last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
            if last >= storage.count:
                raise Refused(
                    f"it has a tensor of shape {shape} with strides {strides} and offset {offset}, which reaches past "
                    f"its storage of {storage.count} elements"
                )
            # What a dimension of size 1 has for a stride means nothing, and may be any number.
            strides = tuple([min(step, storage.count) for step in strides])
            array = _C.as_strided(memory, shape, strides, offset)
        out = wrap(array)
        out._requires_grad = bool(requires_grad)
        return out

    def untyped(
        self, storage: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, dtype: Any, *_: Any
    ) -> Tensor:
        """`tensor` over a storage that is known by its bytes only."""
        if not isinstance(storage, Storage) or storage.dtype is not None or not isinstance(dtype, dtypes.dtype):
            raise Refused("it has a tensor without a storage and a dtype")
        typed = Storage(dtype, storage.key, storage.count // dtype.itemsize)
        return self.tensor(typed, offset, size, stride, requires_grad)

    def parameter(self, data: Any, requires_grad: Any = True, *_: Any) -> Tensor:
        from pydl.nn.parameter import Parameter

        if not isinstance(data, TensorBase):
            raise Refused("it has a parameter without a tensor")
        return Parameter(data, bool(requires_grad))  # type: ignore[arg-type]

    def from_type(self, call: Any, kind: Any, args: Any, *_: Any) -> Tensor:
        """A tensor that has attributes, which are left out."""
        if call not in (self.tensor, self.untyped, self.parameter):
            raise Refused("it has a tensor of a class of its own")
        return call(*expect(tuple, args))  # type: ignore[no-any-return]

    def array(self, storage: Storage) -> _C.Array:
        """The memory of a storage, read once."""
        assert storage.dtype is not None
        if storage.key not in self.arrays:
            self.left -= storage.count * storage.dtype.itemsize
            if self.left < 0:
                raise Refused("its storages are larger than the file")
            self.arrays[storage.key] = self.archive.array(storage.key, storage.dtype, storage.count)
        array = self.arrays[storage.key]
        if array.dtype != storage.dtype.code or array.size != storage.count:
            raise Refused(f"its storage {storage.key!r} is used with two dtypes or sizes")
        return array

    def storage(self, place: Any) -> Storage:
        """What a persistent id stands for."""
        if not isinstance(place, tuple) or len(place) != self.archive.fields or place[0] != "storage":
            raise Refused("it refers to something that is no storage")
        _, kind, key, _, count, *view = place
        if view not in ([], [None]):
            raise Refused("it has a storage that shows a part of another")
        if not isinstance(kind, StorageType) or type(key) is not str or type(count) is not int or count < 0:
            raise Refused("it has a damaged reference to a storage")
        return Storage(kind.dtype, key, count)

    # Instructions.

    def build(self, pickled: io.BytesIO) -> Any:
        """The object that a pickle describes; the file is left at the end of it."""
        stack: list[Any] = []
        marks: list[int] = []
        memo: dict[int, Any] = {}

        def since_mark() -> list[Any]:
            at = marks.pop()
            items = stack[at:]
            del stack[at:]
            return items

        for step, (opcode, arg, _) in enumerate(pickletools.genops(pickled)):
            op = opcode.name
            value: Any = arg
            if step >= MOST_STEPS:
                raise Refused(f"its pickle takes more than {MOST_STEPS} steps")
            if marks and len(stack) < marks[-1]:
                raise Refused("its pickle takes what is not there")
            if op in VALUES:
                stack.append(value)
            elif op in SIMPLE:
                stack.append(SIMPLE[op]())
            elif op in ("BINPUT", "LONG_BINPUT"):
                memo[value] = stack[-1]
            elif op == "MEMOIZE":
                memo[len(memo)] = stack[-1]
            elif op in ("BINGET", "LONG_BINGET"):
                stack.append(memo[value])
            elif op == "MARK":
                marks.append(len(stack))
            elif op == "TUPLE":
                stack.append(tuple(since_mark()))
            elif op in TUPLES:
                count = TUPLES[op]
                stack[-count:] = [tuple(stack[-count:])]
            elif op == "APPEND":
                item = stack.pop()
                expect(list, stack[-1]).append(item)
            elif op == "APPENDS":
                items = since_mark()
                expect(list, stack[-1]).extend(items)
            elif op in ("SETITEM", "SETITEMS"):
                items = [stack.pop(-2), stack.pop()] if op == "SETITEM" else since_mark()
                target = expect(dict, stack[-1])
                for key, item in zip(items[::2], items[1::2], strict=True):
                    target[checked_key(key)] = item
            elif op == "ADDITEMS":
                items = since_mark()
                expect(set, stack[-1]).update(map(checked_key, items))
            elif op == "FROZENSET":
                stack.append(frozenset(map(checked_key, since_mark())))
            elif op == "GLOBAL":
                stack.append(self.find(*value.split(" ", 1)))
            elif op == "STACK_GLOBAL":
                name, module = stack.pop(), stack.pop()
                stack.append(self.find(module, name))
            elif op == "BINPERSID":
                stack.append(self.storage(stack.pop()))
            elif op == "REDUCE":
                args, call = stack.pop(), stack.pop()
                if id(call) not in self.known:
                    raise Refused(f"it calls something that is no function: {type(call).__name__}")
                stack.append(call(*expect(tuple, args)))
            elif op == "BUILD":
                # The state of a state_dict is its `_metadata`; other attributes are left out.
                state = stack.pop()
                if type(stack[-1]) is OrderedDict and isinstance(state, dict) and "_metadata" in state:
                    stack[-1]._metadata = state["_metadata"]  # type: ignore[attr-defined]
            elif op == "STOP":
                return stack.pop()
            elif op not in ("PROTO", "FRAME"):
                raise Refused(f"its pickle has an instruction {op}, which torch.save does not write")
        raise Refused("its pickle has no end")


def expect(kind: Any, x: Any) -> Any:
    """A value of a kind that the next step needs."""
    if not isinstance(x, kind):
        raise Refused(f"its pickle has a {type(x).__name__} where it cannot be")
    return x


def expect_sizes(x: Any) -> tuple[int, ...]:
    """A shape or strides."""
    sizes = tuple(expect(list | tuple, x))
    if not all(type(n) is int and 0 <= n < 2**62 for n in sizes):
        raise Refused("it has a tensor with sizes or strides that are no numbers of elements")
    return sizes


def checked_key(key: Any, depth: int = 0) -> Any:
    """A key of a dict or member of a set: nothing whose hash could take long or fail."""
    if type(key) is tuple and depth < DEEPEST_KEY:
        for x in key:
            checked_key(x, depth + 1)
    elif not (key is None or isinstance(key, str | int | float | bytes | dtypes.dtype | dtypes.device | TensorBase)):
        raise Refused(f"its pickle has a {type(key).__name__} for a key")
    return key


def read(data: bytes, from_bytes: FromBytes) -> Any:
    """What `torch.save` wrote.

    Args:
        from_bytes: makes an array of a dtype and shape from bytes.

    Raises:
        Refused: it is damaged, or has something else in it than tensors, numbers and containers.
    """
    try:
        return (Sequence if data.startswith(OLD) else Archive)(data, from_bytes).object()
    except Refused:
        raise
    except zipfile.BadZipFile as error:
        raise Refused(f"it is truncated, or no zip file of torch.save ({error})") from None
    except Exception as error:  # whatever else a damaged file leads to
        raise Refused(f"it is damaged ({type(error).__name__}: {error})") from None

"""Random calls of everything public, in a process of its own: python tests/fuzz.py SEED CALLS [--torch], as
test_fuzz.py runs it.

Prints how many calls gave a value, how many an error, and, with --torch, how many values PyTorch gave too; then what
was neither a value nor an ordinary exception with a message, what PyTorch gives otherwise, what took long, and memory
that was not given back. Each call stands on stderr before it is made: the last one there is the one that crashed, or
hung.
"""

import faulthandler
import gc
import inspect
import itertools
import math
import os
import random
import statistics
import sys
import time
import warnings
from pathlib import Path

import pydl
from pydl import _C, fft, linalg, nn, ops, optim
from pydl.nn import functional as F

DTYPES = [
    *(pydl.float32, pydl.float64, pydl.bfloat16, pydl.float16),
    *(pydl.int64, pydl.int32, pydl.int16, pydl.int8, pydl.uint8, pydl.bool),
]
NUMBERS = [
    *(0, 1, -1, 2, 3, 5, -7, 100, True, False),
    *(2**31, -(2**31), 2**62, -(2**63), 2**63, 2**64, 10**30),
    *(0.5, -0.0, 1e-300, 1e300, math.nan, math.inf, -math.inf),
]
NONSENSE = [None, "", "mean", "\0", b"x", object(), ..., slice(None, None, -1), {}, 1j]
MODULES = {"ops": ops, "functional": F, "linalg": linalg, "fft": fft}
# How often each kind is called.
SHARES = {
    "ops": 40,
    "functional": 20,
    "methods": 15,
    "linalg": 5,
    "fft": 2,
    "layers": 10,
    "optimizers": 5,
    "specials": 5,
}
# What may remain of a tenth of the calls: bytes of tensors, Python's objects, bytes of the process. The last is pydl's
# only without PyTorch, whose memory grows as it is called, and without AddressSanitizer, which keeps what is freed.
SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")
BOUNDS = {"tensors": 0, "Python blocks": 1000, "process": 2**22}
SPECIALS = """__getitem__ __setitem__ __matmul__ __pow__ __rpow__ __floordiv__ __mod__ __lshift__ __and__ __iadd__
__invert__ __contains__ __float__ __int__ __len__ __iter__ __format__ __array__ __dlpack__"""
ORDINARY = (
    pydl.Error,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    MemoryError,
    NotImplementedError,
    AttributeError,
)


def functions(module):
    return sorted(n for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__.startswith("pydl."))


class Caller:
    """Draws calls from one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.shape = ()
        self.names = {
            "ops": sorted(ops.__all__),
            "functional": sorted(n for n in vars(F) if not n.startswith("_")),
            "linalg": functions(linalg),
            "fft": functions(fft),
            "methods": sorted(n for n in dir(pydl.Tensor) if n[:2] != "__" and callable(getattr(pydl.Tensor, n))),
            "layers": sorted(n for n, c in vars(nn).items() if isinstance(c, type) and issubclass(c, nn.Module)),
            "optimizers": sorted(n for n, c in vars(optim).items() if isinstance(c, type)),
            "specials": [n for n in SPECIALS.split() if hasattr(pydl.Tensor, n)],
        }

    def chance(self, p):
        return self.random.random() < p

    def tensor(self):
        """Any dtype, layout and shape, half of the time that of the tensor before."""
        choice = self.random.choice
        if self.chance(0.5):
            self.shape = tuple(choice((0, 1, 1, 2, 3, 3, 4, 7)) for _ in range(choice((0, 1, 1, 2, 2, 2, 3, 4, 5))))
        x = pydl.randn(*self.shape) * choice((1, 3, 1e6))
        if self.chance(0.1):
            x = x / 0
        dtype = choice(DTYPES) if self.chance(0.5) else pydl.float32
        x = x.to(dtype) if dtype.is_floating_point else x.nan_to_num().to(dtype)
        if x.ndim > 1 and self.chance(0.3):
            x = x.transpose(0, -1)
        if x.ndim and self.chance(0.2):
            x = x[:: choice((-1, 2))]
        if x.ndim and x.shape[0] == 1 and self.chance(0.3):
            x = x.expand(5, *x.shape[1:])
        return x.detach().requires_grad_() if dtype.is_floating_point and self.chance(0.4) else x

    def small(self):
        return self.random.choice((-3, -2, -1, 0, 0, 1, 1, 2, 3, 4))

    def some(self, draw, most=4):
        return [draw() for _ in range(self.random.randrange(most + 1))]

    def anything(self, depth=0):
        kind = self.random.randrange(13)
        if kind < 5:
            return self.tensor()
        if kind < 7:
            return self.small()
        if kind == 7:
            return self.random.choice(NUMBERS)
        if kind == 8:
            return tuple(self.some(self.small))
        if kind == 9 and depth < 2:
            return self.some(lambda: self.anything(depth + 1))
        if kind == 10:
            return self.random.choice(NONSENSE)
        if kind == 11:
            return self.random.choice(DTYPES)
        return self.chance(0.5)

    def fitting(self, parameter):
        """An argument of the kind that the parameter's annotation asks for."""
        kind = str(parameter.annotation)
        choice = self.random.choice
        if "Tensor" in kind:
            return self.some(self.tensor) if "Sequence[Tensor" in kind else self.tensor()
        if "bool" in kind:
            return self.chance(0.5)
        if "str" in kind:
            return choice(("mean", "sum", "none", "constant", "reflect", "ij,jk->ik", "same"))
        if "DType" in kind:
            return choice(DTYPES)
        if "Sequence" in kind or parameter.kind is parameter.VAR_POSITIONAL:
            return tuple(self.some(self.small))
        if "int" in kind:
            return self.small()
        if "float" in kind or "Number" in kind:
            return choice((0.5, 2, -1, 0, math.inf, math.nan))
        return self.anything()

    def arguments(self, call):
        """Mostly what the signature asks for, sometimes anything."""
        try:
            parameters = inspect.signature(call).parameters.values()
        except (TypeError, ValueError):
            parameters = ()
        given = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.KEYWORD_ONLY)]
        if self.chance(0.15) or not given:
            return self.some(self.anything, 6)
        count = self.random.randint(sum(p.default is p.empty for p in given), len(given))
        return [self.anything() if self.chance(0.08) else self.fitting(p) for p in given[:count]]

    def call(self):
        """A family, a name, the tensor whose method it is, what is called, the arguments."""
        family = self.random.choices(list(self.names), [SHARES[family] for family in self.names])[0]
        name = self.random.choice(self.names[family])
        if family == "layers":
            return family, name, None, self.layer(getattr(nn, name)), self.some(self.tensor, 3)
        if family == "optimizers":
            return family, name, None, self.optimizer(getattr(optim, name)), []
        module = MODULES.get(family)
        owner = self.tensor() if module is None else None
        call = getattr(owner if module is None else module, name)
        return family, name, owner, call, self.arguments(call)

    def layer(self, cls):
        """Makes a layer and calls it."""
        settings = self.arguments(cls)
        if cls.__name__.startswith(("Transformer", "RNN", "LSTM", "GRU")):
            # Who asks for 2**31 layers gets them, one after the other.
            settings = [a for a in settings if not (isinstance(a, int) and a > 1000)]

        def call(*inputs):
            return cls(*settings)(*inputs)

        return call

    def optimizer(self, cls):
        """Makes an optimizer of a few tensors with gradients of any kind, and takes steps."""
        settings = self.arguments(cls)[1:]
        parameters = self.some(self.tensor, 3)

        def call():
            for x in parameters:
                if x.requires_grad and self.chance(0.8):
                    x.grad = pydl.ones_like(x) if self.chance(0.8) else self.tensor()
            made = cls(parameters, *settings)
            made.step()
            made.load_state_dict(made.state_dict())
            made.step()

        return call


def show(argument):
    if isinstance(argument, pydl.Tensor):
        return f"{argument.dtype}{tuple(argument.shape)}"
    return ascii(argument)[:60]


def held():
    """Bytes that tensors hold, blocks that Python holds, bytes of the whole process in memory."""
    gc.collect()
    pydl.cuda.empty_cache()
    _C.empty_cache()
    statm = Path("/proc/self/statm")
    pages = int(statm.read_text().split()[1]) if statm.exists() else 0
    return _C.memory_stats()["in_use"], sys.getallocatedblocks(), pages * os.sysconf("SC_PAGE_SIZE")


class Run:
    """Calls, one after the other, and what was strange about them."""

    def __init__(self, seed, compare):
        self.caller = Caller(seed)
        self.compare = compare
        self.values = self.errors = self.same = 0
        self.strange = {}

    def step(self, i):
        family, name, owner, call, arguments = self.caller.call()
        shown = ([] if owner is None else [owner]) + arguments
        print(f"{i} {family}.{name}({', '.join(map(show, shown))})", file=sys.stderr)
        # A hang is shown, and ends the process.
        faulthandler.dump_traceback_later(60, exit=True)
        theirs = self.compare(family, name, owner, arguments) if self.compare else None
        start = time.process_time()
        try:
            result = call(*arguments)
            if theirs is not None:
                found = theirs.compare(result)
                self.same += found == ""
                if found:
                    self.strange.setdefault(f"{family}.{name}", f"call {i}: {found}")
            for r in result if isinstance(result, list | tuple) else [result]:
                if isinstance(r, pydl.Tensor) and r.requires_grad and r.numel() < 10**6:
                    r.sum().backward()
                    break
            self.values += 1
        except ORDINARY as error:
            self.errors += 1
            if not str(error) and type(error) is not MemoryError:
                self.strange[name] = f"{type(error).__name__} without a message"
        except Exception as error:
            self.strange[name] = f"{type(error).__name__}: {error}"
        if (took := time.process_time() - start) > 10:
            self.strange[name] = f"call {i} took {took:.1f} s"


def bound_memory():
    """Sizes that would fill the machine are refused; AddressSanitizer needs the addresses for itself."""
    if sys.platform.startswith("linux") and not SANITIZED:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (2**33, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main():
    faulthandler.enable()
    bound_memory()
    warnings.simplefilter("ignore")
    seed, calls = map(int, sys.argv[1:3])
    pydl.manual_seed(seed)
    pydl.set_num_threads(2)
    compare = None
    if "--torch" in sys.argv:
        import torch
        from fuzz_torch import Call as compare

        torch.set_num_threads(1)
    run = Run(seed, compare)
    memory = []
    for i in range(calls):
        run.step(i)
        if i % (calls // 10) == 0:
            memory.append(held())
    faulthandler.cancel_dump_traceback_later()
    print(run.values, run.errors, run.same)
    for name, what in run.strange.items():
        print(name, what)
    # A leak shows in most tenths of the run; a module that a call imports, in one.
    for what, sizes in zip(("tensors", "Python blocks", "process"), zip(*memory, strict=True), strict=True):
        print(f"memory of {what}: {sizes}", file=sys.stderr)
        growth = statistics.median(b - a for a, b in itertools.pairwise(sizes))
        if growth > BOUNDS[what] and not (what == "process" and (compare or SANITIZED)):
            print(f"memory of {what} grows by {growth:.0f} with each tenth of the calls: {sizes}")
    assert pydl.ones(1000, 1000).sum().item() == 1e6


if __name__ == "__main__":
    main()

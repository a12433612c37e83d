"""The pool: the same bits on any number of threads, forks, nesting, limits from outside, and work cut short."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from fresh import ROOT, environment, python, run

import pydl
from pydl import _C

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="affinity masks and cgroups are Linux's")

# Sixteen chunks and more: matmul, reduction and pointwise work that all threads share.
WORK = """
import pydl

def work(seed=0):
    x = pydl.randn(300, 300, generator=pydl.Generator().manual_seed(seed))
    y = (x @ x).tanh().exp()
    return y.sum(1).numpy().tobytes() + y.mean().numpy().tobytes()
"""

# Whole training runs; prints a digest of every bit that they leave behind.
TRAINING = """
import hashlib, sys
import pydl
from pydl import nn, optim

def mlp():
    return nn.Sequential(nn.Linear(64, 96), nn.ReLU(), nn.Dropout(0.2), nn.LayerNorm(96), nn.Linear(96, 96), nn.GELU(),
                         nn.Dropout(0.5), nn.Linear(96, 10)), (64, 64)

def cnn():
    return nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Dropout(0.2), nn.Conv2d(16, 24, 3), nn.ReLU(), nn.Flatten(),
                         nn.Linear(24 * 4 * 4, 10)), (64, 1, 12, 12)

optimizers = {
    "sgd": lambda p: optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    "adam": lambda p: optim.Adam(p, 1e-3),
    "adamw": lambda p: optim.AdamW(p, 1e-3),
    "rmsprop": lambda p: optim.RMSprop(p, 1e-3),
    "adagrad": lambda p: optim.Adagrad(p, 1e-2),
    "adadelta": lambda p: optim.Adadelta(p, 1.0),
}

def run(make, optimizer, threads):
    pydl.set_num_threads(threads)
    pydl.manual_seed(0)
    model, shape = make()
    step = optimizers[optimizer](model.parameters())
    digest = hashlib.sha256()
    for _ in range(20):
        x = pydl.randn(*shape)
        t = pydl.randint(0, 10, shape[:1])
        loss = nn.functional.cross_entropy(model(x), t)
        step.zero_grad()
        loss.backward()
        step.step()
        digest.update(loss.detach().numpy().tobytes())
    assert loss.isfinite().item()
    for value in model.state_dict().values():
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()
"""


@pytest.mark.parametrize(
    ("model", "optimizer"),
    [("mlp", name) for name in ("sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta")]
    + [("cnn", "sgd"), ("cnn", "adam")],
)
def test_training_gives_the_same_bits(model: str, optimizer: str) -> None:
    """Twenty steps with dropout on 1, 2, 3 and 8 threads."""
    out = python(TRAINING + f"for n in (1, 2, 3, 8): print(run({model}, {optimizer!r}, n))")
    assert len(out.split()) == 4 and len(set(out.split())) == 1, out


# A step of the benchmarks; the weights are those that the optimizers hold.
BENCHMARK = """
import gc, hashlib, sys
sys.path.insert(0, sys.argv[1])
import pydl
from cases import TRAIN

case = next(case for case in TRAIN if case.name.startswith(sys.argv[2]))
for threads in (1, 2, 3, 8):
    pydl.set_num_threads(threads)
    pydl.manual_seed(0)
    run = case.make(pydl)
    digest = hashlib.sha256()
    for _ in range(50):
        digest.update(run().detach().numpy().tobytes())
    optimizers = [thing for thing in gc.get_objects() if isinstance(thing, pydl.optim.Optimizer)]
    weights = [p for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]]
    for p in weights:
        assert p.isfinite().all()
        digest.update(p.detach().numpy().tobytes())
    print(len(weights), digest.hexdigest())
    del run, optimizers, weights, p
    gc.collect()
"""
STEPS = {
    "MLP 784-512-512-10, batch 64": 6, "MLP 784-512-512-10, batch 512": 6, "tiny MLP": 4, "MNIST CNN": 8, "GPT": 53,
    "two-layer LSTM": 11, "ResNet-20 on": 65, "small DCGAN": 18, "small U-Net": 46, "text CNN": 9, "Adam over": 200,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("case", "weights"), STEPS.items())
def test_the_benchmarks_steps_give_the_same_bits(case: str, weights: int) -> None:
    """Fifty steps on 1, 2, 3 and 8 threads: every loss and every weight."""
    out = python(BENCHMARK, str(ROOT / "bench"), case, timeout=900).splitlines()
    assert len(out) == 4 and len(set(out)) == 1, out
    assert out[0].startswith(f"{weights} ")


def test_python_threads_at_once_give_the_same_bits() -> None:
    python(
        WORK
        + """
from concurrent.futures import ThreadPoolExecutor
pydl.set_num_threads(3)
alone = [work(i) for i in range(4)]
with ThreadPoolExecutor(4) as threads:
    for _ in range(5):
        assert list(threads.map(work, range(4))) == alone
"""
    )


def test_the_number_may_change_while_others_compute() -> None:
    python(
        WORK
        + """
import threading
before, over = work(), threading.Event()

def change():
    n = 0
    while not over.is_set():
        pydl.set_num_threads(1 + n % 5)
        n += 1

thread = threading.Thread(target=change)
thread.start()
try:
    assert all(work() == before for _ in range(50))
finally:
    over.set()
    thread.join()
""",
        timeout=120,
    )


def test_training_in_two_python_threads() -> None:
    """Each thread has its own graph and its own grad mode."""
    python(
        """
import threading
import pydl
from pydl import nn
pydl.set_num_threads(2)
wrong = []

def learn(seed):
    try:
        generator = pydl.Generator().manual_seed(seed)
        x = pydl.randn(128, 64, generator=generator)
        w = pydl.zeros(64, 1, requires_grad=True)
        target = x @ pydl.ones(64, 1)
        for _ in range(100):
            loss = ((x @ w - target) ** 2).mean()
            loss.backward()
            with pydl.no_grad():
                w -= 0.05 * w.grad
                assert not (w * 2).requires_grad
            w.grad = None
            assert (w * 2).requires_grad
        assert loss.item() < 1, loss.item()
    except BaseException as error:
        wrong.append(error)

threads = [threading.Thread(target=learn, args=(i,)) for i in range(3)]
for t in threads: t.start()
for t in threads: t.join()
assert not wrong, wrong
"""
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_pool_works_after_fork() -> None:
    """In the child, in the child's child, and in the parent afterwards."""
    python(
        WORK
        + """
import os, warnings
warnings.simplefilter("ignore")
pydl.set_num_threads(3)
before = work()

def in_child(depth):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() == before and (depth == 0 or in_child(depth - 1)) else 2
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0

for _ in range(3):
    assert in_child(2)
assert work() == before
""",
        timeout=120,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork_while_other_threads_compute() -> None:
    """The child of a process whose pool and allocator were busy in another thread has both at its disposal."""
    python(
        WORK
        + """
import os, threading, warnings
warnings.simplefilter("ignore")
pydl.set_num_threads(2)
before = work()
over = threading.Event()

def busy():
    while not over.is_set():
        work(1)

thread = threading.Thread(target=busy)
thread.start()
try:
    for _ in range(10):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if work() == before else 2
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
finally:
    over.set()
    thread.join()
""",
        timeout=120,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_multiprocessing_by_fork() -> None:
    python(
        WORK
        + """
import multiprocessing, warnings
warnings.simplefilter("ignore")
pydl.set_num_threads(2)
expected = [work(i) for i in range(4)]
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(work, range(4)) == expected
""",
        timeout=120,
    )


def test_set_num_threads() -> None:
    before = pydl.get_num_threads()
    try:
        for n in (1, 5, 2):
            pydl.set_num_threads(n)
            assert pydl.get_num_threads() == n
            assert f"set_num_threads({n})" in _C.threads_reason()
    finally:
        pydl.set_num_threads(before)
    for n in (0, -1, -(2**31)):
        with pytest.raises(pydl.ValueError, match=rf"set_num_threads: expected .*got {n}"):
            pydl.set_num_threads(n)
    with pytest.raises(ValueError, match=r"set_num_threads: expected .*got 100000"):
        pydl.set_num_threads(100000)
    with pytest.raises((TypeError, OverflowError, ValueError)):
        pydl.set_num_threads(2**80)
    for wrong in (None, "2", 1.5):
        with pytest.raises(TypeError):
            pydl.set_num_threads(wrong)  # type: ignore[arg-type]
    assert pydl.get_num_threads() == before


SHOW = "import pydl; print(pydl.get_num_threads(), pydl._C.threads_reason())"


def test_threads_from_the_environment() -> None:
    assert python(SHOW, PYDL_NUM_THREADS="3").startswith("3 PYDL_NUM_THREADS=3;")
    assert python(SHOW, PYDL_NUM_THREADS="") == python(SHOW, PYDL_NUM_THREADS=None)


@pytest.mark.parametrize("value", ["0", "-2", "two", "1.5", "2x", "99999999999999999999", " "])
def test_a_bad_number_in_the_environment(value: str) -> None:
    """Asking for the number is an error; computing says so once on stderr and goes on."""
    ask = """
try:
    pydl.get_num_threads()
except pydl.ValueError as error:
    print(error)
work()
work()
print("done")
"""
    result = run([sys.executable, "-P", "-c", WORK + ask], PYDL_NUM_THREADS=value)
    assert result.returncode == 0, result.stderr
    message, done = result.stdout.splitlines()
    assert re.fullmatch(rf"PYDL_NUM_THREADS: expected a whole number from 1 to \d+, got '{re.escape(value)}'", message)
    assert done == "done"
    assert result.stderr.count("PYDL_NUM_THREADS") == 1


@linux
def test_the_affinity_mask_is_honoured() -> None:
    core = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, {{{core}}}); " + SHOW
    out = python(code)
    assert out.startswith("1 1 of "), out
    assert "affinity mask" in out
    mask = len(os.sched_getaffinity(0))
    assert f"{mask} of {os.cpu_count()} cores in the affinity mask" in python(SHOW)


# --- work cut short

STEP = """
import pydl
from pydl import nn, optim
pydl.set_num_threads(2)
pydl.manual_seed(0)

class Fragile(nn.Module):
    broken = False
    def forward(self, x):
        if self.broken:
            raise KeyError("on purpose")
        return x

fragile = Fragile()
model = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), fragile, nn.Linear(256, 10))
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
x, t = pydl.randn(64, 64), pydl.arange(64) % 10

def step():
    loss = nn.functional.cross_entropy(model(x), t)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

first = step()
"""


def test_an_exception_in_the_middle_of_a_step() -> None:
    """In forward, in a hook of backward, in a shape check: parameters stay, memory comes back, the next step works."""
    python(
        STEP
        + """
import gc
step(); gc.collect()

def state():
    return [p.detach().numpy().tobytes() for p in model.parameters()]

def failing(call, kind):
    before, memory = state(), pydl._C.memory_stats()["in_use"]
    for _ in range(20):
        try:
            call()
        except kind as error:
            del error
        else:
            raise AssertionError("it should have failed")
    gc.collect()
    assert state() == before
    assert pydl._C.memory_stats()["in_use"] <= memory, (pydl._C.memory_stats()["in_use"], memory)
    assert pydl.is_grad_enabled()
    assert step() < first

fragile.broken = True
def in_forward():
    step()
try:
    before = state()
    for _ in range(20):
        try:
            step()
        except KeyError:
            pass
    assert state() == before
finally:
    fragile.broken = False
assert step() < first

def in_backward():
    loss = nn.functional.cross_entropy(model(x), t)
    optimizer.zero_grad(set_to_none=False)
    handle = model[0].weight.register_hook(lambda g: 1 / 0)
    try:
        loss.backward()
    finally:
        handle.remove()

failing(in_backward, ZeroDivisionError)

def wrong_shape():
    with pydl.no_grad():
        model(pydl.zeros(3, 65))

failing(wrong_shape, pydl.ShapeError)
assert step() < first
"""
    )


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_in_the_middle_of_a_step() -> None:
    """KeyboardInterrupt comes soon, wherever it hits; then everything still works."""
    code = (
        STEP
        + """
for turn in range(5):
    try:
        print("ready", flush=True)
        while True:
            step()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
assert pydl.is_grad_enabled()
assert all(p.isfinite().all().item() for p in model.parameters())
last = step()
assert last < first, (first, last)
print("done", pydl.get_num_threads())
"""
    )
    command = [sys.executable, "-P", "-c", code]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for _ in range(5):
                assert process.stdout.readline() == "ready\n"
                time.sleep(0.1)
                process.send_signal(signal.SIGINT)
                assert process.stdout.readline() == "interrupted\n"
            assert process.stdout.read() == "done 2\n"
            assert process.wait(60) == 0
        finally:
            process.kill()

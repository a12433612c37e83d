"""The loader's workers, in threads and in processes: seeds, errors, ends, and what they leave behind: nothing."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from multiprocessing import resource_tracker

import pytest
from fresh import ROOT, environment, run
from worker_sets import Breaks, Slow, Stream, Told

import pydl
from pydl.utils.data import DataLoader, Dataset, Subset, TensorDataset

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="fork, signals"),
    # Python 3.12 says it of any fork with threads around; pydl's and the loader's are made for that.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning"),
]

WAYS = [None, "fork", "spawn"]
FORK = [None, "fork"]


def left_behind():
    """Threads, processes and open files that belong to loaders."""
    threads = [t.name for t in threading.enumerate() if t.name.startswith("pydl loader")]
    return threads, multiprocessing.active_children(), len(os.listdir("/proc/self/fd"))


@pytest.fixture
def nothing_is_left():
    """Holds a test to leaving nothing running and nothing open."""
    resource_tracker.ensure_running()  # multiprocessing's own, which stays
    gc.collect()
    files = len(os.listdir("/proc/self/fd"))
    yield
    gc.collect()
    end = time.monotonic() + 10
    while left_behind()[:2] != ([], []) or left_behind()[2] > files:
        assert time.monotonic() < end, left_behind()
        time.sleep(0.01)


@pytest.mark.parametrize("way", FORK)
def test_seeds(way, nothing_is_left):
    def epochs(seed, count=2):
        loader = DataLoader(
            Told(), 2, num_workers=3, multiprocessing_context=way, generator=pydl.Generator().manual_seed(seed)
        )
        return [list(loader) for _ in range(count)]

    first, again, other = epochs(0), epochs(0), epochs(1, 1)
    drawn = lambda run: [b["pydl"].tolist() for epoch in run for b in epoch]  # noqa: E731
    assert drawn(first) == drawn(again)
    numbers = [x for b in drawn(first) + drawn(other) for x in b]
    assert len(set(numbers)) == len(numbers)
    seeds = [{(w, s) for b in epoch for w, s in zip(b["worker"].tolist(), b["seed"].tolist())} for epoch in first]  # noqa: B905
    assert [len(s) for s in seeds] == [3, 3] and not seeds[0] & seeds[1]
    assert [b["i"].tolist() for b in first[0]] == [[i, i + 1] for i in range(0, 12, 2)]
    if way is not None:
        for name in ("numpy", "random"):
            values = [x for epoch in first for b in epoch for x in b[name].tolist()]
            assert len(set(values)) == len(values)
            assert values == [x for epoch in again for b in epoch for x in b[name].tolist()]
        assert {t for b in first[0] for t in b["threads"].tolist()} == {1}
        assert os.getpid() not in {p for b in first[0] for p in b["pid"].tolist()}


def test_the_same_numbers_in_workers_of_any_kind(nothing_is_left):
    found = []
    for way in WAYS:
        generator = pydl.Generator().manual_seed(0)
        loader = DataLoader(Told(), 2, True, num_workers=2, multiprocessing_context=way, generator=generator)
        found.append([(b["i"].tolist(), b["pydl"].tolist()) for b in loader])
    assert found[0] == found[1] == found[2]


def test_workers_leave_the_main_generator_alone(nothing_is_left):
    for way in FORK:
        pydl.manual_seed(5)
        loader = DataLoader(Told(), 2, num_workers=2, multiprocessing_context=way, generator=pydl.Generator())
        list(loader)
        here = pydl.rand(1).item()
        pydl.manual_seed(5)
        assert pydl.rand(1).item() == here


@pytest.mark.parametrize("way", WAYS)
def test_streams(way, nothing_is_left):
    loader = DataLoader(Stream(), 2, num_workers=2, multiprocessing_context=way)
    expected = [["0:0", "0:1"], ["1:0", "1:1"], ["0:2"], ["1:2", "1:3"], ["1:4"]]
    assert list(loader) == expected == list(loader)
    single = DataLoader(Stream(), None, num_workers=2, multiprocessing_context=way, prefetch_factor=5)
    assert list(single) == ["0:0", "1:0", "0:1", "1:1", "0:2", "1:2", "1:3", "1:4"]


@pytest.mark.parametrize("way", FORK)
def test_errors_have_the_workers_traceback(way, nothing_is_left):
    seen = []
    with pytest.raises(KeyError, match="sample five") as caught:  # noqa: PT012
        for batch in DataLoader(Breaks("raises"), 2, num_workers=2, multiprocessing_context=way):
            seen.append(batch.tolist())
    assert seen == [[0, 1], [2, 3]]
    text = "".join(traceback.format_exception(caught.value))
    assert "in __getitem__" in text and 'raise KeyError("sample five")' in text
    with pytest.raises(RuntimeError, match="a StopIteration came out"):
        list(DataLoader(Breaks("stops"), 2, num_workers=2, multiprocessing_context=way))


def test_a_process_that_dies(nothing_is_left):
    with pytest.raises(RuntimeError, match=r"worker 0 \(pid \d+\) ended unexpectedly with status 3"):
        list(DataLoader(Breaks("dies"), 2, num_workers=2, multiprocessing_context="fork"))


def test_what_cannot_be_sent(nothing_is_left):
    loader = DataLoader(Breaks("lambda"), 2, num_workers=2, multiprocessing_context="fork", collate_fn=list)
    with pytest.raises(RuntimeError, match="the batch cannot be sent from the worker's process"):
        list(loader)
    with pytest.raises(RuntimeError, match="the error Private cannot be sent") as caught:
        list(DataLoader(Breaks("private"), 2, num_workers=2, multiprocessing_context="fork"))
    assert "raise Private" in str(caught.value.__cause__)
    with pytest.raises(Exception, match=r"pickle|local"):
        list(DataLoader(Told(), 2, num_workers=2, multiprocessing_context="spawn", collate_fn=lambda b: b))


@pytest.mark.parametrize("way", FORK)
def test_an_iterator_left_half_way(way, nothing_is_left):
    for dataset in (Slow(0.001), Told(1000), Stream()):
        for _ in DataLoader(dataset, 2, num_workers=3, multiprocessing_context=way):
            break
        del _
    for persistent in (False, True):
        loader = DataLoader(Told(), 1, num_workers=2, multiprocessing_context=way, persistent_workers=persistent)
        iterator = iter(loader)
        next(iterator)
        assert left_behind()[0]
        assert [b["i"].item() for b in loader] == list(range(12))  # another one meanwhile
        del iterator, loader


def test_a_slow_worker_is_ended(nothing_is_left):
    iterator = iter(DataLoader(Slow(60), 1, num_workers=1, multiprocessing_context="fork"))
    start = time.monotonic()
    del iterator
    assert time.monotonic() - start < 1  # whoever drops it does not wait
    while multiprocessing.active_children():
        assert time.monotonic() - start < 20
        time.sleep(0.05)


@pytest.mark.parametrize("way", FORK)
def test_persistent_workers(way, nothing_is_left):
    started = multiprocessing.get_context("fork").SimpleQueue()
    settings = {"num_workers": 2, "multiprocessing_context": way, "worker_init_fn": started.put}
    loader = DataLoader(Told(), 2, persistent_workers=True, **settings)
    runs = [list(loader) for _ in range(3)]
    assert sorted(started.get() for _ in range(2)) == [0, 1] and started.empty()
    if way is not None:
        assert len({p for run in runs for b in run for p in b["pid"].tolist()}) == 2
    assert runs[0][0]["pydl"].tolist() != runs[1][0]["pydl"].tolist()  # a new seed all the same
    left = iter(loader)
    next(left)  # what an iterator left behind does not get into the next epoch
    assert [b["i"].tolist()[0] for b in loader] == list(range(0, 12, 2))
    with pytest.raises(RuntimeError, match="another iterator was started"):
        next(left)
    assert len(list(loader)) == 6
    passing = DataLoader(Told(), 2, **settings)
    for _ in range(2):
        list(passing)
    assert sorted(started.get() for _ in range(4)) == [0, 0, 1, 1] and started.empty()
    started.close()


@pytest.mark.parametrize("way", FORK)
def test_persistent_workers_of_a_loader_that_only_its_iterator_knows(way, nothing_is_left):
    settings = {"num_workers": 2, "multiprocessing_context": way, "persistent_workers": True, "timeout": 20}
    assert len(list(iter(DataLoader(Told(), 2, **settings)))) == 6
    left = iter(DataLoader(Told(), 2, **settings))
    next(left)


@pytest.mark.parametrize("way", FORK)
def test_workers_that_were_stopped_are_not_waited_for(way, nothing_is_left):
    loader = DataLoader(Slow(0.05), 1, num_workers=1, multiprocessing_context=way)
    batches = iter(loader)
    batches.crew.stop()
    with pytest.raises(RuntimeError, match="were stopped"):
        list(batches)


@pytest.mark.parametrize("way", FORK)
def test_timeout(way, nothing_is_left):
    with pytest.raises(RuntimeError, match=r"timed out after 0\.1 seconds"):
        list(DataLoader(Slow(1.0), 1, num_workers=1, timeout=0.1, multiprocessing_context=way))
    assert len(list(DataLoader(Slow(0.0, 4), 1, num_workers=1, timeout=30, multiprocessing_context=way))) == 4


@pytest.mark.parametrize("way", FORK)
def test_large_batches_and_many_at_once(way, nothing_is_left):
    class Wide(Dataset):
        def __len__(self):
            return 64

        def __getitem__(self, i):
            return pydl.full((50_000,), float(i))

    loader = DataLoader(Wide(), 16, num_workers=2, multiprocessing_context=way, prefetch_factor=4)
    assert [b[:, -1].tolist() for b in loader] == [[float(j) for j in range(i, i + 16)] for i in range(0, 64, 16)]
    keys = [list(range(40)) * 1000] * 6  # long lists of numbers on their way to busy workers
    loader = DataLoader(Told(40), batch_sampler=keys, num_workers=1, collate_fn=len, prefetch_factor=6)
    assert list(loader) == [40_000] * 6


def test_settings(nothing_is_left):
    for wrong in (
        {"multiprocessing_context": "fork"},
        {"num_workers": 1, "multiprocessing_context": "teleport"},
        {"persistent_workers": True},
    ):
        with pytest.raises(ValueError):
            DataLoader(Told(), **wrong)
    with pytest.raises(TypeError):
        DataLoader(Told(), num_workers=1, multiprocessing_context=3)
    loader = DataLoader(Told(), num_workers=1, multiprocessing_context=multiprocessing.get_context("fork"))
    assert loader.multiprocessing_context.get_start_method() == "fork" and len(list(loader)) == 12
    full = DataLoader(
        Told(), 5, True, num_workers=2, pin_memory=True, drop_last=True, timeout=60, prefetch_factor=3,
        persistent_workers=True, pin_memory_device="cuda", in_order=False,
    )  # fmt: skip
    assert len(list(full)) == 2 and full.pin_memory and not full.in_order


def test_tensors_need_no_workers(nothing_is_left):
    data = TensorDataset(pydl.arange(10), pydl.arange(20).view(10, 2))
    part = Subset(Subset(data, [9, 1, 3, -2]), [2, 0, 3])
    for way in FORK:
        loader = DataLoader(part, 2, num_workers=2, multiprocessing_context=way)
        iterator = iter(loader)
        assert next(iterator)[0].tolist() == [3, 9] and left_behind()[:2] == ([], [])
        assert next(iterator)[0].tolist() == [8]
    # Theirs are the same batches as those of a dataset that is not known to be tensors.
    same = [DataLoader(d, 3, shuffle=True, drop_last=True, generator=pydl.Generator()) for d in (data, list(data))]
    for a, b in zip(*same, strict=True):
        assert [x.tolist() for x in a] == [x.tolist() for x in b]
    batch = next(iter(DataLoader(data, 4)))
    batch[0].zero_()
    assert data.tensors[0].tolist() == list(range(10))  # a copy
    assert [b[0].tolist() for b in DataLoader(data, batch_sampler=[[1, -1], (2,)])] == [[1, 9], [2]]
    assert [b[0].tolist() for b in DataLoader(data, 2, sampler=iter([pydl.tensor(3), 4]))] == [[3, 4]]
    assert list(DataLoader(TensorDataset(pydl.ones(0, 3)), 2)) == []


@pytest.mark.parametrize("width", [1, 16, 784, 3072, 150528])
def test_tensors_cost_little_more_than_plain_indexing(width):
    """1.5 times at most on a quiet machine (bench/bench_data.py); others run beside these tests."""
    batch, count = 64, max(2, min(50, 1_000_000 // (64 * width)))
    rows = batch * count
    x, y = pydl.zeros(rows, width), pydl.zeros(rows, dtype=pydl.int64)
    loader = DataLoader(TensorDataset(x, y), batch, shuffle=True)

    def plain():
        order = pydl.randperm(rows)
        for i in range(0, rows, batch):
            numbers = order[i : i + batch]
            x[numbers], y[numbers]

    def loaded():
        for _ in loader:
            pass

    best = [float("inf")] * 2
    for _ in range(60):
        for i, epoch in enumerate((plain, loaded)):
            start = time.perf_counter()
            epoch()
            best[i] = min(best[i], time.perf_counter() - start)
        if best[1] < 1.5 * best[0]:
            break
    assert best[1] < 2 * best[0]


def test_the_benchmark_runs():
    result = run([sys.executable, str(ROOT / "bench" / "bench_data.py"), "--turns", "1", "--widths", "1", "784"])
    assert result.returncode == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == ["1", "784"] and all(0 < float(row[-1]) < 100 for row in rows)


INTERRUPTED = """
import multiprocessing, threading, time
from pydl.utils.data import DataLoader, Dataset

class Slow(Dataset):
    def __len__(self):
        return 100

    def __getitem__(self, i):
        time.sleep(0.05)
        return i

loader = DataLoader(Slow(), 10, num_workers=2, multiprocessing_context="fork")
iterator = iter(loader)
print(*[p.pid for p in multiprocessing.active_children()], flush=True)
try:
    for batch in iterator:
        pass
except KeyboardInterrupt:
    for _ in range(200):
        left = multiprocessing.active_children()
        if left:
            time.sleep(0.02)
    print("interrupted", len(left), flush=True)
"""


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_signals_end_the_processes(sent):
    """Ctrl-C reaches the whole group; a killed main process takes its workers with it."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-P", "-c", INTERRUPTED],
        stdout=subprocess.PIPE, text=True, env=environment(), start_new_session=True,
    ) as child:  # fmt: skip
        workers = [int(pid) for pid in child.stdout.readline().split()]
        assert len(workers) == 2
        time.sleep(0.5)
        if sent == signal.SIGINT:
            os.killpg(child.pid, sent)
            assert child.communicate(timeout=30)[0] == "interrupted 0\n"
        else:
            child.kill()
            child.wait()
    end = time.monotonic() + 20
    while not all(map(gone, workers)):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_end_of_the_program_with_workers_at_work():
    """No abort, no traceback, no wait."""
    code = """
import sys
import pydl
from pydl.utils.data import DataLoader, Dataset

class Work(Dataset):
    def __len__(self):
        return 10**6

    def __getitem__(self, i):
        return (pydl.rand(200, 200) @ pydl.rand(200, 200)).sum()

loaders = [iter(DataLoader(Work(), 4, num_workers=2, multiprocessing_context=c)) for c in (None, "fork")]
for loader in loaders:
    next(loader)
"""
    start = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-P", "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "") and time.monotonic() - start < 30

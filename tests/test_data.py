"""Datasets, samplers, collation and the loader, with and without threads."""

import functools
import operator
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

import pydl
from pydl.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    get_worker_info,
    random_split,
)


class Squares(Dataset):
    def __init__(self, n=10, wait=0.0):
        self.n, self.wait = n, wait

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if self.wait:
            time.sleep(self.wait * (i % 3))
        return pydl.tensor([float(i * i)]), i


class Stream(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        step, first = (1, 0) if info is None else (info.num_workers, info.id)
        return iter(range(first, 10, step))


def generator(seed=0):
    return pydl.Generator().manual_seed(seed)


def loader_threads():
    return [t for t in threading.enumerate() if t.name.startswith("pydl loader")]


def wait_for_no_threads():
    for _ in range(200):
        if not loader_threads():
            return True
        time.sleep(0.01)
    return False


def test_tensor_dataset():
    data = TensorDataset(pydl.arange(6).view(3, 2), pydl.arange(3))
    assert len(data) == 3 and [x.tolist() for x in data[1]] == [[2, 3], 1]
    assert [x.tolist() for x in data[0:2]] == [[[0, 1], [2, 3]], [0, 1]]
    with pytest.raises(ValueError, match="first size"):
        TensorDataset(pydl.ones(2), pydl.ones(3))
    with pytest.raises(ValueError, match="at least one dimension"):
        TensorDataset(pydl.tensor(1.0))


def test_concat_and_subset():
    both = Squares(3) + Squares(2)
    assert isinstance(both, ConcatDataset) and len(both) == 5
    assert [both[i][1] for i in range(-5, 5)] == [0, 1, 2, 0, 1] * 2
    with pytest.raises(IndexError):
        both[5]
    part = Subset(both, [4, 0, 2])
    assert [part[i][1] for i in range(3)] == [1, 0, 2]
    assert [x[1] for x in part.__getitems__([2, 1])] == [2, 0]
    with pytest.raises(TypeError):
        ConcatDataset([Stream()])
    with pytest.raises(ValueError):
        ConcatDataset([])


def test_random_split():
    data = Squares(10)
    a, b = random_split(data, [7, 3], generator=generator())
    assert sorted(a.indices + b.indices) == list(range(10)) and (len(a), len(b)) == (7, 3)
    again = random_split(data, [7, 3], generator=generator())
    assert a.indices == again[0].indices and a.indices != random_split(data, [7, 3], generator=generator(1))[0].indices
    assert [len(p) for p in random_split(Squares(11), [0.5, 0.3, 0.2])] == [6, 3, 2]
    assert [len(p) for p in random_split(Squares(1), [1, 0])] == [1, 0]
    for wrong in ([5, 6], [0.5, 0.6], [1.5, -0.5]):
        with pytest.raises(ValueError):
            random_split(data, wrong)


def test_samplers():
    data = Squares(6)
    assert list(SequentialSampler(data)) == list(range(6))
    order = list(RandomSampler(data, generator=generator()))
    assert sorted(order) == list(range(6)) and order == list(RandomSampler(data, generator=generator()))
    assert len(list(RandomSampler(data, num_samples=15))) == 15 == len(RandomSampler(data, num_samples=15))
    drawn = list(RandomSampler(data, replacement=True, num_samples=50))
    assert len(drawn) == 50 and set(drawn) <= set(range(6))
    assert sorted(SubsetRandomSampler([3, 5, 7])) == [3, 5, 7]
    assert list(BatchSampler(range(5), 2, False)) == [[0, 1], [2, 3], [4]]
    assert list(BatchSampler(range(5), 2, True)) == [[0, 1], [2, 3]]
    assert len(BatchSampler(range(5), 2, False)) == 3 and len(BatchSampler(range(5), 2, True)) == 2
    weighted = list(WeightedRandomSampler([0.0, 1.0, 3.0], 200, generator=generator()))
    assert set(weighted) == {1, 2} and weighted.count(2) > weighted.count(1)
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(ValueError):
            BatchSampler(range(5), wrong, False)
    with pytest.raises(ValueError):
        RandomSampler(data, num_samples=0)


def test_collate():
    Point = namedtuple("Point", "x y")
    found = default_collate([{"a": Point(1, 2.0), "b": ["s", (pydl.ones(2), np.float32(1))]}] * 2)
    assert found["a"].x.tolist() == [1, 1] and found["a"].y.dtype is pydl.float64
    assert found["b"][0] == ["s", "s"] and found["b"][1][0].shape == (2, 2)
    assert found["b"][1][1].dtype is pydl.float32
    assert default_collate([np.ones((2, 3))] * 4).shape == (4, 2, 3)
    assert default_collate([True, False]).dtype is pydl.bool_
    assert type(default_collate([OrderedDict(a=1)])) is OrderedDict
    with pytest.raises(ValueError, match=r"one shape, got \(2,\), \(3,\)"):
        default_collate([pydl.ones(2), pydl.ones(3)])
    with pytest.raises(ValueError, match="equal size"):
        default_collate([[1], [1, 2]])
    with pytest.raises(TypeError, match="found object"):
        default_collate([object()])


def test_collate_keeps_kinds():
    class Words(list):
        pass

    counted = defaultdict(list, a=1)
    found = default_collate([counted, counted])
    assert type(found) is defaultdict and found.default_factory is list and counted["a"] == 1
    assert type(default_collate([Words([1, 2])])) is Words and default_collate([(1, b"x")])[1] == [b"x"]
    assert default_collate([np.float64(1.5), np.float64(2.5)]).tolist() == [1.5, 2.5]
    assert default_collate([np.array(3), np.array(4)]).tolist() == [3, 4]
    for wrong in (None, np.array("a"), np.array([None]), 1j):
        with pytest.raises(TypeError, match="must contain tensors"):
            default_collate([wrong])


def test_convert():
    Point = namedtuple("Point", "x y")
    sample = {
        "a": np.ones(2),
        "b": Point(1, np.float32(2.0)),
        "c": (np.arange(2), "s", None),
        "d": [pydl.ones(1), b"x"],
    }
    found = default_convert(sample)
    assert found["a"].dtype is pydl.float64 and type(found["b"]) is Point and found["b"].x == 1
    assert found["b"].y.dtype is pydl.float32 and found["d"][0] is sample["d"][0] and found["d"][1] == b"x"
    assert type(found["c"]) is list and found["c"][0].tolist() == [0, 1] and found["c"][1:] == ["s", None]
    words = np.array(["a"])
    assert default_convert(words) is words
    (x,) = DataLoader([np.ones(2)], batch_size=None)
    assert isinstance(x, pydl.Tensor)


def test_stack_and_chain():
    stacked = StackDataset(Squares(3), [10, 11, 12])
    assert len(stacked) == 3 and stacked[2][0][1] == 2 and stacked[2][1] == 12
    assert [x[1] for x in stacked.__getitems__([2, 0])] == [12, 10]
    named = StackDataset(image=Subset(Squares(3), [2, 1, 0]), text="abc")
    assert named.__getitems__([0, 1])[1]["text"] == "b" and named[0]["image"][1] == 2
    assert next(iter(DataLoader(named, 3)))["text"] == ["a", "b", "c"]
    for wrong in ((), ([1], [1, 2])):
        with pytest.raises(ValueError):
            StackDataset(*wrong)
    with pytest.raises(ValueError):
        StackDataset([1], a=[2])

    class Counted(Stream):
        def __len__(self):
            return 10

    chained = Counted() + Counted()
    assert isinstance(chained, ChainDataset) and list(chained) == [*range(10), *range(10)] and len(chained) == 20
    assert len(list(DataLoader(chained, 4))) == 5
    for use in (list, len):
        with pytest.raises(TypeError, match="expected IterableDatasets"):
            use(ChainDataset([Squares()]))


@pytest.mark.parametrize(("size", "count", "drop"), [(10, 3, False), (10, 3, True), (9, 3, True), (2, 5, False)])
def test_distributed_sampler(size, count, drop):
    parts = [DistributedSampler(range(size), count, rank, shuffle=False, drop_last=drop) for rank in range(count)]
    found = [list(p) for p in parts]
    assert [len(p) for p in parts] == [len(f) for f in found] and len(set(map(len, found))) == 1
    everything = sorted(functools.reduce(operator.iadd, found, []))
    if drop:
        assert len(set(everything)) == len(everything) == size // count * count
    else:
        assert set(everything) == set(range(size))
    try:
        from torch.utils.data import DistributedSampler as theirs
    except ImportError:
        pass
    else:
        assert found == [list(theirs(range(size), count, r, shuffle=False, drop_last=drop)) for r in range(count)]
    shuffled = DistributedSampler(range(50), 2, 1, seed=3)
    first = list(shuffled)
    assert first == list(shuffled)
    shuffled.set_epoch(1)
    assert first != list(shuffled)
    assert sorted(list(shuffled) + list_of(DistributedSampler(range(50), 2, 0, seed=3), 1)) == list(range(50))
    assert list(DistributedSampler(range(3), shuffle=False)) == [0, 1, 2] and list(DistributedSampler([], 2, 0)) == []
    with pytest.raises(ValueError, match="Invalid rank 2"):
        DistributedSampler(range(3), 2, 2)


def list_of(sampler, epoch):
    sampler.set_epoch(epoch)
    return list(sampler)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_loader_batches_in_order(workers):
    data = Squares(10, wait=0.002 if workers else 0.0)
    batches = list(DataLoader(data, batch_size=4, num_workers=workers))
    assert [b[1].tolist() for b in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches[1][0].tolist() == [[16], [25], [36], [49]]
    kept = DataLoader(data, 4, drop_last=True, num_workers=workers)
    assert len(kept) == 2 == len(list(kept)) and len(DataLoader(data, 4)) == 3
    assert [x[1] for x in DataLoader(data, batch_size=None, num_workers=workers)] == list(range(10))
    mine = DataLoader(data, batch_sampler=[[1, 2], [3]], num_workers=workers, collate_fn=lambda b: [x[1] for x in b])
    assert list(mine) == [[1, 2], [3]] and len(mine) == 2
    assert [b[1].tolist() for b in DataLoader(data, 2, sampler=[3, 1, 2], num_workers=workers)] == [[3, 1], [2]]
    assert wait_for_no_threads()


def test_shuffle_follows_the_generator_whatever_the_workers():
    data = TensorDataset(pydl.arange(20), pydl.arange(40).view(20, 2))

    def epoch(workers, seed):
        loader = DataLoader(data, 3, shuffle=True, num_workers=workers, generator=generator(seed))
        return [[b[0].tolist() for b in loader] for _ in range(2)]

    first = epoch(0, 0)
    assert first == epoch(1, 0) == epoch(4, 0) and first != epoch(0, 1)
    assert first[0] != first[1]
    assert sorted(functools.reduce(operator.iadd, first[0], [])) == list(range(20))
    pydl.manual_seed(3)
    a = [b[0].tolist() for b in DataLoader(data, 3, shuffle=True)]
    pydl.manual_seed(3)
    assert a == [b[0].tolist() for b in DataLoader(data, 3, shuffle=True)]


def test_the_fast_path_gives_what_collation_gives():
    tensors = pydl.arange(40).float().view(10, 4).t()[:, :3].contiguous().t(), pydl.arange(3)
    data = TensorDataset(*[x.t() if x.ndim > 1 else pydl.arange(4) for x in tensors])
    part = Subset(data, [3, 0, 2])
    for source in (data, part):
        fast = list(DataLoader(source, 2))
        slow = list(DataLoader(source, 2, collate_fn=default_collate))
        for f, s in zip(fast, slow, strict=True):
            assert type(f) is type(s) is list
            assert all(a.tolist() == b.tolist() for a, b in zip(f, s, strict=True))


class Broken(Squares):
    def __getitem__(self, i):
        if i == 5:
            raise KeyError("sample five is broken")
        return super().__getitem__(i)


@pytest.mark.parametrize("workers", [0, 2])
def test_errors_come_with_their_own_traceback(workers):
    seen = []
    with pytest.raises(KeyError, match="sample five") as caught:  # noqa: PT012
        for batch in DataLoader(Broken(), 2, num_workers=workers):
            seen.append(batch[1].tolist())
    assert seen == [[0, 1], [2, 3]]
    text = "".join(traceback.format_exception(caught.value))
    assert "in __getitem__" in text and "sample five is broken" in text
    assert wait_for_no_threads()


def test_an_iterator_left_half_way_leaves_no_thread():
    loader = DataLoader(Squares(1000), 2, num_workers=3)
    for batch in loader:
        assert batch[1].tolist() == [0, 1]
        break
    del batch
    assert wait_for_no_threads()
    stream = iter(DataLoader(Stream(), 2, num_workers=2))
    next(stream)
    assert loader_threads()
    del stream
    assert wait_for_no_threads()


def test_workers_init_and_info():
    numbers, infos = [], []

    class Asks(Squares):
        def __getitem__(self, i):
            infos.append(get_worker_info())
            return i

    list(DataLoader(Asks(), 2, num_workers=2, worker_init_fn=numbers.append))
    assert sorted(numbers) == [0, 1]
    assert {i.num_workers for i in infos} == {2} and {i.id for i in infos} <= {0, 1}
    assert get_worker_info() is None

    def fail(_):
        raise RuntimeError("no start")

    with pytest.raises(RuntimeError, match="no start"):
        list(DataLoader(Squares(), 2, num_workers=2, worker_init_fn=fail))
    assert wait_for_no_threads()


def test_timeout():
    class Slow(Squares):
        def __getitem__(self, i):
            time.sleep(0.5)
            return i

    with pytest.raises(RuntimeError, match=r"timed out after 0\.05 seconds"):
        list(DataLoader(Slow(), 2, num_workers=1, timeout=0.05))
    assert wait_for_no_threads()


def test_a_timeout_is_as_long_as_it_says():
    class Slow(Squares):
        def __getitem__(self, i):
            time.sleep(0.3 * (i == 0))
            return i

    # Other batches arrive meanwhile: none of those wake-ups counts as half a second.
    assert len(list(DataLoader(Slow(), 1, num_workers=3, prefetch_factor=2, timeout=2))) == 10

    class Stuck(IterableDataset):
        def __iter__(self):
            time.sleep(0.5)
            yield 1

    with pytest.raises(pydl.StateError, match=r"timed out after 0\.05 seconds"):
        list(DataLoader(Stuck(), 1, num_workers=1, timeout=0.05))
    assert wait_for_no_threads()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_stop_iteration_of_the_dataset_is_an_error(workers):
    class Stops(Squares):
        def __getitem__(self, i):
            if i == 3:
                raise StopIteration
            return i

    with pytest.raises(pydl.StateError, match="StopIteration came out of the dataset"):
        list(DataLoader(Stops(), 2, num_workers=workers))


def test_random_split_refuses_negative_lengths():
    for lengths in ([12, -2], [9.5, 0.5]):
        with pytest.raises(pydl.ValueError, match="random_split: expected lengths of 0 or more, got"):
            pydl.utils.data.random_split(Squares(10), lengths)


def test_streams():
    assert [b.tolist() for b in DataLoader(Stream(), 4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [b.tolist() for b in DataLoader(Stream(), 4, drop_last=True)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    found = [b.tolist() for b in DataLoader(Stream(), 2, num_workers=2)]
    assert found == [[0, 2], [1, 3], [4, 6], [5, 7], [8], [9]]

    class Fails(IterableDataset):
        def __iter__(self):
            yield 1
            raise ValueError("stream broke")

    for workers in (0, 2):
        with pytest.raises(ValueError, match="stream broke"):
            list(DataLoader(Fails(), 1, num_workers=workers))
    assert wait_for_no_threads()


@pytest.mark.parametrize(
    "settings",
    [
        {"num_workers": -1},
        {"timeout": -1},
        {"prefetch_factor": 2},
        {"num_workers": 1, "prefetch_factor": 0},
        {"batch_size": 0},
        {"batch_size": None, "drop_last": True},
        {"shuffle": True, "sampler": [0]},
        {"batch_sampler": [[0]], "batch_size": 2},
        {"batch_sampler": [[0]], "shuffle": True},
    ],
)
def test_settings_that_exclude_each_other(settings):
    with pytest.raises(ValueError):
        DataLoader(Squares(), **settings)


def test_stream_settings():
    for settings in ({"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}, {"batch_size": -1}):
        with pytest.raises(ValueError):
            DataLoader(Stream(), **settings)


INTERRUPTED = """
import threading, time
from pydl.utils.data import DataLoader, Dataset

class Slow(Dataset):
    def __len__(self):
        return 100

    def __getitem__(self, i):
        time.sleep(0.05)
        return i

loader = DataLoader(Slow(), 10, num_workers=2)
print("ready", flush=True)
try:
    for batch in loader:
        pass
except KeyboardInterrupt:
    del batch
    for _ in range(100):
        left = [t for t in threading.enumerate() if t.name.startswith("pydl loader")]
        if left:
            time.sleep(0.02)
    print("interrupted", len(left), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child here")
def test_ctrl_c_ends_it():
    folder = os.path.dirname(os.path.dirname(pydl.__file__))
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True, cwd=folder) as child:
        child.stdout.readline()
        time.sleep(0.7)
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=30)[0] == "interrupted 0\n"

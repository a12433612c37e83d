"""Data sets that say who loads them, or fail at it. A module of its own: spawned processes import it by name."""

import os
import random
import time

import numpy as np

import pydl
from pydl.utils.data import Dataset, IterableDataset, get_worker_info


class Told(Dataset):
    """What a sample's worker says of itself."""

    def __init__(self, n=12):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        info = get_worker_info()
        return {
            "i": i,
            "worker": info.id,
            "seed": info.seed,
            "pid": os.getpid(),
            "pydl": pydl.rand(1, dtype=pydl.float64).item(),
            "numpy": np.random.rand(),
            "random": random.random(),
            "threads": pydl.get_num_threads(),
        }


class Stream(IterableDataset):
    def __iter__(self):
        info = get_worker_info()
        return iter([f"{info.id}:{k}" for k in range(3 + 2 * info.id)])


class Breaks(Dataset):
    def __init__(self, how):
        self.how = how

    def __len__(self):
        return 8

    def __getitem__(self, i):
        if i == 5:
            if self.how == "dies":
                os._exit(3)
            if self.how == "stops":
                raise StopIteration
            if self.how == "lambda":
                return lambda: 0
            if self.how == "private":
                raise Private(lambda: 0)
            raise KeyError("sample five")
        return i


class Private(Exception):
    """Cannot be sent to another process."""


class Slow(Dataset):
    def __init__(self, wait, n=1000):
        self.wait, self.n = wait, n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        time.sleep(self.wait)
        return i

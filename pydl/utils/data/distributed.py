"""A sampler for several processes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized
from typing import Any

from pydl import _C, ops
from pydl.random import Generator
from pydl.utils.data.sampler import Sampler


class DistributedSampler(Sampler[int]):
    """The part of a dataset's numbers that one of several processes takes; call `set_epoch` before each epoch.

    Args:
        num_replicas, rank: how many processes there are, and which this is: 1 and 0 unless given.
        shuffle: a new random order each epoch, from ``seed`` and the epoch's number.
        drop_last: leave out what does not divide evenly; else the first numbers come twice.

    Raises:
        ValueError: there is no such rank.
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        self.dataset, self.shuffle, self.seed, self.drop_last = dataset, shuffle, seed, drop_last
        self.num_replicas = 1 if num_replicas is None else num_replicas
        self.rank = 0 if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise _C.ValueError(
                f"Invalid rank {self.rank}, rank should be in the interval [0, {self.num_replicas - 1}]"
            )
        self.epoch = 0
        size = len(dataset)
        if drop_last and size % self.num_replicas:
            self.num_samples = math.ceil((size - self.num_replicas) / self.num_replicas)
        else:
            self.num_samples = math.ceil(size / self.num_replicas)
        self.total_size = self.num_samples * self.num_replicas

    def __iter__(self) -> Iterator[int]:
        size = len(self.dataset)
        if self.shuffle:
            numbers: list[Any] = ops.randperm(size, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        else:
            numbers = list(range(size))
        if not self.drop_last and numbers:
            numbers = (numbers * -(-self.total_size // size))[: self.total_size]
        return iter(numbers[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Which epoch follows: it decides the order."""
        self.epoch = epoch

"""Where samples come from."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydl import _C, dtypes, ops
from pydl.autograd.function import TensorBase

if TYPE_CHECKING:
    from pydl.random import Generator
    from pydl.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """Samples by number: a subclass defines ``__getitem__`` and ``__len__``.

    ``__getitems__(numbers)``, where a subclass has it, returns the list of several samples at once.
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[Any]) -> ConcatDataset[Any]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co]):
    """Samples one after the other: a subclass defines ``__iter__``."""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other: Dataset[Any]) -> Any:
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple["Tensor", ...]]):
    """Tensors cut along their first dimension: sample i is the tuple of each tensor's row i.

    Raises:
        ShapeError: the first sizes differ.
    """

    def __init__(self, *tensors: Tensor) -> None:
        if not tensors or any(not x.array.ndim for x in tensors):
            raise _C.ShapeError("TensorDataset: expected tensors of at least one dimension")
        sizes = [x.array.shape[0] for x in tensors]
        if len(set(sizes)) > 1:
            raise _C.ShapeError(f"TensorDataset: expected tensors of one first size, got {sizes}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple([x[index] for x in self.tensors])

    def batch(self, numbers: Sequence[int] | Tensor) -> list[Tensor]:
        """Several samples stacked: one index operation for each tensor."""
        index = numbers if isinstance(numbers, TensorBase) else ops.tensor(list(numbers), dtype=dtypes.int64)
        return [x[index] for x in self.tensors]

    def __len__(self) -> int:
        return self.tensors[0].array.shape[0]


class ConcatDataset(Dataset[T_co]):
    """Datasets one after the other."""

    def __init__(self, datasets: Sequence[Dataset[T_co]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise _C.ValueError("datasets should not be an empty iterable")
        if any(isinstance(d, IterableDataset) for d in self.datasets):
            raise _C.DTypeError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(itertools.accumulate(len(d) for d in self.datasets))  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> T_co:
        if not -len(self) <= index < len(self):
            raise _C.IndexError(f"ConcatDataset: index {index} is out of range for {len(self)} samples")
        index %= len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[which][index - (self.cumulative_sizes[which - 1] if which else 0)]


class StackDataset(Dataset[Any]):
    """Datasets side by side: sample i is the tuple (or, of datasets given by name, the dict) of their samples i.

    Raises:
        ValueError: there are none, or their lengths differ.

    >>> data = pydl.utils.data.StackDataset(image=[1, 2], text=["a", "b"])
    >>> data[1]
    {'image': 2, 'text': 'b'}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise _C.ValueError("StackDataset: expected datasets either by position or by name")
        self.datasets: Any = args or kwargs
        sizes = [len(d) for d in args or kwargs.values()]
        if len(set(sizes)) > 1:
            raise _C.ValueError(f"StackDataset: expected datasets of one length, got {sizes}")
        self._length = sizes[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: d[index] for name, d in self.datasets.items()}
        return tuple([d[index] for d in self.datasets])

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        def several(d: Any) -> Any:
            found = d.__getitems__(indices) if hasattr(d, "__getitems__") else [d[i] for i in indices]
            if len(found) != len(indices):
                raise _C.ValueError(
                    f"StackDataset: expected {len(indices)} samples of __getitems__ in {type(d).__name__}, got "
                    f"{len(found)}"
                )
            return found

        if isinstance(self.datasets, dict):
            columns = [several(d) for d in self.datasets.values()]
            return [dict(zip(self.datasets, row, strict=True)) for row in zip(*columns, strict=True)]
        return list(zip(*map(several, self.datasets), strict=True))

    def __len__(self) -> int:
        return self._length


class ChainDataset(IterableDataset[Any]):
    """Streams one after the other."""

    def __init__(self, datasets: Iterable[Dataset[Any]]) -> None:
        super().__init__()
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        for d in self.datasets:
            self.check(d)
            yield from d  # type: ignore[misc]  # checked

    def __len__(self) -> int:
        total = 0
        for d in self.datasets:
            self.check(d)
            total += len(d)  # type: ignore[arg-type]
        return total

    @staticmethod
    def check(d: Any) -> None:
        """Refuse what is no stream."""
        if not isinstance(d, IterableDataset):
            raise _C.DTypeError(f"ChainDataset: expected IterableDatasets, got {type(d).__name__}")


class Subset(Dataset[T_co]):
    """The samples of a dataset at some numbers."""

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: Sequence[int]) -> list[T_co]:
        numbers = [self.indices[i] for i in indices]
        several = getattr(self.dataset, "__getitems__", None)
        return several(numbers) if several else [self.dataset[i] for i in numbers]

    def __len__(self) -> int:
        return len(self.indices)


def in_memory(dataset: Any) -> bool:
    """Whether the dataset is nothing but tensors, or a part of such a one."""
    while type(dataset) is Subset:
        dataset = dataset.dataset
    return type(dataset) is TensorDataset


def resolve(dataset: Any, order: Tensor) -> tuple[TensorDataset, Tensor]:
    """The tensors behind a dataset that is `in_memory`, and the numbers there of the samples of an order."""
    while type(dataset) is Subset:
        order = ops.tensor(list(dataset.indices), dtype=dtypes.int64)[order]
        dataset = dataset.dataset
    return dataset, order


def random_split(
    dataset: Dataset[T_co], lengths: Sequence[int | float], generator: Generator | None = None
) -> list[Subset[T_co]]:
    """A dataset cut at random into parts of given lengths, or of fractions that add up to 1.

    What fractions leave over goes to the parts one each, from the first on.

    Raises:
        ValueError: the lengths do not add up to the dataset's.

    >>> data = pydl.utils.data.TensorDataset(pydl.arange(10))
    >>> [len(part) for part in pydl.utils.data.random_split(data, [0.8, 0.2])]
    [8, 2]
    """
    size = len(dataset)  # type: ignore[arg-type]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1 + 1e-9 and not (size == 1 and 1 in lengths):
        for i, part in enumerate(lengths):
            if not 0 <= part <= 1:
                raise _C.ValueError(f"Fraction at index {i} is not between 0 and 1")
        counts = [math.floor(size * part) for part in lengths]
        for i in range(size - sum(counts)):
            counts[i % len(counts)] += 1
        lengths = counts
    for i, part in enumerate(lengths):
        if part < 0 or int(part) != part:
            raise _C.ValueError(f"random_split: expected lengths of 0 or more, got {part} at place {i}")
    if sum(lengths) != size:
        raise _C.ValueError("Sum of input lengths does not equal the length of the input dataset!")
    numbers = ops.randperm(size, generator=generator).tolist()
    ends = itertools.accumulate(int(n) for n in lengths)
    return [Subset(dataset, numbers[end - int(n) : end]) for end, n in zip(ends, lengths, strict=True)]

"""Where samples come from."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydl import _C, ops

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

    def batch(self, numbers: Sequence[int]) -> list[Tensor]:
        """Several samples stacked: one index operation for each tensor."""
        index = ops.tensor(list(numbers))
        return [ops.index_select(x, 0, index) for x in self.tensors]

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


def batch_source(dataset: Any) -> Any:
    """The function from numbers to a stacked batch where the dataset is nothing but tensors, else None."""
    if type(dataset) is TensorDataset:
        return dataset.batch
    if type(dataset) is Subset:
        below = batch_source(dataset.dataset)
        indices = dataset.indices
        if below is not None:
            return lambda numbers: below([indices[i] for i in numbers])
    return None


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

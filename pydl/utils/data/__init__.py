"""Datasets, samplers and the loader that makes batches of them."""

from pydl.utils.data.collate import default_collate as default_collate
from pydl.utils.data.collate import default_convert as default_convert
from pydl.utils.data.dataloader import DataLoader as DataLoader
from pydl.utils.data.dataset import ChainDataset as ChainDataset
from pydl.utils.data.dataset import ConcatDataset as ConcatDataset
from pydl.utils.data.dataset import Dataset as Dataset
from pydl.utils.data.dataset import IterableDataset as IterableDataset
from pydl.utils.data.dataset import StackDataset as StackDataset
from pydl.utils.data.dataset import Subset as Subset
from pydl.utils.data.dataset import TensorDataset as TensorDataset
from pydl.utils.data.dataset import random_split as random_split
from pydl.utils.data.distributed import DistributedSampler as DistributedSampler
from pydl.utils.data.fetch import get_worker_info as get_worker_info
from pydl.utils.data.sampler import BatchSampler as BatchSampler
from pydl.utils.data.sampler import RandomSampler as RandomSampler
from pydl.utils.data.sampler import Sampler as Sampler
from pydl.utils.data.sampler import SequentialSampler as SequentialSampler
from pydl.utils.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from pydl.utils.data.sampler import WeightedRandomSampler as WeightedRandomSampler

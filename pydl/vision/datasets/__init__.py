"""Data sets of images. Images come as Pillow's; ``transforms.ToTensor()`` makes tensors of them."""

from pydl.vision.datasets.cifar import CIFAR10 as CIFAR10
from pydl.vision.datasets.cifar import CIFAR100 as CIFAR100
from pydl.vision.datasets.fakedata import FakeData as FakeData
from pydl.vision.datasets.folder import DatasetFolder as DatasetFolder
from pydl.vision.datasets.folder import ImageFolder as ImageFolder
from pydl.vision.datasets.mnist import KMNIST as KMNIST
from pydl.vision.datasets.mnist import MNIST as MNIST
from pydl.vision.datasets.mnist import FashionMNIST as FashionMNIST
from pydl.vision.datasets.vision import VisionDataset as VisionDataset

"""What programs for images need, under torchvision's names."""

from pydl.vision import datasets as datasets
from pydl.vision import ops as ops
from pydl.vision import transforms as transforms
from pydl.vision import utils as utils

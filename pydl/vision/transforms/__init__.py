"""What is done to images before they reach a network: Pillow's, numpy's (rows, columns[, channels]) or tensors."""

from pydl.vision.transforms import functional as functional
from pydl.vision.transforms.functional import InterpolationMode as InterpolationMode
from pydl.vision.transforms.transforms import CenterCrop as CenterCrop
from pydl.vision.transforms.transforms import ColorJitter as ColorJitter
from pydl.vision.transforms.transforms import Compose as Compose
from pydl.vision.transforms.transforms import ConvertImageDtype as ConvertImageDtype
from pydl.vision.transforms.transforms import Grayscale as Grayscale
from pydl.vision.transforms.transforms import Lambda as Lambda
from pydl.vision.transforms.transforms import Normalize as Normalize
from pydl.vision.transforms.transforms import Pad as Pad
from pydl.vision.transforms.transforms import PILToTensor as PILToTensor
from pydl.vision.transforms.transforms import RandomAffine as RandomAffine
from pydl.vision.transforms.transforms import RandomApply as RandomApply
from pydl.vision.transforms.transforms import RandomChoice as RandomChoice
from pydl.vision.transforms.transforms import RandomCrop as RandomCrop
from pydl.vision.transforms.transforms import RandomErasing as RandomErasing
from pydl.vision.transforms.transforms import RandomGrayscale as RandomGrayscale
from pydl.vision.transforms.transforms import RandomHorizontalFlip as RandomHorizontalFlip
from pydl.vision.transforms.transforms import RandomOrder as RandomOrder
from pydl.vision.transforms.transforms import RandomResizedCrop as RandomResizedCrop
from pydl.vision.transforms.transforms import RandomRotation as RandomRotation
from pydl.vision.transforms.transforms import RandomVerticalFlip as RandomVerticalFlip
from pydl.vision.transforms.transforms import Resize as Resize
from pydl.vision.transforms.transforms import ToPILImage as ToPILImage
from pydl.vision.transforms.transforms import ToTensor as ToTensor

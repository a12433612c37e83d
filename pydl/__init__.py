"""pydl: deep learning with PyTorch's names, C++ kernels and a tape in plain Python."""

try:
    import pydl._C
except ModuleNotFoundError as error:
    if error.name != "pydl._C":
        raise
    raise ImportError(
        "pydl: this is the source folder, which has no compiled core and hides an installed pydl: start Python in "
        "another folder, or install for development with 'pip install --no-build-isolation -e .'"
    ) from None

from pydl import _C as _C
from pydl.errors import *  # noqa: F403
from pydl.dtypes import *  # noqa: F403
from pydl.dtypes import bool_ as bool
from pydl.dtypes import float_ as float
from pydl.dtypes import int_ as int
from pydl.tensor import Size as Size
from pydl.tensor import Tensor as Tensor
from pydl.tensor import numel as numel
from pydl.autograd.function import is_tensor as is_tensor
from pydl.ops import *  # noqa: F403
from pydl.autograd import enable_grad as enable_grad
from pydl.autograd import inference_mode as inference_mode
from pydl.autograd import is_grad_enabled as is_grad_enabled
from pydl.autograd import no_grad as no_grad
from pydl.autograd import set_grad_enabled as set_grad_enabled
from pydl.random import Generator as Generator
from pydl.random import default_generator as default_generator
from pydl.random import get_rng_state as get_rng_state
from pydl.random import initial_seed as initial_seed
from pydl.random import manual_seed as manual_seed
from pydl.random import seed as seed
from pydl.random import set_rng_state as set_rng_state
from pydl.printing import set_printoptions as set_printoptions
from pydl.threads import get_num_threads as get_num_threads
from pydl.threads import set_num_threads as set_num_threads
from pydl.version import __version__ as __version__
from pydl import cuda as cuda
from pydl import nn as nn
from pydl import optim as optim
from pydl import utils as utils
from pydl.serialization import load as load
from pydl.serialization import save as save
from pydl.utils.summary import summary as summary

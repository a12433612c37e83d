"""pydl: deep learning with PyTorch's names, C++ kernels and a tape in plain Python."""

from pydl import _C as _C
from pydl._C import Error as Error
from pydl.dtypes import *  # noqa: F403
from pydl.tensor import Size as Size
from pydl.tensor import Tensor as Tensor
from pydl.ops import *  # noqa: F403
from pydl.autograd import enable_grad as enable_grad
from pydl.autograd import no_grad as no_grad

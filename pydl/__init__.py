"""pydl: deep learning with PyTorch's names, C++ kernels and a tape in plain Python."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

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
from pydl.tensor_types import BFloat16Tensor as BFloat16Tensor
from pydl.tensor_types import BoolTensor as BoolTensor
from pydl.tensor_types import ByteTensor as ByteTensor
from pydl.tensor_types import CharTensor as CharTensor
from pydl.tensor_types import DoubleTensor as DoubleTensor
from pydl.tensor_types import FloatTensor as FloatTensor
from pydl.tensor_types import HalfTensor as HalfTensor
from pydl.tensor_types import IntTensor as IntTensor
from pydl.tensor_types import LongTensor as LongTensor
from pydl.tensor_types import ShortTensor as ShortTensor
from pydl.tensor_types import set_default_tensor_type as set_default_tensor_type
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
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi
from pydl import cuda as cuda
from pydl import return_types as return_types
from pydl.not_now import cdouble as cdouble
from pydl.not_now import cfloat as cfloat
from pydl.not_now import chalf as chalf
from pydl.not_now import complex as complex
from pydl.not_now import complex32 as complex32
from pydl.not_now import complex64 as complex64
from pydl.not_now import complex128 as complex128
from pydl.not_now import qint8 as qint8
from pydl.not_now import qint32 as qint32
from pydl.not_now import quint8 as quint8
from pydl.not_now import sparse_coo as sparse_coo
from pydl.not_now import sparse_csr as sparse_csr
from pydl.not_now import uint16 as uint16
from pydl.not_now import uint32 as uint32
from pydl.not_now import uint64 as uint64
from pydl.not_now import dequantize as dequantize
from pydl.not_now import eig as eig
from pydl.not_now import istft as istft
from pydl.not_now import lstsq as lstsq
from pydl.not_now import matrix_rank as matrix_rank
from pydl.not_now import polar as polar
from pydl.not_now import quantize_per_channel as quantize_per_channel
from pydl.not_now import quantize_per_tensor as quantize_per_tensor
from pydl.not_now import quantize_per_tensor_dynamic as quantize_per_tensor_dynamic
from pydl.not_now import solve as solve
from pydl.not_now import sparse_bsc_tensor as sparse_bsc_tensor
from pydl.not_now import sparse_bsr_tensor as sparse_bsr_tensor
from pydl.not_now import sparse_compressed_tensor as sparse_compressed_tensor
from pydl.not_now import sparse_coo_tensor as sparse_coo_tensor
from pydl.not_now import sparse_csc_tensor as sparse_csc_tensor
from pydl.not_now import sparse_csr_tensor as sparse_csr_tensor
from pydl.not_now import stft as stft
from pydl.not_now import symeig as symeig
from pydl.not_now import view_as_complex as view_as_complex
from pydl.not_now import view_as_real as view_as_real

newaxis = None

if _TYPE_CHECKING:
    from pydl import fft as fft
    from pydl import linalg as linalg
    from pydl import nn as nn
    from pydl import optim as optim
    from pydl import utils as utils
    from pydl.serialization import load as load
    from pydl.serialization import save as save
    from pydl.utils.summary import summary as summary
    from pydl import accelerator as accelerator
    from pydl import amp as amp
    from pydl.determinism import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
    from pydl.amp import autocast as autocast
    from pydl import backends as backends
    from pydl.compiler import compile as compile
    from pydl import compiler as compiler
    from pydl import distributed as distributed
    from pydl import distributions as distributions
    from pydl import func as func
    from pydl import fx as fx
    from pydl import sparse as sparse
    from pydl import special as special
    from pydl.determinism import get_deterministic_debug_mode as get_deterministic_debug_mode
    from pydl.determinism import get_float32_matmul_precision as get_float32_matmul_precision
    from pydl.determinism import get_num_interop_threads as get_num_interop_threads
    from pydl import hub as hub
    from pydl.amp import is_autocast_available as is_autocast_available
    from pydl.amp import is_autocast_enabled as is_autocast_enabled
    from pydl.determinism import (
        is_deterministic_algorithms_warn_only_enabled as is_deterministic_algorithms_warn_only_enabled,
    )
    from pydl import jit as jit
    from pydl import metrics as metrics
    from pydl import mps as mps
    from pydl import multiprocessing as multiprocessing
    from pydl import onnx as onnx
    from pydl import profiler as profiler
    from pydl.determinism import set_deterministic_debug_mode as set_deterministic_debug_mode
    from pydl.determinism import set_float32_matmul_precision as set_float32_matmul_precision
    from pydl.determinism import set_flush_denormal as set_flush_denormal
    from pydl.determinism import set_num_interop_threads as set_num_interop_threads
    from pydl.types import typename as typename
    from pydl import types as types
    from pydl.determinism import use_deterministic_algorithms as use_deterministic_algorithms
    from pydl import vision as vision
    from pydl.func import vmap as vmap
    from pydl import xpu as xpu

# Loaded when one asks for it, so that `import pydl` is quick: see pydl.later.
_LATER = {
    "fft": ("pydl.fft", None),
    "linalg": ("pydl.linalg", None),
    "load": ("pydl.serialization", "load"),
    "nn": ("pydl.nn", None),
    "optim": ("pydl.optim", None),
    "save": ("pydl.serialization", "save"),
    "summary": ("pydl.utils.summary", "summary"),
    "utils": ("pydl.utils", None),
    "accelerator": ("pydl.accelerator", None),
    "amp": ("pydl.amp", None),
    "are_deterministic_algorithms_enabled": ("pydl.determinism", "are_deterministic_algorithms_enabled"),
    "autocast": ("pydl.amp", "autocast"),
    "backends": ("pydl.backends", None),
    "compile": ("pydl.compiler", "compile"),
    "compiler": ("pydl.compiler", None),
    "distributed": ("pydl.distributed", None),
    "distributions": ("pydl.distributions", None),
    "func": ("pydl.func", None),
    "fx": ("pydl.fx", None),
    "sparse": ("pydl.sparse", None),
    "special": ("pydl.special", None),
    "get_deterministic_debug_mode": ("pydl.determinism", "get_deterministic_debug_mode"),
    "get_float32_matmul_precision": ("pydl.determinism", "get_float32_matmul_precision"),
    "get_num_interop_threads": ("pydl.determinism", "get_num_interop_threads"),
    "hub": ("pydl.hub", None),
    "is_autocast_available": ("pydl.amp", "is_autocast_available"),
    "is_autocast_enabled": ("pydl.amp", "is_autocast_enabled"),
    "is_deterministic_algorithms_warn_only_enabled": (
        "pydl.determinism",
        "is_deterministic_algorithms_warn_only_enabled",
    ),
    "jit": ("pydl.jit", None),
    "metrics": ("pydl.metrics", None),
    "mps": ("pydl.mps", None),
    "multiprocessing": ("pydl.multiprocessing", None),
    "onnx": ("pydl.onnx", None),
    "profiler": ("pydl.profiler", None),
    "set_deterministic_debug_mode": ("pydl.determinism", "set_deterministic_debug_mode"),
    "set_float32_matmul_precision": ("pydl.determinism", "set_float32_matmul_precision"),
    "set_flush_denormal": ("pydl.determinism", "set_flush_denormal"),
    "set_num_interop_threads": ("pydl.determinism", "set_num_interop_threads"),
    "typename": ("pydl.types", "typename"),
    "types": ("pydl.types", None),
    "use_deterministic_algorithms": ("pydl.determinism", "use_deterministic_algorithms"),
    "vision": ("pydl.vision", None),
    "vmap": ("pydl.func", "vmap"),
    "xpu": ("pydl.xpu", None),
}


def __getattr__(name):  # type: ignore[no-untyped-def]  # `str` and `object` could be pydl's here
    from pydl.later import load

    return load(__name__, _LATER, name)


def __dir__():  # type: ignore[no-untyped-def]
    return sorted({*globals(), *_LATER})

"""The libraries that PyTorch computes with. pydl uses none of them; their settings are accepted without effect."""

from pydl.backends import cpu as cpu
from pydl.backends import cuda as cuda
from pydl.backends import cudnn as cudnn
from pydl.backends import mkl as mkl
from pydl.backends import mkldnn as mkldnn
from pydl.backends import mps as mps
from pydl.backends import openmp as openmp

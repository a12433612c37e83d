"""Layers, losses and what they are made of."""

from pydl.nn import functional as functional
from pydl.nn import init as init
from pydl.nn import utils as utils
from pydl.nn.modules import *  # noqa: F403
from pydl.nn.parameter import Buffer as Buffer
from pydl.nn.parameter import Parameter as Parameter

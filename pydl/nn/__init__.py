"""Layers, losses and what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl.nn import functional as functional
from pydl.nn import init as init
from pydl.nn import utils as utils
from pydl.nn.modules import *  # noqa: F403
from pydl.nn.parameter import Buffer as Buffer
from pydl.nn.parameter import Parameter as Parameter
from pydl.nn.parameter import UninitializedBuffer as UninitializedBuffer
from pydl.nn.parameter import UninitializedParameter as UninitializedParameter

if TYPE_CHECKING:
    from pydl.nn import parallel as parallel
    from pydl.nn.parallel import DataParallel as DataParallel

# Loaded when one asks for them.
LATER = {
    "DataParallel": ("pydl.nn.parallel", "DataParallel"),
    "parallel": ("pydl.nn.parallel", None),
}


def __getattr__(name: str) -> Any:
    from pydl.later import load

    return load(__name__, LATER, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})

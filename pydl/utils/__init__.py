"""Tools around training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydl.utils.fit import fit as fit
from pydl.utils.summary import summary as summary

if TYPE_CHECKING:
    from pydl.utils import _pytree as _pytree
    from pydl.utils import checkpoint as checkpoint
    from pydl.utils import data as data
    from pydl.utils import draw as draw
    from pydl.utils import tensorboard as tensorboard

# Loaded when one asks for them.
LATER = {
    "_pytree": ("pydl.utils._pytree", None),
    "checkpoint": ("pydl.utils.checkpoint", None),
    "data": ("pydl.utils.data", None),
    "draw": ("pydl.utils.draw", None),
    "tensorboard": ("pydl.utils.tensorboard", None),
}


def __getattr__(name: str) -> Any:
    from pydl.later import load

    return load(__name__, LATER, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *LATER})

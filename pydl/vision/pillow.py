"""Pillow, which only images need: asked for where it is used."""

from __future__ import annotations

from typing import Any

from pydl import _C


def pillow(what: str) -> Any:
    """Pillow's ``Image`` module.

    Raises:
        StateError: Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise _C.StateError(f"{what}: Pillow is not installed; get it by: pip install 'pydl[vision]'") from None
    return Image


def is_pil(image: object) -> bool:
    """Whether it is an image of Pillow's; false without asking Pillow where that is not in use."""
    import sys

    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(image, module.Image)

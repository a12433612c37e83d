"""ONNX: names only."""

from __future__ import annotations

from typing import Any, NoReturn

from pydl import _C


def export(model: Any, args: Any = (), f: Any = None, **settings: Any) -> NoReturn:
    """Raises a StateError: pydl writes no ONNX files."""
    raise _C.StateError(
        "onnx.export: pydl writes no ONNX files; its state_dict loads in PyTorch by key, which can export the model"
    )


def is_in_onnx_export() -> bool:
    """Whether a model is being exported: never."""
    return False

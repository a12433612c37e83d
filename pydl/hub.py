"""Models from the network: names only. pydl runs no code that it downloads."""

from __future__ import annotations

from typing import Any, NoReturn

from pydl import _C


def missing(name: str) -> NoReturn:
    """The error of every function here."""
    raise _C.StateError(f"hub.{name}: pydl has no hub; download the weights, then load the file with pydl.load")


def load(repo_or_dir: str, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises a StateError."""
    missing("load")


def list(github: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises a StateError."""
    missing("list")


def help(github: str, model: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises a StateError."""
    missing("help")


def load_state_dict_from_url(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises a StateError."""
    missing("load_state_dict_from_url")


def download_url_to_file(url: str, dst: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises a StateError."""
    missing("download_url_to_file")

"""Files of data sets: downloaded from one of several places, and checked."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pydl import _C

TIMEOUT = 60.0  # seconds without an answer
BLOCK = 1 << 20
Say = Callable[[str], None]


def calculate_md5(fpath: str | os.PathLike[str], chunk_size: int = BLOCK) -> str:
    """The MD5 sum of a file, in hexadecimal."""
    found = hashlib.md5(usedforsecurity=False)
    with open(fpath, "rb") as file:
        while block := file.read(chunk_size):
            found.update(block)
    return found.hexdigest()


def check_integrity(fpath: str | os.PathLike[str], md5: str | None = None) -> bool:
    """Whether a file is there and, where its MD5 sum is given, is that file."""
    return os.path.isfile(fpath) and (md5 is None or calculate_md5(fpath) == md5)


def download(urls: Sequence[str], folder: Path, filename: str, md5: str | None, say: Say = print) -> Path:
    """The file of that name in a folder: the one that is there, else from the first place that has it.

    It is written beside its name and renamed when it is whole and its MD5 sum is right.

    Raises:
        StateError: no place has it; the message says what each answered.
    """
    path = folder / filename
    if check_integrity(path, md5):
        return path
    folder.mkdir(parents=True, exist_ok=True)
    answers = []
    for url in urls:
        say(f"Downloading {url}")
        part, name = tempfile.mkstemp(prefix=f".{filename}.", dir=folder)
        try:
            with os.fdopen(part, "wb") as file:
                receive(url, file.write)
            found = calculate_md5(name)
            if md5 is not None and found != md5:
                answers.append(f"{url}: a file of MD5 sum {found}, expected {md5}")
                continue
            os.replace(name, path)
            return path
        except (OSError, ValueError) as error:
            answers.append(f"{url}: {error}")
        finally:
            if os.path.exists(name):
                os.unlink(name)
    raise _C.StateError("download: no place has " + filename + "\n" + "\n".join(answers))


def receive(url: str, write: Callable[[bytes], object]) -> None:
    """Read all of what a URL gives.

    Raises:
        OSError: there is no answer, or not all of it.
        ValueError: it is no http, https or ftp URL.
    """
    import http.client
    import urllib.request

    if url.split(":")[0] not in ("http", "https", "ftp"):
        raise ValueError(f"expected an http, https or ftp URL, got {url!r}")
    request = urllib.request.Request(url, headers={"User-Agent": "pydl"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        size, length = 0, answer.headers.get("Content-Length")
        try:
            while block := answer.read(BLOCK):
                write(block)
                size += len(block)
        except http.client.HTTPException as error:
            raise OSError(f"the answer broke off: {error}") from None
    if length is not None and int(length) != size:
        raise OSError(f"the answer broke off after {size} of {length} bytes")

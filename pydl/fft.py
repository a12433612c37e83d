"""PyTorch's ``torch.fft``. Transforms take or give complex numbers, which pydl does not have: they are errors that say
so. What needs no complex numbers works: `fftfreq`, `rfftfreq`, `fftshift`, `ifftshift`.

A real tensor with a last dimension of two would be no help: it is not what PyTorch's functions take or give, and a
program that uses one would go wrong somewhere else.
"""

from typing import Any, NoReturn

from pydl.not_now import complex_numbers
from pydl.ops import fft_fftfreq as fftfreq
from pydl.ops import fft_fftshift as fftshift
from pydl.ops import fft_ifftshift as ifftshift
from pydl.ops import fft_rfftfreq as rfftfreq

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "hfft2",
    "hfftn",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "ihfft2",
    "ihfftn",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]


def fft(input: Any, n: Any = None, dim: int = -1, norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.fft")


def fft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.fft2")


def fftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.fftn")


def ifft(input: Any, n: Any = None, dim: int = -1, norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.ifft")


def ifft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.ifft2")


def ifftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.ifftn")


def rfft(input: Any, n: Any = None, dim: int = -1, norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.rfft")


def rfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.rfft2")


def rfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.rfftn")


def irfft(input: Any, n: Any = None, dim: int = -1, norm: str | None = None) -> NoReturn:
    """An error: its input would be complex."""
    complex_numbers("fft.irfft")


def irfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> NoReturn:
    """An error: its input would be complex."""
    complex_numbers("fft.irfft2")


def irfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> NoReturn:
    """An error: its input would be complex."""
    complex_numbers("fft.irfftn")


def hfft(input: Any, n: Any = None, dim: int = -1, norm: str | None = None) -> NoReturn:
    """An error: its input would be complex."""
    complex_numbers("fft.hfft")


def hfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> NoReturn:
    """An error: its input would be complex."""
    complex_numbers("fft.hfft2")


def hfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> NoReturn:
    """An error: its input would be complex."""
    complex_numbers("fft.hfftn")


def ihfft(input: Any, n: Any = None, dim: int = -1, norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.ihfft")


def ihfft2(input: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.ihfft2")


def ihfftn(input: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> NoReturn:
    """An error: its result would be complex."""
    complex_numbers("fft.ihfftn")

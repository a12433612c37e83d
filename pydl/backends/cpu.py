"""The processor."""

from pydl import _C


def get_cpu_capability() -> str:
    """The instruction set that the kernels use.

    >>> pydl.backends.cpu.get_cpu_capability() in ("BASELINE", "AVX2", "AVX512", "NEON")
    True
    """
    return _C.isa.upper()

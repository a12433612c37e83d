"""MKL: not used; the kernels are pydl's own."""


def is_available() -> bool:
    """Whether it is used."""
    return False

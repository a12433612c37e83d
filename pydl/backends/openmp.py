"""OpenMP: not used; the threads are pydl's own."""


def is_available() -> bool:
    """Whether it is used."""
    return False

"""Apple's GPUs: no support."""


def is_available() -> bool:
    """Whether they can be used."""
    return False


def is_built() -> bool:
    """Whether this build has it."""
    return False

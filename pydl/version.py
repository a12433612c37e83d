"""The version, here and nowhere else."""

__version__ = "0.1.0"

# What PyTorch's module of this name says of the libraries that it was built with: none of them here.
cuda: str | None = None
hip: str | None = None
debug = False

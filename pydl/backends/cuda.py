"""CUDA: not there. Settings can be set, without effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
    fp32_precision="none",
)


def is_built() -> bool:
    """Whether this build has it."""
    return False


def flash_sdp_enabled() -> bool:
    """Whether it is used."""
    return False


def mem_efficient_sdp_enabled() -> bool:
    """Whether it is used."""
    return False


def math_sdp_enabled() -> bool:
    """Whether it is used."""
    return False


def enable_flash_sdp(enabled: bool) -> None:
    """Accepted without effect."""


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Accepted without effect."""


def enable_math_sdp(enabled: bool) -> None:
    """Accepted without effect."""


@contextmanager
def sdp_kernel(**settings: Any) -> Iterator[None]:
    """Within the ``with`` other settings, without effect."""
    yield

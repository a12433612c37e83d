"""Shared by all tests."""

import os

from hypothesis import HealthCheck, settings

# The same examples each time in CI, and no deadline on a busy machine.
settings.register_profile(
    "pydl",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=int(os.environ.get("PYDL_EXAMPLES", "20")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pydl")

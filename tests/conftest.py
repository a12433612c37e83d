"""Shared by all tests."""

import os

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

# The same examples each time in CI, and no deadline on a busy machine.
settings.register_profile(
    "pydl",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    # Named, since an inherited database is looked up through a chain that grows with every test.
    database=None if os.environ.get("CI") else DirectoryBasedExampleDatabase(".hypothesis/examples"),
    max_examples=int(os.environ.get("PYDL_EXAMPLES", "10")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pydl")

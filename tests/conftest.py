"""Shared by all tests."""

import os

from hypothesis import settings

# CI runs must not depend on luck: the same examples each time, and no deadline on a busy machine.
settings.register_profile("default", deadline=None, derandomize=bool(os.environ.get("CI")), max_examples=40)
settings.load_profile("default")

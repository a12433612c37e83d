"""Shared by all tests."""

import os
import signal

from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase, InMemoryExampleDatabase

# No deadline on a busy machine. CI asks for the same examples each time by --hypothesis-seed.
settings.register_profile(
    "pydl",
    deadline=None,
    # Named, since an inherited database is looked up through a chain that grows with every test.
    database=InMemoryExampleDatabase()
    if os.environ.get("CI")
    else DirectoryBasedExampleDatabase(".hypothesis/examples"),
    max_examples=int(os.environ.get("PYDL_EXAMPLES", "6")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pydl")

# A shell starts what it runs in the background deaf to Ctrl-C, and the tests that send it would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

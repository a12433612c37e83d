"""`pydl.profiler` under the older name that PyTorch still has."""

from __future__ import annotations

from typing import Any

from pydl.autograd.anomaly import detect_anomaly as detect_anomaly
from pydl.profiler import profile as new_profile
from pydl.profiler import record_function as record_function


class profile(new_profile):
    """`pydl.profiler.profile` with the switch ``enabled``; the other settings have no effect."""

    def __init__(self, enabled: bool = True, *, use_cuda: bool = False, **settings: Any) -> None:
        super().__init__()
        self.enabled = enabled

    def start(self) -> None:
        """Begin to record, if enabled."""
        if self.enabled:
            super().start()

    def stop(self) -> None:
        """End, if enabled."""
        if self.enabled:
            super().stop()

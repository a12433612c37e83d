"""Mixed precision under its older name: see `pydl.amp`."""

from __future__ import annotations

from typing import Any

from pydl import amp
from pydl.amp import custom_bwd as custom_bwd
from pydl.amp import custom_fwd as custom_fwd


class autocast(amp.autocast):
    """`pydl.amp.autocast` for "cuda"."""

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """`pydl.amp.GradScaler` for "cuda"."""

    def __init__(
        self,
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)

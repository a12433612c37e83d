"""numpy's names of arguments: wherever PyTorch takes ``axis`` and ``keepdims``, so does pydl."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pydl
from pydl import ops

DATA = np.random.default_rng(0).random((3, 3), dtype=np.float32)
PLACES = np.zeros((3, 3), np.int64)


def calls(library: Any) -> list[tuple[Any, ...]]:
    """Arguments that one function or another takes before the dimension."""
    x, i = library.from_numpy(DATA.copy()), library.from_numpy(PLACES.copy())
    return [(x,), ([x, x],), (x, 1), (x, 2), (x, i), (x, 0.5)]


def result(library: Any, name: str, arguments: tuple[Any, ...], settings: dict[str, Any]) -> list[Any] | None:
    """What the call gives, as nested lists; None where it is refused."""
    owner = library if hasattr(library, name) else library.Tensor
    try:
        found = getattr(owner, name)(*arguments, **settings)
    except Exception:
        return None
    return [x.tolist() for x in (found if isinstance(found, tuple | list) else [found])]


def takers(library: Any, settings: dict[str, Any]) -> dict[tuple[str, int], list[Any]]:
    found = {}
    for name in ops.__all__:
        if hasattr(library, name) or hasattr(library.Tensor, name):
            for k in range(len(calls(library))):
                values = result(library, name, calls(library)[k], settings)
                if values is not None:
                    found[name, k] = values
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "settings", [{"axis": 0}, {"axis": 1, "keepdims": True}, {"dim": 1, "keepdims": False}], ids=str
)
def test_as_torch(settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    theirs = takers(torch, settings)
    assert len(theirs) > 20
    for (name, k), values in theirs.items():
        ours = result(pydl, name, calls(pydl)[k], settings)
        assert ours is not None, f"{name} refuses {settings}"
        for a, b in zip(ours, values, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, err_msg=name)


def test_means_the_dimension() -> None:
    x = pydl.from_numpy(DATA)
    for name, arguments in {
        "sum": (),
        "max": (),
        "std": (),
        "softmax": (),
        "cumsum": (),
        "sort": (),
        "topk": (2,),
    }.items():
        call = getattr(x, name)
        for a, b in zip(call(*arguments, axis=0), call(*arguments, dim=0), strict=True):
            assert a.tolist() == b.tolist()
    assert pydl.cat([x, x], axis=1).shape == (3, 6)
    assert x.mean(axis=0, keepdims=True).shape == (1, 3)
    with pytest.raises(TypeError, match="both 'dim' and 'axis'"):
        x.sum(dim=0, axis=0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'axes'"):
        x.sum(axes=0)

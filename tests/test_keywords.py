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


# What is given one by one also has a name; so do arguments that are mostly given by place.
BY_NAME: dict[str, Any] = {
    "zeros": lambda L, x: (L.zeros(size=(2, 3)), L.zeros(2, 3)),
    "ones": lambda L, x: (L.ones(size=(2,), layout=L.strided, pin_memory=False), L.ones(2)),
    "empty": lambda L, x: (L.empty(size=(2, 3)) * 0, L.zeros(2, 3)),
    "rand": lambda L, x: (L.rand(size=(2, 3)) * 0, L.zeros(2, 3)),
    "randn": lambda L, x: (L.randn(size=(2, 3)) * 0, L.zeros(2, 3)),
    "randint": lambda L, x: (L.randint(high=1, size=(2,)), L.zeros(2, dtype=L.int64)),
    "arange": lambda L, x: (L.arange(end=3), L.arange(3)),
    "new_zeros": lambda L, x: (x.new_zeros(size=(2, 3)), L.zeros(2, 3)),
    "new_ones": lambda L, x: (x.new_ones(size=(2, 3)), L.ones(2, 3)),
    "new_empty": lambda L, x: (x.new_empty(size=(2, 3)) * 0, L.zeros(2, 3)),
    "permute": lambda L, x: (x.permute(dims=(1, 0)), x.permute(1, 0)),
    "torch.permute": lambda L, x: (L.permute(x, dims=(1, 0)), x.permute(1, 0)),
    "reshape": lambda L, x: (x.reshape(shape=(9,)), x.reshape(9)),
    "view": lambda L, x: (x.view(size=(9,)), x.view(9)),
    "expand": lambda L, x: (x[:1].expand(size=(4, 3)), x[:1].expand(4, 3)),
    "repeat": lambda L, x: (x.repeat(repeats=(2, 1)), x.repeat(2, 1)),
    "tile": lambda L, x: (x.tile(dims=(2, 1)), x.tile(2, 1)),
    "flip": lambda L, x: (x.flip(dims=(0,)), x.flip(0)),
    "split": lambda L, x: (x.split(split_size=2, dim=1)[0], x.split(2, 1)[0]),
    "repeat_interleave": lambda L, x: (x.repeat_interleave(2, dim=0, output_size=6), x.repeat_interleave(2, 0)),
}


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("library", ["pydl", "torch"])
def test_by_name(name: str, library: str) -> None:
    module = pytest.importorskip(library)
    a, b = BY_NAME[name](module, module.from_numpy(DATA.copy()))
    assert a.shape == b.shape and a.tolist() == b.tolist() and a.dtype == b.dtype


def test_both_ways_at_once() -> None:
    x = pydl.ones(2, 3)
    for call in (
        lambda: pydl.zeros(2, size=(3,)),
        lambda: x.permute(1, dims=(0,)),
        lambda: x.view(3, size=(2,)),
        lambda: x.flip(0, dims=(1,)),
        lambda: pydl.arange(),
        lambda: x.split(),
    ):
        with pytest.raises(pydl.DTypeError, match="expected"):
            call()
    with pytest.raises(pydl.ValueError, match="expected an output_size of 4, got 5"):
        x.repeat_interleave(2, 0, output_size=5)


def test_an_element_in_a_tensor() -> None:
    x = pydl.tensor([1, 2])
    assert 2 in x and 3 not in x and x in pydl.tensor([[1, 2], [3, 4]])
    with pytest.raises(pydl.DTypeError, match="in: expected a tensor or a number, got str"):
        "a" in x  # noqa: B015

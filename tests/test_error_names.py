"""An error names the op that was called, not one that it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pydl

# Called with a dimension that is not there, or is none.
BY_DIM: dict[str, Callable[..., Any]] = {
    name: getattr(pydl, name)
    for name in [
        "sum",
        "mean",
        "prod",
        "max",
        "min",
        "amax",
        "amin",
        "argmax",
        "argmin",
        "all",
        "any",
        "var",
        "std",
        "var_mean",
        "std_mean",
        "logsumexp",
        "nansum",
        "nanmean",
        "count_nonzero",
        "cumsum",
        "cumprod",
        "cumsum_",
        "cumprod_",
        "cummax",
        "cummin",
        "logcumsumexp",
        "median",
        "nanmedian",
        "mode",
        "sort",
        "argsort",
        "softmax",
        "log_softmax",
        "squeeze",
        "unsqueeze",
        "flip",
        "unbind",
    ]
}
BY_DIM["norm"] = lambda x, d: pydl.norm(x, 2, d)
BY_DIM["select"] = lambda x, d: pydl.select(x, d, 0)
BY_DIM["narrow"] = lambda x, d: pydl.narrow(x, d, 0, 1)
BY_DIM["roll"] = lambda x, d: pydl.roll(x, 1, d)
BY_DIM["split"] = lambda x, d: pydl.split(x, 1, d)
BY_DIM["chunk"] = lambda x, d: pydl.chunk(x, 1, d)
BY_DIM["diff"] = lambda x, d: pydl.diff(x, 1, d)
BY_DIM["aminmax"] = lambda x, d: pydl.aminmax(x, dim=d)
BY_DIM["unique"] = lambda x, d: pydl.unique(x, dim=d)
BY_DIM["unique_consecutive"] = lambda x, d: pydl.unique_consecutive(x, dim=d)
BY_DIM["topk"] = lambda x, d: pydl.topk(x, 1, d)
BY_DIM["kthvalue"] = lambda x, d: pydl.kthvalue(x, 1, d)
BY_DIM["quantile"] = lambda x, d: pydl.quantile(x, 0.5, d)
BY_DIM["gather"] = lambda x, d: pydl.gather(x, d, pydl.tensor([[0]]))
BY_DIM["index_select"] = lambda x, d: pydl.index_select(x, d, pydl.tensor([0]))
BY_DIM["index_fill_"] = lambda x, d: pydl.ops.index_fill_(x, d, pydl.tensor([0]), 1.0)

OF_NOTHING = ["max", "min", "amax", "amin", "argmax", "argmin", "median", "mode"]

FAR = pydl.tensor([9])
BY_INDEX: dict[str, Callable[[pydl.Tensor], Any]] = {
    "gather": lambda x: x.gather(0, FAR),
    "scatter": lambda x: x.scatter(0, FAR, 1.0),
    "scatter_add": lambda x: x.scatter_add(0, FAR, x[:1]),
    "scatter_reduce_": lambda x: x.scatter_reduce_(0, FAR, x[:1], "mean"),
    "index_select": lambda x: x.index_select(0, FAR),
    "index_add_": lambda x: x.index_add_(0, FAR, x[:1]),
    "index_copy_": lambda x: x.index_copy_(0, FAR, x[:1]),
    "index_fill_": lambda x: x.index_fill_(0, FAR, 1),
    "index_reduce_": lambda x: x.index_reduce_(0, FAR, x[:1], "mean"),
    "take": lambda x: x.take(FAR),
    "put_": lambda x: x.put_(FAR, x[:1]),
    "take_along_dim": lambda x: pydl.take_along_dim(x, FAR),
    "select": lambda x: x.select(0, 9),
    "narrow": lambda x: x.narrow(0, 9, 1),
}

OF_SIZE = {
    "zeros": pydl.zeros,
    "ones": pydl.ones,
    "empty": pydl.empty,
    "eye": pydl.eye,
    "rand": pydl.rand,
    "randn": pydl.randn,
    "full": lambda n: pydl.full((n,), 1.0),
    "randint": lambda n: pydl.randint(3, (n,)),
    "normal": lambda n: pydl.normal(0.0, 1.0, (n,)),
}


@pytest.mark.parametrize("dim", [5, -6, "a", 1.5], ids=repr)
@pytest.mark.parametrize("name", BY_DIM)
def test_dimensions(name: str, dim: Any) -> None:
    kind = pydl.IndexError if isinstance(dim, int) else pydl.DTypeError
    with pytest.raises(kind, match=f"^{name}: "):
        BY_DIM[name](pydl.ones(2, 3), dim)


@pytest.mark.parametrize("name", OF_NOTHING)
def test_nothing_to_choose_from(name: str) -> None:
    with pytest.raises(pydl.Error, match=rf"^{name}: .*\(2, 0\)"):
        getattr(pydl, name)(pydl.ones(2, 0), dim=1)


@pytest.mark.parametrize("name", BY_INDEX)
def test_indices(name: str) -> None:
    with pytest.raises(pydl.IndexError, match=f"^{name}: .*9"):
        BY_INDEX[name](pydl.ones(3))


@pytest.mark.parametrize("name", OF_SIZE)
def test_sizes(name: str) -> None:
    with pytest.raises(pydl.ShapeError, match=rf"^{name}: expected extents of 0 or more, got \(-1,"):
        OF_SIZE[name](-1)

"""What a notebook shows for a value at the end of a cell: the text that print shows, also inside lists and dicts."""

from __future__ import annotations

from typing import Any

import pytest

import pydl
from pydl import nn

formatters = pytest.importorskip("IPython.core.formatters")


def shown(value: Any) -> str:
    """What IPython's formatters make of a value; an error in one of them is an error here."""
    formatter = formatters.DisplayFormatter()
    # What a formatter cannot do it reports as a warning: then the value would not be shown as it could be.
    data, metadata = formatter.format(value)
    assert not metadata and list(data) == ["text/plain"], list(data)
    return str(data["text/plain"])


def model() -> nn.Module:
    pydl.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU())


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(lambda: pydl.arange(6.0).reshape(2, 3), id="tensor"),
        pytest.param(lambda: pydl.ones(2, requires_grad=True) * 2, id="tensor of a graph"),
        pytest.param(lambda: pydl.ones(2000, 2000), id="large tensor"),
        pytest.param(lambda: pydl.ones(0, 3), id="empty tensor"),
        pytest.param(lambda: model()[0].weight, id="parameter"),
        pytest.param(model, id="model"),
        pytest.param(lambda: nn.ModuleDict({"a": model()}), id="modules"),
        pytest.param(lambda: pydl.summary(model(), pydl.ones(1, 2)), id="summary"),
        pytest.param(lambda: pydl.optim.Adam(model().parameters()), id="optimizer"),
        pytest.param(lambda: pydl.ones(2, 3).shape, id="size"),
        pytest.param(lambda: pydl.ones(2, 3).max(dim=1), id="values and indices"),
        pytest.param(lambda: pydl.float16, id="dtype"),
    ],
)
def test_a_value_is_shown_as_printed(value: Any) -> None:
    thing = value()
    assert shown(thing) == repr(thing) == str(thing)
    assert len(repr(thing).splitlines()) < 20 and max(map(len, repr(thing).splitlines())) <= 100


def test_in_containers_lines_stay_below_each_other() -> None:
    w = pydl.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert shown([w, w]) == "[tensor([[1., 2.],\n         [3., 4.]]),\n tensor([[1., 2.],\n         [3., 4.]])]"
    lines = shown(model().state_dict()).splitlines()
    column = lines[1].index("tensor")
    assert lines[0].endswith("('0.weight',") and lines[2][column:].startswith("        [")

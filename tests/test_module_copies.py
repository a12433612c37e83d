"""Modules: copies, pickles and what needs no comparison."""

import copy
import gc
import pickle
import weakref
from collections import OrderedDict

import numpy as np
import pytest

import pydl
from pydl import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.scale = nn.Parameter(pydl.ones(2))
        self.register_buffer("seen", pydl.zeros(1))

    def forward(self, x):
        return self.fc(x) * self.scale


def test_compile_says_once_that_it_does_nothing(monkeypatch):
    monkeypatch.setattr(nn.modules.module, "_said", False)
    m = nn.Linear(2, 2)
    with pytest.warns(UserWarning, match="no compiler"):
        m.compile(mode="max-autotune")
    m.compile()
    assert m(pydl.ones(1, 2)).shape == (1, 2)


def test_to_empty_and_share_memory():
    m = Block().double()
    pointer, parameter = m.scale.data_ptr(), m.scale
    assert m.to_empty(device="cpu") is m and m.scale is parameter and m.scale.data_ptr() != pointer
    assert m.scale.dtype is pydl.float64 and m.scale.shape == (2,) and m.scale.requires_grad
    assert m.share_memory() is m
    with pytest.raises(ValueError, match="cuda"):
        m.to_empty(device="cuda")


def test_the_registries_may_be_assigned():
    m = nn.Sequential(nn.Identity(), nn.ReLU())
    m._modules = OrderedDict(a=nn.Tanh())
    assert isinstance(m.a, nn.Tanh) and not hasattr(m, "0") and [n for n, _ in m.named_children()] == ["a"]


def hook(module, args):
    return (args[0] + 1,)


def state_hook(module, state, prefix, metadata):
    state[prefix + "more"] = 1


def scale_hook(module, grad_input, grad_output):
    return (grad_input[0] * 2,)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_with_hooks_and_buffers(duplicate):
    net = nn.Sequential(
        nn.Linear(2, 2), nn.BatchNorm1d(2), nn.ParameterList([pydl.ones(1)]), nn.ParameterDict({"a": pydl.ones(2)})
    )
    net[0].register_buffer("scratch", pydl.ones(1), persistent=False)
    net[0].tied = net[0].weight
    net[0].register_parameter("none", None)
    net[0].register_forward_pre_hook(hook)
    net[0].register_full_backward_hook(scale_hook)
    net.register_state_dict_post_hook(state_hook)
    net[0].weight.grad = pydl.ones(2, 2)
    other = duplicate(net)
    assert list(other.state_dict()) == list(net.state_dict()) and "more" in other.state_dict()
    assert other[0]._non_persistent_buffers_set == {"scratch"} and other[0].scratch.item() == 1
    assert other[0].tied is other[0].weight is not net[0].weight
    assert len(other[2]) == 1 and list(other[3]) == ["a"] and other[3]["a"] is not net[3]["a"]
    x = pydl.ones(1, 2, requires_grad=True)
    assert np.array_equal(other[0](x).detach().numpy(), net[0](x).detach().numpy())
    other[0](x).sum().backward()
    assert np.allclose(x.grad.numpy(), 2 * net[0].weight.detach().numpy().sum(0))
    handle = net[0].register_forward_pre_hook(lambda m, args: (args[0] * 0,))
    assert not np.array_equal(other[0](x).detach().numpy(), net[0](x).detach().numpy())
    handle.remove()
    net[0].weight.detach().mul_(0)
    assert other[0].weight.detach().numpy().any()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_tensors(duplicate):
    base = pydl.arange(12).float().reshape(3, 4)
    for x in (
        base,
        base.t(),
        base[1:, ::2],
        base[0, 0],
        pydl.ones(1).expand(3),
        pydl.ones(0, 3),
        pydl.ones(2).bfloat16(),
    ):
        y = duplicate(x)
        assert type(y) is pydl.Tensor and y.dtype is x.dtype and y.shape == x.shape and y.tolist() == x.tolist()
        assert not y.shape or 0 in y.shape or y.data_ptr() != x.data_ptr()
    for x in (nn.Parameter(pydl.ones(2)), nn.Parameter(pydl.ones(2), False), nn.Buffer(pydl.ones(2), persistent=False)):
        y = duplicate(x)
        assert type(y) is type(x) and y.requires_grad == x.requires_grad and y.is_leaf
    assert not duplicate(nn.Buffer(pydl.ones(2), persistent=False)).persistent
    assert duplicate(pydl.ones(2, requires_grad=True)).requires_grad
    x = pydl.ones(2)
    first, second = duplicate([x, x])
    assert first is second
    assert duplicate(pydl.float16) is pydl.float16 and duplicate(pydl.device("cpu")) == pydl.device("cpu")
    assert duplicate(pydl.ones(2, 3).shape) == (2, 3) and type(duplicate(pydl.ones(2).shape)) is pydl.Size


def test_views_that_are_copied_together_share_their_copy():
    base = pydl.arange(12).float().reshape(3, 4)
    first, view, back, wide = copy.deepcopy([base, base[1:, ::2], base.flip(0), pydl.ones(1).expand(3)])
    assert view.stride() == (4, 2) and wide.stride() == (0,) and wide.tolist() == [1, 1, 1]
    first[1, 2] = 50
    assert view.tolist() == [[4, 50], [8, 10]] and base[1, 2].item() == 6 and back[1, 2].item() == 6
    m = nn.Module()
    m.register_buffer("all", pydl.zeros(4))
    m.register_buffer("part", m.all[2:])
    n = copy.deepcopy(m)
    n.all.fill_(3)
    assert n.part.tolist() == [3, 3] and m.part.tolist() == [0, 0]
    x = pydl.zeros(0, 3)
    assert copy.deepcopy(x).shape == (0, 3) and copy.deepcopy(pydl.tensor(2.0)[...]).item() == 2


def test_a_module_with_hooks_is_freed_without_the_collector():
    gc.disable()
    try:
        net = Block()
        net.register_load_state_dict_pre_hook(lambda *args: None)
        net.register_forward_hook(lambda *args: None)
        net(pydl.ones(3, 2))
        net.load_state_dict(net.state_dict())
        there = weakref.ref(net)
        del net
        assert there() is None
    finally:
        gc.enable()

"""Modules: members, state, hooks, errors, how they look."""

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
    def __init__(self, width=3):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.scale = nn.Parameter(pydl.ones(width))
        self.register_buffer("seen", pydl.zeros(1))
        self.register_buffer("scratch", pydl.zeros(2), persistent=False)
        self.register_parameter("none", None)

    def forward(self, x):
        return self.fc1(x) * self.scale


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Identity(), Block(), nn.Linear(3, 2, bias=False))

    def forward(self, x):
        return self.net(x)


def test_members_are_registered_in_order():
    net = Net()
    assert [n for n, _ in net.named_parameters()] == [
        "net.1.scale", "net.1.fc1.weight", "net.1.fc1.bias", "net.2.weight"
    ]  # fmt: skip
    assert next(n for n, _ in net.named_parameters("pre")) == "pre.net.1.scale"
    assert [n for n, _ in net.net[1].named_parameters(recurse=False)] == ["scale"]
    assert [n for n, _ in net.named_buffers()] == ["net.1.seen", "net.1.scratch"]
    assert [n for n, _ in net.named_children()] == ["net"]
    assert [n for n, _ in net.named_modules()] == ["", "net", "net.0", "net.1", "net.1.fc1", "net.2"]
    assert list(net.state_dict()) == [
        "net.1.scale", "net.1.seen", "net.1.fc1.weight", "net.1.fc1.bias", "net.2.weight"
    ]  # fmt: skip
    assert len(list(net.modules())) == 6
    assert net.get_submodule("net.1.fc1") is net.net[1].fc1
    assert net.get_parameter("net.2.weight") is net.net[2].weight
    assert net.get_buffer("net.1.seen") is net.net[1].seen
    with pytest.raises(AttributeError, match="has no attribute `nothing`"):
        net.get_submodule("net.nothing")
    with pytest.raises(AttributeError, match=r"is not an nn\.Parameter"):
        net.get_parameter("net.1.seen")


def test_shared_members_count_once():
    linear = nn.Linear(2, 2)
    both = nn.Sequential(linear, linear)
    assert len(list(both.parameters())) == 2
    assert len(list(both.named_parameters(remove_duplicate=False))) == 4
    assert len(list(both.children())) == 1
    assert list(both.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_assignment_moves_between_kinds():
    m = nn.Module()
    m.x = 3
    m.x = nn.Parameter(pydl.ones(1))
    assert list(m._parameters) == ["x"] and m.x is m._parameters["x"]
    with pytest.raises(TypeError, match=r"cannot assign 'pydl.tensor.Tensor' as parameter 'x'"):
        m.x = pydl.ones(1)
    m.x = None
    assert m._parameters == {"x": None} and m.x is None
    del m.x
    m.x = 4
    m.x = nn.Linear(1, 1)
    assert list(m._modules) == ["x"] and not m._parameters
    with pytest.raises(TypeError, match="as child module 'x'"):
        m.x = 5
    del m.x
    assert not hasattr(m, "x") and not m._modules
    m.b = nn.Buffer(pydl.zeros(1), persistent=False)
    m.b = pydl.ones(1)
    assert m.state_dict() == {} and m.b.item() == 1
    with pytest.raises(TypeError, match="as buffer 'b'"):
        m.b = "text"


def test_names_and_kinds_are_checked():
    m = nn.Module()
    for name, error in [("a.b", "contain"), ("", "empty string"), ("training", "already exists")]:
        with pytest.raises(KeyError, match=error):
            m.register_parameter(name, None)
        with pytest.raises(KeyError, match=error):
            m.register_buffer(name, None)
        with pytest.raises(KeyError, match=error):
            m.add_module(name, None)
    with pytest.raises(TypeError, match="buffer name should be a string"):
        m.register_buffer(3, None)
    with pytest.raises(TypeError, match=r"required"):
        m.register_parameter("p", pydl.ones(1))
    with pytest.raises(ValueError, match="non-leaf"):
        m.register_parameter("p", non_leaf())
    with pytest.raises(TypeError, match="is not a Module subclass"):
        m.add_module("m", 3)


def non_leaf():
    p = nn.Parameter(pydl.ones(1))
    q = p * 2
    made = nn.Parameter(pydl.ones(1))
    made.node = q.node
    return made


def test_assignment_before_init_is_an_error():
    class Early(nn.Module):
        def __init__(self):
            self.p = nn.Parameter(pydl.ones(1))

    with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
        Early()


def test_writes_to_the_registries_count():
    net = Net()
    net._modules["net"] = nn.Identity()
    assert isinstance(net.net, nn.Identity)
    net._modules.pop("net")
    assert not hasattr(net, "net")


def test_state_dict_shares_memory_and_loads_by_copy():
    a, b = Net(), Net()
    state = a.state_dict()
    assert isinstance(state, OrderedDict)
    before = list(b.parameters())
    assert repr(b.load_state_dict(state)) == "<All keys matched successfully>"
    assert all(p is q for p, q in zip(before, b.parameters(), strict=True))
    for x, y in zip(a.parameters(), b.parameters(), strict=True):
        assert np.array_equal(x.detach().numpy(), y.detach().numpy()) and x.data_ptr() != y.data_ptr()
    state["net.2.weight"].mul_(0)
    assert not a.net[2].weight.detach().numpy().any()


def test_load_state_dict_lists_everything_that_is_wrong():
    net = nn.Sequential(OrderedDict(fc=nn.Linear(2, 3)))
    with pytest.raises(RuntimeError) as caught:
        net.load_state_dict({"fc.weight": pydl.ones(3, 3), "fc.other": pydl.ones(1), "x": pydl.ones(1)})
    assert str(caught.value) == (
        "Error(s) in loading state_dict for Sequential:\n"
        '\tMissing key(s) in state_dict: "fc.bias". \n'
        '\tUnexpected key(s) in state_dict: "x", "fc.other". \n'
        "\tsize mismatch for fc.weight: copying a param with shape pydl.Size([3, 3]) from checkpoint, "
        "the shape in current model is pydl.Size([3, 2])."
    )
    found = net.load_state_dict({"fc.bias": pydl.ones(3), "x": pydl.ones(1)}, strict=False)
    assert found.missing_keys == ["fc.weight"] and found.unexpected_keys == ["x"]
    assert net.fc.bias.detach().tolist() == [1, 1, 1]
    with pytest.raises(TypeError):
        net.load_state_dict(3)


def test_load_state_dict_assign_takes_the_tensors():
    net, weight = nn.Linear(2, 2, bias=False), pydl.ones(2, 2).double()
    net.load_state_dict({"weight": weight}, assign=True)
    assert net.weight.dtype is pydl.float64 and net.weight.data_ptr() == weight.data_ptr()
    assert isinstance(net.weight, nn.Parameter)


def test_extra_state():
    class WithExtra(nn.Module):
        count = 0

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    a, b = WithExtra(), WithExtra()
    a.count = 5
    b.load_state_dict(a.state_dict())
    assert list(a.state_dict()) == ["_extra_state"] and b.count == 5
    with pytest.raises(RuntimeError, match="_extra_state"):
        b.load_state_dict({})


def test_modes_conversion_and_gradients():
    net = Net()
    assert net.training and net.eval() is net and not net.net[1].fc1.training
    assert net.train().net[1].training
    with pytest.raises(ValueError):
        net.train("yes")
    weight = net.net[2].weight
    assert net.double() is net and net.net[2].weight is weight and weight.dtype is pydl.float64
    assert net.net[1].seen.dtype is pydl.float64
    net.to(pydl.float32).half().bfloat16().float().cpu()
    assert weight.dtype is pydl.float32 and weight.requires_grad and weight.is_leaf
    with pytest.raises(TypeError, match="floating point"):
        net.to(pydl.int64)
    with pytest.raises(TypeError, match="floating point"):
        net.to(int)
    with pytest.raises(TypeError, match="to: expected a dtype"):
        net.to([1])
    assert net.to(float) is net and weight.dtype is pydl.float64
    net.to("cpu", pydl.float32, True)
    assert weight.dtype is pydl.float32
    net(pydl.ones(4, 3)).sum().backward()
    assert weight.grad is not None
    net.double()
    assert weight.grad.dtype is pydl.float64
    net.zero_grad(set_to_none=False)
    assert not weight.grad.numpy().any()
    net.zero_grad()
    assert weight.grad is None
    net.requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    kinds = []
    net.apply(lambda m: kinds.append(type(m).__name__))
    assert kinds == ["Identity", "Linear", "Block", "Linear", "Sequential", "Net"]


def test_copies_and_pickles():
    net = Net()
    net.eval()
    x = pydl.ones(2, 3)
    want = net(x).detach().numpy()
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert np.array_equal(other(x).detach().numpy(), want)
        assert not other.training
        assert [n for n, _ in other.named_parameters()] == [n for n, _ in net.named_parameters()]
        assert all(p.requires_grad and isinstance(p, nn.Parameter) for p in other.parameters())
        other.net[1].scale.detach().mul_(0)
        other.net[1].fc1 = nn.Identity()
        assert not other(x).detach().numpy().any()
    assert np.array_equal(net(x).detach().numpy(), want)
    tied = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    tied[1].weight = tied[0].weight
    assert (c := copy.deepcopy(tied))[0].weight is c[1].weight


def test_a_module_is_freed_without_the_collector():
    gc.disable()
    try:
        net = Net()
        there = weakref.ref(net)
        del net
        assert there() is None
    finally:
        gc.enable()


def test_errors_name_the_path():
    net = Net()
    with pytest.raises(pydl.ShapeError) as caught:
        net(pydl.ones(4, 5))
    assert str(caught.value).endswith("(in net.1.fc1: Linear)")
    assert str(caught.value).count("(in ") == 1
    with pytest.raises(ValueError, match=r"\(in Linear\)$"):
        nn.Linear(2, 2)(pydl.ones(4, 5))

    class Loose(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = [nn.Linear(2, 2)]

        def forward(self, x):
            return self.hidden[0](x)

    with pytest.raises(RuntimeError, match=r"\(in Linear\)$"):
        Loose()(pydl.ones(4, 5))

    class Own(nn.Module):
        def forward(self, x):
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match=r"^mine$"):
        nn.Sequential(Own())(1)


def test_forward_hooks():
    layer, calls = nn.Identity(), []
    layer.register_forward_pre_hook(lambda m, args: calls.append("pre") or (args[0] + 1,))
    layer.register_forward_pre_hook(lambda m, args: calls.append("first") or None, prepend=True)
    last = layer.register_forward_hook(lambda m, args, out: calls.append("post") or out * 2)
    assert layer(pydl.ones(1)).item() == 4 and calls == ["first", "pre", "post"]
    last.remove()
    last.remove()
    assert layer(pydl.ones(1)).item() == 2

    class Keyword(nn.Module):
        def forward(self, x, *, scale):
            return x * scale

    layer = Keyword()
    layer.register_forward_pre_hook(lambda m, a, k: (a, {"scale": k["scale"] + 1}), with_kwargs=True)
    layer.register_forward_hook(lambda m, a, k, out: out + k["scale"], with_kwargs=True)
    assert layer(pydl.ones(1), scale=2).item() == 6
    seen = []
    layer.register_forward_hook(lambda m, a, out: seen.append(out), always_call=True)
    with pytest.raises(TypeError):
        layer("x", "y", scale=1)
    assert seen == [None]


def test_dir_has_no_numbers():
    assert "weight" in dir(nn.Linear(1, 1)) and "0" not in dir(nn.Sequential(nn.ReLU()))


def test_hooks_by_pytorchs_names():
    layer = nn.Identity()
    assert not layer._forward_hooks and not layer._forward_pre_hooks and not layer._backward_hooks
    layer.register_forward_hook(lambda m, args, out: out + 1)
    layer.register_forward_pre_hook(lambda m, args: None)
    layer.register_full_backward_hook(lambda m, gi, go: None)
    layer.register_full_backward_pre_hook(lambda m, go: None)
    names = (layer._forward_hooks, layer._forward_pre_hooks, layer._backward_hooks, layer._backward_pre_hooks)
    assert [len(hooks) for hooks in names] == [1, 1, 1, 1] and layer(pydl.ones(1)).item() == 2
    layer._forward_hooks.clear()
    assert layer(pydl.ones(1)).item() == 1


def test_backward_hooks():
    layer, seen = nn.Linear(2, 3), []

    def note(module, grad_input, grad_output):
        seen.append((None if grad_input[0] is None else grad_input[0].shape, grad_output[0].tolist()))

    layer.register_full_backward_hook(note)
    x = pydl.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    assert seen == [((1, 2), [[1.0, 1.0, 1.0]])]
    handle = layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
    pre = layer.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
    x.grad = None
    layer(x).sum().backward()
    assert np.allclose(x.grad.numpy(), 20 * layer.weight.detach().numpy().sum(0), rtol=1e-6)
    handle.remove()
    pre.remove()
    seen.clear()
    layer(pydl.ones(1, 2)).sum().backward()  # no input wants a gradient
    assert seen == [(None, [[1.0, 1.0, 1.0]])]


def test_repr():
    assert repr(Net()) == (
        "Net(\n  (net): Sequential(\n    (0): Identity()\n    (1): Block(\n"
        "      (fc1): Linear(in_features=3, out_features=3, bias=True)\n    )\n"
        "    (2): Linear(in_features=3, out_features=2, bias=False)\n  )\n)"
    )
    assert repr(nn.Module()) == "Module()"
    assert repr(nn.ModuleList([nn.ReLU()] * 3 + [nn.Tanh()])) == "ModuleList(\n  (0-2): 3 x ReLU()\n  (3): Tanh()\n)"
    assert repr(nn.Parameter(pydl.ones(1))) == "Parameter containing:\ntensor([1.], requires_grad=True)"


def test_containers():
    layers = nn.Sequential(nn.Identity(), nn.ReLU(), nn.Tanh())
    assert len(layers) == 3 and isinstance(layers[-1], nn.Tanh) and isinstance(layers[:2], nn.Sequential)
    assert list(layers[1:]._modules) == ["1", "2"]
    layers.append(nn.Sigmoid()).insert(1, nn.GELU())
    assert [type(m).__name__ for m in layers] == ["Identity", "GELU", "ReLU", "Tanh", "Sigmoid"]
    assert isinstance(layers.pop(1), nn.GELU) and list(layers._modules) == ["0", "1", "2", "3"]
    del layers[0]
    layers[0] = nn.Identity()
    assert isinstance(layers[0], nn.Identity) and len(layers + layers) == 6
    with pytest.raises(IndexError, match="out of range"):
        layers[9]
    many = nn.ModuleList([nn.Linear(1, 1)])
    many += [nn.Linear(1, 1)]
    assert len(list(many.parameters())) == 4 and len(many[:1]) == 1
    with pytest.raises(NotImplementedError):
        many(1)
    named = nn.ModuleDict({"a": nn.Linear(1, 1)})
    named["b"] = nn.Identity()
    named.update({"c": nn.ReLU()})
    assert list(named) == ["a", "b", "c"] and "b" in named and len(named) == 3
    assert isinstance(named.pop("b"), nn.Identity) and list(named.keys()) == ["a", "c"]
    values = nn.ParameterList([pydl.ones(2), nn.Parameter(pydl.ones(3))])
    values.append(pydl.ones(1))
    assert list(values.state_dict()) == ["0", "1", "2"] and all(isinstance(p, nn.Parameter) for p in values)
    table = nn.ParameterDict({"x": pydl.ones(2)})
    assert list(table.state_dict()) == ["x"] and isinstance(table["x"], nn.Parameter)


def test_parameter_needs_a_float_tensor():
    with pytest.raises(TypeError, match="floating"):
        nn.Parameter(pydl.arange(3))
    assert not nn.Parameter(pydl.arange(3), requires_grad=False).requires_grad
    with pytest.raises(TypeError, match="expected a tensor"):
        nn.Parameter([1.0])

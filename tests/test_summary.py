"""What `pydl.summary` counts, and that it changes nothing."""

import numpy as np
import pytest

import pydl
from pydl import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, groups=1)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 4 * 4, 5, bias=False))
        self.unused = nn.Linear(1, 1)

    def forward(self, x):
        return self.head(nn.functional.relu(self.norm(self.conv(x))))


def test_figures():
    found = pydl.summary(Net(), (2, 3, 4, 4))
    lines = {layer.name: layer for layer in found.layers}
    assert [layer.depth for layer in found.layers] == [0, 1, 1, 1, 2, 2, 1]
    conv = lines["conv"]
    assert (conv.kind, conv.parameters, conv.output) == ("Conv2d", 8 * 27 + 8, [(2, 8, 4, 4)])
    assert conv.multiply_adds == 2 * 8 * 16 * 27 and conv.bytes == 2 * 8 * 16 * 4
    assert lines["norm"].multiply_adds == 2 * 8 * 16 and lines["norm"].parameters == 16
    assert lines["1"].multiply_adds == 2 * 5 * 128
    assert lines["unused"].calls == 0 and lines["unused"].parameters == 2
    assert found.total_parameters == found.trainable_parameters == 224 + 16 + 640 + 2
    assert found.multiply_adds == sum(layer.multiply_adds for layer in found.layers)
    assert found.input_bytes == 2 * 3 * 16 * 4
    assert found.parameter_bytes == 882 * 4 + 16 * 4 + 8
    text = str(found)
    assert text == repr(found) and "(not called)" in text and "Parameters: 882" in text
    assert "BatchNorm2d" in text.splitlines()[4]


def test_transposed_embedding_and_frozen():
    up = nn.ConvTranspose2d(2, 3, 2, stride=2)
    assert pydl.summary(up, (1, 2, 4, 4)).multiply_adds == 1 * 2 * 16 * 3 * 4
    table = nn.Embedding(10, 4)
    table.weight.requires_grad_(False)
    found = pydl.summary(table, pydl.zeros(2, 3, dtype=pydl.int64))
    assert found.multiply_adds == 0 and found.trainable_parameters == 0
    assert "(0 trainable, 40 frozen)" in str(found) and found.layers[0].output == [(2, 3, 4)]


def test_several_inputs_and_results():
    class Two(nn.Module):
        def forward(self, x, y):
            return {"sum": x + y}, [x]

    found = pydl.summary(Two(), (pydl.ones(2, 3), pydl.ones(3)))
    assert found.layers[0].output == [(2, 3), (2, 3)] and "[(2, 3), (2, 3)]" in str(found)


def test_a_layer_called_twice_counts_twice():
    shared = nn.Linear(4, 4, bias=False)
    found = pydl.summary(nn.Sequential(shared, nn.ReLU(), shared), (1, 4))
    assert found.total_parameters == 16 and found.multiply_adds == 32


def test_nothing_is_changed():
    net = nn.Sequential(Net(), nn.Dropout(0.5))
    net[0].norm.eval()
    net[0].conv.weight.grad = pydl.ones(8, 3, 3, 3)
    before = {k: np.array(v.numpy()) for k, v in net.state_dict().items()}
    pydl.manual_seed(0)
    want = pydl.rand(4).tolist()
    pydl.manual_seed(0)
    pydl.summary(net, (2, 3, 4, 4))
    assert pydl.rand(4).tolist() == want
    assert net.training and net[1].training and not net[0].norm.training
    assert net[0].conv.weight.grad.numpy().all() and net[0].conv.bias.grad is None
    for key, value in net.state_dict().items():
        assert np.array_equal(value.numpy(), before[key])
    assert pydl.is_grad_enabled()
    assert not any(m._hooks is not None and m._hooks.forward for m in net.modules())


def test_errors_leave_the_model_as_it_was():
    net = Net()
    with pytest.raises(pydl.ShapeError, match="conv: Conv2d"):
        pydl.summary(net, (2, 5, 4, 4))
    assert net.training and pydl.is_grad_enabled()
    with pytest.raises(TypeError, match="expected a tensor, a tuple of tensors or a shape"):
        pydl.summary(net, "input")

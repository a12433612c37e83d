"""Bad input: each call raises an error that says the op, what it expected and what came; nothing crashes or passes."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pydl
from pydl import nn, optim
from pydl.nn import functional as F

INT, BOOL, DOUBLE = pydl.int64, pydl.bool, pydl.float64


def ones(*shape: int, **settings: Any) -> pydl.Tensor:
    return pydl.ones(*shape, **settings)


def ints(*values: Any) -> pydl.Tensor:
    return pydl.tensor(list(values), dtype=INT)


def twice() -> None:
    x = ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()


def overwritten() -> None:
    x = ones(2, requires_grad=True)
    y = x * 1
    z = (y * y).sum()
    y.add_(1)
    z.backward()


def overwritten_result() -> None:
    y = ones(2, requires_grad=True).exp()
    y.mul_(2)
    y.sum().backward()


def overwritten_through_a_view() -> None:
    x = ones(3, requires_grad=True)
    y = x * 2
    z = y.square().sum()
    y[0] = 5
    z.backward()


def nested() -> nn.Module:
    inner = nn.Sequential(nn.Linear(512, 256), nn.Linear(128, 10))
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), inner)


# What is done wrong: the exception, the pieces of its message, in order.
BAD: dict[str, tuple[Callable[[], Any], str, str]] = {
    # shapes
    "sum of shapes": (lambda: ones(2, 3) + ones(4), "ShapeError", r"add: .*\(2, 3\) and \(4,\).*expected.*got 3 and 4"),
    "comparison": (lambda: ones(2) < ones(3), "ShapeError", r"lt: .*\(2,\) and \(3,\)"),
    "where": (lambda: pydl.where(ones(2) > 0, ones(3), ones(3)), "ShapeError", r"where: .*\(3,\) and \(2,\)"),
    "product": (lambda: ones(2, 3) @ ones(4, 5), "ShapeError", r"matmul: .*3 columns.*4 rows.*\(2, 3\).*\(4, 5\)"),
    "product with a scalar": (lambda: ones(2, 3) @ pydl.tensor(3.0), "ShapeError", r"matmul: expected.*got.*\(\)"),
    "batches of products": (lambda: pydl.bmm(ones(2, 3, 4), ones(3, 4, 5)), "ShapeError", r"bmm: .*\(3, 4, 5\)"),
    "linear": (
        lambda: F.linear(ones(64, 784), ones(10, 512)),
        "ShapeError",
        r"linear: input has 784 features.*weight expects 512 \(input \(64, 784\), weight \(10, 512\)\)",
    ),
    "channels": (
        lambda: F.conv2d(ones(1, 3, 8, 8), ones(4, 2, 3, 3)),
        "ShapeError",
        r"conv2d: .*3 channels.*expects 2",
    ),
    "small image": (lambda: F.conv2d(ones(1, 3, 2, 2), ones(4, 3, 3, 3)), "ShapeError", r"conv2d: .*3.*has 2"),
    "image without rows": (
        lambda: F.conv2d(ones(3, 8), ones(4, 3, 3, 3)),
        "ShapeError",
        r"conv2d: expected.*got.*\(3, 8\)",
    ),
    "bias": (
        lambda: F.conv2d(ones(1, 3, 8, 8), ones(4, 3, 3, 3), ones(5)),
        "ShapeError",
        r"conv2d: .*\(4,\).*got \(5,\)",
    ),
    "groups": (
        lambda: F.conv2d(ones(1, 3, 8, 8), ones(4, 3, 3, 3), groups=2),
        "ShapeError",
        r"conv2d: .*3.*6.*groups 2",
    ),
    "window": (
        lambda: F.max_pool2d(ones(1, 1, 2, 2), 5),
        "ShapeError",
        r"max_pool2d: expected.*5.*got.*\(1, 1, 2, 2\)",
    ),
    "reshape": (lambda: ones(2, 3).reshape(4, 2), "ShapeError", r"expected a shape of 6 elements.*got \(4, 2\)"),
    "two unknown sizes": (lambda: ones(2, 3).reshape(-1, -1), "ShapeError", r"expected.*one -1, got \(-1, -1\)"),
    "view of a transpose": (
        lambda: ones(2, 3).t().view(6),
        "ShapeError",
        r"view: .*\(3, 2\).*without a copy; use reshape",
    ),
    "expand": (lambda: ones(2, 3).expand(4, 3), "ShapeError", r"expand: expected.*\(2, 3\).*got \(4, 3\)"),
    "cat": (lambda: pydl.cat([ones(2, 3), ones(2, 4)]), "ShapeError", r"cat: expected.*got \(2, 3\) and \(2, 4\)"),
    "stack": (lambda: pydl.stack([ones(2), ones(3)]), "ShapeError", r"stack: expected.*got \(2,\) and \(3,\)"),
    "normalised shape": (
        lambda: F.layer_norm(ones(2, 3), (4,)),
        "ShapeError",
        r"layer_norm: expected.*4.*got \(2, 3\)",
    ),
    "number of classes": (
        lambda: F.cross_entropy(ones(2, 3), ints(0, 1, 1)),
        "ShapeError",
        r"cross_entropy: .*\(2,\).*got \(3,\)",
    ),
    "assigned value": (
        lambda: ones(2, 3).__setitem__(0, ones(4)),
        "ShapeError",
        r"setitem: expected.*\(3,\), got \(4,\)",
    ),
    "result in place": (lambda: ones(3).add_(ones(2, 3)), "ShapeError", r"add_: .*\(2, 3\).*in place of \(3,\)"),
    "given gradient": (
        lambda: (ones(2, requires_grad=True) * 1).backward(ones(3)),
        "ShapeError",
        r"shape \(2,\), got \(3,\)",
    ),
    "checkpoint": (
        lambda: nn.Linear(2, 2).load_state_dict({"weight": ones(3, 2), "bias": ones(2)}),
        "Error",
        r"(?s)Linear:.*size mismatch for weight.*\[3, 2\].*\[2, 2\]",
    ),
    # dtypes
    "text": (lambda: ones(2) + "a", "DTypeError", r"add: expected a tensor or a number, got str"),
    "bits of floats": (lambda: ones(2) & ones(2), "DTypeError", r"bitwise_and: expected integers or bool, got float32"),
    "mixed convolution": (
        lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 3, 3, dtype=DOUBLE)),
        "DTypeError",
        r"conv2d: expected one dtype, got .*float32.*float64",
    ),
    "indices of embedding": (
        lambda: F.embedding(ones(2), ones(4, 3)),
        "DTypeError",
        r"embedding: expected.*int64.*got float32",
    ),
    "indices of gather": (
        lambda: ones(2, 3).gather(1, ones(1, 1)),
        "DTypeError",
        r"gather: expected.*int64, got float32",
    ),
    "float index": (lambda: ones(3)[pydl.tensor([0.5])], "IndexError", r"index: expected.*int64 or bool, got float32"),
    "classes as floats": (
        lambda: F.cross_entropy(ones(2, 3), ones(2)),
        "DTypeError",
        r"cross_entropy: expected.*int64.*got float32",
    ),
    "gradient of integers": (
        lambda: ones(2, dtype=INT, requires_grad=True),
        "DTypeError",
        r"requires_grad: expected a floating.*got int64",
    ),
    "float result in integers": (lambda: ones(3, dtype=INT).add_(1.5), "DTypeError", r"add_: .*float32.*into int64"),
    "dtype of another library": (
        lambda: ones(2, dtype="float32"),
        "DTypeError",
        r"dtype: expected a pydl dtype.*got 'float32'",
    ),
    "objects": (lambda: pydl.tensor(object()), "DTypeError", r"tensor: expected numbers.*got object"),
    "parameters": (lambda: optim.Adam([3]), "DTypeError", r"optimizer can only optimize Tensors.*int"),
    "default dtype": (
        lambda: pydl.set_default_dtype(INT),
        "DTypeError",
        r"set_default_dtype: expected a floating.*got pydl.int64",
    ),
    # devices
    "no such backend": (lambda: ones(2, device="cuda"), "DeviceError", r"device: .*no cuda backend, expected cpu"),
    "moved to it": (lambda: ones(2).to("cuda:1"), "DeviceError", r"no cuda backend, expected cpu"),
    "module moved to it": (lambda: nn.Linear(2, 2).to("cuda"), "DeviceError", r"no cuda backend, expected cpu"),
    "no such device": (lambda: ones(2, device="tpu"), "DeviceError", r"device: expected 'cpu'.*got 'tpu'"),
    # indices
    "index": (lambda: ones(2, 3)[2], "IndexError", r"index: expected -2 to 1 in dimension 0 of shape \(2, 3\), got 2"),
    "inner index": (lambda: ones(2, 3)[0, 5], "IndexError", r"index: expected -3 to 2 in dimension 1.*got 5"),
    "too many indices": (lambda: ones(2, 3)[0, 0, 0], "IndexError", r"index: expected at most 2.*got 3"),
    "tensor of indices": (
        lambda: ones(2, 3)[ints(5)],
        "IndexError",
        r"index: expected -2 to 1.*got 5 at position \(0,\)",
    ),
    "mask": (
        lambda: ones(2, 3)[ones(3, 3, dtype=BOOL)],
        "IndexError",
        r"index: expected a mask.*\(2, 3\).*got \(3, 3\)",
    ),
    "two '...'": (lambda: ones(2, 3)[..., 0, ...], "IndexError", r"index: expected one '...', got two"),
    "text as index": (lambda: ones(2)["a"], "IndexError", r"index: expected.*got str"),
    "step": (lambda: ones(4)[::0], "ValueError", r"index: expected a slice with a step other than 0"),
    "dim as text": (lambda: ones(2).unsqueeze("0"), "DTypeError", r"^unsqueeze: expected dim to be an int, got '0'"),
    "index from the end": (lambda: ones(2).index_select(0, ints(-1)), "IndexError", r"^index_select: .*0 to 1, got -1"),
    "scatter into expanded": (
        lambda: ones(1).expand(3).scatter_(0, ints(0), 2.0),
        "StateError",
        r"^scatter_: expected memory of its own.*shape \(3,\) with strides \(0,\)",
    ),
    "expanded running mean": (
        lambda: F.batch_norm(ones(2, 3), pydl.zeros(1).expand(3), ones(3), training=True),
        "StateError",
        r"^batch_norm: expected memory of its own",
    ),
    "gather": (
        lambda: ones(2, 3).gather(1, ints([3], [0])),
        "IndexError",
        r"gather: expected.*0 to 2, got 3 at position \(0, 0\)",
    ),
    "index_select": (lambda: ones(2).index_select(0, ints(2)), "IndexError", r"index_select: expected.*0 to 1, got 2"),
    "embedding": (
        lambda: F.embedding(ints(1, 7), ones(4, 3)),
        "IndexError",
        r"embedding: expected.*0 to 3, got 7 at position \(1,\)",
    ),
    "negative embedding": (
        lambda: F.embedding(ints(-1), ones(4, 3)),
        "IndexError",
        r"embedding: expected.*0 to 3, got -1",
    ),
    "dimension of sum": (lambda: ones(2, 3).sum(2), "IndexError", r"sum: expected a dimension from -2 to 1, got 2"),
    "dimension of softmax": (
        lambda: ones(2).softmax(-2),
        "IndexError",
        r"softmax: expected a dimension from -1 to 0, got -2",
    ),
    "dimension twice": (lambda: ones(2, 3).sum((0, -2)), "ValueError", r"sum: dimension -2 comes twice in \(0, -2\)"),
    "permutation": (lambda: ones(2, 3).permute(0, 0), "ValueError", r"permute: dimension 0 comes twice"),
    # target classes
    "class past the last": (
        lambda: F.cross_entropy(ones(2, 3), ints(0, 3)),
        "IndexError",
        r"cross_entropy: expected classes from 0 to 2.*got 3 at position \(1,\)",
    ),
    "negative class": (
        lambda: F.cross_entropy(ones(2, 3), ints(-1, 0)),
        "IndexError",
        r"cross_entropy: expected.*0 to 2.*got -1 at position \(0,\)",
    ),
    "class in nll_loss": (
        lambda: F.nll_loss(ones(2, 3), ints(0, 3)),
        "IndexError",
        r"nll_loss: expected.*0 to 2.*got 3",
    ),
    "class in one_hot": (lambda: F.one_hot(ints(5), 3), "ValueError", r"one_hot: expected.*0 to 2, got 5"),
    # empty tensors
    "max of nothing": (lambda: ones(0).max(), "ValueError", r"max: expected at least one element.*got shape \(0,\)"),
    "argmin of nothing": (
        lambda: ones(2, 0).argmin(1),
        "IndexError",
        r"argmin: expected at least one element.*got shape \(2, 0\)",
    ),
    "item of nothing": (lambda: ones(0).item(), "ValueError", r"item: expected one element, got shape \(0,\)"),
    "cat of nothing": (lambda: pydl.cat([]), "ValueError", r"cat: expected at least one tensor, got none"),
    "batch norm of one": (
        lambda: nn.BatchNorm1d(3)(ones(1, 3)),
        "ValueError",
        r"batch_norm: expected more than 1 value.*got shape \(1, 3\) \(in BatchNorm1d\)",
    ),
    "optimizer of nothing": (lambda: optim.SGD([], 0.1), "ValueError", r"empty parameter list"),
    # sizes
    "negative size": (lambda: pydl.zeros(-1), "ShapeError", r"expected extents of 0 or more, got \(-1,\)"),
    "overflow": (
        lambda: pydl.empty(2**32, 2**32),
        "ShapeError",
        r"empty: .*\(4294967296, 4294967296\).*overflows 64 bits",
    ),
    "too much memory": (lambda: pydl.zeros(10**13), "OutOfMemoryError", r"out of memory: asked for 36.38 TiB"),
    "too many dimensions": (lambda: ones(*[1] * 20), "ShapeError", r"expected.*at most 16|at most 16"),
    "too many repeats": (lambda: ones(2**10).repeat_interleave(2**54), "ShapeError", r"repeat_interleave: .*overflows"),
    "repeats without memory": (lambda: ones(3).repeat_interleave(2**40), "OutOfMemoryError", r"asked for 24.00 TiB"),
    "sum of repeats": (
        lambda: ones(2).repeat_interleave(ints(2**62, 2**62)),
        "ShapeError",
        r"repeat_interleave: 9223372036854775808 overflows 64 bits",
    ),
    "half a repeat": (
        lambda: ones(2).repeat_interleave(2.5),
        "DTypeError",
        r"repeat_interleave: expected ints, got float",
    ),
    "floating repeats": (
        lambda: ones(2).repeat_interleave(ones(2)),
        "DTypeError",
        r"repeat_interleave: expected integer repeats, got float32",
    ),
    "linspace without end": (lambda: pydl.linspace(0, 1, 2**62), "ShapeError", r"4611686018427387904.*overflows"),
    "linspace without memory": (lambda: pydl.linspace(0, 1, 2**40), "OutOfMemoryError", r"asked for 8.00 TiB"),
    "arange beyond int64": (lambda: pydl.arange(2**70), "ShapeError", r"arange: 1180591620717411303424 overflows"),
    "size beyond int64": (lambda: pydl.zeros(2**70), "ShapeError", r"zeros: 1180591620717411303424 overflows"),
    "windows without memory": (
        lambda: F.adaptive_avg_pool1d(ones(1, 1, 6), 2**40),
        "OutOfMemoryError",
        r"asked for 4.00 TiB",
    ),
    "stride beyond 31 bits": (
        lambda: F.conv2d(ones(1, 1, 4, 4), ones(1, 1, 2, 2), stride=2**31),
        "ValueError",
        r"conv2d: expected stride of 1 or more and below 2\^31, got \(2147483648, 2147483648\)",
    ),
    "window beyond 31 bits": (
        lambda: F.max_pool2d(ones(1, 1, 4, 4), 2**31),
        "ValueError",
        r"max_pool2d: expected kernel_size.* below 2\^31, got \(2147483648, 2147483648\)",
    ),
    "17 dimensions": (lambda: ones(*[1] * 17), "ShapeError", r"expected at most 16 dimensions, got more"),
    "a draw from nothing": (
        lambda: pydl.multinomial(pydl.zeros(0), 1),
        "ValueError",
        r"multinomial: expected at least one weight, got shape \(0,\)",
    ),
    "threads in words": (lambda: pydl.set_num_threads("x"), "DTypeError", r"set_num_threads: expected an int, got str"),
    "half a thread": (lambda: pydl.set_num_threads(2.5), "DTypeError", r"set_num_threads: expected an int, got float"),
    "threads beyond 31 bits": (lambda: pydl.set_num_threads(2**70), "ValueError", r"set_num_threads: .*below 2\^31"),
    "triangle without memory": (lambda: pydl.tril_indices(2**20, 2**20), "OutOfMemoryError", r"asked for 1.00 TiB"),
    # settings
    "stride of 0": (
        lambda: F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 3, 3), stride=0),
        "ValueError",
        r"conv2d: expected stride of 1 or more.*, got \(0, 0\)",
    ),
    "probability": (
        lambda: F.dropout(ones(2), 1.5),
        "ValueError",
        r"dropout: expected a probability from 0 to 1, got 1.5",
    ),
    "division by zero": (lambda: ones(2, dtype=INT) // 0, "ValueError", r"floor_divide: integer division by zero"),
    "negative power of integers": (
        lambda: ints(2) ** -1,
        "ValueError",
        r"pow: expected an exponent of at least 0.*got -1",
    ),
    "count": (lambda: pydl.randperm(3.5), "DTypeError", r"randperm: expected .*got (3.5|float)"),
    "empty interval": (lambda: pydl.randint(5, 5, (2,)), "ValueError", r"randint: expected low < high.*got 5 and 5"),
    "too large for the dtype": (
        lambda: pydl.full((2,), 2**70),
        "ValueError",
        r"full: 1180591620717411303424 does not fit int64",
    ),
    "ragged lists": (
        lambda: pydl.tensor([[1, 2], [3]]),
        "ValueError",
        r"tensor: expected nested lists of equal lengths",
    ),
    "ragged lists as an index": (
        lambda: ones(3)[[0, [1, 2]]],
        "IndexError",
        r"index: expected nested lists of equal lengths, got \[0, \[1, 2\]\]",
    ),
    "no dtype": (lambda: ones(2).to(True), "DTypeError", r"to: expected a dtype, a device or a tensor first, got True"),
    "an array as a size": (
        lambda: pydl.zeros(np.ones((2, 3))),
        "DTypeError",
        r"zeros: expected ints, got ndarray",
    ),
    "learning rate": (lambda: optim.SGD([ones(2)], -1.0), "ValueError", r"(?i)invalid learning rate: -1"),
    "truth of many": (lambda: bool(ones(2)), "ValueError", r"bool: .*2 elements.*any\(\)"),
    # gradients
    "second backward": (twice, "StateError", r"backward: .*freed.*retain_graph=True"),
    "backward of many": (
        lambda: (ones(2, requires_grad=True) * 1).backward(),
        "StateError",
        r"backward: .*scalar.*got shape \(2,\)",
    ),
    "backward of a constant": (lambda: ones(1).backward(), "StateError", r"backward: .*does not require a gradient"),
    "overwritten operand": (
        overwritten,
        "StateError",
        r"backward of Mul: .*\(2,\).*modified in place.*written by .*test_bad_input.py:\d+",
    ),
    "overwritten result": (
        overwritten_result,
        "StateError",
        r"backward of Exp: .*modified in place.*written by .*test_bad_input.py:\d+",
    ),
    "overwritten through a view": (
        overwritten_through_a_view,
        "StateError",
        r"backward of Square: .*modified in place.*written by .*test_bad_input.py:\d+",
    ),
    "leaf in place": (lambda: ones(2, requires_grad=True).add_(1), "StateError", r"add_: a leaf.*no_grad"),
    # modules say which one it was
    "layer of a network": (
        lambda: nested()(ones(64, 784)),
        "ShapeError",
        r"linear: input has 256 features.*weight expects 128 .*\(in 2\.1: Linear\)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    call, kind, message = BAD[name]
    expected = getattr(pydl, kind)
    with pytest.raises(expected) as caught:
        call()
    assert re.search(message, str(caught.value)), str(caught.value)
    # What a Python user expects, and what PyTorch code catches.
    assert isinstance(caught.value, RuntimeError)
    builtin = {
        "ShapeError": "ValueError",
        "DeviceError": "ValueError",
        "DTypeError": "TypeError",
        "OutOfMemoryError": "MemoryError",
    }
    for base in (builtin.get(kind, kind),):
        if hasattr(builtins, base):
            assert isinstance(caught.value, getattr(builtins, base))


LOSSES = (
    "mse_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "kl_div",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("input", "target"), [((4, 1), (4,)), ((4,), (4, 1)), ((4, 3), (1, 3)), ((4,), ())])
def test_losses_do_not_broadcast(name: str, input: tuple[int, ...], target: tuple[int, ...]) -> None:
    """(4, 1) against (4,) would be sixteen differences: a silent mistake elsewhere."""
    message = (
        rf"{name}: expected input and target of one shape, got {re.escape(str(input))} and {re.escape(str(target))}"
    )
    with pytest.raises(pydl.ShapeError, match=message):
        getattr(F, name)(pydl.full(input, 0.5), pydl.full(target, 0.5))


def test_a_bad_call_changes_nothing() -> None:
    """In place or not: an operand of a call that failed is what it was."""
    x = pydl.arange(6.0).reshape(2, 3)
    for call in (
        lambda: x.add_(ones(5)),
        lambda: x.__setitem__(0, ones(7)),
        lambda: x.__setitem__((0, 9), 1.0),
        lambda: x.copy_(ones(4, 4)),
        lambda: x.scatter_add_(0, ints([5]), ones(1, 1)),
        lambda: x.index_add_(0, ints(5), ones(1, 3)),
        lambda: x.masked_fill_(ones(9, dtype=BOOL), 0.0),
    ):
        version = x.array.version
        with pytest.raises(pydl.Error):
            call()
        assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
        assert x.array.version == version


@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.add_(1),
        lambda x: x.copy_(pydl.arange(9.0).view(3, 3)),
        lambda x: x.exp_(),
        lambda x: x.index_add_(0, pydl.tensor([0]), pydl.ones(1, 3)),
        lambda x: x.scatter_add_(0, pydl.tensor([[0, 0, 0]]), pydl.ones(1, 3)),
        lambda x: x.masked_fill_(pydl.eye(3).bool(), 5),
        lambda x: x.__setitem__(pydl.tensor([0, 1]), pydl.ones(2, 3)),
        lambda x: x.fill_(1),
        lambda x: x.clamp_(0, 1),
        lambda x: x.uniform_(),
    ],
)
def test_expanded_memory_is_not_written(write: Any) -> None:
    x = pydl.zeros(1, 3).expand(3, 3)
    with pytest.raises(pydl.StateError, match="expected memory of its own"):
        write(x)
    assert x.tolist() == [[0] * 3] * 3


def test_gradient_is_checked_when_assigned() -> None:
    w = pydl.ones(3, requires_grad=True)
    for value, error, words in (
        (pydl.ones(2), pydl.ShapeError, r"shape \(3,\), got \(2,\)"),
        (5, pydl.DTypeError, "tensor or None, got int"),
        (pydl.ones(3, dtype=pydl.int64), pydl.DTypeError, "float32, got int64"),
    ):
        with pytest.raises(error, match=words):
            w.grad = value
    w.grad = pydl.ones(3)
    w.grad = None
    assert w.grad is None


def test_products_of_reversed_batches() -> None:
    a = pydl.arange(48.0).view(2, 3, 2, 4)[:, ::-1]
    assert (a @ pydl.ones(2, 3, 4, 2))[1, :, 0, 0].tolist() == [166, 134, 102]
    assert (pydl.zeros(200, 2, 32, 32)[:, ::-1] @ pydl.zeros(32, 32)).shape == (200, 2, 32, 32)

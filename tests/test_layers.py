"""Layers: what they compute, their settings, first values, state and text; against torch where it is installed."""

import math

import numpy as np
import pytest

import pydl
from pydl import nn
from pydl.nn import functional as F

# name, positional settings, keyword settings, the input's shape (or an array)
IMAGE, LINE, CUBE = (2, 4, 7, 6), (2, 4, 9), (1, 4, 5, 4, 6)
TOKENS = np.array([[1, 2, 0], [9, 3, 3]])
LAYERS = [
    ("Linear", (6, 3), {}, IMAGE),
    ("Linear", (6, 3), {"bias": False}, (2, 6)),
    ("Identity", (5,), {"anything": 1}, (2, 3)),
    ("Flatten", (), {}, IMAGE),
    ("Flatten", (0, 1), {}, IMAGE),
    ("Unflatten", (1, (2, 2)), {}, IMAGE),
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 1}, LINE),
    ("Conv1d", (4, 6, 3), {"padding": "same", "dilation": 2}, LINE),
    ("Conv2d", (4, 6, 3), {}, IMAGE),
    ("Conv2d", (4, 6, (3, 2)), {"stride": (2, 1), "padding": (1, 2), "bias": False}, IMAGE),
    ("Conv2d", (4, 6, 3), {"groups": 2, "dilation": 2, "padding": "valid"}, IMAGE),
    ("Conv2d", (4, 4, 3), {"groups": 4, "padding": "same"}, IMAGE),
    ("Conv2d", (4, 6, 3), {"padding": 2, "padding_mode": "reflect"}, IMAGE),
    ("Conv2d", (4, 6, (3, 4)), {"padding": "same", "padding_mode": "replicate"}, IMAGE),
    ("Conv2d", (4, 6, 3), {"padding": (3, 1), "padding_mode": "circular"}, IMAGE),
    ("Conv3d", (4, 2, 3), {"padding": 1}, CUBE),
    ("ConvTranspose1d", (4, 6, 3), {"stride": 2, "padding": 1, "output_padding": 1}, LINE),
    ("ConvTranspose2d", (4, 6, 3), {"stride": 2, "groups": 2}, IMAGE),
    ("ConvTranspose2d", (4, 6, 3), {"dilation": 2, "bias": False}, IMAGE),
    ("ConvTranspose3d", (4, 2, 2), {"stride": 2}, CUBE),
    ("BatchNorm1d", (4,), {}, LINE),
    ("BatchNorm1d", (6,), {"affine": False}, (5, 6)),
    ("BatchNorm2d", (4,), {"momentum": None}, IMAGE),
    ("BatchNorm2d", (4,), {"bias": False}, IMAGE),
    ("BatchNorm2d", (4,), {"track_running_stats": False, "eps": 1e-3}, IMAGE),
    ("BatchNorm3d", (4,), {"momentum": 0.3}, CUBE),
    ("LayerNorm", (6,), {}, IMAGE),
    ("LayerNorm", ([7, 6],), {"elementwise_affine": False}, IMAGE),
    ("LayerNorm", ((7, 6),), {"bias": False, "eps": 1e-3}, IMAGE),
    ("GroupNorm", (2, 4), {}, IMAGE),
    ("GroupNorm", (4, 4), {"affine": False}, LINE),
    ("RMSNorm", (6,), {"eps": 1e-4}, IMAGE),
    ("RMSNorm", ((7, 6),), {"elementwise_affine": False}, IMAGE),
    ("Embedding", (10, 4), {}, TOKENS),
    ("Embedding", (10, 4), {"padding_idx": -1}, TOKENS),
    ("Dropout", (), {}, None),
    ("Dropout1d", (0.2,), {"inplace": True}, None),
    ("Dropout2d", (0.3,), {}, None),
    ("Dropout3d", (), {}, None),
    ("AlphaDropout", (0.1,), {}, None),
    ("MaxPool1d", (3,), {"stride": 2, "padding": 1}, LINE),
    ("MaxPool2d", (2,), {}, IMAGE),
    ("MaxPool2d", ((3, 2),), {"stride": 2, "dilation": 2, "ceil_mode": True}, IMAGE),
    ("MaxPool3d", (2,), {}, CUBE),
    ("AvgPool1d", (3,), {}, LINE),
    ("AvgPool2d", (3, 2), {"padding": 1, "count_include_pad": False}, IMAGE),
    ("AvgPool2d", (2,), {"divisor_override": 3, "ceil_mode": True}, IMAGE),
    ("AvgPool3d", (2,), {}, CUBE),
    *[(f"Adaptive{kind}Pool1d", (4,), {}, LINE) for kind in ("Avg", "Max")],
    *[(f"Adaptive{kind}Pool2d", ((3, None),), {}, IMAGE) for kind in ("Avg", "Max")],
    *[(f"Adaptive{kind}Pool3d", (2,), {}, CUBE) for kind in ("Avg", "Max")],
    *[(name, (), {}, (3, 5)) for name in ("Sigmoid", "Tanh", "LogSigmoid", "Softsign", "Tanhshrink")],
    *[(name, (), {}, (3, 5)) for name in ("Hardsigmoid", "Hardswish", "Hardshrink", "Softshrink")],
    *[(n, (), {"inplace": i}, (3, 5)) for n in ("ReLU", "ReLU6", "SiLU", "Mish", "SELU") for i in (False, True)],
    *[(name, (), {}, (3, 5)) for name in ("ELU", "CELU", "LeakyReLU", "Hardtanh", "GELU", "Softplus", "PReLU")],
    ("ELU", (0.5,), {"inplace": True}, (3, 5)),
    ("CELU", (0.5,), {"inplace": True}, (3, 5)),
    ("LeakyReLU", (0.2, True), {}, (3, 5)),
    ("Hardtanh", (-0.3, 0.4), {"inplace": True}, (3, 5)),
    ("Threshold", (0.1, 20), {}, (3, 5)),
    ("Threshold", (0.1, 20), {"inplace": True}, (3, 5)),
    ("GELU", (), {"approximate": "tanh"}, (3, 5)),
    ("Softplus", (2.0, 1.0), {}, (3, 5)),
    ("PReLU", (4,), {"init": 0.1}, IMAGE),
    ("GLU", (1,), {}, IMAGE),
    ("Softmax", (1,), {}, IMAGE),
    ("Softmin", (), {"dim": -1}, IMAGE),
    ("LogSoftmax", (-1,), {}, IMAGE),
]
IDS = [f"{name}-{i}" for i, (name, *_) in enumerate(LAYERS)]


def example(shape, seed=0):
    return shape if isinstance(shape, np.ndarray) else np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize(("name", "args", "kwargs", "shape"), LAYERS, ids=IDS)
def test_as_torch(name, args, kwargs, shape):
    torch = pytest.importorskip("torch")
    ours = getattr(nn, name)(*args, **kwargs).double()
    theirs = getattr(torch.nn, name)(*args, **kwargs).double()
    assert repr(ours) == repr(theirs)
    state = theirs.state_dict()
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {k: tuple(v.shape) for k, v in state.items()}
    assert list(ours.state_dict()) == list(state)
    if shape is None:
        return
    ours.load_state_dict({k: pydl.tensor(v.numpy()) for k, v in state.items()})
    # torch multiplies hardsigmoid's gradient by 1/6 rounded to float32.
    rtol = 1e-7 if name == "Hardsigmoid" else 1e-8
    for mode in (True, False):
        ours.train(mode)
        theirs.train(mode)
        x, t = pydl.tensor(example(shape)), torch.tensor(example(shape))
        floating = not isinstance(shape, np.ndarray)
        x.requires_grad_(floating)
        t.requires_grad_(floating)
        y, z = ours(x * 1 if floating else x), theirs(t * 1 if floating else t)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-9, atol=1e-11)
        g = example(tuple(z.shape), 5)
        if y.requires_grad:
            y.backward(pydl.tensor(g))
            z.backward(torch.tensor(g))
        if floating:
            np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=rtol, atol=1e-10)
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-8, atol=1e-9)
    for key, value in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[key].numpy(), value.numpy(), rtol=1e-10, atol=1e-12)


LOSSES = [
    (name, kwargs, "values")
    for name, several in {
        "MSELoss": [{}],
        "L1Loss": [{}],
        "SmoothL1Loss": [{}, {"beta": 0.3}],
        "HuberLoss": [{}, {"delta": 0.3}],
    }.items()
    for kwargs in several
] + [
    ("CrossEntropyLoss", {}, "classes"),
    ("CrossEntropyLoss", {"label_smoothing": 0.1, "ignore_index": 2}, "classes"),
    ("CrossEntropyLoss", {"weight": [0.5, 1.0, 2.0, 1.0, 3.0]}, "classes"),
    ("NLLLoss", {"ignore_index": 1}, "classes"),
    ("NLLLoss", {"weight": [0.5, 1.0, 2.0, 1.0, 3.0]}, "classes"),
    ("BCELoss", {}, "probabilities"),
    ("BCEWithLogitsLoss", {"pos_weight": [1.0, 2.0, 3.0, 1.0, 0.5]}, "probabilities"),
    ("BCEWithLogitsLoss", {"weight": [1.0, 2.0, 3.0, 1.0, 0.5]}, "probabilities"),
    ("KLDivLoss", {}, "probabilities"),
    ("KLDivLoss", {"log_target": True}, "values"),
]


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize(("name", "kwargs", "kind"), LOSSES)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_as_torch(name, kwargs, kind, reduction):
    torch = pytest.importorskip("torch")

    def settings(tensor):
        return {k: tensor(np.array(v)) if isinstance(v, list) else v for k, v in kwargs.items()}

    ours = getattr(nn, name)(reduction=reduction, **settings(pydl.tensor))
    theirs = getattr(torch.nn, name)(reduction=reduction, **settings(torch.tensor))
    assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    rng = np.random.default_rng(0)
    x = rng.random((6, 5)) if name == "BCELoss" else rng.standard_normal((6, 5))
    target = {
        "values": rng.standard_normal((6, 5)),
        "classes": rng.integers(0, 5, 6),
        "probabilities": rng.random((6, 5)),
    }
    a, b = pydl.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, z = ours(a, pydl.tensor(target[kind])), theirs(b, torch.tensor(target[kind]))
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-10, atol=1e-12)
    y.sum().backward()
    z.sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-9, atol=1e-11)


def test_losses_by_hand():
    x, t = pydl.tensor([1.0, -2.0, 0.5]), pydl.tensor([0.0, 0.0, 0.0])
    assert nn.MSELoss()(x, t).item() == pytest.approx((1 + 4 + 0.25) / 3)
    assert nn.L1Loss(reduction="sum")(x, t).item() == pytest.approx(3.5)
    assert nn.HuberLoss(reduction="none")(x, t).tolist() == [0.5, 1.5, 0.125]
    assert nn.SmoothL1Loss(reduction="none", beta=0.5)(x, t).tolist() == [0.75, 1.75, 0.25]
    assert nn.MSELoss(size_average=False).reduction == "sum" and nn.MSELoss(reduce=False).reduction == "none"
    logits = pydl.zeros(2, 4)
    assert nn.CrossEntropyLoss()(logits, pydl.tensor([0, 3])).item() == pytest.approx(math.log(4))
    assert nn.BCEWithLogitsLoss()(logits, pydl.ones(2, 4)).item() == pytest.approx(math.log(2))
    with pytest.raises(ValueError):
        nn.MSELoss()(pydl.ones(3, 1), pydl.ones(3))


def test_linear_and_sequential_by_hand():
    layer = nn.Linear(2, 2)
    layer.load_state_dict({"weight": pydl.tensor([[1.0, 2.0], [3.0, 4.0]]), "bias": pydl.tensor([0.5, -20.0])})
    x = pydl.tensor([[1.0, 1.0]])
    assert nn.Sequential(layer, nn.ReLU())(x).tolist() == [[3.5, 0.0]]
    assert nn.Flatten()(pydl.ones(2, 3, 4)).shape == (2, 12)
    assert nn.Unflatten(-1, (2, -1))(pydl.ones(3, 6)).shape == (3, 2, 3)
    with pytest.raises(IndexError):
        nn.Unflatten(3, (2, 2))(pydl.ones(4))


def test_batch_norm_keeps_running_figures():
    layer = nn.BatchNorm1d(2, momentum=0.5)
    x = pydl.tensor([[1.0, 10.0], [3.0, 30.0]])
    y = layer(x)
    np.testing.assert_allclose(y.detach().numpy(), [[-1, -1], [1, 1]], rtol=1e-4)
    assert layer.running_mean.tolist() == [1.0, 10.0] and layer.running_var.tolist() == [1.5, 100.5]
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    np.testing.assert_allclose(layer(x).detach().numpy()[:, 0], [0, 2 / math.sqrt(1.5 + 1e-5)], rtol=1e-5, atol=1e-6)
    assert layer.num_batches_tracked.item() == 1
    layer.reset_running_stats()
    assert layer.running_var.tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"BatchNorm1d: expected 2D or 3D input, got 4D input"):
        layer(pydl.ones(1, 2, 3, 4))


def test_dropout_only_while_training():
    pydl.manual_seed(0)
    x = pydl.ones(1000)
    layer = nn.Dropout(0.25)
    y = layer(x).numpy()
    assert set(np.unique(y)) == {0.0, np.float32(1 / 0.75)} and 0.2 < (y == 0).mean() < 0.3
    assert layer.eval()(x).tolist() == x.tolist()
    channels = nn.Dropout2d(0.5)(pydl.ones(8, 8, 3, 3)).numpy().reshape(64, 9)
    assert all(len(set(row)) == 1 for row in channels) and 0 < (channels == 0).mean() < 1
    for wrong in (-0.1, 1.5, math.nan):
        with pytest.raises(ValueError, match="dropout probability"):
            nn.Dropout(wrong)


def test_embedding_padding_row():
    table = nn.Embedding(4, 3, padding_idx=-1)
    assert table.padding_idx == 3 and table.weight.detach()[3].tolist() == [0, 0, 0]
    table(pydl.tensor([0, 3, 0])).sum().backward()
    assert table.weight.grad.tolist() == [[2] * 3, [0] * 3, [0] * 3, [0] * 3]
    given = nn.Embedding.from_pretrained(pydl.ones(2, 3))
    assert not given.weight.requires_grad and given(pydl.tensor([1])).tolist() == [[1, 1, 1]]
    with pytest.raises(ValueError):
        nn.Embedding(4, 3, padding_idx=4)
    with pytest.raises(IndexError, match="Embedding"):
        table(pydl.tensor([4]))


def test_transposed_convolution_to_a_size():
    layer = nn.ConvTranspose2d(1, 1, 3, stride=2)
    assert layer(pydl.ones(1, 1, 4, 4), output_size=(10, 9)).shape == (1, 1, 10, 9)
    with pytest.raises(ValueError, match="from 9 to 10"):
        layer(pydl.ones(1, 1, 4, 4), output_size=(11, 9))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "in_channels must be divisible"),
        (lambda: nn.Conv2d(4, 3, 3, groups=2), "out_channels must be divisible"),
        (lambda: nn.Conv2d(4, 4, 3, groups=0), "positive"),
        (lambda: nn.Conv2d(4, 4, 3, padding="some"), "padding"),
        (lambda: nn.Conv2d(4, 4, 3, padding="same", stride=2), "strided"),
        (lambda: nn.Conv2d(4, 4, 3, padding_mode="up"), "padding_mode"),
        (lambda: nn.ConvTranspose2d(4, 4, 3, padding_mode="reflect"), "zeros"),
        (lambda: nn.Conv2d(1, 1, 3, padding=4, padding_mode="reflect")(pydl.ones(1, 1, 3, 3)), "at most 2"),
        (lambda: nn.BatchNorm2d(3)(pydl.ones(2, 3)), "expected 4D"),
        (lambda: nn.GroupNorm(2, 3), "divisible"),
        (lambda: nn.Softmax()(pydl.ones(2, 3)), "expected a dim"),
    ],
)
def test_settings_that_make_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# First values.

DRAWS = [
    (lambda: nn.Linear(50, 400).weight, 1 / math.sqrt(50), "uniform"),
    (lambda: nn.Linear(50, 4000).bias, 1 / math.sqrt(50), "uniform"),
    (lambda: nn.Conv2d(8, 64, 5).weight, 1 / math.sqrt(200), "uniform"),
    (lambda: nn.Conv2d(8, 4000, 5).bias, 1 / math.sqrt(200), "uniform"),
    (lambda: nn.ConvTranspose2d(64, 8, 5).weight, 1 / math.sqrt(200), "uniform"),
    (lambda: nn.Embedding(200, 50).weight, 1.0, "normal"),
    (lambda: nn.init.xavier_uniform_(pydl.empty(100, 200), gain=2), 2 * math.sqrt(6 / 300), "uniform"),
    (lambda: nn.init.xavier_normal_(pydl.empty(100, 200)), math.sqrt(2 / 300), "normal"),
    (lambda: nn.init.kaiming_uniform_(pydl.empty(100, 200), nonlinearity="relu"), math.sqrt(6 / 200), "uniform"),
    (lambda: nn.init.kaiming_normal_(pydl.empty(100, 200), a=1, mode="fan_out"), math.sqrt(1 / 100), "normal"),
    (lambda: nn.init.uniform_(pydl.empty(9000), -3, 3), 3.0, "uniform"),
    (lambda: nn.init.normal_(pydl.empty(9000), 0, 3), 3.0, "normal"),
    (lambda: nn.init.trunc_normal_(pydl.empty(9000), a=-50, b=50, std=2), 2.0, "normal"),
]


@pytest.mark.parametrize(("draw", "scale", "kind"), DRAWS)
def test_first_values(draw, scale, kind):
    pydl.manual_seed(1)
    x = draw().detach().numpy().astype(np.float64).ravel() / scale
    n = len(x)
    assert abs(x.mean()) < 5 / math.sqrt(n)
    if kind == "uniform":
        assert abs(x).max() <= 1 + 1e-6 and abs(x).max() > 0.99
        assert (x**2).mean() == pytest.approx(1 / 3, abs=5 / math.sqrt(n))
    else:
        assert (x**2).mean() == pytest.approx(1, abs=10 / math.sqrt(n))
        assert (x**4).mean() == pytest.approx(3, abs=60 / math.sqrt(n))


def test_init_follows_a_generator():
    def g():
        return pydl.Generator().manual_seed(5)

    for fill in (
        nn.init.uniform_, nn.init.normal_, nn.init.trunc_normal_, nn.init.xavier_uniform_, nn.init.xavier_normal_,
        nn.init.kaiming_uniform_, nn.init.kaiming_normal_, nn.init.orthogonal_,
        lambda x, generator: nn.init.sparse_(x, 0.5, generator=generator),
    ):  # fmt: skip
        a, b = fill(pydl.empty(6, 4), generator=g()), fill(pydl.empty(6, 4), generator=g())
        assert a.tolist() == b.tolist() != fill(pydl.empty(6, 4), generator=None).tolist()


def test_other_init():
    x = nn.init.trunc_normal_(pydl.empty(2000), mean=1.0, std=1.0, a=0.5, b=2.0).numpy()
    assert x.min() >= 0.5 and x.max() <= 2.0 and x.std() > 0.3
    for shape in ((5, 3), (3, 5), (4, 2, 2)):
        q = nn.init.orthogonal_(pydl.empty(*shape), gain=2).numpy().reshape(shape[0], -1) / 2
        product = q @ q.T if q.shape[0] <= q.shape[1] else q.T @ q
        np.testing.assert_allclose(product, np.eye(len(product)), atol=1e-5)
    sparse = nn.init.sparse_(pydl.empty(10, 4), 0.25).numpy()
    assert ((sparse == 0).sum(0) == 3).all()
    assert nn.init.eye_(pydl.empty(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    assert nn.init.constant_(pydl.empty(2), 7).tolist() == [7, 7]
    assert nn.init.ones_(pydl.empty(1)).item() == 1 and nn.init.zeros_(pydl.empty(1)).item() == 0
    kernel = nn.init.dirac_(nn.Parameter(pydl.empty(4, 2, 3, 3)), groups=2)
    image = pydl.randn(1, 4, 5, 5)
    passed = F.conv2d(image, kernel, padding=1, groups=2)
    np.testing.assert_allclose(passed.detach().numpy(), image.numpy(), atol=1e-6)
    assert kernel.is_leaf and kernel.requires_grad
    assert nn.init.calculate_gain("leaky_relu", 1) == 1 and nn.init.calculate_gain("selu") == 0.75
    with pytest.warns(UserWarning, match="no-op"):
        nn.init.kaiming_uniform_(pydl.empty(0, 3))
    with pytest.warns(UserWarning, match="2 std"):
        nn.init.trunc_normal_(pydl.empty(3), mean=9.0)
    for wrong in (
        lambda: nn.init.calculate_gain("other"),
        lambda: nn.init.calculate_gain("leaky_relu", "x"),
        lambda: nn.init.kaiming_normal_(pydl.empty(3)),
        lambda: nn.init.kaiming_normal_(pydl.empty(3, 3), mode="fan"),
        lambda: nn.init.eye_(pydl.empty(3)),
        lambda: nn.init.dirac_(pydl.empty(3, 3)),
        lambda: nn.init.dirac_(pydl.empty(3, 3, 3), groups=2),
        lambda: nn.init.orthogonal_(pydl.empty(3)),
        lambda: nn.init.sparse_(pydl.empty(3), 0.5),
    ):
        with pytest.raises(ValueError):
            wrong()

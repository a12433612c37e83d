"""The less common losses and layers as modules beside PyTorch's, and what is random in them."""

from __future__ import annotations

import numpy as np
import pytest

import pydl
from pydl import nn
from pydl.nn import functional as F

RNG = np.random.default_rng(0)
X, Y, Z = (RNG.standard_normal((6, 5)) for _ in range(3))
SIGNS, ROW_SIGNS = (RNG.integers(0, 2, shape) * 2.0 - 1 for shape in ((6, 5), (6,)))
CLASSES, WEIGHT = RNG.integers(0, 5, 6), RNG.uniform(0.5, 2, 5)
LABELS = np.array([[0, 2, -1, 1, 1]] * 6)

LOSSES = [
    ("HingeEmbeddingLoss", {"margin": 0.5}, (X, SIGNS)),
    ("MarginRankingLoss", {"margin": 0.5}, (X, Y, SIGNS)),
    ("CosineEmbeddingLoss", {"margin": 0.1}, (X, Y, ROW_SIGNS)),
    ("SoftMarginLoss", {}, (X, SIGNS)),
    ("MultiLabelMarginLoss", {}, (X, LABELS)),
    ("MultiLabelSoftMarginLoss", {}, (X, (SIGNS + 1) / 2)),
    ("MultiLabelSoftMarginLoss", {"weight": WEIGHT}, (X, (SIGNS + 1) / 2)),
    ("MultiMarginLoss", {}, (X, CLASSES)),
    ("MultiMarginLoss", {"p": 2, "margin": 0.7, "weight": WEIGHT}, (X, CLASSES)),
    ("TripletMarginLoss", {}, (X, Y, Z)),
    ("TripletMarginLoss", {"margin": 2.0, "p": 3.0, "swap": True, "eps": 1e-3}, (X, Y, Z)),
    ("TripletMarginWithDistanceLoss", {"margin": 2.0, "swap": True}, (X, Y, Z)),
    ("PoissonNLLLoss", {}, (X, abs(Y))),
    ("PoissonNLLLoss", {"log_input": False, "full": True, "eps": 1e-3}, (abs(X), abs(Y) * 3)),
    ("GaussianNLLLoss", {}, (X, Y, abs(Z))),
    ("GaussianNLLLoss", {"full": True, "eps": 0.5}, (X, Y, abs(Z))),
    ("GaussianNLLLoss", {}, (X, Y, abs(Z)[:, 0])),
]


@pytest.mark.parametrize(("name", "settings", "given"), LOSSES, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(LOSSES)])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses_as_torch(name, settings, given, reduction):
    torch = pytest.importorskip("torch")

    def made(lib, layers):
        return getattr(layers, name)(
            reduction=reduction, **{k: lib.tensor(v) if isinstance(v, np.ndarray) else v for k, v in settings.items()}
        )

    ours, theirs = made(pydl, nn), made(torch, torch.nn)
    assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    a, b = ([lib.tensor(x) for x in given] for lib in (pydl, torch))
    for operands in (a, b):
        for x in operands:
            # PyTorch has no gradient by the targets of some.
            if x.is_floating_point() and not any(part in name for part in ("Label", "SoftMargin", "Multi")):
                x.requires_grad_()
        operands[0].requires_grad_()
    y, z = ours(*a), theirs(*b)
    assert y.shape == tuple(z.shape)
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-9, atol=1e-11)
    g = np.random.default_rng(1).standard_normal(tuple(z.shape))
    y.backward(pydl.tensor(g))
    z.backward(torch.tensor(g))
    for p, q in zip(a, b, strict=True):
        if q.grad is not None:
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-8, atol=1e-10)


STEPS, BATCH, SYMBOLS = 30, 4, 6
SCORES = RNG.standard_normal((STEPS, BATCH, SYMBOLS))
TARGETS = RNG.integers(1, SYMBOLS, (BATCH, 10))
INPUTS, LENGTHS = (30, 25, 3, 12), (10, 4, 8, 0)  # the third does not fit


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("zero_infinity", [True, False])
@pytest.mark.parametrize("form", ["padded", "joined", "tuples"])
def test_ctc_as_torch(reduction, zero_infinity, form):
    torch = pytest.importorskip("torch")
    results = []
    for lib, layers in ((pydl, nn), (torch, torch.nn)):
        x = lib.tensor(SCORES, requires_grad=True)
        joined = np.concatenate([row[:n] for row, n in zip(TARGETS, LENGTHS, strict=True)])
        targets = lib.tensor(joined if form == "joined" else TARGETS)
        lengths = (INPUTS, LENGTHS) if form == "tuples" else (lib.tensor(INPUTS), lib.tensor(LENGTHS))
        loss = layers.CTCLoss(reduction=reduction, zero_infinity=zero_infinity)(x.log_softmax(2), targets, *lengths)
        (loss * lib.arange(1.0, 5.0) if reduction == "none" else loss).sum().backward()
        results.append((loss.detach().numpy(), x.grad.numpy()))
    (a, da), (b, db) = results
    np.testing.assert_allclose(a, b, rtol=1e-10)
    finite = np.isfinite(db)
    assert finite.all() == zero_infinity
    np.testing.assert_allclose(da[finite], db[finite], rtol=1e-7, atol=1e-10)


def test_ctc_of_one_sequence_in_float32():
    torch = pytest.importorskip("torch")
    x, t = SCORES[:, 0].astype(np.float32), TARGETS[0]
    y = F.ctc_loss(pydl.tensor(x).log_softmax(1), pydl.tensor(t), pydl.tensor(30), pydl.tensor(10))
    z = torch.nn.functional.ctc_loss(
        torch.tensor(x).log_softmax(1), torch.tensor(t), torch.tensor(30), torch.tensor(10)
    )
    assert y.shape == () and y.item() == pytest.approx(z.item(), rel=1e-5)
    # One label, one step, nothing else.
    assert F.ctc_loss(pydl.zeros(1, 1, 2), pydl.tensor([[1]]), (1,), (1,)).item() == 0


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding_idx": 2},
        {"include_last_offset": True},
        {"max_norm": 1.0},
        {"max_norm": 0.7, "norm_type": 1.0, "padding_idx": 2},
    ],
)
def test_embedding_bag_as_torch(mode, settings):
    torch = pytest.importorskip("torch")
    ours = nn.EmbeddingBag(7, 5, mode=mode, **settings).double()
    theirs = torch.nn.EmbeddingBag(7, 5, mode=mode, **settings).double()
    assert repr(ours) == repr(theirs)
    ours.load_state_dict({k: pydl.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    index, offsets = (
        np.array([1, 2, 2, 5, 2, 6, 0, 1]),
        [0, 2, 2, 5, 8] if "include_last_offset" in settings else [0, 2, 2, 5],
    )
    results = []
    for lib, layer in ((pydl, ours), (torch, theirs)):
        y = layer(lib.tensor(index), lib.tensor(offsets))
        z = layer(lib.tensor(index.reshape(2, 4)))
        (y * y).sum().backward()
        (z * 3).sum().backward()
        results.append(
            [y.detach().numpy(), z.detach().numpy(), layer.weight.grad.numpy(), layer.weight.detach().numpy()]
        )
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_embedding_bag_counts_its_rows():
    # Each row's gradient by how often it is used. PyTorch 2.13 divides by the counts of other rows: 1, 1.5, 0.33.
    table, index = RNG.standard_normal((4, 3)), pydl.tensor([[0, 1, 1], [1, 2, 0]])
    w = pydl.tensor(table, requires_grad=True)
    F.embedding_bag(index, w, mode="sum", scale_grad_by_freq=True).sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), [[1] * 3] * 3 + [[0] * 3])
    given = nn.EmbeddingBag.from_pretrained(pydl.tensor(table), mode="sum")
    assert not given.weight.requires_grad and given(pydl.tensor([[0]])).tolist() == [table[0].tolist()]
    assert nn.EmbeddingBag.from_pretrained(pydl.tensor(table), freeze=False).weight.requires_grad
    layer = nn.EmbeddingBag(4, 3, padding_idx=-1)
    assert layer.padding_idx == 3 and layer.weight.detach()[3].tolist() == [0, 0, 0]
    for wrong in (lambda: nn.EmbeddingBag(4, 3, padding_idx=4), lambda: nn.EmbeddingBag(4, 3, _weight=pydl.ones(3, 3))):
        with pytest.raises(ValueError):
            wrong()


LAYERS = [
    ("Bilinear", (5, 4, 3), {}, ((2, 5), (2, 4))),
    ("Bilinear", (5, 4, 3), {"bias": False}, ((5,), (4,))),
    ("CosineSimilarity", (), {}, ((3, 5), (3, 5))),
    ("CosineSimilarity", (0, 1e-3), {}, ((3, 5), (3, 5))),
    ("PairwiseDistance", (), {}, ((3, 5), (3, 5))),
    ("PairwiseDistance", (1.0,), {"keepdim": True, "eps": 0.1}, ((3, 5), (5,))),
    ("Softmax2d", (), {}, ((2, 3, 4, 5),)),
    ("Softmax2d", (), {}, ((3, 4, 5),)),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "shapes"), LAYERS)
def test_layers_as_torch(name, args, kwargs, shapes):
    torch = pytest.importorskip("torch")
    ours, theirs = getattr(nn, name)(*args, **kwargs).double(), getattr(torch.nn, name)(*args, **kwargs).double()
    assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({k: pydl.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    values = [np.random.default_rng(i).standard_normal(s) for i, s in enumerate(shapes)]
    a, b = ([lib.tensor(v, requires_grad=True) for v in values] for lib in (pydl, torch))
    y, z = ours(*a), theirs(*b)
    g = np.random.default_rng(9).standard_normal(tuple(z.shape))
    y.backward(pydl.tensor(g))
    z.backward(torch.tensor(g))
    pairs = [(y.detach(), z.detach())] + [(p.grad, q.grad) for p, q in zip(a, b, strict=True)]
    pairs += [(p.grad, q.grad) for p, q in zip(ours.parameters(), theirs.parameters(), strict=True)]
    for p, q in pairs:
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-8, atol=1e-10)


def test_adaptive_softmax_as_torch():
    torch = pytest.importorskip("torch")
    settings = {"cutoffs": [3, 7], "div_value": 2.0, "head_bias": True}
    ours = nn.AdaptiveLogSoftmaxWithLoss(8, 12, **settings).double()
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 12, **settings).double()
    assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({k: pydl.tensor(v.numpy() * 3) for k, v in theirs.state_dict().items()})
    theirs.load_state_dict({k: v * 3 for k, v in theirs.state_dict().items()})
    x = RNG.standard_normal((10, 8)) * 2
    a, b = pydl.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    for target in (RNG.integers(0, 12, 10), np.zeros(10, int), np.full(10, 11)):
        y, z = ours(a, pydl.tensor(target)), theirs(b, torch.tensor(target))
        np.testing.assert_allclose(y.output.detach().numpy(), z.output.detach().numpy(), rtol=1e-9)
        assert y.loss.item() == pytest.approx(z.loss.item(), rel=1e-10)
        y.loss.backward()
        z.loss.backward()
    np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(ours.log_prob(a).detach().numpy(), theirs.log_prob(b).detach().numpy(), rtol=1e-9)
    assert ours.predict(a).tolist() == theirs.predict(b).tolist() == ours.log_prob(a).argmax(1).tolist()
    one = ours(a[0], pydl.tensor(9))
    assert one.output.shape == () and one.output.item() == pytest.approx(theirs(b[0], torch.tensor(9)).output.item())
    with pytest.raises(IndexError):
        ours(a, pydl.full((10,), 12))
    with pytest.raises(RuntimeError, match="expected an input"):
        ours(a, pydl.tensor([1, 2]))
    for cutoffs in ([], [3, 3], [7, 3], [0, 3], [12]):
        with pytest.raises(ValueError, match="cutoffs"):
            nn.AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs)


def test_gumbel_softmax_samples_classes():
    pydl.manual_seed(0)
    p = np.array([0.1, 0.2, 0.7])
    logits = pydl.tensor(np.log(p)).expand(20000, 3)
    hard = F.gumbel_softmax(logits, hard=True).numpy()
    assert set(np.unique(hard)) <= {0.0, 1.0} and (hard.sum(1) == 1).all()
    np.testing.assert_allclose(hard.mean(0), p, atol=0.02)
    x = pydl.tensor(np.log(p), requires_grad=True)
    pydl.manual_seed(1)
    soft = F.gumbel_softmax(x, tau=0.5)
    (of_soft,) = pydl.autograd.grad(soft[0], x)
    assert soft.sum().item() == pytest.approx(1) and soft.min() > 0
    pydl.manual_seed(1)
    y = F.gumbel_softmax(x, tau=0.5, hard=True)
    (of_hard,) = pydl.autograd.grad(y[0], x)
    assert of_soft.tolist() == of_hard.tolist()
    columns = F.gumbel_softmax(pydl.randn(4, 6, dtype=pydl.float64), dim=0)
    np.testing.assert_allclose(columns.sum(0).numpy(), 1)


def test_rrelu_draws_slopes_in_training():
    torch = pytest.importorskip("torch")
    layer = nn.RReLU(0.2, 0.6)
    assert repr(layer) == repr(torch.nn.RReLU(0.2, 0.6))
    x = pydl.full((4000,), -2.0, requires_grad=True)
    y = layer(x)
    slopes = y.detach().numpy() / -2
    assert slopes.min() >= 0.2 and slopes.max() <= 0.6 and abs(slopes.mean() - 0.4) < 0.01 and slopes.std() > 0.1
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), slopes, rtol=1e-6)
    assert layer.eval()(pydl.tensor([-1.0, 3.0])).tolist() == pytest.approx([-0.4, 3.0])
    z = pydl.tensor([-1.0, 3.0])
    assert F.rrelu_(z, 0.5, 0.5, True) is z and z.tolist() == [-0.5, 3.0]


def test_in_place_activations_write_and_keep_the_gradient():
    x = pydl.tensor([-1.0, 0.5, 2.0], requires_grad=True)
    for name, settings in (("elu_", ()), ("celu_", (0.5,)), ("selu_", ()), ("leaky_relu_", ()), ("hardtanh_", ())):
        y = x * 1
        out = getattr(F, name)(y, *settings)
        assert out is y
        plain = getattr(F, name[:-1])(x, *settings)
        assert y.tolist() == plain.tolist()
        a, b = (pydl.autograd.grad(v.sum(), x)[0].tolist() for v in (y, plain))
        assert a == b
    with pytest.raises(RuntimeError):
        F.elu_(x)  # a leaf


def test_classes_and_softmax_take_the_dtypes_that_torch_takes():
    x = pydl.zeros(3, 4)
    assert F.cross_entropy(x, pydl.tensor([0, 1, 2]).to(pydl.uint8)).item() == pytest.approx(np.log(4))
    for kind in (pydl.int32, pydl.int16, pydl.int8, pydl.bool):
        for loss in (F.cross_entropy, F.nll_loss):
            with pytest.raises(pydl.DTypeError):
                loss(x, pydl.tensor([0, 1, 1]).to(kind))
    for function in (F.softmax, F.log_softmax, F.softmin):
        with pytest.raises(pydl.DTypeError):
            function(pydl.tensor([1, 2]), 0)
        assert function(pydl.tensor([1, 2]), 0, dtype=pydl.float64).dtype is pydl.float64
    with pytest.raises(pydl.DTypeError):
        F.mse_loss(pydl.tensor([1]), pydl.tensor([2]))


@pytest.mark.parametrize("settings", [{}, {"bias": True, "out_features": (2,), "label_smoothing": 0.1}])
def test_linear_cross_entropy_as_torch(settings):
    torch = pytest.importorskip("torch")
    ours = nn.LinearCrossEntropyLoss(5, 4, **settings).double()
    theirs = torch.nn.LinearCrossEntropyLoss(5, 4, **settings).double()
    assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({k: pydl.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
    target = RNG.integers(0, 4, (6, *settings.get("out_features", ())))
    y, z = ours(pydl.tensor(X), pydl.tensor(target)), theirs(torch.tensor(X), torch.tensor(target))
    assert y.item() == pytest.approx(z.item(), rel=1e-10)
    y.backward()
    z.backward()
    np.testing.assert_allclose(ours.linear.weight.grad.numpy(), theirs.linear.weight.grad.numpy(), rtol=1e-8)


@pytest.mark.parametrize("reduction", ["sum", "none"])
@pytest.mark.parametrize("name", ["huber_loss", "smooth_l1_loss"])
def test_at_the_bound_the_parabola_has_ended(name: str, reduction: str) -> None:
    """The second derivative there is the line's, as PyTorch has it."""
    x = pydl.tensor([1.0, 0.5, -1.0], requires_grad=True)
    loss = getattr(pydl.nn.functional, name)(x, pydl.zeros(3), reduction=reduction).sum()
    (slope,) = pydl.autograd.grad(loss, x, create_graph=True)
    assert slope.tolist() == [1, 0.5, -1]
    assert pydl.autograd.grad(slope.sum(), x)[0].tolist() == [0, 1, 0]

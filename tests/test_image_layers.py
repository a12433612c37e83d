"""Layers for images against torch where it is installed; lazy layers; boxes and regions against written formulas."""

import copy
import itertools
import math
import pickle
import warnings

import numpy as np
import pytest
from test_layers import example

import pydl
from pydl import nn
from pydl.nn import functional as F
from pydl.vision import ops as boxes_ops

IMAGE, LINE, CUBE = (2, 4, 7, 6), (2, 4, 9), (1, 4, 5, 4, 6)
SHAPES = {1: LINE, 2: IMAGE, 3: CUBE}
# name, positional settings, keyword settings, the input's shape
LAYERS = [
    *[(f"{kind}Pad{n}d", (1,), {}, SHAPES[n]) for kind in ("Zero", "Reflection", "Circular") for n in (1, 2, 3)],
    *[(f"ReplicationPad{n}d", (5,), {}, SHAPES[n]) for n in (1, 2, 3)],
    *[(f"ConstantPad{n}d", (2, 3.5), {}, SHAPES[n]) for n in (1, 2, 3)],
    ("ZeroPad2d", ((1, 0, -2, 3),), {}, IMAGE),
    ("ConstantPad1d", ((-1, 2), -1), {}, IMAGE),
    ("ReflectionPad2d", ((1, 2, 3, 0),), {}, IMAGE[1:]),
    ("CircularPad3d", ((0, 1, 2, 0, 3, 1),), {}, CUBE[1:]),
    ("Upsample", (), {"scale_factor": 2}, LINE),
    ("Upsample", ((3, 5),), {"mode": "bilinear"}, IMAGE),
    ("Upsample", (), {"scale_factor": (1.5, 2.5), "mode": "bicubic", "align_corners": True}, IMAGE),
    ("Upsample", (), {"scale_factor": 1.3, "mode": "trilinear", "recompute_scale_factor": True}, CUBE),
    ("UpsamplingNearest2d", (), {"scale_factor": 3}, IMAGE),
    ("UpsamplingBilinear2d", ((4, 11),), {}, IMAGE),
    ("Fold", ((3, 4), 2), {}, (2, 8, 6)),
    ("Fold", (5, (2, 3)), {"padding": 1, "stride": 2, "dilation": (1, 2)}, (1, 6, 6)),
    ("Unfold", ((2, 3),), {"padding": (0, 1), "stride": 2}, IMAGE),
    ("PixelShuffle", (2,), {}, IMAGE),
    ("PixelUnshuffle", (2,), {}, (2, 3, 4, 6)),
    ("ChannelShuffle", (2,), {}, IMAGE),
    *[(f"InstanceNorm{n}d", (4,), {}, SHAPES[n]) for n in (1, 2, 3)],
    *[(f"InstanceNorm{n}d", (4,), {"affine": True, "track_running_stats": True}, SHAPES[n]) for n in (1, 2, 3)],
    ("InstanceNorm2d", (4,), {"affine": True, "bias": False, "eps": 0.1}, IMAGE),
    ("InstanceNorm2d", (4,), {"affine": True}, IMAGE[1:]),
    ("InstanceNorm1d", (4,), {"track_running_stats": True, "momentum": 0.5}, LINE),
    ("GroupNorm", (2, 4), {}, (3, 4)),
    ("GroupNorm", (2, 4), {"bias": False}, CUBE),
    ("LocalResponseNorm", (3,), {"alpha": 0.5, "k": 2.0}, IMAGE),
    ("LocalResponseNorm", (2,), {}, LINE),
    ("LPPool1d", (2, 3), {"stride": 2}, LINE),
    ("LPPool2d", (2, (3, 2)), {"ceil_mode": True}, IMAGE),
    ("LPPool3d", (2, 2), {}, CUBE),
    *[
        ("Conv2d", (4, 6, (3, 2)), {"padding": (2, 1), "padding_mode": mode, "stride": 2}, IMAGE)
        for mode in ("zeros", "reflect", "replicate", "circular")
    ],
    ("Conv1d", (4, 2, 4), {"padding": "same", "padding_mode": "circular"}, LINE),
    ("Conv3d", (4, 2, 3), {"padding": 1, "padding_mode": "replicate"}, CUBE),
    ("Conv2d", (4, 2, 3), {"padding": 1, "padding_mode": "reflect"}, IMAGE[1:]),
]
IDS = [f"{name}-{i}" for i, (name, *_) in enumerate(LAYERS)]


@pytest.mark.parametrize(("name", "args", "kwargs", "shape"), LAYERS, ids=IDS)
def test_as_torch(name, args, kwargs, shape):
    torch = pytest.importorskip("torch")
    ours = getattr(nn, name)(*args, **kwargs).double()
    theirs = getattr(torch.nn, name)(*args, **kwargs).double()
    assert repr(ours) == repr(theirs)
    state = theirs.state_dict()
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {k: tuple(v.shape) for k, v in state.items()}
    assert list(ours.state_dict()) == list(state)
    for key, value in state.items():  # weights of 1 would hide a mistake
        if key in ("weight", "bias"):
            value += torch.tensor(example(tuple(value.shape), 3))
    ours.load_state_dict({k: pydl.tensor(v.numpy()) for k, v in state.items()})
    for mode in (True, False):
        ours.train(mode)
        theirs.train(mode)
        x, t = pydl.tensor(example(shape)), torch.tensor(example(shape))
        x.requires_grad_(True)
        t.requires_grad_(True)
        y, z = ours(x), theirs(t)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-9, atol=1e-11)
        g = example(tuple(z.shape), 5)
        y.backward(pydl.tensor(g))
        z.backward(torch.tensor(g))
        np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-8, atol=1e-10)
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-8, atol=1e-9)
    for key, value in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[key].numpy(), value.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_unpooling_layers_as_torch(n):
    torch = pytest.importorskip("torch")
    x = example(SHAPES[n])
    results = []
    for library, tensor in ((nn, pydl.tensor), (torch.nn, torch.tensor)):
        pool = getattr(library, f"MaxPool{n}d")(2, return_indices=True)
        unpool = getattr(library, f"MaxUnpool{n}d")(2)
        y, index = pool(tensor(x))
        results.append((repr(unpool), unpool(y, index, output_size=x.shape).numpy(), index.numpy()))
    (ours, a, i), (theirs, b, j) = results
    assert ours == theirs
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(i, j)


@pytest.mark.parametrize("n", [2, 3])
def test_fractional_pooling_layers_as_torch(n):
    torch = pytest.importorskip("torch")
    samples, x = np.random.default_rng(1).random((*SHAPES[n][:2], n)), example(SHAPES[n])
    name = f"FractionalMaxPool{n}d"
    for settings in ({"output_size": 2}, {"output_ratio": 0.4}):
        ours = getattr(nn, name)(2, return_indices=True, _random_samples=pydl.tensor(samples), **settings)
        theirs = getattr(torch.nn, name)(2, return_indices=True, _random_samples=torch.tensor(samples), **settings)
        assert repr(ours) == repr(theirs)
        for a, b in zip(ours(pydl.tensor(x)), theirs(torch.tensor(x)), strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    drawn = getattr(nn, name)(2, output_size=3)
    pydl.manual_seed(3)
    one = drawn(pydl.tensor(x))
    pydl.manual_seed(3)
    assert one.shape == (*SHAPES[n][:2], *(3,) * n) and one.tolist() == drawn(pydl.tensor(x)).tolist()
    with pytest.raises(ValueError, match="both or neither"):
        getattr(nn, name)(2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        getattr(nn, name)(2, output_ratio=1.5)


def draw_pooling(rng, n):
    kernel = tuple(int(k) for k in rng.integers(1, 4, n))
    return {
        "shape": (*(2, 3)[: rng.integers(1, 3)], *(int(k) for k in rng.integers(3, 9, n))),
        "kernel_size": kernel if rng.integers(2) else max(kernel),
        "stride": [None, 1, 2, tuple(int(s) for s in rng.integers(1, 4, n))][rng.integers(4)],
        "padding": int(rng.integers(0, min(kernel) // 2 + 1)),
        "ceil_mode": bool(rng.integers(2)),
    }


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_pooling_as_torch_on_generated_settings(n, kind):
    """Values, places and gradients; a setting that torch refuses is one that pydl may take."""
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(n)
    compared = 0
    for _ in range(60):
        drawn = draw_pooling(rng, n)
        shape = drawn.pop("shape")
        if kind == "max":
            drawn |= {"dilation": int(rng.integers(1, 3)), "return_indices": True}
        else:
            drawn |= {"count_include_pad": bool(rng.integers(2))}
            if n > 1:
                drawn |= {"divisor_override": [None, 3, -2][rng.integers(3)]}
        x = rng.permutation(np.linspace(-1, 1, math.prod(shape))).reshape(shape)
        theirs = torch.tensor(x, requires_grad=True)
        try:
            z = getattr(torch.nn.functional, f"{kind}_pool{n}d")(theirs, **drawn)
        except RuntimeError:
            continue
        ours = pydl.tensor(x, requires_grad=True)
        y = getattr(F, f"{kind}_pool{n}d")(ours, **drawn)
        if kind == "max":
            np.testing.assert_array_equal(y[1].numpy(), z[1].numpy(), err_msg=f"{shape} {drawn}")
            y, z = y[0], z[0]
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-12, err_msg=f"{shape} {drawn}")
        g = rng.standard_normal(tuple(z.shape))
        y.backward(pydl.tensor(g))
        z.backward(torch.tensor(g))
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), atol=1e-12, err_msg=f"{shape} {drawn}")
        compared += 1
    assert compared > 20


def test_interpolate_as_torch_on_generated_settings():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    for _ in range(150):
        n = int(rng.integers(1, 4))
        linear = {1: "linear", 2: "bilinear", 3: "trilinear"}[n]
        mode = ["nearest", "nearest-exact", "area", linear, "bicubic" if n == 2 else linear][rng.integers(5)]
        shape = (2, 2, *(int(k) for k in rng.integers(2, 9, n)))
        settings = {"mode": mode}
        if rng.integers(2):
            settings["size"] = tuple(int(k) for k in rng.integers(2, 14, n))
        else:
            settings["scale_factor"] = tuple(rng.uniform(0.6, 3, n).tolist())
            # With factors, PyTorch's gradient of one and three dimensions is not that of its own result.
            settings["recompute_scale_factor"] = True if mode == "nearest" and n != 2 else bool(rng.integers(2))
        if mode in ("linear", "bilinear", "trilinear", "bicubic"):
            settings["align_corners"] = bool(rng.integers(2))
        x = rng.standard_normal(shape)
        ours, theirs = pydl.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        y, z = F.interpolate(ours, **settings), torch.nn.functional.interpolate(theirs, **settings)
        np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), atol=1e-12, err_msg=f"{shape} {settings}")
        if mode == "bicubic" and "scale_factor" in settings and tuple(y.shape[2:]) == shape[2:]:
            continue  # the same difference
        g = rng.standard_normal(tuple(z.shape))
        y.backward(pydl.tensor(g))
        z.backward(torch.tensor(g))
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), atol=1e-11, err_msg=f"{shape} {settings}")


def test_instance_norm_refuses_other_channels():
    with pytest.raises(ValueError, match="expected 4 channels, got 3"):
        nn.InstanceNorm2d(4, affine=True)(pydl.ones(2, 3, 4, 4))
    with pytest.warns(UserWarning, match="expected 4 channels"):
        nn.InstanceNorm2d(4)(pydl.randn(2, 3, 4, 4))
    with pytest.raises(ValueError, match="expected 2D or 3D input"):
        nn.InstanceNorm1d(4)(pydl.ones(2, 4, 4, 4))


def test_sync_batch_norm_is_batch_norm():
    net = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Sequential(nn.BatchNorm2d(4)))
    x = pydl.randn(2, 3, 5, 5)
    keys, before = list(net.state_dict()), net(x).tolist()
    made = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    assert [type(m).__name__ for m in made.modules()].count("SyncBatchNorm") == 2 and list(made.state_dict()) == keys
    assert made(x).tolist() == before
    with pytest.raises(ValueError, match="at least 2D"):
        nn.SyncBatchNorm(4)(pydl.ones(4))


LAZY = [
    ("LazyLinear", (3,), {}, IMAGE),
    ("LazyLinear", (3,), {"bias": False}, IMAGE),
    *[(f"LazyConv{n}d", (6, 3), {"groups": 2, "padding": 1}, SHAPES[n]) for n in (1, 2, 3)],
    ("LazyConv2d", (6, 3), {"bias": False, "padding_mode": "reflect", "padding": 1}, IMAGE[1:]),
    *[(f"LazyConvTranspose{n}d", (6, 3), {"stride": 2, "output_padding": 1}, SHAPES[n]) for n in (1, 2, 3)],
    *[(f"LazyBatchNorm{n}d", (), {}, SHAPES[n]) for n in (1, 2, 3)],
    ("LazyBatchNorm2d", (), {"affine": False}, IMAGE),
    *[(f"LazyInstanceNorm{n}d", (), {}, SHAPES[n]) for n in (1, 2, 3)],
    ("LazyInstanceNorm2d", (), {"track_running_stats": False}, IMAGE),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "shape"), LAZY, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(LAZY)])
def test_lazy_as_torch(name, args, kwargs, shape):
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lazy modules are new, says PyTorch
        theirs = getattr(torch.nn, name)(*args, **kwargs)
    ours = getattr(nn, name)(*args, **kwargs)
    assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    assert [type(p).__name__ for p in ours.parameters()] == [type(p).__name__ for p in theirs.parameters()]
    x = example(shape).astype(np.float32)
    theirs(torch.tensor(x))
    waiting = copy.deepcopy(ours)
    y = ours(pydl.tensor(x))
    assert repr(ours) == repr(theirs) and type(ours).__name__ == type(theirs).__name__
    state = theirs.state_dict()
    assert {k: tuple(v.shape) for k, v in ours.state_dict().items()} == {k: tuple(v.shape) for k, v in state.items()}
    # Weights of a net that has seen an input make one that has not.
    waiting.load_state_dict(ours.state_dict())
    if "Norm" not in name:
        assert waiting(pydl.tensor(x)).tolist() == y.tolist()
    assert all(type(p) is nn.Parameter for p in waiting.parameters())


def test_lazy_layers_wait_for_an_input():
    layer = nn.LazyLinear(3)
    assert repr(layer.weight) == "<UninitializedParameter>" and layer.has_uninitialized_params()
    with pytest.raises(RuntimeError, match="uninitialized parameter"):
        layer.weight.shape  # noqa: B018
    net = nn.Sequential(layer, nn.LazyBatchNorm1d()).double()
    optimizer = pydl.optim.SGD(net.parameters(), lr=0.1)
    assert nn.LazyLinear(2).load_state_dict(nn.Linear(5, 2).state_dict()).missing_keys == []
    assert pickle.loads(pickle.dumps(nn.LazyLinear(2)))(pydl.ones(1, 4)).shape == (1, 2)
    x = pydl.randn(4, 2, dtype=pydl.float64)
    net(x).sum().backward()
    before = layer.weight.tolist()
    layer.weight.grad.fill_(1.0)
    optimizer.step()
    np.testing.assert_allclose(layer.weight.detach().numpy(), np.array(before) - 0.1)
    assert layer.weight.dtype == pydl.float64 and type(layer) is nn.Linear
    with pytest.raises(RuntimeError, match="LazyConv1d: expected 2D"):
        nn.Sequential(nn.LazyConv1d(2, 1), nn.BatchNorm1d(2))(pydl.ones(2, 3, 4, 5))
    with pytest.raises(ValueError, match="divisible by groups"):
        nn.LazyConv1d(2, 1, groups=2)(pydl.ones(2, 3, 4))


# Boxes and regions: torchvision's names; checked against the formulas.


def random_boxes(rng, count):
    corner = rng.uniform(0, 20, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(1, 15, (count, 2))], 1)


def iou(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    around = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return width * height / union, width * height / union - (around - union) / around


def test_box_iou_and_generalized():
    rng = np.random.default_rng(0)
    a, b = random_boxes(rng, 6), random_boxes(rng, 4)
    plain, general = np.empty((6, 4)), np.empty((6, 4))
    for i, j in np.ndindex(6, 4):
        plain[i, j], general[i, j] = iou(a[i], b[j])
    x, y = pydl.tensor(a, requires_grad=True), pydl.tensor(b)
    np.testing.assert_allclose(boxes_ops.box_iou(x, y).detach().numpy(), plain, rtol=1e-12)
    np.testing.assert_allclose(boxes_ops.generalized_box_iou(x, y).detach().numpy(), general, rtol=1e-12)
    sizes = boxes_ops.box_convert(y, "xyxy", "cxcywh")
    np.testing.assert_allclose(
        boxes_ops.box_iou(boxes_ops.box_convert(x, "xyxy", "cxcywh"), sizes, fmt="cxcywh").detach().numpy(), plain
    )
    assert pydl.autograd.gradcheck(lambda v: boxes_ops.generalized_box_iou(v, y), (x,))
    assert boxes_ops.box_iou(pydl.zeros(0, 4), y.float()).shape == (0, 4)
    with pytest.raises(ValueError, match=r"\(\.\.\., 4\)"):
        boxes_ops.box_iou(pydl.ones(2, 3), pydl.ones(2, 4))


def test_box_formats_and_areas():
    rng = np.random.default_rng(1)
    corners = random_boxes(rng, 5)
    low, size = corners[:, :2], corners[:, 2:] - corners[:, :2]
    formats = {
        "xyxy": corners,
        "xywh": np.concatenate([low, size], 1),
        "cxcywh": np.concatenate([low + size / 2, size], 1),
    }
    for one, other in itertools.product(formats, repeat=2):
        made = boxes_ops.box_convert(pydl.tensor(formats[one]), one, other)
        np.testing.assert_allclose(made.numpy(), formats[other], rtol=1e-12)
    for name, values in formats.items():
        np.testing.assert_allclose(boxes_ops.box_area(pydl.tensor(values), name).numpy(), size.prod(1), rtol=1e-12)
    with pytest.raises(ValueError, match="formats"):
        boxes_ops.box_convert(pydl.tensor(corners), "xyxy", "polar")
    clipped = boxes_ops.clip_boxes_to_image(pydl.tensor(corners - 5), (10, 12)).numpy()
    np.testing.assert_allclose(clipped, np.clip(corners - 5, 0, [12, 10, 12, 10]))
    small = boxes_ops.remove_small_boxes(pydl.tensor(corners), 8.0).tolist()
    assert small == [i for i in range(5) if size[i].min() >= 8.0]


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.7])
def test_nms_by_its_definition(threshold):
    rng = np.random.default_rng(2)
    values, scores = random_boxes(rng, 40), rng.random(40)
    scores[7] = scores[3]  # of two with one score the earlier comes first
    expected = []
    for i in np.argsort(-scores, kind="stable"):
        if all(iou(values[i], values[j])[0] <= threshold for j in expected):
            expected.append(int(i))
    found = boxes_ops.nms(pydl.tensor(values), pydl.tensor(scores), threshold)
    assert found.tolist() == expected and found.dtype == pydl.int64
    classes = rng.integers(0, 3, 40)
    batched = []
    for i in np.argsort(-scores, kind="stable"):
        if all(classes[i] != classes[j] or iou(values[i], values[j])[0] <= threshold for j in batched):
            batched.append(int(i))
    found = boxes_ops.batched_nms(pydl.tensor(values), pydl.tensor(scores), pydl.tensor(classes), threshold)
    assert found.tolist() == batched


def test_nms_of_little():
    assert boxes_ops.nms(pydl.zeros(0, 4), pydl.zeros(0), 0.5).shape == (0,)
    empty = boxes_ops.batched_nms(pydl.zeros(0, 4), pydl.zeros(0), pydl.zeros(0).long(), 0.5)
    assert empty.shape == (0,) and empty.dtype == pydl.int64
    with pytest.raises(ValueError, match="nms"):
        boxes_ops.nms(pydl.zeros(3, 4), pydl.zeros(2), 0.5)
    with pytest.raises(ValueError, match="batched_nms"):
        boxes_ops.batched_nms(pydl.zeros(3, 4), pydl.zeros(3), pydl.zeros(2), 0.5)


def test_roi_align_takes_lists_and_large_boxes():
    """The values are in the table of ops; a list of boxes for each image is the same, and no box takes long."""
    x = pydl.randn(2, 3, 8, 8)
    first, second = pydl.tensor([[0.0, 0.0, 4.0, 4.0], [1.0, 2.0, 7.0, 5.0]]), pydl.tensor([[2.0, 2.0, 6.0, 7.0]])
    together = pydl.tensor([[0, 0, 0, 4, 4], [0, 1, 2, 7, 5], [1, 2, 2, 6, 7]]).float()
    layer = boxes_ops.RoIAlign((2, 3), 0.5, 2, aligned=True)
    assert layer(x, [first, second]).tolist() == layer(x, together).tolist()
    assert repr(layer) == "RoIAlign(output_size=(2, 3), spatial_scale=0.5, sampling_ratio=2, aligned=True)"
    huge = pydl.tensor([[0.0, -1e30, -1e30, 1e30, 1e30]])
    assert pydl.isfinite(boxes_ops.roi_align(x, huge, 2)).all()
    assert boxes_ops.roi_align(x, pydl.zeros(0, 5), 2).shape == (0, 3, 2, 2)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_sigmoid_focal_loss(reduction):
    rng = np.random.default_rng(3)
    logits, targets = rng.standard_normal((5, 4)) * 3, (rng.random((5, 4)) > 0.5).astype(float)
    p = 1 / (1 + np.exp(-logits))
    right = p * targets + (1 - p) * (1 - targets)
    for alpha, gamma in ((0.25, 2), (0.6, 0.5), (-1, 2)):
        expected = -((1 - right) ** gamma) * np.log(right)
        if alpha >= 0:
            expected = expected * (alpha * targets + (1 - alpha) * (1 - targets))
        expected = expected if reduction == "none" else getattr(expected, reduction)()
        x = pydl.tensor(logits, requires_grad=True)
        y = boxes_ops.sigmoid_focal_loss(x, pydl.tensor(targets), alpha, gamma, reduction)
        np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-10)
    with pytest.raises(ValueError, match="reduction"):
        boxes_ops.sigmoid_focal_loss(x, pydl.tensor(targets), reduction="max")


def test_roi_align_of_sides_past_the_largest_number():
    x = pydl.ones(1, 2, 7, 7, dtype=pydl.float64, requires_grad=True)
    box = pydl.tensor([[0, -1e308, 0, 1e308, 1]], dtype=pydl.float64)
    y = boxes_ops.roi_align(x, box, 2, sampling_ratio=2)
    assert y.tolist() == [[[[0, 0]] * 2] * 2]
    y.sum().backward()
    assert x.grad.abs().sum().item() == 0


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_grid_sample_of_more_elements_than_floats_count(mode):
    """The last index, 2^24 + 3, is no float: the next one is past the end of the memory."""
    row = pydl.full((2, 2**24 + 4), 7.0)
    row[1] = 100  # what lies there
    x = row[:1].reshape(1, 1, 1, -1).requires_grad_()
    grid = pydl.tensor([[[[1.0, 0.0], [2.0, 0.0]]]])
    y = F.grid_sample(x, grid, mode=mode, padding_mode="border", align_corners=True)
    assert y.tolist() == [[[[7, 7]]]]
    y.sum().backward()
    assert x.grad[0, 0, 0, -1].item() == 2
    assert x.grad.sum().item() == 2

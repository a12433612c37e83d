"""Transforms of Pillow's images, arrays and tensors: beside Pillow, numpy, PyTorch; random ones by their settings."""

from __future__ import annotations

import colorsys
import math

import numpy as np
import pytest
from fresh import python

import pydl
from pydl.vision import transforms as T
from pydl.vision import utils
from pydl.vision.transforms import functional as F

Image = pytest.importorskip("PIL.Image")
try:
    import torch
except ImportError:
    torch = None

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (13, 17, 3), np.uint8)
SMOOTH = (127 + 120 * np.sin(np.indices((24, 30)).sum(0)[..., None] / 5 + np.arange(3))).astype(np.uint8)
BILINEAR = T.InterpolationMode.BILINEAR


def kinds(array):
    """One image as Pillow's, as an array and as a tensor."""
    return (
        Image.fromarray(array),
        array,
        pydl.from_numpy(np.array(array.reshape(*array.shape[:2], -1).transpose(2, 0, 1))),
    )


def as_array(image):
    """Any of these as an array (rows, columns, channels)."""
    if isinstance(image, pydl.Tensor):
        return image.numpy().transpose(1, 2, 0)
    array = np.asarray(image)
    return array.reshape(*array.shape[:2], -1)


def all_alike(f, array, most=0):
    """f of the three kinds, each of its own kind, differing by no more than that; the array's result."""
    results = []
    for image in kinds(array):
        out = f(image)
        assert type(out) is type(image) or isinstance(out, Image.Image)
        results.append(as_array(out).astype(int))
    for other in results[1:]:
        assert other.shape == results[0].shape
        assert np.abs(other - results[0]).max(initial=0) <= most, np.abs(other - results[0]).max()
    assert (results[1] == results[2]).all()
    return results[1]


def test_to_tensor():
    for image in (PHOTO, Image.fromarray(PHOTO)):
        x = T.ToTensor()(image)
        assert x.dtype is pydl.float32 and x.shape == (3, 13, 17)
        np.testing.assert_allclose(x.numpy(), PHOTO.transpose(2, 0, 1) / np.float32(255), rtol=1e-6)
    assert F.to_tensor(PHOTO[:, :, 0]).shape == (1, 13, 17)
    assert F.to_tensor(PHOTO.astype(np.float64)).dtype is pydl.float64 and F.to_tensor(PHOTO.astype(np.int32)).max() > 1
    for mode, dtype in (("I", pydl.int32), ("F", pydl.float32), ("I;16", pydl.int16)):
        pic = Image.fromarray(np.arange(6, dtype={"I": "i4", "F": "f4", "I;16": "u2"}[mode]).reshape(2, 3))
        assert pic.mode == mode and F.to_tensor(pic).dtype is dtype and F.to_tensor(pic).tolist()[0][1][2] == 5
    assert F.to_tensor(Image.fromarray(np.eye(2, dtype=bool))).tolist() == [[[1.0, 0.0], [0.0, 1.0]]]
    assert T.PILToTensor()(Image.fromarray(PHOTO)).dtype is pydl.uint8
    for wrong in (3, [1], pydl.ones(1, 2, 2)):
        with pytest.raises(TypeError):
            F.to_tensor(wrong)
    with pytest.raises(ValueError):
        F.to_tensor(np.ones(3))
    with pytest.raises(TypeError):
        F.pil_to_tensor(PHOTO)


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 1), (5, 4, 2), (5, 4, 3), (5, 4, 4)])
def test_to_pil_image_and_back(shape):
    array = RNG.integers(0, 256, shape, np.uint8)
    picture = T.ToPILImage()(array)
    assert picture.size == (4, 5)
    assert (as_array(picture) == array.reshape(5, 4, -1)).all()
    x = F.to_tensor(array)
    assert (as_array(F.to_pil_image(x)) == array.reshape(5, 4, -1)).all()
    assert (F.pil_to_tensor(picture).numpy() == array.reshape(5, 4, -1).transpose(2, 0, 1)).all()


def test_to_pil_image_modes():
    assert F.to_pil_image(pydl.ones(3, 2, 2), "HSV").mode == "HSV" and F.to_pil_image(pydl.ones(2, 2)).mode == "L"
    assert F.to_pil_image(pydl.full((1, 2, 2), 0.25), "F").getpixel((0, 0)) == 0.25
    assert F.to_pil_image(np.full((2, 2), 7, np.int32)).mode == "I"
    for kind, wrong in (
        (ValueError, np.ones((2, 2, 5), np.uint8)),
        (ValueError, np.ones(2, np.uint8)),
        (ValueError, pydl.ones(1, 1, 2, 2)),
        (TypeError, np.ones((2, 2, 3), np.int32)),
        (TypeError, "image"),
    ):
        with pytest.raises(kind):
            F.to_pil_image(wrong)
    with pytest.raises(ValueError, match="mode"):
        F.to_pil_image(pydl.ones(3, 2, 2), "L")


def test_normalize():
    x = pydl.rand(3, 4, 5)
    mean, std = (0.1, 0.2, 0.3), (0.5, 0.6, 0.7)
    expected = (x.numpy() - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1))
    np.testing.assert_allclose(T.Normalize(mean, std)(x).numpy(), expected, rtol=1e-5)
    np.testing.assert_allclose(
        F.normalize(x.numpy().transpose(1, 2, 0), mean, std), expected.transpose(1, 2, 0), rtol=1e-5
    )
    batch = pydl.stack([x, x])
    np.testing.assert_allclose(F.normalize(batch, mean, std)[1].numpy(), expected, rtol=1e-5)
    y = x.clone()
    assert F.normalize(y, [0.5], [0.5], inplace=True) is y and y.min() < 0
    with pytest.raises(ValueError, match="zero"):
        F.normalize(x, mean, (1.0, 0.0, 1.0))
    with pytest.raises(TypeError):
        F.normalize(pydl.ones(3, 2, 2).long(), mean, std)
    with pytest.raises(TypeError):
        F.normalize(PHOTO, mean, std)
    with pytest.raises(ValueError):
        F.normalize(pydl.ones(2, 2), mean, std)


@pytest.mark.parametrize("size", [5, (7, 4), (30, 40), (13, 5), [9]])
def test_resize_is_pillows(size):
    for mode in (BILINEAR, T.InterpolationMode.BICUBIC):
        out = all_alike(lambda image, mode=mode: F.resize(image, size, mode), PHOTO, most=1)
        if not isinstance(size, int) and len(size) == 2:
            assert out.shape[:2] == tuple(size)
        else:
            assert min(out.shape[:2]) == (size if isinstance(size, int) else size[0])


@pytest.mark.skipif(torch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("size", [(5, 4), (30, 40), (13, 9), (20, 6)])
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic"])
def test_resize_is_pytorchs(mode, size):
    x = RNG.uniform(size=(2, 3, 13, 17))
    for antialias in (False, True) if mode in ("bilinear", "bicubic") else (False,):
        ours = F.resize(pydl.from_numpy(x), size, T.InterpolationMode(mode), antialias=antialias)
        theirs = torch.nn.functional.interpolate(torch.from_numpy(x), size, mode=mode, antialias=antialias)
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6, atol=1e-6)
    g = pydl.from_numpy(x).requires_grad_()
    F.resize(g, size, BILINEAR).sum().backward()
    assert g.grad.sum().item() == pytest.approx(2 * 3 * size[0] * size[1])


def test_sizes():
    assert F.get_dimensions(PHOTO) == [3, 13, 17] and F.get_image_size(Image.fromarray(PHOTO)) == [17, 13]
    assert F.get_image_num_channels(pydl.ones(4, 4)) == 1
    assert F.resize(PHOTO, 26, max_size=30).shape == (22, 30, 3)
    assert T.Resize(26)(Image.fromarray(PHOTO)).size == (34, 26)
    for wrong in ((1, 2, 3), ()):
        with pytest.raises(ValueError):
            T.Resize(wrong)
        with pytest.raises(ValueError):
            F.resize(PHOTO, wrong)
    for call in (
        lambda: F.resize(PHOTO, 10, max_size=10),
        lambda: F.resize(PHOTO, (5, 5), max_size=10),
        lambda: F.resize(PHOTO, (0, 5)),
        lambda: F.resize(PHOTO, 5, T.InterpolationMode.LANCZOS),
    ):
        with pytest.raises(ValueError):
            call()
    for wrong in (3, "x", np.ones(3)):
        with pytest.raises(TypeError):
            F.resize(wrong, 3)
    with pytest.raises(TypeError, match="InterpolationMode"):
        F.resize(PHOTO, 3, "bilinear")
    with pytest.raises(ValueError):
        F.hflip(pydl.ones(3))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
@pytest.mark.parametrize("padding", [2, (1, 3), (1, 2, 3, 0)])
def test_pad_is_numpys(mode, padding):
    left, top, right, bottom = F.sides_of(padding)
    more = {"constant_values": 7} if mode == "constant" else {}
    expected = np.pad(PHOTO, ((top, bottom), (left, right), (0, 0)), mode=mode, **more)
    found = all_alike(lambda image: F.pad(image, padding, 7, mode), PHOTO)
    assert (found == expected).all()


def test_pad_colours_and_errors():
    found = all_alike(lambda image: T.Pad(1, (10, 20, 30))(image), PHOTO)
    assert found[0, 0].tolist() == [10, 20, 30] and (found[1:-1, 1:-1] == PHOTO).all()
    for wrong in (lambda: F.pad(PHOTO, (1, 2, 3)), lambda: F.pad(PHOTO, -1), lambda: T.Pad(1, 0, "wrap"),
                  lambda: F.pad(PHOTO, 1, (1, 2)), lambda: F.pad(PHOTO, 1, 0, "wrap")):  # fmt: skip
        with pytest.raises(ValueError):
            wrong()


def test_crops_and_flips():
    assert (all_alike(lambda i: F.crop(i, 2, 3, 5, 6), PHOTO) == PHOTO[2:7, 3:9]).all()
    beyond = all_alike(lambda i: F.crop(i, -2, 10, 8, 12), PHOTO)
    assert beyond.shape == (8, 12, 3) and (beyond[2:, :7] == PHOTO[:6, 10:]).all() and not beyond[:2].any()
    assert (all_alike(T.CenterCrop((5, 7)), PHOTO) == PHOTO[4:9, 5:12]).all()
    large = all_alike(T.CenterCrop(20), PHOTO)
    assert large.shape == (20, 20, 3) and large.sum() == PHOTO.astype(int).sum()
    assert (all_alike(F.hflip, PHOTO) == PHOTO[:, ::-1]).all() and (all_alike(F.vflip, PHOTO) == PHOTO[::-1]).all()
    assert all_alike(lambda i: F.resized_crop(i, 1, 2, 8, 9, (4, 4)), PHOTO, most=1).shape == (4, 4, 3)
    gray = PHOTO[:, :, 0]
    assert (
        F.hflip(gray).shape == (13, 17) and (F.hflip(gray) == gray[:, ::-1]).all()
    )  # an array stays one without channels


def test_colours():
    gray = all_alike(T.Grayscale(), PHOTO, most=1)
    assert gray.shape == (13, 17, 1)
    assert np.abs(gray[..., 0] - PHOTO @ np.array([0.299, 0.587, 0.114])).max() < 1.5
    assert all_alike(lambda i: F.to_grayscale(i, 3), PHOTO, most=1).shape == (13, 17, 3)
    for f in (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation):
        for factor in (0.0, 0.4, 1.0, 1.7):
            all_alike(lambda i, f=f, factor=factor: f(i, factor), PHOTO, most=2)
        assert (f(PHOTO, 1.0) == PHOTO).all()
        with pytest.raises(ValueError):
            f(PHOTO, -0.1)
    assert not F.adjust_brightness(PHOTO, 0.0).any()
    with pytest.raises(ValueError):
        F.rgb_to_grayscale(PHOTO, 2)
    with pytest.raises(ValueError):
        F.rgb_to_grayscale(pydl.ones(2, 4, 4))


def test_hue():
    x = pydl.rand(3, 6, 7, dtype=pydl.float64)
    x[:, 0, 0] = 0.5  # grey
    for factor in (-0.5, -0.2, 0.0, 0.3):
        found = F.adjust_hue(x, factor).numpy()
        for i in range(6):
            for j in range(7):
                h, s, v = colorsys.rgb_to_hsv(*x[:, i, j].tolist())
                np.testing.assert_allclose(found[:, i, j], colorsys.hsv_to_rgb((h + factor) % 1, s, v), atol=1e-9)
    all_alike(lambda i: F.adjust_hue(i, 0.25), SMOOTH, most=12)  # Pillow's hue is one of 256
    assert F.adjust_hue(Image.fromarray(PHOTO[:, :, 0]), 0.1).mode == "L"
    assert F.adjust_hue(pydl.ones(1, 2, 2), 0.1).shape == (1, 2, 2)
    with pytest.raises(ValueError):
        F.adjust_hue(x, 0.6)


def test_rotation():
    for turns in range(-1, 4):
        found = all_alike(lambda i, turns=turns: F.rotate(i, 90.0 * turns, expand=True), PHOTO)
        assert (found == np.rot90(PHOTO, turns)).all()
    assert (all_alike(lambda i: F.rotate(i, 180), PHOTO) == PHOTO[::-1, ::-1]).all()
    for angle in (17.0, -40.0, 123.0):
        for settings in ({}, {"interpolation": BILINEAR}, {"expand": True}, {"center": (3, 4)}, {"fill": 200}):
            ours = as_array(F.rotate(kinds(SMOOTH)[2], angle, **settings)).astype(int)
            pil = as_array(F.rotate(Image.fromarray(SMOOTH), angle, **settings)).astype(int)
            assert ours.shape == pil.shape
            difference = np.abs(ours - pil)
            if "interpolation" in settings:  # Pillow does not blend the edge with what is outside
                whole = F.rotate(pydl.ones(1, 24, 30), angle, **settings)
                difference = difference[whole[0].numpy() > 0.999]
            assert (difference <= 2).mean() > 0.98, (angle, settings)
    inside = F.rotate(pydl.ones(1, 20, 20), 45.0, fill=0.5)
    assert inside[0, 10, 10] == 1 and inside[0, 0, 0] == 0.5


def test_affine():
    same = {"angle": 0.0, "translate": (0, 0), "scale": 1.0, "shear": 0.0}
    assert (all_alike(lambda i: F.affine(i, **same), PHOTO) == PHOTO).all()
    moved = all_alike(lambda i: F.affine(i, **same | {"translate": (3, -2)}), PHOTO)
    assert (moved[:11, 3:] == PHOTO[2:, :14]).all() and not moved[11:].any() and not moved[:, :3].any()
    # Turned clockwise by 90 degrees about the middle of a square; a larger scale is a smaller part.
    square = PHOTO[:13, :13]
    assert (all_alike(lambda i: F.affine(i, **same | {"angle": 90.0}), square) == np.rot90(square, -1)).all()
    double = all_alike(lambda i: F.affine(i, **same | {"scale": 2.0}, center=(0, 0)), PHOTO)
    assert (double == PHOTO.repeat(2, 0).repeat(2, 1)[:13, :17]).all()
    # Shear: the columns of row y move by -tan(s) times the distance from the middle.
    bars = np.zeros((21, 21, 3), np.uint8)
    bars[:, 10] = 255
    leaning = all_alike(lambda i: F.affine(i, **same | {"shear": (45.0, 0.0)}), bars)
    at = leaning[..., 0].argmax(1)
    assert (np.abs(np.diff(at)[1:-1]) == 1).all()
    for wrong in ({"scale": 0.0}, {"translate": (1,)}):
        with pytest.raises(ValueError):
            F.affine(PHOTO, **same | wrong)


def test_convert_image_dtype():
    x = pydl.tensor([[0, 128, 255]], dtype=pydl.uint8)
    f = T.ConvertImageDtype(pydl.float32)(x)
    np.testing.assert_allclose(f.numpy(), [[0.0, 128 / 255, 1.0]], rtol=1e-6)
    assert (
        F.convert_image_dtype(f, pydl.uint8).tolist() == [[0, 128, 255]] and F.convert_image_dtype(x, pydl.uint8) is x
    )
    assert F.convert_image_dtype(f, pydl.float64).dtype is pydl.float64
    wide = F.convert_image_dtype(x, pydl.int32)
    assert F.convert_image_dtype(wide, pydl.uint8).tolist() == x.tolist() and wide.max() > 2**30
    with pytest.raises(RuntimeError, match="overflow"):
        F.convert_image_dtype(f, pydl.int32)
    with pytest.raises(TypeError):
        F.convert_image_dtype(PHOTO, pydl.float32)


# --- random ones

RANDOM = [
    T.RandomCrop(8), T.RandomCrop((20, 9), padding=2, pad_if_needed=True), T.RandomResizedCrop(6),
    T.RandomHorizontalFlip(), T.RandomVerticalFlip(), T.RandomRotation(30), T.RandomRotation((10, 20), expand=True),
    T.RandomAffine(20, (0.2, 0.1), (0.8, 1.2), 10), T.RandomAffine((0, 5), shear=(-5, 5, -3, 3)),
    T.RandomGrayscale(0.5), T.ColorJitter(0.4, 0.4, 0.4, 0.1), T.RandomApply([T.Grayscale(3)]),
    T.RandomChoice([F.hflip, F.vflip]),
    T.RandomOrder([F.hflip, T.RandomCrop(9)]),
]  # fmt: skip


@pytest.mark.parametrize("transform", RANDOM, ids=lambda t: type(t).__name__)
def test_random_transforms_repeat_and_treat_all_kinds_alike(transform):
    def run(image, seed):
        pydl.manual_seed(seed)
        return as_array(transform(image)).astype(int)

    image = SMOOTH[:13, :17]
    for seed in range(5):
        results = [run(i, seed) for i in kinds(image)]
        assert (results[1] == run(image, seed)).all()
        for other in results[1:]:
            assert other.shape == results[0].shape
            # Grey and colours are rounded in another way; nearest pixels may fall on another side.
            assert (np.abs(other - results[0]) <= 12).mean() > 0.97
    shapes_and_values = {run(image, seed).tobytes() for seed in range(12)}
    assert len(shapes_and_values) > 1


def test_random_choices_have_their_probabilities():
    pydl.manual_seed(0)
    n = 2000
    flip = T.RandomHorizontalFlip(0.3)
    image = np.array([[1, 2]], np.uint8)
    assert abs(sum(flip(image)[0, 0] == 2 for _ in range(n)) / n - 0.3) < 0.05
    places = [T.RandomCrop.get_params(PHOTO, (10, 17)) for _ in range(n)]
    rows = np.bincount([p[0] for p in places], minlength=4)
    assert len(rows) == 4 and (np.abs(rows / n - 0.25) < 0.05).all() and {p[1] for p in places} == {0}
    for _ in range(200):
        top, left, h, w = T.RandomResizedCrop.get_params(SMOOTH, (0.2, 0.5), (0.5, 2.0))
        assert 0 <= top <= 24 - h and 0 <= left <= 30 - w and 0.15 < h * w / 720 < 0.56 and 0.45 < w / h < 2.2
    assert T.RandomResizedCrop.get_params(np.zeros((2, 100, 3)), (1.0, 1.0), (1.0, 1.0)) == (0, 49, 2, 2)
    angle, move, scale, shear = zip(
        *[T.RandomAffine(10, (0.5, 0.1), (1, 2), 5).get_params(20, 40) for _ in range(n)], strict=True
    )
    assert -10 <= min(angle) < -9 and 9 < max(angle) <= 10 and max(abs(m[0]) for m in move) in (19, 20)
    assert max(abs(m[1]) for m in move) <= 2 and 1 <= min(scale) < 1.1 and max(abs(s[0]) for s in shear) <= 5
    assert {s[1] for s in shear} == {0.0}
    picks = [T.RandomChoice([lambda i: 0, lambda i: 1], p=[1, 3])(None) for _ in range(n)]
    assert abs(sum(picks) / n - 0.75) < 0.05


def test_random_erasing():
    pydl.manual_seed(0)
    x = pydl.ones(3, 20, 20)
    out = T.RandomErasing(1.0)(x)
    assert 0.01 < (out == 0).double().mean().item() < 0.4 and x.min() == 1
    out = T.RandomErasing(1.0, value=[1.0, 2.0, 3.0], scale=(0.1, 0.2))(pydl.zeros(3, 20, 20))
    assert [out[i].max().item() for i in range(3)] == [1, 2, 3]
    noise = T.RandomErasing(1.0, value="random", scale=(0.1, 0.2))(x)
    assert len(set(noise.flatten().tolist())) > 20
    assert T.RandomErasing(1.0, inplace=True)(x) is x and x.min() == 0 and T.RandomErasing(0.0)(out) is out
    with pytest.raises(TypeError):
        F.erase(PHOTO, 0, 0, 1, 1, 0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: T.RandomHorizontalFlip(1.5), lambda: T.RandomRotation(-1), lambda: T.RandomRotation((5, 1)),
        lambda: T.RandomAffine(0, (2, 0)), lambda: T.RandomAffine(0, scale=(0, 1)), lambda: T.ColorJitter(hue=0.7),
        lambda: T.ColorJitter(brightness=-1), lambda: T.RandomCrop((1, 2, 3)), lambda: T.CenterCrop((1, 2, 3)),
        lambda: T.RandomErasing(value="x"), lambda: T.RandomChoice([F.hflip], [1, 2]),
        lambda: T.RandomResizedCrop(3, (1, 0)), lambda: T.RandomCrop(20)(PHOTO),
    ],
)  # fmt: skip
def test_settings_are_checked(make):
    with pytest.raises(ValueError):
        make()


def test_compose_and_repr():
    net = T.Compose([T.Resize(8), T.ToTensor(), T.Normalize((0.5,), (0.5,)), T.Lambda(lambda x: x * 2)])
    x = net(Image.fromarray(PHOTO))
    assert x.shape == (3, 8, 10) and x.min() >= -2 and x.max() <= 2
    assert repr(net).splitlines()[1:3] == ["    Resize(size=8, max_size=None, antialias=True)", "    ToTensor()"]
    with pytest.raises(TypeError):
        T.Lambda(3)
    with pytest.raises(TypeError):
        T.Resize(None)
    assert "RandomChoice" in repr(RANDOM[-2]) and "RandomApply(p=0.5" in repr(RANDOM[-3])


# --- grids


def test_make_grid():
    images = pydl.arange(5 * 2 * 3).float().view(5, 1, 2, 3)
    grid = utils.make_grid(images, nrow=3, padding=1, pad_value=-1)
    assert grid.shape == (3, 7, 13)
    for i in range(5):
        y, x = i // 3 * 3 + 1, i % 3 * 4 + 1
        assert grid[2, y : y + 2, x : x + 3].tolist() == images[i, 0].tolist()
    assert (grid == -1).sum().item() == 3 * (7 * 13 - 30)
    assert utils.make_grid([pydl.ones(3, 2, 2)] * 2).shape == (3, 6, 10) and utils.make_grid(pydl.ones(4, 4)).shape == (
        3,
        4,
        4,
    )
    stretched = utils.make_grid(images, normalize=True, padding=0)
    assert stretched.min() == 0 and stretched.max() == 1
    each = utils.make_grid(images, normalize=True, scale_each=True, padding=0, nrow=1)
    assert [each[0, 2 * i : 2 * i + 2].max().item() for i in range(5)] == [1.0] * 5
    cut = utils.make_grid(images, normalize=True, value_range=(0, 10), padding=0)
    assert cut.max() == 1 and cut[0, 0, 1].item() == pytest.approx(0.1)
    assert images.max() == 29
    for wrong in (3, [], [np.ones((3, 2, 2))]):
        with pytest.raises(TypeError):
            utils.make_grid(wrong)
    with pytest.raises(ValueError):
        utils.make_grid(pydl.ones(1, 1, 1, 1, 1))


def test_save_image(tmp_path):
    x = pydl.rand(4, 3, 5, 6)
    utils.save_image(x, tmp_path / "grid.png", nrow=2, padding=1)
    with Image.open(tmp_path / "grid.png") as image:
        back = F.to_tensor(image)
    np.testing.assert_allclose(back.numpy(), utils.make_grid(x, 2, 1).numpy(), atol=0.5 / 255 + 1e-6)
    with open(tmp_path / "other", "wb") as file:
        utils.save_image(x[0], file, format="png")
    with Image.open(tmp_path / "other") as image:
        assert image.size == (6, 5)


WITHOUT_PILLOW = """
import sys
sys.modules["PIL"] = None
import numpy as np
import pydl
from pydl.vision import datasets, transforms as T
image = np.arange(75, dtype=np.uint8).reshape(5, 5, 3)
steps = T.Compose([T.Resize(4), T.RandomCrop(3), T.RandomHorizontalFlip(), T.RandomRotation(5), T.ToTensor()])
assert steps(image).shape == (3, 3, 3)
for call in (lambda: T.ToPILImage()(image), lambda: datasets.FakeData(1)[0]):
    try:
        call()
    except RuntimeError as error:
        print(error)
"""


def test_without_pillow():
    lines = python(WITHOUT_PILLOW).splitlines()
    assert lines == ["to_pil_image: Pillow is not installed; get it by: pip install 'pydl[vision]'"] * 2


def test_angles_of_a_known_matrix():
    """The map is the inverse of turn, shear and scale: sent through both, a point is where it was."""
    from pydl.vision.transforms.affine import inverse_matrix

    a, b, c, d, e, f = inverse_matrix((3.0, 4.0), 30.0, (2.0, -1.0), 1.5, (10.0, 5.0))
    assert (a * 5.0 + b * 3.0 + c, d * 5.0 + e * 3.0 + f) == pytest.approx((3.0, 4.0))  # the centre, moved
    assert a * e - b * d == pytest.approx(1 / 1.5**2)
    assert math.hypot(*inverse_matrix((0, 0), 70.0, (0, 0), 1.0, (0, 0))[:2]) == pytest.approx(1.0)

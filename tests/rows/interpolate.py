import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl.nn import functional as F


def cubic(x, a):
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def weights(n, m, mode, align=False, scale=None, antialias=False):
    """(m, n): how much of each of n elements is in each of m results, by the definition of the mode."""
    out = np.zeros((m, n))
    step = 1 / scale if scale else n / m
    if align:
        step = (n - 1) / (m - 1) if m > 1 else 0.0
    for i in range(m):
        if mode == "area":
            low, high = i * n // m, -(-(i + 1) * n // m)
            out[i, low:high] = 1 / (high - low)
        elif mode.startswith("nearest"):
            at = i * step if mode == "nearest" else (i + 0.5) * step
            out[i, min(int(np.floor(at)), n - 1)] = 1
        elif antialias:
            wide, center = max(step, 1.0), step * (i + 0.5)
            taps = [(k + 0.5 - center) / wide for k in range(n)]
            out[i] = [cubic(t, -0.5) if mode == "cubic" else max(0.0, 1 - abs(t)) for t in taps]
            out[i] /= out[i].sum()
        else:
            at = i * step if align else (i + 0.5) * step - 0.5
            at = at if mode == "cubic" else min(max(at, 0.0), n - 1)
            low = int(np.floor(at))
            for k in range(-1, 3):
                part = cubic(at - low - k, -0.75) if mode == "cubic" else max(0.0, 1 - abs(at - low - k))
                out[i, min(max(low + k, 0), n - 1)] += part
    return out


def resampled(x, sizes, mode, **settings):
    scales = settings.pop("scale", None) or (None,) * len(sizes)
    for d, (m, scale) in enumerate(zip(sizes, scales, strict=True)):
        matrix = weights(x.shape[d + 2], m, mode, scale=scale, **settings)
        x = np.moveaxis(np.tensordot(matrix, x, (1, d + 2)), 0, d + 2)
    return x


def images(*shapes):
    return any_of(*[fixed((shape, floats())) for shape in shapes])


def torch_interpolate(x, **settings):
    return __import__("torch").nn.functional.interpolate(x, **settings)


def row(label, kind, sizes, shapes, *, ours=None, **settings):
    """kind: the mode of the reference."""
    call = ours or {"size": sizes}
    mode = settings.pop("mode")
    names = {"align": "align_corners", "antialias": "antialias"}
    passed = {"mode": mode, **call, **{names[k]: v for k, v in settings.items() if k in names}}
    return Row(
        "interpolate",
        lambda x: F.interpolate(x, **passed),
        lambda x: resampled(x, sizes, kind, **settings),
        images(*shapes),
        label,
        torch=lambda x: torch_interpolate(x, **passed),
        ulps=32,  # the weights are computed in float32, as PyTorch computes them
    )


FLAT, SOLID = ((2, 3, 4, 5), (1, 1, 9, 17)), ((1, 2, 3, 2, 4), (2, 1, 1, 5, 3))

ROWS = [
    Row(
        "interpolate",
        lambda x: F.interpolate(x, scale_factor=2),
        lambda x: x.repeat(2, 2).repeat(2, 3),
        images((2, 3, 4, 5), (1, 1, 1, 17), (0, 2, 3, 3), (1, 2, 8, 8)),
        torch=lambda x: torch_interpolate(x, scale_factor=2),
        specials=True,
        bad=(
            ("ValueError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2))),
            ("ValueError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), 2, 2.0)),
            ("ValueError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), (1, 2, 3))),
            ("ValueError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), scale_factor=float("nan"))),
            ("ValueError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), 2, mode="smooth")),
            ("ValueError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), 2, align_corners=True)),
            ("ValueError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), 2, antialias=True)),
            ("ValueError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), 2, recompute_scale_factor=True)),
            ("ShapeError", lambda: F.interpolate(pydl.ones(1, 1, 2), 2, mode="bilinear")),
            ("ShapeError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), 0)),
            ("ShapeError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), scale_factor=0.1)),
            ("ShapeError", lambda: F.interpolate(pydl.ones(1, 1, 0, 2), 3)),
            ("ShapeError", lambda: F.interpolate(pydl.ones(2, 2), 3)),
            ("ShapeError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2), 1 << 40)),
            ("DTypeError", lambda: F.interpolate(pydl.ones(1, 1, 2, 2).long(), 3)),
            ("DTypeError", lambda: F.interpolate(3, 3)),
        ),
        times=(((16, 32, 28, 28),),),
    ),
    Row(
        "interpolate",
        lambda x: F.interpolate(x, 5),
        lambda x: x[:, :, [0, 0, 1, 1, 2]] if x.shape[2] == 3 else x[:, :, np.arange(5) * x.shape[2] // 5],
        fixed(((2, 1, 3), floats(0.0))),
        "bytes",
        dtypes=("uint8",),
        grad=False,
    ),
    row("nearest 1d", "nearest", (7,), ((2, 3, 4), (1, 1, 17)), mode="nearest"),
    row("nearest down", "nearest", (3, 2), FLAT, mode="nearest"),
    row("nearest 3d", "nearest", (2, 5, 3), SOLID, mode="nearest"),
    row("nearest-exact", "nearest-exact", (7, 3), FLAT, mode="nearest-exact"),
    row("linear", "linear", (9,), ((2, 3, 4), (1, 2, 33), (1, 1, 1)), mode="linear"),
    row("bilinear", "linear", (7, 12), FLAT, mode="bilinear"),
    row("bilinear down", "linear", (2, 3), FLAT, mode="bilinear"),
    row("bilinear corners", "linear", (8, 9), FLAT, mode="bilinear", align=True),
    row("bilinear antialias", "linear", (2, 7), FLAT, mode="bilinear", antialias=True),
    row("trilinear", "linear", (4, 3, 7), SOLID, mode="trilinear"),
    row("trilinear corners", "linear", (2, 3, 5), SOLID, mode="trilinear", align=True),
    row("bicubic", "cubic", (7, 4), FLAT, mode="bicubic"),
    row("bicubic corners", "cubic", (3, 9), FLAT, mode="bicubic", align=True),
    row("bicubic antialias", "cubic", (3, 4), FLAT, mode="bicubic", antialias=True),
    row("area", "area", (3, 4), FLAT, mode="area"),
    row("area 3d", "area", (2, 2, 1), SOLID, mode="area"),
    row(
        "factor",
        "linear",
        (6, 8),
        ((2, 1, 4, 5),),
        mode="bilinear",
        ours={"scale_factor": (1.7, 1.6)},
        scale=(1.7, 1.6),
    ),
    Row(
        "interpolate",
        lambda x: F.interpolate(x, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True),
        lambda x: resampled(x, (6, 8), "linear"),
        images((2, 1, 4, 5)),
        "recomputed",
        torch=lambda x: torch_interpolate(x, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True),
        ulps=32,
    ),
    Row(
        "upsample",
        lambda x: F.upsample(x, (5, 3), mode="bilinear"),
        lambda x: resampled(x, (5, 3), "linear"),
        images((2, 1, 4, 5)),
        ulps=32,
    ),
    Row(
        "upsample_nearest",
        lambda x: F.upsample_nearest(x, scale_factor=3),
        lambda x: x.repeat(3, 2).repeat(3, 3),
        images((2, 1, 4, 5)),
    ),
    Row(
        "upsample_bilinear",
        lambda x: F.upsample_bilinear(x, (7, 9)),
        lambda x: resampled(x, (7, 9), "linear", align=True),
        images((2, 1, 4, 5)),
        ulps=32,
    ),
]

from itertools import product

import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl


def np_conv(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    """The sum over the kernel's taps of strided slices, by its definition."""
    spaces = x.ndim - 2
    stride, dilation, padding = [(v,) * spaces if isinstance(v, int) else v for v in (stride, dilation, padding)]
    x = np.pad(x, [(0, 0), (0, 0), *[(p, p) for p in padding]])
    kernel = w.shape[2:]
    out = [(n - d * (k - 1) - 1) // s + 1 for n, d, k, s in zip(x.shape[2:], dilation, kernel, stride, strict=True)]
    y = np.zeros((x.shape[0], w.shape[0], *out))
    rows, channels = w.shape[0] // groups, w.shape[1]
    for tap in product(*map(range, kernel)):
        cut = tuple(
            [slice(t * d, t * d + s * (n - 1) + 1, s) for t, d, s, n in zip(tap, dilation, stride, out, strict=True)]
        )
        for g in range(groups):
            part = x[(slice(None), slice(g * channels, (g + 1) * channels), *cut)]
            y[:, g * rows : (g + 1) * rows] += np.einsum(
                "nc...,oc->no...", part, w[(slice(g * rows, (g + 1) * rows), slice(None), *tap)]
            )
    return y if b is None else y + b.reshape(-1, *(1,) * spaces)


def np_conv_transpose(x, w, b=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Each input spreads the kernel over the output."""
    spaces = x.ndim - 2
    kernel, channels, rows = w.shape[2:], w.shape[1], w.shape[0] // groups
    full = [
        (n - 1) * stride + dilation * (k - 1) + 1 + output_padding for n, k in zip(x.shape[2:], kernel, strict=True)
    ]
    y = np.zeros((x.shape[0], channels * groups, *full))
    for tap in product(*map(range, kernel)):
        cut = tuple(
            [
                slice(t * dilation, t * dilation + stride * (n - 1) + 1, stride)
                for t, n in zip(tap, x.shape[2:], strict=True)
            ]
        )
        for g in range(groups):
            part = x[:, g * rows : (g + 1) * rows]
            y[(slice(None), slice(g * channels, (g + 1) * channels), *cut)] += np.einsum(
                "nc...,co->no...", part, w[(slice(g * rows, (g + 1) * rows), slice(None), *tap)]
            )
    y = y[(slice(None), slice(None), *[slice(padding, n - padding) for n in full])]
    return y if b is None else y + b.reshape(-1, *(1,) * spaces)


def operands(x, w, *more):
    return fixed((x, floats()), (w, floats()), *[(shape, floats()) for shape in more])


IMAGES = any_of(
    operands((2, 3, 6, 7), (4, 3, 3, 3), (4,)),
    operands((1, 1, 5, 17), (2, 1, 2, 3), (2,)),
    operands((0, 2, 5, 5), (1, 2, 3, 3), (1,)),
)
BAD = (
    ("ShapeError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 4, 3, 3))),
    ("ShapeError", lambda: pydl.conv2d(pydl.ones(1, 3, 2, 2), pydl.ones(2, 3, 3, 3))),
    ("ShapeError", lambda: pydl.conv2d(pydl.ones(3, 4), pydl.ones(2, 3, 3, 3))),
    ("ShapeError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3))),
    ("ShapeError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3, 3), pydl.ones(3))),
    ("ShapeError", lambda: pydl.conv2d(pydl.ones(1, 4, 4, 4), pydl.ones(3, 2, 3, 3), groups=2)),
    ("ValueError", lambda: pydl.conv2d(pydl.ones(1, 4, 4, 4), pydl.ones(3, 2, 3, 3), groups=0)),
    ("ValueError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3, 3), stride=0)),
    ("ValueError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3, 3), stride=(1, 2, 3))),
    ("ValueError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3, 3), padding=-1)),
    ("ValueError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3, 3), dilation=1 << 40)),
    ("ValueError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3, 3), stride=2, padding="same")),
    ("ValueError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3, 3), padding="full")),
    ("DTypeError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4).double(), pydl.ones(2, 3, 3, 3))),
    ("DTypeError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4).long(), pydl.ones(2, 3, 3, 3).long())),
    ("DTypeError", lambda: pydl.conv2d(pydl.ones(1, 3, 4, 4), 3)),
)

ROWS = [
    Row(
        "conv2d",
        lambda x, w, b: pydl.conv2d(x, w, b, padding=1),
        lambda x, w, b: np_conv(x, w, b, padding=1),
        IMAGES,
        torch=lambda x, w, b: __import__("torch").conv2d(x, w, b, padding=1),
        bad=BAD,
        times=(((16, 32, 28, 28), (32, 32, 3, 3), (32,)),),
    ),
    Row(
        "conv2d",
        lambda x, w: pydl.conv2d(x, w, stride=(2, 1), padding=(0, 2), dilation=(1, 2)),
        lambda x, w: np_conv(x, w, None, (2, 1), (0, 2), (1, 2)),
        operands((2, 2, 7, 6), (3, 2, 3, 2)),
        "strided",
    ),
    Row(
        "conv2d",
        lambda x, w: pydl.conv2d(x, w, groups=2),
        lambda x, w: np_conv(x, w, groups=2),
        operands((2, 4, 5, 5), (6, 2, 2, 3)),
        "groups",
    ),
    Row(
        "conv2d",
        lambda x, w: pydl.conv2d(x, w, padding=1, groups=3),
        lambda x, w: np_conv(x, w, padding=1, groups=3),
        operands((2, 3, 9, 9), (3, 1, 3, 3)),
        "depthwise",
    ),
    Row("conv2d", lambda x, w: pydl.conv2d(x, w), np_conv, operands((2, 3, 4, 4), (5, 3, 1, 1)), "1x1"),
    Row(
        "conv2d",
        lambda x, w, b: pydl.conv2d(x, w, b, stride=2),
        np_conv,
        any_of(operands((3, 2, 4, 3), (5, 2, 4, 3), (5,)), operands((2, 17, 1, 1), (3, 17, 1, 1), (3,))),
        "whole",
        sums=True,
    ),
    Row(
        "conv_transpose2d",
        lambda x, w, b: pydl.conv_transpose2d(x, w, b),
        np_conv_transpose,
        operands((3, 5, 1, 1), (5, 2, 4, 3), (2,)),
        "whole",
        sums=True,
    ),
    Row(
        "conv2d",
        lambda x, w: pydl.conv2d(x, w),
        lambda x, w: np_conv(x[None], w)[0],
        operands((3, 4, 4), (2, 3, 3, 2)),
        "unbatched",
    ),
    Row(
        "conv2d",
        lambda x, w: pydl.conv2d(x, w, padding="same"),
        lambda x, w: np_conv(np.pad(x, [(0, 0), (0, 0), (0, 1), (1, 1)]), w),
        operands((1, 2, 4, 5), (2, 2, 2, 3)),
        "same",
    ),
    Row(
        "conv1d",
        lambda x, w, b: pydl.conv1d(x, w, b, 2, 1),
        lambda x, w, b: np_conv(x, w, b, 2, 1),
        operands((2, 3, 19), (4, 3, 3), (4,)),
    ),
    Row(
        "conv3d",
        lambda x, w, b: pydl.conv3d(x, w, b, padding="valid"),
        np_conv,
        operands((1, 2, 3, 4, 5), (3, 2, 2, 3, 2), (3,)),
    ),
    Row(
        "conv_transpose1d",
        lambda x, w, b: pydl.conv_transpose1d(x, w, b, 2, 1, 1),
        lambda x, w, b: np_conv_transpose(x, w, b, 2, 1, 1),
        operands((2, 3, 5), (3, 2, 3), (2,)),
    ),
    Row(
        "conv_transpose2d",
        lambda x, w, b: pydl.conv_transpose2d(x, w, b, 2, 1, 1, 2, 2),
        lambda x, w, b: np_conv_transpose(x, w, b, 2, 1, 1, 2, 2),
        operands((2, 4, 3, 4), (4, 2, 3, 2), (4,)),
        bad=(
            ("ShapeError", lambda: pydl.conv_transpose2d(pydl.ones(1, 3, 4, 4), pydl.ones(2, 3, 3, 3))),
            ("ShapeError", lambda: pydl.conv_transpose2d(pydl.ones(1, 3, 4, 4), pydl.ones(3, 2, 3, 3), pydl.ones(3))),
            (
                "ValueError",
                lambda: pydl.conv_transpose2d(pydl.ones(1, 3, 4, 4), pydl.ones(3, 2, 3, 3), output_padding=1),
            ),
            ("ValueError", lambda: pydl.conv_transpose2d(pydl.ones(1, 3, 4, 4), pydl.ones(3, 2, 3, 3), stride=0)),
            ("ShapeError", lambda: pydl.conv_transpose2d(pydl.ones(1, 3, 1, 1), pydl.ones(3, 2, 1, 1), padding=1)),
        ),
    ),
    Row(
        "conv_transpose2d",
        lambda x, w: pydl.conv_transpose2d(x, w, dilation=3, output_padding=2),
        lambda x, w: np_conv_transpose(x, w, None, 1, 0, 2, 1, 3),
        operands((1, 2, 2, 3), (2, 2, 2, 2)),
        "long",
    ),
    Row(
        "conv_transpose3d",
        lambda x, w: pydl.conv_transpose3d(x, w),
        np_conv_transpose,
        operands((1, 2, 2, 3, 2), (2, 3, 2, 2, 1)),
    ),
]

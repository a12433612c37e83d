import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl

# image, x1, y1, x2, y2: inside, over the edges, outside, upside down, tiny.
BOXES = np.array(
    [
        [0, 0.5, 0.5, 3.0, 2.5],
        [1, -2.0, 1.0, 4.5, 9.0],
        [0, 20.0, 20.0, 30.0, 25.0],
        [1, 3.0, 3.0, 1.0, 1.0],
        [1, 2.2, 1.1, 2.3, 1.3],
    ]
)


def value(image, y, x):
    """Bilinear, 0 from one element outside on, the edge's value between."""
    height, width = image.shape[-2:]
    if y < -1 or y > height or x < -1 or x > width:
        return np.zeros(image.shape[0])
    y, x = min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
    low_y, low_x = int(y), int(x)
    high_y, high_x = min(low_y + 1, height - 1), min(low_x + 1, width - 1)
    a, b = y - low_y, x - low_x
    top = image[:, low_y, low_x] * (1 - b) + image[:, low_y, high_x] * b
    return top * (1 - a) + (image[:, high_y, low_x] * (1 - b) + image[:, high_y, high_x] * b) * a


def np_roi_align(x, boxes, size, scale, ratio, aligned):
    y = np.zeros((len(boxes), x.shape[1], *size))
    for i, (image, *box) in enumerate(boxes):
        x1, y1, x2, y2 = [v * scale - (0.5 if aligned else 0.0) for v in box]
        width, height = x2 - x1, y2 - y1
        if not aligned:
            width, height = max(width, 1.0), max(height, 1.0)
        bins = height / size[0], width / size[1]
        rows, columns = [ratio if ratio > 0 else int(np.ceil(b)) for b in bins]
        for p in np.ndindex(*size):
            for a in range(rows):
                for b in range(columns):
                    at_y = y1 + (p[0] + (a + 0.5) / rows) * bins[0]
                    at_x = x1 + (p[1] + (b + 0.5) / columns) * bins[1]
                    y[(i, slice(None), *p)] += value(x[int(image)], at_y, at_x)
            y[(i, slice(None), *p)] /= max(rows * columns, 1)
    return y


def row(label, size, scale, ratio, aligned, **more):
    return Row(
        "roi_align",
        lambda x: pydl.ops.roi_align(x, pydl.tensor(BOXES, dtype=x.dtype), size, scale, ratio, aligned),
        lambda x: np_roi_align(x, BOXES, size, scale, ratio, aligned),
        any_of(fixed(((2, 3, 5, 6), floats())), fixed(((2, 17, 1, 3), floats()))),
        label,
        ulps=64,  # a box's corner is rounded before its samples are placed
        **more,
    )


def boxes(*values):
    return pydl.tensor([list(values)])


X = pydl.ones(1, 1, 4, 4)

ROWS = [
    row(
        "",
        (2, 3),
        1.0,
        2,
        False,
        bad=(
            ("ShapeError", lambda: pydl.ops.roi_align(pydl.ones(1, 4, 4), boxes(0.0, 0, 0, 1, 1), 2)),
            ("ShapeError", lambda: pydl.ops.roi_align(X, boxes(0.0, 0, 1, 1), 2)),
            ("ShapeError", lambda: pydl.ops.roi_align(X, [boxes(0.0, 0, 1)], 2)),
            ("ShapeError", lambda: pydl.ops.roi_align(X, [], 2)),
            ("IndexError", lambda: pydl.ops.roi_align(X, boxes(1.0, 0, 0, 1, 1), 2)),
            ("IndexError", lambda: pydl.ops.roi_align(X, boxes(-1.0, 0, 0, 1, 1), 2)),
            ("ValueError", lambda: pydl.ops.roi_align(X, boxes(0.0, 0, 0, float("nan"), 1), 2)),
            ("ValueError", lambda: pydl.ops.roi_align(X, boxes(0.0, 0, 0, 1, 1), 0)),
            ("ValueError", lambda: pydl.ops.roi_align(X, boxes(0.0, 0, 0, 1, 1), 2, float("inf"))),
            ("ValueError", lambda: pydl.ops.roi_align(X, boxes(0.0, 0, 0, 1, 1), 2, 1.0, 1 << 40)),
            ("DTypeError", lambda: pydl.ops.roi_align(X.long(), boxes(0, 0, 0, 1, 1), 2)),
            ("DTypeError", lambda: pydl.ops.roi_align(X, boxes(0.0, 0, 0, 1, 1).double(), 2)),
        ),
    ),
    row("adaptive", (2, 2), 0.9, -1, False),
    row("aligned", (2, 2), 0.9, -1, True),
    row("aligned samples", (1, 3), 1.0, 3, True),
]

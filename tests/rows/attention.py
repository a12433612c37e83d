import numpy as np
from hypothesis import strategies as st
from op_table import Row
from strategies import bools, fixed, floats

import pydl
import pydl.nn.functional as F

attend = F.scaled_dot_product_attention


def reference(q, k, v, mask=None, causal=False, scale=None):
    """By the definition; a query that may look nowhere gives zeros."""
    scores = q @ np.swapaxes(k, -1, -2) * (1 / np.sqrt(q.shape[-1]) if scale is None else scale)
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    top = scores.max(-1, keepdims=True, initial=-np.inf)
    e = np.exp(scores - np.where(np.isfinite(top), top, 0))
    total = e.sum(-1, keepdims=True)
    return e / np.where(total == 0, 1, total) @ v


def as_torch(**settings):
    def call(q, k, v, *mask):
        return __import__("torch").nn.functional.scaled_dot_product_attention(q, k, v, *mask, **settings)

    return call


# A score's rounding error is one of the weight, times the sum of the score's terms: those are to be about 1.
SMALL = floats(-1.0, 1.0)
# Around the blocks of 64 queries and 128 (float) or 64 (double) keys, and the tiles of the products.
QUERIES, KEYS, SIZES = (1, 3, 6, 63, 64, 65, 130), (1, 5, 64, 65, 127, 129, 200), (1, 4, 17, 33)


def sizes(*more):
    """(heads, queries, size), (heads, keys, size), (heads, keys, value size), and what depends on the first four."""

    def draw(draw):
        pick = lambda values: draw(st.sampled_from(values))  # noqa: E731
        heads, size, value = pick((1, 2, 3)), pick(SIZES), pick(SIZES)
        rows, cols = draw(st.sampled_from([(a, b) for a in QUERIES for b in KEYS if a * b < 9000]))
        made = [((heads, rows, size), SMALL), ((heads, cols, size), SMALL), ((heads, cols, value), floats())]
        return made + [make(draw, heads, rows, cols) for make in more]

    return draw


def broadcast_mask(fill):
    def make(draw, heads, rows, cols):
        full = (heads, rows, cols)
        shape = tuple(1 if draw(st.integers(0, 3)) == 0 else n for n in full)
        return (shape if draw(st.booleans()) else shape[1:]), fill

    return make


Q, M = pydl.zeros(2, 3, 4), pydl.ones(3, 3, dtype=pydl.bool)
BAD = (
    ("ShapeError", lambda: attend(Q, pydl.zeros(2, 3, 5), Q)),
    ("ShapeError", lambda: attend(Q, pydl.zeros(2, 5, 4), Q)),
    ("ShapeError", lambda: attend(Q, pydl.zeros(3, 3, 4), pydl.zeros(3, 3, 4))),
    ("ShapeError", lambda: attend(pydl.zeros(4), Q, Q)),
    ("ShapeError", lambda: attend(Q, Q, Q, pydl.zeros(4, 3))),
    ("ShapeError", lambda: attend(Q, Q, Q, pydl.zeros(3))),
    ("ShapeError", lambda: attend(Q, Q, Q, pydl.zeros(5, 2, 3, 3))),
    ("ShapeError", lambda: attend(Q, pydl.zeros(3, 3, 4), pydl.zeros(3, 3, 4), enable_gqa=True)),
    ("DTypeError", lambda: attend(Q, Q.double(), Q)),
    ("DTypeError", lambda: attend(Q.long(), Q.long(), Q.long())),
    ("DTypeError", lambda: attend(Q, Q, Q, pydl.zeros(3, 3).long())),
    ("DTypeError", lambda: attend(Q, Q, Q, pydl.zeros(3, 3).double())),
    ("DTypeError", lambda: attend(Q, Q, None)),
    ("ValueError", lambda: attend(Q, Q, Q, M, is_causal=True)),
    ("ValueError", lambda: attend(Q, Q, Q, dropout_p=1.5)),
)
HEADS = (((2, 4, 5, 6), SMALL), ((2, 2, 7, 6), SMALL), ((2, 2, 7, 3), floats()))

ROWS = [
    Row(
        "scaled_dot_product_attention",
        attend,
        reference,
        sizes(),
        torch=as_torch(),
        bad=BAD,
        ulps=16.0,
        sums=True,
        times=(((12, 4, 64, 32),) * 3, ((4, 8, 512, 64),) * 3),
    ),
    Row(
        "scaled_dot_product_attention",
        lambda q, k, v: attend(q, k, v, is_causal=True),
        lambda q, k, v: reference(q, k, v, causal=True),
        sizes(),
        "causal",
        torch=as_torch(is_causal=True),
        ulps=16.0,
        sums=True,
        times=(((12, 4, 64, 32),) * 3, ((4, 8, 512, 64),) * 3),
    ),
    Row(
        "scaled_dot_product_attention",
        lambda q, k, v, m: attend(q, k, v, m, scale=0.3),
        lambda q, k, v, m: reference(q, k, v, m, scale=0.3),
        sizes(broadcast_mask(bools())),
        "bool mask",
        torch=as_torch(scale=0.3),
        ulps=16.0,
        sums=True,
    ),
    # The mask has a gradient of its own in the tests of derivatives: by the composition.
    Row(
        "scaled_dot_product_attention",
        attend,
        reference,
        sizes(broadcast_mask(floats())),
        "added mask",
        torch=as_torch(),
        ulps=16.0,
        sums=True,
    ),
    Row(
        "scaled_dot_product_attention",
        lambda q, k, v: attend(
            q, k, v, pydl.where(pydl.tensor([[1], [0], [1], [1], [1]]) > 0, 0.0, -np.inf).to(q.dtype)
        ),
        lambda q, k, v: reference(q, k, v, np.array([[1], [0], [1], [1], [1]]) > 0),
        fixed(((5, 4), SMALL), ((7, 4), SMALL), ((7, 3), floats())),
        "blind",
        ulps=16.0,
        sums=True,
    ),
    Row(
        "scaled_dot_product_attention",
        lambda q, k, v: attend(q, k, v, enable_gqa=True),
        lambda q, k, v: reference(q, np.repeat(k, 2, 1), np.repeat(v, 2, 1)),
        fixed(*HEADS),
        "groups",
        torch=as_torch(enable_gqa=True),
        ulps=16.0,
        sums=True,
    ),
    Row(
        "scaled_dot_product_attention",
        lambda q, k, v, m: attend(q, k, v, m, enable_gqa=True),
        lambda q, k, v, m: reference(q, np.repeat(k, 2, 1), np.repeat(v, 2, 1), m),
        fixed(*HEADS, ((4, 5, 7), bools())),
        "groups with a mask",
        torch=as_torch(enable_gqa=True),
        ulps=16.0,
        sums=True,
    ),
    Row(
        "scaled_dot_product_attention",
        attend,
        reference,
        fixed(((2, 1, 5, 4), SMALL), ((3, 7, 4), SMALL), ((1, 7, 2), floats())),
        "broadcast",
        torch=as_torch(),
        ulps=16.0,
        sums=True,
    ),
    Row(
        "scaled_dot_product_attention",
        attend,
        lambda q, k, v: np.zeros((2, 3, 5)),
        fixed(((2, 3, 4), floats()), ((2, 0, 4), floats()), ((2, 0, 5), floats())),
        "no keys",
        torch=as_torch(),
    ),
]

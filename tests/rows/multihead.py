import numpy as np
from op_table import Row
from strategies import bools, fixed, floats

import pydl
import pydl.nn.functional as F
from rows.attention import reference

L, S, N, E, H = 3, 5, 2, 4, 2
SMALL = floats(-1.0, 1.0)  # see attention.py
X = ((L, N, E), SMALL)
PACKED = (((3 * E, E), SMALL), ((3 * E,), SMALL), ((E, E), SMALL), ((E,), SMALL))


def heads(x):
    """(rows, batch, E) as (batch, H, rows, E / H)."""
    return x.reshape(x.shape[0], x.shape[1], H, E // H).transpose(1, 2, 0, 3)


def multihead(q, k, v, w, b, wo, bo, mask=None):
    q, k, v = (heads(x @ wi.T + bi) for x, wi, bi in zip((q, k, v), np.split(w, 3), np.split(b, 3), strict=True))
    return reference(q, k, v, mask).transpose(2, 0, 1, 3).reshape(-1, N, E) @ wo.T + bo


def call(function, q, k, v, w, b, wo, bo, **settings):
    extra = settings.pop("extra", (None, None))
    return function(q, k, v, E, H, w, b, *extra, settings.pop("zero", False), 0.0, wo, bo, **settings)


def ours(*parts, **settings):
    return call(F.multi_head_attention_forward, *parts, **settings)


def theirs(*parts, **settings):
    return call(__import__("torch").nn.functional.multi_head_attention_forward, *parts, **settings)


def bad(kind, change):
    x, w = pydl.zeros(L, N, E), pydl.zeros(3 * E, E)
    given = {"q": x, "k": x, "v": x, "w": w, "E": E, "H": H, **change}

    def run():
        q, k, v, w, e, h = (given.pop(n) for n in "qkvwEH")
        eye = pydl.zeros(E, E)
        return F.multi_head_attention_forward(q, k, v, e, h, w, None, None, None, False, 0.0, eye, None, **given)

    return kind, run


BAD = (
    bad("ShapeError", {"q": pydl.zeros(E)}),
    bad("ShapeError", {"k": pydl.zeros(S, N, E)}),
    bad("ShapeError", {"k": pydl.zeros(L, 3, E), "v": pydl.zeros(L, 3, E)}),
    bad("ShapeError", {"w": pydl.zeros(E, E)}),
    bad("ShapeError", {"E": 5}),
    bad("ValueError", {"H": 3}),
    bad("ValueError", {"w": None}),
    bad("ValueError", {"is_causal": True}),
    bad("ValueError", {"use_separate_proj_weight": True}),
    bad("ShapeError", {"attn_mask": pydl.zeros(L, S)}),
    bad("ShapeError", {"attn_mask": pydl.zeros(N, L, L)}),
    bad("DTypeError", {"attn_mask": pydl.zeros(L, L).long()}),
    bad("ShapeError", {"key_padding_mask": pydl.zeros(L, N)}),
)

ROWS = [
    Row(
        "multi_head_attention_forward",
        lambda x, *ps: ours(x, x, x, *ps, need_weights=False)[0],
        lambda x, *ps: multihead(x, x, x, *ps),
        fixed(X, *PACKED),
        "self",
        torch=lambda x, *ps: theirs(x, x, x, *ps, need_weights=False)[0],
        bad=BAD,
        ulps=32.0,
        sums=True,
    ),
    Row(
        "multi_head_attention_forward",
        lambda x, m, *ps: ours(x, m, m, *ps),
        None,
        fixed(X, ((S, N, E), SMALL), *PACKED),
        "to another",
        torch=lambda x, m, *ps: theirs(x, m, m, *ps),
    ),
    Row(
        "multi_head_attention_forward",
        lambda x, m, v, mask, *ps: ours(x, m, v, *ps, need_weights=False, attn_mask=mask)[0],
        lambda x, m, v, mask, *ps: multihead(x, m, v, *ps, ~mask),
        fixed(X, ((S, N, E), SMALL), ((S, N, E), SMALL), ((L, S), bools()), *PACKED),
        "three inputs, a mask",
        ulps=32.0,
        sums=True,
    ),
    Row(
        "multi_head_attention_forward",
        lambda x, a, b, *ps: ours(x, x, x, *ps, extra=(a, b), zero=True, average_attn_weights=False),
        None,
        fixed(X, ((1, 1, E), SMALL), ((1, 1, E), SMALL), *PACKED),
        "one more key, and zeros",
        torch=lambda x, a, b, *ps: theirs(x, x, x, *ps, extra=(a, b), zero=True, average_attn_weights=False),
    ),
]

from itertools import pairwise

import numpy as np
from op_table import Row
from strategies import distinct, fixed, floats, integers

import pydl
import pydl.nn.functional as F

bag = F.embedding_bag


def functional():
    return __import__("torch").nn.functional


OFFSETS = [0, 3, 3, 4]  # the second bag is empty
TOKENS, TABLE = ((9,), integers(0, 5)), ((5, 19), floats())


def bags(tokens, values, reduce):
    """reduce over the values of each bag; 0 of an empty one."""
    ends = [*OFFSETS, len(tokens)]
    parts = [values[a:b] for a, b in pairwise(ends)]
    return np.stack([reduce(p) if len(p) else np.zeros(values.shape[1]) for p in parts])


def rows(mode, reduce, table, bad=()):
    return Row(
        "embedding_bag",
        lambda i, w: bag(i, w, pydl.tensor(OFFSETS), mode=mode),
        lambda i, w: bags(i, w[i], reduce),
        fixed(TOKENS, table),
        mode,
        torch=lambda i, w: functional().embedding_bag(i, w, __import__("torch").tensor(OFFSETS), mode=mode),
        bad=bad,
    )


I, W, O = pydl.tensor([0, 1, 2]), pydl.ones(4, 2), pydl.tensor([0, 2])
BAD = (
    ("IndexError", lambda: bag(I + 2, W, O)),
    ("IndexError", lambda: bag(I - 1, W, O)),
    ("IndexError", lambda: bag(I, W, O, padding_idx=4)),
    ("ShapeError", lambda: bag(I, pydl.ones(4), O)),
    ("ShapeError", lambda: bag(pydl.tensor(1), W, O)),
    ("ShapeError", lambda: bag(I, W, O.float())),
    ("ShapeError", lambda: bag(I, W, O, mode="sum", per_sample_weights=pydl.ones(2))),
    ("DTypeError", lambda: bag(I.float(), W, O)),
    ("DTypeError", lambda: bag(I, W.long(), O)),
    ("DTypeError", lambda: bag(I, W, O, mode="sum", per_sample_weights=pydl.ones(3).double())),
    ("ValueError", lambda: bag(I, W)),
    ("ValueError", lambda: bag(I.unsqueeze(0), W, O)),
    ("ValueError", lambda: bag(I, W, O + 1)),
    ("ValueError", lambda: bag(I, W, pydl.tensor([0, 2, 1]))),
    ("ValueError", lambda: bag(I, W, pydl.tensor([0, 4]))),
    ("ValueError", lambda: bag(I, W, O, mode="median")),
    ("ValueError", lambda: bag(I, W, O, mode="max", scale_grad_by_freq=True)),
    ("ValueError", lambda: bag(I, W, O, mode="mean", per_sample_weights=pydl.ones(3))),
    ("ValueError", lambda: bag(I, W, O, sparse=True)),
)

ROWS = [
    rows("sum", lambda x: x.sum(0), TABLE, BAD),
    rows("mean", lambda x: x.mean(0), TABLE),
    rows("max", lambda x: x.max(0), ((5, 19), distinct())),
    Row(
        "embedding_bag",
        lambda i, w, s: bag(
            i, w, pydl.tensor([0, 3, 3, 4, 9]), mode="sum", per_sample_weights=s, include_last_offset=True
        ),
        lambda i, w, s: bags(i, w[i] * s[:, None], lambda x: x.sum(0)),
        fixed(TOKENS, TABLE, ((9,), floats())),
        "factors",
        torch=lambda i, w, s: functional().embedding_bag(
            i,
            w,
            __import__("torch").tensor([0, 3, 3, 4, 9]),
            mode="sum",
            per_sample_weights=s,
            include_last_offset=True,
        ),
    ),
    # PyTorch's answer to an end before the input's depends on the dtype: the rest counts or not.
    Row(
        "embedding_bag",
        lambda i, w, s: bag(i, w, pydl.tensor([0, 3, 4]), mode="sum", per_sample_weights=s, include_last_offset=True),
        lambda i, w, s: np.stack([(w[i[:3]] * s[:3, None]).sum(0), w[i[3]] * s[3]]),
        fixed(TOKENS, TABLE, ((9,), floats())),
        "a part",
    ),
    Row(
        "embedding_bag",
        lambda i, w: bag(i, w),
        lambda i, w: w[i].mean(1),
        fixed(((4, 3), integers(0, 5)), TABLE),
        "rows",
        torch=lambda i, w: functional().embedding_bag(i, w),
        times=(),
    ),
    # The padding is left out of the sum and of the count.
    Row(
        "embedding_bag",
        lambda i, w, s: bag(i, w, mode="sum", per_sample_weights=s, padding_idx=-2),
        lambda i, w, s: (w[i] * (s * (i != 3))[..., None]).sum(1),
        fixed(((4, 3), integers(0, 5)), TABLE, ((4, 3), floats())),
        "padding",
        torch=lambda i, w, s: functional().embedding_bag(i, w, mode="sum", per_sample_weights=s, padding_idx=-2),
    ),
    Row(
        "embedding_bag",
        lambda i, w: bag(i, w, padding_idx=3),
        lambda i, w: np.stack([w[r[r != 3]].mean(0) if (r != 3).any() else np.zeros(19) for r in i]),
        fixed(((4, 3), integers(2, 5)), TABLE),
        "padding of a mean",
        torch=lambda i, w: functional().embedding_bag(i, w, padding_idx=3),
    ),
    Row(
        "embedding_bag",
        lambda i, w: bag(i, w, pydl.tensor([0, 0]), mode="max"),
        lambda i, w: np.zeros((2, 19)),
        fixed(((0,), integers(0, 5)), TABLE),
        "empty",
    ),
]  # fmt: skip

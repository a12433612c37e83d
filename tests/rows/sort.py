import numpy as np
from op_table import ALL, Row
from strategies import distinct, fixed, floats, integers, one

import pydl

X = ((3, 17, 2), distinct())
TIES = ((3, 17, 2), integers(0, 4))


def with_nan(x):
    return pydl.where(x > 1, pydl.tensor(float("nan"), dtype=x.dtype), x)


def np_with_nan(x):
    return np.where(x > 1, np.nan, x)


def np_sort(x):
    return np.sort(x, 1), np.argsort(x, 1, kind="stable")


def np_topk(x, k, largest):
    """The first k along the last dimension; NaN is the largest, of equal ones the first comes first."""
    x = np.where(np.isnan(x), np.inf, x) if x.dtype.kind == "f" else x.astype(np.int64)
    return np.argsort(-x if largest else x, -1, kind="stable")[..., :k]


def long_rows():
    """One pass over the row for a few; selection for many; all of a row."""
    for size, k in ((1500, 5), (1500, 700), (700, 700), (400, 30)):
        for largest in (True, False):
            label = f"{k} {'largest' if largest else 'smallest'} of {size}"
            yield Row(
                "topk",
                lambda x, k=k, largest=largest: x.topk(k, -1, largest)[1],
                lambda x, k=k, largest=largest: np_topk(x, k, largest),
                fixed(((2, size), integers(0, 100))),
                label,
                dtypes=ALL,
                grad=False,
            )
            yield Row(
                "topk",
                lambda x, k=k, largest=largest: with_nan(x).topk(k, -1, largest)[1],
                lambda x, k=k, largest=largest: np_topk(np_with_nan(x), k, largest),
                fixed(((2, size), distinct())),
                f"NaN, {label}",
                grad=False,
            )


ROWS = [
    *long_rows(),
    Row(
        "sort",
        lambda x: x.sort(1),
        np_sort,
        fixed(X),
        torch=lambda x: x.sort(1),
        times=(((1000, 100),),),
        bad=(("IndexError", lambda: pydl.ones(2).sort(1)),),
    ),
    Row("sort", lambda x: x.sort(1), np_sort, fixed(TIES), "ties", dtypes=ALL, grad=False),
    Row(
        "sort",
        lambda x: with_nan(x).sort(1, descending=True)[0],
        lambda x: np.flip(np.sort(np_with_nan(x), 1), 1),
        fixed(X),
        "NaN first",
        grad=False,
    ),
    Row(
        "argsort",
        lambda x: x.argsort(1, descending=True),
        lambda x: np.argsort(-x.astype(int), 1, kind="stable"),
        fixed(TIES),
        dtypes=ALL,
        grad=False,
    ),
    Row(
        "topk",
        lambda x: x.topk(3, 1),
        lambda x: (np.flip(np.sort(x, 1), 1)[:, :3], np.flip(np.argsort(x, 1), 1)[:, :3]),
        fixed(X),
        bad=(("ValueError", lambda: pydl.ones(2).topk(3)),),
    ),
    Row("topk", lambda x: x.topk(3, 1, largest=False)[0], lambda x: np.sort(x, 1)[:, :3], fixed(X), "smallest"),
    Row(
        "topk",
        lambda x: with_nan(x).topk(3, 1)[0],
        lambda x: np.flip(np.sort(np_with_nan(x), 1), 1)[:, :3],
        fixed(X),
        "NaN first",
        torch=lambda x: x.where(x <= 1, x * float("nan")).topk(3, 1)[0],
        grad=False,
    ),
    Row("topk", lambda x: x.topk(1), lambda x: (x, np.zeros((), int)), fixed(((), distinct())), "scalar"),
    Row(
        "sort",
        lambda x: x.sort(1, descending=True, stable=True),
        lambda x: (-np.sort(-x, 1), np.argsort(-x, 1, kind="stable")),
        fixed(TIES),
        "descending ties",
        torch=lambda x: tuple(x.sort(dim=1, descending=True, stable=True)),
        dtypes=("float64", "int64", "int8"),
        grad=False,
    ),
    Row(
        "msort",
        pydl.msort,
        lambda x: np.sort(x, 0),
        one(distinct(), min_dims=1),
        torch=lambda x: x.msort(),
        dtypes=ALL,
        bad=(("DTypeError", lambda: pydl.msort([1.0])),),
    ),
    Row(
        "one_hot",
        lambda x: pydl.one_hot(x, 5),
        lambda x: np.eye(5, dtype=int)[x],
        one(integers(0, 5)),
        grad=False,
        bad=(
            ("ValueError", lambda: pydl.one_hot(pydl.tensor([5]), 3)),
            ("ValueError", lambda: pydl.one_hot(pydl.tensor([-1]))),
            ("DTypeError", lambda: pydl.one_hot(pydl.tensor([1.0]))),
        ),
    ),
    Row(
        "meshgrid",
        lambda *x: pydl.meshgrid(*x, indexing="xy"),
        lambda *x: np.meshgrid(*x),
        fixed(((2,), floats()), ((3,), floats()), ((4,), floats())),
        bad=(
            ("ValueError", lambda: pydl.meshgrid(pydl.ones(2), indexing="ji")),
            ("ShapeError", lambda: pydl.meshgrid(pydl.ones(2, 2))),
        ),
    ),
]

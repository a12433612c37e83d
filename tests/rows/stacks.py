import itertools

import numpy as np
from op_table import ALL, Row
from strategies import any_of, fixed, floats, one

import pydl


def torch_of(name):
    return lambda *x: getattr(__import__("torch"), name)(x)


def torch_apart(name):
    return lambda *x: getattr(__import__("torch"), name)(*x)


def splitting(name, reference, shape, *bad):
    given = (2, [1, 3])
    for cut in given:
        yield Row(
            name,
            lambda x, cut=cut: getattr(x, name)(cut),
            lambda x, cut=cut: reference(x, cut),
            fixed((shape, floats())),
            "parts" if cut == 2 else "indices",
            torch=lambda x, cut=cut: getattr(x, name)(cut),
            dtypes=ALL,
            bad=bad if cut == 2 else (),
        )


def blocks(*parts):
    parts = [np.atleast_2d(x) for x in parts]
    out = np.zeros((sum(x.shape[0] for x in parts), sum(x.shape[1] for x in parts)))
    i = j = 0
    for x in parts:
        out[i : i + x.shape[0], j : j + x.shape[1]] = x
        i, j = i + x.shape[0], j + x.shape[1]
    return out


def product(*parts):
    return np.array(list(itertools.product(*parts))).reshape(-1, len(parts))


def chosen(x, r, again=False):
    choose = itertools.combinations_with_replacement if again else itertools.combinations
    return np.array(list(choose(x, r)), x.dtype).reshape(-1, r)


TWO = any_of(fixed(((3, 2), floats()), ((3,), floats())), fixed(((3,), floats()), ((3, 4), floats())))

ROWS = [
    Row(
        "column_stack",
        lambda x, y: pydl.column_stack([x, y]),
        lambda x, y: np.column_stack([x, y]),
        TWO,
        torch=torch_of("column_stack"),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.column_stack([pydl.ones(2), pydl.ones(3)])),
            ("DTypeError", lambda: pydl.column_stack(pydl.ones(2))),
        ),
    ),
    Row(
        "dstack",
        lambda x, y: pydl.dstack([x, y]),
        lambda x, y: np.dstack([x, y]),
        any_of(fixed(((3, 2), floats()), ((3, 2, 4), floats())), fixed(((3,), floats()), ((3,), floats()))),
        torch=torch_of("dstack"),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.dstack([pydl.ones(2), pydl.ones(3)])),
            ("ValueError", lambda: pydl.dstack([])),
        ),
    ),
    *splitting(
        "hsplit",
        np.hsplit,
        (3, 4),
        ("ShapeError", lambda: pydl.ones(3, 5).hsplit(2)),
        ("ShapeError", lambda: pydl.tensor(1).hsplit(1)),
        ("ShapeError", lambda: pydl.ones(4).hsplit(0)),
    ),
    *splitting("vsplit", np.vsplit, (4, 3), ("ShapeError", lambda: pydl.ones(4).vsplit(2))),
    *splitting("dsplit", np.dsplit, (2, 1, 4), ("ShapeError", lambda: pydl.ones(4, 4).dsplit(2))),
    Row(
        "hsplit",
        lambda x: x.hsplit(3),
        lambda x: np.hsplit(x, 3),
        fixed(((6,), floats())),
        "vector",
        torch=lambda x: x.hsplit(3),
    ),
    Row(
        "split_with_sizes",
        lambda x: x.split_with_sizes((1, 0, 4), 1),
        lambda x: np.split(x, (1, 1), 1),
        fixed(((2, 5), floats())),
        torch=lambda x: x.split_with_sizes((1, 0, 4), 1),
        dtypes=ALL,
        bad=(("ValueError", lambda: pydl.ones(3).split_with_sizes((1, 1))),),
    ),
    Row(
        "block_diag",
        pydl.block_diag,
        blocks,
        fixed(((3, 2), floats()), ((2,), floats()), ((), floats()), ((1, 4), floats())),
        torch=torch_apart("block_diag"),
        dtypes=ALL,
        bad=(("ShapeError", lambda: pydl.block_diag(pydl.ones(1, 1, 1))), ("DTypeError", lambda: pydl.block_diag(1))),
    ),
    Row(
        "cartesian_prod",
        pydl.cartesian_prod,
        product,
        fixed(((3,), floats()), ((2,), floats()), ((4,), floats())),
        torch=torch_apart("cartesian_prod"),
        dtypes=ALL,
        bad=(
            ("ShapeError", lambda: pydl.cartesian_prod(pydl.ones(1, 1))),
            ("ValueError", lambda: pydl.cartesian_prod()),
            ("DTypeError", lambda: pydl.cartesian_prod(pydl.ones(1), pydl.tensor([1]))),
        ),
    ),
    Row("cartesian_prod", pydl.cartesian_prod, lambda x: x, one(min_dims=1, max_dims=1), "one"),
    *(
        Row(
            "combinations",
            lambda x, r=r, again=again: pydl.combinations(x, r, again),
            lambda x, r=r, again=again: chosen(x, r, again),
            fixed(((6,), floats())),
            f"{r} {again}",
            torch=lambda x, r=r, again=again: __import__("torch").combinations(x, r, again),
            dtypes=ALL,
        )
        for r, again in ((1, False), (2, False), (2, True), (4, False), (3, True), (6, False), (7, False))
    ),
    Row(
        "combinations",
        lambda x: pydl.combinations(x, 0),
        lambda x: x[:0],
        fixed(((6,), floats())),
        "none",
        bad=(
            ("ShapeError", lambda: pydl.combinations(pydl.ones(1, 1))),
            ("ValueError", lambda: pydl.combinations(pydl.ones(2), -1)),
            ("OutOfMemoryError", lambda: pydl.combinations(pydl.ones(1000), 6)),
        ),
        grad=False,
    ),
]

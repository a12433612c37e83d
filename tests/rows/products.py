import numpy as np
from op_table import NUMBERS, Row
from strategies import fixed, floats

import pydl


def operands(*shapes):
    return fixed(*[(shape, floats()) for shape in shapes])


def einsum(equation, *shapes, label=""):
    return Row(
        "einsum",
        lambda *x: pydl.einsum(equation, *x),
        lambda *x: np.einsum(equation, *x),
        operands(*shapes),
        label or equation,
        sums=True,
        torch=lambda *x: __import__("torch").einsum(equation, *x),
        bad=(
            ("ValueError", lambda: pydl.einsum("ij,jk", pydl.ones(2, 2))),
            ("ValueError", lambda: pydl.einsum("ij", pydl.ones(2))),
            ("ValueError", lambda: pydl.einsum("i?", pydl.ones(2))),
            ("ValueError", lambda: pydl.einsum("i->j", pydl.ones(2))),
            ("ValueError", lambda: pydl.einsum("i->ii", pydl.ones(2))),
            ("ValueError", lambda: pydl.einsum(pydl.ones(2))),
            ("ValueError", lambda: pydl.einsum(pydl.ones(2), [52])),
            ("ValueError", lambda: pydl.einsum(pydl.ones(2), ["i"])),
            ("ValueError", lambda: pydl.einsum(pydl.ones(2), pydl.ones(2), [0])),
            ("ShapeError", lambda: pydl.einsum("ij,jk", pydl.ones(2, 3), pydl.ones(2, 3))),
            ("ShapeError", lambda: pydl.einsum("ii", pydl.ones(2, 3))),
        )
        if equation == "ij,jk->ik"
        else (),
    )


def refuses(op, *shapes):
    return (("ShapeError", lambda: getattr(pydl, op)(*[pydl.ones(*shape) for shape in shapes])),)


ROWS = [
    Row(
        "mm",
        lambda x, y: x.mm(y),
        np.matmul,
        operands((3, 17), (17, 5)),
        dtypes=NUMBERS,
        sums=True,
        bad=refuses("mm", (2, 3), (2, 3)),
    ),
    Row(
        "bmm",
        lambda x, y: x.bmm(y),
        np.matmul,
        operands((2, 3, 9), (2, 9, 4)),
        dtypes=NUMBERS,
        sums=True,
        bad=refuses("bmm", (2, 2, 3), (1, 3, 2)),
    ),
    Row("mv", lambda x, y: x.mv(y), np.matmul, operands((3, 17), (17,)), sums=True, bad=refuses("mv", (2, 3), (2,))),
    Row("dot", lambda x, y: x.dot(y), np.dot, operands((17,), (17,)), sums=True, bad=refuses("dot", (2,), (3,))),
    Row(
        "outer", lambda x, y: x.outer(y), np.outer, operands((3,), (17,)), sums=True, bad=refuses("outer", (2, 1), (3,))
    ),
    Row(
        "addmm",
        lambda c, x, y: pydl.addmm(c, x, y, beta=0.5, alpha=2),
        lambda c, x, y: 0.5 * c + 2 * x @ y,
        operands((4,), (3, 5), (5, 4)),
        sums=True,
        bad=refuses("addmm", (5,), (2, 3), (3, 2)),
    ),
    Row(
        "addmm",
        lambda c, x, y: pydl.addmm(c, x, y, beta=0),
        lambda c, x, y: x @ y,
        operands((4,), (3, 5), (5, 4)),
        "beta 0",
        sums=True,
        grad=False,
    ),
    Row(
        "addmv",
        lambda c, x, y: pydl.addmv(c, x, y),
        lambda c, x, y: c + x @ y,
        operands((3,), (3, 5), (5,)),
        sums=True,
        bad=refuses("addmv", (3,), (2, 3), (2,)),
    ),
    Row(
        "baddbmm",
        lambda c, x, y: pydl.baddbmm(c, x, y),
        lambda c, x, y: c + x @ y,
        operands((1, 4), (2, 3, 5), (2, 5, 4)),
        sums=True,
        bad=refuses("baddbmm", (1,), (2, 2, 3), (2, 2, 3)),
    ),
    einsum("ij,jk->ik", (3, 4), (4, 5)),
    einsum("ij,jk", (3, 4), (4, 5), label="implicit"),
    einsum("ii->i", (4, 4)),
    einsum("ii", (4, 4), label="trace"),
    einsum("ba", (2, 3), label="sorted letters"),
    einsum("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 2)),
    einsum("bhid,bhjd->bhij", (2, 3, 4, 5), (2, 3, 6, 5)),
    einsum("ij,kj,lj->ikl", (2, 3), (4, 3), (5, 3)),
    einsum("i,ij,ijk->ijk", (2,), (2, 3), (2, 3, 4)),
    einsum("ij->", (0, 3), label="empty"),
    Row(
        "einsum",
        lambda x, y: pydl.einsum(x, [..., 30, 1], y, [1, 2], [..., 2, 30]),
        lambda x, y: np.einsum("...ij,jk->...ki", x, y),
        operands((2, 3, 4), (4, 5)),
        "numbers",
        sums=True,
        torch=lambda x, y: __import__("torch").einsum(x, [..., 30, 1], y, [1, 2], [..., 2, 30]),
    ),
    Row(
        "einsum",
        lambda x, y: pydl.einsum(x, (30, 1), y, (1, 2)),
        lambda x, y: (x @ y).T,
        operands((3, 4), (4, 5)),
        "numbers, sorted",
        sums=True,
        torch=lambda x, y: __import__("torch").einsum(x, [30, 1], y, [1, 2]),
    ),
    Row(
        "addr",
        lambda c, x, y: pydl.addr(c, x, y, beta=0.5, alpha=2),
        lambda c, x, y: 0.5 * c + 2 * np.outer(x, y),
        operands((4,), (3,), (4,)),
        torch=lambda c, x, y: c.addr(x, y, beta=0.5, alpha=2),
        bad=refuses("addr", (3, 4), (1, 3), (4,)),
    ),
    Row(
        "addbmm",
        lambda c, x, y: pydl.addbmm(c, x, y, beta=0.5, alpha=2),
        lambda c, x, y: 0.5 * c + 2 * (x @ y).sum(0),
        operands((4,), (2, 3, 5), (2, 5, 4)),
        torch=lambda c, x, y: c.addbmm(x, y, beta=0.5, alpha=2),
        bad=refuses("addbmm", (3, 4), (2, 3, 5), (1, 5, 4)),
    ),
    Row("addr_", lambda c, x, y: (c * 1).addr_(x, y), lambda c, x, y: c + np.outer(x, y), operands((3, 4), (3,), (4,))),
    Row("addmm_", lambda c, x, y: (c * 1).addmm_(x, y), lambda c, x, y: c + x @ y, operands((3, 4), (3, 5), (5, 4))),
    Row("addmv_", lambda c, x, y: (c * 1).addmv_(x, y), lambda c, x, y: c + x @ y, operands((3,), (3, 5), (5,))),
    Row(
        "addbmm_",
        lambda c, x, y: (c * 1).addbmm_(x, y),
        lambda c, x, y: c + (x @ y).sum(0),
        operands((3, 4), (2, 3, 5), (2, 5, 4)),
    ),
    Row(
        "baddbmm_",
        lambda c, x, y: (c * 1).baddbmm_(x, y),
        lambda c, x, y: c + x @ y,
        operands((2, 3, 4), (2, 3, 5), (2, 5, 4)),
        bad=(("ShapeError", lambda: pydl.ones(4).baddbmm_(pydl.ones(2, 3, 5), pydl.ones(2, 5, 4))),),
    ),
]

"""Products of matrices in the shapes that networks use, as they lie and transposed, and layers made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from case import Case, Library, values

WIDTHS = {"float32": 1.0, "float64": 2.0, "bfloat16": 0.5}  # bytes and work, in float32's: vectors hold as many less


def matrix(lib: Library, shape: tuple[int, ...], transposed: bool, dtype: str, seed: int = 0) -> Any:
    """A matrix of the shape, or a stack of them; transposed: a view of the one that lies the other way round."""
    if transposed:
        return matrix(lib, (*shape[:-2], shape[-1], shape[-2]), False, dtype, seed).transpose(-1, -2)
    x = values(lib, *shape, seed=seed)
    return x if dtype == "float32" else x.to(getattr(lib, dtype))


def product(m: int, k: int, n: int, ways: str = "nn", batch: tuple[int, ...] = (), dtype: str = "float32") -> Case:
    """A product of (m, k) and (k, n); ways: t for an operand that lies transposed."""
    work = WIDTHS[dtype] * 2.0 * m * k * n
    moved = WIDTHS[dtype] * 4.0 * (m * k + k * n + m * n)
    for size in batch:
        work, moved = work * size, moved * size

    def make(lib: Library) -> Callable[[], Any]:
        x = matrix(lib, (*batch, m, k), ways[0] == "t", dtype)
        y = matrix(lib, (*batch, k, n), ways[1] == "t", dtype, 1)
        return lambda: lib.matmul(x, y)

    name = f"matmul {'x'.join(map(str, batch))}{' of ' if batch else ''}{m} x {k} x {n}"
    name += (f" {ways}" if ways != "nn" else "") + (f" {dtype}" if dtype != "float32" else "")
    return Case(name, make, work, moved)


def linear(rows: int, features: int, results: int, activation: str | None, backward: bool) -> Case:
    """A layer with bias and activation, alone or with the gradients of input, weight and bias."""

    def make(lib: Library) -> Callable[[], Any]:
        functional = lib.nn.functional
        x, w = values(lib, rows, features), (values(lib, results, features, seed=1) * 0.1).detach()
        b = values(lib, results, seed=2)
        operands = [p.requires_grad_() for p in (x, w, b)] if backward else [x, w, b]
        g = values(lib, rows, results, seed=3)

        def run() -> Any:
            y = functional.linear(x, w, b)
            if activation:
                y = getattr(functional, activation)(y)
            if not backward:
                return y
            for p in operands:
                p.grad = None
            y.backward(g)
            return w.grad

        return run

    name = f"linear {rows} x {features} x {results}{f' {activation}' if activation else ''}"
    work = 2.0 * rows * features * results
    return Case(name + (" and back" if backward else ""), make, work * (3 if backward else 1))


def call(name: str, function: Callable[..., Any], *shapes: tuple[int, ...], flops: float = 0.0) -> Case:
    """function(lib, operands of the shapes)."""

    def make(lib: Library) -> Callable[[], Any]:
        operands = [values(lib, *shape, seed=i) for i, shape in enumerate(shapes)]
        return lambda: function(lib, *operands)

    return Case(name, make, flops)


NETWORKS = [
    (64, 784, 512), (512, 784, 512), (64, 512, 10), (32, 1024, 4096), (1, 1024, 1024), (768, 128, 384), (768, 512, 128),
    (512, 64, 784), (2048, 256, 1024),
]  # fmt: skip
TRANSPOSES = ("nn", "nt", "tn", "tt")
SQUARES = [(n, n, n) for n in (256, 512, 1024, 2048, 4096)]
# Around the register tiles (6 x 64, 8 x 48 ...) and the parts of k (512).
EDGES = [
    (95, 127, 129), (96, 128, 128), (97, 129, 127), (191, 511, 193), (192, 513, 191), (5, 64, 63), (7, 65, 65),
    (13, 300, 17),
]  # fmt: skip

PRODUCTS = [
    *[product(*shape, ways=ways) for shape in NETWORKS for ways in TRANSPOSES],
    *[product(*shape) for shape in (*SQUARES, *EDGES)],
    *[product(512, 512, 512, ways=ways) for ways in TRANSPOSES[1:]],
    *[product(64, 32, 64, ways=ways, batch=(48,)) for ways in TRANSPOSES],
    product(64, 64, 32, batch=(48,)),
    product(512, 64, 512, "nt", batch=(4, 8)),
    product(512, 512, 64, batch=(4, 8)),
    *[product(*shape, dtype="float64") for shape in (*NETWORKS, *SQUARES[:3])],
    product(64, 32, 64, "nt", batch=(48,), dtype="float64"),
    *[product(*shape, dtype="bfloat16") for shape in (*NETWORKS, *SQUARES[:4])],
    *[product(*shape, ways=ways, dtype="bfloat16") for shape in NETWORKS[1:2] for ways in TRANSPOSES[1:]],
    product(64, 32, 64, "nt", batch=(48,), dtype="bfloat16"),
    *[
        linear(*shape, activation, backward)
        for shape in ((64, 784, 512), (512, 784, 512), (64, 512, 10), (1, 784, 512), (768, 128, 512))
        for activation, backward in ((None, False), ("relu", True), ("gelu", True))
    ],
    call("addmm 64x512, 64x784 784x512", lambda lib, *x: lib.addmm(*x), (64, 512), (64, 784), (784, 512)),
    call("addmm 10, 64x512 512x10", lambda lib, *x: lib.addmm(*x), (10,), (64, 512), (512, 10)),
    call("bmm 48x64x32 48x32x64", lambda lib, *x: lib.bmm(*x), (48, 64, 32), (48, 32, 64)),
    call("baddbmm 48x64x64", lambda lib, *x: lib.baddbmm(*x), (48, 64, 64), (48, 64, 32), (48, 32, 64)),
    call("einsum bhid,bhjd->bhij", lambda lib, *x: lib.einsum("bhid,bhjd->bhij", *x), *((12, 4, 64, 32),) * 2),
    call("einsum bnd,dhk->bhnk", lambda lib, *x: lib.einsum("bnd,dhk->bhnk", *x), (12, 64, 128), (128, 4, 32)),
    call("tensordot 12x64x128 128x4x32", lambda lib, *x: lib.tensordot(*x, 1), (12, 64, 128), (128, 4, 32)),
    *[call(f"outer {n} {n}", lambda lib, *x: lib.outer(*x), (n,), (n,)) for n in (32, 1000)],
    *[call(f"dot {n}", lambda lib, *x: lib.dot(*x), (n,), (n,)) for n in (1000, 1000000)],
    *[call(f"mv {n}x{n}", lambda lib, *x: lib.mv(*x), (n, n), (n,)) for n in (32, 1000)],
    call("vm 1000x1000", lambda lib, x, y: lib.matmul(y, x), (1000, 1000), (1000,)),
]  # fmt: skip

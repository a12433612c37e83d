import numpy as np
from op_table import Row
from strategies import any_of, fixed, floats

import pydl
from pydl import linalg


def theirs(name):
    """PyTorch's function of that name in torch.linalg."""
    return getattr(__import__("torch").linalg, name)


def regular(rng, shape):
    """Matrices far from singular ones: the identity is the larger part. Of stacks each is another one."""
    return rng.uniform(-0.5, 0.5, shape) / shape[-1] + np.eye(shape[-2], shape[-1])


STACK = fixed(((2, 4, 4), regular))
SINGULAR = pydl.zeros(2, 3, 3)
FLAT = (
    ("ShapeError", lambda: linalg.inv(pydl.ones(3))),
    ("ShapeError", lambda: linalg.inv(pydl.ones(2, 3))),
    ("DTypeError", lambda: linalg.inv(pydl.tensor([[1]]))),
    ("DTypeError", lambda: linalg.inv(2.0)),
)


def triangle(x, upper, unit=False):
    x = np.triu(x) if upper else np.tril(x)
    return x * (1 - np.eye(x.shape[-1])) + np.eye(x.shape[-1]) if unit else x


def vectors(a, b):
    return np.linalg.solve(a, b[..., None])[..., 0]


ROWS = [
    Row(
        "inverse",
        lambda x: linalg.inv(x),
        np.linalg.inv,
        any_of(STACK, fixed(((2, 3, 1, 1), regular)), fixed(((0, 3, 3), regular)), fixed(((2, 0, 0), floats()))),
        torch=lambda x: x.inverse(),
        bad=(*FLAT, ("LinAlgError", lambda: linalg.inv(SINGULAR))),
        times=(((64, 64),),),
    ),
    Row(
        "linalg_solve",
        linalg.solve,
        np.linalg.solve,
        any_of(
            fixed(((2, 4, 4), regular), ((2, 4, 3), floats())),
            fixed(((1, 2, 3, 3), regular), ((3, 1, 3, 2), floats())),
            fixed(((2, 3, 3), regular), ((2, 3, 0), floats())),
        ),
        torch=lambda a, b: theirs("solve")(a, b),
        bad=(
            ("LinAlgError", lambda: linalg.solve(SINGULAR, pydl.ones(3, 2))),
            ("ShapeError", lambda: linalg.solve(pydl.eye(3), pydl.ones(2, 3))),
            ("ShapeError", lambda: linalg.solve(pydl.eye(3), pydl.tensor(1.0))),
            ("DTypeError", lambda: linalg.solve(pydl.eye(3), pydl.ones(3).double())),
            ("DTypeError", lambda: linalg.solve(pydl.eye(3), 3)),
            ("ValueError", lambda: linalg.solve(pydl.eye(3), pydl.ones(3), left=False)),
        ),
    ),
    Row(
        "linalg_solve",
        linalg.solve,
        vectors,
        fixed(((3, 4, 4), regular), ((3, 4), floats())),
        "vectors",
        torch=lambda a, b: theirs("solve")(a, b),
    ),
    Row(
        "linalg_solve",
        lambda a, b: linalg.solve(a, b, left=False),
        lambda a, b: b @ np.linalg.inv(a),
        fixed(((2, 4, 4), regular), ((2, 3, 4), floats())),
        "from the right",
        torch=lambda a, b: theirs("solve")(a, b, left=False),
        bad=(("ShapeError", lambda: linalg.solve(pydl.eye(3), pydl.ones(3, 2), left=False)),),
    ),
    *(
        Row(
            "linalg_solve_triangular",
            lambda a, b, s=settings: linalg.solve_triangular(a, b, **s),
            lambda a, b, s=settings: reference(a, b, **s),
            fixed(((2, 3, 3), regular), ((2, 3, 3), floats())),
            label,
            torch=lambda a, b, s=settings: theirs("solve_triangular")(a, b, **s),
            bad=(
                ("LinAlgError", lambda: linalg.solve_triangular(SINGULAR, pydl.ones(3, 1), upper=True)),
                ("ShapeError", lambda: linalg.solve_triangular(pydl.eye(3), pydl.ones(3), upper=True)),
                ("ShapeError", lambda: linalg.solve_triangular(pydl.eye(3), pydl.ones(2, 1), upper=True)),
                ("ShapeError", lambda: linalg.solve_triangular(pydl.eye(3), pydl.ones(3, 1), upper=True, left=False)),
            )
            if label == "upper"
            else (),
        )
        for label, settings in {
            "upper": {"upper": True},
            "lower": {"upper": False},
            "from the right": {"upper": True, "left": False},
            "unit": {"upper": False, "unitriangular": True},
        }.items()
    ),
    Row(
        "triangular_solve",
        lambda b, a: tuple(b.triangular_solve(a, transpose=True)),
        lambda b, a: (np.linalg.solve(np.swapaxes(np.triu(a), -1, -2), b), a),
        fixed(((2, 3, 2), floats()), ((2, 3, 3), regular)),
        bad=(("DTypeError", lambda: pydl.ones(2, 1).triangular_solve(1)),),
    ),
    *(
        Row(
            "cholesky_solve",
            lambda b, a, upper=upper: b.cholesky_solve(a, upper),
            lambda b, a, upper=upper: np.linalg.solve(whole(a, upper), b),
            fixed(((2, 3, 2), floats()), ((2, 3, 3), regular)),
            "upper" if upper else "lower",
            torch=lambda b, a, upper=upper: b.cholesky_solve(a.triu() if upper else a.tril(), upper),
            bad=() if upper else (("ShapeError", lambda: pydl.ones(2, 1).cholesky_solve(pydl.ones(2, 3))),),
        )
        for upper in (False, True)
    ),
    Row(
        "cholesky_inverse",
        lambda a: a.cholesky_inverse(),
        lambda a: np.linalg.inv(whole(a, False)),
        fixed(((2, 3, 3), regular)),
        torch=lambda a: a.tril().cholesky_inverse(),
        bad=(("ShapeError", lambda: pydl.ones(2, 3).cholesky_inverse()),),
    ),
    Row(
        "linalg_inv_ex",
        lambda x: tuple(linalg.inv_ex(x)),
        lambda x: (np.linalg.inv(x), np.zeros(x.shape[:-2])),
        STACK,
        torch=lambda x: tuple(theirs("inv_ex")(x)),
        bad=(("LinAlgError", lambda: linalg.inv_ex(SINGULAR, check_errors=True)),),
    ),
    Row(
        "linalg_solve_ex",
        lambda a, b: tuple(linalg.solve_ex(a, b)),
        lambda a, b: (np.linalg.solve(a, b), np.zeros(a.shape[:-2])),
        fixed(((2, 4, 4), regular), ((2, 4, 3), floats())),
        torch=lambda a, b: tuple(theirs("solve_ex")(a, b)),
        bad=(("LinAlgError", lambda: linalg.solve_ex(SINGULAR, pydl.ones(3, 1), check_errors=True)),),
    ),
]


def reference(a, b, upper, left=True, unitriangular=False):
    inverse = np.linalg.inv(triangle(a, upper, unitriangular))
    return inverse @ b if left else b @ inverse


def whole(a, upper):
    lower = np.swapaxes(np.triu(a), -1, -2) if upper else np.tril(a)
    return lower @ np.swapaxes(lower, -1, -2)

from op_table import Row

import pydl

ELSEWHERE = "test_random.py"

BAD = {
    "rand": (
        ("ShapeError", lambda: pydl.rand(-1)),
        ("DTypeError", lambda: pydl.rand(2, dtype=pydl.int64)),
        ("DTypeError", lambda: pydl.rand(2, generator=3)),
    ),
    "randint": (
        ("ValueError", lambda: pydl.randint(5, 5, (2,))),
        ("DTypeError", lambda: pydl.randint(5.5, (2,))),
        ("ValueError", lambda: pydl.randint(0, 1 << 70, (2,))),
    ),
    "randperm": (("ValueError", lambda: pydl.randperm(-1)),),
    "bernoulli": (
        ("ValueError", lambda: pydl.bernoulli(pydl.tensor([1.5]))),
        ("ValueError", lambda: pydl.bernoulli(pydl.tensor([float("nan")]))),
    ),
    "bernoulli_": (("ValueError", lambda: pydl.ones(2).bernoulli_(-1)),),
    "uniform_": (
        ("ValueError", lambda: pydl.ones(2).uniform_(2, 1)),
        ("DTypeError", lambda: pydl.tensor([1]).uniform_()),
    ),
    "normal_": (
        ("ValueError", lambda: pydl.ones(2).normal_(0, -1)),
        ("StateError", lambda: pydl.ones(2, requires_grad=True).normal_()),
    ),
    "normal": (
        ("ValueError", lambda: pydl.normal(0.0, 1.0)),
        ("ValueError", lambda: pydl.normal(pydl.ones(2), -pydl.ones(2))),
    ),
    "random_": (("ValueError", lambda: pydl.ones(2).random_(3, 3)),),
    "exponential_": (("ValueError", lambda: pydl.ones(2).exponential_(0)),),
    "multinomial": (
        ("ValueError", lambda: pydl.multinomial(pydl.tensor([0.0, 0.0]), 1)),
        ("ValueError", lambda: pydl.multinomial(pydl.tensor([-1.0, 2.0]), 1)),
        ("ValueError", lambda: pydl.multinomial(pydl.tensor([1.0, 0.0]), 2)),
        ("ShapeError", lambda: pydl.multinomial(pydl.ones(1, 1, 1), 1)),
    ),
    "rand_like": (),
    "randn": (),
    "randn_like": (),
    "randint_like": (),
}

BAD |= {
    "cauchy_": (
        ("ValueError", lambda: pydl.ones(2).cauchy_(0, 0)),
        ("ValueError", lambda: pydl.ones(2).cauchy_(0, float("nan"))),
        ("DTypeError", lambda: pydl.tensor([1]).cauchy_()),
    ),
    "log_normal_": (
        ("ValueError", lambda: pydl.ones(2).log_normal_(0, 0)),
        ("DTypeError", lambda: pydl.tensor([1]).log_normal_()),
    ),
    "geometric_": (
        ("ValueError", lambda: pydl.ones(2).geometric_(1)),
        ("StateError", lambda: pydl.ones(2, requires_grad=True).geometric_(0.5)),
    ),
}

ROWS = [Row(op, elsewhere=ELSEWHERE, bad=bad) for op, bad in BAD.items()]

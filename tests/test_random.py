"""Random numbers: their distributions, and that a seed repeats them whatever the number of threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

import pydl

N = 100_000
FLOATS = (pydl.float32, pydl.float64, pydl.float16, pydl.bfloat16)


@pytest.fixture(autouse=True)
def seeded() -> None:
    pydl.manual_seed(0)


@pytest.fixture
def threads() -> Iterator[None]:
    before = pydl.get_num_threads()
    yield
    pydl.set_num_threads(before)


def moments(x: pydl.Tensor) -> tuple[float, float]:
    values = x.double().numpy()
    return float(values.mean()), float(values.std())


def near(actual: float, expected: float, deviation: float, count: int = N) -> None:
    """Within five standard deviations of the mean of so many draws."""
    assert abs(actual - expected) < 5 * deviation / count**0.5, (actual, expected)


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda d: d.name)
def test_uniform(dtype: pydl.dtype) -> None:
    x = pydl.rand(N, dtype=dtype)
    assert x.dtype is dtype
    values = x.double().numpy()
    assert values.min() >= 0 and values.max() < 1
    near(values.mean(), 0.5, 12**-0.5)
    near(values.var(), 1 / 12, 180**-0.5)
    y = pydl.empty(N, dtype=dtype).uniform_(-3, 5).double().numpy()
    assert y.min() >= -3 and y.max() < 5
    near(y.mean(), 1, 8 * 12**-0.5)


@pytest.mark.parametrize("dtype", FLOATS, ids=lambda d: d.name)
def test_normal(dtype: pydl.dtype) -> None:
    values = pydl.randn(N, dtype=dtype).double().numpy()
    near(values.mean(), 0, 1)
    near((values**2).mean(), 1, 2**0.5)
    near((values**4).mean(), 3, 96**0.5)
    mean, std = moments(pydl.empty(N, dtype=pydl.float64).normal_(2, 3))
    near(mean, 2, 3)
    near(std, 3, 3)


def test_normal_of_tensors() -> None:
    x = pydl.normal(pydl.tensor([[0.0], [100.0]]), pydl.tensor([0.0, 0.0, 0.0]))
    assert x.tolist() == [[0.0] * 3, [100.0] * 3]
    assert pydl.normal(0.0, pydl.ones(4)).shape == (4,)
    assert pydl.normal(pydl.zeros(4), 2.0).shape == (4,)


def test_integers() -> None:
    x = pydl.randint(-3, 5, (N,))
    assert x.dtype is pydl.int64
    counts = np.bincount(x.numpy() + 3, minlength=8)
    assert len(counts) == 8
    for count in counts:
        near(count / N, 1 / 8, (7 / 64) ** 0.5)
    assert (
        pydl.randint(2, (3,)).shape == pydl.randint(2, size=(3,)).shape == pydl.randint(high=2, size=(3,)).shape == (3,)
    )
    assert pydl.randint(1, size=(3,)).tolist() == [0] * 3 and pydl.randint(1, 2, size=(3,)).tolist() == [1] * 3
    assert pydl.randint(0, 9, (2, 2), dtype=pydl.float32).dtype is pydl.float32
    assert pydl.randint_like(pydl.zeros(2, 3), 4).shape == (2, 3)
    assert set(pydl.zeros(1000, dtype=pydl.uint8).random_(2, 4).tolist()) == {2, 3}
    assert pydl.zeros(N, dtype=pydl.uint8).random_().numpy().max() == 255
    wide = pydl.randint(-(1 << 62), 1 << 62, (N,)).double()
    near(moments(wide)[0] / 2.0**62, 0, 3**-0.5)


def test_permutation() -> None:
    x = pydl.randperm(1000)
    assert sorted(x.tolist()) == list(range(1000))
    assert x.tolist() != list(range(1000))
    firsts = [pydl.randperm(4)[0].item() for _ in range(2000)]
    for count in np.bincount(firsts, minlength=4):
        near(count / 2000, 0.25, (3 / 16) ** 0.5, 2000)
    assert pydl.randperm(0).shape == (0,)


def test_bernoulli() -> None:
    p = pydl.tensor([0.0, 0.3, 1.0]).repeat(N, 1)
    means = pydl.bernoulli(p).numpy().mean(0)
    assert means[0] == 0 and means[2] == 1
    near(means[1], 0.3, 0.21**0.5)
    near(moments(pydl.empty(N).bernoulli_(0.7))[0], 0.7, 0.21**0.5)
    assert set(pydl.zeros(100, dtype=pydl.int64).bernoulli_().tolist()) == {0, 1}


def test_exponential() -> None:
    x = pydl.empty(N).exponential_(2.0)
    assert x.numpy().min() >= 0 and np.isfinite(x.numpy()).all()
    near(moments(x)[0], 0.5, 0.5)
    near(moments(x)[1], 0.5, 1)


def test_multinomial() -> None:
    weights = pydl.tensor([1.0, 2.0, 0.0, 7.0])
    counts = np.bincount(pydl.multinomial(weights, N, replacement=True).numpy(), minlength=4)
    for count, p in zip(counts, (0.1, 0.2, 0.0, 0.7), strict=True):
        near(count / N, p, (p * (1 - p)) ** 0.5 + 1e-9)
    draws = pydl.multinomial(weights.repeat(5000, 1), 2).numpy()
    assert (draws[:, 0] != draws[:, 1]).all() and not (draws == 2).any()
    near((draws[:, 0] == 3).mean(), 0.7, 0.21**0.5, 5000)
    near((draws == 0).any(1).mean(), 0.1 + 0.2 * 0.1 / 0.8 + 0.7 * 0.1 / 0.3, 0.5, 5000)


def test_alpha_dropout() -> None:
    mean, std = moments(pydl.alpha_dropout(pydl.randn(N), 0.3, training=True))
    near(mean, 0, 1)
    near(std, 1, 2)
    x = pydl.randn(10, requires_grad=True)
    pydl.alpha_dropout(x, 0.5, training=True).sum().backward()
    assert x.grad is not None and len(set(x.grad.tolist())) == 2
    assert pydl.alpha_dropout(x, 0.5) is x


def test_dropout() -> None:
    x = pydl.ones(N, requires_grad=True)
    y = pydl.dropout(x, 0.3)
    y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == y.tolist()
    near(moments(y.detach())[0], 1, (0.3 / 0.7) ** 0.5)
    assert not pydl.dropout(pydl.ones(5), 1.0).numpy().any()
    z = pydl.ones(5)
    assert pydl.dropout(z, 0.5, True, inplace=True) is z
    planes = pydl.dropout2d(pydl.ones(50, 20, 3, 3), 0.4).numpy().reshape(1000, 9)
    assert (planes == planes[:, :1]).all()


def all_kinds() -> list[list[float]]:
    """Some numbers of every function, long enough for several chunks."""
    pydl.manual_seed(7)
    x = pydl.empty(70_001)
    made = [
        pydl.rand(70_001),
        pydl.randn(70_001, dtype=pydl.float64),
        pydl.randint(0, 1 << 40, (70_001,)),
        pydl.randperm(70_001),
        pydl.bernoulli(pydl.rand(70_001)),
        x.exponential_(),
        pydl.dropout(pydl.ones(70_001), 0.3),
        pydl.multinomial(pydl.rand(100), 50),
    ]
    return [y.tolist() for y in made]


def test_a_seed_repeats_whatever_the_threads(threads: None) -> None:
    pydl.set_num_threads(1)
    first = all_kinds()
    for count in (2, 3, 8):
        pydl.set_num_threads(count)
        assert all_kinds() == first


def test_a_longer_draw_begins_with_a_shorter_one() -> None:
    for make in (pydl.rand, pydl.randn):
        short = make(10, generator=pydl.Generator().manual_seed(3)).tolist()
        assert make(1000, generator=pydl.Generator().manual_seed(3)).tolist()[:10] == short


def test_generator() -> None:
    g = pydl.Generator()
    assert g.manual_seed(5) is g
    assert g.initial_seed() == 5
    pydl.rand(3, generator=g)
    state = g.get_state()
    assert state.dtype is pydl.uint8
    first = pydl.rand(3, generator=g).tolist()
    assert pydl.rand(3, generator=g).tolist() != first
    g.set_state(state)
    assert pydl.rand(3, generator=g).tolist() == first
    assert g.seed() != g.seed()
    assert pydl.Generator().manual_seed(-1).initial_seed() == 2**64 - 1
    for bad in (1 << 64, -(1 << 63) - 1):
        with pytest.raises(pydl.ValueError, match="manual_seed"):
            g.manual_seed(bad)
    with pytest.raises(pydl.ValueError, match="set_state"):
        g.set_state(pydl.zeros(3, dtype=pydl.uint8))


def test_default_generator() -> None:
    from pydl.random import fork_rng

    pydl.manual_seed(1)
    assert pydl.initial_seed() == 1
    state = pydl.get_rng_state()
    first = pydl.rand(3).tolist()
    with fork_rng():
        pydl.rand(3)
    second = pydl.rand(3).tolist()
    pydl.set_rng_state(state)
    assert pydl.rand(3).tolist() == first
    assert pydl.rand(3).tolist() == second
    assert pydl.seed() == pydl.initial_seed()


def test_threads_draw_different_numbers() -> None:
    outs: list[bytes] = []

    def job() -> None:
        outs.extend(pydl.rand(10).numpy().tobytes() for _ in range(20))

    jobs = [threading.Thread(target=job) for _ in range(4)]
    for t in jobs:
        t.start()
    for t in jobs:
        t.join()
    assert len(set(outs)) == 80


def test_in_place_draws_fill_any_layout_and_cut_history() -> None:
    x = pydl.zeros(3, 4).t()
    x.normal_()
    assert (x.numpy() != 0).all()
    w = pydl.ones(3, requires_grad=True)
    y = w * 2
    y.uniform_()
    y.sum().backward()
    assert w.grad.tolist() == [0, 0, 0]
    z = w * 2
    saved = z * z
    z.normal_()
    with pytest.raises(pydl.StateError):
        saved.sum().backward()

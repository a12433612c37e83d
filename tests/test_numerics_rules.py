"""The rules of docs/numerics.md, tried one by one: integers, NaN, infinity, zero, kinks, random numbers, same bits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fresh import python

import pydl
from pydl.nn import functional as F

NAN, INF = math.nan, math.inf
Call = Callable[..., Any]

# --- integers ---


def listed(x: Any) -> Any:
    return x.tolist()


def test_integers_wrap_round() -> None:
    least8, least64 = pydl.tensor([-128], dtype=pydl.int8), pydl.tensor([-(2**63)])
    assert listed(pydl.tensor([127], dtype=pydl.int8) + 1) == [-128]
    assert listed(pydl.tensor([255], dtype=pydl.uint8) + 1) == [0]
    assert listed(least8.abs()) == listed(-least8) == listed(least8 // -1) == [-128]
    assert listed(least64 // -1) == listed(pydl.tensor([2**63 - 1]) + 1) == [-(2**63)]
    hundred = pydl.tensor([[100, 100]], dtype=pydl.int8)
    assert listed(hundred @ hundred.t()) == [[20000 - 78 * 256]]
    assert [hundred.sum().item(), hundred.prod().item(), hundred[0].cumsum(0)[1].item()] == [200, 10000, 200]
    assert hundred.sum().dtype is hundred.prod().dtype is pydl.int64
    assert pydl.tensor([2**62] * 4).sum().item() == 0
    one, minus = pydl.tensor([1]), pydl.tensor([-1])
    assert [listed(v) for v in (one << 64, one << -1, one >> 64, minus >> 64, minus >> -1)] == [
        [0],
        [0],
        [0],
        [-1],
        [-1],
    ]


def test_integer_division_by_zero_is_an_error() -> None:
    zero = pydl.tensor([0])
    for op in (lambda x: x // zero, lambda x: x % zero, lambda x: pydl.fmod(x, zero)):
        with pytest.raises(ValueError, match="division by zero"):
            op(pydl.tensor([1]))
    assert listed(pydl.tensor([1]) / zero) == [INF]


def test_floats_to_integers() -> None:
    x = pydl.tensor([NAN, INF, -INF, 1e20, -1.9, 300.7, 3e9], dtype=pydl.float64)
    assert listed(x.to(pydl.int64)) == [-(2**63)] * 4 + [-1, 300, 3 * 10**9]
    assert listed(x.to(pydl.int32)) == [-(2**31)] * 4 + [-1, 300, -(2**31)]
    assert listed(x.to(pydl.int16)) == [0] * 4 + [-1, 300, 0]
    assert listed(x.to(pydl.int8)) == [0] * 4 + [-1, 44, 0]
    assert listed(x.to(pydl.uint8)) == [0] * 4 + [255, 44, 0]
    assert listed(x.to(pydl.bool)) == [True] * 7


# --- NaN, infinity, zero ---


def same(got: Any, want: Any) -> bool:
    """Equal, NaN to NaN and zeros with their signs."""
    a, b = np.asarray(got.detach().numpy(), float), np.asarray(want, float)
    number = ~np.isnan(b)
    return (
        a.shape == b.shape
        and np.array_equal(a, b, equal_nan=True)
        and np.array_equal(np.signbit(a[number]), np.signbit(b[number]))
    )


def test_nan_comes_through() -> None:
    t = pydl.tensor
    every = [pydl.exp, pydl.log, pydl.tanh, pydl.sin, pydl.erf, pydl.sqrt, pydl.relu, pydl.sigmoid, F.gelu, F.silu]
    every += [F.elu, F.softplus, F.leaky_relu, F.hardtanh, pydl.floor, pydl.neg, lambda x: x * 0, lambda x: 0 - x]
    for n in (1, 5, 16, 33):  # whole vectors and tails
        for place in (0, n - 1):
            x = pydl.ones(n)
            x[place] = NAN
            for call in every:
                assert [i for i, v in enumerate(call(x).tolist()) if v != v] == [place], call
            for reduce in (pydl.sum, pydl.mean, pydl.prod, pydl.max, pydl.min, pydl.amax, pydl.norm):
                assert math.isnan(reduce(x).item()), reduce
            assert x.argmax().item() == x.argmin().item() == place
    assert same(t([NAN]).sign(), [0]) and same(t([NAN, 0.0]) ** 0, [1, 1]) and same(pydl.ones(1) ** t([NAN]), [1])
    assert listed(t([NAN]) == t([NAN])) == [False] and t([NAN]).any().item() is True
    assert same(pydl.maximum(t([NAN, 1.0]), t([1.0, NAN])), [NAN, NAN]) and same(
        pydl.fmax(t([NAN, 1.0]), t([1.0, NAN])), [1, 1]
    )
    assert same(pydl.fmin(t([NAN, 1.0]), t([1.0, NAN])), [1, 1]) and t([NAN, 2.0]).nansum().item() == 2


def test_activations_of_infinities() -> None:
    x = pydl.tensor([INF, -INF])
    for call in (F.gelu, F.silu, F.mish):
        assert same(call(x), [INF, NAN]), call
    assert same(F.hardswish(x), [INF, 0.0]) and same(F.relu(x), [INF, 0.0]) and same(F.elu(x), [INF, -1])


def test_order_with_nan() -> None:
    x = pydl.tensor([1.0, NAN, 3.0, -INF, NAN])
    assert x.argmax().item() == x.argmin().item() == 1
    assert same(x.sort().values, [-INF, 1, 3, NAN, NAN]) and listed(x.sort(descending=True).indices) == [1, 4, 2, 0, 3]
    assert listed(x.topk(3).indices) == [1, 4, 2]
    assert same(x.clamp(0, 2), [1, NAN, 2, 0, NAN]) and same(pydl.ones(2).clamp(NAN, 1), [NAN, NAN])


def test_softmax_of_infinities() -> None:
    for n in (2, 40):
        pad = [-INF] * (n - 2)
        for call in (lambda x: x.softmax(-1), lambda x: x.log_softmax(-1)):
            for row in ([-INF, -INF], [INF, 0.0], [NAN, 0.0]):
                assert call(pydl.tensor(row + pad)).isnan().all().item()
        assert same(pydl.tensor([-INF, 0.0, *pad]).softmax(0), [0, 1] + [0] * (n - 2))
        assert listed(pydl.tensor([-INF, 0.0, *pad]).log_softmax(0)) == [-INF, 0, *pad]
    x = pydl.tensor([-INF, -INF], requires_grad=True)
    y = x.logsumexp(0)
    y.backward()
    assert y.item() == -INF and same(x.grad, [0, 0])


def test_zeros_are_not_skipped() -> None:
    for n in (1, 3, 70):  # 0 * inf wherever the matrix is cut
        a, b = pydl.zeros(n, n), pydl.ones(n, n)
        b[0, 0] = INF
        assert (a @ b).isnan().sum().item() == n and (a @ b[:, 0]).isnan().all().item()
    x, w = pydl.ones(1, 1, 3, 3, requires_grad=True), pydl.ones(1, 1, 3, 3, requires_grad=True)
    g = pydl.ones(1, 1, 3, 3)
    g[0, 0, 0, 0] = INF
    F.conv2d(x, w, padding=1).backward(g)
    assert same(w.grad[0, 0], [[NAN, NAN, NAN], [NAN, INF, INF], [NAN, INF, INF]])
    border = F.conv2d(pydl.ones(1, 1, 3, 3), pydl.full((1, 1, 3, 3), INF), padding=1)[0, 0]
    assert same(border, [[NAN, NAN, NAN], [NAN, INF, NAN], [NAN, NAN, NAN]])
    pydl.manual_seed(0)
    dropped = F.dropout(pydl.full((100,), INF), 0.5)
    assert (
        20 < dropped.isnan().sum().item() < 80 and (dropped == INF).sum().item() == 100 - dropped.isnan().sum().item()
    )
    assert same(F.max_pool2d(pydl.full((1, 1, 2, 2), -INF), 2, padding=1)[0, 0], [[-INF] * 2] * 2)
    assert same(F.avg_pool2d(pydl.full((1, 1, 2, 2), INF), 2, padding=1)[0, 0], [[INF] * 2] * 2)
    assert math.isnan(F.max_pool2d(pydl.tensor([[[[1.0, NAN], [2.0, 3.0]]]]), 2).item())


def test_of_nothing() -> None:
    nothing = pydl.zeros(0)
    assert [nothing.sum().item(), nothing.prod().item()] == [0, 1] and math.isnan(nothing.mean().item())
    with pytest.raises(ValueError, match="at least one element"):
        nothing.max()


def test_signs_of_zero_and_subnormals() -> None:
    zero = pydl.tensor([-0.0])
    for call in (
        pydl.relu,
        pydl.sin,
        pydl.tanh,
        pydl.sqrt,
        pydl.expm1,
        pydl.log1p,
        pydl.erf,
        F.gelu,
        pydl.round,
        pydl.ceil,
    ):
        assert same(call(zero), [-0.0]), call
    assert same(pydl.tensor([-0.3]).round(), [-0.0]) and same(zero + zero, [-0.0])
    assert same(zero.sum(), 0.0) and same(zero.view(1, 1) @ pydl.ones(1, 1), [[0.0]])
    assert same(pydl.tensor([1e-38]) * 1e-3, np.float32([1e-38]) * np.float32(1e-3))
    tiny = np.float32([1e-45, 1e-40])
    assert same(pydl.from_numpy(tiny).sum(), tiny.sum()) and same(
        pydl.from_numpy(tiny.reshape(1, 2)) @ pydl.ones(2, 1), [[tiny.sum()]]
    )


# --- gradients at kinks ---


def slopes(call: Call, *inputs: list[float]) -> list[Any]:
    tensors = [pydl.tensor(x, requires_grad=True) for x in inputs]
    call(*tensors).sum().backward()
    return [x.grad.tolist() for x in tensors]


@pytest.mark.parametrize(
    ("call", "inputs", "want"),
    [
        (pydl.relu, [[0.0, -0.0]], [[0, 0]]),
        (pydl.abs, [[0.0]], [[0]]),
        (lambda x: F.leaky_relu(x, 0.5), [[0.0]], [[0.5]]),
        (lambda x: x.clamp(0, 1), [[-1.0, 0.0, 1.0, 2.0]], [[0, 1, 1, 0]]),
        (F.hardtanh, [[-1.0, 1.0]], [[0, 0]]),
        (F.relu6, [[0.0, 6.0]], [[0, 0]]),
        (pydl.maximum, [[1.0], [1.0]], [[0.5], [0.5]]),
        (pydl.max, [[1.0, 1.0, 0.0]], [[0.5, 0.5, 0]]),
        (lambda x: x.amax(0), [[1.0, 1.0, 0.0]], [[0.5, 0.5, 0]]),
        (lambda x: x.norm(INF), [[2.0, -2.0, 0.0]], [[0.5, -0.5, 0]]),
        (lambda x: x.max(0).values, [[1.0, 1.0, 0.0]], [[1, 0, 0]]),
        (lambda x: F.max_pool1d(x.view(1, 1, 2), 2), [[1.0, 1.0]], [[1, 0]]),
        (lambda x: x**0, [[0.0]], [[0]]),
        (lambda x: x**0.5, [[0.0]], [[INF]]),
        (lambda x: x**0.25, [[0.0]], [[INF]]),
        (lambda x: x**1, [[0.0]], [[1]]),
        (lambda x: x**1.5, [[0.0]], [[0]]),
        (pydl.pow, [[0.0, 0.0], [0.0, 2.0]], [[0, 0], [0, 0]]),
        (lambda x: x.norm(), [[0.0, 0.0]], [[0, 0]]),
        (lambda x: x.norm(1), [[0.0, 2.0]], [[0, 1]]),
        (lambda x: x.norm(3), [[0.0, 0.0]], [[0, 0]]),
        (lambda x: x.std(), [[1.0, 1.0]], [[0, 0]]),
        (pydl.sqrt, [[0.0]], [[INF]]),
        (pydl.round, [[0.5]], [[0]]),
        (pydl.sign, [[0.5]], [[0]]),
    ],
)
def test_gradient_at_kink(call: Call, inputs: list[list[float]], want: list[Any]) -> None:
    assert slopes(call, *inputs) == want


# --- random numbers, threads, instruction sets ---


def philox(blocks: Any, seed: int, high: Any = (0, 0)) -> Any:
    """Philox 4x32-10 by its paper: words (len(blocks), 4) of counters (block, high) under the key seed."""
    mask = np.uint64(0xFFFFFFFF)
    n = np.asarray(blocks, np.uint64)
    c = [n & mask, n >> np.uint64(32), np.full_like(n, high[0]), np.full_like(n, high[1])]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        high0, high1 = p0 >> np.uint64(32), p1 >> np.uint64(32)
        c = [high1 ^ c[1] ^ np.uint64(k0), p1 & mask, high0 ^ c[3] ^ np.uint64(k1), p0 & mask]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, -1)


def test_philox_here_gives_the_known_answers() -> None:
    """kat_vectors of Random123."""
    assert philox([0], 0).tolist() == [[0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]]
    ones = philox([2**64 - 1], 2**64 - 1, (0xFFFFFFFF, 0xFFFFFFFF))
    assert ones.tolist() == [[0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]]
    pi = philox([0x85A308D3243F6A88], 0x299F31D0A4093822, (0x13198A2E, 0x03707344))
    assert pi.tolist() == [[0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]]


@pytest.mark.parametrize("seed", [0, 0x299F31D0A4093822, 2**64 - 1])
def test_random_numbers_are_those_of_philox(seed: int) -> None:
    n = 5000

    def generator() -> Any:
        return pydl.Generator().manual_seed(seed)

    words = philox(np.arange(n), seed)
    flat = words.reshape(-1)
    single = pydl.rand(n, generator=generator()).numpy()
    assert np.array_equal(single, (flat[:n] >> np.uint64(8)).astype(np.float32) * np.float32(2**-24))
    pairs = flat[::2] | flat[1::2] << np.uint64(32)
    double = pydl.rand(n, generator=generator(), dtype=pydl.float64).numpy()
    assert np.array_equal(double, (pairs[:n] >> np.uint64(11)).astype(np.float64) * 2.0**-53)
    whole = [int(low) | int(high) << 64 for low, high in pairs.reshape(-1, 2)]
    drawn = pydl.randint(-3, 10**12, (n,), generator=generator()).tolist()
    assert drawn == [-3 + (u * (10**12 + 3) >> 128) for u in whole]
    coins = pydl.bernoulli(pydl.full((n,), 0.3, dtype=pydl.float64), generator=generator()).numpy()
    assert np.array_equal(coins, flat[:n] < 0.3 * 2**32)
    assert sorted(pydl.randperm(n, generator=generator()).tolist()) == list(range(n))
    # Box and Muller: the radii from the first half of each group of 32 words, the angles from the second.
    group = flat[:4096].reshape(-1, 2, 16).astype(np.float64)
    radius, angle = np.sqrt(-2 * np.log((group[:, 0] + 1) * 2.0**-32)), group[:, 1] * 2.0**-32 * 2 * math.pi
    normal = pydl.randn(4096, generator=generator()).numpy().reshape(-1, 2, 16)
    assert np.allclose(np.hypot(normal[:, 0], normal[:, 1]), radius, rtol=1e-5, atol=1e-5)
    turned = np.arctan2(normal[:, 1], normal[:, 0]) - angle
    turned -= np.median(turned)
    assert np.abs(np.exp(1j * turned) - 1).max() < 1e-3


def test_extremes_of_normal_numbers() -> None:
    for dtype, limit in ((pydl.float32, 6.7), (pydl.float64, 8.7)):
        x = pydl.randn(10**6, generator=pydl.Generator().manual_seed(0), dtype=dtype)
        assert 4 < x.abs().max().item() <= limit
        bits = 32 if dtype is pydl.float32 else 54
        assert math.sqrt(2 * bits * math.log(2)) <= limit


THREADED = """
import pydl
from pydl.nn import functional as F

def work():
    g = pydl.Generator().manual_seed(0)
    x = pydl.randn(600, 700, generator=g)
    w = pydl.randn(16, 3, 3, 3, generator=g).requires_grad_()
    y = F.conv2d(pydl.randn(8, 3, 30, 30, generator=g), w, padding=1)
    y.square().mean().backward()
    results = [x.sum(), x.sum(0), x.sum(1), x.t().sum(0), x.mean(), x.var(), x.var(0), x.norm(), x.prod(), x.max()]
    results += [x.cumsum(0), x.cumsum(1), x.softmax(0), x.softmax(1), x.logsumexp(1), F.layer_norm(x, (700,))]
    results += [x @ x.t(), x[0] @ x.t(), y, w.grad]
    return [r.detach().numpy().tobytes() for r in results]
"""


def test_bits_for_any_number_of_threads() -> None:
    python(
        THREADED
        + """
pydl.set_num_threads(1)
alone = work()
for n in (2, 3, 8):
    pydl.set_num_threads(n)
    for i, (a, b) in enumerate(zip(alone, work(), strict=True)):
        assert a == b, (n, i)
"""
    )


def test_bits_for_any_layout_and_batch() -> None:
    x, w = pydl.randn(80, 150), pydl.randn(150, 40)
    for call in (pydl.exp, pydl.tanh, pydl.erf, pydl.sin, F.gelu, lambda v: v * 1.1 + v, lambda v: v.abs() ** 1.3):
        whole = call(x)
        for part in (lambda v: v.t(), lambda v: v[::3], lambda v: v[:, 5::-2], lambda v: v[3:4]):
            assert pydl.equal(call(part(x)), part(whole))
    for call in (lambda v: v.softmax(1), lambda v: F.layer_norm(v, (150,)), lambda v: v.sum(1), lambda v: v.cumsum(1)):
        assert pydl.equal(call(x[7:9]), call(x)[7:9]) and pydl.equal(call(x[7:8]), call(x)[7:8])
    assert pydl.equal(x[7:30] @ w, (x @ w)[7:30]) and pydl.equal(x @ w.t().contiguous().t(), x @ w)


SAME_EVERYWHERE = """
import hashlib
import pydl
from pydl import _C
g = pydl.Generator().manual_seed(7)
digest = hashlib.sha256()
for dtype in (pydl.float32, pydl.float64):
    x, u = pydl.randn(3001, generator=g, dtype=dtype), pydl.rand(3001, generator=g, dtype=dtype)
    results = [x, u, pydl.bernoulli(u, generator=g), pydl.randint(0, 1000, (99,), generator=g)]
    results += [pydl.randperm(999, generator=g), pydl.empty(99, dtype=dtype).uniform_(-3, 5, generator=g)]
    pydl.manual_seed(7)
    results += [pydl.nn.functional.dropout(x, 0.3), x + u, x * u, x / u, u.sqrt(), x % u, pydl.fmod(x, u), x.round()]
    results += [x.half(), x.bfloat16().float(), x.long(), x.max(), x.argmin(), x.sort().values, x.cumsum(0)]
    for r in results:
        digest.update(r.numpy().tobytes())
print(_C.isa, digest.hexdigest())
"""


def test_bits_for_any_instruction_set() -> None:
    """Random numbers and what is correctly rounded; sets that this machine or build lacks are left out."""
    seen = []
    for isa in ("baseline", "avx2", "avx512"):
        try:
            seen.append(python(SAME_EVERYWHERE, PYDL_ISA=isa).split()[1])
        except AssertionError as error:
            if "PYDL_ISA" not in str(error):
                raise
    assert seen and len(set(seen)) == 1


def test_adam_corrects_its_bias_in_double() -> None:
    """The first step is lr, whatever the gradient: 1 - beta^1 in float32 would cost five digits."""
    p = pydl.nn.Parameter(pydl.zeros(3))
    p.grad = pydl.tensor([1e-3, 3.7, -1e5])
    pydl.optim.Adam([p], lr=1e-2, eps=0.0).step()
    assert p.detach().numpy() == pytest.approx([-1e-2, -1e-2, 1e-2], rel=1e-6)

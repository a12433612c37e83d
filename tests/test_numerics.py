"""The error bounds of docs/numerics.md, read from its tables. The page's rules are in test_numerics_rules.py."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pydl
from pydl.nn import functional as F

PAGE = Path(__file__).parent.parent / "docs" / "numerics.md"
NAN, INF = math.nan, math.inf
SAMPLES = 100_000
Wide = np.longdouble
Call = Callable[..., Any]
PI = Wide("3.14159265358979323846264338327950288")

needs_longdouble = pytest.mark.skipif(
    np.finfo(Wide).nmant < 63, reason="float64 is measured against a longer type, which this machine lacks"
)
DTYPES = [np.float32, pytest.param(np.float64, marks=needs_longdouble)]


def table(pattern: str) -> dict[str, tuple[str, ...]]:
    """Rows of the page's tables by their first cell."""
    return {m[1]: m.groups()[1:] for m in re.finditer(pattern, PAGE.read_text(), re.MULTILINE)}


FUNCTION_BOUNDS = table(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \| (ulp|eps \* abs\(x\))")
SUM_BOUNDS = table(r"^\| `(\w+)` \| `(.+)` \|$")


# --- functions ---


def c_lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except ValueError:  # a pole
        return INF


def sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def softplus(x: Any) -> Any:
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def erf(x: Any) -> Any:
    """By a series of positive terms: 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!."""
    a = np.minimum(np.abs(x), x.dtype.type(6.5))
    term = a.copy()
    total = a.copy()
    for n in range(1, 150):
        term *= 2 * a * a / (2 * n + 1)
        total += term
    y = np.exp(-a * a) * total * (2 / np.sqrt(PI).astype(x.dtype))
    return np.where(np.isnan(x), x, np.copysign(y, x))


def phi(x: Any) -> Any:
    return (1 + erf(x / np.sqrt(x.dtype.type(2)))) / 2


def phi_tanh(x: Any) -> Any:
    return sigmoid(2 * np.sqrt(2 / PI).astype(x.dtype) * (x + x.dtype.type("0.044715") * x**3))


def psi(x: Any, log: Call) -> Any:
    """The digamma function: Stirling's series at x + 60, and back by the recurrence."""
    y = x + 60
    z = 1 / (y * y)
    series = 1 / (2 * y) + z / 12 - z * z / 120 + z * z * z / 252 - z * z * z * z / 240
    return log(y) - (series + sum(1 / (x + i) for i in reversed(range(60))))


def digamma(x: Any) -> Any:
    """Near its root, where most digits cancel, by decimals."""
    y = psi(x.astype(Wide), np.log)
    for i in np.flatnonzero(np.abs(x - 1.4616321449683623) < 0.1):
        y[i] = Wide(str(psi(Decimal(float(x[i])), Decimal.ln)))
    return y


# How to call it, the reference, and between which arguments it is sampled, for float32 and float64.
FUNCTIONS: dict[str, tuple[Call, Call, tuple[float, float], tuple[float, float]]] = {
    "exp": (pydl.exp, np.exp, (-110, 90), (-750, 710)),
    "exp2": (pydl.exp2, np.exp2, (-150, 128), (-1080, 1024)),
    "expm1": (pydl.expm1, np.expm1, (-20, 89), (-40, 710)),
    "log": (pydl.log, np.log, (0, 4), (0, 4)),
    "log2": (pydl.log2, np.log2, (0, 4), (0, 4)),
    "log10": (pydl.log10, np.log10, (0, 4), (0, 4)),
    "log1p": (pydl.log1p, np.log1p, (-1, 4), (-1, 4)),
    "rsqrt": (pydl.rsqrt, lambda x: 1 / np.sqrt(x), (0, 4), (0, 4)),
    "sin": (pydl.sin, np.sin, (-12000, 12000), (-1e6, 1e6)),
    "cos": (pydl.cos, np.cos, (-12000, 12000), (-1e6, 1e6)),
    "tanh": (pydl.tanh, np.tanh, (-10, 10), (-20, 20)),
    "sigmoid": (pydl.sigmoid, sigmoid, (-110, 20), (-750, 40)),
    "erf": (pydl.erf, erf, (-4.5, 4.5), (-6.5, 6.5)),
    "elu": (F.elu, lambda x: np.where(x < 0, np.expm1(x), x), (-20, 1), (-40, 1)),
    "softplus": (lambda x: F.softplus(x, 1, 1e9), softplus, (-110, 30), (-750, 50)),
    "logsigmoid": (F.logsigmoid, lambda x: -softplus(-x), (-30, 110), (-50, 750)),
    "silu": (F.silu, lambda x: x * sigmoid(x), (-87, 87), (-708, 708)),
    "gelu": (F.gelu, lambda x: x * phi(x), (-15, 10), (-40, 10)),
    "gelu_tanh": (lambda x: F.gelu(x, approximate="tanh"), lambda x: x * phi_tanh(x), (-15, 10), (-40, 10)),
    "erfinv": (pydl.erfinv, np.tanh, (-0.99, 0.99), (-0.99, 0.99)),
    "digamma": (pydl.digamma, digamma, (1e-3, 50), (1e-3, 50)),
}
# Where the function is another one beyond, or its reference does not hold.
ONLY_WITHIN = ("sin", "cos", "silu", "gelu", "gelu_tanh", "erfinv", "digamma")


def wider(dtype: Any) -> Any:
    return np.float64 if dtype is np.float32 else Wide


def ulp_of(exact: Any, dtype: Any) -> Any:
    """The distance between the dtype's numbers around each; that of subnormal ones at least."""
    info = np.finfo(dtype)
    exponent = np.maximum(np.frexp(exact)[1] - 1, np.frexp(info.smallest_normal)[1] - 1)
    return np.ldexp(np.ones_like(exact), exponent - info.nmant)


def ulps_off(got: Any, exact: Any) -> Any:
    """How far each result is from the exact one; inf where one is NaN and the other not."""
    dtype = got.dtype.type
    off = np.abs(got.astype(exact.dtype) - exact) / ulp_of(exact, dtype)
    same = (np.isnan(got) & np.isnan(exact)) | (np.isinf(got) & (got == exact.astype(dtype)))
    return np.where(same, 0, np.where(np.isnan(off), INF, off))


def sample(dtype: Any, low: float, high: float) -> Any:
    """Any bits, evenly and towards 0 within the range, and every kind of limit."""
    rng = np.random.default_rng(0)
    info = np.finfo(dtype)
    words = np.uint32 if dtype is np.float32 else np.uint64
    edges = [0, 1, 2, 0.5, info.max, info.tiny, info.smallest_subnormal, info.eps, INF, NAN, low, high]
    even = rng.uniform(low, high, SAMPLES // 2)
    small = rng.uniform(low, high, SAMPLES // 4) * np.exp2(rng.uniform(-40, 0, SAMPLES // 4))
    any_bits = rng.integers(0, np.iinfo(words).max, SAMPLES // 4, words, endpoint=True).view(dtype)
    subnormal = rng.uniform(-1, 1, 1000).astype(dtype) * info.tiny
    return np.concatenate(
        [even.astype(dtype), small.astype(dtype), any_bits, subnormal, np.array(edges, dtype), -np.array(edges, dtype)]
    )


@pytest.fixture(autouse=True)
def quiet_numpy() -> Iterator[None]:
    with np.errstate(all="ignore"):
        yield


def bound_of(name: str, dtype: Any) -> float:
    return float(FUNCTION_BOUNDS[name][dtype is np.float64])


def test_the_page_and_this_file_know_the_same_functions() -> None:
    assert set(FUNCTION_BOUNDS) == {*FUNCTIONS, "pow"}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_error_of_function(name: str, dtype: Any) -> None:
    call, reference, *ranges = FUNCTIONS[name]
    low, high = ranges[dtype is np.float64]
    x = sample(dtype, low, high)
    if name in ONLY_WITHIN:
        x = x[(x >= low) & (x <= high)]
    got = call(pydl.from_numpy(x)).numpy()
    if name == "erfinv":
        if dtype is np.float32 and np.finfo(Wide).nmant < 63:
            pytest.skip("needs a longer type")
        y = got.astype(Wide)
        # One of Newton's steps from y towards the exact result.
        exact = y - (erf(y) - x.astype(Wide)) * np.sqrt(PI) / 2 * np.exp(y * y)
        exact = np.where(np.abs(x) < 1e-8, x.astype(Wide) * np.sqrt(PI) / 2, exact)
    else:
        exact = reference(x.astype(wider(dtype)))
    if FUNCTION_BOUNDS[name][2] == "ulp":
        off = ulps_off(got, exact)
    else:
        off = np.abs(got - exact) / np.maximum(np.finfo(dtype).eps * np.abs(x), ulp_of(exact, dtype))
    worst = int(np.argmax(off))
    assert off[worst] <= bound_of(name, dtype), f"{name}({x[worst]!r}) = {got[worst]!r}, exactly {exact[worst]!r}"
    assert off[worst] >= bound_of(name, dtype) / 2, f"{name}: the page promises too little, {off[worst]} was found"


# What float32 has by way of double: how to call it, the reference, and between which arguments it is sampled.
IN_DOUBLE: dict[str, tuple[Call, Call, tuple[float, float]]] = {
    "tan": (pydl.tan, np.tan, (-1e6, 1e6)),
    "asin": (pydl.asin, np.arcsin, (-1, 1)),
    "acos": (pydl.acos, np.arccos, (-1, 1)),
    "atan": (pydl.atan, np.arctan, (-5, 5)),
    "sinh": (pydl.sinh, np.sinh, (-90, 90)),
    "cosh": (pydl.cosh, np.cosh, (-90, 90)),
    "asinh": (pydl.asinh, np.arcsinh, (-5, 5)),
    "acosh": (pydl.acosh, np.arccosh, (1, 5)),
    "atanh": (pydl.atanh, np.arctanh, (-1, 1)),
    "erfc": (pydl.erfc, np.vectorize(math.erfc, [float]), (-4, 10.5)),
    "lgamma": (pydl.lgamma, np.vectorize(c_lgamma, [float]), (0, 30)),
}
IN_DOUBLE_BOUNDS = table(r"^\| `(\w+)` \| ([\d.]+)(?: \||, )")


def test_the_page_and_this_file_know_the_same_functions_in_double() -> None:
    assert set(IN_DOUBLE) == set(IN_DOUBLE_BOUNDS) - set(FUNCTION_BOUNDS)


@pytest.mark.parametrize("name", IN_DOUBLE)
def test_error_of_function_in_double(name: str) -> None:
    call, reference, (low, high) = IN_DOUBLE[name]
    x = sample(np.float32, low, high)
    if name in ("tan", "lgamma"):
        x = x[(x >= low) & (x <= high)]
    if name == "lgamma":
        x = np.append(x, np.nextafter(np.float32([1, 2]), np.float32([0, 0])))
    got = call(pydl.from_numpy(x)).numpy()
    off = ulps_off(got, reference(x.astype(np.float64)))
    bound = float(IN_DOUBLE_BOUNDS[name][0])
    worst = int(np.argmax(off))
    assert bound / 2 <= off[worst] <= bound, f"{name}({x[worst]!r}) = {got[worst]!r}, {off[worst]} ulp off"


def test_error_of_lgamma_below_zero() -> None:
    x = np.random.default_rng(0).uniform(-30, 0, SAMPLES).astype(np.float32)
    x = x[x != np.round(x)]
    exact = np.vectorize(c_lgamma, [float])(x.astype(np.float64))
    got = pydl.from_numpy(x).lgamma().numpy()
    assert (np.abs(got - exact) <= 1e-6 * (1 + np.abs(exact))).all()
    poles = pydl.tensor([0.0, -1.0, -7.0, -math.inf, math.inf]).lgamma()
    assert poles.tolist() == [math.inf] * 5


@needs_longdouble
def test_error_of_digamma_below_zero() -> None:
    x = np.random.default_rng(0).uniform(-20, 0, SAMPLES)
    exact = psi(x.astype(Wide), np.log)
    assert (np.abs(pydl.from_numpy(x).digamma().numpy() - exact) <= 2e-15 * (1 + np.abs(exact))).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_error_of_pow(dtype: Any) -> None:
    x = np.abs(sample(dtype, 0, 4))
    rng = np.random.default_rng(1)
    x = np.concatenate([x, (1 + rng.normal(size=SAMPLES) * 1e-3).astype(dtype)])
    wide = x.astype(wider(dtype))
    largest = 88 if dtype is np.float32 else 709
    y = (rng.uniform(-largest, largest, x.size) / np.maximum(np.abs(np.log(wide)), 1e-3)).astype(dtype)
    got = pydl.pow(pydl.from_numpy(x), pydl.from_numpy(y)).numpy()
    exact = wide ** y.astype(wide.dtype)
    off = ulps_off(got, exact)
    worst = int(np.argmax(off))
    assert off[worst] <= bound_of("pow", dtype), f"{x[worst]!r} ** {y[worst]!r} = {got[worst]!r}"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_correctly_rounded(dtype: Any) -> None:
    """The same bits as numpy, which leaves these to the processor."""
    x = sample(dtype, -100, 100)
    y = np.random.default_rng(2).permutation(x)
    a, b = pydl.from_numpy(x), pydl.from_numpy(y)
    pairs = [
        (a + b, x + y),
        (a - b, x - y),
        (a * b, x * y),
        (a / b, x / y),
        (a.sqrt(), np.sqrt(x)),
        (a.reciprocal(), 1 / x),
        (a.square(), x * x),
        (a.abs(), np.abs(x)),
        (a.floor(), np.floor(x)),
        (a.ceil(), np.ceil(x)),
        (a.round(), np.rint(x)),
        (a.trunc(), np.trunc(x)),
        (pydl.fmod(a, b), np.fmod(x, y)),
        (a % b, np.remainder(x, y)),
    ]
    for i, (got, want) in enumerate(pairs):
        assert np.array_equal(got.numpy(), want, equal_nan=True), i
        if i < 12:
            assert np.array_equal(np.signbit(got.numpy()), np.signbit(want)) or np.isnan(want).any(), i


def test_exact_logarithms() -> None:
    k = np.arange(-1074, 1024, dtype=np.float64)
    assert np.array_equal(pydl.from_numpy(np.ldexp(1.0, k.astype(int))).log2().numpy(), k)
    k32 = np.arange(-149, 128, dtype=np.float32)
    assert np.array_equal(pydl.from_numpy(np.ldexp(np.float32(1), k32.astype(int))).log2().numpy(), k32)


# --- sums and products ---


def within(name: str, got: Any, exact: Any, dtype: Any, **values: Any) -> None:
    """|got - exact| <= the bound that the page gives for it."""
    names = {
        "eps": float(np.finfo(dtype).eps),
        "abs": np.abs,
        "min": min,
        "max": lambda x: x.max(-1, keepdims=True),
        "sqrt": np.sqrt,
    }
    bound = eval(SUM_BOUNDS[name][0], {"__builtins__": {}}, {**names, "y": np.abs(exact), **values})
    off = np.abs(np.asarray(got, exact.dtype) - exact)
    assert (off <= bound).all(), f"{name}: {np.max(off / bound)} times the bound"


def numbers(dtype: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {
        "uniform": rng.random(10**6).astype(dtype),
        "normal": rng.normal(size=10**6).astype(dtype),
        "equal": np.full(10**6, 0.1, dtype),
        "wide": (rng.normal(size=10**5) * np.exp2(rng.uniform(-60, 60, 10**5))).astype(dtype),
    }


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["uniform", "normal", "equal", "wide"])
def test_sum_and_mean(kind: str, dtype: Any) -> None:
    x = numbers(dtype)[kind]
    exact = Wide(math.fsum(x))
    a, n = math.fsum(np.abs(x)), x.size
    within("sum", pydl.from_numpy(x).sum().item(), exact, dtype, A=a, n=n)
    within("mean", pydl.from_numpy(x).mean().item(), exact / n, dtype, A=a, n=n)
    if kind == "uniform" and dtype is np.float32:
        assert abs(pydl.from_numpy(x).sum().item() - exact) <= np.finfo(dtype).eps * exact  # as the page says


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("dim", [0, 1])
def test_sum_along(dim: int, dtype: Any) -> None:
    x = numbers(dtype)["uniform"][:700_000].reshape(1000, 700)
    exact = x.astype(Wide).sum(dim)
    within("sum", pydl.from_numpy(x).sum(dim).numpy(), exact, dtype, A=exact, n=x.shape[dim])
    some = x[::-1, ::3]
    exact = some.astype(Wide).sum(dim)
    within("sum", pydl.from_numpy(x)[::-1, ::3].sum(dim).numpy(), exact, dtype, A=exact, n=some.shape[dim])
    within("sum", pydl.from_numpy(some).sum(dim).numpy(), exact, dtype, A=exact, n=some.shape[dim])


@pytest.mark.parametrize("dtype", DTYPES)
def test_cumsum(dtype: Any) -> None:
    x = numbers(dtype)["normal"][:100_000]
    exact = np.cumsum(x.astype(Wide))
    within("cumsum", pydl.from_numpy(x).cumsum(0).numpy(), exact, dtype, A=np.cumsum(np.abs(x).astype(Wide)), n=x.size)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mean", [0, 1e3, 1e6])
def test_variance_with_a_large_mean(mean: float, dtype: Any) -> None:
    """In one pass, E[x^2] - E[x]^2, float32 has no digit left at 1e4."""
    x = (numbers(dtype)["normal"] + dtype(mean)).astype(dtype)
    exact = np.var(x.astype(Wide))
    a = np.abs(x.astype(Wide)).sum()
    within("var", pydl.from_numpy(x).var(unbiased=False).item(), exact, dtype, A=a, n=x.size)
    if mean == 1e3:
        assert abs(pydl.from_numpy(x).var(unbiased=False).item() - exact) < 4 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [1, 7, 64, 513, 4096])
def test_matmul(k: int, dtype: Any) -> None:
    rng = np.random.default_rng(k)
    for a, b in (
        (rng.normal(size=(37, k)).astype(dtype), rng.normal(size=(k, 29)).astype(dtype)),
        (np.full((5, k), 0.1, dtype), np.full((k, 3), 0.3, dtype)),
    ):
        wide_a, wide_b = a.astype(wider(dtype)), b.astype(wider(dtype))
        exact = wide_a @ wide_b
        x, y = pydl.from_numpy(a), pydl.from_numpy(b)
        turned = pydl.from_numpy(np.ascontiguousarray(b.T)).t()
        for got in (x @ y, x @ turned):
            within("matmul", got.numpy(), exact, dtype, a=wide_a, b=wide_b, k=k)
        within("matmul", (x @ turned[:, 0]).numpy(), exact[:, 0], dtype, a=wide_a, b=wide_b[:, 0], k=k)
        within("matmul", (x[0] @ turned).numpy(), exact[0], dtype, a=wide_a[0], b=wide_b, k=k)
        if k == 4096 and dtype is np.float32 and len(a) == 37:
            off = np.abs((x @ y).numpy() - exact) / (np.abs(wide_a) @ np.abs(wide_b))
            assert off.max() <= np.finfo(dtype).eps / 2  # as the page says


def test_conv2d() -> None:
    """float32 against the same in float64, forward and backward."""
    rng = np.random.default_rng(0)
    x, w, g = (rng.normal(size=s).astype(np.float32) for s in ((4, 8, 15, 15), (16, 8, 3, 3), (4, 16, 15, 15)))

    def results(x: Any, w: Any, g: Any) -> list[Any]:
        x, w = pydl.from_numpy(x).requires_grad_(), pydl.from_numpy(w).requires_grad_()
        y = F.conv2d(x, w, padding=1)
        y.backward(pydl.from_numpy(g))
        return [y.detach().numpy(), x.grad.numpy(), w.grad.numpy()]

    exact = results(x.astype(np.float64), w.astype(np.float64), g.astype(np.float64))
    sizes = results(*(np.abs(v).astype(np.float64) for v in (x, w, g)))
    for got, want, size, k in zip(results(x, w, g), exact, sizes, (9 * 8, 9 * 16, 4 * 15 * 15), strict=True):
        within("conv2d", got, want, np.float32, conv2d=lambda a, b, size=size: size, x=x, w=w, k=k)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("dim", [0, 1])
def test_softmax(dim: int, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(300, 300)) * 20).astype(dtype)
    rows = x.astype(Wide) if dim else x.T.astype(Wide)
    shifted = rows - rows.max(1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    t = pydl.from_numpy(x)
    soft, log = t.softmax(dim).numpy(), t.log_softmax(dim).numpy()
    large = np.exp(logs) > np.finfo(dtype).tiny  # below, an ulp is more than eps
    got = np.where(large, soft if dim else soft.T, np.exp(logs))
    within("softmax", got, np.exp(logs), dtype, x=rows, n=300)
    within("log_softmax", log if dim else log.T, logs, dtype, n=300)
    if dim:
        target = rng.integers(0, 300, 300)
        loss = F.cross_entropy(t, pydl.from_numpy(target), reduction="none").numpy()
        within("cross_entropy", loss, -logs[np.arange(300), target], dtype, n=300)


def test_cross_entropy_keeps_its_digits() -> None:
    assert F.cross_entropy(pydl.tensor([[1e8, 1e8 - 8]]), pydl.tensor([1])).item() == pytest.approx(
        8 + math.log1p(math.exp(-8))
    )
    tiny = F.cross_entropy(pydl.tensor([[20.0, 0.0]], dtype=pydl.float64), pydl.tensor([0])).item()
    assert tiny == pytest.approx(math.log1p(math.exp(-20)), rel=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mean", [0, 100])
def test_layer_norm(mean: float, dtype: Any) -> None:
    x = (np.random.default_rng(0).normal(size=(50, 777)) + mean).astype(dtype)
    wide = x.astype(Wide)
    var = wide.var(1, keepdims=True) + Wide(1e-5)
    exact = (wide - wide.mean(1, keepdims=True)) / np.sqrt(var)
    a = np.abs(wide).sum(1, keepdims=True)
    within("layer_norm", F.layer_norm(pydl.from_numpy(x), (777,)).numpy(), exact, dtype, A=a, n=777, var=var)
    got = F.batch_norm(pydl.from_numpy(np.ascontiguousarray(x.T)), None, None, training=True).numpy().T
    within("layer_norm", got, exact, dtype, A=a, n=777, var=var)


# --- half precision ---


def to_bfloat16(x: Any) -> Any:
    """float32 rounded to the upper 16 bits, halves to even."""
    bits = x.view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16).astype(np.uint32).view(np.float32)
    return np.where(np.isnan(x), x, rounded)


@pytest.mark.parametrize("dtype", [pydl.float16, pydl.bfloat16])
def test_half_types_round_once_and_halves_to_even(dtype: Any) -> None:
    def rounded(x: Any) -> Any:
        return x.astype(np.float16).astype(np.float32) if dtype is pydl.float16 else to_bfloat16(x)

    def half(x: Any) -> Any:
        return pydl.from_numpy(x).to(dtype)

    rng = np.random.default_rng(0)
    x = np.concatenate([sample(np.float32, -7e4, 7e4), rng.normal(size=SAMPLES).astype(np.float32)])
    assert np.array_equal(half(x).float().numpy(), rounded(x), equal_nan=True)
    values = rounded(x[np.isfinite(x)])
    halves = (values[:-1] + values[1:]) / 2  # many of them ties
    assert np.array_equal(half(halves).float().numpy(), rounded(halves), equal_nan=True)
    a, b = rounded(rng.normal(size=1000).astype(np.float32)), rounded(rng.normal(size=1000).astype(np.float32))
    for op in (lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x / y):
        assert np.array_equal(op(half(a), half(b)).float().numpy(), rounded(op(a, b)))
    ones = pydl.ones(5000, dtype=dtype)  # a sum in the type itself ends at 2048 or 256
    assert abs(ones.sum().item() - 5000) <= 5000 * 2**-8 and abs(ones.cumsum(0)[-1].item() - 5000) <= 5000 * 2**-8
    product = pydl.full((1, 5000), 0.1, dtype=dtype) @ pydl.full((5000, 1), 0.1, dtype=dtype)
    assert product.item() == pytest.approx(50, rel=0.01)
    assert F.mse_loss(pydl.full((2,), 300.0, dtype=pydl.float16), pydl.zeros(2, dtype=pydl.float16)).item() == INF

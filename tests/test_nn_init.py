"""Starting values: the old names, and normal numbers cut off anywhere."""

import inspect
import math

import numpy as np
import pytest

import pydl
from pydl import nn

OLD = {
    "uniform": (0.0, 2.0), "normal": (), "constant": (3.0,), "eye": (), "dirac": (), "xavier_uniform": (),
    "xavier_normal": (2.0,), "kaiming_uniform": (), "kaiming_normal": (), "orthogonal": (), "sparse": (0.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_old_names_warn_and_do_the_same(name):
    shape = (4, 3, 3) if name == "dirac" else (4, 3)
    pydl.manual_seed(0)
    with pytest.warns(FutureWarning, match=f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`"):
        old = getattr(nn.init, name)(pydl.empty(*shape), *OLD[name])
    pydl.manual_seed(0)
    new = getattr(nn.init, name + "_")(pydl.empty(*shape), *OLD[name])
    assert old.tolist() == new.tolist()


def test_everything_of_torch_is_there():
    torch = pytest.importorskip("torch")
    names = [n for n in torch.nn.init.__all__ if n not in ("calculate_gain",)]
    for name in names:
        ours, theirs = getattr(nn.init, name), getattr(torch.nn.init, name)
        if name.endswith("_"):
            assert [(p.name, p.default) for p in inspect.signature(ours).parameters.values()] == [
                (p.name, p.default) for p in inspect.signature(theirs).parameters.values()
            ], name
    assert nn.init._calculate_fan_in_and_fan_out(pydl.empty(4, 3, 5)) == (15, 20)
    assert nn.init._calculate_correct_fan(pydl.empty(4, 3, 5), "fan_out") == 20


def moments(mean, std, a, b):
    """Mean and variance of a normal distribution cut off at a and b, by summing its density."""
    x = np.linspace(max(a, mean - 60 * std), min(b, mean + 60 * std), 2_000_001)
    if a > mean:
        x = np.linspace(a, min(b, a + 40 * std), 2_000_001)
    elif b < mean:
        x = np.linspace(max(a, b - 40 * std), b, 2_000_001)
    log_density = -(((x - mean) / std) ** 2) / 2
    p = np.exp(log_density - log_density.max())
    p /= p.sum()
    first = (p * x).sum()
    return first, (p * (x - first) ** 2).sum()


CUTS = [
    (0, 1, -2, 2), (0, 1, -50, 50), (1, 2, 0, 1), (0, 1, 1, 3), (0, 1, -3, -1), (0, 1, 4, 9), (0, 1, 6, 7),
    (0, 1, -7, -6), (0, 1, 10, 10.5), (0, 1, 30, math.inf), (3, 0.1, 4, 5), (3, 0.1, 1, 2), (0, 1, -math.inf, 0.5),
    (0, 1, 0.5, 0.5000001), (0, 1, -1e-10, 1e-10), (0, 1, 8, 8.0001),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:mean is more than 2 std")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("mean", "std", "a", "b"), CUTS)
def test_normal_numbers_cut_off_anywhere(mean, std, a, b, dtype):
    pydl.manual_seed(3)
    n = 20000
    x = nn.init.trunc_normal_(pydl.empty(n // 2, 2, dtype=getattr(pydl, dtype)), mean, std, a, b).numpy()
    low, high = (np.asarray(v, dtype=dtype) for v in (a, b))
    assert x.shape == (n // 2, 2) and x.dtype == dtype and x.min() >= low and x.max() <= high
    first, second = moments(mean, std, a, b)
    wide = math.sqrt(second)
    grain = np.spacing(np.asarray(max(abs(first), 1e-30), dtype=dtype)).item()
    assert abs(x.mean(dtype=np.float64) - first) < 5 * wide / math.sqrt(n) + grain
    assert abs(x.std(dtype=np.float64) - wide) < 0.05 * wide + grain


def test_cut_off_numbers_in_half_types():
    for dtype in (pydl.float16, pydl.bfloat16):
        x = nn.init.trunc_normal_(pydl.empty(1000, dtype=dtype), std=0.02).float().numpy()
        assert x.std() == pytest.approx(0.02, rel=0.15)

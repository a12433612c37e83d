import math

import numpy as np
from op_table import Row
from strategies import floats, same

import pydl
import pydl.nn.functional as F

SIZES = (((64, 10), (64, 10)), ((1000, 1000), (1000, 1000)))
SOME = {"empty": False}
UNIT = floats(0.1, 0.9)


def shapes(name):
    call = getattr(F, name)
    return (
        ("ShapeError", lambda: call(pydl.zeros(3, 1), pydl.zeros(3))),
        ("ValueError", lambda: call(pydl.zeros(3), pydl.zeros(3), reduction="average")),
    )


def apart(rng, shape):
    """A target from which floats() stay away: kinks lie where input and target are alike, or 1 apart."""
    return np.full(shape, 5.0) + rng.uniform(-0.5, 0.5, shape)


def rows(name, reference, first, second, **settings):
    """A loss with its three reductions."""
    call = getattr(F, name)
    for reduction, reduce in (("mean", np.mean), ("sum", np.sum), ("none", lambda x: x)):
        yield Row(
            name,
            lambda x, y, reduction=reduction: call(x, y, reduction=reduction, **settings),
            lambda x, y, reduce=reduce: reduce(reference(x, y)),
            same(first, second, **SOME),
            " ".join((reduction, *map(str, settings.values()))),
            torch=lambda x, y, reduction=reduction: getattr(__import__("torch").nn.functional, name)(
                x, y, reduction=reduction, **settings
            ),
            bad=shapes(name) if reduction == "mean" else (),
            times=SIZES if reduction == "mean" else (),
            ulps=16.0,
        )


def bce(p, y):
    return -(y * np.log(p) + (1 - y) * np.log1p(-p))


def bce_logits(x, y):
    return (1 - y) * x + np.logaddexp(0, -x)


def huber(x, y, delta):
    d = np.abs(x - y)
    return np.where(d <= delta, d * d / 2, delta * (d - delta / 2))


ROWS = [
    *rows("mse_loss", lambda x, y: (x - y) ** 2, floats(), floats()),
    *rows("l1_loss", lambda x, y: np.abs(x - y), floats(), apart),
    *rows("smooth_l1_loss", lambda x, y: huber(x, y, 1.0), floats(), apart),
    *rows("smooth_l1_loss", lambda x, y: huber(x, y, 20.0) / 20, floats(), apart, beta=20.0),
    *rows("huber_loss", lambda x, y: huber(x, y, 1.0), floats(), apart),
    *rows("huber_loss", lambda x, y: huber(x, y, 20.0), floats(), apart, delta=20.0),
    *rows("huber_loss", lambda x, y: huber(x, y, np.inf), floats(), apart, delta=math.inf),
    *rows("smooth_l1_loss", lambda x, y: np.abs(x - y), floats(), apart, beta=1e-40),
    *rows("binary_cross_entropy", bce, UNIT, UNIT),
    *rows("binary_cross_entropy_with_logits", bce_logits, floats(), UNIT),
    *rows("kl_div", lambda x, y: y * (np.log(y) - x), floats(-6.0, -4.0), UNIT),
    *rows("kl_div", lambda x, y: np.exp(y) * (y - x), floats(-6.0, -4.0), floats(), log_target=True),
    Row(
        "binary_cross_entropy",
        label="errors",
        bad=(("ValueError", lambda: F.binary_cross_entropy(pydl.full((2,), 1.5), pydl.ones(2))),),
    ),
    Row(
        "binary_cross_entropy_with_logits",
        lambda x, y, w, p: F.binary_cross_entropy_with_logits(x, y, w, pos_weight=p),
        lambda x, y, w, p: np.mean(w * ((1 - y) * x + (1 + (p - 1) * y) * np.logaddexp(0, -x))),
        same(floats(), UNIT, UNIT, UNIT, **SOME),
        "weights",
        ulps=32.0,
    ),
    Row(
        "mse_loss",
        lambda x, y, w: F.mse_loss(x, y, weight=w),
        lambda x, y, w: ((x - y) ** 2 * w).sum() / w.sum(),
        same(floats(), apart, UNIT, **SOME),
        "weights",
        ulps=16.0,
    ),
]

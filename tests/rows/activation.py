import math

import numpy as np
from op_table import NUMBERS, Row
from strategies import floats, one

import pydl
import pydl.nn.functional as F

AWAY = floats(away=(0.0,), gap=0.1)
SIZES = (((1000,),), ((1000, 1000),))
erf = np.vectorize(math.erf, otypes=[float])


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def gelu_tanh(x):
    # (1 + tanh(u)) / 2 = sigmoid(2 u), without the cancellation
    return x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))


def rows(name, reference, fill, label="", specials=False, inplace=True, **settings):
    """An activation with some settings, and its form in place."""
    call = getattr(F, name)
    yield Row(
        name,
        lambda x: call(x, **settings),
        reference,
        one(fill),
        label,
        torch=lambda x: getattr(__import__("torch").nn.functional, name)(x, **settings),
        specials=specials,
        times=SIZES,
    )
    if inplace:
        yield Row(name, lambda x: call(x * 1, **settings, inplace=True), reference, one(fill), label + " in place")


def mish(x):
    return x * np.tanh(np.logaddexp(0, x))


def selu(x):
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


ROWS = [
    *rows("relu", lambda x: np.maximum(x, 0), AWAY, specials=True),
    Row("relu", pydl.relu, lambda x: np.maximum(x, 0), one(floats()), "of numbers", dtypes=NUMBERS, grad=False),
    Row("relu_", lambda x: (x * 1).relu_(), lambda x: np.maximum(x, 0), one(AWAY)),
    *rows("sigmoid", sigmoid, floats(), inplace=False),
    Row("sigmoid_", lambda x: (x * 1).sigmoid_(), sigmoid, one(floats())),
    *rows("tanh", np.tanh, floats(), specials=True, inplace=False),
    Row("tanh_", lambda x: (x * 1).tanh_(), np.tanh, one(floats())),
    *rows("silu", lambda x: x * sigmoid(x), floats()),
    *rows("logsigmoid", lambda x: -np.logaddexp(0, -x), floats(), inplace=False),
    # Far below 0 the small 1 + erf(x) is a difference: only the absolute error is small there.
    *rows("gelu", lambda x: x / 2 * (1 + erf(x / math.sqrt(2))), floats(-1.0, 3.0), inplace=False),
    *rows("gelu", gelu_tanh, floats(), "tanh", inplace=False, approximate="tanh"),
    Row("gelu", bad=(("ValueError", lambda: F.gelu(pydl.ones(1), "fast")),), label="errors"),
    *rows("leaky_relu", lambda x: np.where(x > 0, x, 0.2 * x), AWAY, negative_slope=0.2),
    *rows("elu", lambda x: np.where(x > 0, x, 1.5 * np.expm1(np.minimum(x, 0))), AWAY, alpha=1.5),
    *rows("mish", mish, floats()),
    *rows("selu", selu, AWAY),
    *rows("celu", lambda x: np.where(x > 0, x, 2 * np.expm1(np.minimum(x, 0) / 2)), AWAY, alpha=2.0),
    Row("celu", bad=(("ValueError", lambda: F.celu(pydl.ones(1), 0)),), label="errors"),
    *rows("softplus", lambda x: np.logaddexp(0, 2 * x) / 2, floats(), inplace=False, beta=2.0),
    *rows(
        "softplus",
        lambda x: np.where(x > 1, x, np.logaddexp(0, x)),
        floats(away=(1.0,)),
        "linear",
        inplace=False,
        threshold=1.0,
    ),
]

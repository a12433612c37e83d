"""What lies between the products: operations with their gradients, small, large, and as networks use them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from case import Case, Library, values

Shape = tuple[int, ...]
Call = Callable[..., Any]


def both(name: str, call: Call, *shapes: Shape, constants: Call | None = None, tolerance: float = 1e-4) -> Case:
    """call(lib, *tensors, *constants) and the gradients of all tensors."""

    def make(lib: Library) -> Callable[[], Any]:
        tensors = [values(lib, *shape, seed=i).requires_grad_() for i, shape in enumerate(shapes)]
        others = constants(lib) if constants else ()
        with lib.no_grad():
            shape = tuple(call(lib, *tensors, *others).shape)
        g = values(lib, *shape, seed=9)

        def run() -> Any:
            for x in tensors:
                x.grad = None
            call(lib, *tensors, *others).backward(g)
            return tensors[0].grad

        return run

    return Case(f"{name} {'x'.join(map(str, shapes[0]))} and back", make, tolerance=tolerance)


def forward(name: str, call: Call, *shapes: Shape, tolerance: float = 1e-4) -> Case:
    def make(lib: Library) -> Callable[[], Any]:
        tensors = [values(lib, *shape, seed=i) for i, shape in enumerate(shapes)]
        return lambda: call(lib, *tensors)

    return Case(f"{name} {'x'.join(map(str, shapes[0]))}", make, tolerance=tolerance)


def optimizer(name: str, count: int, shape: Shape, **settings: Any) -> Case:
    def make(lib: Library) -> Callable[[], Any]:
        parameters = [values(lib, *shape, seed=i).requires_grad_() for i in range(count)]
        for p in parameters:
            p.grad = lib.ones(*shape)
        step = getattr(lib.optim, name)(parameters, lr=1e-3, **settings)

        def run() -> Any:
            step.step()
            return parameters[0]

        return run

    label = name + "".join(f" {key}" for key in settings)
    # How many steps were taken before the results are compared differs.
    return Case(f"{label} of {count} tensors {'x'.join(map(str, shape))}", make, tolerance=math.inf)


def functional(name: str, *rest: Any) -> Call:
    return lambda lib, x, *more: getattr(lib.nn.functional, name)(x, *more, *rest)


def own(name: str, *rest: Any, **settings: Any) -> Call:
    return lambda lib, x, *more: getattr(x, name)(*more, *rest, **settings)


def places(high: int, *shape: int) -> Call:
    """A constant: whole numbers below `high`, spread over them."""
    return lambda lib: ((lib.arange(math.prod(shape)) * 7919 % high).view(*shape),)


def embedding(lib: Library, weight: Any, index: Any) -> Any:
    return lib.nn.functional.embedding(index, weight)


def random(name: str) -> Call:
    return lambda lib, like: getattr(lib, name)(*like.shape)


def mask(*shape: int) -> Call:
    return lambda lib: (values(lib, *shape, seed=5) > 0,)


LARGE, SMALL, IMAGES, WORDS = (1000, 1000), (1000,), (32, 64, 28, 28), (768, 128)
LOGITS = (64, 10), (768, 65), (128, 10000)
ACTIVATIONS = [
    "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "softplus", "sigmoid", "tanh", "hardswish",
    "hardsigmoid", "hardtanh", "softsign", "logsigmoid", "glu",
]  # fmt: skip
DIMS: list[Any] = [None, 0, 1]

BETWEEN = [
    *[both(name, functional(name), shape) for name in ACTIVATIONS for shape in (SMALL, LARGE)],
    *[both(f"{name} of a row", own(name), LARGE, SMALL) for name in ("add", "mul")],
    *[both(name, own(name), shape, shape) for name in ("add", "mul", "div", "maximum") for shape in (SMALL, LARGE)],
    *[both("where", lambda lib, x, y, c: lib.where(c, x, y), s, s, constants=mask(*s)) for s in (SMALL, LARGE)],
    *[
        both(f"{name} over {'all' if dim is None else dim}", own(name, *([] if dim is None else [dim])), LARGE)
        for name in ("sum", "mean", "var", "norm")
        for dim in DIMS
        if not (name == "norm" and dim is not None)
    ],
    *[both(f"sum over {dim}", own("sum", dim), IMAGES) for dim in ((0, 2, 3), (2, 3), 1)],
    *[both(f"amax over {dim}", own("amax", dim), LARGE) for dim in (0, 1)],
    *[forward(f"argmax over {dim}", own("argmax", dim), LARGE) for dim in (0, 1)],
    *[
        both(f"{name} over the last", functional(name, -1), shape)
        for name in ("softmax", "log_softmax")
        for shape in LOGITS
    ],
    *[both("cross_entropy", functional("cross_entropy"), s, constants=places(s[1], s[0])) for s in LOGITS],
    both("layer_norm", functional("layer_norm", (128,)), WORDS),
    both("layer_norm with weight", lambda lib, x, w, b: lib.layer_norm(x, (128,), w, b), WORDS, (128,), (128,)),
    both("rms_norm", functional("rms_norm", (128,)), WORDS),
    both(
        "batch_norm in training",
        lambda lib, x, w, b: lib.nn.functional.batch_norm(x, None, None, w, b, True),
        IMAGES,
        (64,),
        (64,),
    ),
    both("group_norm", lambda lib, x, w, b: lib.nn.functional.group_norm(x, 8, w, b), IMAGES, (64,), (64,)),
    *[both(name, functional(name, 2), IMAGES) for name in ("max_pool2d", "avg_pool2d", "adaptive_avg_pool2d")],
    *[both("dropout", functional("dropout", 0.5), shape, tolerance=math.inf) for shape in (SMALL, LARGE)],
    both("embedding", embedding, (10000, 128), constants=places(10000, 32, 64)),
    both("transposed copy", lambda lib, x: x.t().contiguous(), LARGE),
    both("permuted copy", lambda lib, x: x.permute(0, 2, 1, 3).contiguous(), (12, 64, 4, 32)),
    both("channels last and back", lambda lib, x: x.permute(0, 2, 3, 1).contiguous(), IMAGES),
    *[both("cat", lambda lib, x, y: lib.cat([x, y], -1), shape, shape) for shape in (SMALL, LARGE)],
    both("stack", lambda lib, x, y: lib.stack([x, y]), LARGE, LARGE),
    both("gather", lambda lib, x, i: x.gather(1, i), LARGE, constants=places(1000, 1000, 1000)),
    both("index_select", lambda lib, x, i: x.index_select(0, i), LARGE, constants=places(1000, 1000)),
    both("x[indices]", lambda lib, x, i: x[i], LARGE, constants=places(1000, 1000)),
    both("x[mask]", lambda lib, x, m: x[m], LARGE, constants=mask(1000, 1000)),
    both("pad", functional("pad", (1, 1, 1, 1)), IMAGES),
    both("cumsum", own("cumsum", -1), LARGE),
    *[forward(name, random(name), LARGE, tolerance=math.inf) for name in ("rand", "randn")],
    *[forward("sort", lambda lib, x: x.sort()[0], shape) for shape in (SMALL, LARGE)],
    *[forward("topk of 10", lambda lib, x: x.topk(10)[0], shape) for shape in (SMALL, LARGE)],
    *[
        optimizer(name, 200, (110, 100), **settings)
        for name, settings in (
            ("SGD", {}),
            ("SGD", {"momentum": 0.9}),
            ("SGD", {"momentum": 0.9, "nesterov": True}),
            ("Adagrad", {}),
            ("Adadelta", {}),
            ("RMSprop", {}),
            ("Adam", {}),
            ("AdamW", {}),
        )
    ],
]

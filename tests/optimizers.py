"""The optimizers whose step is a kernel, with settings to try, and a run of one."""

import numpy as np

import pydl
from pydl import nn, optim

RULES = {
    "SGD": [
        {"lr": 0.1},
        {"lr": 0.1, "weight_decay": 0.01, "maximize": True},
        {"lr": 0.1, "momentum": 0.9},
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
        {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True},
    ],
    "Adagrad": [
        {},
        {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.01, "initial_accumulator_value": 0.1, "eps": 1e-6},
        {"maximize": True},
    ],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.01, "maximize": True}],
    "RMSprop": [
        {},
        {"lr": 0.02, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.01},
        {"centered": True},
        {"centered": True, "momentum": 0.9, "maximize": True, "eps": 1e-5},
    ],
    "Adam": [
        {},
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1},
        {"amsgrad": True},
        {"amsgrad": True, "maximize": True, "weight_decay": 0.01},
    ],
    "AdamW": [{}, {"lr": 0.05, "weight_decay": 0.2, "amsgrad": True}, {"maximize": True}],
    "Adamax": [
        {},
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1},
        {"maximize": True},
    ],
    "NAdam": [
        {},
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1, "momentum_decay": 0.1},
        {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True},
    ],
    "RAdam": [
        {},
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1},
        {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True},
    ],
    "ASGD": [
        {},
        {"lr": 0.05, "lambd": 0.1, "alpha": 0.5, "t0": 10, "weight_decay": 0.1},
        {"t0": 0, "maximize": True},
    ],
    "Rprop": [{}, {"lr": 0.05, "etas": (0.3, 1.5), "step_sizes": (0.01, 0.2)}, {"maximize": True}],
}
CASES = [(name, settings) for name, several in RULES.items() for settings in several]
SHAPES = [(3, 5), (17,), (), (2, 0), (64,)]


def gradients(steps, seed=0):
    rng = np.random.default_rng(seed)
    scale = np.array([1.0, 100.0, 0.01, 1.0, 1.0])
    return [[np.asarray(rng.standard_normal(s) * scale[i]) for i, s in enumerate(SHAPES)] for _ in range(steps)]


def start(dtype, seed=1):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.standard_normal(s), dtype=dtype) for s in SHAPES]


def run(name, settings, dtype, steps=50, made=None):
    params = [nn.Parameter(pydl.tensor(x)) for x in start(dtype)]
    optimizer = getattr(optim, name)(params, **settings)
    for step, grads in enumerate(gradients(steps)):
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            # The last parameter gets its first gradient late, and not always.
            p.grad = None if i == 4 and (step < 5 or step % 3 == 0) else pydl.tensor(np.asarray(g, dtype=dtype))
        optimizer.step()
    return params, optimizer

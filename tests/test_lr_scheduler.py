"""Schedules of the learning rate and averaged models."""

import copy
import io
import math
import pickle
import warnings

import numpy as np
import pytest

import pydl
from pydl import nn, optim
from pydl.optim import swa_utils


class Slope:
    """A function of the epoch with a field."""

    def __init__(self, base):
        self.base = base

    def __call__(self, epoch):
        return self.base ** (epoch / 10)


def halved(x):
    return 0.5 ** (x / 20)


SCHEDULES = [
    ("StepLR", {"step_size": 3, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [2, 5, 5, 40], "gamma": 0.5}),
    ("ConstantLR", {"factor": 0.5, "total_iters": 4}),
    ("LinearLR", {"start_factor": 0.25, "total_iters": 6}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 50}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("PolynomialLR", {}),
    ("PolynomialLR", {"total_iters": 60, "power": 2.0}),
    ("CosineAnnealingLR", {"T_max": 5, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 37}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + epoch)}),
    ("LambdaLR", {"lr_lambda": [Slope(0.5), lambda epoch: 1 + epoch]}),
    ("MultiplicativeLR", {"lr_lambda": lambda epoch: 0.97}),
    ("MultiplicativeLR", {"lr_lambda": (Slope(0.9), Slope(0.95))}),
    ("CosineAnnealingWarmRestarts", {"T_0": 7}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 2, "eta_min": 0.01}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.4, "step_size_up": 6}),
    ("CyclicLR", {"base_lr": [0.01, 0.02], "max_lr": [0.4, 0.3], "step_size_up": 6, "step_size_down": 9,
                  "mode": "triangular2"}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.4, "step_size_up": 6, "mode": "exp_range", "gamma": 0.99}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.4, "step_size_up": 6, "scale_fn": halved, "scale_mode": "iterations"}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.4, "step_size_up": 6, "scale_fn": Slope(0.5), "base_momentum": 0.5}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.4, "step_size_up": 6, "cycle_momentum": False}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 101}),
    ("OneCycleLR", {"max_lr": [0.5, 0.2], "epochs": 11, "steps_per_epoch": 10, "three_phase": True}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 101, "anneal_strategy": "linear", "base_momentum": 0.8}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 101, "cycle_momentum": False, "div_factor": 5.0,
                    "final_div_factor": 10.0}),
    ("SWALR", {"swa_lr": 0.05}),
    ("SWALR", {"swa_lr": [0.5, 0.01], "anneal_epochs": 30, "anneal_strategy": "linear"}),
    ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 0}),
]  # fmt: skip
BY_MEASURE = [
    {},
    {"mode": "max", "factor": 0.5, "patience": 2, "threshold": 0.1, "cooldown": 3, "min_lr": [0.01, 0.03]},
    {"threshold_mode": "abs", "threshold": 0.05, "patience": 1, "min_lr": 0.02, "eps": 0.01},
    {"mode": "max", "threshold_mode": "abs", "patience": 0},
]


def make(library, name, settings, kind="SGD"):
    """An optimizer with two groups, and a schedule of it."""
    params = [library.nn.Parameter(library.ones(1)) for _ in range(2)]
    rates = {"lr": 0.2, "momentum": 0.9} if kind == "SGD" else {"lr": 0.2}
    optimizer = getattr(library.optim, kind)([{"params": params[:1]}, {"params": params[1:], "lr": 0.1}], **rates)
    where = library.optim.swa_utils if name == "SWALR" else library.optim.lr_scheduler
    return optimizer, getattr(where, name)(optimizer, **copy.deepcopy(settings))


def settings_of(optimizer):
    """What schedules change, of each group."""
    return [[g["lr"], g.get("momentum", 0.0), g.get("betas", (0.0,))[0]] for g in optimizer.param_groups]


def go(optimizer, schedule, steps, *args):
    """The rates of some steps."""
    rates = []
    for _ in range(steps):
        optimizer.step()
        schedule.step(*args)
        assert schedule.get_last_lr() == [g["lr"] for g in optimizer.param_groups]
        rates.append(settings_of(optimizer))
    return rates


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "settings"), SCHEDULES)
def test_a_hundred_steps_as_torch(name, settings, kind):
    torch = pytest.importorskip("torch")
    ours, theirs = make(pydl, name, settings, kind), make(torch, name, settings, kind)
    np.testing.assert_allclose(settings_of(ours[0]), settings_of(theirs[0]), rtol=1e-12)
    np.testing.assert_allclose(go(*ours, 100), go(*theirs, 100), rtol=1e-9, atol=1e-15)
    mine, want = ours[1].state_dict(), theirs[1].state_dict()
    assert mine.keys() == want.keys()
    assert mine["last_epoch"] == want["last_epoch"] and mine["_step_count"] == want["_step_count"]
    assert ours[0].param_groups[0].keys() - {"decoupled_weight_decay"} == theirs[0].param_groups[0].keys() - {
        "decoupled_weight_decay"
    }


@pytest.mark.parametrize("settings", BY_MEASURE)
def test_a_hundred_measures_as_torch(settings):
    torch = pytest.importorskip("torch")
    ours, theirs = make(pydl, "ReduceLROnPlateau", settings), make(torch, "ReduceLROnPlateau", settings)
    rng = np.random.default_rng(0)
    for i in range(100):
        measure = math.nan if i == 50 else float(rng.standard_normal() * 0.1 + 3 / (1 + i))
        assert go(*ours, 1, measure) == go(*theirs, 1, measure)
        assert ours[1].in_cooldown == theirs[1].in_cooldown
    assert ours[1].state_dict().keys() == theirs[1].state_dict().keys()
    assert ours[1].state_dict() == theirs[1].state_dict()


@pytest.mark.parametrize(("name", "settings"), SCHEDULES)
def test_the_closed_form_as_torch(name, settings):
    """``step(epoch)``: any epoch, forwards and backwards."""
    torch = pytest.importorskip("torch")
    ours, theirs = make(pydl, name, settings), make(torch, name, settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for epoch in (3, 4, 17, 2, 0, 60):
            for optimizer, schedule in (ours, theirs):
                optimizer.step()
                schedule.step(epoch)
            np.testing.assert_allclose(settings_of(ours[0]), settings_of(theirs[0]), rtol=1e-9, atol=1e-15)
    if name != "CosineAnnealingWarmRestarts":
        with pytest.warns(UserWarning, match="epoch parameter"):
            ours[1].step(5)


@pytest.mark.parametrize(("name", "settings"), SCHEDULES)
def test_resuming_by_last_epoch_as_torch(name, settings):
    torch = pytest.importorskip("torch")
    results = []
    for library in (pydl, torch):
        optimizer, schedule = make(library, name, settings)
        go(optimizer, schedule, 9)
        again = type(schedule)(optimizer, **copy.deepcopy(settings), last_epoch=schedule.last_epoch)
        results.append([settings_of(optimizer), *go(optimizer, again, 20)])
    np.testing.assert_allclose(*results, rtol=1e-9, atol=1e-15)
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=0.1)
    with pytest.raises(KeyError, match="initial_lr"):
        optim.lr_scheduler.StepLR(optimizer, 3, last_epoch=4)


@pytest.mark.parametrize(("name", "settings"), SCHEDULES + [("ReduceLROnPlateau", s) for s in BY_MEASURE])
def test_schedules_go_on_from_a_state(name, settings):
    args = (1.0,) if name == "ReduceLROnPlateau" else ()
    (o, a), (other, b) = make(pydl, name, settings), make(pydl, name, settings)
    go(o, a, 14, *args)
    file = io.BytesIO()
    pydl.save({"schedule": a.state_dict(), "optimizer": o.state_dict()}, file)
    found = pydl.load(io.BytesIO(file.getvalue()))
    b.load_state_dict(found["schedule"])
    other.load_state_dict(found["optimizer"])
    copied = copy.deepcopy((o, a))
    pairs = [(other, b), copied]
    with_lambda = any("lambda" in repr(v) for v in settings.values())
    if not with_lambda:
        pairs.append(pickle.loads(pickle.dumps((o, a))))
    want = go(o, a, 30, *args)
    for pair in pairs:
        assert pair[1].optimizer is pair[0] or pair is pairs[0]
        assert go(*pair, 30, *args) == want


def test_fields_of_callables_are_kept():
    (o, a), (other, b) = (
        make(pydl, "LambdaLR", {"lr_lambda": Slope(0.5)}),
        make(pydl, "LambdaLR", {"lr_lambda": Slope(9)}),
    )
    b.load_state_dict(a.state_dict())
    other.load_state_dict(o.state_dict())
    assert b.lr_lambdas[0].base == 0.5 and go(other, b, 3) == go(o, a, 3)
    assert make(pydl, "LambdaLR", {"lr_lambda": halved})[1].state_dict()["lr_lambdas"] == [None, None]


def combined(library, how):
    optimizer = make(library, "ExponentialLR", {"gamma": 1.0}, "Adam")[0]
    s = library.optim.lr_scheduler
    if how == "chained":
        parts = [s.ConstantLR(optimizer, 0.1, 4), s.ExponentialLR(optimizer, 0.9), s.StepLR(optimizer, 7, 0.5)]
        return optimizer, s.ChainedScheduler(parts)
    if how == "sequential":
        parts = [
            s.LinearLR(optimizer, 0.1, total_iters=5),
            s.CosineAnnealingLR(optimizer, 9),
            s.ExponentialLR(optimizer, 0.9),
        ]
        return optimizer, s.SequentialLR(optimizer, parts, [5, 20])
    if how == "sequential from the second":
        parts = [s.LinearLR(optimizer, 0.1), s.CosineAnnealingWarmRestarts(optimizer, 9)]
        return optimizer, s.SequentialLR(optimizer, parts, [0])
    inner = s.SequentialLR(optimizer, [s.ConstantLR(optimizer, 0.5), s.PolynomialLR(optimizer, 40)], [3])
    return optimizer, s.SequentialLR(optimizer, [inner, s.ExponentialLR(optimizer, 0.8)], [30])


COMBINED = ["chained", "sequential", "sequential from the second", "nested"]


@pytest.mark.parametrize("how", COMBINED)
def test_combined_schedules_as_torch(how):
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch takes first steps for early ones here
        ours, theirs = combined(pydl, how), combined(torch, how)
        np.testing.assert_allclose(settings_of(ours[0]), settings_of(theirs[0]), rtol=1e-12)
        np.testing.assert_allclose(go(*ours, 100), go(*theirs, 100), rtol=1e-9, atol=1e-15)
    assert ours[1].state_dict().keys() == theirs[1].state_dict().keys()


@pytest.mark.parametrize("how", COMBINED)
def test_combined_schedules_go_on_from_a_state(how):
    (o, a), (other, b) = combined(pydl, how), combined(pydl, how)
    go(o, a, 14)
    file = io.BytesIO()
    pydl.save({"schedule": a.state_dict(), "optimizer": o.state_dict()}, file)
    found = pydl.load(io.BytesIO(file.getvalue()))
    b.load_state_dict(found["schedule"])
    other.load_state_dict(found["optimizer"])
    pairs = [(other, b), copy.deepcopy((o, a)), pickle.loads(pickle.dumps((o, a)))]
    want = go(o, a, 30)
    for pair in pairs:
        assert go(*pair, 30) == want


def test_the_signatures_are_torchs():
    torch = pytest.importorskip("torch")
    import inspect

    assert set(torch.optim.lr_scheduler.__all__) == set(optim.lr_scheduler.__all__)
    assert set(torch.optim.swa_utils.__all__) == set(swa_utils.__all__)
    for here, there in ((optim.lr_scheduler, torch.optim.lr_scheduler), (swa_utils, torch.optim.swa_utils)):
        for name in here.__all__:
            ours, theirs = (inspect.signature(getattr(m, name)).parameters for m in (here, there))
            assert [(p.name, p.default, p.kind) for p in ours.values()] == [
                (p.name, p.default, p.kind) for p in theirs.values()
            ], name


def test_step_and_cosine_values():
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=1.0)
    schedule = optim.lr_scheduler.StepLR(optimizer, 2)
    rates = []
    for _ in range(5):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(rates, [1, 1, 0.1, 0.1, 0.01])
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=1.0)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    for epoch in range(21):
        assert optimizer.param_groups[0]["lr"] == pytest.approx((1 + math.cos(math.pi * epoch / 10)) / 2, abs=1e-12)
        optimizer.step()
        schedule.step()


def test_cyclic_and_polynomial_values():
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=1.0, momentum=0.9)
    schedule = optim.lr_scheduler.CyclicLR(optimizer, 1.0, 3.0, step_size_up=2, base_momentum=0.5)
    assert settings_of(optimizer)[0][:2] == [1.0, 0.9]
    np.testing.assert_allclose(np.array(go(optimizer, schedule, 4))[:, 0, :2], [[2, 0.7], [3, 0.5], [2, 0.7], [1, 0.9]])
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=1.0)
    schedule = optim.lr_scheduler.PolynomialLR(optimizer, 4, 2.0)
    np.testing.assert_allclose(np.array(go(optimizer, schedule, 5))[:, 0, 0], [9 / 16, 1 / 4, 1 / 16, 0, 0])


def test_reduce_on_plateau():
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=1.0)
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5, min_lr=0.2, cooldown=1)
    rates = []
    for measure in [3, 2, 2, 2, 2, 2, 2, 2, 2, 2, pydl.tensor(1.0)]:
        schedule.step(measure)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2]


@pytest.mark.parametrize(("low", "works"), [(0.05, True), ([0.05], False)])
def test_groups_that_come_later(low, works):
    optimizer = optim.SGD([nn.Parameter(pydl.ones(1))], lr=0.1)
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, min_lr=low)
    optimizer.add_param_group({"params": [nn.Parameter(pydl.ones(1))]})
    schedule.step(1.0)
    if works:
        schedule.step(1.0)
        assert schedule.get_last_lr() == [0.05, 0.05]
    else:
        with pytest.raises(RuntimeError, match=r"expected 2 min_lrs, .*got 1"):
            schedule.step(1.0)


def test_a_rate_that_is_a_tensor_stays_that_tensor():
    rate = pydl.tensor(0.5)
    optimizer = optim.Adam([nn.Parameter(pydl.ones(1))], lr=rate)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    assert rate.item() == 0.25 and optimizer.param_groups[0]["lr"] is rate
    assert schedule.base_lrs[0].item() == 0.5 and schedule.get_last_lr()[0] is not rate


def test_steps_in_the_wrong_order_warn():
    _, schedule = make(pydl, "StepLR", {"step_size": 3})
    with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
        schedule.step()
    schedule.step()  # once
    with pytest.warns(UserWarning, match="get_last_lr"):
        schedule.get_lr()


S = optim.lr_scheduler


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda o: S.StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda o: S.ReduceLROnPlateau(3), TypeError, "int is not an Optimizer"),
        (lambda o: S.ReduceLROnPlateau(o, factor=1.0), ValueError, "Factor should be"),
        (lambda o: S.ReduceLROnPlateau(o, mode="up"), ValueError, "mode up is unknown"),
        (lambda o: S.ReduceLROnPlateau(o, threshold_mode="x"), ValueError, "threshold mode x is unknown"),
        (lambda o: S.ReduceLROnPlateau(o, min_lr=[1.0]), ValueError, "min_lr has 1 values"),
        (lambda o: S.LambdaLR(o, [halved]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda o: S.MultiplicativeLR(o, 3), TypeError, "should be a function, but got int"),
        (lambda o: S.ConstantLR(o, 2.0), ValueError, "between 0 and 1"),
        (lambda o: S.LinearLR(o, 0.0), ValueError, "Starting multiplicative"),
        (lambda o: S.LinearLR(o, end_factor=-1.0), ValueError, "Ending multiplicative"),
        (lambda o: S.CosineAnnealingWarmRestarts(o, 0), ValueError, "positive integer T_0"),
        (lambda o: S.CosineAnnealingWarmRestarts(o, 1, 0.5), ValueError, "T_mult >= 1"),
        (lambda o: S.CosineAnnealingWarmRestarts(o, 1, eta_min="a"), ValueError, "eta_min"),
        (lambda o: S.CosineAnnealingWarmRestarts(o, 1).step(-1), ValueError, "non-negative epoch"),
        (lambda o: S.CyclicLR(o, 0.1, 0.2, mode="x"), ValueError, "mode is invalid"),
        (lambda o: S.CyclicLR(o, [0.1], 0.2), ValueError, "base_lr has 1 values"),
        (lambda o: S.OneCycleLR(o, 0.1), ValueError, "either total_steps OR"),
        (lambda o: S.OneCycleLR(o, 0.1, total_steps=0), ValueError, "positive integer total_steps"),
        (lambda o: S.OneCycleLR(o, 0.1, epochs=0, steps_per_epoch=2), ValueError, "positive integer epochs"),
        (lambda o: S.OneCycleLR(o, 0.1, total_steps=5, pct_start=2.0), ValueError, "pct_start"),
        (lambda o: S.OneCycleLR(o, 0.1, total_steps=5, anneal_strategy="x"), ValueError, "anneal_strategy"),
        (lambda o: S.ChainedScheduler([]), ValueError, "at least one scheduler"),
        (lambda o: S.ChainedScheduler([3]), TypeError, "`optimizer` as its attribute"),
        (lambda o: S.ChainedScheduler([S.ReduceLROnPlateau(o)]), ValueError, "does not support `ReduceLROnPlateau`"),
        (lambda o: S.SequentialLR(o, [S.StepLR(o, 1)], [1]), ValueError, "one more than the number of"),
        (
            lambda o: S.SequentialLR(o, [make(pydl, "StepLR", {"step_size": 1})[1]], []),
            ValueError,
            "belong to the same optimizer",
        ),
        (lambda o: swa_utils.SWALR(o, 0.1, anneal_strategy="x"), ValueError, "anneal_strategy"),
        (lambda o: swa_utils.SWALR(o, 0.1, anneal_epochs=-1), ValueError, "anneal_epochs"),
    ],
)
def test_settings_that_make_no_sense(call, kind, message):
    optimizer = make(pydl, "ConstantLR", {})[0]
    with pytest.raises(kind, match=message):
        call(optimizer)


def test_momentum_is_needed_to_cycle_it():
    optimizer = optim.Adagrad([nn.Parameter(pydl.ones(1))])
    for call in (lambda: S.CyclicLR(optimizer, 0.1, 0.2), lambda: S.OneCycleLR(optimizer, 0.1, total_steps=3)):
        with pytest.raises(ValueError, match="must support momentum or beta1"):
            call()
    optimizer, schedule = make(pydl, "OneCycleLR", {"max_lr": 0.1, "total_steps": 3})
    with pytest.raises(ValueError, match="Tried to step 4 times"):
        go(optimizer, schedule, 4)

"""Averaged models."""

import copy
import pickle

import numpy as np
import pytest

import pydl
from pydl import nn
from pydl.optim import swa_utils


def net(library):
    return library.nn.Sequential(
        library.nn.Linear(3, 4), library.nn.BatchNorm1d(4), library.nn.ReLU(), library.nn.Linear(4, 2)
    )


def fill(library, model, seed):
    """Other values for everything that a model holds."""
    rng = np.random.default_rng(seed)
    with library.no_grad():
        for x in [*model.parameters(), *model.buffers()]:
            x.copy_(library.tensor((rng.standard_normal(tuple(x.shape)) * 4).astype("float32")))


def ema(average, current, n):
    return average * 0.75 + current * 0.25


FUNCTIONS = {
    "default": {},
    "ema": {"avg_fn": "get_ema_avg_fn"},
    "multi ema": {"multi_avg_fn": "get_ema_multi_avg_fn"},
    "swa": {"avg_fn": "get_swa_avg_fn"},
    "multi swa": {"multi_avg_fn": "get_swa_multi_avg_fn"},
    "own": {"avg_fn": ema},
}


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("kind", FUNCTIONS)
def test_averages_as_torch(kind, use_buffers):
    torch = pytest.importorskip("torch")
    if kind == "multi swa" and use_buffers:
        pytest.skip("PyTorch refuses the counters of batches, which are integers")
    states = []
    for library in (pydl, torch):
        model = net(library)
        settings = {
            k: getattr(library.optim.swa_utils, v)() if isinstance(v, str) else v for k, v in FUNCTIONS[kind].items()
        }
        average = library.optim.swa_utils.AveragedModel(model, use_buffers=use_buffers, **settings)
        for seed in range(5):
            fill(library, model, seed)
            average.update_parameters(model)
        states.append(average.state_dict())
    ours, theirs = states
    assert list(ours) == list(theirs)
    for key, x in theirs.items():
        np.testing.assert_allclose(ours[key].numpy(), x.numpy(), rtol=1e-5, atol=1e-5, err_msg=key)
    assert ours["n_averaged"].item() == 5


def test_the_statistics_are_computed_anew_as_torch():
    torch = pytest.importorskip("torch")
    batches = [np.random.default_rng(i).standard_normal((6 + i, 3)).astype("float32") for i in range(4)]
    found = []
    for library in (pydl, torch):
        model = net(library).eval()
        fill(library, model, 1)
        loader = [(library.tensor(x), 0) if i % 2 else library.tensor(x) for i, x in enumerate(batches)]
        library.optim.swa_utils.update_bn(loader, model)
        assert not model.training and model[1].momentum == 0.1
        found.append(model.state_dict())
    for key, x in found[1].items():
        np.testing.assert_allclose(found[0][key].numpy(), x.numpy(), rtol=2e-5, atol=1e-6, err_msg=key)
    plain = nn.Linear(3, 2)
    swa_utils.update_bn([], plain)  # nothing to do


def test_the_average_is_a_module_of_its_own():
    model = net(pydl)
    average = swa_utils.AveragedModel(model, device="cpu", avg_fn=ema)
    average.update_parameters(model)
    x = pydl.randn(5, 3)
    average.eval(), model.eval()
    want = model(x).detach().numpy()
    for other in (average, copy.deepcopy(average), pickle.loads(pickle.dumps(average))):
        assert np.array_equal(other(x).detach().numpy(), want)
        assert other.avg_fn is ema
    loaded = swa_utils.AveragedModel(net(pydl))
    loaded.load_state_dict(average.state_dict())
    assert np.array_equal(loaded.eval()(x).detach().numpy(), want) and loaded.n_averaged.item() == 1
    assert [p.data_ptr() for p in average.parameters()] != [p.data_ptr() for p in model.parameters()]


def test_settings_that_make_no_sense():
    with pytest.raises(AssertionError, match="Only one of"):
        swa_utils.AveragedModel(nn.Linear(1, 1), avg_fn=ema, multi_avg_fn=ema)
    for make in (swa_utils.get_ema_avg_fn, swa_utils.get_ema_multi_avg_fn):
        with pytest.raises(ValueError, match=r"Invalid decay value 1\.5"):
            make(1.5)

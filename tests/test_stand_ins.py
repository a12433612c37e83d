"""Names that programs import and seldom use: they are there, do what they say, and say what they do not do."""

from __future__ import annotations

import json
import os
import time
import warnings

import pytest
from fresh import python

import pydl
from pydl import nn

IMPORTS = """
import pydl as torch
import pydl
import pydl.nn as nn
import pydl.nn.functional as F
import pydl.optim as optim
import pydl.multiprocessing as mp
import pydl.backends.cudnn as cudnn
import pydl.distributed as dist
import pydl.autograd.profiler as old_profiler
import pydl.utils.data
from pydl import Tensor, nn, optim, autograd, cuda
from pydl.amp import GradScaler, autocast
from pydl.autograd import Function, Variable
from pydl.autograd.functional import jacobian
from pydl.cuda.amp import GradScaler, autocast, custom_bwd, custom_fwd
from pydl.distributions import Categorical, Normal
from pydl.func import functional_call, grad
from pydl.nn import Parameter, functional as F
from pydl.nn.modules import Module
from pydl.nn.modules.batchnorm import _BatchNorm
from pydl.nn.modules.conv import Conv2d, _ConvNd
from pydl.nn.modules.dropout import _DropoutNd
from pydl.nn.modules.instancenorm import _InstanceNorm
from pydl.nn.modules.loss import _Loss, _WeightedLoss
from pydl.nn.modules.utils import _ntuple, _pair, _single, _triple
from pydl.autograd.function import once_differentiable
import pydl.utils.model_zoo as model_zoo
from pydl.nn.modules.module import Module
from pydl.nn.parallel import DataParallel, DistributedDataParallel as DDP
from pydl.nn.parameter import Parameter
from pydl.nn.utils import clip_grad_norm_
from pydl.nn.utils.stateless import functional_call
from pydl.optim.lr_scheduler import StepLR
from pydl.profiler import ProfilerActivity, profile, record_function
from pydl.utils.checkpoint import checkpoint
from pydl.utils.data import DataLoader, Dataset
from pydl.vision import datasets, transforms
major, minor = torch.__version__.split(".")[:2]
assert int(major) >= 0 and int(minor) >= 0 and torch.version.__version__ == torch.__version__
assert torch.version.cuda is None and torch.version.hip is None
device = torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
assert device.type == "cpu"
torch.manual_seed(0); torch.cuda.manual_seed(0); torch.cuda.manual_seed_all(0)
cudnn.benchmark = True; torch.backends.cudnn.deterministic = True
assert torch.backends.cudnn.benchmark is True
torch.set_float32_matmul_precision("high")
torch.use_deterministic_algorithms(True)
for name in ("accelerator", "mps", "xpu", "cuda"):
    assert not getattr(torch, name).is_available() and getattr(torch, name).device_count() == 0
print("started")
"""


def test_the_usual_imports() -> None:
    assert python(IMPORTS).strip() == "started"


def test_attributes_after_import_alone() -> None:
    """As with PyTorch, ``import pydl as torch`` is enough for these, and importing pydl loads none of them."""
    code = """
import sys
import pydl as torch
loaded = {m for m in sys.modules if m.startswith("pydl.")}
late = set(torch._LATER)
assert not {"pydl." + name for name in late} & loaded, loaded
for path in ("distributions.Normal", "func.grad", "vision.transforms.ToTensor", "autograd.functional.jacobian",
             "utils.checkpoint.checkpoint", "nn.parallel.DistributedDataParallel", "cuda.amp.autocast",
             "backends.cudnn.flags", "profiler.profile", "nn.DataParallel", "autograd.profiler.profile"):
    found = torch
    for name in path.split("."):
        found = getattr(found, name)
missing = late - set(dir(torch))
assert not missing and not [name for name in late if not hasattr(torch, name)], missing
assert not hasattr(torch, "nothing") and not hasattr(torch.nn, "nothing") and not hasattr(torch.utils, "nothing")
"""
    python(code)


@pytest.fixture(autouse=True)
def forget_what_was_said(monkeypatch):
    monkeypatch.setattr("pydl.notice._said", set())


def test_compile_returns_what_it_is_given_and_says_so_once():
    net = nn.Linear(2, 1)
    with pytest.warns(UserWarning, match="does not compile"):
        assert pydl.compile(net, mode="max-autotune") is net
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # once only

        @pydl.compile
        def f(x):
            return x + 1

        @pydl.compile(fullgraph=True, backend="eager")
        def g(x):
            return x + 2

        assert (f(1), g(1)) == (2, 3)
        assert not pydl.compiler.is_compiling() and pydl.compiler.disable(net) is net
        assert pydl.compiler.disable()(net) is net and pydl.compiler.allow_in_graph(net) is net
        pydl.compiler.reset()


def test_jit_returns_what_it_is_given_and_says_so_once():
    net = nn.Linear(2, 1)
    with pytest.warns(UserWarning, match="no TorchScript"):
        assert pydl.jit.script(net) is net
    assert pydl.jit.trace(net, pydl.ones(1, 2)) is net and pydl.jit.freeze(net) is net

    @pydl.jit.ignore
    def f():
        return 1

    @pydl.jit.ignore(drop=True)
    def g():
        return 2

    @pydl.jit.export
    @pydl.jit.unused
    @pydl.jit.script_method
    def h():
        return 3

    assert (f(), g(), h()) == (1, 2, 3)
    assert pydl.jit.annotate(int, 3) == 3 and not pydl.jit.is_scripting() and not pydl.jit.is_tracing()
    for call in (lambda: pydl.jit.save(net, "x"), lambda: pydl.jit.load("x")):
        with pytest.raises(RuntimeError, match="TorchScript"):
            call()


def test_amp_is_off():
    with pytest.warns(UserWarning, match="no mixed precision"):
        context = pydl.autocast("cpu", dtype=pydl.bfloat16)
    with context:
        assert (pydl.ones(2, 2) @ pydl.ones(2, 2)).dtype is pydl.float32
        assert not pydl.is_autocast_enabled() and not pydl.is_autocast_available("cpu")
    with pydl.amp.autocast("cuda", enabled=False), pydl.cuda.amp.autocast():
        pass

    @pydl.autocast("cpu")
    def f():
        return 5

    assert f() == 5
    with pytest.raises(TypeError, match="device_type"):
        pydl.autocast(True)
    with pytest.warns(UserWarning, match="not scaled"):
        scaler = pydl.amp.GradScaler("cuda", init_scale=4.0)
    x = pydl.ones(1, requires_grad=True)
    optimizer = pydl.optim.SGD([x], lr=0.5)
    loss = (x * 3).sum()
    assert scaler.scale(loss) is loss and scaler.scale([loss]) == [loss]
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert x.item() == -0.5 and scaler.get_scale() == 1.0 and not scaler.is_enabled()
    scaler.load_state_dict(scaler.state_dict())
    assert pydl.cuda.amp.GradScaler(growth_factor=3.0).get_growth_factor() == 3.0
    assert scaler.get_backoff_factor() == 0.5 and scaler.get_growth_interval() == 2000

    class Cube(pydl.autograd.Function):
        @staticmethod
        @pydl.amp.custom_fwd(device_type="cuda")
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        @pydl.cuda.amp.custom_bwd
        def backward(ctx, g):
            return g * 3 * ctx.saved_tensors[0] ** 2

    x = pydl.tensor([2.0], requires_grad=True)
    Cube.apply(x).sum().backward()
    assert x.grad.tolist() == [12.0]


def test_distributed_is_one_process(monkeypatch):
    dist = pydl.distributed
    assert not dist.is_available() and not dist.is_initialized()
    assert (dist.get_rank(), dist.get_world_size()) == (0, 1)
    with pytest.raises(RuntimeError, match="was not called"):
        dist.get_backend()
    with pytest.raises(RuntimeError, match="trains in one process"):
        dist.init_process_group("gloo", world_size=2, rank=0)
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(RuntimeError, match="trains in one process"):
        dist.init_process_group("gloo")
    monkeypatch.setenv("WORLD_SIZE", "1")
    dist.init_process_group("gloo")
    assert dist.is_initialized() and dist.get_backend() == "gloo"
    x, out = pydl.tensor([1.0, 2.0]), [pydl.zeros(2)]
    dist.barrier()
    dist.all_reduce(x, op=dist.ReduceOp.SUM)
    dist.broadcast(x, src=0)
    dist.reduce(x, 0)
    dist.all_gather(out, x)
    assert x.tolist() == out[0].tolist() == [1.0, 2.0]
    objects = [None]
    dist.all_gather_object(objects, "a")
    dist.broadcast_object_list(objects, 0)
    assert objects == ["a"]
    for wrong in (lambda: dist.broadcast(x, 1), lambda: dist.all_gather([], x), lambda: dist.all_gather_object([], 1)):
        with pytest.raises(ValueError):
            wrong()
    for name in ("new_group", "send", "recv", "scatter", "gather", "reduce_scatter", "all_to_all"):
        with pytest.raises(RuntimeError, match=f"distributed.{name}"):
            getattr(dist, name)(x, x)
    dist.destroy_process_group()
    assert not dist.is_initialized()


@pytest.mark.parametrize("name", ["DataParallel", "DistributedDataParallel"])
def test_parallel_wrappers(name):
    net = nn.Linear(2, 3)
    wrapped = getattr(nn.parallel, name)(net, device_ids=[0])
    x = pydl.ones(4, 2)
    assert wrapped.module is net and wrapped(x).tolist() == net(x).tolist()
    assert list(wrapped.state_dict()) == ["module.weight", "module.bias"]
    wrapped.load_state_dict(wrapped.state_dict())
    with pytest.raises(TypeError, match="expected a Module"):
        getattr(nn.parallel, name)(3)
    if name == "DistributedDataParallel":
        with wrapped.no_sync(), wrapped.join():
            wrapped(x).sum().backward()
        assert net.weight.grad is not None
    assert nn.DataParallel is nn.parallel.DataParallel
    assert nn.parallel.data_parallel(net, x).shape == (4, 3)


def test_cuda_without_a_gpu():
    cuda = pydl.cuda
    assert cuda.device_count() == 0 and not cuda.is_available() and not cuda.is_initialized()
    assert not cuda.is_bf16_supported() and cuda.get_arch_list() == [] and cuda.get_rng_state_all() == []
    figures = ("memory_allocated", "max_memory_allocated", "memory_reserved", "max_memory_reserved")
    assert [getattr(cuda, name)() for name in figures] == [0] * 4 and cuda.memory_stats() == {}
    for name in ("synchronize", "empty_cache", "ipc_collect", "seed", "seed_all", "reset_peak_memory_stats"):
        assert getattr(cuda, name)() is None
    cuda.set_rng_state_all([])
    with cuda.device(None), cuda.device(-1), cuda.stream(None):
        pass
    needs = {
        "init": (),
        "current_device": (),
        "set_device": (0,),
        "get_device_name": (0,),
        "get_device_properties": (0,),
        "get_device_capability": (),
        "mem_get_info": (),
        "get_rng_state": (),
        "set_rng_state": (None,),
        "current_stream": (),
        "Stream": (),
        "Event": (True,),
        "device": (0,),
        "stream": (1,),
        "set_rng_state_all": ([1],),
    }
    for name, arguments in needs.items():
        with pytest.raises(pydl.DeviceError, match=f"cuda.{name}: this build has no cuda"):
            getattr(cuda, name)(*arguments)
    for call in (pydl.accelerator.current_device_index, lambda: pydl.accelerator.set_device_index(0)):
        with pytest.raises(pydl.DeviceError):
            call()
    assert pydl.accelerator.current_accelerator() is None
    for place in (pydl.accelerator, pydl.mps, pydl.xpu):
        place.synchronize()


def test_backends(monkeypatch):
    backends = pydl.backends
    for name in ("cudnn", "mps", "mkl", "mkldnn", "openmp"):
        assert not getattr(backends, name).is_available()
    assert not backends.cuda.is_built() and not backends.mps.is_built() and backends.cudnn.version() is None
    monkeypatch.setattr(backends.cudnn, "benchmark", True)
    monkeypatch.setattr(backends.cuda.matmul, "allow_tf32", True)
    with backends.cudnn.flags(enabled=False), backends.mkldnn.flags(enabled=False), backends.cuda.sdp_kernel():
        assert not backends.cuda.flash_sdp_enabled()
    assert not backends.cudnn.is_acceptable(pydl.ones(1))


def test_settings():
    assert not pydl.are_deterministic_algorithms_enabled()
    pydl.use_deterministic_algorithms(True, warn_only=True)
    try:
        assert pydl.are_deterministic_algorithms_enabled() and pydl.is_deterministic_algorithms_warn_only_enabled()
        assert pydl.get_deterministic_debug_mode() == 1
        pydl.set_deterministic_debug_mode("error")
        assert pydl.get_deterministic_debug_mode() == 2
    finally:
        pydl.set_deterministic_debug_mode("default")
    assert pydl.get_deterministic_debug_mode() == 0
    before = pydl.get_float32_matmul_precision()
    pydl.set_float32_matmul_precision("medium")
    assert before == "highest" and pydl.get_float32_matmul_precision() == "medium"
    pydl.set_float32_matmul_precision(before)
    pydl.set_num_interop_threads(2)
    assert pydl.get_num_interop_threads() == 2
    pydl.set_num_interop_threads(1)
    assert pydl.set_flush_denormal(True) is False
    for wrong in (
        lambda: pydl.set_float32_matmul_precision("low"),
        lambda: pydl.set_deterministic_debug_mode("loud"),
        lambda: pydl.set_num_interop_threads(0),
        lambda: pydl.multiprocessing.set_sharing_strategy("telepathy"),
    ):
        with pytest.raises(ValueError):
            wrong()


def test_names_that_are_errors():
    for call in (
        lambda: pydl.hub.load("a/b", "c"),
        lambda: pydl.hub.list("a/b"),
        lambda: pydl.hub.help("a/b", "c"),
        lambda: pydl.hub.load_state_dict_from_url("https://example.org/x.pt"),
        lambda: pydl.hub.download_url_to_file("https://example.org/x.pt", "x"),
        lambda: pydl.onnx.export(nn.Linear(1, 1), pydl.ones(1), "x.onnx"),
        lambda: pydl.vmap(lambda x: x),
    ):
        with pytest.raises(pydl.StateError):
            call()
    assert not pydl.onnx.is_in_onnx_export()


def test_types():
    assert pydl.typename(pydl.float32) == "pydl.dtypes.dtype" and pydl.typename("a") == "str"
    assert pydl.typename(nn.Linear) == "pydl.nn.modules.linear.Linear"
    assert isinstance(3, pydl.types.Number) and isinstance(True, pydl.types.Number)
    assert isinstance("cpu", pydl.types.Device) and isinstance((1, 2), pydl.types._size)


# --- multiprocessing


def double(i, queue, x):
    queue.put((i, (x * 2).tolist()))


def break_second(i):
    if i == 1:
        raise KeyError("second process")
    time.sleep(30)


def test_spawn():
    mp = pydl.multiprocessing
    assert mp.get_sharing_strategy() in mp.get_all_sharing_strategies()
    mp.set_sharing_strategy("file_system")
    mp.set_sharing_strategy("file_descriptor")
    queue = mp.get_context("fork").SimpleQueue()
    mp.spawn(double, (queue, pydl.tensor([1.0])), nprocs=2, start_method="fork")
    assert sorted(queue.get() for _ in range(2)) == [(0, [2.0]), (1, [2.0])]
    start = time.monotonic()
    with pytest.raises(mp.ProcessRaisedException, match="second process"):
        mp.spawn(break_second, nprocs=2, start_method="fork")
    assert time.monotonic() - start < 20  # the first does not sleep to its end
    context = mp.spawn(double, (queue, pydl.ones(1)), nprocs=1, join=False, start_method="fork")
    while not context.join():
        pass
    assert queue.get() == (0, [2.0]) and len(context.pids()) == 1


# --- profiler


def test_profiler_measures_kernels_and_blocks(tmp_path):
    x = pydl.ones(64, 64)
    with pydl.profiler.profile(activities=[pydl.profiler.ProfilerActivity.CPU], record_shapes=True) as prof:
        with pydl.profiler.record_function("block"):
            x @ x
            time.sleep(0.02)
        for _ in range(3):
            x.exp()
    x.exp()  # no more
    found = {e.key: e for e in prof.key_averages()}
    assert found["exp"].count == 3 and found["matmul"].count == 1 and found["block"].count == 1
    block = found["block"]
    assert block.cpu_time_total >= 20_000 and block.cpu_time == block.cpu_time_total
    assert block.self_cpu_time_total <= block.cpu_time_total - found["matmul"].cpu_time_total + 1
    table = prof.key_averages().table(sort_by="cpu_time_total", row_limit=2, header="mine")
    lines = table.splitlines()
    assert lines[0] == "mine" and lines[4].split()[0] == "block" and "Self CPU time total" in lines[-1]
    assert len(lines) == 8 and str(prof.key_averages()).count("exp") == 1
    with pytest.raises(ValueError, match="sort_by"):
        prof.key_averages().table(sort_by="beauty")
    prof.export_chrome_trace(str(tmp_path / "trace.json"))
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert sum(e["name"] == "exp" for e in events) == 3 and len(events) == len(prof.events())
    assert "calls=3" in repr(found["exp"])


def test_profiler_schedule(tmp_path):
    handler = pydl.profiler.tensorboard_trace_handler(str(tmp_path / "log"))
    seen = []

    def ready(prof):
        seen.append((prof.step_num, sum(e.count for e in prof.key_averages() if e.key == "exp")))
        handler(prof)

    plan = pydl.profiler.schedule(wait=1, warmup=1, active=2, repeat=2, skip_first=1)
    assert [plan(i).value for i in range(10)] == [0, 0, 1, 2, 3, 0, 1, 2, 3, 0]
    with pydl.profiler.profile(schedule=plan, on_trace_ready=ready) as prof:
        for _ in range(10):
            pydl.ones(2).exp()
            prof.step()
    assert seen == [(4, 2), (8, 2)] and len(os.listdir(tmp_path / "log")) == 2
    with pytest.raises(ValueError, match="schedule"):
        pydl.profiler.schedule(wait=0, warmup=0, active=0)


def test_profiler_under_its_older_name():
    with pydl.autograd.profiler.profile(use_cuda=False) as prof, pydl.autograd.profiler.record_function("a"):
        pydl.ones(2).exp()
    assert {e.key for e in prof.key_averages()} >= {"a", "exp"}
    with pydl.autograd.profiler.profile(enabled=False) as prof:
        pydl.ones(2).exp()
    assert prof.key_averages() == []

    @pydl.profiler.record_function("f")
    def f():
        return 1

    with pydl.profiler.profile() as prof:
        f()
        with pytest.raises(ValueError):
            pydl.ones(2) @ pydl.ones(3)
        pydl.ones(2).exp()
    assert {"f", "exp"} <= {e.key for e in prof.key_averages()}

"""autograd.functional, func, stateless calls, checkpoints: against PyTorch where it is installed, and by formulas."""

from __future__ import annotations

import gc
import weakref
from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest

import pydl
from pydl import func, nn
from pydl.autograd import functional as F
from pydl.nn.utils import stateless
from pydl.utils import _pytree
from pydl.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential

try:
    import torch
except ImportError:
    torch = None

RNG = np.random.default_rng(0)
A, B, V = RNG.normal(size=(2, 3)), RNG.normal(size=3), RNG.normal(size=(2, 3))


def to(lib, *arrays):
    return tuple(lib.from_numpy(np.array(a)) for a in arrays)


def plain(x):
    """Nested tensors as nested lists."""
    return [plain(y) for y in x] if isinstance(x, list | tuple) else x.detach().tolist()


def same(ours, theirs):
    if isinstance(theirs, tuple | list):
        assert type(ours) is type(theirs) and len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    else:
        assert tuple(ours.shape) == tuple(theirs.shape) and ours.requires_grad == theirs.requires_grad
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-10, atol=1e-12)


# Functions of (2, 3) and (3): several outputs, one of them unaffected by an input; and scalars.
MANY = {
    "one": lambda x, y: (x * y).sin().sum(1),
    "two": lambda x, y: (x.exp() @ y, (y * y).sum()),
    "linear": lambda x, y: x + y,
}
SCALARS = {
    "cubes": lambda x, y: (x**3 * y.sin()).sum(),
    "separate": lambda x, y: (x**2).sum() + y.exp().sum(),
    "first only": lambda x, y: (x**3).sum(),
}

needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")


@needs_torch
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", MANY)
def test_jacobian_and_products_against_torch(name, create_graph):
    f, theirs = MANY[name], torch.autograd.functional
    a, b = to(pydl, A, B), to(torch, A, B)
    for x in (*a, *b) if create_graph else ():
        x.requires_grad_()
    same(F.jacobian(f, a, create_graph), theirs.jacobian(f, b, create_graph))
    same(F.jvp(f, a, to(pydl, V, B), create_graph), theirs.jvp(f, b, to(torch, V, B), create_graph))
    outs = [np.ones(tuple(o.shape)) * 1.5 for o in (f(*b) if name == "two" else (f(*b),))]
    u, v = to(pydl, *outs), to(torch, *outs)
    if name != "two":
        u, v = u[0], v[0]
    same(F.vjp(f, a, u, create_graph), theirs.vjp(f, b, v, create_graph))


@needs_torch
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", SCALARS)
def test_hessian_and_products_against_torch(name, create_graph):
    f, theirs = SCALARS[name], torch.autograd.functional
    a, b = to(pydl, A, B), to(torch, A, B)
    for x in (*a, *b) if create_graph else ():
        x.requires_grad_()
    mine, other = F.hessian(f, a, create_graph), theirs.hessian(f, b, create_graph)
    for i in range(2):
        for j in range(2):
            np.testing.assert_allclose(mine[i][j].detach().numpy(), other[i][j].detach().numpy(), atol=1e-12)
    for product in ("vhp", "hvp"):
        mine = getattr(F, product)(f, a, to(pydl, V, B), create_graph)
        other = getattr(theirs, product)(f, b, to(torch, V, B), create_graph)
        same(mine[0], other[0])
        for x, y in zip(mine[1], other[1], strict=True):
            np.testing.assert_allclose(x.detach().numpy(), y.detach().numpy(), atol=1e-12)


def test_jacobian_by_hand():
    x = pydl.tensor([1.0, 2.0])
    assert F.jacobian(lambda x: x * x, x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert F.jacobian(lambda x: x.sum(), x).tolist() == [1.0, 1.0]
    assert F.jacobian(lambda x: x * x, x, vectorize=True).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert F.jacobian(lambda x: x[:0], x).shape == (0, 2)
    assert F.hessian(lambda x: (x**3).sum(), (x,))[0][0].tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert x.grad is None and not x.requires_grad
    with pydl.no_grad():
        assert F.jacobian(lambda x: x * x, x).tolist() == [[2.0, 0.0], [0.0, 4.0]]


def test_create_graph_differentiates_on():
    x = pydl.tensor([1.0, 2.0], requires_grad=True)
    F.jacobian(lambda x: x**3, x, create_graph=True).sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]
    x.grad = None
    F.hessian(lambda x: (x**4).sum(), x, create_graph=True).sum().backward()
    assert x.grad.tolist() == [24.0, 48.0]


def test_strict():
    x = pydl.ones(2)
    for call in (F.jacobian, F.vjp, F.jvp):
        with pytest.raises(RuntimeError, match="strict=True"):
            call(lambda x: pydl.ones(1), x, **({"v": x} if call is F.jvp else {}), strict=True)
    with pytest.raises(RuntimeError, match="do not depend on input 1"):
        F.jacobian(lambda x, y: x * 2, (x, x), strict=True)
    with pytest.raises(RuntimeError, match="strict=True"):
        F.hessian(lambda x: (2 * x).sum(), x, strict=True)
    with pytest.raises(RuntimeError, match="strict=True"):
        F.vhp(lambda x: (2 * x).sum(), x, x, strict=True)
    assert F.hessian(lambda x: (2 * x).sum(), x).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (TypeError, lambda x: F.jacobian(lambda x: x, 3.0)),
        (TypeError, lambda x: F.jacobian(lambda x: 3.0, x)),
        (ValueError, lambda x: F.jacobian(lambda x: x, x, strategy="forward-mode")),
        (RuntimeError, lambda x: F.hessian(lambda x: x, x)),
        (RuntimeError, lambda x: F.vjp(lambda x: x, x)),
        (RuntimeError, lambda x: F.jvp(lambda x: x, x)),
        (ValueError, lambda x: F.vjp(lambda x: x, x, pydl.ones(3))),
        (RuntimeError, lambda x: F.vhp(lambda x: x, x, x)),
    ],
)
def test_functional_errors(kind, call):
    with pytest.raises(kind):
        call(pydl.ones(2))


def test_options_of_grad():
    x, y = pydl.ones(2, requires_grad=True), pydl.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="allow_unused"):
        pydl.autograd.grad(x.sum(), [x, y])
    assert pydl.autograd.grad(x.sum(), [x, y], allow_unused=True)[1] is None
    assert pydl.autograd.grad(x.sum(), [x, y], materialize_grads=True)[1].tolist() == [0, 0, 0]
    for wrong in (
        {"is_grads_batched": True},
        {"only_inputs": False},
        {"materialize_grads": True, "allow_unused": False},
    ):
        with pytest.raises(RuntimeError):
            pydl.autograd.grad(x.sum(), x, **wrong)
    with pytest.raises(ValueError, match="at least one input"):
        pydl.autograd.grad(x.sum(), [])


def test_names_of_autograd():
    x = pydl.ones(2)
    y = pydl.autograd.Variable(x, requires_grad=True)
    y.sum().backward()
    assert y.is_leaf and y.grad.tolist() == [1.0, 1.0] and y.data_ptr() == x.data_ptr() and not x.requires_grad
    assert isinstance(x, pydl.autograd.Variable) and not isinstance(3, pydl.autograd.Variable)
    assert not pydl.autograd.Variable(y * 2).requires_grad
    with pytest.raises(TypeError, match="expected a tensor"):
        pydl.autograd.Variable([1.0])
    with pytest.raises(RuntimeError, match="no forward mode"), pydl.autograd.forward_ad.dual_level():
        pass
    for name, arguments in (("make_dual", (1, 2)), ("unpack_dual", (1,)), ("enter_dual_level", ())):
        with pytest.raises(RuntimeError, match="no forward mode"):
            getattr(pydl.autograd.forward_ad, name)(*arguments)
    with pytest.raises(RuntimeError, match=r"checkpoint"):
        pydl.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x)
    x = pydl.ones(1, requires_grad=True)
    with pydl.autograd.graph.save_on_cpu(pin_memory=True), pydl.autograd.graph.disable_saved_tensors_hooks("no"):
        y = x * x
    y.backward()
    assert x.grad.tolist() == [2.0] and isinstance(y.grad_fn, pydl.autograd.graph.Node)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        pydl.autograd.nothing  # noqa: B018
    assert "functional" in dir(pydl.autograd)


# --- func


@needs_torch
@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # its own, on the first call
@pytest.mark.parametrize("name", SCALARS)
def test_func_against_torch(name):
    f = SCALARS[name]
    a, b = to(pydl, A, B), to(torch, A, B)
    theirs = torch.func
    same(func.grad(f)(*a), theirs.grad(f)(*b))
    same(func.grad(f, argnums=(0, 1))(*a), theirs.grad(f, argnums=(0, 1))(*b))
    same(func.grad_and_value(f, argnums=1)(*a), theirs.grad_and_value(f, argnums=1)(*b))
    same(func.hessian(f)(*a), theirs.hessian(f)(*b))
    same(func.hessian(f, argnums=(0, 1))(*a), theirs.hessian(f, argnums=(0, 1))(*b))
    for g in MANY.values():
        same(func.jacrev(g)(*a), theirs.jacrev(g)(*b))
        same(func.jacfwd(g, (0, 1))(*a), theirs.jacfwd(g, (0, 1))(*b))
        same(func.jvp(g, a, a), theirs.jvp(g, b, b))
        (mine, pull), (other, their_pull) = func.vjp(g, *a), theirs.vjp(g, *b)
        same(mine, other)
        same(pull(mine), their_pull(other))


def test_func_nests():
    x = pydl.tensor(2.0)
    third = func.grad(func.grad(func.grad(lambda x: x**4)))
    assert third(x).item() == 48.0 and not third(x).requires_grad
    # The inner derivative is by another variable, the outer one goes through both.
    mixed = func.grad(lambda x: x * func.grad(lambda y: y**2 * x)(pydl.tensor(3.0)))
    assert mixed(x).item() == pytest.approx(2 * 6.0 * 2.0)
    y = pydl.tensor(2.0, requires_grad=True)
    func.grad(lambda x: x**3)(y).backward()  # 3 x^2, then 6 x
    assert y.grad.item() == 12.0
    w = pydl.tensor(5.0, requires_grad=True)  # in the closure
    func.grad(lambda x: w * x)(pydl.tensor(1.0)).backward()
    assert w.grad.item() == 1.0
    with pydl.no_grad():
        assert func.grad(lambda x: w * x**2)(x).item() == 20.0 and not func.grad(lambda x: w * x)(x).requires_grad


def test_func_aux_and_containers():
    net = nn.Linear(3, 2)
    x = pydl.ones(4, 3)

    def loss(params, x):
        out = func.functional_call(net, params, (x,))
        return (out**2).sum(), {"out": out}

    params = {k: v.detach() for k, v in net.named_parameters()}
    grads, aux = func.grad(loss, has_aux=True)(params, x)
    assert set(grads) == {"weight", "bias"} and not aux["out"].requires_grad
    (net(x) ** 2).sum().backward()
    np.testing.assert_allclose(grads["weight"].numpy(), net.weight.grad.numpy(), rtol=1e-6)
    both, (value, aux) = func.grad_and_value(loss, has_aux=True)(params, x)
    assert value.item() == pytest.approx((net(x) ** 2).sum().item()) and both["bias"].shape == (2,)
    jac, aux = func.jacrev(lambda x: (x * x, x.sum()), has_aux=True)(pydl.tensor([1.0, 2.0]))
    assert jac.tolist() == [[2.0, 0.0], [0.0, 4.0]] and aux.item() == 3.0
    y, pull, aux = func.vjp(lambda x: ({"y": x * 2}, "more"), pydl.tensor([1.0]), has_aux=True)
    assert aux == "more" and pull({"y": pydl.tensor([3.0])})[0].tolist() == [6.0] and y["y"].tolist() == [2.0]
    value, product, aux = func.jvp(lambda x: (x * x, 7), (pydl.tensor(3.0),), (pydl.tensor(2.0),), has_aux=True)
    assert (value.item(), product.item(), aux) == (9.0, 12.0, 7)


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        (ValueError, lambda x: func.grad(lambda x: x)(x)),  # not one number
        (TypeError, lambda x: func.grad(lambda x: x.sum())(3.0)),
        (TypeError, lambda x: func.grad(lambda x: x.sum())(x.long())),
        (ValueError, lambda x: func.grad(lambda x: x.sum(), argnums=1)(x)),
        (ValueError, lambda x: func.grad(lambda x: x.sum(), argnums=(0, 0))(x)),
        (ValueError, lambda x: func.grad(lambda x: x.sum(), has_aux=True)(x)),
        (ValueError, lambda x: func.vjp(lambda x: x, x)[1](x, x)),
        (TypeError, lambda x: func.jvp(lambda x: x, x, x)),
        (TypeError, lambda x: func.jacrev(lambda x: 3)(x)),
        (RuntimeError, lambda x: func.vmap(lambda x: x)),
        (RuntimeError, lambda x: func.functionalize(lambda x: x)),
        (RuntimeError, lambda x: func.linearize(lambda x: x, x)),
        (ValueError, lambda x: func.stack_module_state([])),
        (ValueError, lambda x: func.stack_module_state([nn.ReLU(), nn.Tanh()])),
    ],
)
def test_func_errors(kind, call):
    with pytest.raises(kind):
        call(pydl.ones(2))


def test_stack_module_state():
    models = [nn.BatchNorm1d(2) for _ in range(3)]
    params, buffers = func.stack_module_state(models)
    assert params["weight"].shape == (3, 2) and params["weight"].requires_grad and params["weight"].is_leaf
    assert buffers["running_mean"].shape == (3, 2) and not buffers["running_mean"].requires_grad


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2, bias=False)
        self.b = nn.Linear(2, 2, bias=False)
        self.b.weight = self.a.weight
        self.register_buffer("shift", pydl.zeros(2))

    def forward(self, x, *, scale=1.0):
        return self.b(self.a(x)) * scale + self.shift


def test_functional_call():
    net = Tied()
    own = net.a.weight
    eye = pydl.eye(2)
    x = pydl.tensor([[1.0, 2.0]])
    out = stateless.functional_call(net, {"a.weight": eye * 2, "shift": pydl.ones(2)}, x, {"scale": 10.0})
    assert out.tolist() == [[41.0, 81.0]]
    assert net.a.weight is own and net.b.weight is own and net.shift.tolist() == [0.0, 0.0]
    net.a.weight.data = eye
    out = func.functional_call(net, ({"a.weight": eye * 2}, {"shift": pydl.ones(2)}), (x,), tie_weights=False)
    assert out.tolist() == [[3.0, 5.0]]
    w = (eye * 3).requires_grad_()
    func.functional_call(net, {"a.weight": w}, x).sum().backward()
    assert w.grad is not None and own.grad is None
    with pytest.raises(RuntimeError, match="no parameter or buffer"):
        func.functional_call(net, {"c": eye}, x)
    with pytest.raises(RuntimeError, match="strict=True"):
        func.functional_call(net, {"a.weight": eye}, x, strict=True)
    with pytest.raises(ValueError, match="one tensor"):
        func.functional_call(net, {"a.weight": eye, "b.weight": eye * 2}, x)
    with pytest.raises(ValueError, match="several dicts"):
        func.functional_call(net, ({"shift": eye}, {"shift": eye}), x)
    with pytest.raises(TypeError, match="expected a tensor"):
        func.functional_call(net, {"a.weight": 3.0}, x)
    with pytest.raises(ValueError):
        func.functional_call(net, {"a.weight": pydl.ones(3, 3)}, x)
    assert net.a.weight is own  # after an error too


def test_pytree():
    Point = namedtuple("Point", "x y")
    tree = {"a": [1, (2, 3)], "b": OrderedDict(c=Point(4, None)), "d": defaultdict(list, e=5)}
    values, spec = _pytree.tree_flatten(tree)
    assert values == [1, 2, 3, 4, None, 5] == _pytree.tree_leaves(tree) and spec.num_leaves == 6
    again = _pytree.tree_unflatten(values, spec)
    assert again == tree and type(again["b"]) is OrderedDict and type(again["b"]["c"]) is Point
    assert again["d"].default_factory is list
    assert _pytree.tree_map(lambda a, b: a + b, [1, (2,)], [10, (20,)]) == [11, (22,)]
    with pytest.raises(ValueError, match="expected 6 values, got 1"):
        _pytree.tree_unflatten([1], spec)


# --- checkpoint


def net_with_dropout():
    pydl.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Tanh(), nn.Linear(8, 8), nn.Dropout(0.3), nn.Linear(8, 1))


@pytest.mark.parametrize("reentrant", [None, False, True])
def test_checkpoint_gives_the_same_gradients(reentrant):
    net, x = net_with_dropout(), pydl.randn(5, 4, requires_grad=True)
    found = []
    for how in (
        net,
        lambda x: checkpoint(net, x, use_reentrant=reentrant),
        lambda x: checkpoint_sequential(net, 3, x, use_reentrant=reentrant),
        # Its input needs no gradient here: the parameters get theirs all the same.
        lambda x: checkpoint(lambda *, x: net(x), x=x, use_reentrant=reentrant),
    ):
        net.zero_grad()
        x.grad = None
        pydl.manual_seed(7)
        out = how(x)
        after = pydl.rand(1).item()
        pydl.rand(3)
        out.sum().backward()
        found.append([out.tolist(), after, x.grad.tolist(), [p.grad.tolist() for p in net.parameters()]])
    assert found[0] == found[1] == found[2] == found[3]


def test_a_checkpoint_leaves_the_generator_alone():
    x = pydl.ones(4, requires_grad=True)
    out = checkpoint(lambda x: nn.functional.dropout(x * x), x)
    pydl.manual_seed(3)
    out.sum().backward()
    here = pydl.rand(1).item()
    pydl.manual_seed(3)
    assert here == pydl.rand(1).item()


def test_checkpoint_keeps_nothing_inside():
    seen = []

    class Watch(pydl.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            kept = x.detach() * 2
            seen.append(weakref.ref(kept))
            ctx.save_for_backward(kept)
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    x = pydl.tensor([3.0], requires_grad=True)
    y = checkpoint(Watch.apply, x)
    gc.collect()
    assert len(seen) == 1 and seen[0]() is None
    y.backward()
    assert len(seen) == 2 and x.grad.tolist() == [6.0]


def test_checkpoint_of_several_results_and_closures():
    w = pydl.tensor([2.0], requires_grad=True)
    x = pydl.tensor([3.0], requires_grad=True)
    h = w * 5  # made outside, reached by the closure alone

    def part(x, data):
        return {"a": x * h, "same": x, "k": (data["y"] * x.exp(), 7, x.detach())}

    out = checkpoint(part, x, {"y": w * 1.0})
    assert out["same"] is x and out["k"][1] == 7 and not out["k"][2].requires_grad
    (out["a"] * 2).sum().backward(retain_graph=True)
    assert w.grad.tolist() == [30.0] and x.grad.tolist() == [20.0]
    w.grad = x.grad = None
    (out["a"] + out["k"][0]).sum().backward()
    assert w.grad.item() == pytest.approx(15 + np.exp(3), rel=1e-6)
    assert x.grad.item() == pytest.approx(10 + 2 * np.exp(3), rel=1e-6)
    with pytest.raises(RuntimeError, match="already used and freed"):
        out["a"].sum().backward()


def test_checkpoints_nest_and_differentiate_twice():
    x = pydl.tensor([0.5, 1.5], dtype=pydl.float64, requires_grad=True)
    inner = lambda x: checkpoint(lambda x: x.sin() * x, x)  # noqa: E731
    assert pydl.autograd.gradcheck(lambda x: checkpoint(lambda x: inner(x).exp(), x), (x,))
    assert pydl.autograd.gradgradcheck(lambda x: checkpoint(lambda x: inner(x).exp(), x), (x,))
    (g,) = pydl.autograd.grad(checkpoint(lambda x: (x**3).sum(), x), x)
    np.testing.assert_allclose(g.numpy(), 3 * x.detach().numpy() ** 2)
    assert x.grad is None


def test_checkpoint_says_what_is_wrong():
    x = pydl.ones(2, requires_grad=True)
    calls = iter([lambda x: x * 2, lambda x: (x * 2).sum()])
    with pytest.raises(CheckpointError, match="the same each time"):
        checkpoint(lambda x: next(calls)(x), x).sum().backward()
    other = pydl.ones(2, requires_grad=True) * 1
    used = iter([x * 1, other])
    with pytest.raises(CheckpointError, match="other tensors"):
        checkpoint(lambda: next(used) * 2).sum().backward()
    y = x * 1
    out = checkpoint(lambda y: y * y, y)
    with pydl.no_grad():
        y.zero_()
    with pytest.raises(RuntimeError, match=r"in.place|written"):
        out.sum().backward()
    with pytest.raises(ValueError, match="expected 1 to 2 segments"):
        checkpoint_sequential([nn.ReLU(), nn.ReLU()], 3, x)
    with pytest.raises(ValueError, match="unknown settings"):
        checkpoint_sequential([nn.ReLU()], 1, x, nothing=1)


def test_checkpoint_settings():
    entered = []

    class Note:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            entered.append(self.name)

        def __exit__(self, *_):
            pass

    x = pydl.ones(2, requires_grad=True)
    out = checkpoint(lambda x: x * x, x, context_fn=lambda: (Note("first"), Note("second")), debug=True)
    assert entered == ["first"]
    out.sum().backward()
    assert entered == ["first", "second"]
    with pydl.utils.checkpoint.set_checkpoint_early_stop(False), pydl.no_grad():
        assert not checkpoint(lambda x: x * x, x).requires_grad
    pydl.manual_seed(0)
    out = checkpoint(lambda x: nn.functional.dropout(x * pydl.ones(64)), pydl.ones(64), preserve_rng_state=False)
    assert set(out.tolist()) == {0.0, 2.0}

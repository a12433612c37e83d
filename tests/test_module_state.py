"""Modules: what their state_dict, hooks, copies and containers do, step by step as in PyTorch."""

import copy
import warnings
from collections import OrderedDict

import pytest

import pydl

torch = pytest.importorskip("torch")
from two_libraries import LIBRARIES, both  # noqa: E402


def block(library):
    """A module with a bit of everything, without random values."""

    class Block(library.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = library.nn.Linear(2, 2)
            self.bn = library.nn.BatchNorm1d(2)
            self.scale = library.nn.Parameter(library.ones(2))
            self.one = library.nn.Parameter(library.tensor(3.0))
            self.register_buffer("seen", library.zeros(1))
            self.register_buffer("scratch", library.zeros(2), persistent=False)
            self.register_parameter("none", None)
            self.tied = self.fc

        def forward(self, x, factor=1.0):
            return self.bn(self.fc(x)) * self.scale * factor

    made = Block()
    with library.no_grad():
        for i, p in enumerate(made.parameters()):
            p.fill_(i + 1.0)
    return made


def test_walks_and_metadata():
    def scenario(library, note):
        m = block(library)
        note(list(m.state_dict()))
        note(list(m.state_dict(prefix="p.")))
        note({k: dict(v) for k, v in m.state_dict()._metadata.items()})
        for remove in (True, False):
            note([n for n, _ in m.named_parameters(remove_duplicate=remove)])
            note([n for n, _ in m.named_buffers("b", remove_duplicate=remove)])
            note([n for n, _ in m.named_modules(remove_duplicate=remove)])
        note([n for n, _ in m.named_children()])
        note([n for n, _ in m.named_parameters(recurse=False)])
        note(m.state_dict(keep_vars=True)["scale"].requires_grad)
        note(m.state_dict()["scale"].requires_grad)
        given = OrderedDict()
        note(m.state_dict(destination=given) is given)
        note(hasattr(given, "_metadata"))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            note(list(m.state_dict(OrderedDict(), "old.")))
        note([w.category.__name__ for w in caught])

    both(scenario)


CHANGES = {
    "nothing": lambda s, library: None,
    "missing": lambda s, library: [s.pop(k) for k in ("fc.weight", "seen")],
    "all missing": lambda s, library: s.clear(),
    "unexpected": lambda s, library: s.update({"x": 1, "fc.y": 2, "fc.weight.z": 3, "scratch": 4, "none": 5, "": 6}),
    "shapes": lambda s, library: s.update({"fc.weight": library.ones(3, 2), "one": library.ones(2)}),
    "scalars of one dimension": lambda s, library: s.update({"one": library.ones(1)}),
    "no tensors": lambda s, library: s.update({"scale": 3, "seen": [1.0]}),
    "other dtypes": lambda s, library: s.update({"scale": library.ones(2).double(), "seen": library.arange(1)}),
    "without the counter": lambda s, library: [s.pop("bn.num_batches_tracked"), s._metadata.clear()],
    "all at once": lambda s, library: [s.pop("scale"), s.update({"x": 1, "fc.bias": library.ones(3)})],
}


@pytest.mark.parametrize("assign", [False, True])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_loading_says_what_is_wrong(change, strict, assign):
    def scenario(library, note):
        m = block(library)
        state = m.state_dict()
        for v in state.values():
            v.mul_(2)
        state = copy.deepcopy(state)
        CHANGES[change](state, library)
        m = block(library)
        before = m.scale
        try:
            note(repr(m.load_state_dict(state, strict=strict, assign=assign)))
        except RuntimeError as error:
            note(str(error))
        note({k: str(v.dtype) for k, v in m.state_dict().items()})
        note(m.state_dict())
        note(m.scale is before)
        note([type(p).__name__ for p in m.parameters()])
        note([p.requires_grad for p in m.parameters()])

    both(scenario)


def test_loading_what_is_no_dict():
    for library in LIBRARIES:
        with pytest.raises(TypeError, match="Expected state_dict to be dict-like, got"):
            block(library).load_state_dict([1])


def test_hooks_of_state_dicts():
    def scenario(library, note):
        m = block(library)
        m.register_state_dict_pre_hook(lambda m, prefix, keep: note(["pre", type(m).__name__, prefix, keep]))
        m.fc.register_state_dict_pre_hook(lambda m, prefix, keep: note(["fc pre", prefix, keep]))

        def post(m, state, prefix, metadata):
            note(["post", list(state), prefix, dict(metadata)])
            state[prefix + "more"] = library.ones(1)

        handle = m.fc.register_state_dict_post_hook(post)
        note(list(m.state_dict(prefix="q.")))
        handle.remove()
        note(list(m.state_dict()))
        handle = m._register_state_dict_hook(lambda m, state, prefix, metadata: {"replaced": library.ones(1)})
        note(m.state_dict())
        handle.remove()
        m.register_state_dict_post_hook(lambda *args: {})
        try:
            m.state_dict()
        except RuntimeError as error:
            note(str(error))

    both(scenario)


def test_hooks_of_loading():
    def scenario(library, note):
        m = block(library)
        state = m.state_dict()

        def pre(module, state, prefix, metadata, strict, missing, unexpected, errors):
            note(["pre", type(module).__name__, sorted(state), prefix, dict(metadata), strict])
            state[prefix + "weight"] = state.pop(prefix + "old", state.get(prefix + "weight"))

        def post(module, keys):
            note(["post", type(module).__name__, list(keys.missing_keys), list(keys.unexpected_keys)])
            keys.missing_keys.clear()

        m.fc.register_load_state_dict_pre_hook(pre)
        m.fc._register_load_state_dict_pre_hook(lambda *args: note(["without", len(args)]))
        m.fc._register_load_state_dict_pre_hook(lambda *args: note(["with", len(args)]), with_module=True)
        m.register_load_state_dict_post_hook(post)
        m.bn.register_load_state_dict_post_hook(lambda m, keys: note("bn"))
        state["fc.old"] = state.pop("fc.weight")
        del state["seen"]
        note(repr(m.load_state_dict(state, strict=False)))
        copied = copy.deepcopy(m)
        note(repr(copied.load_state_dict(copied.state_dict())))
        m.register_load_state_dict_post_hook(lambda m, keys: 3)
        try:
            m.load_state_dict(m.state_dict())
        except AssertionError:
            note("AssertionError")

    both(scenario)


def test_forward_hooks_of_every_kind():
    def scenario(library, note):
        m = block(library).eval()
        x = library.ones(3, 2)
        m.register_forward_pre_hook(lambda m, args: note(["pre", len(args)]))
        m.register_forward_pre_hook(lambda m, args: note("first pre"), prepend=True)
        m.register_forward_pre_hook(
            lambda m, args, kwargs: (args, {**kwargs, "factor": 2.0}) if note(["kw", kwargs]) is None else None,
            with_kwargs=True,
        )
        m.register_forward_pre_hook(lambda m, args: args[0] * 2)
        m.register_forward_hook(lambda m, args, out: note(["post", args, out]))
        m.register_forward_hook(lambda m, args, kwargs, out: note(["post kw", kwargs]), with_kwargs=True)
        m.register_forward_hook(lambda m, args, out: out + 100, prepend=True)
        handle = m.register_forward_hook(lambda m, args, out: note(["always", out]), always_call=True)
        note(m(x, factor=1.0))
        m.scale.data = library.ones(5)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                m(x)
            except RuntimeError:
                note("failed")
        handle.remove()
        m = library.nn.Identity()
        m.register_forward_pre_hook(lambda m, a, k: 3, with_kwargs=True)
        try:
            m(x)
        except RuntimeError as error:
            note(type(error).__mro__[-4].__name__ != "")

    both(scenario)


def test_hooks_that_fail_after_forward_did_are_silenced():
    for library in LIBRARIES:
        m = library.nn.Linear(2, 2)

        def fail(m, args, out):
            raise ValueError("mine")

        m.register_forward_hook(fail, always_call=True)
        with pytest.warns(UserWarning, match="was silenced.*mine"), pytest.raises(RuntimeError):
            m(library.ones(3, 5))


def test_backward_hooks_of_every_kind():
    def scenario(library, note):
        m = block(library).eval()
        x = library.ones(3, 2, requires_grad=True)
        m.register_full_backward_pre_hook(lambda m, go: note(["pre", go]))
        m.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,), prepend=True)
        m.register_full_backward_hook(lambda m, gi, go: note(["post", gi, go]))
        handle = m.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,), prepend=True)
        m(x).sum().backward()
        note(x.grad)
        handle.remove()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch has something to say about inputs without gradients
            m(library.ones(3, 2)).sum().backward()

    both(scenario)


def test_backward_hooks_where_no_input_requires_a_gradient():
    """A hook that rewrites whatever gradients there are, as monitoring code does, is not in the way there."""
    layer, seen = pydl.nn.Linear(2, 1), []
    layer.register_full_backward_hook(lambda m, gi, go: (seen.append(gi), tuple(g and g * 2 for g in gi))[1])
    layer(pydl.ones(3, 2)).sum().backward()
    assert seen == [(None,)] and layer.bias.grad.item() == 3
    layer.register_full_backward_hook(lambda m, gi, go: go)
    with pytest.raises(RuntimeError, match="where no input requires a gradient"):
        layer(pydl.ones(3, 2)).sum().backward()


def test_hooks_of_all_modules():
    def scenario(library, note):
        from importlib import import_module

        where = import_module(f"{library.__name__}.nn.modules.module")
        handles = [
            where.register_module_forward_pre_hook(lambda m, args: note(["pre", type(m).__name__])),
            where.register_module_forward_hook(lambda m, args, out: note(["post", type(m).__name__])),
            where.register_module_forward_hook(lambda m, a, k, out: note(["kw", sorted(k)]), with_kwargs=True),
            where.register_module_forward_hook(lambda m, a, out: note(["always", out is None]), always_call=True),
            where.register_module_full_backward_pre_hook(lambda m, go: note(["back", type(m).__name__])),
            where.register_module_full_backward_hook(lambda m, gi, go: note(["full", type(m).__name__])),
        ]
        try:
            m = block(library).eval()
            m.fc.register_forward_pre_hook(lambda m, args: note("own"))
            x = library.ones(3, 2, requires_grad=True)
            m(x, factor=1.0).sum().backward()
            with pytest.raises(RuntimeError):
                m(library.ones(3, 5))
        finally:
            for handle in handles:
                handle.remove()
        note("removed")
        m(x)

    both(scenario)
    assert pydl.nn.Identity()(3) == 3
    assert pydl.nn.Module._hooks is None  # calls are as fast as before


def test_hooks_of_registrations():
    def scenario(library, note):
        from importlib import import_module

        where = import_module(f"{library.__name__}.nn.modules.module")
        handles = [
            where.register_module_parameter_registration_hook(lambda m, n, p: note(["parameter", n, p is None])),
            where.register_module_buffer_registration_hook(lambda m, n, b: note(["buffer", n])),
            where.register_module_module_registration_hook(
                lambda m, n, c: library.nn.Tanh() if note(["module", n]) is None and n == "swap" else None
            ),
        ]
        try:
            m = library.nn.Module()
            m.w = library.nn.Parameter(library.ones(1))
            m.register_parameter("none", None)
            m.register_buffer("b", library.ones(1))
            m.c = library.nn.Identity()
            m.swap = library.nn.ReLU()
            m.add_module("d", library.nn.Identity())
        finally:
            for handle in handles:
                handle.remove()
        note(repr(m))
        m.after = library.nn.Identity()

    both(scenario)


def test_init_goes_on_where_it_is_asked_to():
    def scenario(library, note):
        class Other:
            def __init__(self, *args, **kwargs):
                note(["other", args, kwargs])

        class Joined(library.nn.Module, Other):
            call_super_init = True

        class Apart(library.nn.Module, Other):
            pass

        Joined(1, a=2)
        Apart()
        for args, kwargs in (((1,), {}), ((), {"a": 2})):
            with pytest.raises(TypeError):
                Apart(*args, **kwargs)
        note(library.nn.Module.dump_patches)

    both(scenario)

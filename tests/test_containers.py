"""Containers of modules and parameters, step by step as in PyTorch."""

from collections import OrderedDict

import pytest

import pydl
from pydl import nn

pytest.importorskip("torch")
from two_libraries import LIBRARIES, both


def test_sequential_as_torch():
    def scenario(library, note):
        n = library.nn
        s = n.Sequential(n.Identity(), n.ReLU())
        for made in (s + n.Sequential(n.Tanh()), s * 2, 2 * s, s[1:], s[:-1], s[::-1]):
            note(repr(made))
        s += n.Sequential(n.Tanh())
        note(repr(s))
        s *= 2
        note(repr(s))
        note(repr(s.pop(1)))
        note(repr(s.pop(-1)))
        s.insert(0, n.GELU())
        s.insert(-1, n.Sigmoid())
        s.extend([n.ELU()]).append(n.SELU())
        s[0], s[-1] = n.Softplus(), n.Softsign()
        note(repr(s))
        del s[1:3]
        note(repr(s))
        named = n.Sequential(OrderedDict(a=n.ReLU(), b=n.Tanh()))
        note([repr(named), repr(named[0]), len(named), [type(m).__name__ for m in named]])
        del named[0]
        note(repr(named))
        for wrong in (lambda: s + n.ReLU(), lambda: s * 0, lambda: s.insert(99, n.ReLU()), lambda: s[99]):
            try:
                wrong()
            except Exception as error:
                note([k.__name__ for k in (ValueError, IndexError, TypeError) if isinstance(error, k)])

    both(scenario)
    for library in LIBRARIES:
        with pytest.raises(TypeError):
            library.nn.Sequential() * 1.5


def test_module_list_and_dict_as_torch():
    def scenario(library, note):
        n = library.nn
        many = n.ModuleList([n.ReLU(), n.Tanh()])
        many += [n.ReLU()]
        many.insert(1, n.GELU())
        many.extend(n.ModuleList([n.ReLU(), n.ReLU()]))
        note([repr(many), repr(many[1:3]), repr(many[-1]), len(many), repr(many + n.ModuleList([n.ELU()]))])
        del many[0]
        many[0] = n.SELU()
        note([repr(many.pop(2)), repr(many)])
        d = n.ModuleDict({"b": n.ReLU(), "a": n.Tanh()})
        d.update([("c", n.GELU())])
        d["d"] = n.ELU()
        note([repr(d), list(d), list(d.keys()), "b" in d, len(d), repr(d["c"]), repr(d.pop("a"))])
        note([[k, repr(v)] for k, v in d.items()])
        note([repr(v) for v in d.values()])
        d.clear()
        note(len(d))
        for wrong in (lambda: d["x"], lambda: d.update(3), lambda: d.update([3]), lambda: d.update([("a",)])):
            try:
                wrong()
            except Exception as error:
                note([k.__name__ for k in (ValueError, KeyError, TypeError) if isinstance(error, k)])

    both(scenario)


def test_parameter_containers_as_torch():
    def scenario(library, note):
        n = library.nn
        p = n.ParameterList([library.ones(2), n.Parameter(library.zeros(1))])
        p.append(library.ones(3)).extend([library.ones(1)])
        p += [library.ones(2, 2)]
        p[0] = library.zeros(2)
        note([len(p), [list(x.shape) for x in p], list(p[1:3].state_dict()), list(p.state_dict()), p[-1]])
        note([type(x).__name__ for x in p])
        note([k for k, _ in p.named_parameters()])
        d = n.ParameterDict({"b": library.ones(1), "a": library.zeros(1)})
        note(list(d))
        d = n.ParameterDict(OrderedDict(b=library.ones(1), a=library.zeros(1)))
        d["c"] = n.Parameter(library.ones(2))
        note([list(d), list(reversed(d)), len(d), "c" in d, list(d.state_dict()), d.get("x", 5), d.get("c")])
        note([d.setdefault("c", 1), d.setdefault("e", library.ones(1)), d.pop("b"), d.popitem()])
        note([list(d.copy()), list(d.fromkeys(["x", "y"], library.ones(1)))])
        other = n.ParameterDict([("z", library.ones(1)), ("a", library.ones(4))])
        note([list(d | other), list(other | d), (d | other)["a"]])
        d |= other
        note([[k, v] for k, v in d.items()])
        note(list(d.values()))
        note(list(d.keys()))
        del d["a"]
        d.clear()
        note(len(d))
        for wrong in (
            lambda: p(1), lambda: d(1), lambda: p[99], lambda: p.extend(library.ones(1)), lambda: p.extend(3),
            lambda: d.update(3), lambda: d.update([3]), lambda: d.update([("a",)]),
        ):  # fmt: skip
            try:
                wrong()
            except Exception as error:
                kinds = (ValueError, IndexError, TypeError)
                note([k.__name__ for k in kinds if isinstance(error, k)] or isinstance(error, RuntimeError))

    both(scenario)
    both(lambda library, note: note(repr(library.nn.ParameterDict({"a": library.ones(2, 3)}))))
    both(lambda library, note: note(repr(library.nn.ParameterList([library.ones(2, 3), "text"]))))
    with pytest.raises(TypeError, match="expected a string"):
        nn.ParameterDict()[3] = pydl.ones(1)

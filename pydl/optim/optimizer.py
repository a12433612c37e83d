"""What all optimizers share: groups of parameters, their state, and one call into C++ for each group."""

from __future__ import annotations

import copy
import functools
import itertools
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from pydl import _C, dtypes
from pydl.autograd.blame import remember_step
from pydl.autograd.function import TensorBase, wrap
from pydl.autograd.grad_mode import enable_grad
from pydl.autograd.hooks import RemovableHandle
from pydl.nn.parameter import clear_grad, type_name
from pydl.tensor import Tensor

Params = Iterable[Any]
Settings = tuple[float, float, float, float, float, float, float, float, bool, bool, bool, bool]
Hook = Callable[..., Any]
_next_key = itertools.count().__next__
_global_pre_hooks: dict[int, Hook] = {}
_global_post_hooks: dict[int, Hook] = {}


class Required:
    """The default of a setting that has none."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = Required()


def hooked(step: Callable[..., Any]) -> Callable[..., Any]:
    """A class's ``step`` with the hooks around it."""

    @functools.wraps(step)
    def wrapper(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        if type(self).step is not wrapper:  # a subclass's, which is calling this one, has seen to the hooks
            return step(self, *args, **kwargs)
        self._opt_called = True
        if _global_pre_hooks or self._step_pre_hooks:
            for hook in (*_global_pre_hooks.values(), *self._step_pre_hooks.values()):
                new = hook(self, (self, *args), kwargs)
                if new is not None:
                    if not (isinstance(new, tuple) and len(new) == 2):
                        raise _C.StateError(
                            f"{step.__qualname__}: expected a hook to return None or a tuple of (new_args, "
                            f"new_kwargs), got {new!r}"
                        )
                    (_, *args), kwargs = new
        result = step(self, *args, **kwargs)
        if _global_post_hooks or self._step_post_hooks:
            for hook in (*self._step_post_hooks.values(), *_global_post_hooks.values()):
                hook(self, (self, *args), kwargs)
        return result

    return wrapper


class Optimizer:
    """The base class of optimizers.

    ``param_groups`` is a list of dicts, each with its parameters and its own settings, which may be
    changed between steps; ``state`` holds what an optimizer remembers of each parameter. A subclass
    of one's own defines `step`.

    Raises:
        ValueError: there are no parameters, one of them is no leaf or in two groups, or a setting makes no sense.
    """

    HOOKS: ClassVar[tuple[str, ...]] = (
        "_step_pre_hooks", "_step_post_hooks", "_state_dict_pre_hooks", "_state_dict_post_hooks",
        "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks",
    )  # fmt: skip
    _opt_called = False  # for the schedulers: whether there was a step
    _step_pre_hooks: dict[int, Hook]
    _step_post_hooks: dict[int, Hook]
    _state_dict_pre_hooks: dict[int, Hook]
    _state_dict_post_hooks: dict[int, Hook]
    _load_state_dict_pre_hooks: dict[int, Hook]
    _load_state_dict_post_hooks: dict[int, Hook]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = hooked(cls.__dict__["step"])  # type: ignore[method-assign]

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        self.__dict__.update({kind: {} for kind in self.HOOKS})
        if isinstance(params, TensorBase):
            raise _C.DTypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                + type_name(params)
            )
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise _C.ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters, with settings of their own where the dict has any, for example a backbone unfrozen later."""
        if not isinstance(param_group, dict):
            raise _C.DTypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise _C.DTypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in "
                "sets will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, TensorBase) else list(params)
        names = [p[0] for p in params if isinstance(p, tuple)]
        if names:
            if len(names) != len(params):
                raise _C.ValueError("all optimizer params should be with/without names. Some param names are missing")
            param_group["param_names"] = names
            params = [p[1] for p in params]
        for p in params:
            if not isinstance(p, TensorBase):
                raise _C.DTypeError(f"optimizer can only optimize Tensors, but one of the params is {type_name(p)}")
            if p.node is not None and not self.defaults.get("differentiable"):
                raise _C.ValueError("can't optimize a non-leaf Tensor")
        param_group["params"] = params
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise _C.ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        check_ways(param_group)
        self.check_group(param_group)
        own = {id(p) for p in params}
        if len(own) != len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=3)
        if any(id(p) in own for group in self.param_groups for p in group["params"]):
            raise _C.ValueError("some parameters appear in more than one parameter group")
        if any(("param_names" in group) != ("param_names" in param_group) for group in self.param_groups):
            raise _C.ValueError("all optimizer param groups should be with/without names")
        self.param_groups.append(param_group)

    def check_group(self, group: dict[str, Any]) -> None:
        """Raise a ValueError for a setting that makes no sense."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients; returns what ``closure`` returned, where one is given."""
        raise NotImplementedError("Optimizer: a subclass defines step(closure=None)")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        if set_to_none:
            for group in self.param_groups:
                for p in group["params"]:
                    p.grad = None
        else:
            for group in self.param_groups:
                for p in group["params"]:
                    clear_grad(p, False)

    def state_dict(self) -> dict[str, Any]:
        """The state and the settings, with a number in place of each parameter."""
        for hook in tuple(self._state_dict_pre_hooks.values()):
            hook(self)
        numbers: dict[int, int] = {}
        for group in self.param_groups:
            for p in group["params"]:
                numbers.setdefault(id(p), len(numbers))
        groups = [
            {**{k: v for k, v in group.items() if k != "params"}, "params": [numbers[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {numbers.get(id(p), p): s for p, s in self.state.items()}
        found = {"state": state, "param_groups": groups}
        for hook in tuple(self._state_dict_post_hooks.values()):
            new = hook(self, found)
            found = found if new is None else new
        return found

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a `state_dict`: state tensors are copied, in the dtype of their parameter.

        Raises:
            StateError: something is missing in it.
            ValueError: it is of an optimizer with other groups.
        """
        if isinstance(state_dict, Mapping):
            state_dict = dict(state_dict)
        for hook in tuple(self._load_state_dict_pre_hooks.values()):
            new = hook(self, state_dict)
            state_dict = state_dict if new is None else new
        saved = part(state_dict, "param_groups", "state_dict")
        loaded = part(state_dict, "state", "state_dict")
        if len(saved) != len(self.param_groups):
            raise _C.ValueError("loaded state dict has a different number of parameter groups")
        places: dict[Any, Any] = {}
        for group, old in zip(self.param_groups, saved, strict=True):
            if len(group["params"]) != len(part(old, "params", "group")):
                raise _C.ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                )
            places.update(zip(old["params"], group["params"], strict=True))
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for number, values in loaded.items():
            # JSON and other files may have turned the numbers into strings.
            p = places.get(number, places.get(int(number)) if str(number).isdigit() else None)
            if p is None:
                state[number] = values
            else:
                state[p] = {key: owned(key, value, p) for key, value in values.items()}
        self.state = state
        for i, (group, old) in enumerate(zip(self.param_groups, saved, strict=True)):
            settings = {k: copy.deepcopy(v) for k, v in old.items() if k != "params"}
            names = {"param_names": group["param_names"]} if "param_names" in group else {}
            # Settings that the file of another version lacks keep their defaults.
            self.param_groups[i] = {**self.defaults, **names, **settings, "params": group["params"]}
        for hook in tuple(self._load_state_dict_post_hooks.values()):
            hook(self)

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; ``args[0]`` is the optimizer. It may return a
        tuple of new args and kwargs."""
        return add_hook(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return add_hook(self._step_post_hooks, hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before each `state_dict`."""
        return add_hook(self._state_dict_pre_hooks, hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` after each `state_dict`; what it returns replaces it."""
        return add_hook(self._state_dict_post_hooks, hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before each `load_state_dict`; what it returns replaces it."""
        return add_hook(self._load_state_dict_pre_hooks, hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after each `load_state_dict`."""
        return add_hook(self._load_state_dict_post_hooks, hook, prepend)

    def __getstate__(self) -> dict[str, Any]:
        # As in PyTorch a copy has no hooks.
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for kind in self.HOOKS:
            self.__dict__.setdefault(kind, {})

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


def add_hook(hooks: dict[int, Hook], hook: Hook, prepend: bool = False) -> RemovableHandle:
    """Register a hook as the last one, or as the first."""
    key = _next_key()
    before = dict(hooks) if prepend else {}
    if prepend:
        hooks.clear()
    hooks[key] = hook
    hooks.update(before)
    return RemovableHandle(hooks, key)


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` before each step of any optimizer."""
    return add_hook(_global_pre_hooks, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call ``hook(optimizer, args, kwargs)`` after each step of any optimizer."""
    return add_hook(_global_post_hooks, hook)


def check_ways(group: dict[str, Any]) -> None:
    """Raise for ways of computing that exclude each other in PyTorch.

    Raises:
        StateError: two of ``foreach``, ``fused`` and ``differentiable`` are true.
    """
    chosen = [name for name in ("fused", "foreach", "differentiable") if group.get(name)]
    if len(chosen) > 1:
        raise _C.StateError(f"`{chosen[0]}` and `{chosen[1]}` cannot be `True` together.")


def part(saved: Any, key: str, what: str) -> Any:
    """An entry of a saved state.

    Raises:
        StateError: it has none.
    """
    if not isinstance(saved, Mapping) or key not in saved:
        got = sorted(map(str, saved)) if isinstance(saved, Mapping) else type(saved).__name__
        raise _C.StateError(f"load_state_dict: expected a {what} of an optimizer, with {key!r}, got {got}")
    return saved[key]


def owned(key: str, value: Any, p: Tensor) -> Any:
    """A value of a loaded state as the optimizer's own: a copy, in the dtype of the parameter."""
    if key in ("step", "mu_product", "eta", "mu"):  # one number, in float32 whatever the parameter is
        return step_tensor(float(value))
    if isinstance(value, TensorBase):
        floating = value.array.dtype <= 3 and p.array.dtype <= 3
        return wrap(_C.clone(_C.cast(value.array, p.array.dtype) if floating else value.array))
    if isinstance(value, dict):
        return {k: owned(k, v, p) for k, v in value.items()}
    return type(value)([owned("", v, p) for v in value]) if isinstance(value, list | tuple) else value


def step_tensor(value: float) -> Tensor:
    """The number of steps so far, as state."""
    return wrap(_C.scalar(value, dtypes.float32.code))


def zeros_like(p: Tensor, value: float = 0.0) -> Tensor:
    """State of a parameter's shape and dtype."""
    return wrap(_C.full(p.array.shape, _C.scalar(value, p.array.dtype)))


def number(x: Any) -> Any:
    """A setting that may be a tensor of one element."""
    return x.item() if isinstance(x, TensorBase) else x  # type: ignore[attr-defined]


def average(state: dict[str, Any], key: str, x: Tensor, decay: float) -> Tensor:
    """state[key] = decay state[key] + (1 - decay) x."""
    new: Tensor = state[key] * decay + x * (1 - decay)
    state[key] = new
    return new


def check_settings(group: dict[str, Any], *names: str, **words: str) -> None:
    """Raise a ValueError that names the first of these settings that is negative or NaN."""
    for name in names:
        if not number(group[name]) >= 0.0:
            raise _C.ValueError(f"Invalid {words.get(name, name + ' value')}: {group[name]}")


def check_betas(group: dict[str, Any]) -> None:
    """Raise a ValueError that names the first of ``betas`` that is not in [0, 1)."""
    for i, beta in enumerate(group["betas"]):
        if not 0.0 <= number(beta) < 1.0:
            raise _C.ValueError(f"Invalid beta parameter at index {i}: {beta}")


class KernelOptimizer(Optimizer):
    """An optimizer whose step is a kernel: one call for all parameters of a group."""

    kind: ClassVar[int]
    scalars: ClassVar[tuple[str, ...]] = ()  # the names of the states that are one number

    def keys(self, group: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
        """The names of the three states that the kernel takes; None where the settings need none."""
        raise NotImplementedError

    def settings(self, group: dict[str, Any]) -> Settings:
        """The kernel's settings: lr, weight_decay, beta1, beta2, eps, momentum, dampening, lr_decay, four flags."""
        raise NotImplementedError

    def start(self, p: Tensor, group: dict[str, Any], keys: tuple[str | None, ...]) -> dict[str, Any]:
        """The state of a parameter before its first step."""
        return {"step": step_tensor(0.0), **self.zeros(p, keys)}

    def zeros(self, p: Tensor, keys: tuple[str | None, ...]) -> dict[str, Any]:
        """Zeros for each of the kernel's states."""
        return {key: zeros_like(p) for key in keys if key}

    def kind_of(self, group: dict[str, Any]) -> int:
        """The number of the rule, C++'s Optimizer, that a group's settings ask for."""
        return self.kind

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients; those without one are left alone.

        Args:
            closure: computes the loss and the gradients anew; called first.

        Returns:
            What ``closure`` returned.

        Raises:
            ShapeError: a gradient has another shape than its parameter. Nothing has been changed then in
                the parameter's group.
        """
        remember_step(self)
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = group["params"]
            if group.get("differentiable"):
                self.record_group(group)
                continue
            try:
                grads = [p.grad.array for p in params]
            except AttributeError:  # one of them is None
                params = [p for p in params if p.grad is not None]
                grads = [p.grad.array for p in params]
            if params:
                self.step_group(group, params, grads)
        return loss

    @enable_grad()
    def record_group(self, group: dict[str, Any]) -> None:
        """One step of a group that backward can go through: in operations, written into the parameters."""
        for p in group["params"]:
            if p.grad is None:
                continue
            state = self.state.get(p) or self.start(p, group, self.keys(group))
            g = -p.grad if group["maximize"] else p.grad
            old = p.clone()  # what the step depends on is not what it overwrites
            if group.get("weight_decay") and not group.get("decoupled_weight_decay"):
                g = g + old * group["weight_decay"]
            if group.get("decoupled_weight_decay"):
                old = old * (1 - group["lr"] * group["weight_decay"])
            if "step" in state:
                state["step"].add_(1)
            p.copy_(self.rule(old, g, state, group))
            if state:
                self.state[p] = state

    def rule(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """The new parameter by differentiable operations; what the kernel does, for ``differentiable``. Maximising
        and weight decay have been seen to; ``state["step"]`` is 1 in the first step."""
        raise NotImplementedError

    def step_group(self, group: dict[str, Any], params: list[Tensor], grads: list[_C.Array]) -> None:
        """One step of the parameters of a group that have a gradient."""
        keys = self.keys(group)
        state = self.state
        states = [state[p] for p in params]
        if not all(states):
            for p, s in zip(params, states, strict=True):
                if not s:
                    s.update(self.start(p, group, keys))
        _C.optimizer_step(
            self.kind_of(group),
            *self.settings(group),
            [p.array for p in params],
            grads,
            [s["step"].array for s in states],
            0,
            *[[] if key is None else [s[key].array for s in states] for key in keys],
            *[[s[key].array for s in states] for key in self.scalars],
            *[[]] * (2 - len(self.scalars)),
        )

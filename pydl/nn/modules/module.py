"""Module: what layers and networks are made of."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydl import _C
from pydl.autograd.function import TensorBase
from pydl.nn.modules.convert import Conversion
from pydl.nn.modules.hooks import Hooks, add_hook, call_hooked, registered
from pydl.nn.modules.hooks import register_module_backward_hook as register_module_backward_hook
from pydl.nn.modules.hooks import register_module_buffer_registration_hook as register_module_buffer_registration_hook
from pydl.nn.modules.hooks import register_module_forward_hook as register_module_forward_hook
from pydl.nn.modules.hooks import register_module_forward_pre_hook as register_module_forward_pre_hook
from pydl.nn.modules.hooks import register_module_full_backward_hook as register_module_full_backward_hook
from pydl.nn.modules.hooks import register_module_full_backward_pre_hook as register_module_full_backward_pre_hook
from pydl.nn.modules.hooks import register_module_module_registration_hook as register_module_module_registration_hook
from pydl.nn.modules.hooks import (
    register_module_parameter_registration_hook as register_module_parameter_registration_hook,
)
from pydl.nn.modules.members import REGISTRIES, Registry
from pydl.nn.modules.state import State
from pydl.nn.parameter import Buffer, Parameter, clear_grad, type_name

if TYPE_CHECKING:
    from typing import Self

    from pydl.autograd.hooks import RemovableHandle
    from pydl.tensor import Tensor


_said = False  # what `Module.compile` has to say


def locate(error: _C.Error, module: Module) -> None:
    """Add to the message of an error that passes through a module the path of the innermost one."""
    place = error.__dict__.get("place")
    if place is None:
        message, path, kind = str(error), "", type(module).__name__
    else:
        message, path, kind, below = place
        for name, m in module.named_modules():
            if m is below and name:
                path = f"{name}.{path}" if path else name
                break
    error.place = message, path, kind, module  # type: ignore[attr-defined]
    error.args = (f"{message} (in {path}: {kind})" if path else f"{message} (in {kind})",)


class Module(State, Conversion):
    """The base class of all layers and networks.

    A subclass calls ``super().__init__()``, assigns parameters and other modules to itself and
    defines ``forward``. Calling the module calls ``forward`` and the hooks.

    >>> class Net(pydl.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.fc = pydl.nn.Linear(2, 3)
    ...
    ...     def forward(self, x):
    ...         return self.fc(x).sum()
    >>> Net()
    Net(
      (fc): Linear(in_features=2, out_features=3, bias=True)
    )
    """

    training: bool
    call_super_init: bool = False  # whether `__init__` goes on to that of the next base class, with its arguments
    dump_patches: bool = False  # of the first PyTorch; without effect, as there
    _hooks: Hooks | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            got = f"an unexpected keyword argument '{next(iter(kwargs))}'" if kwargs else f"{len(args)} arguments"
            raise _C.DTypeError(f"{type(self).__name__}.__init__(): expected no arguments, got {got}")
        fields = self.__dict__
        fields["training"] = True
        for name in REGISTRIES:
            fields[name] = Registry(self)
        fields["_non_persistent_buffers_set"] = set()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result: defined by every subclass."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if self._hooks is None:
                # Unpacking an empty dict costs a tenth of a microsecond.
                return self.forward(*args, **kwargs) if kwargs else self.forward(*args)
            return call_hooked(self, self._hooks, args, kwargs)
        except _C.Error as error:
            locate(error, self)
            raise

    # Members.

    def check_name(self, kind: str, name: str, members: Mapping[str, Any]) -> None:
        """Refuse a name that cannot be a member's."""
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise _C.DTypeError(f"{kind} name should be a string. Got {type_name(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if name not in members and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name; None keeps the name for one that is not there."""
        self.check_name("parameter", name, self.__dict__.get("_parameters", {}))
        if param is not None:
            if not isinstance(param, Parameter):
                raise _C.DTypeError(
                    f"cannot assign '{type_name(param)}' object to parameter '{name}' "
                    "(pydl.nn.Parameter or None required)"
                )
            if param.node is not None:
                raise _C.ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                    f"explicitly. To express '{name}' as a function of another Tensor, compute the value in "
                    "the forward() method."
                )
        self._parameters[name] = None if param is None else registered("parameter", self, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but no parameter; ``persistent=False`` leaves it out of the state_dict."""
        self.check_name("buffer", name, self.__dict__.get("_buffers", {}))
        if tensor is not None and not isinstance(tensor, TensorBase):
            raise _C.DTypeError(
                f"cannot assign '{type_name(tensor)}' object to buffer '{name}' (pydl.Tensor or None required)"
            )
        self._buffers[name] = registered("buffer", self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child under a name."""
        if module is not None and not isinstance(module, Module):
            raise _C.DTypeError(f"{type_name(module)} is not a Module subclass")
        self.check_name("module", name, self.__dict__.get("_modules", {}))
        self._modules[name] = registered("module", self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """`add_module` under its second name."""
        self.add_module(name, module)

    def forget(self, name: str, *but: str) -> None:
        """Take a name out of every registry except those named."""
        for registry in REGISTRIES:
            if registry not in but:
                self.__dict__[registry].pop(name, None)
        if "_buffers" not in but:
            self._non_persistent_buffers_set.discard(name)

    def __setattr__(self, name: str, value: Any) -> None:
        fields = self.__dict__
        parameters = fields.get("_parameters")
        if parameters is None:
            if isinstance(value, Parameter | Module | Buffer):
                kind = "parameters" if isinstance(value, Parameter) else "module"
                kind = "buffer" if isinstance(value, Buffer) else kind
                raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
            object.__setattr__(self, name, value)
        elif isinstance(value, Parameter):
            if name not in parameters:
                fields.pop(name, None)
                self.forget(name, "_parameters")
            self.register_parameter(name, value)
        elif name in parameters:
            if value is not None:
                raise _C.DTypeError(
                    f"cannot assign '{type_name(value)}' as parameter '{name}' (pydl.nn.Parameter or None expected)"
                )
            parameters[name] = None
        elif isinstance(value, Module):
            if name not in self._modules:
                fields.pop(name, None)
                self.forget(name, "_modules")
            self._modules[name] = registered("module", self, name, value)
        elif name in self._modules:
            if value is not None:
                raise _C.DTypeError(
                    f"cannot assign '{type_name(value)}' as child module '{name}' (pydl.nn.Module or None expected)"
                )
            self._modules[name] = registered("module", self, name, None)
        elif name in self._buffers or isinstance(value, Buffer):
            if value is not None and not isinstance(value, TensorBase):
                raise _C.DTypeError(
                    f"cannot assign '{type_name(value)}' as buffer '{name}' "
                    "(pydl.nn.Buffer, pydl.Tensor or None expected)"
                )
            if isinstance(value, Buffer):
                persistent = value.persistent
            else:
                persistent = name not in self._non_persistent_buffers_set
            if name not in self._buffers:
                fields.pop(name, None)
            self.register_buffer(name, value, persistent)  # type: ignore[arg-type]
        elif name in REGISTRIES:
            fields[name].clear()
            fields[name].update(value)
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        for registry in REGISTRIES:
            if name in self.__dict__.get(registry, ()):
                del self.__dict__[registry][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    # Modes.

    def train(self, mode: bool = True) -> Self:
        """Set training mode (or evaluation mode) for the module and all below it."""
        if not isinstance(mode, bool):
            raise _C.ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Set evaluation mode: dropout passes everything on, batch normalisation uses its running figures."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set ``requires_grad`` of all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for parameter in self.parameters():
            clear_grad(parameter, set_to_none)

    # Hooks.

    def _hook(self, kind: str, entry: Any, prepend: bool) -> RemovableHandle:
        return add_hook(getattr(self.__dict__.setdefault("_hooks", Hooks()), kind), entry, prepend)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before each forward; what it returns replaces the arguments."""
        return self._hook("forward_pre", (hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after each forward; what it returns replaces the output.

        ``with_kwargs`` puts the keyword arguments before the output; ``always_call`` calls the hook, with
        the output None, even where forward raised.
        """
        return self._hook("forward", (hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` before the module's backward; what it returns replaces grad_output."""
        return self._hook("backward_pre", hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` after the module's backward.

        Both are tuples, one entry for each positional argument and result; None stands for one without
        a gradient. What the hook returns replaces grad_input.
        """
        return self._hook("backward", hook, prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`register_full_backward_hook`: PyTorch's older kind, which sees parts of the gradients, is not there."""
        return self.register_full_backward_hook(hook)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """The module stays as it is: pydl has no compiler. Says so once."""
        global _said
        if not _said:
            _said = True
            warnings.warn("Module.compile: pydl has no compiler; the module runs as it is", stacklevel=2)

    # PyTorch's names of the hooks: dicts to count or clear.

    @property
    def _forward_pre_hooks(self) -> dict[int, Any]:
        return {} if self._hooks is None else self._hooks.forward_pre

    @property
    def _forward_hooks(self) -> dict[int, Any]:
        return {} if self._hooks is None else self._hooks.forward

    @property
    def _backward_pre_hooks(self) -> dict[int, Any]:
        return {} if self._hooks is None else self._hooks.backward_pre

    @property
    def _backward_hooks(self) -> dict[int, Any]:
        return {} if self._hooks is None else self._hooks.backward

    # Copies and pickles.

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        for registry in REGISTRIES:
            for name in state[registry]:
                state.pop(name, None)
            state[registry] = dict(state[registry])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for registry in REGISTRIES:
            self.__dict__[registry] = Registry(self, state[registry])

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name[0].isdigit()]

    # How it looks.

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """The settings that `repr` shows."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        settings = extra.split("\n") if extra else []
        children = [f"({name}): {indent(repr(module))}" for name, module in self._modules.items()]
        if not children and len(settings) < 2:
            return f"{self._get_name()}({extra})"
        inside = "\n  ".join(settings + children)
        return f"{self._get_name()}(\n  {inside}\n)"


def indent(text: str) -> str:
    """All lines but the first two columns further right; blank ones stay empty."""
    first, *rest = text.split("\n")
    return "\n".join([first, *["  " + line if line.strip() else "" for line in rest]])

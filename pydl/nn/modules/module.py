"""Module: what layers and networks are made of."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pydl import _C, dtypes
from pydl.autograd.function import TensorBase
from pydl.nn.modules.hooks import Hooks, call_hooked
from pydl.nn.parameter import Buffer, Parameter, clear_grad, type_name

if TYPE_CHECKING:
    from typing import Self

    from pydl.autograd.hooks import RemovableHandle
    from pydl.tensor import Tensor


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict` returns."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Registry(dict[str, Any]):
    """A module's members of one kind by name, kept as plain attributes of the module too.

    So reading ``self.weight`` costs a dictionary look-up, while what a caller does to ``_modules`` or
    ``_parameters`` still counts.
    """

    __slots__ = ("owner",)

    def __init__(self, owner: Module, members: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.owner = weakref.ref(owner)
        if members:
            self.update(members)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self.attributes()[name] = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self.attributes().pop(name, None)

    def attributes(self) -> dict[str, Any]:
        """The module's own dictionary."""
        owner = self.owner()
        return {} if owner is None else owner.__dict__

    def pop(self, name: str, *default: Any) -> Any:
        """Remove a member and return it."""
        value = super().pop(name, *default)
        self.attributes().pop(name, None)
        return value

    def clear(self) -> None:
        """Remove all members."""
        for name in list(self):
            del self[name]

    def update(self, *others: Any, **more: Any) -> None:
        """Add members."""
        for name, value in dict(*others, **more).items():
            self[name] = value

    def setdefault(self, name: str, default: Any = None) -> Any:
        """A member; the default becomes it where there is none."""
        if name not in self:
            self[name] = default
        return self[name]

    def popitem(self) -> tuple[str, Any]:
        """Remove and return the last member."""
        name, value = super().popitem()
        self.attributes().pop(name, None)
        return name, value


REGISTRIES = ("_parameters", "_buffers", "_modules")


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


class Module:
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
    _hooks: Hooks | None = None
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]

    def __init__(self) -> None:
        fields = self.__dict__
        fields["training"] = True
        for name in REGISTRIES:
            fields[name] = Registry(self)
        fields["_non_persistent_buffers_set"] = set()

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
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but no parameter; ``persistent=False`` leaves it out of the state_dict."""
        self.check_name("buffer", name, self.__dict__.get("_buffers", {}))
        if tensor is not None and not isinstance(tensor, TensorBase):
            raise _C.DTypeError(
                f"cannot assign '{type_name(tensor)}' object to buffer '{name}' (pydl.Tensor or None required)"
            )
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child under a name."""
        if module is not None and not isinstance(module, Module):
            raise _C.DTypeError(f"{type_name(module)} is not a Module subclass")
        self.check_name("module", name, self.__dict__.get("_modules", {}))
        self._modules[name] = module

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
            self._modules[name] = value
        elif name in self._modules:
            if value is not None:
                raise _C.DTypeError(
                    f"cannot assign '{type_name(value)}' as child module '{name}' (pydl.nn.Module or None expected)"
                )
            self._modules[name] = None
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
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        for registry in REGISTRIES:
            if name in self.__dict__.get(registry, ()):
                del self.__dict__[registry][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def get_submodule(self, target: str) -> Module:
        """The module at a path such as ``"net.2.fc1"``; the module itself for ``""``.

        Raises:
            AttributeError: there is no such module.
        """
        module: Any = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module  # type: ignore[no-any-return]

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module at a path; with ``strict`` there must be one already."""
        path, _, name = target.rpartition(".")
        if not name:
            raise _C.ValueError("Cannot set the submodule without a target name!")
        parent = self.get_submodule(path)
        if strict and name not in parent._modules:
            raise AttributeError(f"{parent._get_name()} has no attribute `{name}`")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at a path.

        Raises:
            AttributeError: there is no such parameter.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        found = getattr(module, name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer at a path.

        Raises:
            AttributeError: there is no such buffer.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return getattr(module, name)  # type: ignore[no-any-return]

    # Going through the members.

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """The module itself and all below it, by path."""
        if memo is None:
            memo = set()
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """The module itself and all below it."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below, by name."""
        memo = set()
        for name, module in self._modules.items():
            if module is not None and module not in memo:
                memo.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below."""
        for _, module in self.named_children():
            yield module

    def _named_members(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        memo = set()
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else ((prefix, self),)
        for path, module in modules:
            for name, member in module.__dict__[kind].items():
                if member is None or id(member) in memo:
                    continue
                if remove_duplicate:
                    memo.add(id(member))
                yield f"{path}.{name}" if path else name, member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters of the module and all below it, by path."""
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of the module and, if ``recurse``, of all below it."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers of the module and all below it, by path."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of the module and, if ``recurse``, of all below it."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # State.

    def get_extra_state(self) -> Any:
        """What a subclass wants in the state_dict besides tensors."""
        raise NotImplementedError("get_extra_state: a subclass that has extra state defines it")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave."""
        raise NotImplementedError("set_extra_state: a subclass that has extra state defines it")

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Put the module's own tensors into ``destination``."""
        for name, parameter in self._parameters.items():
            if parameter is not None:
                destination[prefix + name] = parameter if keep_vars else parameter.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                destination[prefix + name] = buffer if keep_vars else buffer.detach()
        if type(self).get_extra_state is not Module.get_extra_state:
            destination[prefix + "_extra_state"] = self.get_extra_state()

    def state_dict(
        self, *, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """All parameters and persistent buffers by path; they share the module's memory.

        >>> list(pydl.nn.Linear(2, 3).state_dict())
        ['weight', 'bias']
        """
        if destination is None:
            destination = OrderedDict()
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return destination

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Take the module's own tensors from ``state_dict``; what goes wrong is added to the lists."""
        persistent = {k: v for k, v in self._buffers.items() if k not in self._non_persistent_buffers_set}
        own = {k: v for k, v in {**self._parameters, **persistent}.items() if v is not None}
        for name, member in own.items():
            key = prefix + name
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            value = state_dict[key]
            if not isinstance(value, TensorBase):
                error_msgs.append(
                    f'While copying the parameter named "{key}", expected pydl.Tensor or Tensor-like object from '
                    f"checkpoint but received {type(value)}"
                )
            elif value.array.shape != member.array.shape:
                error_msgs.append(
                    f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "  # type: ignore[attr-defined]
                    f"the shape in current model is {member.shape}."
                )
            elif not local_metadata.get("assign_to_params_buffers", False):
                _C.copy_into(member.array, value.array)
            elif isinstance(member, Parameter):
                if not isinstance(value, Parameter):
                    value = Parameter(value, member.requires_grad)  # type: ignore[arg-type]
                self._parameters[name] = value.requires_grad_(member.requires_grad)  # type: ignore[assignment]
            else:
                self._buffers[name] = value  # type: ignore[assignment]

        extra = prefix + "_extra_state"
        if type(self).set_extra_state is not Module.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    name, *below = key[len(prefix) :].split(".", 1)
                    if (name not in self._modules) if below else (name not in own):
                        unexpected_keys.append(key)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the tensors of a `state_dict` into the parameters and buffers.

        Args:
            state_dict: tensors by path.
            strict: the names must be the same.
            assign: take over the tensors themselves instead of copying their values.

        Raises:
            StateError: names or shapes differ; the message lists all of them, whatever fitted is loaded.
        """
        if not isinstance(state_dict, Mapping):
            raise _C.DTypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing: list[str] = []
        unexpected: list[str] = []
        errors: list[str] = []

        def load(module: Module, state: dict[str, Any], prefix: str) -> None:
            metadata = {"assign_to_params_buffers": assign}
            module._load_from_state_dict(state, prefix, metadata, True, missing, unexpected, errors)
            for name, child in module._modules.items():
                if child is not None:
                    path = f"{prefix}{name}."
                    load(child, {k: v for k, v in state.items() if k.startswith(path)}, path)

        before = _C.set_grad_enabled(False)
        try:
            load(self, OrderedDict(state_dict), "")
        finally:
            _C.set_grad_enabled(before)
        if strict:
            if unexpected:
                names = ", ".join(f'"{k}"' for k in unexpected)
                errors.insert(0, f"Unexpected key(s) in state_dict: {names}. ")
            if missing:
                names = ", ".join(f'"{k}"' for k in missing)
                errors.insert(0, f"Missing key(s) in state_dict: {names}. ")
        if errors:
            listed = "\n\t".join(errors)
            raise _C.StateError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}")
        return IncompatibleKeys(missing, unexpected)

    # Conversion.

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace every parameter's, gradient's and buffer's memory by what ``fn`` makes of it."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is not None:
                parameter.array = fn(parameter.detach()).array
                if parameter.grad is not None:
                    parameter.grad.array = fn(parameter.grad.detach()).array
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def apply(self, fn: Callable[[Module], None]) -> Self:
        """Call ``fn`` on every module below and then on this one, for example to initialise them."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert the floating parameters and buffers to a dtype, or all of them to a device.

        Raises:
            DTypeError: the dtype is not a floating one.
        """
        dtype = None
        for value in (*args, *kwargs.values()):
            if isinstance(value, TensorBase):
                dtype = dtypes.DTYPES[value.array.dtype]
            elif isinstance(value, dtypes.dtype):
                dtype = value
            elif isinstance(value, str | dtypes.device):
                dtypes.check_device(value)
        if dtype is None:
            return self
        if not dtype.is_floating_point:
            raise _C.DTypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={dtype}")
        return self._convert(dtype)

    def _convert(self, dtype: dtypes.dtype) -> Self:
        """The floating tensors in another dtype."""
        return self._apply(lambda x: x.to(dtype) if x.dtype.is_floating_point else x)

    def type(self, dst_type: dtypes.dtype) -> Self:
        """Convert all parameters and buffers to a dtype."""
        return self._apply(lambda x: x.to(dst_type))

    def float(self) -> Self:
        """Convert the floating parameters and buffers to float32."""
        return self._convert(dtypes.float32)

    def double(self) -> Self:
        """Convert the floating parameters and buffers to float64."""
        return self._convert(dtypes.float64)

    def half(self) -> Self:
        """Convert the floating parameters and buffers to float16."""
        return self._convert(dtypes.float16)

    def bfloat16(self) -> Self:
        """Convert the floating parameters and buffers to bfloat16."""
        return self._convert(dtypes.bfloat16)

    def cpu(self) -> Self:
        """Move everything to the CPU's memory."""
        return self.to(dtypes.cpu)

    def cuda(self, device: Any = None) -> Self:
        """Move everything to a GPU's memory.

        Raises:
            DeviceError: this build has no cuda backend.
        """
        return self.to(dtypes.device("cuda"))

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
        if self._hooks is None:
            self.__dict__["_hooks"] = Hooks()
        assert self._hooks is not None
        return self._hooks.add(kind, entry, prepend)

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

"""A module's state_dict: saved, loaded, and the hooks that see it."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pydl import _C
from pydl.autograd.function import TensorBase
from pydl.nn.modules.hooks import add_hook
from pydl.nn.modules.members import Members
from pydl.nn.parameter import Parameter

if TYPE_CHECKING:
    from pydl.autograd.hooks import RemovableHandle
    from pydl.nn.modules.module import Module
    from pydl.tensor import Tensor

EXTRA = "_extra_state"


class IncompatibleKeys(NamedTuple):
    """What `Module.load_state_dict` returns."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class StateHooks:
    """A module's hooks around its state_dict, in the order in which they are called."""

    def __init__(self) -> None:
        self.save_pre: dict[int, Any] = {}
        self.save_post: dict[int, Any] = {}
        self.load_pre: dict[int, Any] = {}
        self.load_post: dict[int, Any] = {}


class State(Members):
    """The part of `Module` that gives its tensors by path, and takes them back."""

    _version: int = 1
    _state_hooks: StateHooks | None = None

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
        if type(self).get_extra_state is not State.get_extra_state:
            destination[prefix + EXTRA] = self.get_extra_state()

    def state_dict(
        self, *args: Any, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """All parameters and persistent buffers by path; they share the module's memory.

        Its attribute ``_metadata`` has each module's ``_version``.

        >>> list(pydl.nn.Linear(2, 3).state_dict())
        ['weight', 'bias']
        """
        if args:
            warnings.warn("Positional args are being deprecated, use kwargs instead.", FutureWarning, stacklevel=2)
            given = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
            destination, prefix = given.get("destination", destination), given.get("prefix", prefix)
            keep_vars = given.get("keep_vars", keep_vars)
        out: Any = destination
        if out is None:
            out = OrderedDict()
            out._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(out, "_metadata"):
            out._metadata[prefix[:-1]] = metadata
        hooks = self._state_hooks
        if hooks is not None:
            for hook in tuple(hooks.save_pre.values()):
                hook(self, prefix, keep_vars)
        self._save_to_state_dict(out, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=out, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        if hooks is not None:
            for hook, replaces in tuple(hooks.save_post.values()):
                new = hook(self, out, prefix, metadata)
                if new is not None:
                    if not replaces:
                        raise _C.StateError("state_dict post-hook must return None")
                    out = new
        return out  # type: ignore[no-any-return]

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
        if self._state_hooks is not None:
            rest = (state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
            for hook, with_module in tuple(self._state_hooks.load_pre.values()):
                hook(self, *rest) if with_module else hook(*rest)
        persistent = {k: v for k, v in self._buffers.items() if k not in self._non_persistent_buffers_set}
        own = {k: v for k, v in {**self._parameters, **persistent}.items() if v is not None}
        for name, member in own.items():
            key = prefix + name
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            error = self.take(name, member, key, state_dict[key], bool(local_metadata.get("assign_to_params_buffers")))
            if error is not None:
                error_msgs.append(error)

        extra = prefix + EXTRA
        if type(self).set_extra_state is not State.set_extra_state:
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

    def take(self, name: str, member: Tensor, key: str, value: Any, assign: bool) -> str | None:
        """Copy a tensor of a state_dict into a parameter or buffer, or put it in its place; what is wrong with it."""
        if not isinstance(value, TensorBase):
            return (
                f'While copying the parameter named "{key}", expected pydl.Tensor or Tensor-like object from '
                f"checkpoint but received {type(value)}"
            )
        found: Any = value
        if member.ndim == 0 and found.array.shape == (1,):  # as the first PyTorch wrote scalars
            found = found[0]
        if found.array.shape != member.array.shape:
            return (
                f"size mismatch for {key}: copying a param with shape {found.shape} from checkpoint, "
                f"the shape in current model is {member.shape}."
            )
        try:
            if not assign:
                _C.copy_into(member.array, found.array)
                return None
            if isinstance(member, Parameter):
                if not isinstance(found, Parameter):
                    found = Parameter(found, member.requires_grad)
                found.requires_grad_(member.requires_grad)
            setattr(self, name, found)
        except Exception as error:
            return (
                f'While copying the parameter named "{key}", whose dimensions in the model are {member.shape} and '
                f"whose dimensions in the checkpoint are {found.shape}, an exception occurred : {error.args}."
            )
        return None

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
        metadata = getattr(state_dict, "_metadata", None)
        metadata = metadata if isinstance(metadata, Mapping) else {}
        found = IncompatibleKeys([], [])
        errors: list[str] = []

        def load(module: Any, state: Any, prefix: str) -> None:
            local = dict(metadata.get(prefix[:-1], {}))
            if assign:
                local["assign_to_params_buffers"] = True
            module._load_from_state_dict(state, prefix, local, True, *found, errors)
            for name, child in module._modules.items():
                if child is not None:
                    path = f"{prefix}{name}."
                    load(child, {k: v for k, v in state.items() if k.startswith(path)}, path)
            if module._state_hooks is not None:
                for hook in tuple(module._state_hooks.load_post.values()):
                    if hook(module, found) is not None:
                        raise AssertionError(
                            "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return "
                            "new values, if incompatible_keys need to be modified, it should be done inplace."
                        )

        copied: Any = OrderedDict(state_dict)
        copied._metadata = metadata
        before = _C.set_grad_enabled(False)
        try:
            load(self, copied, "")
        finally:
            _C.set_grad_enabled(before)
        if strict:
            for what, keys in (("Unexpected", found.unexpected_keys), ("Missing", found.missing_keys)):
                if keys:
                    names = ", ".join(f'"{k}"' for k in keys)
                    errors.insert(0, f"{what} key(s) in state_dict: {names}. ")
        if errors:
            listed = "\n\t".join(errors)
            raise _C.StateError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{listed}")
        return found

    # Hooks.

    def _state_hook(self, kind: str, entry: Any) -> RemovableHandle:
        if self._state_hooks is None:
            self.__dict__["_state_hooks"] = StateHooks()
        return add_hook(getattr(self._state_hooks, kind), entry)

    def register_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before the module's tensors go into a state_dict."""
        return self._state_hook("save_pre", hook)

    def register_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` afterwards; it may change the state_dict."""
        return self._state_hook("save_post", (hook, False))

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """`register_state_dict_post_hook` whose result, of the outermost module, replaces the state_dict."""
        return self._state_hook("save_post", (hook, True))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
        error_msgs)`` before the module's tensors are taken from a state_dict, which it may change."""
        return self._state_hook("load_pre", (hook, True))

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., None], with_module: bool = False
    ) -> RemovableHandle:
        """`register_load_state_dict_pre_hook` whose hook does not get the module."""
        return self._state_hook("load_pre", (hook, with_module))

    def register_load_state_dict_post_hook(self, hook: Callable[[Module, IncompatibleKeys], None]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after a state_dict has been loaded; it may change the keys."""
        return self._state_hook("load_post", hook)

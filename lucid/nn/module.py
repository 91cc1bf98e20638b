"""Module: parameters, buffers and modules within modules, and what to do with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from lucid.kernels.errors import DtypeError, StateError, TargetError
from lucid.nn import _state
from lucid.nn.parameter import Parameter
from lucid.tensors import HookHandle, Tensor

__all__ = ["Module"]

M = TypeVar("M", bound="Module")

PARAMETER, BUFFER, MODULE = "parameter", "buffer", "module"


class Module:
    """Base of every network and layer.

    Subclass it, call ``super().__init__()``, assign parameters and modules as attributes, and
    write ``forward``.

    Examples
    --------
    >>> import lucid
    >>> from lucid import nn
    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = nn.Linear(3, 5)
    ...         self.act = nn.HardSigmoid()
    ...     def forward(self, x):
    ...         return self.act(self.hidden(x))
    >>> net = Net()
    >>> net
    Net(
      (hidden): Linear(in_features=3, out_features=5, bias=True)
      (act): HardSigmoid()
    )
    >>> net(lucid.ones((2, 3))).shape
    (2, 5)
    >>> [name for name, _ in net.named_parameters()]
    ['hidden.weight', 'hidden.bias']
    """

    training: bool
    # What each registered attribute is, in the order of registration. The values themselves are
    # ordinary attributes: reading `self.weight` costs nothing extra.
    _kinds: dict[str, str]
    _transient: set[str]
    _pre_hooks: list[Callable[..., Any]]
    _post_hooks: list[Callable[..., Any]]

    def __init__(self) -> None:
        for name, value in (
            ("_kinds", {}),
            ("_transient", set()),
            ("_pre_hooks", []),
            ("_post_hooks", []),
            ("training", True),
        ):
            object.__setattr__(self, name, value)

    # ---- calling -------------------------------------------------------------------------

    def forward(self, *arguments: Any, **keywords: Any) -> Any:
        """Compute the output; every subclass writes its own."""
        raise NotImplementedError(
            f"{type(self).__name__} has no forward(); define `def forward(self, x): ...` in it"
        )

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Run ``forward`` and the hooks."""
        if not (self._pre_hooks or self._post_hooks):
            return self.forward(*arguments, **keywords)
        for hook in tuple(self._pre_hooks):
            changed = hook(self, arguments)
            if changed is not None:
                arguments = changed if isinstance(changed, tuple) else (changed,)
        output = self.forward(*arguments, **keywords)
        for hook in tuple(self._post_hooks):
            changed = hook(self, arguments, output)
            if changed is not None:
                output = changed
        return output

    def register_forward_pre_hook(self, hook: Callable[[Any, tuple[Any, ...]], Any]) -> HookHandle:
        """Call ``hook(module, arguments)`` before ``forward``.

        What it returns, unless None, takes the place of the arguments.
        """
        self._pre_hooks.append(hook)
        return HookHandle(self._pre_hooks, hook)

    def register_forward_hook(self, hook: Callable[[Any, tuple[Any, ...], Any], Any]) -> HookHandle:
        """Call ``hook(module, arguments, output)`` after ``forward``.

        What it returns, unless None, takes the place of the output.
        """
        self._post_hooks.append(hook)
        return HookHandle(self._post_hooks, hook)

    # ---- attributes ----------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        kinds = self.__dict__.get("_kinds")
        if isinstance(value, Parameter):
            kind = PARAMETER
        elif isinstance(value, Module):
            kind = MODULE
        else:
            known = kinds.get(name) if kinds is not None else None
            if known is None:
                object.__setattr__(self, name, value)
                return
            if value is not None and not (known == BUFFER and isinstance(value, Tensor)):
                wanted = {PARAMETER: "nn.Parameter", BUFFER: "Tensor", MODULE: "nn.Module"}[known]
                raise TypeError(
                    f"{type(self).__name__}.{name} is a registered {known} and was assigned a "
                    f"{type(value).__name__}; assign a {wanted} or None, or delete it first "
                    f"(del module.{name})"
                )
            kind = known
        if kinds is None:
            raise StateError(
                f"{type(self).__name__}.{name} was assigned before Module.__init__() ran; make "
                "`super().__init__()` the first line of __init__"
            )
        kinds[name] = kind
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._kinds.pop(name, None)
        self._transient.discard(name)

    if not TYPE_CHECKING:  # a typed __getattr__ would hide misspelt attributes from type checkers

        def __getattr__(self, name: str) -> Any:
            # Python itself asks for special names, of objects that pickle is about to fill.
            if "_kinds" not in self.__dict__ and not name.startswith("__"):
                raise StateError(
                    f"{type(self).__name__}.{name} was asked for, but Module.__init__() has not "
                    "run; make `super().__init__()` the first line of __init__"
                )
            raise AttributeError(
                f"{type(self).__name__} has no attribute {name!r}; its parameters, buffers and "
                f"modules are: {', '.join(self.__dict__.get('_kinds', ())) or 'none'}"
            )

    def _register(self, kind: str, name: str, value: Any) -> None:
        if not name or "." in name:
            raise StateError(
                f"{name!r} can't name a {kind}: a name is not empty and has no dot in it, dots "
                "separate modules"
            )
        if hasattr(type(self), name) or (name in self.__dict__ and name not in self._kinds):
            raise StateError(
                f"{type(self).__name__} has an attribute {name!r} already, which a {kind} of that "
                "name would hide; choose another name"
            )
        self._kinds[name] = kind
        object.__setattr__(self, name, value)

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Add a parameter by name; None keeps the name for one that is not there."""
        if parameter is not None and not isinstance(parameter, Parameter):
            raise TypeError(
                f"register_parameter({name!r}) got a {type(parameter).__name__}; give an "
                "nn.Parameter or None"
            )
        self._register(PARAMETER, name, parameter)

    def register_buffer(self, name: str, buffer: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is no parameter but part of the state, such as running statistics.

        One that is not ``persistent`` follows ``to`` but stays out of ``state_dict``.
        """
        if buffer is not None and not isinstance(buffer, Tensor):
            raise TypeError(
                f"register_buffer({name!r}) got a {type(buffer).__name__}; give a Tensor or None"
            )
        self._register(BUFFER, name, buffer)
        (self._transient.discard if persistent else self._transient.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a module by name."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(
                f"add_module({name!r}) got a {type(module).__name__}; give an nn.Module or None"
            )
        self._register(MODULE, name, module)

    register_module = add_module

    # ---- walking -------------------------------------------------------------------------

    def _own(self, kind: str) -> Iterator[tuple[str, Any]]:
        for name, its in self._kinds.items():
            if its == kind:
                value = self.__dict__[name]
                if value is not None:
                    yield name, value

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the direct modules with their names; one that is there twice comes once."""
        seen: set[int] = set()
        for name, module in self._own(MODULE):
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def children(self) -> Iterator[Module]:
        """Yield the direct modules."""
        return (module for _, module in self.named_children())

    def named_modules(
        self, prefix: str = "", remove_duplicate: bool = True, *, _seen: set[int] | None = None
    ) -> Iterator[tuple[str, Module]]:
        """Yield this module and all below it with their dotted names, parents first."""
        seen = set() if _seen is None else _seen
        if remove_duplicate and id(self) in seen:
            return
        seen.add(id(self))
        yield prefix, self
        for name, module in self._own(MODULE):
            below = f"{prefix}.{name}" if prefix else name
            yield from module.named_modules(below, remove_duplicate, _seen=seen)

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it."""
        return (module for _, module in self.named_modules())

    def _named(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        owners = self.named_modules(prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in owners:
            for name, value in module._own(kind):
                if not (remove_duplicate and id(value) in seen):
                    seen.add(id(value))
                    yield (f"{path}.{name}" if path else name), value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters with their dotted names; a shared one comes once."""
        return self._named(PARAMETER, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters; a shared one comes once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the buffers with their dotted names."""
        return self._named(BUFFER, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield the buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """Return the module with the dotted name ``target``; the empty name is this module."""
        module = self
        for part in target.split(".") if target else []:
            found = dict(module._own(MODULE))
            if part not in found:
                raise AttributeError(
                    f"{type(self).__name__} has no submodule {target!r}: "
                    f"{type(module).__name__} holds no module {part!r}, only "
                    f"{', '.join(found) or 'none'}"
                )
            module = found[part]
        return module

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter with the dotted name ``target``."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found = dict(module._own(PARAMETER))
        if name not in found:
            raise AttributeError(
                f"{type(module).__name__} has no parameter {name!r}; it has "
                f"{', '.join(found) or 'none'}"
            )
        parameter: Parameter = found[name]
        return parameter

    # ---- changing ------------------------------------------------------------------------

    def apply(self: M, function: Callable[[Module], Any]) -> M:
        """Call ``function`` on every module below and then on this one."""
        for module in self.children():
            module.apply(function)
        function(self)
        return self

    def train(self: M, mode: bool = True) -> M:
        """Set training mode: dropout drops, batch norm uses and records the batch's statistics."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Set evaluation mode; the same as ``train(False)``."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Say for every parameter whether backward fills its gradient."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad.data.fill(0)

    def to(self: M, dtype: DTypeLike | None = None, device: str | None = None) -> M:
        """Convert the floating parameters and buffers, in place; integer ones keep their dtype.

        Parameters
        ----------
        dtype
            A floating NumPy dtype. A device's name is taken here too.
        device
            Only ``"cpu"``: where arrays live. The target of kernels is ``lucid.set_target``.
        """
        if isinstance(dtype, str) and dtype.split(":")[0] in ("cpu", "cuda"):
            dtype, device = None, dtype
        if device is not None and device != "cpu":
            raise TargetError(
                f"parameters can't go to {device!r}: arrays live on the cpu; kernels run "
                "elsewhere by lucid.set_target(...)"
            )
        if dtype is None:
            return self
        wanted = np.dtype(dtype)
        if not np.issubdtype(wanted, np.floating):
            raise DtypeError(
                f"a module was to be converted to {wanted}; parameters are floating: give "
                "float32 or float64"
            )
        for tensor in (*self.parameters(), *self.buffers()):
            if np.issubdtype(tensor.dtype, np.floating):
                tensor.data = tensor.data.astype(wanted, copy=False)
                tensor.grad = None
        return self

    def float(self: M) -> M:
        """Convert to float32; the same as ``to(numpy.float32)``."""
        return self.to(np.float32)

    def double(self: M) -> M:
        """Convert to float64; the same as ``to(numpy.float64)``."""
        return self.to(np.float64)

    # ---- state ---------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Tensor]:
        """Return the parameters and persistent buffers by their dotted names.

        The tensors share memory with the module: copy them to keep today's values.
        """
        return {name: tensor.detach() for name, tensor in _state.entries(self)}

    def load_state_dict(self, state: Any, strict: bool = True) -> _state.LoadReport:
        """Copy the values of ``state`` (names to tensors or arrays) into the module.

        With ``strict`` every name must be on both sides. Shapes must fit in any case. All that is
        wrong is said at once, as a ``StateError``, and then nothing has been changed.

        Returns
        -------
        LoadReport
            ``missing_keys`` and ``unexpected_keys``, both empty if ``strict``.
        """
        return _state.load(self, state, strict)

    # ---- printing ------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return what ``repr`` shows between the parentheses: the module's settings."""
        return ""

    def __repr__(self) -> str:
        lines = []
        for name, kind in self._kinds.items():
            if kind == MODULE:
                below = repr(self.__dict__[name]).replace("\n", "\n  ")
                lines.append(f"  ({name}): {below}\n")
        settings = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({settings})"
        head = f"  {settings}\n" if settings else ""
        return f"{type(self).__name__}(\n{head}{''.join(lines)})"

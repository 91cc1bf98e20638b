"""Module: parameters, buffers and modules within modules, and what to do with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from lucid.autograd.devices import Device, moved, read_device
from lucid.kernels.errors import DtypeError, StateError
from lucid.nn import _state
from lucid.nn._tree import BUFFER, MODULE, PARAMETER, Tree
from lucid.nn.parameter import Parameter
from lucid.tensors import HookHandle, Tensor

__all__ = ["Module"]

M = TypeVar("M", bound="Module")


class Module(Tree):
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

    def to(self: M, *arguments: Any, dtype: Any = None, device: Any = None) -> M:
        """Move the parameters and buffers to a device and convert the floating ones, in place.

        Parameters
        ----------
        *arguments
            A device or a floating dtype, or one of each: ``to("cuda")``, ``to("cuda", "float64")``.
        dtype
            A floating NumPy dtype; integer buffers keep theirs.
        device
            ``"cpu"`` or ``"cuda"``. Gradients move with their parameters. An optimiser finds its
            state where the parameters were at its first step, so move before that.

        Raises
        ------
        DtypeError
            If the dtype is no floating one.
        TargetError
            If the device is unknown, or CUDA can't be used; the message says what is missing.
        """
        for argument in arguments:
            if isinstance(argument, str) and argument.split(":")[0] in ("cpu", "cuda"):
                device = argument
            else:
                dtype = argument
        if dtype is not None:
            self._convert(np.dtype(dtype))
        if device is not None:
            self._move(read_device(device, f"{type(self).__name__}.to"))
        return self

    def _convert(self, wanted: np.dtype[Any]) -> None:
        if not np.issubdtype(wanted, np.floating):
            raise DtypeError(
                f"a module was to be converted to {wanted}; parameters are floating: give "
                "float32 or float64"
            )
        for tensor in (*self.parameters(), *self.buffers()):
            if np.issubdtype(tensor.dtype, np.floating):
                tensor.data = tensor.data.astype(wanted, copy=False)
                tensor.grad = None

    def _move(self, goal: Device) -> None:
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.device != goal:
                grad = tensor.grad
                tensor.data = moved(tensor.data, goal)
                tensor.grad = None if grad is None else grad.detach().to(device=goal)

    def cpu(self: M) -> M:
        """Move to the CPU; the same as ``to("cpu")``."""
        return self.to(device="cpu")

    def cuda(self: M, device: Any = None) -> M:
        """Move to the GPU; the same as ``to("cuda")``."""
        return self.to(device="cuda" if device is None else device)

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

"""Optimizer: parameter groups, state, and the step: all parameters in one launch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from lucid.autograd import enable_grad, no_grad
from lucid.autograd.devices import host, namespace_of
from lucid.autograd.joining import flush
from lucid.kernels.errors import DtypeError, GraphError, ShapeError
from lucid.optim import _state
from lucid.tensors import Tensor

__all__ = ["Optimizer", "check_range"]


def check_range(owner: str, low: float = 0.0, high: float = float("inf"), **values: float) -> None:
    """Refuse a setting outside ``[low, high)``."""
    for name, value in values.items():
        if not low <= value < high:
            bound = f"at least {low:g}" + ("" if high == float("inf") else f" and below {high:g}")
            raise ValueError(f"{owner} got {name}={value!r}; give a number {bound}")


class Optimizer:
    """Base of the optimisers.

    A subclass states the kernel of its update (``_kernel``), the names of its state arrays
    (``_slots``) and the kernel's scalars at a step (``_scalars``); the loop is here.

    Parameters
    ----------
    params
        Tensors, or dictionaries (parameter groups) with the key ``"params"`` and settings that
        hold for the group in place of the defaults.
    defaults
        The settings of the optimiser.
    """

    #: Settings that choose the kernel, by keyword; the others are numbers that it is given.
    _static: ClassVar[tuple[str, ...]] = ("maximize",)

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        self._programs: dict[tuple[Any, ...], Any] = {}
        if isinstance(params, (Tensor, str, bytes)) or not isinstance(params, Iterable):
            raise TypeError(
                f"{type(self).__name__} got a {type(params).__name__}; give the parameters as an "
                "iterable, such as model.parameters() or [tensor]"
            )
        groups = list(params)
        if not groups:
            raise ValueError(
                f"{type(self).__name__} got no parameters; give model.parameters() of a model "
                "that has some (a generator can be read only once)"
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    # ---- what a subclass states ----------------------------------------------------------

    def _kernel(self, group: Mapping[str, Any]) -> Any:
        """Return the pointwise operation that updates a parameter of this group."""
        raise NotImplementedError

    def _slots(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the state arrays, in the kernel's order."""
        raise NotImplementedError

    def _scalars(self, group: Mapping[str, Any], step: int) -> tuple[float, ...]:
        """Return the kernel's scalars at a step (the first is 1), in the kernel's order."""
        raise NotImplementedError

    def _check(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense."""
        raise NotImplementedError

    def _initial(self, group: Mapping[str, Any]) -> float:
        """Return the value that state arrays start with."""
        return 0.0

    # ---- groups --------------------------------------------------------------------------

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Add a group: ``{"params": tensors, setting: value, ...}``."""
        if not isinstance(group, dict) or "params" not in group:
            raise TypeError(
                "a parameter group is a dictionary with the key 'params' and settings, such as "
                "{'params': model.head.parameters(), 'lr': 1e-4}"
            )
        given = group["params"]
        params = [given] if isinstance(given, Tensor) else list(given)
        known = {id(p) for its in self.param_groups for p in its["params"]}
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(
                    f"{type(self).__name__} got a {type(param).__name__} as a parameter; give "
                    "tensors that require a gradient"
                )
            if not param.is_leaf:
                raise GraphError(
                    f"{type(self).__name__} got a tensor that an operation made; only leaves can "
                    "be optimised: give the tensor it was made from, or x.detach()"
                )
            if not np.issubdtype(param.dtype, np.floating):
                raise DtypeError(
                    f"{type(self).__name__} got a parameter of dtype {param.dtype}; give a "
                    "floating one"
                )
            if id(param) in known:
                raise ValueError(
                    f"{type(self).__name__} got a parameter of shape {tuple(param.shape)} twice; "
                    "each is updated once, in one group"
                )
            known.add(id(param))
        unknown = [name for name in group if name not in self.defaults and name != "params"]
        if unknown:
            raise ValueError(
                f"{type(self).__name__} has no setting {', '.join(map(repr, unknown))}; it has "
                f"{', '.join(self.defaults)}"
            )
        full = {**self.defaults, **group, "params": params}
        self._check(full)
        self.param_groups.append(full)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or fill them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none or param._grad is None:
                    param._grad = None
                else:
                    param.grad = Tensor(np.zeros_like(param.grad.data))

    # ---- the step ------------------------------------------------------------------------

    def _program(self, group: Mapping[str, Any]) -> Any:
        """Return the traced kernel for the group's static settings."""
        kernel = self._kernel(group)
        options = kernel.signature.parameters
        static = {name: group[name] for name in self._static if name in options}
        key = (kernel, *static.values())
        found = self._programs.get(key)
        if found is None:
            # The values only have to be there: what is wanted is the program.
            arrays = (0.0,) * len(kernel.arrays)
            found = self._programs[key] = kernel.bind(arrays, static)[0]
        return found

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        Parameters
        ----------
        closure
            Computes the loss anew, calls ``backward`` and returns the loss; optional.

        Returns
        -------
        Tensor or None
            What the closure returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        flush()
        with no_grad():
            for group in self.param_groups:
                self._update(group)
        return loss

    def _update(self, group: dict[str, Any]) -> None:
        slots = self._slots(group)
        # What is updated together: parameters of one dtype at the same step.
        together: dict[tuple[int, Any], list[tuple[Any, ...]]] = {}
        for param in group["params"]:
            gradient = param._grad
            if gradient is None:
                continue
            data = param._data
            if gradient._data.shape != data.shape:
                raise ShapeError(
                    f"a parameter of shape {data.shape} has a gradient of shape {gradient.shape}; "
                    "they must be the same: leave .grad to backward, or set it to that shape"
                )
            state = self.state.get(param)
            if state is None:
                state = self.state[param] = {"step": 0}
                full = namespace_of(data).full
                for name in slots:
                    state[name] = full(data.shape, self._initial(group), data.dtype)
            step = state["step"] = state["step"] + 1
            arrays = [state[name] for name in slots]
            run = (data, gradient._data, *arrays, data, *arrays)
            together.setdefault((step, data.dtype), []).append(run)
            param._version[0] += 1
        for (step, _), runs in together.items():
            self._program(group).update(runs, self._scalars(group, step))

    # ---- state ---------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return the settings and the state, with parameters as numbers in their order.

        ``{"state": {number: {name: array or step}}, "param_groups": [{..., "params": numbers}]}``.
        The arrays are the optimiser's own: copy them to keep today's values. Those on a GPU come
        as copies on the CPU; `load_state_dict` brings them to where the parameters are.
        """
        return _state.state_dict(self)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over settings and state from ``state_dict`` of an optimiser of the same model.

        All that does not fit is said at once, as a ``StateError``, and then nothing has been
        changed.
        """
        _state.load(self, state)

    def __getstate__(self) -> dict[str, Any]:
        # Programs are traced again when they are needed; arrays come back on the CPU, as the
        # parameters do.
        state = {
            param: {name: v if name == "step" else host(v) for name, v in held.items()}
            for param, held in self.state.items()
        }
        return {**self.__dict__, "_programs": {}, "state": state}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for index, group in enumerate(self.param_groups):
            lines.append(f"  group {index}: {len(group['params'])} parameters")
            lines += [f"    {name}: {value}" for name, value in group.items() if name != "params"]
        return "\n".join([*lines, ")"])

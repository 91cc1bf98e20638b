"""The state of a module: what it is made of, and loading it without half-done work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lucid.autograd.devices import as_data, device_of, moved
from lucid.kernels.errors import StateError
from lucid.tensors import Tensor

if TYPE_CHECKING:
    from lucid.nn.module import Module

__all__ = ["LoadReport", "entries", "load"]


class LoadReport(NamedTuple):
    """What ``load_state_dict(strict=False)`` met on one side only."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def entries(module: Module) -> Iterator[tuple[str, Tensor]]:
    """Yield the parameters and persistent buffers, module by module, parents first.

    A tensor with two names comes under both, so that each name can be loaded.
    """
    for path, owner in module.named_modules(remove_duplicate=False):
        for kind in ("parameter", "buffer"):
            for name, tensor in owner._own(kind):
                if name not in owner._transient:
                    yield (f"{path}.{name}" if path else name), tensor


def _problem(name: str, tensor: Tensor, value: Any) -> tuple[np.ndarray | None, str]:
    """Return the array to copy, or what is wrong with it."""
    array = as_data(value.data if isinstance(value, Tensor) else value)
    if array.shape != tensor.shape:
        return None, f"{name}: shape {array.shape} came, {tensor.shape} was expected"
    if not np.can_cast(array.dtype, tensor.dtype, "same_kind"):
        return None, f"{name}: dtype {array.dtype} came, which does not become {tensor.dtype}"
    return array, ""


def load(module: Module, state: Any, strict: bool) -> LoadReport:
    """Copy ``state`` into ``module``; check everything before the first copy."""
    if not isinstance(state, Mapping):
        raise StateError(
            f"load_state_dict got a {type(state).__name__}; give a mapping from names to arrays, "
            "such as another module's state_dict()"
        )
    own = dict(entries(module))
    missing = [name for name in own if name not in state]
    unexpected = [name for name in state if name not in own]
    copies: list[tuple[Tensor, np.ndarray]] = []
    wrong: list[str] = []
    for name, tensor in own.items():
        if name in state:
            array, problem = _problem(name, tensor, state[name])
            if array is None:
                wrong.append(problem)
            else:
                copies.append((tensor, array))
    lines = list(wrong)
    if strict:
        lines += [f"{name}: missing, expected with shape {own[name].shape}" for name in missing]
        lines += [f"{name}: unexpected, {type(module).__name__} has none" for name in unexpected]
    if lines:
        raise StateError(
            f"the state does not fit {type(module).__name__}; nothing was loaded:\n  "
            + "\n  ".join(lines)
            + "\nLoad into a module built with the same settings"
            + (", or pass strict=False to load only what is there." if not wrong else ".")
        )
    for tensor, array in copies:
        assign(tensor, array)
    return LoadReport(missing, unexpected)


def assign(tensor: Tensor, array: np.ndarray) -> None:
    """Overwrite a tensor's values where they are, past the graph; the array may lie elsewhere.

    A backward pass that still needs the old values can tell, and raises.
    """
    data = tensor.data
    np.copyto(data, moved(array, device_of(data)), casting="same_kind")
    tensor.bump()

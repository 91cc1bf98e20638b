"""The state of an optimiser as plain dictionaries, and loading it without half-done work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lucid.autograd.devices import as_data, device_of, host, moved
from lucid.kernels.errors import StateError
from lucid.tensors import Tensor

if TYPE_CHECKING:
    from lucid.optim.optimizer import Optimizer

__all__ = ["load", "state_dict"]


def state_dict(optimizer: Optimizer) -> dict[str, Any]:
    """Return settings and state, on the CPU; parameters are numbered through all groups."""
    groups = []
    state: dict[int, dict[str, Any]] = {}
    number = 0
    for group in optimizer.param_groups:
        first = number
        for param in group["params"]:
            if param in optimizer.state:
                state[number] = {
                    name: value if name == "step" else host(value)
                    for name, value in optimizer.state[param].items()
                }
            number += 1
        settings = {name: value for name, value in group.items() if name != "params"}
        groups.append({**settings, "params": list(range(first, number))})
    return {"state": state, "param_groups": groups}


def _fit(own: Any, name: str, param: Tensor, value: Any, wrong: list[str]) -> Any:
    """Return a state entry ready to be used; note what is wrong with it."""
    if name == "step":
        step = np.asarray(value)
        if step.size != 1 or float(step) < 0 or float(step) != int(step):
            wrong.append(f"{own}.step: {value!r} came, a whole number was expected")
            return 0
        return int(step)
    array = as_data(value.data if isinstance(value, Tensor) else value)
    if array.shape != param.shape:
        wrong.append(f"{own}.{name}: shape {array.shape} came, {tuple(param.shape)} was expected")
    elif not np.can_cast(array.dtype, param.dtype, "same_kind"):
        wrong.append(f"{own}.{name}: dtype {array.dtype} came, which does not become {param.dtype}")
    else:
        return moved(array, device_of(param.data)).astype(param.dtype)
    return None


def load(optimizer: Optimizer, source: Mapping[str, Any]) -> None:
    """Take settings and state over; check everything before the first change."""
    if not isinstance(source, Mapping) or not {"state", "param_groups"} <= set(source):
        raise StateError(
            f"{type(optimizer).__name__}.load_state_dict needs a mapping with 'state' and "
            "'param_groups', as state_dict() returns it"
        )
    own = optimizer.param_groups
    theirs = source["param_groups"]
    wrong: list[str] = []
    if [len(g["params"]) for g in theirs] != [len(g["params"]) for g in own]:
        wrong.append(
            f"groups with {[len(g['params']) for g in theirs]} parameters came, groups with "
            f"{[len(g['params']) for g in own]} were expected"
        )
    state: dict[Tensor, dict[str, Any]] = {}
    for index, (mine, new) in enumerate(zip(own, theirs, strict=False)):
        # A scheduler leaves its base rate among the settings: either side may be without one.
        extra = {"initial_lr"}
        missing = [name for name in mine if name not in new and name not in extra]
        unexpected = [name for name in new if name not in mine and name not in extra]
        wrong += [f"group {index}: setting {name!r} is missing" for name in missing]
        wrong += [f"group {index}: setting {name!r} is unexpected" for name in unexpected]
        slots = set() if missing else {"step", *optimizer._slots(new)}
        for param, number in zip(mine["params"], new["params"], strict=False):
            entry = source["state"].get(number, source["state"].get(str(number)))
            if entry is None:
                continue
            if set(entry) != slots and not missing:
                wrong.append(
                    f"parameter {number}: state {sorted(entry)} came, {sorted(slots)} was expected"
                )
                continue
            state[param] = {
                name: _fit(f"parameter {number}", name, param, value, wrong)
                for name, value in entry.items()
            }
    if wrong:
        raise StateError(
            f"the state does not fit this {type(optimizer).__name__}; nothing was loaded:\n  "
            + "\n  ".join(wrong)
            + "\nLoad into an optimiser of the same kind, made for the same model with the same "
            "groups."
        )
    optimizer.state = state
    for mine, new in zip(own, theirs, strict=True):
        mine.update({name: value for name, value in new.items() if name != "params"})

"""Changes in place: what is allowed while a graph is recorded, and how a tensor takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lucid.autograd.devices import is_writable
from lucid.autograd.function import Cast
from lucid.autograd.joining import flush
from lucid.autograd.mode import mode
from lucid.autograd.pointwise import apply_program
from lucid.autograd.variable import Variable, requires_grad
from lucid.kernels.errors import DtypeError, GraphError, ShapeError

__all__ = ["adopt", "check_in_place", "update_in_place"]


def check_in_place(target: Variable, name: str, recording: bool) -> None:
    """Raise unless `target` may be changed in place now.

    Parameters
    ----------
    target : Variable
        The tensor to be changed.
    name : str
        The operation, for messages.
    recording : bool
        Whether a gradient will flow through the new value.

    Raises
    ------
    GraphError
        If the array is read-only; while a graph is recorded, also if the tensor is a leaf that
        requires a gradient, or shares its memory with a view.
    """
    flush()
    if not is_writable(target._data):
        raise GraphError(
            f"{name}: the tensor of shape {target._data.shape} is read-only (a broadcast view, or "
            "made from a read-only array). Change a copy: x = x.clone()."
        )
    if not mode.enabled:
        return
    if target._leaf:
        raise GraphError(
            f"{name}: a leaf tensor that requires a gradient can't be changed in place while a "
            "graph is recorded: the gradient would belong to the old value. Do it inside "
            "`with lucid.no_grad():`, or make a new tensor (x = x + 1 for x += 1)."
        )
    if recording and target._version[1]:
        raise GraphError(
            f"{name}: the tensor shares its memory with a view (one of it, or it is one itself), "
            "and a graph can't follow a change through views. Make a new tensor (x = x + 1 for "
            "x += 1), change a copy (x.clone()), or do it inside `with lucid.no_grad():`."
        )


def update_in_place(program: Any, target: Any, values: Sequence[Any]) -> Any:
    """Run `program` on `values`, of which `target` is the first, into the memory of `target`.

    The tensor then stands for the new value: its place in the graph is the new node.
    """
    recording = mode.enabled and any(requires_grad(value) for value in values)
    check_in_place(target, program.name, recording)
    if recording:
        (result,) = apply_program(program, values)
        adopt(target, result, program.name)
    else:
        apply_program(program, values, (target,))
    return target


def adopt(target: Variable, result: Variable, name: str) -> None:
    """Write the value of `result` into the memory of `target`, and take over its node."""
    old = target._data
    new = result._data
    if new.shape != old.shape:
        raise ShapeError(
            f"{name}: the result has shape {new.shape}, which does not fit into the tensor of "
            f"shape {old.shape} in place. Make a new tensor (x = x + y for x += y)."
        )
    if not np.can_cast(new.dtype, old.dtype, "same_kind"):
        raise DtypeError(
            f"{name}: the result is {new.dtype}, which does not fit into a tensor of dtype "
            f"{old.dtype} in place. Make a new tensor (x = x + y for x += y), or convert it first: "
            f"x = x.to('{new.dtype}')."
        )
    old[...] = new
    target._version[0] += 1
    if new.dtype != old.dtype:
        result = Cast.apply(result, dtype=old.dtype)
    target._node = result._node
    target._port = result._port

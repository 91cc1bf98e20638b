"""Copies of a tensor: deep copies and pickles, with their gradient.

A deep copy lies where the tensor lies. A pickle holds the CPU's arrays, so that it can be read on a
machine without a GPU, and is a tensor on the CPU again.
"""

from __future__ import annotations

import copy
from typing import Any

from lucid.autograd.devices import host
from lucid.autograd.variable import Array, Variable, wrap
from lucid.kernels.errors import GraphError

__all__ = ["copied", "fill", "reduced"]


def fill(x: Variable, data: Array, leaf: bool) -> None:
    """Set the slots of a new leaf."""
    x._data = data
    x._grad = None
    x._hooks = None
    x._leaf = leaf
    x._node = None
    x._port = 0
    x._version = [0, 0]


def _check_leaf(x: Variable) -> None:
    if x._node is not None:
        raise GraphError(
            "copy, pickle: this tensor was computed in a graph, which can't be copied with it. "
            "Copy its value: x.detach()."
        )


def reduced(x: Variable) -> tuple[Any, ...]:
    """Take a leaf apart for pickle.

    Raises
    ------
    GraphError
        If the tensor was computed in a graph.
    """
    _check_leaf(x)
    grad = None if x._grad is None else host(x._grad._data)
    return rebuilt, (type(x), host(x._data), x._leaf, grad, getattr(x, "__dict__", None))


def copied(x: Variable, memo: dict[int, Any]) -> Any:
    """Make a deep copy of a leaf.

    Raises
    ------
    GraphError
        If the tensor was computed in a graph.
    """
    _check_leaf(x)
    grad = None if x._grad is None else x._grad._data.copy()
    state = copy.deepcopy(getattr(x, "__dict__", None), memo)
    result = rebuilt(type(x), x._data.copy(), x._leaf, grad, state)
    memo[id(x)] = result
    return result


def rebuilt(
    kind: type[Variable],
    data: Array,
    leaf: bool,
    grad: Array | None,
    state: dict[str, Any] | None,
) -> Any:
    """Put a leaf together again."""
    result: Any = kind.__new__(kind)
    fill(result, data, leaf)
    if grad is not None:
        result._grad = wrap(grad)
    if state:
        result.__dict__.update(state)
    return result

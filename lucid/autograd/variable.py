"""What the graph knows of a tensor: an array and its place in the graph.

``Tensor`` derives from `Variable` and is made known here by `set_result_type`, so that the engine
makes tensors without importing them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lucid.kernels.launch.learning import when_ready
from lucid.kernels.targets import native

if TYPE_CHECKING:
    from lucid.autograd.node import Node

__all__ = ["Array", "Variable", "set_result_type", "wrap"]

Array = NDArray[Any]


class Variable:
    """An array and its place in the graph.

    The slots: ``_node`` and ``_port`` say which output of which node made the array (None for a
    leaf), ``_leaf`` whether a leaf wants a gradient, ``_version`` is ``[number of changes in place,
    whether a view shares the memory]`` and is one list for all tensors that share their memory.
    ``_call`` is filled while the array is not computed yet, see `lucid.autograd.joining`.
    """

    __slots__ = (
        "__weakref__",
        "_call",
        "_data",
        "_grad",
        "_hooks",
        "_leaf",
        "_node",
        "_port",
        "_version",
    )

    _call: Any
    _data: Array
    _grad: Variable | None
    _hooks: list[Callable[[Any], Any]] | None
    _leaf: bool
    _node: Node | None
    _port: int
    _version: list[int]

    def bump(self) -> None:
        """Say that the array was changed in place, so that a backward that needs it can tell."""
        self._version[0] += 1


_new = object.__new__
_result_type: type[Variable] = Variable


def set_result_type(kind: type[Variable]) -> None:
    """Make `kind` the type of all results."""
    global _result_type
    _result_type = kind


def wrap(data: Array, node: Node | None = None, port: int = 0) -> Any:
    """Make a result: the array `data`, which is output `port` of `node`."""
    return _wrap[-1](data, node, port)


def _in_python(data: Array, node: Node | None, port: int) -> Any:
    result = _new(_result_type)
    result._data = data
    result._grad = None
    result._hooks = None
    result._leaf = False
    result._node = node
    result._port = port
    result._version = [0, 0]
    return result


#: The last one is in force: machine code as soon as it is there.
_wrap: list[Callable[[Any, Any, int], Any]] = [_in_python]
when_ready(lambda: _wrap.append(native.wrap))


def wrap_view(data: Array, source: Variable, node: Node | None = None, port: int = 0) -> Any:
    """Make a result that shares the memory of `source`, if it does, and its count of changes."""
    result = wrap(data, node, port)
    origin = source._data
    base = data.base
    if data is origin or (base is not None and (base is origin or base is origin.base)):
        result._version = source._version
        result._version[1] = 1
    return result


def requires_grad(value: object) -> bool:
    """Whether `value` is a variable that takes part in a graph."""
    return isinstance(value, Variable) and (value._node is not None or value._leaf)


def differentiable(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of `dtype` can have a gradient: floating-point ones."""
    return dtype.kind == "f"

"""Python's operators on tensors: each is a pointwise operation of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.devices import is_device_array
from lucid.autograd.in_place import update_in_place
from lucid.autograd.variable import Variable
from lucid.kernels.launch.learning import when_ready
from lucid.kernels.targets.functions import bound_method, make_function
from lucid.kernels.targets.records import operator_words
from lucid.tensors.convert import as_array
from lucid.tensors.core import Tensor

__all__ = ["BINARY", "COMPARISONS", "UNARY", "install_operators"]

# Operator (its dunder name without the underscores) to operation.
BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "pow",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}
COMPARISONS = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
UNARY = {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "bitwise_invert"}

# What goes to a program as it is. Exact types: np.float64 is a float, but not a weak one.
_READY = (float, int, bool, np.ndarray)


def _operand(value: Any) -> Any:
    """Make an operand of what stands beside a tensor, or say that it is none."""
    if isinstance(value, (np.generic, np.ndarray)):
        return np.asarray(value)
    if isinstance(value, (list, tuple)):
        return as_array(value, copy=False, name="operator")
    return value if is_device_array(value) else NotImplemented


def _binary(operation: Any, reflected: bool) -> Callable[[Any, Any], Any]:
    def operator(self: Any, other: Any) -> Any:
        if type(other) not in _READY and not isinstance(other, Variable):
            other = _operand(other)
            if other is NotImplemented:
                return NotImplemented
        return operation(other, self) if reflected else operation(self, other)

    return operator


def _in_place(operation: Any) -> Callable[[Any, Any], Any]:
    def operator(self: Any, other: Any) -> Any:
        if type(other) not in _READY and not isinstance(other, Variable):
            other = _operand(other)
            if other is NotImplemented:
                return NotImplemented
        values = (self, other)
        return update_in_place(operation.bind(values, {})[0], self, values)

    return operator


def _unary(operation: Any) -> Callable[[Any], Any]:
    def operator(self: Any) -> Any:
        return operation(self)

    return operator


def _power(general: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """``x ** 2`` is a multiplication; a general power is fifty times as much work."""
    square = kernels.square

    def operator(self: Any, other: Any) -> Any:
        if type(other) is int and other == 2:
            return square(self)
        return general(self, other)

    return operator


#: Name, operation, Python function and whether the operands are swapped, of what machine code does.
_swift: list[tuple[str, Any, Callable[..., Any], bool]] = []


def _set(name: str, method: Callable[..., Any]) -> None:
    method.__name__ = f"__{name}__"
    method.__qualname__ = f"Tensor.__{name}__"
    setattr(Tensor, method.__name__, method)


def _set_swift(
    name: str, operation: Any, method: Callable[..., Any], reflected: bool = False
) -> None:
    _set(name, method)
    _swift.append((method.__name__, operation, method, reflected))


def _speed_up() -> None:
    """Let machine code do the operators, which asks the Python functions if need be."""
    for name, operation, method, reflected in _swift:
        words = operator_words(operation, method, reflected)
        setattr(Tensor, name, bound_method(make_function("operate_as", words, name, "", True)))


def install_operators() -> None:
    """Give `Tensor` its operators."""
    for name, source in BINARY.items():
        operation = getattr(kernels, source)
        if name == "pow":
            _set(name, _power(_binary(operation, False)))
        else:
            _set_swift(name, operation, _binary(operation, False))
        _set_swift("r" + name, operation, _binary(operation, True), True)
        _set("i" + name, _in_place(operation))
    for name, source in COMPARISONS.items():
        operation = getattr(kernels, source)
        _set_swift(name, operation, _binary(operation, False))
    for name, source in UNARY.items():
        operation = getattr(kernels, source)
        _set_swift(name, operation, _unary(operation))
    when_ready(_speed_up)

"""Python's operators on tensors: each is a pointwise operation of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lucid import kernels
from lucid.autograd.in_place import update_in_place
from lucid.autograd.pointwise import apply_program
from lucid.autograd.variable import Variable
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
    return NotImplemented


class _Program:
    """The program of an operation without options, looked up at its first use."""

    __slots__ = ("arity", "name", "program")

    def __init__(self, name: str, arity: int) -> None:
        self.name = name
        self.arity = arity
        self.program: Any = None

    def get(self, values: tuple[Any, ...]) -> Any:
        """Return the program, traced if need be."""
        if self.program is None:
            self.program = getattr(kernels, self.name).bind(values, {})[0]
        return self.program


def _binary(source: _Program, reflected: bool) -> Callable[[Any, Any], Any]:
    def operator(self: Any, other: Any) -> Any:
        if type(other) not in _READY and not isinstance(other, Variable):
            other = _operand(other)
            if other is NotImplemented:
                return NotImplemented
        values = (other, self) if reflected else (self, other)
        return apply_program(source.program or source.get(values), values)[0]

    return operator


def _in_place(source: _Program) -> Callable[[Any, Any], Any]:
    def operator(self: Any, other: Any) -> Any:
        if type(other) not in _READY and not isinstance(other, Variable):
            other = _operand(other)
            if other is NotImplemented:
                return NotImplemented
        values = (self, other)
        return update_in_place(source.program or source.get(values), self, values)

    return operator


def _unary(source: _Program) -> Callable[[Any], Any]:
    def operator(self: Any) -> Any:
        values = (self,)
        return apply_program(source.program or source.get(values), values)[0]

    return operator


def _power(source: _Program) -> Callable[[Any, Any], Any]:
    """``x ** 2`` is a multiplication; a general power is fifty times as much work."""
    square = _Program("square", 1)
    general = _binary(source, False)

    def operator(self: Any, other: Any) -> Any:
        if type(other) is int and other == 2:
            values = (self,)
            return apply_program(square.program or square.get(values), values)[0]
        return general(self, other)

    return operator


def _set(name: str, method: Callable[..., Any]) -> None:
    method.__name__ = f"__{name}__"
    method.__qualname__ = f"Tensor.__{name}__"
    setattr(Tensor, method.__name__, method)


def install_operators() -> None:
    """Give `Tensor` its operators."""
    for name, operation in BINARY.items():
        source = _Program(operation, 2)
        _set(name, _power(source) if name == "pow" else _binary(source, False))
        _set("r" + name, _binary(source, True))
        _set("i" + name, _in_place(source))
    for name, operation in COMPARISONS.items():
        _set(name, _binary(_Program(operation, 2), False))
    for name, operation in UNARY.items():
        _set(name, _unary(_Program(operation, 1)))

"""Expressions on real numbers of any precision, with a bound for what rounding may do to them.

`enclose` follows an expression node by node, as a kernel computes it, and carries for each the
exact value and the largest error that a correct kernel may have: half a unit in the last place for
arithmetic, one for functions, and what the errors of the arguments do to the result. The bound
grows where a formula cancels and stays sharp where it does not, so that it needs no tolerance
tuned for each operation. `slope` differentiates the exact value numerically, with no word from the
rules that the library differentiates by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from mpmath import mp

from lucid.kernels.expression import Expression, Types
from lucid.kernels.expression.dtypes import concrete, storage_dtype
from lucid.kernels.expression.node import Node
from lucid.testing.meanings import EXACT, MEANINGS

__all__ = [
    "DIGITS",
    "Ulps",
    "Undecided",
    "apply_step",
    "convert",
    "enclose",
    "exact",
    "is_known",
    "slope",
    "step_error",
    "ulp",
]

Ulps = Callable[[str, Sequence[float]], tuple[float, float]]

#: Decimal digits of the exact values; twice those of float64 and what cancellation may take.
DIGITS = 50


class Undecided(Exception):  # noqa: N818  # not an error: the point tells nothing
    """No sharp statement is possible: overflow, no real value, a comparison within the error."""


def is_known(expression: Expression) -> bool:
    """Whether every primitive of an expression has a meaning on real numbers."""
    return all(
        node.primitive is None
        or node.primitive.name in MEANINGS
        or node.primitive.name.endswith("_with_derivative")
        for node in expression.nodes()
    )


def _meaning(node: Node) -> Any:
    assert node.primitive is not None
    if node.primitive.name.endswith("_with_derivative"):
        return lambda value, *_: value
    return MEANINGS[node.primitive.name]


def ulp(value: Any, dtype: np.dtype) -> Any:
    """Return the distance between neighbours of ``dtype`` at the size of ``value``."""
    info = np.finfo(dtype)
    if value == 0:
        return mp.ldexp(1, int(info.minexp) - int(info.nmant))
    exponent = max(mp.frexp(value)[1] - 1, int(info.minexp))
    return mp.ldexp(1, exponent - int(info.nmant))


def _rounded(value: Any, dtype: np.dtype) -> Any:
    """Return a number as it stands in generated source or in memory: in its dtype."""
    if dtype.kind == "b":
        return bool(value)
    number = dtype.type(value)
    if dtype.kind == "f" and not np.isfinite(number):
        return mp.nan if np.isnan(number) else (mp.inf if number > 0 else -mp.inf)
    return mp.mpf(number.item())


def apply_step(node: Node, arguments: Sequence[Any]) -> Any:
    """Return what a step gives on real numbers; Undecided where that is none."""
    try:
        value = _meaning(node)(*arguments)
    except (ValueError, ZeroDivisionError, OverflowError, TypeError) as error:
        raise Undecided(f"{node} has no real value") from error
    if isinstance(value, bool):
        return value
    if isinstance(value, mp.mpc) and value.imag == 0:
        value = value.real
    if isinstance(value, mp.mpc) or mp.isnan(value):
        raise Undecided(f"{node} has no real value")
    return value


def exact(expression: Expression, values: Sequence[Any], types: Types) -> tuple[Any, ...]:
    """Return the outputs on real numbers; constants are what they are in the kernel's dtype."""
    return tuple(value for value, _ in _walk(expression, values, None, types))


def enclose(
    expression: Expression,
    values: Sequence[Any],
    types: Types,
    errors: Sequence[Any] | None = None,
    ulps: Ulps | None = None,
) -> list[tuple[Any, Any]]:
    """Return for each output its exact value and the bound of a correct kernel's error.

    Parameters
    ----------
    expression, types
        The expression, and its types for the dtypes of the kernel.
    values
        One real number an input.
    errors
        The error that each input comes with; by default none.
    ulps
        Gives for the name and the arguments of a function of float32 its error in ulp, and the
        size of which an ulp is meant if that is more than the result; by default one ulp.

    Raises
    ------
    Undecided
        If no bound can be given at this point.
    """
    return _walk(expression, values, errors or [mp.zero] * len(values), types, ulps)


def _walk(
    expression: Expression,
    values: Sequence[Any],
    errors: Sequence[Any] | None,
    types: Types,
    ulps: Ulps | None = None,
) -> list[tuple[Any, Any]]:
    known: dict[Node, tuple[Any, Any]] = {}
    for node in expression.nodes():
        if node.is_input:
            position = expression.inputs.index(node)
            known[node] = values[position], errors[position] if errors else mp.zero
        elif node.primitive is None:
            known[node] = node.value, mp.zero
        else:
            wanted = [storage_dtype(concrete(kind)) for kind in types.arguments[node]]
            arguments = [
                convert(known[argument], dtype, argument)
                for argument, dtype in zip(node.arguments, wanted, strict=True)
            ]
            value = apply_step(node, [argument for argument, _ in arguments])
            error = mp.zero
            if errors is not None:
                dtype = storage_dtype(concrete(types.result[node]))
                error = step_error(node, value, arguments, dtype, ulps)
            known[node] = value, error
    return [known[output] for output in expression.outputs]


def convert(known: tuple[Any, Any], dtype: np.dtype, node: Node) -> tuple[Any, Any]:
    """Return the value of a node and its error as an argument of another dtype."""
    value, error = known
    if dtype.kind == "b":
        return bool(value), error
    if node.primitive is None and error == 0:
        # A number in the source, or an operand of the kernel.
        return (_rounded(value, dtype) if node.is_constant else mp.mpf(value)), error
    return mp.mpf(value), error


def step_error(
    node: Node,
    value: Any,
    arguments: Sequence[tuple[Any, Any]],
    dtype: np.dtype,
    ulps: Ulps | None,
) -> Any:
    """Return the largest error that a correct kernel may have after a step."""
    assert node.primitive is not None
    name = node.primitive.name
    if name == "where":
        return arguments[1 if arguments[0][0] else 2][1]
    moved = mp.zero
    for source in dict.fromkeys(node.arguments):
        # What occurs twice has one error: x != x does not depend on rounding.
        places = [k for k, argument in enumerate(node.arguments) if argument is source]
        error = arguments[places[0]][1]
        if error != 0:
            moved += _moved(node, value, [number for number, _ in arguments], places, error)
    moved += moved / 64  # for the terms of second order
    if isinstance(value, bool) or dtype.kind != "f":
        return mp.zero
    if abs(value) > mp.mpf(float(np.finfo(dtype).max)):
        raise Undecided(f"{node} overflows")
    if name in EXACT or name.endswith("_with_derivative"):
        return moved
    if ulps is not None and node.primitive.is_function and dtype == np.float32:
        count, size = ulps(name, [float(number) for number, _ in arguments])
        return moved + ulp(max(abs(value), size) + moved, dtype) * count
    return moved + ulp(abs(value) + moved, dtype) * (1 if node.primitive.is_function else 0.5)


def _moved(node: Node, value: Any, arguments: list[Any], places: Sequence[int], error: Any) -> Any:
    """Return how far the result moves when the arguments at some places are off by an error."""
    largest = None
    for direction in (error, -error):
        moved = [
            argument + direction if k in places else argument
            for k, argument in enumerate(arguments)
        ]
        there = _nearby(node, moved)
        if there is None:
            continue
        if isinstance(value, bool):
            if there != value:
                raise Undecided(f"{node} depends on rounding")
            largest = mp.zero
            continue
        largest = max(largest or mp.zero, abs(there - value))
    if largest is None:
        raise Undecided(f"{node} has no real value nearby")
    return largest


def _nearby(node: Node, arguments: Sequence[Any]) -> Any:
    try:
        return apply_step(node, arguments)
    except Undecided:
        return None


def slope(
    expression: Expression, values: Sequence[Any], types: Types, position: int, output: int = 0
) -> tuple[Any, Any]:
    """Return the derivative of an output with respect to one input, and how far off it may be.

    Raises
    ------
    Undecided
        At a kink, and where the function has no value on one side.
    """
    here = values[position]
    # A power of two leaves the point exact; the error of the formula is of the order step^2.
    step = mp.ldexp(1, (mp.frexp(here)[1] if here != 0 else 0) - 60)

    def at(shift: Any) -> Any:
        moved = [*values]
        moved[position] = here + shift
        return exact(expression, moved, types)[output]

    right, left, middle = at(step), at(-step), at(mp.zero)
    forward, backward = (right - middle) / step, (middle - left) / step
    size = max(abs(forward), abs(backward))
    if abs(forward - backward) > size * 1e-6 and size > 1e-14 * abs(middle / (here or 1)) + 1e-30:
        raise Undecided("the function has a kink here")
    noise = abs(middle) * mp.mpf(10) ** (4 - DIGITS) / step
    return (right - left) / (2 * step), noise

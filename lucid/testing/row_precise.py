"""Functions of a row on real numbers of any precision: `precise` for whole rows, folds included.

The value of a step is a list: one number and its error for each element, or a single one where it
is the same along the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from mpmath import mp

from lucid.kernels.expression import Expression, Types
from lucid.kernels.expression.dtypes import concrete, storage_dtype
from lucid.kernels.expression.node import Node
from lucid.testing.meanings import MEANINGS
from lucid.testing.precise import DIGITS, Ulps, Undecided, apply_step, convert, step_error

__all__ = ["Row", "enclose_rows", "is_known_row", "row_slopes"]

#: Numbers and their errors.
Row: TypeAlias = "list[tuple[Any, Any]]"

#: Steps that hand on what they get, as those with a stated derivative do.
_SAME = ("detach", "row_spread")


def is_known_row(expression: Expression) -> bool:
    """Whether every step of a function of a row has a meaning on real numbers."""
    return all(
        node.primitive is None
        or node.primitive.rows
        or node.primitive.name in (*MEANINGS, *_SAME)
        or node.primitive.name.endswith("_with_derivative")
        for node in expression.nodes()
    )


def enclose_rows(
    expression: Expression,
    values: Sequence[Row],
    length: int,
    types: Types,
    ulps: Ulps | None = None,
) -> list[Row]:
    """Return the outputs for one row, each number with the error that a correct kernel may have.

    Parameters
    ----------
    expression, types
        The function of a row, and its types for the dtypes of the kernel.
    values
        The row of each input, with the errors that the numbers come with.
    length
        How many elements a row has.
    ulps
        As for `lucid.testing.precise.enclose`.

    Raises
    ------
    Undecided
        If no bound can be given for this row.
    """
    known = _walk(expression, values, length, types, ulps, with_errors=True)
    return [known[output] for output in expression.outputs]


def _walk(
    expression: Expression,
    values: Sequence[Row],
    length: int,
    types: Types,
    ulps: Ulps | None = None,
    *,
    with_errors: bool,
    fixed: Mapping[Node, Row] | None = None,
) -> dict[Node, Row]:
    known: dict[Node, Row] = {}
    fixed = fixed or {}

    def argument(node: Node, k: int, j: int) -> tuple[Any, Any]:
        source, kind = node.arguments[k], types.arguments[node][k]
        number = known[source][0 if source.uniform else j]
        return convert(number, storage_dtype(concrete(kind)), source)

    def element(node: Node, j: int) -> tuple[Any, Any]:
        taken = [argument(node, k, j) for k in range(len(node.arguments))]
        value = apply_step(node, [number for number, _ in taken])
        if not with_errors:
            return value, mp.zero
        dtype = storage_dtype(concrete(types.result[node]))
        return value, step_error(node, value, taken, dtype, ulps)

    for node in expression.nodes():
        places = range(1 if node.uniform else length)
        if node.is_input:
            given = list(values[expression.inputs.index(node)])
            # One column stands for all.
            known[node] = given * length if len(given) == 1 and not node.uniform else given
        elif node.primitive is None:
            known[node] = [(node.value, mp.zero)]
        elif node in fixed:
            known[node] = fixed[node]
        elif node.primitive.rows == "length":
            known[node] = [(mp.mpf(length), mp.zero)]
        elif node.primitive.rows == "index":
            known[node] = [(mp.mpf(j), mp.zero) for j in places]
        elif node.primitive.name in _SAME or node.primitive.name.endswith("_with_derivative"):
            known[node] = [argument(node, 0, j) for j in places]
        elif node.primitive.rows:
            row = [argument(node, 0, j) for j in range(length)]
            dtype = storage_dtype(concrete(types.result[node]))
            known[node] = [_folded(node.primitive.rows, row, dtype)]
        else:
            known[node] = [element(node, j) for j in places]
    return known


def _folded(fold: str, row: Row, dtype: np.dtype) -> tuple[Any, Any]:
    """Fold a row; a sum may be added up in any order."""
    error = mp.zero
    if fold != "add":
        if not row:
            raise Undecided("a row without elements has no largest one")
        largest = max(error for _, error in row)
        return (max if fold == "maximum" else min)(value for value, _ in row), largest
    total = mp.fsum(value for value, _ in row)
    if dtype.kind == "f":
        size = mp.fsum(abs(value) + error for value, error in row)
        if size > mp.mpf(float(np.finfo(dtype).max)):
            raise Undecided("a sum overflows")
        rounding = (len(row) - 1) * size * mp.mpf(float(np.finfo(dtype).eps)) / 2
        error = mp.fsum(error for _, error in row) + max(rounding, mp.zero)
    return total, error


def row_slopes(
    expression: Expression, values: Sequence[Row], length: int, types: Types, seeds: Sequence[Row]
) -> Callable[[int, Sequence[int]], tuple[Any, Any]]:
    """Return a function that differentiates the outputs times their seeds, added up.

    It takes the position of an input and those of some elements of its row, which move together,
    and gives the derivative and how far off it may be. What is detached stays as it is.

    Raises
    ------
    Undecided
        By that function: at a kink, and where there is no value on one side.
    """
    here = _walk(expression, values, length, types, with_errors=False)
    fixed = {
        node: known
        for node, known in here.items()
        if node.primitive is not None and node.primitive.name == "detach"
    }

    def total(known: Mapping[Node, Row]) -> Any:
        return mp.fsum(
            seed * value
            for output, row in zip(expression.outputs, seeds, strict=True)
            for (value, _), (seed, _) in zip(known[output], row, strict=True)
            if seed != 0
        )

    middle = total(here)

    def slope(position: int, places: Sequence[int]) -> tuple[Any, Any]:
        start = max((values[position][j][0] for j in places), key=abs)
        # A power of two leaves the point exact; the error of the formula is of the order step^2.
        step = mp.ldexp(1, (mp.frexp(start)[1] if start != 0 else 0) - 60)

        def at(shift: Any) -> Any:
            moved = [list(row) for row in values]
            for j in places:
                moved[position][j] = moved[position][j][0] + shift, mp.zero
            return total(_walk(expression, moved, length, types, with_errors=False, fixed=fixed))

        right, left = at(step), at(-step)
        forward, backward = (right - middle) / step, (middle - left) / step
        size = max(abs(forward), abs(backward))
        if abs(forward - backward) > size * 1e-6 and size > 1e-14:
            raise Undecided("the function has a kink here")
        if abs(right - left) > max(abs(right), abs(left), 1) * 1e-9:
            raise Undecided("the function jumps here")
        return (right - left) / (2 * step), abs(middle) * mp.mpf(10) ** (4 - DIGITS) / step

    return slope
